"""What we have written on GitHub: check runs by commit, comments by pull request."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.model import RepoId
from app.db.connection import Connection

_WRITING = ""
"""The digest of no text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One row of fg_report. `external_id` is GitHub's id of the check run or comment."""

    external_id: int | None
    digest: str | None
    notes: list[str]
    opened_at: datetime
    silenced_at: datetime | None

    @property
    def is_writing(self) -> bool:
        """Tell whether something was begun to be written there, and it is not known whether it was."""
        return self.digest == _WRITING


async def find_report(conn: Connection, repo_id: RepoId, kind: str, subject: str) -> Written | None:
    row = await conn.fetchrow(
        """
        SELECT external_id, digest, notes, opened_at, silenced_at
        FROM fg_report
        WHERE repo_id = $1 AND kind = $2 AND subject = $3
        """,
        repo_id,
        kind,
        subject,
    )
    return Written(**row) if row else None


async def save_report(  # noqa: PLR0913 - a row has as many parts as its table columns
    conn: Connection,
    repo_id: RepoId,
    kind: str,
    subject: str,
    *,
    external_id: int | None,
    digest: str,
    at: datetime,
    notes: Sequence[str] = (),
) -> None:
    await conn.execute(
        """
        INSERT INTO fg_report (repo_id, kind, subject, external_id, digest, notes, opened_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
        ON CONFLICT (repo_id, kind, subject) DO UPDATE
        SET external_id = excluded.external_id, digest = excluded.digest, notes = excluded.notes,
            updated_at = excluded.updated_at
        """,
        repo_id,
        kind,
        subject,
        external_id,
        digest,
        list(notes),
        at,
    )


async def note_writing(conn: Connection, repo_id: RepoId, kind: str, subject: str) -> None:
    """Note, before something is written that cannot be written twice, that it will be."""
    await conn.execute(
        "UPDATE fg_report SET digest = $4 WHERE repo_id = $1 AND kind = $2 AND subject = $3",
        repo_id,
        kind,
        subject,
        _WRITING,
    )


async def silence_comment(conn: Connection, repo_id: RepoId, comment_id: int, at: datetime) -> int | None:
    """Note that a person deleted our comment; returns the pull request's number, None where the comment was not ours."""
    subject = await conn.fetchval(
        """
        UPDATE fg_report
        SET silenced_at = $3, external_id = NULL, digest = NULL
        WHERE repo_id = $1 AND kind = 'comment' AND external_id = $2
        RETURNING subject
        """,
        repo_id,
        comment_id,
        at,
    )
    return None if subject is None else int(subject)


async def break_silence(conn: Connection, repo_id: RepoId, number: int) -> None:
    """Let the comment come back: somebody asked for it."""
    await conn.execute(
        "UPDATE fg_report SET silenced_at = NULL WHERE repo_id = $1 AND kind = 'comment' AND subject = $2",
        repo_id,
        str(number),
    )


async def find_pull_of_comment(conn: Connection, repo_id: RepoId, comment_id: int) -> int | None:
    subject = await conn.fetchval(
        "SELECT subject FROM fg_report WHERE repo_id = $1 AND kind = 'comment' AND external_id = $2",
        repo_id,
        comment_id,
    )
    return None if subject is None else int(subject)


async def forget_digest(conn: Connection, repo_id: RepoId, comment_id: int) -> None:
    """Have our comment written again, whatever it says now: somebody else has edited it."""
    await conn.execute(
        "UPDATE fg_report SET digest = NULL WHERE repo_id = $1 AND kind = 'comment' AND external_id = $2",
        repo_id,
        comment_id,
    )
