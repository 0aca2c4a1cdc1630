from app.core.logs import read_log

CLOCK = "[task 2026-02-13T11:47:09.935Z] 11:47:09     INFO - "


def log_of(*lines):
    return read_log("".join(f"{CLOCK}{line}\n" for line in lines).encode())


def told(*lines):
    return [(one.name, one.outcome.value) for one in log_of(*lines).results]


def test_a_test_is_a_file_and_its_failures_are_one_execution():
    log = log_of(
        "SUITE-START | Running 3 tests",
        "TEST-START | a/test_a.js",
        "TEST-PASS | a/test_a.js | a check",
        "TEST-OK | a/test_a.js | took 12ms",
        "TEST-START | a/test_b.js",
        "TEST-UNEXPECTED-FAIL | a/test_b.js | got 1, expected 2",
        "Stack trace:",
        "TEST-UNEXPECTED-TIMEOUT | a/test_b.js | Test timed out",
        "TEST-SKIP | a/test_c.js | took 0ms",
        "SUITE-END | took 1s",
    )
    assert [(one.name, one.outcome.value, one.duration_ms) for one in log.results] == [
        ("a/test_a.js", "passed", 12),
        ("a/test_b.js", "failed", None),
        ("a/test_c.js", "skipped", 0),
    ]
    assert log.results[1].message.startswith("got 1, expected 2\n")
    assert (log.results[1].file, log.runner, log.complete) == ("a/test_b.js", "mozharness", True)


def test_a_test_that_is_run_again_has_an_execution_a_start():
    log = log_of(
        "TEST-START | t.js", "TEST-UNEXPECTED-FAIL | t.js | x", "TEST-START | t.js", "TEST-PASS | t.js | took 5ms"
    )
    assert [(one.outcome.value, one.ordinal) for one in log.results] == [("failed", 1), ("passed", 2)]
    assert not log.complete


def test_a_crash_is_an_error_of_its_test():
    assert told("TEST-START | a/t.js", "PROCESS-CRASH | a/t.js | application crashed [@ foo]") == [("a/t.js", "error")]


def test_reftests_and_lines_without_a_clock_are_read():
    assert [
        one.name for one in read_log(b"REFTEST TEST-UNEXPECTED-FAIL | a.html == b.html | image comparison\n").results
    ] == ["a.html == b.html"]


def test_words_within_a_message_are_not_read():
    assert told("GECKO(1) | JS said TEST-UNEXPECTED-FAIL | x | y", "TEST-UNEXPECTED-FAIL | leakcheck | 3 bytes") == []
