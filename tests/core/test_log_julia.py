from app.core.logs import read_log

FAILED = "sums: Test Failed at /w/test/runtests.jl:5\n  Expression: f(1) == 2\n   Evaluated: 1 == 2\n\nStacktrace:\n [1] macro expansion\n"
ERROR = "io: Error During Test at /w/test/runtests.jl:8\n  Test threw exception\n  no file\n"
TABLE = "Test Summary: | Pass  Fail  Error  Total  Time\nall           |    1     1      1      3  0.3s\n"
END = "ERROR: LoadError: Some tests did not pass: 1 passed, 1 failed, 1 errored, 0 broken.\n"


def test_a_test_is_a_test_set_and_its_checks_are_one_execution():
    log = read_log((FAILED + FAILED + ERROR + TABLE + END).encode())
    assert [(one.name, one.outcome.value, one.file) for one in log.results] == [
        ("sums", "failed", "/w/test/runtests.jl"),
        ("io", "error", "/w/test/runtests.jl"),
    ]
    assert log.results[0].message == "Expression: f(1) == 2\nEvaluated: 1 == 2"
    assert (log.runner, log.complete) == ("julia", True)


def test_without_its_table_a_run_is_not_complete():
    assert not read_log(FAILED.encode()).complete


def test_errors_elsewhere_are_not_read():
    assert (
        read_log(b"Test Summary: | Pass  Total\nERROR: Package A errored during testing\nx: failed at a.jl:3\n").results
        == ()
    )
