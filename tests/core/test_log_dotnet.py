import pytest

from app.core.logs import read_log
from app.core.logs.dotnet_names import split_name
from app.core.model import TestResult

RUN = "Test run for /src/bin/Debug/net8.0/Acme.Tests.dll (.NETCoreApp,Version=v8.0)\nStarting test execution, please wait...\nA total of 1 test files matched the specified pattern.\n"
FAILED = "  Failed Acme.CartTests.Adds [3 ms]\n  Error Message:\n   Assert.Equal() Failure\nExpected: 1\nActual:   2\n  Stack Trace:\n     at Acme.CartTests.Adds() in /home/runner/work/acme/acme/test/CartTests.cs:line 12\n\n"
TOTALS = (
    "Failed!  - Failed:     1, Passed:   238, Skipped:     0, Total:   239, Duration: 15 s - Acme.Tests.dll (net8.0)\n"
)


def results(text: str) -> list[TestResult]:
    return list(read_log(text.encode()).results)


def told(text: str) -> list[tuple[str, str, str]]:
    return [(one.class_name, one.name, one.outcome.value) for one in results(text)]


@pytest.mark.parametrize(
    ("label", "names"),
    [
        ("Acme.CartTests.Adds", ("Acme.CartTests", "Adds")),
        ('Acme.CartTests.Adds(x: "a.b", y: 1.5)', ("Acme.CartTests", 'Adds(x: "a.b", y: 1.5)')),
        ("Acme.CartTests+Empty.Adds", ("Acme.CartTests+Empty", "Adds")),
        ("Acme.CartTests.Adds<System.Int32>(1)", ("Acme.CartTests", "Adds<System.Int32>(1)")),
        ("Acme.CartTests<System.Int32>.Adds", ("Acme.CartTests<System.Int32>", "Adds")),
        ('Acme.CartTests("a").Adds(1)', ('Acme.CartTests("a")', "Adds(1)")),
        ("Adds(1,2)", ("", "Adds(1,2)")),
        ("It adds. Twice", ("", "It adds. Twice")),
    ],
)
def test_a_label_is_cut_into_class_and_name(label, names):
    assert split_name(label) == names


def test_vstest_names_each_test_with_its_time():
    text = f"{RUN}  Passed Acme.CartTests.Removes [< 1 ms]\n[xUnit.net 00:00:00.45]     Acme.CartTests.Adds [FAIL]\n{FAILED}  Skipped Acme.CartTests.Clears [1 ms]\n{TOTALS}"
    assert told(text) == [
        ("Acme.CartTests", "Removes", "passed"),
        ("Acme.CartTests", "Adds", "failed"),
        ("Acme.CartTests", "Clears", "skipped"),
    ]
    adds = results(text)[1]
    assert (adds.message, adds.duration_ms) == ("Assert.Equal() Failure\nExpected: 1\nActual:   2", 3)
    assert adds.file == "/home/runner/work/acme/acme/test/CartTests.cs"
    assert read_log(text.encode()).complete


def test_a_test_without_a_class_takes_it_from_its_stack():
    text = f"{RUN}{FAILED.replace('Failed Acme.CartTests.Adds', 'Failed Adds')}{TOTALS}"
    assert told(text) == [("Acme.CartTests", "Adds", "failed")]
    waits = text.replace("at Acme.CartTests.Adds()", "at Acme.CartTests.<Adds>d__1.MoveNext()")
    assert told(waits) == [("Acme.CartTests", "Adds", "failed")]


def test_a_pass_without_a_class_does_not_stand_beside_a_failure_of_its_name():
    text = f"{RUN}  Passed Adds [1 ms]\n  Passed Sums [1 ms]\n  Failed Adds [3 ms]\n  Error Message:\n   boom\n{TOTALS}"
    assert told(text) == [("", "Sums", "passed"), ("", "Adds", "failed")]


@pytest.mark.parametrize(
    "head",
    ["  X Acme.CartTests.Adds [1s 12ms]", "  X Acme.CartTests.Adds", "Failed   Acme.CartTests.Adds"],
)
def test_older_versions_mark_a_failure_otherwise(head):
    text = f"{RUN}{head}\nError Message:\n boom\nStack Trace:\n   at Acme.CartTests.Adds()\n\nTotal tests: 2. Passed: 1. Failed: 1. Skipped: 0.\nTest Run Failed.\n"
    assert told(text) == [("Acme.CartTests", "Adds", "failed")]
    assert (results(text)[0].message, read_log(text.encode()).complete) == ("boom", True)


