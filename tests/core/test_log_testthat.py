from app.core.logs import read_log

BLOCKS = """══ Failed tests ════════════════════════════════
── Failure ('test-sums.R:5:3'): adds up (twice) ──────────
f(1) not equal to 2.
── Error (test-io.R:10:1): reads ─────────────────────────
Error in `open()`: no file
Backtrace:
"""
COUNTS = "[ FAIL 2 | WARN 0 | SKIP 1 | PASS 5 ]\n"


def told(text):
    return [(one.class_name, one.name, one.outcome.value) for one in read_log(text.encode()).results]


def test_a_block_names_file_and_test():
    log = read_log((COUNTS + BLOCKS + COUNTS + "Error: Test failures\n").encode())
    assert [(one.class_name, one.name, one.outcome.value, one.file) for one in log.results] == [
        ("sums", "adds up (twice)", "failed", "test-sums.R"),
        ("io", "reads", "error", "test-io.R"),
    ]
    assert log.results[0].message == "f(1) not equal to 2."
    assert (log.runner, log.complete) == ("testthat", True)


def test_blocks_that_are_repeated_at_the_end_are_the_same_executions():
    assert len(told(BLOCKS + BLOCKS + COUNTS)) == 2


def test_without_box_drawing_and_indented_by_check_blocks_are_read():
    assert told(f"  -- Failure (test-sums.R:5:3): adds ------\n  no\n  {COUNTS}") == [("sums", "adds", "failed")]


def test_rules_of_others_are_not_read():
    assert told(COUNTS + "── Attaching packages (core) ──\n-- Failure: x\n") == []


def test_the_reporter_of_a_directory_heads_its_blocks_without_rules():
    rule = "─" * 80
    text = (
        f"✖ | 5 1 2   2 | sums [0.6s]\n{rule}\nFailure ('test-sums.R:5:3'): adds up (twice)\nf(1) not equal to 2.\n\n"
        f"Error ('test-io.R:10'): reads\nError in `open()`: no file\n\nSkip ('test-sums.R:8'): empty\nReason: empty test\n{rule}\n\n"
    )
    log = read_log((text + COUNTS).encode())
    assert [(one.class_name, one.name, one.outcome.value, one.message) for one in log.results] == [
        ("sums", "adds up (twice)", "failed", "f(1) not equal to 2."),
        ("io", "reads", "error", "Error in `open()`: no file"),
    ]
