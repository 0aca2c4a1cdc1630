"""The audit trail: append-only, each row chained to the one before by its hash, one chain a repository."""

import hashlib
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.core.model import CaseName, RepoId, TestId
from app.db.connection import Connection

_AT_ONCE = 500
"""Rows that are read at once, however long the chain is: some hundred kilobytes."""

_STORED = """
    SELECT a.id, a.at, a.actor, a.action, a.test_id, a.detail, a.previous_hash, a.hash,
           test.suite, test.class_name, test.name
    FROM fg_audit AS a
    LEFT JOIN fg_test_case AS test ON test.repo_id = a.repo_id AND test.id = a.test_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Who did what to which test and why; `actor` is a login, or flakeguard for a rule."""

    at: datetime
    actor: str
    action: str
    test_id: int | None
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDeed(Deed):
    """One row of fg_audit with the name of its test, None where the deed concerns none or the test is gone.

    `detail` is what the row holds: an object, unless somebody changed it.
    """

    id: int
    previous_hash: str
    hash: str
    suite: str | None
    class_name: str | None
    name: str | None

    @property
    def case(self) -> CaseName | None:
        if self.suite is None or self.class_name is None or self.name is None:
            return None
        return CaseName(suite=self.suite, class_name=self.class_name, name=self.name)


class Fault(StrEnum):
    """How a row fails to follow the one before it, in words for people."""

    CHANGED = "it was changed after it was written"
    MISSING = "the row that it follows is missing, or was written anew"
    MOVED = "it stands before the row that it follows: rows were moved"
    PUT_IN = "it does not follow the row before it: one of the two was put in later"


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """The first row of a chain that does not verify."""

    row: StoredDeed
    fault: Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """How many rows of a chain verify, counted from its beginning, and where it breaks."""

    rows: int
    broken: Break | None


async def add_audit(conn: Connection, repo_id: RepoId, deed: Deed) -> None:
    """Append a deed to the repository's chain, within the transaction that does it."""
    deed = await _hold_chain(conn, repo_id, deed)
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
        deed.detail,
        before,
        chain(before, deed),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeedOfTest:
    """What was done to a test, by whom and why."""

    at: datetime
    actor: str
    action: str
    test_id: int | None
    why: str | None


async def list_deeds(conn: Connection, repo_id: RepoId, tests: Sequence[TestId], *, limit: int) -> list[DeedOfTest]:
    """Return what was done to those tests, the latest first; GitHub itself shows on an issue who closed it."""
    rows = await conn.fetch(
        """
        SELECT at, actor, action, test_id, detail ->> 'why' AS why
        FROM fg_audit
        WHERE repo_id = $1 AND test_id = ANY ($2::bigint[]) AND action NOT IN ('closed', 'reopened')
        ORDER BY id DESC
        LIMIT $3
        """,
        repo_id,
        list(tests),
        limit,
    )
    return [DeedOfTest(**row) for row in rows]


async def has_deed(conn: Connection, repo_id: RepoId, test_id: TestId, *, by: str, at: datetime) -> bool:
    """Tell whether something is written down that somebody did to a test at that very moment."""
    found: bool = await conn.fetchval(
        "SELECT EXISTS (SELECT FROM fg_audit WHERE repo_id = $1 AND test_id = $2 AND actor = $3 AND at = $4)",
        repo_id,
        test_id,
        by,
        at,
    )
    return found


async def _hold_chain(conn: Connection, repo_id: RepoId, deed: Deed) -> Deed:
    """Let nobody else append until the transaction ends; returns the deed as it will be read.

    The database keeps no time zone, and no 1e16 as 1e16: a hash over what it was handed might never be met again.
    """
    [row] = await conn.fetch(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0)), $2::timestamptz AS at, $3::jsonb AS detail",
        f"audit {repo_id}",
        deed.at,
        deed.detail,
    )
    return replace(deed, at=row["at"], detail=row["detail"])


def chain(previous_hash: str, deed: Deed) -> str:
    """Return a deed's hash: SHA-256 over the hash before it and its own words, so that no row can be changed unseen.

    The deed is one as the database gives it back, its time in UTC.
    """
    words = [
        previous_hash,
        deed.at.isoformat(),
        deed.actor,
        deed.action,
        deed.test_id,
        json.dumps(deed.detail, sort_keys=True, ensure_ascii=False),
    ]
    return hashlib.sha256(json.dumps(words, ensure_ascii=False).encode()).hexdigest()


def first_break(rows: Iterable[StoredDeed], before: str = "") -> Break | None:
    """Return the first row that was changed, or whose row before it is MISSING there; None where all of them verify.

    The rows are in order, and `before` is the hash of the one before them, empty where they begin the chain.
    """
    for row in rows:
        if chain(row.previous_hash, row) != row.hash:
            return Break(row=row, fault=Fault.CHANGED)
        if row.previous_hash != before:
            return Break(row=row, fault=Fault.MISSING)
        before = row.hash
    return None


async def verify_audit(conn: Connection, repo_id: RepoId) -> Verified:
    """Make a repository's chain anew from its words, from the first row to the last or the first that does not verify."""
    rows, before = 0, ""
    async for page in _read_chain(conn, repo_id):
        if broken := first_break(page, before):
            fault = await _tell_apart(conn, repo_id, broken)
            return Verified(rows=rows + page.index(broken.row), broken=replace(broken, fault=fault))
        rows, before = rows + len(page), page[-1].hash
    return Verified(rows=rows, broken=None)


async def _read_chain(conn: Connection, repo_id: RepoId) -> AsyncIterator[list[StoredDeed]]:
    last: int | None = None
    while rows := await conn.fetch(
        _STORED + " WHERE a.repo_id = $1 AND ($2::bigint IS NULL OR a.id > $2) ORDER BY a.id LIMIT $3",
        repo_id,
        last,
        _AT_ONCE,
    ):
        page = [StoredDeed(**row) for row in rows]
        yield page
        last = page[-1].id


async def _tell_apart(conn: Connection, repo_id: RepoId, broken: Break) -> Fault:
    """Say more of a row that does not follow the one before it, by where the row is that it does follow."""
    row = broken.row
    if broken.fault is not Fault.MISSING:
        return broken.fault
    if row.previous_hash == "":
        return Fault.PUT_IN
    followed = await conn.fetchval(
        "SELECT max(id) FROM fg_audit WHERE repo_id = $1 AND hash = $2", repo_id, row.previous_hash
    )
    if followed is None:
        return Fault.MISSING
    return Fault.MOVED if followed > row.id else Fault.PUT_IN


async def read_audit(
    conn: Connection, repo_id: RepoId, *, tests: Sequence[TestId] | None = None, since: datetime | None = None
) -> AsyncIterator[list[StoredDeed]]:
    """Read what was done, newest first and some hundred rows at a time: to those tests, and since then, where given."""
    last: int | None = None
    while rows := await conn.fetch(
        _STORED
        + """
        WHERE a.repo_id = $1
          AND ($2::bigint IS NULL OR a.id < $2)
          AND ($3::bigint[] IS NULL OR a.test_id = ANY ($3))
          AND ($4::timestamptz IS NULL OR a.at >= $4)
        ORDER BY a.id DESC
        LIMIT $5
        """,
        repo_id,
        last,
        tests,
        since,
        _AT_ONCE,
    ):
        page = [StoredDeed(**row) for row in rows]
        yield page
        last = page[-1].id