def test_the_terminal_logger_tells_failures_as_errors_of_the_build():
    text = (
        "  Acme.Tests test failed with 1 error(s) (0.8s)\n    /src/CartTests.cs(28): error TESTERROR:\n"
        "      Acme.CartTests.Adds(value: 6) (< 1ms): Error Message: Assert.True() Failure\n      Expected: True\n      Stack Trace:\n         at Acme.CartTests.Adds(Int32 value) in /src/CartTests.cs:line 28\n"
        "Test summary: total: 4, failed: 1, succeeded: 3, skipped: 0, duration: 1.6s\n"
    )
    [one] = results(text)
    assert (one.class_name, one.name, one.message) == (
        "Acme.CartTests",
        "Adds(value: 6)",
        "Assert.True() Failure\nExpected: True",
    )


def test_an_assembly_that_did_not_end_leaves_the_run_incomplete():
    assert not read_log(f"{RUN}{RUN}{FAILED}{TOTALS}".encode()).complete
    log = read_log(
        f"{RUN}{FAILED}The active test run was aborted. Reason: Test host process crashed\nTest Run Aborted.\n".encode()
    )
    assert (log.complete, log.stopped_early) == (False, "the run of .NET's tests was aborted")


def test_the_testing_platform_tells_failures_as_they_come():
    text = (
        "Running tests from /src/Acme.Tests.dll (net10.0|x64)\nfailed Acme.CartTests.Adds(x: 1) (1s 033ms)\n  from /src/Acme.Tests.dll (net10.0|x64)\n"
        "  Assert.Equal() Failure\n    at Acme.CartTests.Adds(Int32 x) in /src/CartTests.cs:12\nskipped Acme.CartTests.Clears (0ms)\n"
        "/src/Acme.Tests.dll (net10.0|x64) failed with 1 error(s) (8s 406ms)\n\nTest run summary: Failed!\n  total: 56\n  failed: 1\n  succeeded: 54\n"
    )
    assert told(text) == [("Acme.CartTests", "Adds(x: 1)", "failed"), ("Acme.CartTests", "Clears", "skipped")]
    one = results(text)[0]
    assert (one.message, one.duration_ms) == ("Assert.Equal() Failure", 1033)
    assert read_log(text.encode()).complete


def test_a_run_of_the_testing_platform_that_was_aborted_says_so():
    text = "failed Acme.CartTests.Adds (1ms)\n  boom\nTest run summary: Aborted - /src/Acme.Tests.dll (net8.0|x64)\n"
    assert read_log(text.encode()).stopped_early == "the run of .NET's tests was aborted"


def test_the_console_of_xunit_marks_failures_and_skips():
    text = (
        "xUnit.net v3 In-Process Runner v2.0.3 (64-bit .NET 8.0.17)\n  Discovering: Acme.Tests\n  Discovered:  Acme.Tests\n  Starting:    Acme.Tests\n"
        "    Acme.CartTests.Adds [FAIL]\n      Assert.Equal() Failure: Values differ\n      Expected: 5\n      Stack Trace:\n        CartTests.cs(14,0): at Acme.CartTests.Adds()\n"
        "    Acme.CartTests.Clears [SKIP]\n      later\n  Finished:    Acme.Tests\n=== TEST EXECUTION SUMMARY ===\n   Acme.Tests  Total: 3, Errors: 0, Failed: 1, Skipped: 1, Not Run: 0, Time: 0.054s\n"
    )
    assert told(text) == [("Acme.CartTests", "Adds", "failed"), ("Acme.CartTests", "Clears", "skipped")]
    adds, clears = results(text)
    assert (adds.message, clears.message) == ("Assert.Equal() Failure: Values differ\nExpected: 5", "later")
    assert read_log(text.encode()).complete


