"""What is in the queue, by state, kind and repository."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.core.model import RepoId
from app.db.connection import Connection
from app.jobs import Job
from app.queue.encoding import from_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueState:
    """How many jobs there are by state, and how long the oldest that could be done now has waited, in seconds."""

    jobs: dict[str, int]
    oldest_seconds: float


async def read_state(conn: Connection) -> QueueState:
    rows = await conn.fetch(
        """
        SELECT CASE WHEN status = 'queued' AND execute_after > now() THEN 'waiting' ELSE status::text END AS state,
               count(*) AS jobs,
               coalesce(extract(epoch FROM now() - min(execute_after)), 0)::double precision AS oldest
        FROM pgqueuer
        GROUP BY 1
        """
    )
    oldest = next((row["oldest"] for row in rows if row["state"] == "queued"), 0.0)
    return QueueState(jobs={row["state"]: row["jobs"] for row in rows}, oldest_seconds=oldest)


async def list_work(conn: Connection, *, within: timedelta = timedelta()) -> Sequence[str]:
    """Return the kinds of the jobs that are running or could be picked within that time."""
    rows = await conn.fetch(
        "SELECT entrypoint FROM pgqueuer WHERE status = 'picked' OR (status = 'queued' AND execute_after <= now() + $1)",
        within,
    )
    return [row["entrypoint"] for row in rows]


async def count_waiting(conn: Connection, kind: type[Job], repo_id: RepoId) -> int:
    """Count the jobs of that kind that a repository has in the queue, put off or being done; held ones are not."""
    return int(
        await conn.fetchval(
            """
            SELECT count(*)
            FROM pgqueuer
            WHERE entrypoint = $1 AND (headers #>> '{}')::jsonb ->> 'repo' = $2
              AND (status = 'queued' OR status = 'picked')
            """,
            kind.__name__,
            str(repo_id),
        )
    )


async def list_jobs_of(conn: Connection, kind: type[Job], repo_id: RepoId) -> list[Job]:
    """Return the jobs of a kind that a repository has in the queue: waiting, running or held."""
    rows = await conn.fetch(
        """
        SELECT payload
        FROM pgqueuer
        WHERE entrypoint = $1 AND (headers #>> '{}')::jsonb ->> 'repo' = $2
        """,
        kind.__name__,
        str(repo_id),
    )
    return [from_bytes(kind, row["payload"]) for row in rows]


async def drop_jobs_of(conn: Connection, repo_id: RepoId) -> None:
    """Drop the jobs of a repository that wait or are held, within the caller's transaction."""
    # JSON spells NUL, which jsonb refuses: one such job of anybody's would keep all repositories from being deleted.
    await conn.execute(
        r"""
        DELETE FROM pgqueuer
        WHERE status IN ('queued', 'failed')
          AND replace(convert_from(payload, 'UTF8'), '\u0000', '\ufffd')::jsonb -> 'repo_id' = to_jsonb($1::bigint)
        """,
        repo_id,
    )


async def prune_log(conn: Connection, keep: timedelta) -> None:
    """Delete what the queue noted about finished jobs longer ago than that; pgqueuer itself never does."""
    await conn.execute(
        """
        DELETE FROM pgqueuer_log AS log
        WHERE log.created < now() - $1::interval
          AND NOT EXISTS (SELECT FROM pgqueuer WHERE pgqueuer.id = log.job_id)
        """,
        keep,
    )
    await conn.execute("DELETE FROM pgqueuer_statistics WHERE created < now() - $1::interval", keep)
