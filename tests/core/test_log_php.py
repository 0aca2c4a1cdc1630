"""Logs of PHPUnit, Codeception and Pest."""

import pytest

from app.core.logs import read_log

HEAD = "PHPUnit 10.5.1 by Sebastian Bergmann and contributors.\n\nRuntime:       PHP 8.2.1\n\n"


def results(text):
    return list(read_log(text.encode()).results)


def told(text):
    return [(one.class_name, one.name, one.outcome.value) for one in results(text)]


DEFECTS = (
    f"{HEAD}..FES                                     5 / 5 (100%)\n\nTime: 00:00.012, Memory: 8.00 MB\n\nThere was 1 error:\n\n"
    "1) App\\Tests\\CartTest::testAdds\nRuntimeException: boom\n\n/w/src/Cart.php:3\n/w/tests/CartTest.php:12\n\n--\n\nThere were 2 failures:\n\n"
    '1) App\\Tests\\CartTest::testSums with data set "one (1)" (1, "x")\nFailed asserting that 1 is 2.\n\n/w/tests/CartTest.php:20\n\n'
    "2) App\\Tests\\CartTest::testSums with data set #2 (3)\na list:\n1) one\n3) three\n\n--\n\nThere was 1 skipped test:\n\n"
    "1) App\\Tests\\CartTest::testLater\nnot now\n\n--\n\n1 test triggered 1 warning:\n\n1) App\\Tests\\CartTest::testFine\nx\n\n"
    "ERRORS!\nTests: 9, Assertions: 7, Errors: 1, Failures: 2, Warnings: 1, Skipped: 1.\n"
)


def test_defects_are_named_as_in_the_report_of_phpunit():
    assert told(DEFECTS) == [
        ("App.Tests.CartTest", "testAdds", "error"),
        ("App.Tests.CartTest", 'testSums with data set "one (1)"', "failed"),
        ("App.Tests.CartTest", "testSums with data set #2", "failed"),
        ("App.Tests.CartTest", "testLater", "skipped"),
    ]
    assert [one.suite for one in results(DEFECTS)][:2] == ["App\\Tests\\CartTest", "App\\Tests\\CartTest::testSums"]


def test_a_defect_says_its_message_and_the_file_of_its_test():
    error, failure, *_ = results(DEFECTS)
    assert (error.message, error.file) == ("RuntimeException: boom", "/w/tests/CartTest.php")
    assert failure.message == "Failed asserting that 1 is 2."


def test_numbers_within_a_message_are_no_defects():
    assert results(DEFECTS)[2].message == "a list:\n1) one\n3) three"


def test_passes_are_counted():
    log = read_log(DEFECTS.encode())
    assert (log.unnamed_passes, log.complete, log.stopped_early) == (4, True, None)
    assert read_log(f"{HEAD}OK (12 tests, 30 assertions)\n".encode()).unnamed_passes == 12


@pytest.mark.parametrize(
    ("title", "class_name", "name"),
    [
        ("CartTest::testAdds#1 with data (false)", "CartTest", "testAdds with data set #1"),
        ("CartTest::testAdds@big with data (false)", "CartTest", 'testAdds with data set "big"'),
        ("App\\CartTest", "App.CartTest", "App\\CartTest"),
        ("/w/tests/cart.phpt", "", "/w/tests/cart.phpt"),
    ],
)
def test_every_version_names_a_test_alike(title, class_name, name):
    text = f"{HEAD}There was 1 failure:\n\n1) {title}\nboom\n\nFAILURES!\nTests: 1, Assertions: 1, Failures: 1.\n"
    assert told(text) == [(class_name, name, "failed")]


def test_warnings_of_phpunit_itself_are_no_tests():
    text = f'{HEAD}There was 1 warning:\n\n1) Warning\nNo tests found in class "A".\n\nWARNINGS!\nTests: 1, Assertions: 0, Warnings: 1.\n'
    assert told(text) == []


def test_a_run_that_stopped_says_how_far_it_came():
    text = f"{HEAD}{'.' * 63}  63 / 120 ( 52%)\n..F\n\nThere was 1 failure:\n\n1) ATest::testB\nx\n\nFAILURES!\nTests: 66, Assertions: 66, Failures: 1.\n"
    assert read_log(text.encode()).stopped_early == "phpunit ran 63 of 120 tests"


def test_a_fatal_error_leaves_a_run_incomplete():
    log = read_log(f"{HEAD}..PHP Fatal error: x\nPHP Fatal error:  Uncaught Error: boom in /w/a.php:3\n".encode())
    assert (log.complete, log.stopped_early) == (False, "a fatal error ended phpunit")


