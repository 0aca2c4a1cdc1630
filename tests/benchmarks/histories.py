"""Simulated histories of one test whose truth is known: when it began to flake, how often it does, when it was broken."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from app.core.model import Attempt, Execution, Outcome

START = datetime(2026, 3, 2, tzinfo=UTC)
HOME = "acme/shop"
PULLS = 0.7
"""Share of the runs that are pull requests'."""
AGAIN = 0.15
"""Share of the runs that test the same code as the one before: by the hour, by hand, for another event."""
RERUN = 0.55
"""How likely somebody re-runs a failed job."""


@dataclass(frozen=True, kw_only=True)
class Truth:
    """From which run on (0 is the first) a test flakes at a rate, until another; and between which runs it is broken."""

    rate: float = 0.0
    onset: int = 0
    fixed: int = 10**9
    broken: tuple[int, int] = (0, 0)
    runs: int = 50
    retry: str = "none"
    """none, job (a person re-runs the failed job) or test (the runner retries the failed test)"""


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A run before its tests: what it tests, the commit of the default branch that is in it, and whether that was new."""

    fields: dict[str, object]
    commit: int


def plan(rng: Random, runs: int) -> list[Planned]:
    """Lay out the runs of a default branch and of pull requests that branch off from its tip, some of the same code again."""
    planned: list[Planned] = []
    commit, pull, push, base, left = 1, 0, 0, 0, 0
    for _ in range(runs):
        if rng.random() < PULLS:
            if left == 0:
                pull, push, left, base = pull + 1, 0, rng.randint(1, 5), commit
            left, push = left - 1, push + (push == 0 or rng.random() >= AGAIN)
            fields = {"pull": pull, "head_sha": f"pull-{pull}-{push}", "base_sha": f"main-{base}"}
            planned.append(Planned(fields=fields, commit=base))
        else:
            commit += rng.random() >= AGAIN
            fields = {"pull": None, "head_sha": f"main-{commit}", "base_sha": None}
            planned.append(Planned(fields=fields, commit=commit))
    return planned


def simulate(rng: Random, truth: Truth, planned: list[Planned] | None = None) -> list[Execution]:
    """Return the executions of a test. A regression is in the default branch and in what branches off from it meanwhile."""
    executions: list[Execution] = []
    was_broken: dict[int, bool] = {}
    for run, one in enumerate(planned or plan(rng, truth.runs)):
        if one.fields["pull"] is None:
            was_broken.setdefault(one.commit, truth.broken[0] <= run < truth.broken[1])
        executions += _run(rng, truth, run, one.fields, is_broken=was_broken.get(one.commit, False))
    return executions


def _run(rng: Random, truth: Truth, run: int, fields: dict[str, object], *, is_broken: bool) -> list[Execution]:
    made: list[Execution] = []
    number, ordinal = 1, 1
    while True:
        flakes = truth.onset <= run < truth.fixed and rng.random() < truth.rate
        failed = is_broken or flakes
        made.append(
            _execution(run, number, ordinal, fields, "total was 3" if is_broken else "timed out", failed=failed)
        )
        if not failed or truth.retry == "none" or number + ordinal > 3:
            return made
        if truth.retry == "test":
            ordinal += 1
        elif rng.random() < RERUN:
            number += 1
        else:
            return made


def _execution(
    run: int, number: int, ordinal: int, fields: dict[str, object], message: str, *, failed: bool
) -> Execution:
    attempt = Attempt(
        run_id=run + 1,
        run_attempt=number,
        event="push" if fields["pull"] is None else "pull_request",
        tree_sha=None,
        head_repository=HOME,
        branch="main" if fields["pull"] is None else f"feature-{fields['pull']}",
        is_default_branch=fields["pull"] is None,
        at=START + timedelta(hours=run, minutes=10 * (number - 1)),
        **fields,  # type: ignore[arg-type]
    )
    return Execution(
        attempt=attempt,
        job="test",
        ordinal=ordinal,
        outcome=Outcome.FAILED if failed else Outcome.PASSED,
        loose_signature=message if failed else None,
    )
