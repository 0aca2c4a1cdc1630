"""How often a test flakes: in which of its runs, and in which of them it was broken and could not."""

from dataclasses import dataclass
from math import log

from app.core.episodes import LONGEST_EPISODE, Episode, find_episodes
from app.core.history import History, is_default

CHANCE = 0.05
"""What is less likely than this is taken to have another reason."""


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
    failed = {run.index for runs in history.variants for run in runs if run.turns[0].failed}
    broken = _broken_runs(history, failed)
    runs = len(history.run_ids) - len(broken)
    return FlakeCount(flaked=max(1, len(failed - broken)), runs=max(1, runs))


def _broken_runs(history: History, failed: set[int]) -> set[int]:
    """Return the runs of those streaks that are too long for a flake, by the rate at which the others fail.

    Shorter streaks are looked at before longer ones, since each that is a flake makes a longer one more likely.
    """
    bases = {
        run.attempt.head_sha for own in history.variants for run in own if is_default(run.attempt) and run.only_failed
    }
    streaks = sorted((one for own in find_episodes(history) for one in own), key=lambda one: one.length)
    inherited = [one for one in streaks if _is_of(one, bases)]
    long = [one for one in streaks if one.length > LONGEST_EPISODE and one not in inherited]
    out = {run.index for one in (*inherited, *long) for run in one.runs}
    for one in long:
        rate = share_of(len(failed - out), len(history.run_ids) - len(out))
        if not is_by_chance(rate, one.length, of=len(streaks)):
            break
        out -= {run.index for run in one.runs}
    return out


def _is_of(episode: Episode, bases: set[str]) -> bool:
    """Tell whether the default branch failed where a pull request branched off from it."""
    attempt = episode.runs[0].attempt
    return not is_default(attempt) and attempt.base_sha in bases


def share_of(hits: int, trials: int) -> float:
    """Return the expected share by Jeffreys' prior, Beta(1/2, 1/2), so that few trials never promise nothing or all."""
    return (hits + 0.5) / (trials + 1)


def is_by_chance(rate: float, length: int, *, of: int = 1) -> bool:
    """Tell whether a test that fails at a rate (0..1) may well fail so many runs in a row in one `of` some streaks.

    Once it failed, it goes on for so long with the probability rate ** (length - 1).
    """
    return rate > 0.0 and log(of) + (length - 1) * log(rate) >= log(CHANCE)
