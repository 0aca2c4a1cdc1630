import pytest

from app.core.logs import read_log

START = " Nextest run ID 01 with nextest profile: ci\n    Starting 3 tests across 2 binaries\n"
RULE = "─" * 12
OUTPUT = (
    "  stdout ───\n\n    running 1 test\n    test cart::adds ... FAILED\n\n"
    "  stderr ───\n\n    thread 'cart::adds' (7) panicked at src/cart.rs:9:5:\n    boom\n    note: x\n\n"
)
OLD_OUTPUT = (
    "\n--- STDOUT:              shop cart::adds ---\n\nrunning 1 test\ntest cart::adds ... FAILED\n\nfailures:\n\nfailures:\n    cart::adds\n\n"
    "test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out\n\n--- STDERR:              shop cart::adds ---\n"
    "thread 'cart::adds' panicked at 'boom', src/cart.rs:9:5\n"
)


def end(counts: str, *lines: str) -> str:
    return "\n".join([RULE, f"     Summary [   1.2s] {counts}", *lines, ""])


def told(text: str) -> list[tuple[str, str, str]]:
    return [(one.class_name, one.name, one.outcome.value) for one in read_log(text.encode()).results]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("        PASS", "passed"),
        ("        LEAK", "passed"),
        ("TIMEOUT-PASS", "passed"),
        ("        FAIL", "failed"),
        (" FAIL + LEAK", "failed"),
        ("   LEAK-FAIL", "failed"),
        ("     TIMEOUT", "failed"),
        ("     SIGSEGV", "failed"),
        ("       ABORT", "failed"),
        ("       XFAIL", "error"),
        ("  TRY 2 FAIL", "failed"),
        ("TRY 2 LKFAIL", "failed"),
        ("   TRY 2 TMT", "failed"),
        ("  TRY 2 SEGV", "failed"),
        ("  TRY 2 PASS", "passed"),
    ],
)
def test_each_status_tells_an_outcome(status, outcome):
    [one] = read_log(f"{START}{status} [   0.125s] ( 1/32) shop::it cart::adds up\n".encode()).results
    assert (one.suite, one.class_name, one.name, one.outcome, one.duration_ms) == (
        "shop::it",
        "shop::it",
        "cart::adds up",
        outcome,
        125,
    )


@pytest.mark.parametrize(
    "line",
    [
        "        SLOW [> 60.000s] ( 1/32) shop a",
        " TERMINATING [> 60.000s] shop a",
        "   RETRY 2/3 [         ] shop a",
        "       START             shop a",
        "  SETUP PASS [   0.1s] 1/1 db: ./db.sh",
        "        FAIL [ 12%] shop a",
    ],
)
def test_what_is_no_execution_is_not_read(line):
    assert told(f"{START}{line}\n") == []


@pytest.mark.parametrize("output", [OUTPUT, OLD_OUTPUT])
def test_what_a_test_printed_is_its_failures_and_no_run_of_libtest(output):
    text = (
        f"{START}        FAIL [   0.005s] shop cart::adds\n{output}{end('1 test run: 0 passed, 1 failed, 0 skipped')}"
    )
    log = read_log(text.encode())
    [one] = log.results
    assert (one.class_name, one.name, one.message, one.file) == ("shop", "cart::adds", "boom", "src/cart.rs")
    assert (log.complete, log.runner) == (True, "nextest")


def test_retries_are_executions_and_the_closing_list_repeats():
    text = (
        f"{START}  TRY 1 FAIL [   0.005s] shop a\n  TRY 2 PASS [   0.005s] shop a\n     SIGABRT [   0.005s] shop b\n"
        f"{end('2 tests run: 1 passed (1 flaky), 1 failed, 0 skipped', '   FLAKY 2/2 [   0.005s] shop a', '     SIGABRT [   0.005s] shop b')}"
    )
    assert told(text) == [("shop", "a", "failed"), ("shop", "a", "passed"), ("shop", "b", "failed")]


def test_the_closing_list_tells_what_was_not_shown_before():
    text = (
        START
        + end("3 tests run: 2 passed (1 flaky), 1 failed, 0 skipped", "   FLAKY 3/4 [   0.005s] shop a")
        + f"        FAIL [   0.005s] shop cart::adds\n{OUTPUT}error: test run failed\n"
    )
    log = read_log(text.encode())
    assert [(one.name, one.outcome.value) for one in log.results] == [
        ("a", "failed"),
        ("a", "failed"),
        ("a", "passed"),
        ("cart::adds", "failed"),
    ]
    assert log.results[3].message == "boom"
    assert log.unnamed_passes == 1


