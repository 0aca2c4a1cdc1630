"""Reports that were sent to us, as stored."""

from dataclasses import dataclass
from datetime import datetime

from app.core.model import RepoId
from app.db.connection import Connection

MOST_OF_RUN = 200
"""Uploads that one attempt may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """What was sent, and for what; columns as in fg_upload."""

    run_id: int
    run_attempt: int
    job_id: int
    job: str
    ci: str | None
    head_sha: str
    head_branch: str | None
    pull_number: int | None
    conclusion: str | None
    html_url: str
    created_at: datetime
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredUpload(Upload):
    """A row of fg_upload, without the reports."""

    id: int
    read_at: datetime | None


class TooMany(Exception):
    """The attempt has as many uploads as it may have."""


async def add_upload(conn: Connection, repo_id: RepoId, upload: Upload, reports: bytes) -> tuple[int, bool]:
    """Store reports, in the caller's transaction; returns our number of them, and whether they are new. Raises TooMany."""
    new: int | None = await conn.fetchval(
        """
        INSERT INTO fg_upload (
            repo_id, run_id, run_attempt, job_id, job, ci, head_sha, head_branch, pull_number, conclusion, html_url,
            created_at, digest, reports)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14
        WHERE (SELECT count(*) FROM fg_upload WHERE repo_id = $1 AND run_id = $2 AND run_attempt = $3) < $15
        ON CONFLICT (repo_id, run_id, run_attempt, digest) DO NOTHING
        RETURNING id
        """,
        repo_id,
        upload.run_id,
        upload.run_attempt,
        upload.job_id,
        upload.job,
        upload.ci,
        upload.head_sha,
        upload.head_branch,
        upload.pull_number,
        upload.conclusion,
        upload.html_url,
        upload.created_at,
        upload.digest,
        reports,
        MOST_OF_RUN,
    )
    if new is not None:
        return new, True
    known: int | None = await conn.fetchval(
        "SELECT id FROM fg_upload WHERE repo_id = $1 AND run_id = $2 AND run_attempt = $3 AND digest = $4",
        repo_id,
        upload.run_id,
        upload.run_attempt,
        upload.digest,
    )
    if known is None:
        raise TooMany
    return known, False


async def list_uploads(conn: Connection, repo_id: RepoId, run_id: int, run_attempt: int) -> list[StoredUpload]:
    """Return what was sent for an attempt, in the order in which it came."""
    rows = await conn.fetch(
        """
        SELECT id, run_id, run_attempt, job_id, job, ci, head_sha, head_branch, pull_number, conclusion, html_url,
               created_at, digest, read_at
        FROM fg_upload
        WHERE repo_id = $1 AND run_id = $2 AND run_attempt = $3
        ORDER BY id
        """,
        repo_id,
        run_id,
        run_attempt,
    )
    return [StoredUpload(**row) for row in rows]


async def get_reports(conn: Connection, repo_id: RepoId, upload: int) -> bytes | None:
    """Return the reports of an upload as a zip; None where they are gone."""
    reports: bytes | None = await conn.fetchval(
        "SELECT reports FROM fg_upload WHERE repo_id = $1 AND id = $2", repo_id, upload
    )
    return reports


async def mark_read(conn: Connection, repo_id: RepoId, run_id: int, run_attempt: int, at: datetime) -> None:
    """Note that all that has come for an attempt was read."""
    await conn.execute(
        """
        UPDATE fg_upload SET read_at = $4
        WHERE repo_id = $1 AND run_id = $2 AND run_attempt = $3 AND read_at IS NULL
        """,
        repo_id,
        run_id,
        run_attempt,
        at,
    )


async def note_failure(conn: Connection, repo_id: RepoId, run_id: int, run_attempt: int) -> None:
    """Let a job of a build have failed, whatever was said of it when less of it was known."""
    await conn.execute(
        """
        WITH run AS (
            UPDATE fg_workflow_run SET conclusion = 'failure'
            WHERE repo_id = $1 AND run_id = $2 AND run_attempt = $3
            RETURNING id
        )
        UPDATE fg_job SET conclusion = 'failure'
        WHERE repo_id = $1 AND workflow_run = (SELECT id FROM run) AND conclusion <> 'failure'
        """,
        repo_id,
        run_id,
        run_attempt,
    )


async def forget_uploads(conn: Connection, before: datetime) -> None:
    """Delete what came before that moment."""
    await conn.execute("DELETE FROM fg_upload WHERE created_at < $1", before)
