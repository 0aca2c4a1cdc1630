"""Which real failures a test has caught lately: what a quarantine would have hidden."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.chance import is_by_chance
from app.core.episodes import Episode, find_episodes
from app.core.evidence import is_hint
from app.core.history import History, is_default
from app.core.model import Evidence
from app.core.rates import count_flakes

FEWEST_TRIES = 2
LONGEST_ON_DEFAULT = 3
"""Runs of the default branch that failed in a row are a regression from so many on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caught:
    """A real failure: on a pull request (None: the default branch), from its first commit on, mended by another."""

    pull: int | None
    first: str
    mended_by: str
    at: datetime


def find_caught(history: History, evidence: Sequence[Evidence]) -> tuple[Caught, ...]:
    """Return the real failures of a window, latest first.

    A real failure failed at every try, two at least (three runs of the default branch), until another commit mended it;
    in no way in which the test is known to flake; and for longer than the rate at which it flakes explains. A pull
    request that only inherited it from its base has caught nothing.
    """
    counted = [one for one in evidence if not is_hint(one)]
    ways = {one.loose_signature for one in counted}
    flaked = {one.head_sha for one in counted}
    rate = count_flakes(history).rate if counted else 0.0
    episodes = [one for own in find_episodes(history) for one in own]
    bases = {head for one in episodes if is_default(one.runs[0].attempt) for head in one.heads}
    found: dict[str, Caught] = {}
    for one in episodes:
        failed = one.runs[0].first_failure
        if failed is None or one.after is None or failed.loose_signature in ways or not flaked.isdisjoint(one.heads):
            continue
        if failed.attempt.base_sha in bases or not _is_real(one, rate, len(episodes)):
            continue
        found.setdefault(one.heads[0], _caught(one))
    return tuple(sorted(found.values(), key=lambda one: (one.at, one.first), reverse=True))


def _is_real(episode: Episode, rate: float, episodes: int) -> bool:
    if episode.after is None or episode.after.attempt.head_sha in episode.heads:
        return False
    if is_default(episode.runs[0].attempt) and episode.length < LONGEST_ON_DEFAULT:
        return False
    tries = sum(len(run.turns) for run in episode.runs)
    return tries >= FEWEST_TRIES and not is_by_chance(rate, tries, of=episodes)


def _caught(episode: Episode) -> Caught:
    attempt = episode.runs[0].attempt
    return Caught(
        pull=attempt.pull,
        first=attempt.head_sha,
        mended_by=episode.after.attempt.head_sha if episode.after else "",
        at=attempt.at,
    )
