import subprocess
import sys

import pytest

from app.core.logs import read_log

RULE, LINE = "=" * 70, "-" * 70

SUITE = '''
import unittest
class TestC(unittest.TestCase):
    def test_ok(self): pass
    def test_bad(self): self.assertEqual(1, 2)
    def test_documented(self):
        """What it is about."""
        raise ValueError("boom")
    def test_documented_ok(self):
        """What it is about."""
    def test_parts(self):
        for i in range(3):
            with self.subTest("m", i=i): self.assertEqual(i, 1)
    @unittest.skip("because")
    def test_skip(self): pass
    @unittest.expectedFailure
    def test_expected(self): self.fail()
class TestD(unittest.TestCase):
    @classmethod
    def setUpClass(cls): raise RuntimeError("no class")
    def test_never(self): pass
unittest.main(argv=["x", "-v"])
'''


def test_what_the_real_runner_prints_is_read(tmp_path):
    (tmp_path / "a.py").write_text(SUITE)
    done = subprocess.run([sys.executable, "a.py"], cwd=tmp_path, capture_output=True, check=False)
    log = read_log(done.stderr)
    assert {(one.class_name, one.name, one.outcome.value) for one in log.results} == {
        ("__main__.TestC", "test_ok", "passed"),
        ("__main__.TestC", "test_documented_ok", "passed"),
        ("__main__.TestC", "test_skip", "skipped"),
        ("__main__.TestC", "test_expected", "skipped"),
        ("__main__.TestC", "test_bad", "failed"),
        ("__main__.TestC", "test_parts", "failed"),
        ("__main__.TestC", "test_documented", "error"),
        ("__main__.TestD", "setUpClass", "error"),
    }
    messages = {one.name: one.message for one in log.results}
    assert messages["test_bad"] == "AssertionError: 1 != 2"
    assert messages["test_documented"] == "ValueError: boom"
    assert (log.runner, log.complete) == ("unittest", True)


def test_the_module_that_could_not_be_imported_is_the_failing_test():
    text = f"{RULE}\nERROR: tests.test_a (unittest.loader._FailedTest.tests.test_a)\n{LINE}\nImportError: nope\n\n{LINE}\nRan 1 test in 0.1s\n\nFAILED (errors=1)\n"
    [one] = read_log(text.encode()).results
    assert (one.class_name, one.name, one.outcome) == ("", "tests.test_a", "error")


def test_the_older_form_of_a_name_has_no_test_in_its_class():
    text = f"{RULE}\nFAIL: test_x (pkg.test_a.TestC)\n{LINE}\nAssertionError\n\n{LINE}\nRan 1 test in 0.1s\n\nFAILED (failures=1)\n"
    [one] = read_log(text.encode()).results
    assert (one.class_name, one.name) == ("pkg.test_a.TestC", "test_x")


def test_a_rule_without_totals_is_no_session():
    assert read_log(f"{RULE}\nERROR: something else\n{LINE}\ntext\n".encode()).results == ()


@pytest.mark.parametrize(
    ("title", "named"),
    [
        ("tests.test_api.test_login", ("tests.test_api", "test_login")),
        ("Doctest: shop.cart.total", ("", "Doctest: shop.cart.total")),
        ("test_login", ("", "test_login")),
    ],
)
def test_a_function_or_a_doctest_is_named_as_nose_and_doctest_name_it(title, named):
    text = f"{RULE}\nFAIL: {title}\n{LINE}\nAssertionError\n\n{LINE}\nRan 1 test in 0.1s\n\nFAILED (failures=1)\n"
    [one] = read_log(text.encode()).results
    assert (one.class_name, one.name) == named


def test_a_session_that_was_cut_off_after_its_count_is_told_and_not_complete():
    log = read_log(f"{RULE}\nFAIL: test_x (pkg.TestC)\n{LINE}\nAssertionError\n\n{LINE}\nRan 1 test in 0.1s\n".encode())
    assert ([one.name for one in log.results], log.complete) == (["test_x"], False)


@pytest.mark.parametrize("name", ["test_odd (tests.test_a.TestC)", "test_odd (tests.test_a.TestC)\nWhat it is about."])
def test_a_success_that_nobody_expected_is_a_failure_also_where_only_its_own_line_says_so(name: str):
    text = f"{name} ... unexpected success\n\n{LINE}\nRan 1 test in 0.1s\n\nFAILED (unexpected successes=1)\n"
    log = read_log(text.encode())
    assert [(one.class_name, one.name, one.outcome.value) for one in log.results] == [
        ("tests.test_a.TestC", "test_odd", "failed")
    ]


