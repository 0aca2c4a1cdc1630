from app.core.logs import read_log
from tests.core.log_story import job, step

RUN = """[info] + Rates.rounds: OK, passed 100 tests.
[info] ! Rates.adds: Falsified after 7 passed tests.
[info] > ARG_0: 3
[info] > ARG_0_ORIGINAL: 311
[info] ! Rates.reads: Exception raised on property evaluation.
[info] > Exception: java.lang.IllegalStateException: gone
[info] ! parses: Gave up after only 2 passed tests. 9 tests were discarded.
[info] - writes: is no property
[info] Failed: Total 4, Failed 3, Errors 0, Passed 1
[error] Failed tests:
[error] \trates.RatesSpec
"""


def test_each_property_is_a_test_of_its_group():
    log = read_log(job(step("sbt test", RUN, code=1)))
    assert [(one.class_name, one.name, one.outcome.value) for one in log.results] == [
        ("Rates", "rounds", "passed"),
        ("Rates", "adds", "failed"),
        ("Rates", "reads", "error"),
        ("", "parses", "failed"),
    ]
    assert (log.runner, log.complete) == ("scalacheck", True)


def test_the_arguments_stand_below_the_property_that_they_falsify():
    (one,) = [one for one in read_log(RUN.encode()).results if one.name == "adds"]
    assert (one.message, one.stack_trace) == ("Falsified after 7 passed tests.", "ARG_0: 3\nARG_0_ORIGINAL: 311")


def test_a_run_without_its_totals_is_not_complete():
    log = read_log(RUN.partition("[info] Failed")[0].encode())
    assert len(log.results) == 4
    assert not log.complete


def test_a_mark_that_does_not_fit_its_end_is_nobodys():
    assert read_log(b"[info] + Rates.adds: Falsified after 7 passed tests.\n").results == ()
