import pytest

from app.core.logs import read_log

RULE = "=" * 76
TESTS = (
    "PASS: pass.sh\nFAIL: fail.sh\nSKIP: skip.sh\nERROR: err.sh\nXFAIL: xfail.sh\nXPASS: xpass.sh\n"
    "PASS: points.tap 1 - first\nFAIL: points.tap 2 - second bad\nSKIP: points.tap 3 # SKIP no\nXPASS: points.tap 4 - up # TODO\n"
)
COUNTS = "# TOTAL: 10\n# PASS:  2\n# SKIP:  2\n# XFAIL: 1\n# FAIL:  2\n# XPASS: 2\n# ERROR: 1\n"
SUMMARY = f"{RULE}\nTestsuite summary for demo 1.0\n{RULE}\n{COUNTS}{RULE}\nSee ./test-suite.log\n{RULE}\n"


def told(text):
    return [(one.class_name, one.name, one.outcome.value) for one in read_log(text.encode()).results]


BAD = [
    ("", "fail.sh", "failed"),
    ("", "err.sh", "error"),
    ("", "xpass.sh", "failed"),
    ("", "points.tap 2 - second bad", "failed"),
    ("", "points.tap 4 - up", "failed"),
]


def test_each_line_above_the_counts_is_a_test():
    log = read_log(f"Making check in .\n{TESTS}{SUMMARY}".encode())
    assert [("", one.name, one.outcome) for one in log.results if one.outcome.is_bad] == BAD
    assert [one.outcome.value for one in log.results].count("skipped") == 3
    assert (log.runner, log.complete, log.unnamed_passes) == ("automake", True, 0)


def test_what_the_tests_printed_is_shown_before_the_counts_and_names_none():
    shown = f"{RULE}\n   demo 1.0: ./test-suite.log\n{RULE}\n\n{COUNTS}\n.. contents:: :depth: 2\n\nFAIL: fail\n==========\n\nFAIL: inner.sh\nFAIL fail.sh (exit status: 1)\n\n"
    assert [one for one in told(f"{TESTS}{shown}{SUMMARY}") if one[2] in ("failed", "error")] == BAD


@pytest.mark.parametrize(
    ("sentence", "failed"),
    [
        ("1 of 2 tests failed", ["b.sh"]),
        ("1 of 2 tests did not behave as expected (1 unexpected pass)", ["b.sh"]),
        ("All 2 tests passed", []),
        ("All 2 tests behaved as expected (1 expected failure)", []),
    ],
)
def test_older_harnesses_end_with_a_sentence(sentence, failed):
    word = "FAIL" if failed else "XFAIL"
    log = read_log(f"PASS: a.sh\n{word}: b.sh\n{RULE}\n{sentence}\nPlease report to x@example.com\n{RULE}\n".encode())
    assert [one.name for one in log.results if one.outcome.is_bad] == failed
    assert not failed or log.complete


def test_a_directory_below_is_the_class_of_its_tests():
    below = "Making check in sub\nFAIL: one.sh\n" + SUMMARY.replace("FAIL:  2", "FAIL:  1").replace(": 2", ": 0")
    assert told(f"Making check in .\n{TESTS}{SUMMARY}{below}")[-1] == ("sub", "one.sh", "failed")


@pytest.mark.parametrize(
    "text",
    [
        "FAIL: fail.sh\nPASS: pass.sh\n",
        f"FAIL: fail.sh\nMaking check in sub\nPASS: one.sh\n{RULE}\nAll 1 tests passed\n{RULE}\n",
        f"FAIL: test_adds (cart.CartTest)\nPASS: a.sh\n{RULE}\nAll 2 tests passed\n{RULE}\n",
        f"FAIL: quoted.sh\nPASS: a.sh\n{RULE}\nAll 2 tests passed\n{RULE}\n",
        "FAIL: fail.sh\n\n1 of 1 tests failed\n",
    ],
)
def test_lines_without_their_counts_name_no_failure(text):
    assert [one for one in told(text) if one[2] in ("failed", "error")] == []
