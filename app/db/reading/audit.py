"""The audit trail by pages; flakeguard audit verifies it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import msgspec

from app.core.model import RepoId
from app.core.paging import Mark, Page, cut
from app.db.connection import Connection
from app.db.reading.marks import LARGEST, MOST_ROWS, number, read_mark
from app.db.reading.wanted import Number, Words, text_if_any

LARGEST_DETAIL = 4_000
"""In characters of JSON; of a larger one only its `why` is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditWanted:
    """Which deeds are asked for: those of one person, of one kind, or to one test."""

    actor: Annotated[Words | None, msgspec.Meta(description="Login, or flakeguard for a rule.")] = None
    action: Annotated[Words | None, msgspec.Meta(description="What was done, in a word.")] = None
    test: Annotated[Number | None, msgspec.Meta(description="Our number of the test.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Who did what to which test and why; `actor` is a login, or flakeguard for a rule.

    The test's name is None where the deed concerns none. `why` is for people, `detail` what else belongs to it; `hash`
    is over this entry and the one before.
    """

    id: int
    at: datetime
    actor: str
    action: str
    test_id: int | None
    suite: str | None
    class_name: str | None
    name: str | None
    why: str | None
    detail: dict[str, Any]
    hash: str


async def list_audit(
    conn: Connection, repo_id: RepoId, wanted: AuditWanted, after: Mark | None, limit: int
) -> Page[AuditEntry]:
    """Return a page of what was done, the latest first. Raises NotAMark."""
    [last] = read_mark(after, number) or (LARGEST,)
    size = min(limit, MOST_ROWS)
    rows = await conn.fetch(
        """
        SELECT deed.id, deed.at, deed.actor, deed.action, deed.test_id, test.suite, test.class_name, test.name,
               left(deed.detail ->> 'why', $6) AS why,
               CASE WHEN jsonb_typeof(deed.detail) = 'object' AND length(deed.detail::text) <= $6 THEN deed.detail ELSE '{}' END AS detail, deed.hash
        FROM (
            SELECT *
            FROM fg_audit AS own
            WHERE own.repo_id = $1 AND own.id < $2
              AND ($3::text IS NULL OR own.actor = $3)
              AND ($4::text IS NULL OR own.action = $4)
              AND ($5::bigint IS NULL OR own.test_id = $5)
            ORDER BY own.id DESC
            LIMIT $7
        ) AS deed
        LEFT JOIN fg_test_case AS test ON test.repo_id = $1 AND test.id = deed.test_id
        ORDER BY deed.id DESC
        """,
        repo_id,
        last,
        text_if_any(wanted.actor),
        text_if_any(wanted.action),
        wanted.test,
        LARGEST_DETAIL,
        size + 1,
    )
    return cut([AuditEntry(**row) for row in rows], size, lambda one: (one.id,))
