"""Failures that say nothing about a test: the machine or a shared service failed under it.

They stay stored, but are dropped before anything is counted. Two filters find them in the results themselves; a third,
what a job's log says, is found elsewhere and handed in as dropped jobs.
"""

from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median_low

from app.core.model import Execution, Outcome

AttemptKey = tuple[int, int]
"""run_id and run_attempt"""

FEWEST_TESTS = 20
LEAST_SHARE = 0.25
TIMES_THE_USUAL = 8
USUAL_OVER = 100
"""How many earlier attempts say what is usual."""

MANY_TESTS = 8
FEW_TESTS = 3
SHARE_OF_TESTS = 0.05
TIMES_THE_USUAL_SPREAD = 3
TIMES_THE_USUAL_INCIDENT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """Which failures are not to be counted: whole attempts, jobs of attempts, and loose signatures in attempts.

    `attempts` failed as a whole. In `incidents` many tests failed alike, and with them several times as many as usual:
    those that failed otherwise may have been hit as well, in words of their own, and prove nothing.
    """

    attempts: frozenset[AttemptKey] = frozenset()
    incidents: frozenset[AttemptKey] = frozenset()
    jobs: frozenset[tuple[int, int, str]] = frozenset()
    signatures: frozenset[tuple[int, int, str]] = frozenset()

    def holds(self, failure: Execution) -> bool:
        attempt = failure.attempt.run_id, failure.attempt.run_attempt
        return self.holds_of(attempt, failure.job, failure.loose_signature)

    def holds_of(self, attempt: AttemptKey, job: str, loose_signature: str | None) -> bool:
        """Say the same of a failure that is known by its attempt, the variant of its job, and its way."""
        return (
            attempt in self.attempts
            or attempt in self.incidents
            or (*attempt, job) in self.jobs
            or (loose_signature is not None and (*attempt, loose_signature) in self.signatures)
        )

    def is_outage(self, attempt: AttemptKey, failures: int) -> bool:
        """Say whether people want to know at once: an attempt failed as a whole, or in so many tests that it is no chance."""
        return attempt in self.attempts or (attempt in self.incidents and failures >= MANY_TESTS)

    def is_shared(self, attempt: AttemptKey, loose_signature: str | None) -> bool:
        """Say whether a failure was one of many in its attempt, so many that the cause is none of its test's own."""
        if attempt in self.attempts:
            return True
        return loose_signature is not None and (*attempt, loose_signature) in self.signatures


NOTHING_DROPPED = Dropped()


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptTally:
    """What one attempt left behind. `spread` says in how many distinct tests each loose signature was seen."""

    run_id: int
    run_attempt: int
    at: datetime
    tests: int
    failures: int
    spread: Mapping[str, int]

    @property
    def key(self) -> AttemptKey:
        return self.run_id, self.run_attempt

    @property
    def share(self) -> float:
        return self.failures / self.tests if self.tests else 0.0


def is_mass_failure(tests: int, failures: int, earlier_shares: Sequence[float]) -> bool:
    """Say whether an attempt failed as a whole.

    `tests` and `failures` count distinct tests that ran in it; `earlier_shares` are the shares of failing tests of the
    repository's earlier attempts, the latest last, of which the last hundred count.
    """
    return _is_mass(tests, failures, _median(earlier_shares))


def is_incident(tests: int, failures: int, earlier_shares: Sequence[float]) -> bool:
    """Say whether so many tests failed in an attempt with an infrastructure signature that all of its failures are doubtful."""
    return _is_unusual(tests, failures, _median(earlier_shares))


def infra_signatures(
    spread: Mapping[str, int], tests: int, usual_spread: Mapping[str, int] | None = None
) -> frozenset[str]:
    """Return the loose signatures that were seen on too many tests of one attempt to be any test's own.

    `spread` counts the distinct tests of each signature, `tests` those that ran. `usual_spread` is how many tests each
    signature is seen on in the median earlier attempt: a general message that many tests fail with every day is no
    outage until it is seen on three times as many.
    """
    least = min(MANY_TESTS, max(FEW_TESTS, SHARE_OF_TESTS * tests))
    usual = usual_spread or {}
    return frozenset(
        one for one, seen in spread.items() if seen >= least and seen >= TIMES_THE_USUAL_SPREAD * usual.get(one, 0)
    )


