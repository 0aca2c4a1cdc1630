from app.core.logs import read_log
from app.core.model import TestResult

ROWS = "\n  ✔ cart › adds (1.2s)\n  ✘ [fail]: cart › sums › all Error thrown in test\n  - [skip] cart › waits\n  - [todo] cart › some day\n  ✔ [expected fail] cart › known\n"
BLOCK = "  ─\n\n  cart › sums › all\n\n  cart.js:3\n\n   2: test('x', t => {\n   3:   t.is(1, 2);\n\n  Difference (- actual, + expected):\n\n  - 1\n  + 2\n\n  › file://cart.js:3:5\n\n  ─\n\n"
END = "  1 test failed\n  1 known failure\n  1 test skipped\n  1 test todo\n"


def results(text: str) -> list[TestResult]:
    return list(read_log(text.encode()).results)


def told(text: str) -> list[tuple[str, str]]:
    return [(one.name, one.outcome.value) for one in results(text)]


def test_rows_name_every_test_and_the_error_says_where_a_title_ends():
    assert told(ROWS + BLOCK + END) == [
        ("cart › adds", "passed"),
        ("cart › sums › all", "failed"),
        ("cart › waits", "skipped"),
        ("cart › some day", "skipped"),
        ("cart › known", "passed"),
    ]


def test_a_failure_says_what_differed():
    adds, sums, *_ = results(ROWS + BLOCK + END)
    assert (adds.duration_ms, sums.message) == (1200, "Difference (- actual, + expected):\n\n- 1\n+ 2")


def test_older_avas_write_no_word_before_a_failure():
    assert told("\n  ✔ adds\n  ✖ sums boom\n\n  1 test failed\n\n  sums\n\n  cart.js:3\n\n  boom\n\n") == [
        ("adds", "passed"),
        ("sums", "failed"),
    ]


def test_a_pass_that_nobody_expected_is_a_failure():
    row = "  ✘ [unexpected pass]: cart › known Test was expected to fail, but succeeded, you should stop marking the test as failing\n"
    assert told(f"{ROWS}{row}{BLOCK}{END}")[-1] == ("cart › known", "failed")


def test_a_mark_that_a_test_printed_is_no_test():
    assert ("fake", "failed") not in told(f"  ✖ fake\n{ROWS}{BLOCK}{END}")


def test_a_file_that_could_not_run_is_an_error():
    text = f"{ROWS}\n  Uncaught exception in b.js\n\n  Error: Cannot find module './x'\n\n  ✘ b.js exited with a non-zero exit code: 1\n  ✘ 1 test remaining in c.js\n{BLOCK}{END}  1 uncaught exception\n"
    assert [(one.name, one.message) for one in results(text) if one.outcome == "error"] == [
        ("b.js", "Error: Cannot find module './x'")
    ]


def test_a_run_with_counts_is_complete():
    log = read_log((ROWS + BLOCK + END).encode())
    assert (log.runner, log.complete) == ("ava", True)
    assert not read_log((ROWS + BLOCK).encode()).complete


def test_passes_that_are_only_counted_are_counted():
    assert read_log(b"\n  \xe2\x9c\x94 adds\n\n  20 tests passed\n").unnamed_passes == 19


def test_rows_of_others_are_no_tests():
    assert told("  ✔ adds\n  ✖ sums\n  3 tests failed\n") == []


def test_how_a_test_failed_is_no_part_of_its_title():
    assert told("  ✘ [fail]: cart › sums Error thrown in test\n") == [("cart › sums", "failed")]