@pytest.mark.parametrize(
    "said",
    [
        "test_bad (shop.tests.TestC.test_bad) failed:\n\n    ValueError('x')\n\nUnfortunately, tracebacks cannot be pickled, making it impossible for the\n",
        "test_bad (shop.tests.TestC) failed:\n\n    E(1)\n\nUnfortunately, the exception it raised cannot be pickled, making it impossible\n",
        "Subtest failed:\n\n    test: test_bad (shop.tests.TestC.test_bad)\n subtest: test_bad (shop.tests.TestC.test_bad) (i=1)\n\nUnfortunately, the subtest that failed cannot be pickled, so the parallel\n",
    ],
)
def test_what_one_of_djangos_workers_cannot_hand_over_is_a_failure_and_ends_the_run(said: str):
    log = read_log(f"Found 5 test(s).\n\n\n{said}Destroying test database for alias 'default'...\n".encode())
    assert [(one.class_name, one.name, one.outcome.value) for one in log.results] == [
        ("shop.tests.TestC", "test_bad", "failed")
    ]
    assert not log.complete
    assert log.stopped_early


def test_a_test_that_is_said_to_have_failed_in_other_words_is_none_of_djangos():
    assert (
        read_log(
            f"test_bad (shop.tests.TestC) failed:\n\n    because\n\n{LINE}\nRan 1 test in 0.1s\n\nOK\n".encode()
        ).results
        == ()
    )


def test_a_test_that_stands_in_the_line_of_one_without_an_end_is_the_one_that_ended():
    text = f"test_parts (tests.test_a.TestC) ... test_zero (tests.test_a.TestC) ... ok\n\n{RULE}\nFAIL: test_parts (tests.test_a.TestC) (i=1)\n{LINE}\nAssertionError\n\n{LINE}\nRan 2 tests in 0.1s\n\nFAILED (failures=1)\n"
    assert {(one.name, one.outcome.value) for one in read_log(text.encode()).results} == {
        ("test_parts", "failed"),
        ("test_zero", "passed"),
    }


def trial(*blocks: str, end: str = "FAILED (skips=1, failures=2, errors=1, successes=4)") -> str:
    rule = "=" * 79
    return "\n".join(["", *(f"{rule}\n{one}" for one in blocks), "-" * 79, "Ran 8 tests in 0.012s", "", end, ""])


def test_trial_names_all_tests_below_the_failure_that_they_share():
    frame = 'Traceback (most recent call last):\n  File "shop/test_cart.py", line 7, in test_adds\n    self.fail("no room")\n'
    failed = f"[FAIL]\n{frame}twisted.trial.unittest.FailTest: no room\n\nshop.test_cart.Cart.test_adds\nshop.test_cart.Cart.test_sums"
    broken = "[ERROR]\nTraceback (most recent call last):\nbuiltins.ValueError: a\n\nb\n\nshop.test_cart.Cart.test_ünï"
    skipped = "[SKIPPED]\nnot today\n\nshop.test_cart.Cart.test_waits"
    text = trial(skipped, failed, broken, "[SUCCESS!?!]\nReason: 'never'\n\nshop.test_cart.Cart.test_known")
    log = read_log(text.encode())
    assert [(one.class_name, one.name, one.outcome.value) for one in log.results] == [
        ("shop.test_cart.Cart", "test_waits", "skipped"),
        ("shop.test_cart.Cart", "test_known", "passed"),
        ("shop.test_cart.Cart", "test_adds", "failed"),
        ("shop.test_cart.Cart", "test_sums", "failed"),
        ("shop.test_cart.Cart", "test_ünï", "error"),
    ]
    assert (log.results[2].message, log.complete, log.stopped_early) == (
        "twisted.trial.unittest.FailTest: no room",
        True,
        None,
    )


def test_trial_names_a_module_that_could_not_be_loaded():
    text = trial(
        "[ERROR]\nTraceback (most recent call last):\nbuiltins.ModuleNotFoundError: No module named 'x'\n\nshop.test_cart",
        end="FAILED (errors=1)",
    )
    assert [(one.class_name, one.name) for one in read_log(text.encode()).results] == [("shop", "test_cart")]


def test_what_trial_passed_is_a_session_of_its_own():
    log = read_log(trial(end="PASSED (successes=8)").encode())
    assert (log.runner, log.complete, log.results) == ("unittest", True, ())
