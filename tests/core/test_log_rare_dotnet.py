"""What the runners of .NET and of PowerShell print seldom."""

from app.core.logs import read_log


def told(text):
    return [(one.class_name, one.name, one.outcome.value) for one in read_log(text.encode()).results]


def test_words_that_end_with_a_dot_name_a_test_of_no_class():
    text = "xUnit.net Console Runner v2.4.1\n  Starting:    a\n    Works. [FAIL]\n      boom\n  Finished:    a\n"
    assert told(text) == [("", "Works.", "failed")]


def test_a_verbose_xunit_names_what_passed_and_takes_no_words_for_it():
    text = (
        "xUnit.net v3 In-Process Runner\n  Starting:    a\n    a.C.Adds [PASS]\n      Output:\n        hello\n    a.C.Sums [FAIL]\n      boom\n"
        "=== TEST EXECUTION SUMMARY ===\n   a  Total: 2, Errors: 0, Failed: 1, Skipped: 0, Time: 0.1s\n"
    )
    adds, sums = read_log(text.encode()).results
    assert ((adds.name, adds.outcome, adds.stack_trace), sums.message) == (("Adds", "passed", None), "boom")


def test_totals_like_those_of_xunit_are_not_its_own_where_it_never_began():
    text = "xUnit.net Console results of last night:\nTotal: 2, Errors: 0, Failed: 1, Skipped: 0, Time: 0.1s\n"
    assert read_log(text.encode()).runner is None


def test_nunit_says_that_it_stopped_at_the_first_failure():
    text = (
        "Errors, Failures and Warnings\n\n1) Failed : a.C.Adds\n  boom\n\nExecution terminated after first error\n\nTest Run Summary\n"
        "  Overall result: Failed\n  Test Count: 9, Passed: 0, Failed: 1, Warnings: 0, Inconclusive: 0, Skipped: 8\n"
    )
    log = read_log(text.encode())
    assert (log.stopped_early, [one.name for one in log.results]) == ("NUnit stopped at the first failure", ["Adds"])


def test_a_file_of_pesters_that_ended_is_no_test():
    text = (
        "Running tests from '/w/Cart.Tests.ps1'\nDescribing Cart\n  [+] adds 12ms (10ms|2ms)\n[+] /w/Cart.Tests.ps1 1.2s (0.9s|0.1s)\n"
        "[x] done\n[+] no time\nTests Passed: 1, Failed: 0, Skipped: 0 NotRun: 0\n"
    )
    assert told(text) == [("/w/Cart.Tests.ps1", "Cart.adds", "passed")]


def test_an_assembly_without_tests_is_complete():
    log = read_log(
        b"Test run for /w/a.dll (.NETCoreApp,Version=v8.0)\n"
        b"No test is available in /w/a.dll. Make sure that test discoverer & executors are registered.\n"
    )
    assert (log.runner, log.complete, log.results) == ("vstest", True, ())


def test_what_the_build_repeats_when_it_ends_is_one_failure():
    error = "/w/C.cs(12): error TESTERROR: a.C.Adds (1ms): Error Message: boom [/w/a.csproj]\n"
    crash = "/w/a.csproj : error TESTERROR: the host could not be started\n"
    text = f"{error}{crash}\nBuild FAILED.\n\n{error}\nTest summary: total: 1, failed: 1, succeeded: 0, skipped: 0\n"
    assert told(text) == [("a.C", "Adds", "failed")]
