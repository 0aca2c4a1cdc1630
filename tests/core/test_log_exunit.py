from app.core.logs import read_log

BEGIN = "Running ExUnit with seed: 1, max_cases: 8\n\n"
END = "\n\nFinished in 0.1 seconds (0.1s async, 0.0s sync)\n3 doctests, 40 tests, 1 failure, 2 excluded\n"
FAILURE = (
    "\n\n  1) test adds (two) numbers (My.MathTest)\n     test/math_test.exs:12\n     Assertion with == failed\n"
    "     code:  assert 1 == 2\n     left:  1\n     stacktrace:\n       test/math_test.exs:13: (test)\n\n.."
)


def told(text):
    return [(one.class_name, one.name, one.outcome.value) for one in read_log(text.encode()).results]


def test_a_failure_is_named_as_its_report_names_it():
    log = read_log(f"{BEGIN}..{FAILURE}{END}".encode())
    [one] = log.results
    assert (one.suite, one.class_name, one.name) == (
        "Elixir.My.MathTest",
        "Elixir.My.MathTest",
        "test adds (two) numbers",
    )
    assert (one.file, one.message) == ("test/math_test.exs", "Assertion with == failed\ncode:  assert 1 == 2\nleft:  1")
    assert one.stack_trace.endswith("stacktrace:\n  test/math_test.exs:13: (test)")
    assert (log.runner, log.complete) == ("exunit", True)


def test_a_module_that_is_not_set_up_is_one_error():
    assert told(
        f"{BEGIN}  1) My.DbTest: failure on setup_all callback, all tests have been invalidated\n     ** (RuntimeError) no db\n{END}"
    ) == [("Elixir.My.DbTest", "My.DbTest", "error")]


def test_a_file_that_does_not_compile_is_an_error():
    [one] = read_log(
        b"Running ExUnit with seed: 1\n== Compilation error in file test/a_test.exs ==\n    ** (x)\n"
    ).results
    assert (one.name, one.file, one.outcome.value) == ("test/a_test.exs", "test/a_test.exs", "error")


def test_traced_tests_are_told_once_and_the_slowest_are_not_told_again():
    log = read_log(
        f"{BEGIN}\nMy.MathTest [test/math_test.exs]\n  * test a [L#3]\r  * test a (1.5ms) [L#3]\n  * test b (skipped) [L#5]\n"
        "  * test adds (two) numbers (20.0ms) [L#12]\n"
        f"{FAILURE}\n\nFinished in 0.1 seconds\n\nTop 1 slowest (0.0s), 1% of total time:\n\n  * test a (1.5ms) [L#3]\n\n3 tests, 1 failure, 1 skipped\n".encode()
    )
    assert [(one.name, one.outcome.value, one.duration_ms) for one in log.results] == [
        ("test a", "passed", 2),
        ("test b", "skipped", None),
        ("test adds (two) numbers", "failed", 20),
    ]


def test_each_application_of_an_umbrella_is_a_session():
    assert read_log(f"{BEGIN}{FAILURE}{END}==> b\n{BEGIN}.{END.replace('1 failure', '0 failures')}".encode()).complete
    assert not read_log(f"{BEGIN}{FAILURE}{END}==> b\n{BEGIN}{FAILURE}".encode()).complete


def test_a_run_that_stopped_at_its_limit_says_so():
    log = read_log(f"{BEGIN}{FAILURE}--max-failures reached, aborting test suite{END}".encode())
    assert log.stopped_early == "exunit stopped at --max-failures"


def test_numbered_failures_of_others_are_not_read():
    assert (
        told(f"{BEGIN}  1) Failure (Foo)\n     Failure/Error: x\n  2) a (B)\n     a_spec.rb:3\n2 examples, 1 failure\n")
        == []
    )


def test_failures_of_higher_numbers_stand_further_to_the_left():
    blocks = "".join(
        f"\n{number:3}) test adds {number} (My.MathTest)\n     test/math_test.exs:12\n     no\n\n"
        for number in (9, 10, 100)
    )
    assert [name for _, name, _ in told(f"{BEGIN}{blocks}{END}")] == ["test adds 9", "test adds 10", "test adds 100"]
