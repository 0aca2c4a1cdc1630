from app.core.logs import read_log
from app.core.model import TestResult

START = "\nRunning 4 tests using 2 workers\n\n"
RULE = " " + "─" * 40
TITLE = "[chromium] › tests/cart.spec.ts:4:3 › cart › adds"
ERROR = "\n    Error: expect(received).toBe(expected)\n\n    Expected: 2\n    Received: 1\n\n    > 4 |   expect(1).toBe(2);\n        at /src/tests/cart.spec.ts:4:41\n\n"
BLOCK = f"  1) {TITLE}{RULE}\n{ERROR}    Retry #1{RULE}\n{ERROR}"
FAILED = f"  1 failed\n    {TITLE}{RULE}\n"


def results(text: str) -> list[TestResult]:
    return list(read_log(text.encode()).results)


def told(text: str) -> list[tuple[str, str]]:
    return [(one.name, one.outcome.value) for one in results(text)]


def test_rows_name_every_execution_and_blocks_say_what_failed():
    rows = f"  ✘   1 {TITLE} (1.2s)\n  ✘   2 {TITLE} (retry #1) (18ms)\n  ✓   3 tests/cart.spec.ts:9:1 › sums (3ms)\n  -   4 tests/cart.spec.ts:12:1 › waits\n\n\n"
    text = f"{START}{rows}{BLOCK}{FAILED}  1 skipped\n  1 passed (2.0s)\n"
    first, second, *others = results(text)
    assert (first.suite, first.class_name, first.name, first.duration_ms) == (
        "tests/cart.spec.ts",
        "tests/cart.spec.ts",
        "[chromium] cart › adds",
        1200,
    )
    assert (first.outcome, second.outcome, second.ordinal, second.duration_ms) == ("failed", "failed", 2, 18)
    assert first.message == second.message == "Error: expect(received).toBe(expected)\n\nExpected: 2\nReceived: 1"
    assert [(one.name, one.outcome.value) for one in others] == [("sums", "passed"), ("waits", "skipped")]
    assert (read_log(text.encode()).runner, read_log(text.encode()).complete) == ("playwright", True)


def test_reporters_without_rows_tell_the_failures_and_the_pass_that_makes_a_flake():
    flaky = "  1 flaky\n    tests/a.spec.ts:1:1 › sometimes\n"
    text = f"{START}×F±\n\n{BLOCK}  2) tests/a.spec.ts:1:1 › sometimes{RULE}\n{ERROR}{FAILED}{flaky}  7 passed (2.0s)\n"
    assert told(text) == [("[chromium] cart › adds", "failed")] * 2 + [("sometimes", "failed"), ("sometimes", "passed")]
    assert read_log(text.encode()).unnamed_passes == 7


def test_an_annotation_repeats_what_a_block_tells():
    text = f"{START}##[error]{BLOCK}##[error]{BLOCK}{FAILED}  1 passed (1s)\n"
    assert told(text) == [("[chromium] cart › adds", "failed")] * 2


def test_steps_in_the_head_of_a_block_are_no_part_of_the_name():
    text = f"{START}  ✘  1 {TITLE} (1s)\n\n  1) {TITLE} › click › wait{RULE}\n{ERROR}{FAILED}"
    [one] = results(text)
    assert (one.name, one.message is not None) == ("[chromium] cart › adds", True)


def test_the_closing_lists_decide_over_tests_that_are_meant_to_fail():
    rows = "  ✘  1 a.spec.ts:1:1 › is to fail (1s)\n  ✓  2 a.spec.ts:2:1 › should have failed (1s)\n"
    block = f"  1) a.spec.ts:2:1 › should have failed{RULE}\n\n    Expected to fail, but passed.\n\n"
    text = f"{START}{rows}{block}  1 failed\n    a.spec.ts:2:1 › should have failed{RULE}\n  1 passed (1s)\n"
    assert told(text) == [("is to fail", "passed"), ("should have failed", "failed")]


def test_what_was_interrupted_did_not_fail():
    text = f"{START}  1) {TITLE}{RULE}\n{ERROR}    Retry #1{RULE}\n\n    Test was interrupted.\n\n{FAILED}  2 did not run\n"
    assert [outcome for _, outcome in told(text)] == ["failed", "skipped"]
    assert read_log(text.encode()).stopped_early == "playwright did not run 2 tests"


def test_a_run_without_its_closing_counts_is_not_complete():
    log = read_log(f"{START}  ✘  1 {TITLE} (1s)\n".encode())
    assert (log.complete, [one.outcome.value for one in log.results]) == (False, ["failed"])


def test_two_runs_in_a_step_are_two_sessions():
    run = f"{START}  ✘  1 {TITLE} (1s)\n{FAILED}"
    assert [one.ordinal for one in results(run + run)] == [1, 2]


def test_marks_of_windows_are_read():
    assert told(f"{START}  ok  1 a.spec.ts:1:1 › adds (1s)\n  x   2 a.spec.ts:2:1 › sums (1s)\n") == [
        ("adds", "passed"),
        ("sums", "failed"),
    ]


def test_numbered_lines_of_others_are_no_blocks():
    assert results(f"{START}  1) Cart\n       adds › sums\n  1) [chromium] › fake\n") == []


def test_the_line_reporter_says_where_a_title_ends_before_the_run_does():
    text = f"{START}[1/4] (retries) {TITLE} (retry #1)\n  1) {TITLE} › click{RULE}\n{ERROR}[2/4] {TITLE}\n"
    [one] = results(text)
    assert (one.name, one.message) == (
        "[chromium] cart › adds",
        "Error: expect(received).toBe(expected)\n\nExpected: 2\nReceived: 1",
    )
