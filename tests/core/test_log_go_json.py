"""Events of `go test -json` in a job's log, and the formats of gotestsum."""

import json

import pytest

from app.core.logs import read_log


def events(*rows):
    keys = ("Action", "Package", "Test", "Output", "Elapsed")
    made = ({key: value for key, value in zip(keys, row, strict=False) if value is not None} for row in rows)
    return "".join(json.dumps(one, separators=(",", ":")) + "\n" for one in made)


def results(text):
    return list(read_log(text.encode()).results)


def told(text):
    return [(one.class_name, one.name, one.outcome.value) for one in results(text)]


FAILED = events(
    ("run", "shop", "TestAdds"),
    ("output", "shop", "TestAdds", "=== RUN   TestAdds\n"),
    ("output", "shop", "TestAdds", "    a_test.go:5: boom\n"),
    ("output", "shop", "TestAdds", "--- FAIL: TestAdds (0.25s)\n"),
    ("fail", "shop", "TestAdds", None, 0.25),
    ("pass", "shop", "TestSums", None, 0),
    ("skip", "shop", "TestWaits", None, 0),
    ("fail", "shop", None, None, 0.3),
)


def test_events_tell_each_execution():
    assert told(FAILED) == [
        ("shop", "TestAdds", "failed"),
        ("shop", "TestSums", "passed"),
        ("shop", "TestWaits", "skipped"),
    ]
    adds = results(FAILED)[0]
    assert (adds.suite, adds.message, adds.duration_ms, adds.line) == ("shop", "boom", 250, 5)


def test_other_lines_between_the_events_change_nothing():
    mixed = "".join(f"noise\n{line}\nmore {{ noise }}\n" for line in FAILED.splitlines())
    assert told(mixed) == told(FAILED)
    assert told(FAILED.replace("{", "glued {", 1)) == told(FAILED)


def test_a_stream_that_broke_off_is_not_complete():
    assert read_log(FAILED.encode()).complete
    assert not read_log("".join(FAILED.splitlines(keepends=True)[:-1]).encode()).complete


def test_a_package_that_does_not_build_is_an_error_of_its_own():
    build = '{"ImportPath":"shop [shop.test]","Action":"build-output","Output":"./a.go:3:1: undefined: x\\n"}\n'
    end = '{"Action":"fail","Package":"shop","Elapsed":0,"FailedBuild":"shop [shop.test]"}\n'
    [one] = results(build + end)
    assert (one.name, one.outcome, one.message) == ("[build failed]", "error", "undefined: x")
    older = events(("output", "shop", None, "FAIL\tshop [build failed]\n"), ("fail", "shop", None, None, 0))
    assert told(older) == [("shop", "[build failed]", "error")]


def test_a_panic_fails_the_test_that_ran():
    text = events(
        ("run", "shop", "TestA"),
        ("run", "shop", "TestB"),
        ("output", "shop", "TestB", "panic: boom\n"),
        ("output", "shop", "TestB", "shop.TestB(0xc0)\n"),
        ("fail", "shop", None, None, 0.1),
    )
    assert told(text) == [("shop", "TestB", "failed")]


def test_a_package_that_fails_without_a_failing_test_is_an_error():
    assert told(events(("pass", "shop", "TestA"), ("fail", "shop"))) == [
        ("shop", "TestA", "passed"),
        ("shop", "Failure", "error"),
    ]


@pytest.mark.parametrize(
    "line", ['{"Action":"start","Type":"container","id":"x"}', '{"Action":"fail', '{"Action":1}', '"Action":"x"}']
)
def test_what_is_no_event_is_not_read(line):
    assert read_log(f"{line}\n".encode()).results == ()


TESTNAME = (
    "PASS shop.TestSums (0.01s)\n=== RUN   TestAdds\n    a_test.go:5: boom\n--- FAIL: TestAdds (0.00s)\nFAIL shop.TestAdds (0.00s)\n"
    "SKIP shop.TestWaits/v1.2 (0.00s)\nFAIL shop\n\n=== Skipped\n=== SKIP: shop TestWaits/v1.2 (0.00s)\n\n=== Failed\n=== FAIL: shop TestAdds (0.00s)\n    a_test.go:5: boom\n\n"
    "DONE 3 tests, 1 skipped, 1 failure in 0.2s\n"
)


def test_gotestsum_names_tests_with_their_packages_and_repeats_them():
    assert told(TESTNAME) == [
        ("shop", "TestSums", "passed"),
        ("shop", "TestAdds", "failed"),
        ("shop", "TestWaits/v1.2", "skipped"),
    ]
    log = read_log(TESTNAME.encode())
    assert (log.results[1].message, log.complete, log.unnamed_passes) == ("boom", True, 0)


def test_gotestsum_folds_its_tests_on_github():
    text = "##[group]FAIL a/b.TestAdds (0.00s)\n    a_test.go:5: boom\n##[endgroup]\n  PASS a/b.TestSums (0.00s)\n  FAIL Package a/b (2ms)\n"
    assert told(text) == [("a/b", "TestAdds", "failed"), ("a/b", "TestSums", "passed")]


def test_what_was_run_again_and_is_not_told_as_failed_has_passed():
    text = "✖  shop (2ms)\n\n=== Failed\n=== FAIL: shop TestAdds (0.00s)\n    a_test.go:5: boom\n\nDONE 2 runs, 5 tests, 1 failure in 3.3s\n"
    log = read_log(text.encode())
    assert [(one.name, one.outcome.value, one.ordinal) for one in log.results] == [
        ("TestAdds", "failed", 1),
        ("TestAdds", "passed", 2),
    ]
    assert log.unnamed_passes == 3


def test_what_failed_in_every_run_has_not_passed():
    again = "=== FAIL: shop TestAdds (re-run 1) (0.00s)\n    a_test.go:5: boom\n\n"
    text = f"=== Failed\n=== FAIL: shop TestAdds (0.00s)\n    x\n\n{again}DONE 2 runs, 6 tests, 2 failures in 3.3s\n"
    assert [one[2] for one in told(text)] == ["failed", "failed"]


@pytest.mark.parametrize(
    "line",
    [
        "PASS src/Test.js (5.1 s)",
        "FAIL Test.js (5.12s)",
        "FAIL a Testing (1.0s)",
        "PASS  TestApp (1.0s)",
        "FAIL x.Tester (1.0s)",
    ],
)
def test_lines_of_other_runners_are_not_gotestsums(line):
    assert told(f"{line}\n") == []
