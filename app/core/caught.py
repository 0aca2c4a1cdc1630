"""Which real failures a test has caught lately: what a quarantine would have hidden."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.chance import is_by_chance
from app.core.episodes import Episode, find_episodes
from app.core.evidence import without_hints
from app.core.history import History, is_default
from app.core.model import Evidence
from app.core.rates import count_flakes
from app.core.standing import BROKEN_IN_A_ROW

FEWEST_TRIES = 2


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
    counted = without_hints(evidence)
    ways = {one.loose_signature for one in counted}
    flaked = {one.head_sha for one in counted}
    rate = count_flakes(history).rate if counted else 0.0
    episodes = [one for own in find_episodes(history) for one in own]
    bases = {head for one in episodes if is_default(one.runs[0].attempt) for head in one.heads}
    found: dict[str, Caught] = {}
    for one in episodes:
        failed, mended_by = one.runs[0].first_failure, _mended_by(one)
        if failed is None or mended_by is None or failed.loose_signature in ways or not flaked.isdisjoint(one.heads):
            continue
        if failed.attempt.base_sha not in bases and _is_real(one, rate, len(episodes)):
            attempt = one.runs[0].attempt
            caught = Caught(pull=attempt.pull, first=attempt.head_sha, mended_by=mended_by, at=attempt.at)
            found.setdefault(attempt.head_sha, caught)
    return tuple(sorted(found.values(), key=lambda one: (one.at, one.first), reverse=True))


def _mended_by(episode: Episode) -> str | None:
    """Return the commit that passed after an episode, None where there is none or it had failed as well."""
    head = episode.after.attempt.head_sha if episode.after else None
    return None if head in episode.heads else head


def _is_real(episode: Episode, rate: float, episodes: int) -> bool:
    if is_default(episode.runs[0].attempt) and episode.length < BROKEN_IN_A_ROW:
        return False
    tries = sum(len(run.turns) for run in episode.runs)
    return tries >= FEWEST_TRIES and not is_by_chance(rate, tries, of=episodes)
