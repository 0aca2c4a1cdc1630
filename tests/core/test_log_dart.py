import pytest

from app.core.logs import read_log


def told(text):
    return [(one.class_name, one.name, one.outcome.value) for one in read_log(text.encode()).results]


def test_a_failing_test_is_told_by_its_file_and_its_groups():
    log = read_log(
        b"00:00 +0: loading test/a_test.dart\n00:01 +0: test/a_test.dart: sums adds\n00:01 +1: test/a_test.dart: sums fails\n"
        b"00:01 +1 -1: test/a_test.dart: sums fails [E]\n  Expected: <2>\n    Actual: <1>\n\n  package:test_api           expect\n  test/a_test.dart 5:3       main.<fn>\n\n"
        b"00:02 +1 -1: test/a_test.dart: sums fails [E]\n  Bad state: closed\n00:02 +1 ~1 -1: Some tests failed.\n"
    )
    [one] = log.results
    assert (one.class_name, one.name, one.file) == ("test/a_test.dart", "sums fails", "test/a_test.dart")
    assert one.message == "Expected: <2>\nActual: <1>"
    assert "closed" in one.stack_trace
    assert (log.runner, log.complete) == ("dart test", True)


def test_a_file_that_does_not_load_is_an_error():
    assert told(
        "00:01 +0 -1: loading /w/test/b_test.dart [E]\n  Failed to load\n00:01 +0 -1: Some tests failed.\n"
    ) == [("/w/test/b_test.dart", "loading /w/test/b_test.dart", "error")]


def test_of_one_file_alone_tests_have_no_file():
    assert told("00:01 +0 -1: adds [E]\n00:01 +0 -1: Some tests failed.\n") == [("", "adds", "failed")]


def test_the_reporter_for_github_tells_each_test():
    log = read_log(
        "##[group]✅ test/a_test.dart: adds\n##[endgroup]\n##[group]❌ test/a_test.dart: sums fails (failed)\n  Expected: <2>\n##[endgroup]\n"
        "❎ test/a_test.dart: later (skipped)\n##[error]1 test passed, 1 failed, 1 skipped.\n".encode()
    )
    assert [(one.name, one.outcome.value) for one in log.results] == [
        ("adds", "passed"),
        ("sums fails", "failed"),
        ("later", "skipped"),
    ]
    assert log.complete


GROUPED = "##[group]✅ loads\n##[endgroup]\n##[group]❌ logs out (failed)\n══╡ EXCEPTION CAUGHT BY FLUTTER TEST FRAMEWORK ╞══\nExpected: <2>\n##[endgroup]\n"


def test_the_reporter_for_github_names_no_file_where_one_alone_is_run():
    log = read_log(f"{GROUPED}##[error]1 test passed, 1 failed.\n".encode())
    [one] = log.results
    assert (one.class_name, one.name, one.outcome.value) == ("", "logs out", "failed")
    assert (log.complete, one.message.split("\n")[1]) == (True, "Expected: <2>")


def test_a_group_with_a_mark_is_no_test_without_dart_s_total():
    assert told(GROUPED) == []
    assert told("❌ logs out (failed)\n1 test passed, 1 failed.\n") == []


def test_without_its_last_line_a_run_is_not_complete():
    assert not read_log(b"00:01 +0 -1: a [E]\n").complete


def test_clocks_of_others_are_not_read():
    assert told("00:01 failed [E]\n12:30:01 +1: x\nx +1 -1: y [E]\n") == []


DRIVEN = "Failure Details:\nFailure in method: pans\nExpected: <1>\n  Actual: <0>\n\nend of failure 1\n\n\n"


@pytest.mark.parametrize("prefix", ["flutter: ", "I/flutter ( 1268): ", ""])
def test_what_a_device_says_is_read_and_not_told_again_by_flutter_drive(prefix: str):
    text = "00:00 +0: map zooms\n00:02 +1: map pans\n00:03 +1 -1: map pans [E]\n  Expected: <1>\n00:03 +1 -1: Some tests failed.\n"
    assert told("".join(f"{prefix}{line}\n" for line in text.splitlines()) + DRIVEN) == [("", "map pans", "failed")]


def test_flutter_drive_names_what_failed_where_the_device_is_not_heard():
    [one] = read_log(DRIVEN.encode()).results
    assert (one.name, one.outcome.value, one.message) == ("pans", "failed", "Expected: <1>\nActual: <0>")
    assert told(DRIVEN.replace("Failure Details:\n", "")) == []


def test_groups_as_a_program_writes_them_are_groups():
    log = read_log(
        "::group::❌ loading /w/test/a_test.dart (failed)\nFailed to load: no\n::endgroup::\n✅ /w/test/b_test.dart: adds\n"
        "::group::❌ /w/test/b_test.dart: takes (failed)\nExpected: 1\n::endgroup::\n\n::error::1 tests passed, 2 failed.\n".encode()
    )
    assert [(one.name, one.outcome.value, one.message) for one in log.results] == [
        ("adds", "passed", None),
        ("takes", "failed", "Expected: 1"),
        ("loading /w/test/a_test.dart", "failed", "Failed to load: no"),
    ]
    assert log.complete
