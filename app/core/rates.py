"""How often a test flakes: in which of its runs, and in which of them it was broken and could not."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.core.chance import is_by_chance, share_of
from app.core.episodes import find_episodes
from app.core.history import History, Run, is_default


@dataclass(frozen=True, slots=True, kw_only=True)
class FlakeCount:
    """In how many runs of a window a flaky test flaked at the first try, of how many in which it could."""

    flaked: int
    runs: int

    @property
    def rate(self) -> float:
        return self.flaked / self.runs if self.runs else 0.0


def count_flakes(history: History) -> FlakeCount:
    """Count the runs in which a test that is known to be flaky flaked.

    Every failure of such a test is held to be a flake but those that went on for longer than its rate explains: it was
    broken then, by a regression or a pull request, and such a run says nothing about how often it flakes. Only the first
    attempt of a run is asked: who tries again sees more of a flake than others do. A test that flaked at no first try
    flaked once.
    """
    first_tries = _sorted_out(history, {run.index for run in _runs(history) if run.turns[0].failed})
    runs = len(history.run_ids) - len(first_tries.broken)
    return FlakeCount(flaked=max(1, len(first_tries.flaked)), runs=max(1, runs))


@dataclass(frozen=True, slots=True, kw_only=True)
class SortedRuns:
    """The places of the runs in which a test that is known to be flaky flaked, at any try, and of those in which it was broken."""

    flaked: frozenset[int]
    broken: frozenset[int]


def sort_runs(history: History) -> SortedRuns:
    """Tell the runs in which a test that is known to be flaky flaked from those in which it was broken."""
    return _sorted_out(history, {run.index for run in _runs(history) if run.failed})


def _runs(history: History) -> Iterator[Run]:
    return (run for runs in history.variants for run in runs)


def _sorted_out(history: History, failed: set[int]) -> SortedRuns:
    broken = _broken_runs(history, failed)
    return SortedRuns(flaked=frozenset(failed - broken), broken=frozenset(broken))


def _broken_runs(history: History, failed: set[int]) -> set[int]:
    """Return the runs of those streaks that are too long for a flake, by the rate at which the others fail.

    Shorter streaks are looked at before longer ones, since each that is a flake makes a longer one more likely. What
    failed on pull requests that branched off from a broken default branch was broken, too.
    """
    streaks = sorted((one for own in find_episodes(history) for one in own), key=lambda one: one.length)
    long = [one for one in streaks if not one.is_short]
    out = {run.index for one in long for run in one.runs}
    for place, one in enumerate(long):
        rate = share_of(len(failed - out), len(history.run_ids) - len(out))
        if not is_by_chance(rate, one.length, of=len(streaks)):
            bases = {run.attempt.head_sha for broken in long[place:] for run in broken.runs if is_default(run.attempt)}
            inherited = [run.index for run in _runs(history) if run.only_failed and run.attempt.base_sha in bases]
            return out | set(inherited)
        out -= {run.index for run in one.runs}
    return out
