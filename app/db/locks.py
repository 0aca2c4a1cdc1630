"""Who writes on GitHub must be alone with what it writes to. A lock is an object that can only be had by taking it."""

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from app.core.model import RepoId
from app.db.connection import Connection, Pool


@dataclass(frozen=True, slots=True)
class HeadLock:
    """Proof that we alone write the check run of that commit. `conn` is the session that holds the lock."""

    conn: Connection
    repo_id: RepoId
    head_sha: str


@dataclass(frozen=True, slots=True)
class PullLock:
    """Proof that we alone write the comment of that pull request."""

    conn: Connection
    repo_id: RepoId
    number: int


@dataclass(frozen=True, slots=True)
class IssueLock:
    """Proof that we alone write that issue."""

    conn: Connection
    repo_id: RepoId
    link_id: int


DIGEST = -1
"""The lock of the issue that gathers what waits; 0 is that of opening an issue, whichever."""

WEEKLY = -3
"""The lock of the weekly digest."""

REFUSED = -4
"""The lock of telling people what was refused of what they asked for without a word."""

RIGHTS = -2
"""The lock of what is said once of a right that we lack."""


@dataclass(frozen=True, slots=True)
class RunLock:
    """Proof that we alone read that workflow run: two workers would only do the same work twice."""

    conn: Connection
    repo_id: RepoId
    run_id: int


async def hold_in_transaction(conn: Connection, what: str) -> None:
    """Let nobody else have that lock until the caller's transaction ends."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", what)


@asynccontextmanager
async def lock_run(pool: Pool, repo_id: RepoId, run_id: int) -> AsyncIterator[RunLock]:
    async with _locked(pool, f"run {repo_id} {run_id}") as conn:
        yield RunLock(conn, repo_id, run_id)


@asynccontextmanager
async def lock_head(pool: Pool, repo_id: RepoId, head_sha: str) -> AsyncIterator[HeadLock]:
    async with _locked(pool, f"head {repo_id} {head_sha}") as conn:
        yield HeadLock(conn, repo_id, head_sha)


@asynccontextmanager
async def lock_pull(head: HeadLock, number: int) -> AsyncIterator[PullLock]:
    """Lock the comment of a pull request with that head, in the same session: several heads may want to write it."""
    async with _holding(head.conn, f"pull {head.repo_id} {number}"):
        yield PullLock(head.conn, head.repo_id, number)


@asynccontextmanager
async def lock_issue(pool: Pool, repo_id: RepoId, link_id: int) -> AsyncIterator[IssueLock]:
    async with _locked(pool, f"issue {repo_id} {link_id}") as conn:
        yield IssueLock(conn, repo_id, link_id)


@asynccontextmanager
async def lock_answer(pool: Pool, repo_id: RepoId, comment_id: int) -> AsyncIterator[None]:
    """Be alone with the answer to a comment: who looks for it before it is written must not overtake who writes it."""
    async with _locked(pool, f"answer {repo_id} {comment_id}"):
        yield


@asynccontextmanager
async def lock_installations(pool: Pool, installations: Iterable[int]) -> AsyncIterator[Connection]:
    """Be alone with what GitHub says of those installations and their repositories: an older answer must not be stored last."""
    async with AsyncExitStack() as stack:
        conn = await stack.enter_async_context(pool.acquire())
        for one in sorted(set(installations)):
            await stack.enter_async_context(_holding(conn, f"installation {one}"))
        yield conn


@asynccontextmanager
async def try_upkeep(pool: Pool) -> AsyncIterator[Connection | None]:
    """Be the one who keeps the history in order; None where another process is at it."""
    async with _alone(pool, "upkeep") as conn:
        yield conn


@asynccontextmanager
async def try_recluster(pool: Pool, repo_id: RepoId) -> AsyncIterator[Connection | None]:
    """Be the one who clusters a repository's failures anew; None where another process is at it."""
    async with _alone(pool, f"recluster {repo_id}") as conn:
        yield conn


@asynccontextmanager
async def try_backfill(pool: Pool, repo_id: RepoId) -> AsyncIterator[Connection | None]:
    """Be the one who goes on reading a repository's history; None where another process is at it."""
    async with _alone(pool, f"backfill {repo_id}") as conn:
        yield conn


@asynccontextmanager
async def _alone(pool: Pool, name: str) -> AsyncIterator[Connection | None]:
    async with pool.acquire() as conn:
        if not await conn.fetchval("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", name):
            yield None
            return
        try:
            yield conn
        finally:
            await _release(conn, name)


@asynccontextmanager
async def _locked(pool: Pool, what: str) -> AsyncIterator[Connection]:
    """Hold an advisory lock of the session, which ends with it: a killed process leaves no lock behind."""
    async with pool.acquire() as conn, _holding(conn, what):
        yield conn


@asynccontextmanager
async def _holding(conn: Connection, what: str) -> AsyncIterator[None]:
    await conn.execute("SELECT pg_advisory_lock(hashtextextended($1, 0))", what)
    try:
        yield
    finally:
        await _release(conn, what)


async def _release(conn: Connection, what: str) -> None:
    if not conn.is_closed():
        await conn.execute("SELECT pg_advisory_unlock(hashtextextended($1, 0))", what)
