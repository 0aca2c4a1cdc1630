from app.core.logs import read_log

FAILURES = (
    "Randomized with seed 38161\nStarted\n.F*F.\n\nFailures:\n1) Cart adds\n  Message:\n    Expected 1 to be 2.\n  Stack:\n        at <Jasmine>\n"
    "  Message:\n    Expected 3 to be 4.\n  Stack:\n        at <Jasmine>\n\n"
)
SUITE = "Suite error: Cart\n  Message:\n    Error: no database\n  Stack:\n        at <Jasmine>\n\n"
PENDING = "Pending:\n\n1) Cart waits\n  Temporarily disabled with xit\n\n"
END = "5 specs, 2 failures, 1 pending spec\nFinished in 0.015 seconds\n"


def told(text: str) -> list[tuple[str, str]]:
    return [(one.name, one.outcome.value) for one in read_log(text.encode()).results]


def test_failures_suites_and_pending_specs_are_named_by_their_full_names():
    assert told(FAILURES + SUITE + PENDING + END) == [
        ("Cart adds", "failed"),
        ("Cart", "error"),
        ("Cart waits", "skipped"),
    ]


def test_a_failure_has_its_first_message_and_all_of_its_words():
    [one] = read_log((FAILURES + END).encode()).results
    assert one.message == "Expected 1 to be 2."
    assert one.stack_trace is not None
    assert "Expected 3 to be 4." in one.stack_trace


def test_the_counts_say_how_many_passed():
    log = read_log((FAILURES + SUITE + PENDING + END).encode())
    assert (log.runner, log.complete, log.unnamed_passes) == ("jasmine", True, 3)


def test_failures_without_counts_are_not_complete():
    log = read_log(FAILURES.encode())
    assert (log.complete, len(log.results)) == (False, 1)


def test_a_run_that_was_not_whole_says_so():
    log = read_log(b"8 specs, 0 failures\nIncomplete: fit() or fdescribe() was found\n")
    assert log.stopped_early == "jasmine: Incomplete: fit() or fdescribe() was found"


def test_a_numbered_line_without_a_message_below_it_is_no_failure():
    assert told(f"Failures:\n\n1) Cart adds\n   boom\n{END}") == []
    assert (
        read_log(b"Failures:\n\n  1) Cart adds\n     Failure/Error: x\n\n2 examples, 1 failure\n").runner != "jasmine"
    )


STARS = "*" * 50


def box(title: str) -> str:
    return f"{STARS}\n*{title:^48}*\n{STARS}\n\n"


def test_the_spec_reporter_puts_a_box_over_each_list():
    text = (
        "Jasmine started\n\n  Cart\n    ✗ refuses\n      - Expected 1 to be 2.\n    ✓ adds\n\n"
        + box("Failures")
        + "1) Cart refuses\n  - Expected 1 to be 2.\n  - Expected 'a' to be 'b'.\n      at a.js:1\n\n2) Hooks\n  - Error: broke\n\n"
        + box("Errors")
        + "1) Hooks\n  - Error: broke\n\n"
        + box("Pending")
        + "1) Cart waits\n  No reason given\n\nExecuted 2 of 3 specs (1 ERROR) (1 FAILED) (1 PENDING) in 0.018 sec.\n"
    )
    log = read_log(text.encode())
    assert [(one.name, one.outcome.value, one.message) for one in log.results] == [
        ("Cart refuses", "failed", "Expected 1 to be 2.\nExpected 'a' to be 'b'."),
        ("Hooks", "failed", "Error: broke"),
        ("Cart waits", "skipped", None),
    ]
    assert (log.runner, log.complete, log.unnamed_passes) == ("jasmine", True, 1)


def test_stars_around_other_words_are_no_box():
    text = f"{STARS}\n*  Deploy  *\n{STARS}\n\n1) build\n  - failed\n\nExecuted 1 of 1 specs SUCCESS in 1 sec.\n   Failures   \n"
    assert read_log(text.encode()).results == ()
