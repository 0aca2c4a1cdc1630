"""Durable jobs in PostgreSQL. The only place that knows pgqueuer; here they are added, beside it picked, counted and held.

Jobs are never merged: pgqueuer's dedupe key also blocks while the first one runs, which would lose a wake-up.
"""

from collections.abc import Sequence
from datetime import timedelta
from math import log
from typing import TYPE_CHECKING, Any

from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.queries import Queries

from app.jobs import (
    CheckReader,
    DecideAsPerson,
    DecideTests,
    IngestHistory,
    Job,
    LookAtReactions,
    ObeyComment,
    PressButton,
    RecoverDeliveries,
    RecoverDelivery,
    ReportHead,
    ScoreRun,
    TellHook,
    TickBoxes,
)
from app.origin import current_origin
from app.queue.encoding import to_bytes
from app.tracing import traceparent

if TYPE_CHECKING:
    import asyncpg

    from app.db.connection import Connection


# A person who waits for an answer goes before everything else, and may be waiting in a delivery that was missed; a verdict goes
# before the reading of the next run. Receivers of hooks may be slow: they are told when nothing else is to be done. History comes last.
_PRIORITY: dict[type[Job], int] = {
    CheckReader: 3000,
    DecideAsPerson: 3000,
    ObeyComment: 3000,
    TickBoxes: 3000,
    PressButton: 3000,
    RecoverDeliveries: 2500,
    RecoverDelivery: 2500,
    ReportHead: 200,
    DecideTests: 200,
    ScoreRun: 100,
    TellHook: -1500,
    IngestHistory: -2000,
}

_MOST_COUNTED = 20_000
"""How many waiting jobs of a repository are counted, which takes 2 ms and is done with each new one of its jobs."""

_EXACT, _DEEPEST = 500, 1000
"""How far a job's priority falls with that number, and up to where by one each: below a verdict of any other repository."""

# Looks that were put off for an hour, and a receiver that is away, are no sign of a busy repository.
_UNCOUNTED = (LookAtReactions, TellHook)


async def enqueue(
    conn: "Connection", *jobs: Job, after: timedelta = timedelta(), waits: int = 0, has_asked: bool = False
) -> None:
    """Add jobs to the queue, within the caller's transaction; they can be picked once it is committed.

    A job's priority falls with the number of its repository's waiting jobs, so that the few of a quiet repository never
    wait for all of a noisy one.
    """
    if not jobs:
        return
    repositories = [_repository_of(job) for job in jobs]
    await Queries(AsyncpgDriver(_plain(conn))).enqueue(
        [type(job).__name__ for job in jobs],
        [to_bytes(job) for job in jobs],
        await _priorities(conn, jobs, repositories),
        [after for _ in jobs],
        headers=[
            _headers(repo, waits, has_asked=has_asked, is_put_off=bool(after) and not waits) for repo in repositories
        ],
    )


def _headers(repo: str | None, waits: int, *, has_asked: bool, is_put_off: bool) -> dict[str, str]:
    """Pass on where the work in hand comes from. What is put off on purpose begins anew: it may go on for weeks."""
    headers = {"waits": str(waits)} | ({"repo": repo} if repo else {}) | ({"asked": "1"} if has_asked else {})
    if is_put_off:
        return headers
    parent = traceparent()
    return headers | current_origin().to_headers() | ({"traceparent": parent} if parent else {})


def _repository_of(job: Job) -> str | None:
    repo_id = None if isinstance(job, _UNCOUNTED) else getattr(job, "repo_id", None)
    return None if repo_id is None else str(repo_id)


async def _priorities(conn: "Connection", jobs: Sequence[Job], repositories: Sequence[str | None]) -> list[int]:
    waiting = await _count_waiting(conn, sorted({repo for repo in repositories if repo is not None}))
    priorities = []
    for job, repo in zip(jobs, repositories, strict=True):
        behind = 0
        if repo is not None:
            behind = _behind(waiting[repo])
            waiting[repo] += 1
        priorities.append(_PRIORITY.get(type(job), 0) - behind)
    return priorities


def _behind(waiting: int) -> int:
    """Return how far the priority falls: by one for each job at first, then for each hundredth of those that wait.

    So the n-th job of one repository goes before the n-th of another, give or take a hundredth, however many there are, and
    no job falls so low that it would come behind the history.
    """
    if waiting <= _EXACT:
        return waiting
    share = log(min(waiting, _MOST_COUNTED) / _EXACT) / log(_MOST_COUNTED / _EXACT)
    return _EXACT + int((_DEEPEST - _EXACT) * share)


async def _count_waiting(conn: "Connection", repositories: Sequence[str]) -> dict[str, int]:
    """Count the waiting jobs of each repository, as far as it matters."""
    if not repositories:
        return {}
    rows = await conn.fetch(
        """
        SELECT repo, (
            SELECT count(*)
            FROM (
                SELECT FROM pgqueuer
                WHERE (headers #>> '{}')::jsonb ->> 'repo' = repo AND status = 'queued'
                LIMIT $2
            ) AS counted
        ) AS waiting
        FROM unnest($1::text[]) AS repo
        """,
        repositories,
        _MOST_COUNTED,
    )
    return {row["repo"]: row["waiting"] for row in rows}


async def wake(conn: "Connection") -> None:
    """Tell the workers that there are new jobs, where they were added by sessions that tell nothing themselves."""
    await conn.execute(
        """
        SELECT pg_notify('ch_pgqueuer', json_build_object(
            'channel', 'ch_pgqueuer', 'operation', 'insert', 'sent_at', now(), 'table', 'pgqueuer',
            'type', 'table_changed_event')::text)
        """
    )


def _plain(conn: "Connection") -> "asyncpg.Connection[Any]":
    # pgqueuer's types know no pool proxies, which it can use as well as a connection.
    return conn  # type: ignore[return-value]
