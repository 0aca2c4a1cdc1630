"""Did a job fail beside its tests? A step of another kind that failed is excused by no flake."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from app.core.model import FailedStep, LogSteps

_SECOND = timedelta(seconds=1)

_REPORTERS = re.compile(
    r"(?:Run )?(?:dorny/test-reporter|phoenix-actions/test-reporting|EnricoMi/publish-unit-test-result-action|mikepenz/action-junit-report"
    r"|test-summary/action|ctrf-io/github-test-reporter)(?:[/@].{0,200})?"
)


def is_reporter(step: str) -> bool:
    """Tell whether a step, by its name or what it runs, only says again that tests failed, and fails for that."""
    return _REPORTERS.fullmatch(step) is not None


def step_beside_tests(failed: Sequence[FailedStep], log: LogSteps | None) -> str | None:
    """Return a failed step whose failure is none of the tests'; None where there is none as far as one can see.

    `failed` are the steps that failed, `log` what the job's log shows of its steps. A log tells apart which of several
    steps had failing tests, but shows one that was allowed to fail like one that was not: of two that it shows, the time
    tells which is the one that did fail. Where it does not tell, it may have been the other one.
    """
    steps = [one for one in failed if not is_reporter(one.name)]
    if log is not None and log.has_forgiven and not log.with_failures:
        return log.bare or next((one.name for one in steps), None)
    if len(steps) == 1 and log is not None and log.with_failures and log.bare is not None:
        return None if _is_only_at(steps[0], log.tests_at, other=log.bare_at) else log.bare
    if len(steps) < 2:
        return None
    return log.bare if log is not None and log.with_failures else steps[1].name


def _is_only_at(step: FailedStep, moment: datetime | None, *, other: datetime | None) -> bool:
    """Tell whether it was this step that ended in failure at that moment, and not at another one."""
    return _holds(step, moment) and not _holds(step, other)


def _holds(step: FailedStep, moment: datetime | None) -> bool:
    if moment is None or step.started_at is None or step.completed_at is None:
        return False
    return step.started_at <= moment < step.completed_at + _SECOND
