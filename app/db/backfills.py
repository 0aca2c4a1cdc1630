"""How far the history from before the App was installed has been read."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.model import RepoId
from app.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill:
    """One row of fg_backfill."""

    since: datetime
    most_runs: int
    started_at: datetime
    reached: datetime
    runs_asked: int
    runs_read: int
    finished_at: datetime | None


async def get_backfill(conn: Connection, repo_id: RepoId) -> Backfill | None:
    row = await conn.fetchrow(
        """
        SELECT since, most_runs, started_at, reached, runs_asked, runs_read, finished_at
        FROM fg_backfill
        WHERE repo_id = $1
        """,
        repo_id,
    )
    return Backfill(**row) if row else None


async def begin_backfill(
    conn: Connection, repo_id: RepoId, *, since: datetime, most_runs: int, margin: timedelta
) -> bool:
    """Note that a repository's history is to be read; say whether that was not noted before.

    It ends that much before we first heard of the repository: of what ended later webhooks tell, and what they tell is
    shown. Read as history first, it would never be.
    """
    done = await conn.execute(
        """
        INSERT INTO fg_backfill (repo_id, since, most_runs, started_at, reached)
        SELECT id, $2, $3, created_at - $4::interval, created_at - $4::interval
        FROM fg_repository
        WHERE id = $1
        ON CONFLICT (repo_id) DO NOTHING
        """,
        repo_id,
        since,
        most_runs,
        margin,
    )
    return str(done) == "INSERT 0 1"


async def begin_backfill_anew(
    conn: Connection, repo_id: RepoId, *, since: datetime, most_runs: int, at: datetime
) -> None:
    """Have history read as asked for now. One that goes on just as far stays where it is; any other begins anew."""
    await conn.execute(
        """
        INSERT INTO fg_backfill AS old (repo_id, since, most_runs, started_at, reached)
        VALUES ($1, $2, $3, $4, $4)
        ON CONFLICT (repo_id) DO UPDATE
        SET since = excluded.since, most_runs = excluded.most_runs, reached = old.started_at,
            runs_asked = 0, runs_read = 0, finished_at = NULL
        WHERE old.finished_at IS NOT NULL OR old.since <> excluded.since OR old.most_runs <> excluded.most_runs
        """,
        repo_id,
        since,
        most_runs,
        at,
    )


async def note_asked(conn: Connection, repo_id: RepoId, runs: int, reached: datetime) -> None:
    """Note how far GitHub was asked, and how many runs more were put into the queue."""
    await conn.execute(
        """
        UPDATE fg_backfill
        SET runs_asked = runs_asked + $2, reached = $3
        WHERE repo_id = $1
        """,
        repo_id,
        runs,
        reached,
    )


async def count_read(conn: Connection, repo_id: RepoId) -> None:
    """Count one more run that was read."""
    await conn.execute("UPDATE fg_backfill SET runs_read = runs_read + 1 WHERE repo_id = $1", repo_id)


async def end_backfill(conn: Connection, repo_id: RepoId, at: datetime) -> None:
    """Note that the history was read and judged, and in the repository's row how far back it reaches."""
    # The repository's row first, as who looks at an installation takes them: in another order both could wait in a circle.
    await conn.execute(
        """
        UPDATE fg_repository
        SET backfilled_at = (SELECT min(run_started_at) FROM fg_workflow_run WHERE repo_id = $1)
        WHERE id = $1
        """,
        repo_id,
    )
    await conn.execute("UPDATE fg_backfill SET finished_at = $2 WHERE repo_id = $1", repo_id, at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """The runs of all repositories whose history is being read, where the App is at work: still waiting, and done."""

    waiting: int
    done: int


async def count_unfinished(conn: Connection) -> Unfinished:
    row = await conn.fetchrow(
        """
        SELECT coalesce(sum(greatest(plan.runs_asked - plan.runs_read, 0)), 0)::bigint AS waiting,
               coalesce(sum(plan.runs_read), 0)::bigint AS done
        FROM fg_backfill AS plan
        JOIN fg_repository AS repo ON repo.id = plan.repo_id
        JOIN fg_installation AS home ON home.id = repo.installation_id
        WHERE plan.finished_at IS NULL
          AND repo.removed_at IS NULL AND home.deleted_at IS NULL AND home.suspended_at IS NULL
        """
    )
    return Unfinished(waiting=row["waiting"], done=row["done"]) if row else Unfinished(waiting=0, done=0)


async def list_unfinished(conn: Connection) -> list[RepoId]:
    """Return the repositories whose history is still to be read, for a look whether something goes on there."""
    rows = await conn.fetch("SELECT repo_id FROM fg_backfill WHERE finished_at IS NULL ORDER BY repo_id")
    return [RepoId(row["repo_id"]) for row in rows]


async def list_failing_attempts(conn: Connection, repo_id: RepoId, since: datetime, until: datetime) -> list[int]:
    """Return our ids of the attempts of that time in which a test failed, in the order in which they began."""
    rows = await conn.fetch(
        """
        SELECT id
        FROM fg_workflow_run
        WHERE repo_id = $1 AND run_started_at >= $2 AND run_started_at < $3 AND failures > 0
        ORDER BY run_started_at, id
        """,
        repo_id,
        since,
        until,
    )
    return [row["id"] for row in rows]


async def imply_passes(
    conn: Connection, repo_id: RepoId, since: datetime, until: datetime, *, read_since: datetime
) -> int:
    """Add the passes that complete logs of that time imply, and that were not known when they were read; count them.

    Only those of attempts that were read since `read_since`: of older readings passes may have been put away.

    Read newest first, a log says nothing of a test that only an older one names as failed: whoever reads them in the
    order in which they were written stores the same (core.harvest.implied_passes).
    """
    done = await conn.execute(
        """
        INSERT INTO fg_occurrence (repo_id, workflow_run, created_at, job, test_id, ordinal, outcome, source)
        SELECT $1, run.id, run.run_started_at, job.id, known.test_id, 1, 'passed', 'implied'
        FROM fg_workflow_run AS run
        JOIN fg_job AS job ON job.repo_id = run.repo_id AND job.workflow_run = run.id
        JOIN (
            SELECT own.variant, o.test_id, min(o.created_at) AS first_at
            FROM fg_occurrence AS o
            JOIN fg_job AS own ON own.repo_id = o.repo_id AND own.id = o.job
            WHERE o.repo_id = $1 AND o.source = 'log' AND o.outcome IN ('failed', 'error')
              AND o.created_at >= $2::timestamptz - interval '180 days' AND o.created_at < $3::timestamptz
            GROUP BY own.variant, o.test_id
        ) AS known ON known.variant = job.variant AND known.first_at < run.run_started_at
        WHERE run.repo_id = $1 AND run.run_started_at >= $2 AND run.run_started_at < $3 AND run.ingested_at >= $4
          AND job.source <> 'report' AND (job.conclusion = 'success' OR job.is_complete)
          AND NOT EXISTS (
            SELECT
            FROM fg_occurrence AS named
            WHERE named.repo_id = $1 AND named.job = job.id AND named.test_id = known.test_id
              AND named.created_at = run.run_started_at)
        ON CONFLICT DO NOTHING
        """,
        repo_id,
        since,
        until,
        read_since,
    )
    return int(str(done).rpartition(" ")[2])
