"""Which runs of the time before the App was installed are worth reading."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

DAYS = timedelta(days=30)
MOST_RUNS = 200

MARGIN = timedelta(minutes=15)
"""A webhook about a run that ended just before may still be on its way, and comes minutes late at times."""

_PULL_EVENTS = frozenset({"pull_request", "pull_request_target", "merge_group"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """What is to be known of a run before it is read; `head_repository` is a full name, None where it is gone."""

    run_id: int
    event: str
    status: str
    head_branch: str | None
    head_repository: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whose runs are to be read: of a repository by its full name, created from `since` on and ended before `before`."""

    full_name: str
    default_branch: str
    since: datetime
    before: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The runs to read next, newest first, and how far back GitHub was asked; None where nothing is left there."""

    runs: tuple[int, ...]
    reached: datetime | None


def is_worth_reading(run: PastRun, wanted: Wanted) -> bool:
    """Tell whether a run is one of the default branch or of a pull request that had ended by then.

    What ends later is told by a webhook, whose reading also shows on GitHub; history never does.
    """
    if run.status != "completed" or run.updated_at >= wanted.before or run.created_at < wanted.since:
        return False
    is_own = (run.head_repository or "").lower() == wanted.full_name.lower()
    return run.event in _PULL_EVENTS or (is_own and run.head_branch == wanted.default_branch)


def next_batch(listed: Collection[PastRun], wanted: Wanted, *, read: Collection[int], page: int, most: int) -> Batch:
    """Choose what to read of a page of runs, which GitHub lists newest first; `page` is how many it gives at most.

    `read` are those that need no reading any more. A page that is full goes on with the second of its oldest run, whose other runs may stand on the next one.
    """
    worth = [run for run in listed if run.run_id not in read and is_worth_reading(run, wanted)]
    chosen = tuple(run.run_id for run in worth[:most])
    if len(listed) < page or len(worth) >= most:
        return Batch(runs=chosen, reached=None)
    oldest = min(run.created_at for run in listed)
    newest = max(run.created_at for run in listed)
    # A whole page of one second would be asked for without end.
    return Batch(runs=chosen, reached=oldest if oldest < newest else oldest - timedelta(seconds=1))
