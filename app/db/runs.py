"""Attempts of workflow runs, as stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.infra import AttemptKey
from app.core.model import AttemptId, RepoId
from app.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAttempt:
    """What GitHub says of one attempt; columns as in fg_workflow_run."""

    run_id: int
    run_attempt: int
    workflow_id: int
    workflow_name: str
    event: str
    head_branch: str | None
    head_sha: str
    base_sha: str | None
    tree_sha: str | None
    head_repository: str | None
    pull_number: int | None
    status: str
    conclusion: str | None
    run_started_at: datetime
    completed_at: datetime | None
    html_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAttempt:
    """One row of fg_workflow_run, without what only scoring asks for."""

    id: int
    run_id: int
    run_attempt: int
    workflow_id: int
    workflow_name: str
    event: str
    head_branch: str | None
    head_sha: str
    head_repository: str | None
    pull_number: int | None
    status: str
    conclusion: str | None
    run_started_at: datetime
    completed_at: datetime | None
    ingested_at: datetime | None
    ingest_note: str | None
    tests: int
    failures: int
    html_url: str

    @property
    def key(self) -> AttemptKey:
        return self.run_id, self.run_attempt


async def save_attempt(conn: Connection, repo_id: RepoId, attempt: NewAttempt) -> AttemptId:
    """Insert the attempt or bring its row up to date; what was known is never replaced by nothing.

    The row is locked until the transaction ends, so that two workers cannot store the same attempt at once.
    """
    attempt_id = await conn.fetchval(
        """
        INSERT INTO fg_workflow_run AS run (
            repo_id, run_id, run_attempt, workflow_id, workflow_name, event, head_branch, head_sha, base_sha,
            tree_sha, head_repository, pull_number, status, conclusion, run_started_at, completed_at, html_url)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        ON CONFLICT (repo_id, run_id, run_attempt) DO UPDATE
        SET status = CASE WHEN run.conclusion IS NULL THEN excluded.status ELSE run.status END,
            conclusion = coalesce(run.conclusion, excluded.conclusion),
            completed_at = coalesce(run.completed_at, excluded.completed_at),
            base_sha = coalesce(run.base_sha, excluded.base_sha),
            tree_sha = coalesce(run.tree_sha, excluded.tree_sha),
            pull_number = coalesce(run.pull_number, excluded.pull_number)
        RETURNING id
        """,
        repo_id,
        attempt.run_id,
        attempt.run_attempt,
        attempt.workflow_id,
        attempt.workflow_name,
        attempt.event,
        attempt.head_branch,
        attempt.head_sha,
        attempt.base_sha,
        attempt.tree_sha,
        attempt.head_repository,
        attempt.pull_number,
        attempt.status,
        attempt.conclusion,
        attempt.run_started_at,
        attempt.completed_at,
        attempt.html_url,
    )
    return AttemptId(attempt_id)


async def mark_ingested(
    conn: Connection, repo_id: RepoId, attempt: AttemptId, *, at: datetime, note: str | None, tests: int, failures: int
) -> None:
    """Note that the attempt was read. A later reading that found fewer tests has nothing to say."""
    await conn.execute(
        """
        UPDATE fg_workflow_run
        SET ingested_at = coalesce(ingested_at, $3),
            ingest_note = CASE WHEN ingested_at IS NULL OR $5 >= tests THEN $4 ELSE ingest_note END,
            tests = greatest(tests, $5),
            failures = greatest(failures, $6)
        WHERE repo_id = $1 AND id = $2
        """,
        repo_id,
        attempt,
        at,
        note,
        tests,
        failures,
    )


async def forget_runs(conn: Connection, repo_id: RepoId, before: datetime, *, at_once: int = 500) -> bool:
    """Delete some of the attempts that began before that moment, with their jobs; say whether there were any."""
    done = await conn.execute(
        """
        DELETE FROM fg_workflow_run
        WHERE repo_id = $1 AND id IN (
            SELECT id
            FROM fg_workflow_run
            WHERE repo_id = $1 AND run_started_at < $2
            ORDER BY run_started_at
            LIMIT $3)
        """,
        repo_id,
        before,
        at_once,
    )
    return done != "DELETE 0"


async def mark_infra(conn: Connection, repo_id: RepoId, attempt: AttemptId, *, is_infra: bool) -> None:
    await conn.execute(
        "UPDATE fg_workflow_run SET is_infra = $3 WHERE repo_id = $1 AND id = $2 AND is_infra <> $3",
        repo_id,
        attempt,
        is_infra,
    )


async def note_incident(conn: Connection, repo_id: RepoId, attempt: AttemptId, at: datetime) -> bool:
    """Note that an attempt was found to be hit by an outage; returns False where that was found before."""
    done = await conn.execute(
        "UPDATE fg_workflow_run SET incident_at = $3 WHERE repo_id = $1 AND id = $2 AND incident_at IS NULL",
        repo_id,
        attempt,
        at,
    )
    return done != "UPDATE 0"


_STORED = """
    SELECT id, run_id, run_attempt, workflow_id, workflow_name, event, head_branch, head_sha, head_repository, pull_number,
           status, conclusion, run_started_at, completed_at, ingested_at, ingest_note, tests, failures, html_url
    FROM fg_workflow_run
"""


async def find_attempt(conn: Connection, repo_id: RepoId, run_id: int, run_attempt: int) -> StoredAttempt | None:
    row = await conn.fetchrow(
        _STORED + " WHERE repo_id = $1 AND run_id = $2 AND run_attempt = $3", repo_id, run_id, run_attempt
    )
    return StoredAttempt(**row) if row else None


async def list_attempts_of_run(conn: Connection, repo_id: RepoId, run_id: int) -> list[StoredAttempt]:
    rows = await conn.fetch(_STORED + " WHERE repo_id = $1 AND run_id = $2 ORDER BY run_attempt", repo_id, run_id)
    return [StoredAttempt(**row) for row in rows]


async def list_read_runs(conn: Connection, repo_id: RepoId, run_ids: Sequence[int]) -> set[int]:
    """Return those of GitHub's runs of which an attempt has been read."""
    rows = await conn.fetch(
        """
        SELECT DISTINCT run_id
        FROM fg_workflow_run
        WHERE repo_id = $1 AND run_id = ANY ($2::bigint[]) AND ingested_at IS NOT NULL
        """,
        repo_id,
        list(run_ids),
    )
    return {row["run_id"] for row in rows}


async def get_attempt(conn: Connection, repo_id: RepoId, attempt: AttemptId) -> StoredAttempt | None:
    row = await conn.fetchrow(_STORED + " WHERE repo_id = $1 AND id = $2", repo_id, attempt)
    return StoredAttempt(**row) if row else None


async def find_latest_head_of_pull(conn: Connection, repo_id: RepoId, number: int) -> str | None:
    """Return the commit of a pull request that ran last; None where nothing of it is stored."""
    head_sha: str | None = await conn.fetchval(
        """
        SELECT head_sha
        FROM fg_workflow_run
        WHERE repo_id = $1 AND pull_number = $2
        ORDER BY run_started_at DESC, id DESC
        LIMIT 1
        """,
        repo_id,
        number,
    )
    return head_sha


async def list_attempts_of_head(conn: Connection, repo_id: RepoId, head_sha: str) -> list[StoredAttempt]:
    rows = await conn.fetch(
        _STORED + " WHERE repo_id = $1 AND head_sha = $2 ORDER BY run_id, run_attempt", repo_id, head_sha
    )
    return [StoredAttempt(**row) for row in rows]