def spread_of(failures: Iterable[tuple[Hashable, str | None]]) -> dict[str, int]:
    """Count the distinct tests of each signature, from pairs of a test and its failure's loose signature."""
    return dict(Counter(signature for _, signature in set(failures) if signature is not None))


def tally(tests: Iterable[Sequence[Execution]]) -> list[AttemptTally]:
    """Count what each attempt left behind, from the executions of each test. A test that was skipped did not run."""
    starts: dict[AttemptKey, datetime] = {}
    ran: Counter[AttemptKey] = Counter()
    failed: Counter[AttemptKey] = Counter()
    spreads: defaultdict[AttemptKey, Counter[str]] = defaultdict(Counter)
    for executions in tests:
        attempts = {
            (one.attempt.run_id, one.attempt.run_attempt): one.attempt
            for one in executions
            if one.outcome is not Outcome.SKIPPED
        }
        bad = {_of(one) for one in executions if one.outcome.is_bad}
        ran.update(attempts.keys())
        failed.update({(run_id, run_attempt) for run_id, run_attempt, _ in bad})
        for run_id, run_attempt, signature in bad:
            if signature is not None:
                spreads[run_id, run_attempt][signature] += 1
        for key, attempt in attempts.items():
            starts[key] = min(attempt.at, starts.get(key, attempt.at))
    return [
        AttemptTally(
            run_id=key[0], run_attempt=key[1], at=at, tests=ran[key], failures=failed[key], spread=spreads[key]
        )
        for key, at in starts.items()
    ]


def _of(failure: Execution) -> tuple[int, int, str | None]:
    return failure.attempt.run_id, failure.attempt.run_attempt, failure.loose_signature


def find_dropped(attempts: Iterable[AttemptTally]) -> Dropped:
    """Return what both filters drop in a whole history, in the order of its events."""
    usual = _Usual()
    mass: set[AttemptKey] = set()
    incidents: set[AttemptKey] = set()
    signatures: set[tuple[int, int, str]] = set()
    for tally in sorted(attempts, key=lambda one: (one.at, one.key)):
        if _is_mass(tally.tests, tally.failures, usual.share()):
            mass.add(tally.key)
        wide = infra_signatures(tally.spread, tally.tests, usual.spread(tally.spread))
        signatures.update((*tally.key, one) for one in wide)
        if wide and _is_unusual(tally.tests, tally.failures, usual.share()):
            incidents.add(tally.key)
        usual.learn(tally)
    return Dropped(attempts=frozenset(mass), incidents=frozenset(incidents), signatures=frozenset(signatures))


def usual_spread(seen: Iterable[int], attempts: int) -> int:
    """Return on how many tests a signature is seen in the median of some attempts, of which `seen` are those that have it."""
    # The attempts without it stand before all others, with no test each.
    ordered = sorted(seen)
    middle = (attempts - 1) // 2 - (attempts - len(ordered))
    return ordered[middle] if ordered and middle >= 0 else 0


def _median(earlier_shares: Sequence[float]) -> float:
    return median_low(earlier_shares[-USUAL_OVER:]) if earlier_shares else 0.0


def _is_unusual(tests: int, failures: int, usual_share: float) -> bool:
    return failures / tests >= TIMES_THE_USUAL_INCIDENT * usual_share


def _is_mass(tests: int, failures: int, usual_share: float) -> bool:
    return tests >= FEWEST_TESTS and failures / tests >= max(LEAST_SHARE, TIMES_THE_USUAL * usual_share)


class _Usual:
    """What the last hundred attempts were like, kept so that each further one costs little."""

    def __init__(self) -> None:
        self._shares: list[float] = []
        self._sorted: list[float] = []
        self._spreads: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)

    def share(self) -> float:
        return self._sorted[(len(self._sorted) - 1) // 2] if self._sorted else 0.0

    def spread(self, signatures: Iterable[str]) -> dict[str, int]:
        count = len(self._sorted)
        first = len(self._shares) - count
        found = {}
        for one in signatures:
            found[one] = usual_spread(
                (tests for index, tests in self._spreads.get(one, ())[-count:] if index >= first), count
            )
        return found

    def learn(self, tally: AttemptTally) -> None:
        for one, tests in tally.spread.items():
            self._spreads[one].append((len(self._shares), tests))
        self._shares.append(tally.share)
        insort(self._sorted, tally.share)
        if len(self._sorted) > USUAL_OVER:
            del self._sorted[bisect_left(self._sorted, self._shares[-USUAL_OVER - 1])]
