"""A team's weeks of CI: what its tests are, how they fail, and what report and log each run leaves. Chance is seeded."""

from enum import StrEnum
from xml.sax.saxutils import escape, quoteattr

from app.sandbox.github import ArtifactSpec, JobSpec

SUITE = [
    (f"tests.area_{area:02}.test_it", f"test_case_{area:02}_{number}") for area in range(16) for number in range(10)
]
"""Module and name of each test, in the order in which they run."""

FLAKY = SUITE[33]
FLAKES_IN = 0.15
BROKEN_BY_A_MERGE = SUITE[71]
BROKEN_BY_PULLS = SUITE[5]
REALLY_BROKEN = frozenset({BROKEN_BY_A_MERGE, BROKEN_BY_PULLS})
SHARED = SUITE[100:130] + SUITE[40:60]
"""The fifty tests that need the same broker."""
AT_ONCE = 7
"""So few of them fail in one run that it looks like no outage."""
HIT_BY_THE_OUTAGE = [test for number, test in enumerate(SUITE) if number % 5 in (1, 3)]

OUTAGE = "ConnectionRefusedError: [Errno 111] Connection refused: queue.internal:5672"
NO_BROKER = "BrokerNotReady: the test broker did not answer its first ping"
WRONG_TAX = "AssertionError: expected Decimal('10.13'), got Decimal('10.12')"
OWN_BUG = "AttributeError: 'NoneType' object has no attribute 'total'"
NEW_WAY = "AssertionError: expected 3 items in stock, got 0"


class Trouble(StrEnum):
    """What goes wrong with a pull request beside what chance brings."""

    NONE = "none"
    OWN_BUG = "own bug"
    NEW_WAY = "breaks the flaky test"
    OUTAGE = "outage"
    CUT_OFF = "cut off"
    STOPPED = "stopped at the first failure"
    CANCELLED = "cancelled"
    DIED = "died"
    BREAKS_MAIN = "breaks main"
    MENDS_MAIN = "mends main"


EVERY_DAY = {
    2: Trouble.OWN_BUG,
    4: Trouble.OUTAGE,
    5: Trouble.BREAKS_MAIN,
    9: Trouble.MENDS_MAIN,
    11: Trouble.CUT_OFF,
    12: Trouble.CANCELLED,
    13: Trouble.OWN_BUG,
    14: Trouble.STOPPED,
    15: Trouble.NEW_WAY,
    16: Trouble.DIED,
}
"""The pull requests that something is wrong with, by their place among twenty."""

AT_LENGTH = {number + 20 * turn: trouble for turn in range(3) for number, trouble in EVERY_DAY.items()}

Leavings = tuple[list[JobSpec], list[ArtifactSpec]]


def flake(chance):
    """Return what the flaky test says when it flakes: the same each time but for the figures."""
    return f"TimeoutError: no answer from stock.internal:{chance.randint(40_000, 60_000)} within {chance.randint(900, 999)} ms"


def ended(failed, retried=()) -> Leavings:
    """A job that ran all tests; `failed` has the messages by test, the `retried` tests failed for want of a broker and then passed."""
    report = _report(SUITE, failed, retried)
    return _left(report, "failure" if failed else "success", _log(failed, len(SUITE)))


def cut_off(failed) -> Leavings:
    """A job whose machine ran out of disk while the report was written."""
    report = _report(SUITE, failed)
    return _left(report[: len(report) * 2 // 3], "failure", _log(failed, len(SUITE)))


def stopped(failed) -> Leavings:
    """A job whose runner stopped at the first failure (`--maxfail=1`)."""
    first = next(number for number, test in enumerate(SUITE) if test in failed)
    ran = SUITE[: first + 1]
    return _left(_report(ran, failed), "failure", _log(failed, len(ran), stop=True))


def cancelled(failed) -> Leavings:
    """A job that failed, and another that was cancelled for it after its tests had run, while it uploaded their report."""
    report, log = _report(SUITE, failed), _log(failed, len(SUITE))
    jobs, artifacts = _left(report, "failure", log)
    end = _lines("##[error]The operation was canceled.")
    more_jobs, more_artifacts = _left(report, "cancelled", log + end, job="slow")
    return jobs + more_jobs, artifacts + more_artifacts


def died() -> Leavings:
    """A job that ended without a report and without a word about its tests."""
    log = _lines("##[group]Run make test", "make: *** [Makefile:12: test] Error 2", _exit(2))
    return [JobSpec(name="test", conclusion="failure", log=log, uploads=False)], []


def _left(report, conclusion, log, job="test") -> Leavings:
    artifact = ArtifactSpec(name=f"junit-{job}", files={"junit.xml": report}, job=job)
    return [JobSpec(name=job, conclusion=conclusion, log=log)], [artifact]


def _report(ran, failed, retried=()):
    cases = "".join(_case(test, failed.get(test), test in retried) for test in ran)
    return (
        f'<?xml version="1.0" encoding="utf-8"?><testsuites><testsuite name="pytest">{cases}</testsuite></testsuites>'
    )


def _case(test, message, was_retried):
    module, name = test
    inside = ""
    if was_retried:
        trace = f'Traceback (most recent call last):\n  File "tests/broker.py", line 40, in start\n    ping()\n{NO_BROKER}\n'
        inside = f"<flakyFailure message={quoteattr(NO_BROKER)}>{escape(trace)}</flakyFailure>"
    if message:
        trace = f'Traceback (most recent call last):\n  File "{file_of(test)}", line 14, in {name}\n    check()\n{message}\n'
        inside = f"<failure message={quoteattr(message)}>{escape(trace)}</failure>"
    return (
        f'<testcase classname="{module}" name="{name}" file="{file_of(test)}" line="12" time="0.25">{inside}</testcase>'
    )


def file_of(test):
    return test[0].replace(".", "/") + ".py"


def _log(failed, ran, *, stop=False):
    """What pytest and the runner print; a run that fails says so test by test."""
    told = [f"FAILED {file_of(test)}::{test[1]} - {message}" for test, message in failed.items()]
    title = "=========================== short test summary info ============================"
    counts = f"{len(failed)} failed, {ran - len(failed)} passed" if failed else f"{ran} passed"
    return _lines(
        "##[group]Run python -m pytest --junit-xml=junit.xml",
        "##[endgroup]",
        "============================= test session starts ==============================",
        f"collected {len(SUITE)} items",
        *([title, *told] if told else []),
        *(["!!!!!!!!!!!!!!!!!!!!!!!!!! stopping after 1 failures !!!!!!!!!!!!!!!!!!!!!!!!!!!"] if stop else []),
        f"======================== {counts} in 31.07s ========================",
        *([_exit(1)] if failed else []),
    )


def _exit(code):
    return f"##[error]Process completed with exit code {code}."


def _lines(*lines):
    return "".join(f"2026-03-02T09:00:02.0000000Z {line}\n" for line in lines)
