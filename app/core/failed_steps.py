"""Did a job fail beside its tests? A step of another kind that failed is excused by no flake."""

import re
from collections.abc import Sequence

from app.core.model import LogSteps

_REPORTERS = re.compile(
    r"(?:Run )?(?:dorny/test-reporter|phoenix-actions/test-reporting|EnricoMi/publish-unit-test-result-action|mikepenz/action-junit-report"
    r"|test-summary/action|ctrf-io/github-test-reporter)(?:[/@].{0,200})?"
)


def is_reporter(step: str) -> bool:
    """Tell whether a step, by its name or what it runs, only says again that tests failed, and fails for that."""
    return _REPORTERS.fullmatch(step) is not None


def step_beside_tests(failed: Sequence[str], log: LogSteps | None) -> str | None:
    """Return a failed step whose failure is none of the tests'; None where there is none as far as one can see.

    `failed` are the names of the steps that failed, `log` what the job's log shows of its steps. A log tells apart which of several
    steps had failing tests, but not a step that was allowed to fail; so it is asked only where more than one did fail, or
    where all tests that failed did so in steps that succeeded.
    """
    steps = [name for name in failed if not is_reporter(name)]
    if log is not None and log.has_forgiven and not log.with_failures:
        return log.bare or next(iter(steps), None)
    if len(steps) < 2:
        return None
    return log.bare if log is not None and log.with_failures else steps[1]
