"""What a flaky test costs and guards, in words for people."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from app.core.caught import Caught
from app.core.counts import count
from app.core.text import code, commit

_NAMED = 3


def words_of(impact: Mapping[str, Any], *, to: datetime, owner: str | None = None) -> tuple[str, str]:
    """Say of a decision's stored impact what the test cost and who owns it, and what it caught.

    `to` is when the decision was made. A row of an older release says less. The owner is shown as code, so that nobody is called by each edit.
    """
    minutes = float(impact.get("minutes_lost", 0.0)) + float(impact.get("minutes_rerun", 0.0))
    caught = [msgspec.convert(one, Caught) for one in impact.get("caught", ())]
    cost = impact_words(
        pulls=impact.get("pulls", 0),
        runs=impact.get("runs", 0),
        minutes=minutes,
        waited=float(impact.get("minutes_waited", 0.0)),
        to=to,
    )
    parts = [cost, f"owner {code(owner, limit=100)}" if owner else ""]
    return "; ".join(part for part in parts if part), caught_words(caught)


def impact_words(*, pulls: int, runs: int, minutes: float, waited: float, to: datetime) -> str:
    """Say what a test cost in the 30 days before `to`; empty where it cost nothing. `minutes` and `waited` are in minutes."""
    if not runs:
        return ""
    hit = count(pulls, "pull request") if pulls else count(runs, "run")
    costs = [f"cost {_time(minutes)} of CI"] if minutes >= 1 else []
    costs += [f"about {_time(waited)} of waiting"] if waited >= 1 else []
    cost = f" and {' and '.join(costs)}" if costs else ""
    return f"hit {hit}{cost} in the 30 days to {to:%Y-%m-%d}"


def caught_words(caught: Sequence[Caught]) -> str:
    """Say which real failures a quarantine would have hidden; a sentence, empty where there were none."""
    if not caught:
        return ""
    named = ", ".join(f"{_where(one)} from {commit(one.first)} on" for one in caught[:_NAMED])
    more = f" and {len(caught) - _NAMED} more" if len(caught) > _NAMED else ""
    return (
        f"It caught {count(len(caught), 'real failure')} lately, which a quarantine would have hidden: {named}{more}."
    )


def _where(one: Caught) -> str:
    # A number with its sign would be a link that tells that pull request of each edit.
    return f"pull request {one.pull}" if one.pull is not None else "the default branch"


def _time(minutes: float) -> str:
    return count(round(minutes), "minute") if minutes < 120 else f"{minutes / 60:.0f} hours"
