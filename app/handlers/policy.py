"""Read the policy file of the default branch, and say where it is wrong."""

import asyncio

import structlog

from app.core.comment import digest
from app.core.policy import BrokenPolicy, Policy, load
from app.core.text import plain_lines
from app.db.locks import lock_head
from app.db.reports import find_report
from app.db.repositories import save_policy
from app.github.checks import Annotation, CheckContent
from app.github.errors import TooLarge
from app.github.repositories import FileContent, get_contents
from app.github.webhooks import POLICY_PATHS
from app.handlers.bot import Bot, Repo
from app.handlers.checks import put_check
from app.handlers.owners import refresh_owners
from app.jobs import ApplyPolicy, CheckPolicy, RefreshPolicy
from app.queue import enqueue

CHECK_NAME = "FlakeGuard policy"
LARGEST = 64 * 1024

_log = structlog.get_logger()


async def refresh_policy(bot: Bot, job: RefreshPolicy) -> None:
    """Put the policy of the default branch in force, and its owners; a broken policy leaves the last good one, and is told so."""
    repo = await bot.open(job.repo_id)
    now = bot.clock()
    path, found = await _read(repo, repo.row.default_branch)
    policy, broken = await asyncio.to_thread(_load, found)
    said = policy.to_json() if policy is not None else None
    async with bot.pool.acquire() as conn, conn.transaction():
        await save_policy(
            conn,
            repo.id,
            policy=said,
            path=path,
            sha=found.sha if found else None,
            error=str(broken)[:4_000] if broken else None,
            at=now,
        )
        if broken is None and said != repo.row.policy:
            await enqueue(conn, ApplyPolicy(repo_id=repo.id))
    _log.info("policy_read", repo_id=repo.id, path=path, is_broken=broken is not None)
    if job.head_sha is not None and path is not None:
        await _show(bot, repo, job.head_sha, _content(path, broken, is_in_force=True))
    await refresh_owners(bot, repo)


async def check_policy(bot: Bot, job: CheckPolicy) -> None:
    """Say on a pull request's head whether its policy file can be read; it is in force only once it is merged."""
    repo = await bot.open(job.repo_id)
    found = await _read_one(repo, job.path, job.head_sha)
    if found is None:
        return
    _, broken = await asyncio.to_thread(_load, found)
    await _show(bot, repo, job.head_sha, _content(job.path, broken, is_in_force=False))


async def _read(repo: Repo, ref: str) -> tuple[str | None, FileContent | None]:
    for path in POLICY_PATHS:
        found = await _read_one(repo, path, ref)
        if found is not None:
            return path, found
    return None, None


async def _read_one(repo: Repo, path: str, ref: str) -> FileContent | None:
    try:
        return await get_contents(repo.client, path, ref, limit=LARGEST)
    except TooLarge:
        # Too large to be fetched is too large to be read: the loader says so in its own words.
        return FileContent(data=b"#" * (LARGEST + 1), sha="")


def _load(found: FileContent | None) -> tuple[Policy | None, BrokenPolicy | None]:
    """Read the file, beside the event loop: the worst that 64 KiB can hold takes a second."""
    if found is None:
        return None, None
    try:
        return load(found.data), None
    except BrokenPolicy as broken:
        return None, broken


async def _show(bot: Bot, repo: Repo, head_sha: str, content: CheckContent) -> None:
    """Show the check run of the commit that touched the file; does nothing where it is there already."""
    async with lock_head(bot.pool, repo.id, head_sha) as lock:
        written = await find_report(lock.conn, repo.id, "policy", head_sha)
        said = digest(repr(content))
        if written is not None and written.digest == said:
            return
        await put_check(bot, repo, lock, written, content, kind="policy", name=CHECK_NAME, digest=said)


def _content(path: str, broken: BrokenPolicy | None, *, is_in_force: bool) -> CheckContent:
    if broken is None:
        return CheckContent(
            title="The policy is in order",
            summary="It is in force." if is_in_force else "It will be in force once it is on the default branch.",
            status="completed",
            conclusion="success",
        )
    return CheckContent(
        title="The policy cannot be read",
        summary="The last good policy stays in force. What is wrong stands at its lines.",
        status="completed",
        conclusion="failure",
        annotations=tuple(
            Annotation(
                path=path,
                start_line=one.line,
                end_line=one.line,
                level="failure",
                title="Policy",
                message=plain_lines(one.message),
            )
            for one in broken.problems[:50]
        ),
    )
