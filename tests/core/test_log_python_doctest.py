import pytest

from app.core.logs import read_log

RULE = "*" * 70
ADDS = f'{RULE}\nFile "/home/runner/work/shop/shop/cart.py", line 12, in shop.cart.adds\nFailed example:\n    adds(1, 2)\nExpected:\n    3\nGot:\n    4\n'
SUMS = f'{RULE}\nFile "guide.rst", line 3, in default\nFailed example:\n    sums()\nException raised:\n    Traceback (most recent call last):\n    ValueError: no\n'
LIST = f"{RULE}\n2 items had failures:\n   2 of   3 in shop.cart.adds\n   1 of   1 in default\n***Test Failed*** 3 failures.\n"


def test_each_docstring_of_the_list_has_failed_once_however_many_of_its_examples_did():
    log = read_log(f"{ADDS}{SUMS}{ADDS}{LIST}".encode())
    assert [(one.class_name, one.name, one.outcome.value, one.line) for one in log.results] == [
        ("shop.cart", "shop.cart.adds", "failed", 2),
        ("guide.rst", "default", "failed", 10),
    ]
    assert log.results[1].message == (
        "Failed example:\n    sums()\nException raised:\n    Traceback (most recent call last):\n    ValueError: no"
    )
    assert (log.runner, log.complete) == ("python doctest", True)


@pytest.mark.parametrize(
    "text",
    [
        f"Trying:\n    adds(1, 2)\nExpecting:\n    3\n{ADDS}1 items had no tests:\n    shop\n{RULE}\n1 item had failures:\n   1 of   3 in shop.cart.adds\n4 tests in 2 items.\n",
        f"{ADDS}{RULE}\n1 items had failures:\n   1 of   3 in shop.cart.adds\n",
    ],
)
def test_the_list_ends_a_run_verbose_or_not(text):
    log = read_log((text + text).encode())
    assert [one.name for one in log.results] == ["shop.cart.adds", "shop.cart.adds"]


def test_examples_that_another_runner_tells_of_are_its_tests():
    head = f"{'=' * 70}\nFAIL: adds (shop.cart)\nDoctest: shop.cart.adds\n{'-' * 70}\nTraceback (most recent call last):\nAssertionError: Failed doctest test for shop.cart.adds\n\n{'-' * 70}\n"
    log = read_log(f"{head}{ADDS}\n\n{'-' * 70}\nRan 1 test in 0.001s\n\nFAILED (failures=1)\n".encode())
    assert (log.runner, len(log.results)) == ("unittest", 1)


def test_a_list_that_was_cut_off_is_not_complete():
    log = read_log(f"{ADDS}{RULE}\n2 items had failures:\n   2 of   3 in shop.cart.adds\nmake: *** Error 1\n".encode())
    assert ([one.name for one in log.results], log.complete) == (["shop.cart.adds"], False)
