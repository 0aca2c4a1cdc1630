"""The audit trail: append-only, each row chained to the one before by its hash, one chain a repository."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.model import RepoId, TestId
from app.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Who did what to which test and why; `actor` is a login, or flakeguard for a rule."""

    at: datetime
    actor: str
    action: str
    test_id: TestId | None
    detail: Mapping[str, object]


async def add_audit(conn: Connection, repo_id: RepoId, deed: Deed) -> None:
    """Append a deed to the repository's chain, within the transaction that does it."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"audit {repo_id}")
    previous = await conn.fetchval("SELECT hash FROM fg_audit WHERE repo_id = $1 ORDER BY id DESC LIMIT 1", repo_id)
    before = previous or ""
    await conn.execute(
        """
        INSERT INTO fg_audit (repo_id, at, actor, action, test_id, detail, previous_hash, hash)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        repo_id,
        deed.at,
        deed.actor,
        deed.action,
        deed.test_id,
        dict(deed.detail),
        before,
        chain(before, deed),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDeed:
    """What was done to a test, by whom and why."""

    at: datetime
    actor: str
    action: str
    test_id: int | None
    why: str | None


async def list_deeds(conn: Connection, repo_id: RepoId, tests: Sequence[TestId], *, limit: int) -> list[StoredDeed]:
    """Return what was done to those tests, the latest first."""
    rows = await conn.fetch(
        """
        SELECT at, actor, action, test_id, detail ->> 'why' AS why
        FROM fg_audit
        WHERE repo_id = $1 AND test_id = ANY ($2::bigint[])
        ORDER BY id DESC
        LIMIT $3
        """,
        repo_id,
        list(tests),
        limit,
    )
    return [StoredDeed(**row) for row in rows]


def chain(previous_hash: str, deed: Deed) -> str:
    """Return a deed's hash: SHA-256 over the hash before it and its own words, so that no row can be changed unseen."""
    words = [
        previous_hash,
        deed.at.isoformat(),
        deed.actor,
        deed.action,
        deed.test_id,
        json.dumps(dict(deed.detail), sort_keys=True, ensure_ascii=False),
    ]
    return hashlib.sha256(json.dumps(words, ensure_ascii=False).encode()).hexdigest()