def test_the_console_of_nunit_lists_what_did_not_pass():
    text = (
        "NUnit Console Runner 3.16.0\nErrors, Failures and Warnings\n\n1) Failed : Acme.CartTests.Adds(1)\n  Expected: 1\n  But was:  2\n   at Acme.CartTests.Adds(Int32 x) in /src/CartTests.cs:line 12\n\n"
        "2) Error : Acme.CartTests.Sums\nSystem.Exception : boom\n\n3) Warning : Acme.CartTests.Warns\nhm\n\nRun Settings\n    ImageRuntimeVersion: 4.0\n\nTests Not Run\n\n1) Ignored : Acme.CartTests.Clears\nlater\n\n"
        "Test Run Summary\n  Overall result: Failed\n  Test Count: 37, Passed: 26, Failed: 2, Warnings: 1, Inconclusive: 1, Skipped: 7\n"
    )
    assert told(text) == [
        ("Acme.CartTests", "Adds(1)", "failed"),
        ("Acme.CartTests", "Sums", "error"),
        ("Acme.CartTests", "Warns", "passed"),
        ("Acme.CartTests", "Clears", "skipped"),
    ]
    assert (results(text)[0].message, read_log(text.encode()).complete) == ("Expected: 1\nBut was:  2", True)


def test_the_second_version_of_nunit_counts_before_it_lists():
    text = "Tests run: 37, Errors: 1, Failures: 1, Inconclusive: 1, Time: 0.2 seconds\n\nErrors and Failures:\n1) Test Failure : Acme.CartTests.Adds\n     boom\n\n2) Test Error : Acme.CartTests.Sums\n   bang\n"
    assert told(text) == [("Acme.CartTests", "Adds", "failed"), ("Acme.CartTests", "Sums", "error")]
    assert read_log(text.encode()).complete


PESTER_TOTALS = "Tests completed in 1.2s\nTests Passed: 1, Failed: 1, Skipped: 0, Inconclusive: 0, NotRun: 0\n"


def test_pester_names_a_test_by_its_blocks_whether_it_prints_them_or_not():
    detailed = f"Running tests from '/src/Cart.Tests.ps1'\nDescribing Cart\n Context empty\n   [+] removes 12ms (8ms|4ms)\n   [-] adds 1.05s (1s|50ms)\n    Expected 1, but got 2.\n    at $x | Should -Be 1, /src/Cart.Tests.ps1:12\n{PESTER_TOTALS}"
    brief = f"\n[-] Cart.empty.adds 12ms (8ms|4ms)\n Expected 1, but got 2.\n at $x | Should -Be 1, /src/Cart.Tests.ps1:12\n{PESTER_TOTALS}"
    assert [(one.name, one.outcome) for one in results(detailed)] == [
        ("Cart.empty.removes", "passed"),
        ("Cart.empty.adds", "failed"),
    ]
    assert [(one.name, one.outcome, one.message) for one in results(brief)] == [
        ("Cart.empty.adds", "failed", "Expected 1, but got 2.")
    ]
    assert (results(detailed)[1].duration_ms, read_log(detailed.encode()).complete) == (1050, True)


def test_on_github_a_failure_of_pesters_is_an_annotation_and_its_words_a_group():
    text = f"Describing Cart\n Context empty\n   [!] waits is skipped, because of rain 2ms (1ms|1ms)\n##[error]   [-] adds 12ms (8ms|4ms)\n##[group]Message\nExpected 1, but got 2.\n##[endgroup]\n{PESTER_TOTALS}"
    assert [(one.name, one.outcome, one.message) for one in results(text)] == [
        ("Cart.empty.waits", "skipped", None),
        ("Cart.empty.adds", "failed", "Expected 1, but got 2."),
    ]


def test_a_script_that_pester_could_not_read_is_an_error():
    text = f"[-] Discovery in /src/Cart.Tests.ps1 failed with:\nSystem.Management.Automation.ParseException: boom\n[-] Context empty failed\n bang\n{PESTER_TOTALS}"
    assert [(one.name, one.outcome) for one in results(text)] == [("/src/Cart.Tests.ps1", "error"), ("empty", "error")]


def test_the_bullets_of_other_tools_are_not_pesters():
    assert results("Pester\n[-] Scanning host 10.0.0.1 12ms\n[+] open 5ms\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "  Failed to load the file [3 ms] of Test run for /src/a.txt\n",
        "Total tests: many\n  Skipped content\n",
        "    Acme.CartTests.Adds [FAIL]\nxUnit.net Console\n",
        "failed to start (1ms)\n",
        "src/a.cs(1,1): error CS0103: The name 'x' does not exist\nBuild FAILED.\nTests Passed: none\n",
    ],
)
def test_what_only_looks_like_nets_names_no_test(text):
    assert results(text) == []


