from app.core.logs import read_log

RULE = "_" * 80
BEGIN = "============================= test process starts ==============================\n"
BLOCK = f"""
{RULE}
___________________ lib/tests/test_a.py:test_two ___________________
Traceback (most recent call last):
  File "/w/lib/tests/test_a.py", line 5, in test_two
    assert f(1) == 2
AssertionError

"""
END = "============= tests finished: 1 passed, 1 failed, in 0.19 seconds =============\nDO *NOT* COMMIT!\n"


def test_the_verbose_runner_tells_each_test_and_its_block_once():
    log = read_log(
        f"{BEGIN}lib/tests/test_a.py[3] \ntest_one ok\ntest_two F\ntest_three s       [FAIL]\n\n{BLOCK}{END}".encode()
    )
    assert [(one.class_name, one.name, one.outcome.value) for one in log.results] == [
        ("lib/tests/test_a.py", "test_one", "passed"),
        ("lib/tests/test_a.py", "test_two", "failed"),
        ("lib/tests/test_a.py", "test_three", "skipped"),
    ]
    assert (log.results[1].message, log.results[1].file) == ("AssertionError", "lib/tests/test_a.py")
    assert (log.runner, log.complete) == ("sympy", True)


def test_the_terse_runner_names_failures_in_their_blocks_only():
    log = read_log(f"{BEGIN}lib/tests/test_a.py[2] .F                [FAIL]\n{BLOCK}{END}".encode())
    assert [(one.name, one.outcome.value) for one in log.results] == [("test_two", "failed")]


def test_without_its_last_line_a_run_is_not_complete():
    assert not read_log(f"{BEGIN}lib/tests/test_a.py[2] .F\n{BLOCK}".encode()).complete


def test_titles_without_a_rule_above_are_not_read():
    assert read_log(f"{BEGIN}______ a.py:test_x ______\n{END}".encode()).results == ()
