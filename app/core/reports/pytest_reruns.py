"""pytest-rerunfailures in pytest's JUnit file: each try is a case, and one that failed and was run again has no failure in it.

Source: pytest's `_pytest/junitxml.py` (LogXML writes nothing for a report whose outcome is `rerun`), tried with
pytest-rerunfailures 16.
"""

from dataclasses import replace

from app.core.model import Outcome, Report

SUITE = "pytest"
"""What pytest calls its suite unless `junit_suite_name` says otherwise."""


def without_reruns(report: Report) -> Report:
    """Leave out the tries before a failure that look as if they had passed: pytest runs no test again that passed.

    What failed all the time would be told as passed and failed else, which is the proof of a flake.
    """
    failed_again = {
        (one.class_name, one.name)
        for one in report.results
        if one.ordinal > 1 and one.outcome.is_bad and one.suite == SUITE
    }
    if not failed_again:
        return report
    last = {
        (one.class_name, one.name): place
        for place, one in enumerate(report.results)
        if one.suite == SUITE and one.outcome.is_bad
    }
    kept = tuple(
        one
        for place, one in enumerate(report.results)
        if one.outcome is not Outcome.PASSED
        or one.suite != SUITE
        or (one.class_name, one.name) not in failed_again
        or place > last[one.class_name, one.name]
    )
    return replace(report, results=kept)