QUIET = (
    "[xUnit.net 00:00:01.10]     Shop.CartTests.Adds(a: 1) [FAIL]\n[xUnit.net 00:00:01.10]       Assert.Equal() Failure: Values differ\n"
    "[xUnit.net 00:00:01.12]     Shop.CartTests.Waits [SKIP]\n"
)


def test_what_only_xunit_s_own_lines_name_is_read_where_the_counts_tell_of_more_failures():
    log = read_log(
        f"{QUIET}Failed!  - Failed:     1, Passed:     3, Skipped:     1, Total:     5, Duration: 1 s - Shop.dll (net8.0)\n".encode()
    )
    assert [(one.class_name, one.name, one.outcome.value) for one in log.results] == [
        ("Shop.CartTests", "Adds(a: 1)", "failed")
    ]
    assert (log.unnamed_passes, log.complete) == (3, True)


def test_what_xunit_s_own_lines_only_announce_is_told_once():
    log = read_log(
        f"{QUIET}  Failed Shop.CartTests.Adds(a: 1) [3 ms]\n  Error Message:\n   boom\n"
        "Failed!  - Failed:     1, Passed:     3, Skipped:     1, Total:     5, Duration: 1 s - Shop.dll (net8.0)\n".encode()
    )
    assert [(one.name, one.message) for one in log.results] == [("Adds(a: 1)", "boom")]


def test_a_run_that_was_cut_off_is_told_by_what_xunit_announced():
    log = read_log(
        f"{RUN}{QUIET}[xUnit.net 00:00:02.10]     Shop.CartTests.Pays [FAIL]\n  Failed Shop.CartTests.Adds(a: 1) [3 ms]\n  Error Message:\n   boom\n".encode()
    )
    assert [(one.name, one.outcome.value) for one in log.results] == [("Adds(a: 1)", "failed"), ("Pays", "failed")]
    assert not log.complete


@pytest.mark.parametrize("total", ["Total tests: 2. Passed: 1. Failed: 1. Skipped: 0.\n", ""])
def test_vstest_console_names_no_assembly_when_it_starts(total):
    text = (
        "Microsoft (R) Test Execution Command Line Tool Version 15.5.0\nCopyright (c) Microsoft Corporation.  All rights reserved.\n\n"
        "Starting test execution, please wait...\nPassed   Sums\nFailed   Adds\nError Message:\n boom\nStack Trace:\n   at Acme.CartTests.Adds()\n\n"
        f"{total}Test Run Failed.\n"
    )
    assert told(text) == [("", "Sums", "passed"), ("Acme.CartTests", "Adds", "failed")]
    assert results(text)[1].message == "boom"


@pytest.mark.parametrize("break_", ["\n", " "])
def test_what_ran_when_the_test_host_crashed_is_an_error(break_):
    log = read_log(
        f"""\
Test run for /w/bin/A.Tests.dll (.NETCoreApp,Version=v8.0)
Starting test execution, please wait...
The active test run was aborted. Reason: Test host process crashed : Stack overflow.

The active Test Run was aborted because the host process exited unexpectedly.
The tests running when the crash occurred:{break_}A.Tests.SumTests.Adds
A.Tests.SumTests.Takes(a: 1)

These tests may, or may not be the source of the crash.

Test Run Aborted.
""".encode()
    )
    assert [(one.class_name, one.name, one.outcome.value, one.message) for one in log.results] == [
        ("A.Tests.SumTests", "Adds", "error", "The test host crashed while it ran this test."),
        ("A.Tests.SumTests", "Takes(a: 1)", "error", "The test host crashed while it ran this test."),
    ]
    assert log.stopped_early == "the run of .NET's tests was aborted"


def test_the_terminal_logger_speaks_other_languages_too():
    log = read_log(
        """\
  A.Tests test failed with 1 error(s) (0.5s)
    /w/SumTests.cs(14): error TESTERROR:
      A.Tests.SumTests.Adds (7m 7s): エラー メッセージ: System.Exception : no
      スタック トレース:
         at A.Tests.SumTests.Adds() in /w/SumTests.cs:line 14

Test summary: total: 1, failed: 1, succeeded: 0, skipped: 0, duration: 0.4s
""".encode()
    )
    assert [(one.class_name, one.name) for one in log.results] == [("A.Tests.SumTests", "Adds")]