def test_output_at_the_end_belongs_to_the_failure_that_was_told_before():
    line = "        FAIL [   0.005s] shop cart::adds\n"
    log = read_log(f"{START}{line}{end('1 test run: 0 passed, 1 failed, 0 skipped')}{line}{OUTPUT}".encode())
    assert [one.message for one in log.results] == ["boom"]


@pytest.mark.parametrize(
    ("lines", "stopped"),
    [
        (
            "  Cancelling due to test failure: 2 tests still running\n"
            + end("1/3 tests run: 0 passed, 1 failed, 0 skipped"),
            "nextest was cancelled: test failure",
        ),
        (
            "   Canceling due to interrupt\n" + end("1/3 tests run: 0 passed, 1 failed, 0 skipped"),
            "nextest was cancelled: interrupt",
        ),
        (end("1/3 tests run: 0 passed, 1 failed, 0 skipped"), "nextest ran 1 of 3"),
        (end("3 tests run: 2 passed, 1 failed, 0 skipped"), None),
    ],
)
def test_a_run_that_gave_up_says_why(lines, stopped):
    log = read_log(f"{START}        FAIL [   0.005s] shop a\n{lines}".encode())
    assert (log.stopped_early, log.complete) == (stopped, True)


def test_two_runs_in_one_step_are_two_sessions():
    run = f"{START}        FAIL [   0.005s] shop a\n{end('5 tests run: 4 passed, 1 failed, 0 skipped')}        FAIL [   0.005s] shop a\n"
    log = read_log((run + run).encode())
    assert [one.ordinal for one in log.results] == [1, 2]
    assert log.unnamed_passes == 8


def test_a_run_without_its_summary_is_not_complete():
    assert not read_log(f"{START}        FAIL [   0.005s] shop a\n".encode()).complete


def test_each_iteration_of_a_stress_run_is_an_execution():
    lines = "".join(
        f" Stress test iteration {n}/2 (00:00:01 elapsed so far)\n        {word} [   0.1s] [{n}/2] (1/1) shop a\n"
        for n, word in ((1, "PASS"), (2, "FAIL"))
    )
    log = read_log(f"{START}{lines}     Summary [   1.2s] 2/2 stress run iterations: 1 passed, 1 failed\n".encode())
    assert [(one.name, one.outcome.value, one.ordinal) for one in log.results] == [
        ("a", "passed", 1),
        ("a", "failed", 2),
    ]
    assert log.complete


def test_what_only_looks_like_nextests_output_hides_no_other_runner():
    log = read_log(
        b"--- STDOUT:              x ---\n--- FAIL: TestA (0.00s)\nFAIL\texample.com/a\t0.1s\n error: Summary\n"
    )
    assert log.runner == "go test"


def test_what_a_test_printed_below_the_headers_of_early_2025_is_no_run_of_cargo_s():
    rule = "\u2500" * 12
    log = read_log(
        f"""    Starting 2 tests across 1 binary
        PASS [   0.004s] shop::it cart::sums
        FAIL [   0.005s] shop::it cart::adds
\u2500\u2500\u2500\u2500 STDOUT:             shop::it cart::adds

running 1 test
{rule * 6}
test cart::adds ... FAILED

failures:

failures:
    cart::adds

test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 1 filtered out; finished in 0.00s

\u2500\u2500\u2500\u2500 STDERR:             shop::it cart::adds
thread 'cart::adds' panicked at src/cart.rs:12:9:
one is not two

  Cancelling due to test failure
{rule}
     Summary [   0.210s] 2 tests run: 1 passed, 1 failed, 0 skipped
        FAIL [   0.005s] shop::it cart::adds
error: test run failed
""".encode()
    )
    assert [(one.class_name, one.name, one.outcome.value) for one in log.results] == [
        ("shop::it", "cart::sums", "passed"),
        ("shop::it", "cart::adds", "failed"),
    ]
    assert (log.results[1].message, log.results[1].file) == ("one is not two", "src/cart.rs")
