"""Read the policy file of the default branch, and say where it is wrong."""

import asyncio
from concurrent.futures import BrokenExecutor
from dataclasses import replace
from datetime import datetime

import structlog

from app.core.comment import digest
from app.core.deeds_text import POLICY_CHANGED
from app.core.grants import Feature
from app.core.policy import DEFAULT, BrokenPolicy, Policy, load
from app.core.replay_text import render
from app.core.text import plain_lines
from app.db.audit import Deed, add_audit
from app.db.locks import lock_head
from app.db.reports import find_report
from app.db.repositories import save_policy
from app.github.checks import Annotation, CheckContent
from app.github.errors import TooLarge
from app.github.repositories import FileContent, get_contents
from app.github.webhooks import POLICY_PATHS
from app.handlers.bot import Bot, Repo
from app.handlers.checks import POLICY_CHECK, put_check
from app.handlers.owners import refresh_owners
from app.handlers.record import BY_RULE
from app.handlers.replay import replay_policy
from app.jobs import ApplyPolicy, CheckPolicy, RefreshPolicy, TellWeek
from app.queue import enqueue

LARGEST = 64 * 1024
REPLAY_SECONDS = 120.0
REPLAYING = "What it would have done in the last days is being found out."
NOT_REPLAYED = "What it would have done in the last days could not be found out in time."

_log = structlog.get_logger()


async def refresh_policy(bot: Bot, job: RefreshPolicy) -> None:
    """Put the policy of the default branch in force, and its owners; a broken policy leaves the last good one, and is told so."""
    repo = await bot.open(job.repo_id)
    if not repo.may(Feature.FILES):
        # What was read last stays in force, as it does where the file is broken.
        return
    now = bot.clock()
    path, found = await _read(repo, repo.row.default_branch)
    policy, broken = await asyncio.to_thread(_load, found)
    said = policy.to_json() if policy is not None else None
    async with bot.pool.acquire() as conn, conn.transaction():
        is_new = await save_policy(
            conn,
            repo.id,
            policy=said,
            path=path,
            sha=found.sha if found else None,
            error=str(broken)[:4_000] if broken else None,
            at=now,
        )
        if is_new and (policy or DEFAULT) != repo.policy:
            await add_audit(conn, repo.id, _deed(repo, path, job.head_sha, now))
        if broken is None and said != repo.row.policy:
            await enqueue(conn, ApplyPolicy(repo_id=repo.id))
        if broken is None and (policy or DEFAULT).digest != repo.policy.digest:
            await enqueue(conn, TellWeek(repo_id=repo.id))
    _log.info("policy_read", repo_id=repo.id, path=path, is_broken=broken is not None)
    await refresh_owners(bot, repo)
    if job.head_sha is not None and path is not None and repo.may(Feature.CHECK):
        await _tell(bot, repo, job.head_sha, _content(path, broken, is_in_force=True), policy)


def _deed(repo: Repo, path: str | None, head_sha: str | None, now: datetime) -> Deed:
    """Write down that another policy is in force. Who wrote it stands in the file's own history."""
    seen = f" at {head_sha[:7]}" if head_sha is not None else ""
    why = (
        f"what {repo.row.default_branch} says{seen} in {path}"
        if path
        else f"{repo.row.default_branch} has no file of it"
    )
    return Deed(at=now, actor=BY_RULE, action=POLICY_CHANGED, test_id=None, detail={"why": why})


async def _tell(bot: Bot, repo: Repo, head_sha: str, content: CheckContent, policy: Policy | None) -> None:
    """Show on the commit that touched the file what it says now, and what it would have done beside the one before.

    The one before is known only when the file is read for the first time after the push: heard again, it is left as it is.
    """
    if policy is None:
        await _show(bot, repo, head_sha, content)
    elif policy.to_json() != repo.row.policy:
        await _show(bot, repo, head_sha, replace(content, text=await _replayed(bot, repo, policy)))
    elif not await _is_shown(bot, repo, head_sha):
        await _show(bot, repo, head_sha, content)


async def check_policy(bot: Bot, job: CheckPolicy) -> None:
    """Say on a pull request's head whether its policy file can be read, and what it would have done.

    It is in force only once it is merged. The answer to the first question does not wait for that to the second.
    """
    repo = await bot.open(job.repo_id)
    if not (repo.may(Feature.FILES) and repo.may(Feature.CHECK)):
        return
    found = await _read_one(repo, job.path, job.head_sha)
    if found is None:
        return
    policy, broken = await asyncio.to_thread(_load, found)
    content = _content(job.path, broken, is_in_force=False)
    if policy is None:
        await _show(bot, repo, job.head_sha, content)
        return
    if not await _is_shown(bot, repo, job.head_sha):
        await _show(bot, repo, job.head_sha, replace(content, text=REPLAYING))
    await _show(bot, repo, job.head_sha, replace(content, text=await _replayed(bot, repo, policy)))


async def _is_shown(bot: Bot, repo: Repo, head_sha: str) -> bool:
    async with bot.pool.acquire() as conn:
        return await find_report(conn, repo.id, "policy", head_sha) is not None


async def _replayed(bot: Bot, repo: Repo, policy: Policy) -> str:
    """Say what the policy would have done, or that this cannot be said in time; no lock is held meanwhile."""
    try:
        async with asyncio.timeout(REPLAY_SECONDS):
            return render(await replay_policy(bot.pool, repo, policy, bot.clock(), bot.processes))
    except (TimeoutError, MemoryError, BrokenExecutor) as error:
        _log.warning("policy_not_replayed", repo_id=repo.id, reason=type(error).__name__)
        return NOT_REPLAYED


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
        await put_check(bot, repo, lock, written, content, kind="policy", name=POLICY_CHECK, digest=said)


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
