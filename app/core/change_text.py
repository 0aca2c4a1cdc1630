"""Since when and where a test flakes, in words for people."""

from app.core.counts import count, noun
from app.core.model import Legs, Since
from app.core.text import code, commit

_LEGS_NAMED = 3


def since_words(since: Since, *, is_broken: bool) -> str:
    """Say in which range of commits it began; ends without a full stop."""
    what = "Broken" if is_broken else "Flaky"
    if since.after is None:
        return f"{what} for as long as we look back, first seen on {since.at:%Y-%m-%d}"
    commits = f"after {commit(since.after)} and up to {commit(since.first)}"
    doubt = f", in one of {since.runs_in_doubt} runs" if since.runs_in_doubt > 1 else ""
    return f"{what} since a commit {commits} ({since.at:%Y-%m-%d}{doubt})"


def legs_words(legs: Legs) -> str:
    """Say where it flakes only, and what that is told by; ends without a full stop."""
    named = ", ".join(code(job, limit=60) for job in legs.jobs[:_LEGS_NAMED])
    more = f" and {len(legs.jobs) - _LEGS_NAMED} more" if len(legs.jobs) > _LEGS_NAMED else ""
    others = noun(legs.others, "the other job", f"the {legs.others} other jobs")
    return f"Flakes on {named}{more} only: in {legs.flaked} of {count(legs.runs, 'run')} there, in none of {legs.others_runs} on {others}"
