from app.core.logs import read_log

TAIL = (
    "   [junit4] Tests with failures [seed: 4303BBF64C04856A] (first 3 out of 3):\n   [junit4]   - org.acme.TestCart.testPays\n   [junit4]   - org.acme.TestShop (suite)\n"
    "   [junit4]   - org.acme.TestBox.testOpens {p0=a}\n   [junit4] \n   [junit4] Execution time total: 4 minutes 24 seconds\n"
    "   [junit4] Tests summary: 3 suites (1 ignored), 15 tests, 1 suite-level error, 2 failures, 80 ignored (80 assumptions)\n\nBUILD FAILED\n"
)
FAILED = (
    "   [junit4] <JUnit4> says hello! Master seed: 4303BBF64C04856A\n   [junit4] Suite: org.acme.TestCart\n   [junit4]   2> NOTE: reproduce with: ant test -Dtestcase=TestCart\n"
    "   [junit4] FAILURE 0.15s J0 | TestCart.testPays <<<\n   [junit4]    > Throwable #1: java.lang.AssertionError: 1\n"
    "   [junit4]    > \tat org.acme.TestCart.testPays(TestCart.java:12)\n   [junit4]   2> NOTE: test params are: none\n"
    "   [junit4] Completed [1/3 (1!)] on J0 in 2.31s, 5 tests, 1 failure <<< FAILURES!\n   [junit4] \n   [junit4] ERROR   0.00s J1 | TestShop (suite) <<<\n   [junit4]    > Throwable #1: no disk\n"
)


def told(text):
    return [(one.class_name, one.name, one.outcome.value) for one in read_log(text.encode()).results]


ALL = [
    ("org.acme.TestCart", "testPays", "failed"),
    ("org.acme.TestShop", "org.acme.TestShop", "error"),
    ("org.acme.TestBox", "testOpens {p0=a}", "failed"),
]


def test_the_junit4_task_of_randomizedtesting_names_what_failed():
    log = read_log(f"{FAILED}{TAIL}".encode())
    assert told(f"{FAILED}{TAIL}") == ALL
    one = log.results[0]
    assert (one.message, one.duration_ms) == ("Throwable #1: java.lang.AssertionError: 1", 150)
    assert (log.runner, log.complete) == ("randomizedtesting", True)


def test_gradle_prints_the_same_without_the_task():
    assert told(f"{FAILED}{TAIL}".replace("   [junit4] ", "").replace(" <<<\n", " <<< FAILURES!\n")) == ALL


def test_the_closing_list_alone_names_them():
    assert told(TAIL) == ALL
    assert not read_log(TAIL.replace("2 failures", "3 failures").encode()).complete
    assert not read_log(TAIL.partition("Tests summary")[0].encode()).complete


def test_what_only_looks_like_it_names_no_test():
    assert (
        told(
            "   [junit4] Suite: org.acme.TestCart\nFAILURE | TestCart.testPays <<<\nERROR 1s | two words <<<\n   [junit4]   - org.acme.TestCart.testPays\n"
        )
        == []
    )
    assert (
        told(
            "   [junit4] Tests with failures [seed: 43]:\n   [junit4]   - a list\n   [junit4] end\n   [junit4]   - org.acme.TestCart.testPays\n"
        )
        == []
    )
    assert read_log(b"   [junit4] Tests summary: 3 suites, 15 tests\n").runner is None
