from app.core.logs import read_log

WIDE = " " * 40


def told(text):
    return [(one.name, one.outcome.value) for one in read_log(text.encode()).results]


def test_the_closing_list_tells_how_each_target_ended():
    log = read_log(
        f"FAIL: //a:c (see /x/test.log)\n==================== Test output for //a:c:\nboom\nmore\n{'=' * 80}\n"
        f"//a:b{WIDE}PASSED in 0.1s\n//a:h{WIDE}(cached) PASSED in 0.2s\n//a:c{WIDE}FAILED in 3 out of 3 in 1.2s\n  Stats over 3 runs: max = 1.2s\n"
        f"  /x/test.log\n@repo//x/y:z{WIDE}TIMEOUT in 60.0s\n\nExecuted 3 out of 4 tests: 2 tests pass and 2 fail locally.\n".encode()
    )
    assert [(one.class_name, one.name, one.outcome.value, one.duration_ms) for one in log.results] == [
        ("//a", "//a:b", "passed", 100),
        ("//a", "//a:h", "passed", 200),
        ("//a", "//a:c", "failed", 1200),
        ("@repo//x/y", "@repo//x/y:z", "failed", 60000),
    ]
    assert (log.results[2].message, log.results[3].message) == ("boom\nmore", "TIMEOUT")
    assert (log.runner, log.complete) == ("bazel", True)


def test_a_flaky_target_failed_as_often_as_it_says_and_then_passed():
    log = read_log(
        f"//a:e{WIDE}FLAKY, failed in 2 out of 3 in 0.3s\nExecuted 1 out of 1 test: 1 test passes.\n".encode()
    )
    assert [(one.outcome.value, one.ordinal) for one in log.results] == [("failed", 1), ("failed", 2), ("passed", 3)]


def test_what_was_not_run_or_not_built_is_no_result():
    log = read_log(
        f"//a:g{WIDE}FAILED TO BUILD\n//a:h{WIDE}NO STATUS\nExecuted 0 out of 2 tests: 1 fails to build and 1 was skipped.\n".encode()
    )
    assert (log.results, log.stopped_early) == ((), "a test did not build")


def test_colours_between_the_words_do_not_matter():
    assert told(f"//a:c{WIDE}\x1b[0m\x1b[31m\x1b[1mFAILED\x1b[0m in 0.2s\n  /x/test.log\n") == [("//a:c", "failed")]


def test_without_its_last_line_a_session_is_not_complete():
    assert not read_log(f"//a:c{WIDE}FAILED in 0.2s\n  /x/test.log\n".encode()).complete


def test_labels_in_other_lines_are_not_read():
    assert (
        told(
            "Executed 1 out of 1 test: x\nERROR: //a:c FAILED in 1s\nhttps://a:b FAILED in 0.2s\n//a comment FAILED in 2s\n"
        )
        == []
    )