TESTDOX = (
    f"{HEAD}Cart (App\\Tests\\Cart)\n ✔ Sums [0.12 ms]\n ✘ Adds up [3.55 ms]\n   │\n   │ Failed asserting that false is true.\n   │\n"
    "   │ /w/tests/CartTest.php:12\n   │\n ↩ Waits\n\nTime: 00:00.012, Memory: 10.00 MB\n\n"
    "Summary of non-successful tests:\n\nCart (App\\Tests\\Cart)\n ✘ Adds up [3.55 ms]\n   │\n   │ Failed\n\n"
    "FAILURES!\nTests: 3, Assertions: 2, Failures: 1, Skipped: 1.\n"
)


def test_sentences_are_tests_and_their_summary_repeats():
    assert told(TESTDOX) == [
        ("App.Tests.Cart", "Sums", "passed"),
        ("App.Tests.Cart", "Adds up", "failed"),
        ("App.Tests.Cart", "Waits", "skipped"),
    ]
    assert results(TESTDOX)[1].message == "Failed asserting that false is true."


def test_where_defects_are_listed_too_sentences_are_not_told_twice():
    listed = "There was 1 failure:\n\n1) App\\Tests\\CartTest::testAddsUp\nboom\n\nFAILURES!\n"
    assert told(TESTDOX.replace("FAILURES!\n", listed)) == [("App.Tests.CartTest", "testAddsUp", "failed")]


def test_codeception_names_the_method_below_its_title():
    text = (
        "Powered by PHPUnit 9.5.1 by Sebastian Bergmann and contributors.\n\nUnit Tests (2) -----\n✖ CartTest: Adds up (0.01s)\n-----\n\n"
        "There was 1 failure:\n1) CartTest: Adds up\n Test  tests/unit/CartTest.php:testAddsUp\nFailed asserting that 1 is 2.\n#1  /w/tests/unit/CartTest.php:12\n\n"
        "FAILURES!\nTests: 2, Assertions: 2, Failures: 1.\n"
    )
    [one] = results(text)
    assert (one.class_name, one.name, one.file, one.message) == (
        "CartTest",
        "testAddsUp",
        "tests/unit/CartTest.php",
        "Failed asserting that 1 is 2.",
    )


PEST = (
    "\n   PASS  Tests\\Unit\\CartTest\n  ✓ it sums                                     0.05s\n  ✓ `when full` → it closes  0.01s\n\n"
    "   FAIL  Tests\\Feature\\CartTest\n  ⨯ it adds one to one and says so at length  0.01s\n  - it waits → later\n  "
    + "─"
    * 40
    + "\n"
    "   FAILED  Tests\\Feature\\CartTest > it adds one to one and…   QueryException\n  boom\n\n  at tests/Feature/CartTest.php:10\n      6▕\n"
    "  ➜  10▕     expect(1)->toBe(2);\n\n\n  Tests:    1 failed, 1 skipped, 2 passed (3 assertions)\n  Duration: 0.20s\n"
)


def test_pest_shows_a_tree_and_tells_of_failures_below_it():
    assert told(PEST) == [
        ("Tests.Unit.CartTest", "it sums", "passed"),
        ("Tests.Unit.CartTest", "`when full` → it closes", "passed"),
        ("Tests.Feature.CartTest", "it adds one to one and says so at length", "failed"),
        ("Tests.Feature.CartTest", "it waits", "skipped"),
    ]
    failed = results(PEST)[2]
    assert (failed.message, failed.file, failed.duration_ms, failed.suite) == (
        "QueryException\nboom",
        "tests/Feature/CartTest.php",
        10,
        "Tests\\Feature\\CartTest",
    )


def test_pest_without_a_tree_names_what_failed():
    compact = "\n  .⨯\n" + PEST[PEST.index("   FAILED") :]
    log = read_log(compact.encode())
    assert [(one.name, one.outcome.value) for one in log.results] == [("it adds one to one and…", "failed")]
    assert (log.unnamed_passes, log.complete, log.runner) == (2, True, "pest")


def test_older_pest_marks_failures_with_a_bullet():
    text = "\n   FAIL  Tests\\CartTest\n  ✕ it adds\n\n  ---\n\n  • Tests\\CartTest > it adds\n  boom\n\n  at tests/CartTest.php:10\n\n  Tests:  1 failed, 3 passed\n  Time:   0.10s\n"
    assert [(one.name, one.message) for one in results(text)] == [("it adds", "boom")]


