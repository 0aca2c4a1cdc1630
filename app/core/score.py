"""How sure we are that a test is flaky, and how much it hurts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil, exp, fsum, log, log1p

from app.core.beta import jeffreys_interval
from app.core.change_point import broken_since, flaky_since
from app.core.evidence import PROOFS, evidence_in, is_hint, without_hints
from app.core.history import History, Run, arrange
from app.core.infra import NOTHING_DROPPED, Dropped
from app.core.legs import find_legs
from app.core.model import Evidence, Execution, FlakeScore, Legs, Since, Standing
from app.core.rates import FlakeCount, count_flakes, sort_runs
from app.core.standing import find_break, recommend, stand

SCORER_VERSION = 3
"""Scores of different versions cannot be compared: a change of any rule of judging is a new one."""

CERTAINTY = 0.8
HALF_LIFE = 60
"""in runs of the test"""
MOST_OF_HINTS = 0.15
"""Half of what the default policy warns at: hints tell what to look at first among the healthy, and no more."""

FEWEST_PASSES = 10
MOST_PASSES = 300
MOST_PASSES_OF_A_BRANCH = 5
"""How many runs of one branch that is not the default one count: it may change the test, and may never be merged."""
DOUBT = 0.05
"""How likely a test that still flakes may be to pass as often as is asked of it."""


_FLAKES = frozenset({Standing.SUSPECT, Standing.FLAKY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """What a policy asks of a test before it is called flaky. `window_size` counts the latest runs of a test."""

    window_size: int = 50
    warn_threshold: float = 0.3
    quarantine_threshold: float = 0.6
    min_runs: int = 10
    min_failures: int = 2


def judge(
    executions: Iterable[Execution],
    *,
    thresholds: Thresholds,
    dropped: Dropped = NOTHING_DROPPED,
    repository: str | None = None,
) -> FlakeScore:
    """Judge one test by its executions, which may come in any order and more than once.

    Each variant is judged by its last `window_size` runs, and none by what is older than the test's latest
    `HORIZON * window_size` runs. `dropped` are the failures that say nothing about it, `repository` the full name of
    the repository itself, by which forks are known.
    """
    return _judge(arrange(executions, window=thresholds.window_size, dropped=dropped), thresholds, repository)


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a window says of a test, whatever a policy asks: thresholds are held against it. `broken` is the first run of a break."""

    evidence: tuple[Evidence, ...]
    counted: Sequence[Evidence]
    broken: Run | None
    runs: int
    failures: int
    flakes: FlakeCount

    @property
    def score(self) -> float:
        return certainty(self.evidence)

    @property
    def last_flake_at(self) -> datetime | None:
        return max((one.at for one in self.counted), default=None)

    def standing(self, thresholds: Thresholds) -> Standing:
        """Return where the test stands by those thresholds, whose window is the one that this was found in."""
        return stand(
            is_broken=self.broken is not None,
            is_suspect=certainty(self.counted) >= thresholds.warn_threshold,
            is_flaky=_reaches(self.counted, thresholds.quarantine_threshold)
            and self.runs >= thresholds.min_runs
            and self.failures >= thresholds.min_failures,
        )


def find(history: History, repository: str | None) -> Findings:
    """Return what a window says of its test; `repository` is the repository's full name, by which forks are known."""
    evidence = evidence_in(history, repository)
    counted = without_hints(evidence)
    runs = len(history.run_ids)
    return Findings(
        evidence=evidence,
        counted=counted,
        broken=find_break(history, evidence),
        runs=runs,
        failures=len(history.failing_runs),
        flakes=count_flakes(history) if counted else FlakeCount(flaked=0, runs=runs),
    )


def _judge(history: History, thresholds: Thresholds, repository: str | None) -> FlakeScore:
    found = find(history, repository)
    evidence, counted, broken, flakes = found.evidence, found.counted, found.broken, found.flakes
    # What may be a flake does not raise the rate, but nor is it ruled out.
    possible = flakes.flaked if counted else len(evidence)
    standing = found.standing(thresholds)
    since, legs = _change(history, standing, broken)
    low, _ = jeffreys_interval(flakes.flaked, flakes.runs)
    _, high = jeffreys_interval(possible, flakes.runs)
    return FlakeScore(
        score=found.score,
        flake_rate=flakes.rate,
        low=low,
        high=high,
        standing=standing,
        recommendation=recommend(standing),
        runs=found.runs,
        failures=found.failures,
        evidence=evidence,
        last_flake_at=found.last_flake_at,
        passes_since_flake=_passes_since(history, counted),
        passes_needed=passes_needed(flakes.rate),
        broken_since=broken.attempt.head_sha if broken else None,
        since=since,
        legs=legs,
    )


def _change(history: History, standing: Standing, broken: Run | None) -> tuple[Since | None, Legs | None]:
    """Say since when a test is what it is and, of a flaky one, on which legs alone."""
    if broken is not None:
        return broken_since(history, broken), None
    if standing not in _FLAKES:
        return None, None
    sorted_runs = sort_runs(history)
    return flaky_since(history, sorted_runs), find_legs(history, sorted_runs)


def certainty(evidence: Sequence[Evidence]) -> float:
    """Return the score of some evidence: 1 - exp(-0.8 E), E the sum of the weights, each halved every 60 runs.

    Hints count for nothing beside anything stronger, and alone for no more than `MOST_OF_HINTS`.
    """
    hints = _certainty(one for one in evidence if is_hint(one))
    return max(_certainty(without_hints(evidence)), min(hints, MOST_OF_HINTS))


def _certainty(evidence: Iterable[Evidence]) -> float:
    # A sum that does not depend on the order of its terms.
    total = fsum(one.weight * 2.0 ** (-one.age / HALF_LIFE) for one in evidence)
    return 1.0 - exp(-CERTAINTY * total)


def passes_needed(flake_rate: float) -> int:
    """Return in how many runs in a row a test that flakes at this rate passes only in one case of twenty, 10 to 300.

    Of one that has not flaked nobody knows the rate: a person who has it in quarantine knows more than its passes say.
    """
    if flake_rate <= 0.0:
        return MOST_PASSES
    if flake_rate >= 1.0:
        return FEWEST_PASSES
    # Limited before it is rounded: at the smallest rates there are, it is infinite.
    return ceil(min(MOST_PASSES, max(FEWEST_PASSES, log(DOUBT) / log1p(-flake_rate))))


def _reaches(evidence: Sequence[Evidence], threshold: float) -> bool:
    """Say whether evidence reaches a threshold for which forks alone cannot suffice.

    Anybody can open a pull request from a fork, and make a test fail in it. So what comes from forks only adds to what
    was proven in the repository itself.
    """
    own = [one for one in evidence if not one.from_fork]
    if not any(one.grade in PROOFS for one in own):
        return bool(own) and certainty(own) >= threshold
    return certainty(evidence) >= threshold


def _passes_since(history: History, evidence: Sequence[Evidence]) -> int:
    """Count the runs since the last flake in which a variant that has flaked passed, and none failed."""
    if not evidence:
        return 0
    jobs = {one.failed.job for one in evidence}
    last = len(history.run_ids) - 1 - min(one.age for one in evidence)
    passed = {
        run.index
        for runs in history.variants
        for run in runs
        if run.index > last and run.only_passed and run.turns[0].job in jobs
    }
    return len(passed - {history.run_ids.index(run_id) for run_id in history.failing_runs})
