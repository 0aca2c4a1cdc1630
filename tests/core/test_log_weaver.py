from app.core.logs import read_log

LOG = """\
[info] a.SumsSuite
[info] + adds 5ms
[info] - takes one 30ms
[info] *************FAILURES**************
[info] a.SumsSuite
[error] - takes one 30ms
[error]   Values not equal: (src/test/scala/a/SumsSuite.scala:12)
[error]
[error]   1  |  2
[error] - breaks
[error]   java.io.IOException: away
[error]       at a.SumsSuite$.breaks(SumsSuite.scala:3)
[info] a.b.OtherSuite
[error] - waits 2s
[error]   assertion failed
[error] Failed: Total 5, Failed 3, Errors 0, Passed 2
[error] Failed tests:
[error] 	a.SumsSuite
"""


def test_what_failed_is_told_below_the_headline():
    log = read_log(LOG.encode())
    assert [(one.class_name, one.name, one.outcome.value, one.duration_ms) for one in log.results] == [
        ("a.SumsSuite", "takes one", "failed", 30),
        ("a.SumsSuite", "breaks", "failed", None),
        ("a.b.OtherSuite", "waits", "failed", 2000),
    ]
    assert log.results[0].message == "Values not equal: (src/test/scala/a/SumsSuite.scala:12)\n\n1  |  2"
    assert log.results[1].message == "java.io.IOException: away"
    assert (log.runner, log.complete, log.unnamed_passes) == ("weaver", True, 2)


def test_a_level_is_known_as_githubs_page_shows_it():
    assert [one.name for one in read_log(LOG.replace("[error] ", "Error:  ").encode()).results] == [
        "takes one",
        "breaks",
        "waits",
    ]


def test_mill_writes_no_levels():
    log = read_log(b"*************FAILURES**************\na.SumsSuite\n- takes one 30ms\n  no\n")
    assert [(one.name, log.complete) for one in log.results] == [("takes one", False)]


def test_a_headline_of_somebody_else_has_no_suites_below():
    assert read_log(b"*************FAILURES**************\n- disk 1 is full\nsome words\n- another 3s\n").results == ()