def test_logs_that_were_cut_are_not_complete():
    for text in (DEFECTS, TESTDOX, PEST):
        assert read_log(text.encode()).complete
        assert not read_log(text.rpartition("Tests: ")[0].encode()).complete


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ('  ✓ a "describe" group → it closes', 'a "describe" group → it closes'),
        ("  - it waits → not available", "it waits"),
        ("  - `full` → it waits → not available", "`full` → it waits"),
        ("  - `full` → it waits", "`full` → it waits"),
        ("  ! it is old → str_contains() is // tests/A.php:6", "it is old"),
        ("  ↓ todo on hook → should run", "todo on hook → should run"),
    ],
)
def test_an_arrow_leads_into_a_describe_or_to_a_reason(line, name):
    text = f"\n   TODO  Tests\\CartTest - 4 todos\n{line}\n\n  Tests:    1 todo, 1 passed (1 assertions)\n"
    assert [one.name for one in results(text)] == [name]


def test_codeception_rules_its_failures_off():
    text = (
        'There were 2 failures:\n\n---------\n1) CartCest: Adds\n Test  tests/CartCest.php:adds\n Step  See "x"\n Fail  no x\n\nScenario Steps:\n\n'
        ' 1. $I->amOnPage("/")\n\n---------\n2) CartCest: Sums\n Test  tests/CartCest.php:sums\n Fail  no y\n\nFAILURES!\nTests: 9, Assertions: 9, Failures: 2.\n'
    )
    assert [(one.name, (one.message or "")[:4]) for one in results(text)] == [("adds", "no x"), ("sums", "no y")]


def test_codeception_names_an_example_by_its_values_as_in_its_report():
    text = (
        'There were 2 failures:\n1) CartCest: Buys a thing | "tea"\n Test  tests/CartCest.php:buys\n Fail  no tea\n\n'
        '2) CartCest: Buys a thing | "milk",2\n Test  tests/CartCest.php:buys\n Fail  no milk\n\nFAILURES!\nTests: 3, Assertions: 3, Failures: 2.\n'
    )
    assert [(one.class_name, one.name) for one in results(text)] == [
        ("CartCest", 'buys | "tea"'),
        ("CartCest", 'buys | "milk",2'),
    ]


def test_failures_of_junits_text_runner_are_not_phpunits():
    text = "There was 1 failure:\n1) adds(com.acme.CartTest)\njava.lang.Exception: boom\n\nFAILURES!!!\nTests run: 4,  Failures: 1\n"
    assert read_log(text.encode()).runner != "phpunit"


def test_a_list_of_phpunits_has_no_more_defects_than_its_title_says():
    log = """PHPUnit 9.6.7 by Sebastian Bergmann and contributors.

E.                                                                  2 / 2 (100%)

There was 1 error:

1) CartTest::testTotal
RuntimeException: the inner run said:

2) OtherTest::testQuoted
no

/w/tests/CartTest.php:9

ERRORS!
Tests: 2, Assertions: 1, Errors: 1.
"""
    assert [one.name for one in read_log(log.encode()).results] == ["testTotal"]


def test_a_test_within_a_describe_is_told_once():
    rows = "   FAIL  Tests\\Unit\\CalcTest\n  ⨯ calc → it adds    0.03s  \n  ⨯ calc → it subtracts one from another    0.03s  \n"
    heads = "   FAILED  Tests\\Unit\\CalcTest > `calc` → it adds\n  no\n\n   FAILED  Tests\\Unit\\CalcTest > `calc` → it subtr…   \n  no\n\n"
    log = read_log(f"{rows}{heads}  Tests:    2 failed (2 assertions)\n".encode())
    assert [one.name for one in log.results] == ["calc → it adds", "calc → it subtracts one from another"]


def test_a_data_provider_that_threw_fails_the_test_that_it_was_for_and_hides_none_below():
    text = (
        f"{HEAD}There were 3 errors:\n\n1) Error\nThe data provider specified for App\\CartTest::testSums is invalid.\nException: no\n"
        "/w/CartTest.php:15\n\n2) BillTest::testA\nException: no in /w/BillTest.php:2\nStack trace:\n#0 /w/Suite.php(628): BillTest::open()\n#1 {main}\n"
        "3) BillTest::testB\nException: no\n\n/w/BillTest.php:4\n\nERRORS!\nTests: 3, Assertions: 0, Errors: 3.\n"
    )
    assert told(text) == [
        ("App.CartTest", "testSums", "error"),
        ("BillTest", "testA", "error"),
        ("BillTest", "testB", "error"),
    ]
    assert read_log(text.encode()).complete


def test_what_php_prints_between_two_tests_is_no_class_of_theirs():
    text = (
        f"{HEAD}Cart\n \u2714 Sums\nPHP Deprecated:  old in /w/CartTest.php on line 8\n\n \u2718 Adds up\n   \u2502\n   \u2502 no\n   \u2502\n\n"
        "Bill\n \u2714 Sums\n\nFAILURES!\nTests: 3, Assertions: 3, Failures: 1.\n"
    )
    assert told(text) == [("Cart", "Sums", "passed"), ("Cart", "Adds up", "failed"), ("Bill", "Sums", "passed")]
