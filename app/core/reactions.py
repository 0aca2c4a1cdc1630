"""What a thumb on our comment means, and how often it is looked for one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

SOONEST_SECONDS = 60
LATEST_SECONDS = 3_600
LIMIT_PER_HOUR = 5_000
"""GitHub gives every installation at least so many requests an hour."""
OUR_SHARE = 0.05


class Thumb(StrEnum):
    UP = "+1"
    DOWN = "-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """Somebody's thumb; `id` is GitHub's."""

    id: int
    thumb: Thumb
    login: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenProposal:
    """A proposal that the comment shows, since when it is open."""

    decision_id: int
    since: datetime


class Answer(StrEnum):
    """What a thumb comes to."""

    APPROVE = "approve"
    DISMISS = "dismiss"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """What one thumb says, and of which proposals (decision ids)."""

    reaction: Reaction
    answer: Answer
    proposals: tuple[int, ...]


def what_is_meant(reactions: Iterable[Reaction], proposals: Sequence[OpenProposal]) -> Meant | None:
    """Return what the earliest thumb that speaks of an open proposal means, None where none does.

    A thumb speaks of what was open when it was given: an old one is no answer to a new proposal. One at a time, since
    each answer changes what is open.
    """
    for one in sorted(reactions, key=lambda one: (one.at, one.id)):
        meant = tuple(proposal.decision_id for proposal in proposals if proposal.since <= one.at)
        if not meant:
            continue
        if one.thumb is Thumb.DOWN:
            return Meant(reaction=one, answer=Answer.DISMISS, proposals=meant)
        if len(meant) == 1:
            return Meant(reaction=one, answer=Answer.APPROVE, proposals=meant)
        return Meant(reaction=one, answer=Answer.AMBIGUOUS, proposals=meant)
    return None


def next_pause(before: int | None, watched: int) -> int:
    """Return after how many seconds to look again: longer each time, up to an hour.

    `watched` pull requests share the share of the rate limit that this may cost.
    """
    grown = SOONEST_SECONDS if before is None else min(2 * before, LATEST_SECONDS)
    fair = watched * 3_600 / (LIMIT_PER_HOUR * OUR_SHARE)
    return max(grown, round(fair))
