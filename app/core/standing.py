"""Where a test stands with us, and what we recommend."""

from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import assert_never

from app.core.chance import CHANCE, at_least, share_of
from app.core.evidence import PROOFS, without_hints
from app.core.history import History, Run, is_default
from app.core.model import Evidence, Outcome, Recommendation, Standing, Verdict

BROKEN_IN_A_ROW = 3
BROKEN_OF_THE_LAST = 6
THE_LAST = 10
RETIRED_AFTER = 50
"""A variant that has not run in the test's latest fifty runs is history: it was taken out of the matrix."""


def judge(outcomes: Iterable[Outcome]) -> Verdict:
    """Judge all executions of one test on one commit.

    The code under test did not change between them, so a pass beside a failure is
    the test's own doing: that, and only that, is what we call flaky.
    """
    seen = {Outcome.FAILED if one is Outcome.ERROR else one for one in outcomes}
    match sorted(seen - {Outcome.SKIPPED}):
        case []:
            return Verdict.SKIPPED
        case [Outcome.PASSED]:
            return Verdict.PASSED
        case [Outcome.FAILED]:
            return Verdict.FAILED
        case _:
            return Verdict.FLAKY


def stand(*, is_broken: bool, is_suspect: bool, is_flaky: bool) -> Standing:
    """Return the standing; broken outranks flaky, since nobody may excuse a test that fails for good."""
    if is_broken:
        return Standing.BROKEN
    if is_flaky:
        return Standing.FLAKY
    return Standing.SUSPECT if is_suspect else Standing.HEALTHY


def recommend(standing: Standing) -> Recommendation:
    match standing:
        case Standing.FLAKY:
            return Recommendation.QUARANTINE
        case Standing.SUSPECT:
            return Recommendation.WARN
        case Standing.HEALTHY | Standing.BROKEN:
            return Recommendation.NONE
        case _:
            assert_never(standing)


def find_break(history: History, evidence: Sequence[Evidence]) -> Run | None:
    """Return the first run in which a broken test failed, None for a test that is not broken.

    Broken is what never passed, and what fails on the default branch for good in one of its variants: for longer than
    the rate at which it flaked before explains.
    """
    failing = [run for runs in history.variants for run in runs if run.failed]
    if not failing:
        return None
    if not history.passed:
        return min(failing, key=lambda run: (not is_default(run.attempt), run.index))
    flaked = {one.head_sha for one in without_hints(evidence)}
    proven = {one.head_sha for one in evidence if one.grade in PROOFS}
    found = [run for runs in history.variants if (run := _broken_from(history, runs, proven, flaked)) is not None]
    return min(found, key=lambda run: run.index, default=None)


def _broken_from(history: History, runs: Sequence[Run], proven: set[str], flaked: set[str]) -> Run | None:
    own = [run for run in runs if is_default(run.attempt)]
    if not own or history.age(own[-1]) >= RETIRED_AFTER:
        return None
    streak = list(takewhile(lambda run: run.only_failed, reversed(own)))
    last = [run for run in own[-THE_LAST:] if run.only_failed]
    if len(streak) >= BROKEN_IN_A_ROW:
        found, chance = streak[::-1], _usual(own[: -len(streak)], flaked) ** len(streak)
    elif streak and len(last) >= BROKEN_OF_THE_LAST:
        found, chance = last, at_least(len(last), THE_LAST, _usual(own[:-THE_LAST], flaked))
    else:
        return None
    if chance >= CHANCE or any(run.attempt.head_sha in proven for run in found):
        return None
    return found[0]


def _usual(before: Sequence[Run], flaked: set[str]) -> float:
    """Return the share of runs in which the test failed before, if it flaked among them; else it never should."""
    if not any(run.attempt.head_sha in flaked for run in before):
        return 0.0
    return share_of(sum(run.only_failed for run in before), len(before))
