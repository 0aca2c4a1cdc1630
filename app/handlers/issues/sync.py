"""Make one issue what the evidence says that it should be."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from app.core import issue
from app.core.comment import digest
from app.core.grants import Feature
from app.core.issue_life import CLOSES_AFTER, Next
from app.core.upkeep import start_of_day
from app.db.connection import Connection
from app.db.decisions import list_failed_since
from app.db.issues import (
    IssueLink,
    count_opened_since,
    drop_issue,
    forget_issue,
    get_issue_link,
    note_issue,
    set_goals,
)
from app.db.locks import IssueLock, lock_issue
from app.db.notices import find_notice
from app.github.errors import Gone
from app.github.issues import create_issue, edit_issue
from app.handlers.bot import Bot, Repo
from app.handlers.issues.assign import assign
from app.handlers.issues.closed import what_follows
from app.handlers.issues.facts import Member, facts_of, look_at_members
from app.handlers.issues.gather import close_left
from app.handlers.issues.state import note_opened, note_state
from app.handlers.notices import say_once
from app.handlers.ours import our_issue
from app.handlers.record import show_heads
from app.jobs import OpenWaiting, SyncIssue
from app.queue import enqueue

_ANY_NEW = 0
"""No issue has that number: its lock is that of opening one, whichever."""

_log = structlog.get_logger()


async def sync_issue(bot: Bot, job: SyncIssue) -> None:
    """Make the issue that tells of the test what it should be."""
    repo = await bot.open(job.repo_id)
    if not repo.policy.issues.enabled or not repo.may_write or not repo.may(Feature.ISSUES):
        return
    login = await bot.login()
    async with bot.pool.acquire() as conn, conn.transaction():
        assigned = await assign(conn, repo, job.test_id, login, bot.clock())
    if assigned is None:
        return
    async with lock_issue(bot.pool, repo.id, assigned.id) as lock:
        link = await get_issue_link(lock.conn, repo.id, assigned.id)
        if link is not None and (members := await look_at_members(lock.conn, repo, link, login)):
            await set_goals(lock.conn, repo.id, [one.goal for one in members if one.goal is not None])
            await _sync(bot, repo, lock, link, members)
    await close_left(bot, repo, assigned.id)


async def _sync(bot: Bot, repo: Repo, lock: IssueLock, link: IssueLink, members: Sequence[Member]) -> None:
    if link.number is None:
        await _open(bot, repo, lock, link, members)
    elif link.state == "open":
        await _go_on(bot, repo, lock, link, members)
    else:
        await _look_on(bot, repo, lock, link, members)


async def _open(bot: Bot, repo: Repo, lock: IssueLock, link: IssueLink, members: Sequence[Member]) -> None:
    """Open the issue, one at a time in a repository, so that those of a day can be counted."""
    async with lock_issue(bot.pool, repo.id, _ANY_NEW):
        if await room_today(lock.conn, repo, bot.clock()) > 0:
            await _open_alone(bot, repo, lock, link, members)
            return
    _log.info("issue_waits", repo_id=repo.id, link_id=link.id, reason="enough for today")
    await enqueue(lock.conn, OpenWaiting(repo_id=repo.id))


async def room_today(conn: Connection, repo: Repo, now: datetime) -> int:
    """Return how many issues may still be opened on this UTC day."""
    return repo.policy.issues.max_per_day - await count_opened_since(conn, repo.id, start_of_day(now))


async def _open_alone(bot: Bot, repo: Repo, lock: IssueLock, link: IssueLink, members: Sequence[Member]) -> None:
    """Open the issue, unless it was opened already and the answer was lost."""
    facts = replace(await facts_of(lock.conn, repo, link, members, bot.clock()), calls_owner=True)
    body = issue.render(facts)
    try:
        found = await our_issue(bot, repo, issue.marker(link.key))
        if found is None:
            labels = repo.policy.issues.labels
            found = await create_issue(repo.client, title=_title(facts), body=body, labels=labels)
    except Gone:
        await drop_issue(lock.conn, repo.id, link.id)
        _log.info("issue_not_opened", repo_id=repo.id, reason="the repository has no issues")
        return
    told = _told(issue.render(replace(facts, calls_owner=False)), facts, bot) if found.body == body else None
    await note_opened(lock.conn, repo, link, found, at=bot.clock(), digest=told)
    # Comments that were written before the issue can link to it now.
    await show_heads(lock.conn, repo.id, [one.test for one in members], now=bot.clock())


def _told(body: str, facts: issue.IssueFacts, bot: Bot) -> str:
    """Return what is kept of a text that was written, so that it is not written again for little."""
    return f"{digest(body)} {issue.stamp(facts, bot.clock())}"


def _title(facts: issue.IssueFacts) -> str:
    return issue.title(facts.case, tests=len(facts.peers), way=facts.way)


async def _go_on(bot: Bot, repo: Repo, lock: IssueLock, link: IssueLink, members: Sequence[Member]) -> None:
    facts = await facts_of(lock.conn, repo, link, members, bot.clock())
    if not await _is_over(lock.conn, repo, link, members, bot.clock()):
        await _write(bot, repo, lock, link, facts)
        return
    if link.number is not None:
        fewest, reopen_days = min(one.passes for one in members), repo.policy.issues.reopen_days
        words = issue.closing_words(fewest, tests=len(members), reopen_days=reopen_days)
        last = max((one.score.last_flake_at for one in members if one.score.last_flake_at), default=None)
        subject = f"over {link.id} {last.isoformat() if last else link.opened_at}"
        await say_once(bot, repo, lock.conn, link.number, subject, words)
        await _write(bot, repo, lock, link, facts, state="closed", reason="completed", by=await bot.login())


async def _is_over(conn: Connection, repo: Repo, link: IssueLink, members: Sequence[Member], now: datetime) -> bool:
    """Tell whether enough passes, and a day, lie behind the last failure of each test and the issue's opening.

    They are counted among the executions, since what is left of the flake in the score ends with the window.
    """
    a_day_ago = now - CLOSES_AFTER
    if not all(one.is_over for one in members) or link.opened_at is None or link.opened_at > a_day_ago:
        return False
    return not await list_failed_since(conn, repo.id, [one.test for one in members], a_day_ago)


async def _look_on(bot: Bot, repo: Repo, lock: IssueLock, link: IssueLink, members: Sequence[Member]) -> None:
    """Reopen a closed issue where its test fails again, and say so where it holds what a person has claimed."""
    now = bot.clock()
    if await what_follows(lock.conn, repo, link, await bot.login(), now) is Next.REOPEN:
        facts = await facts_of(lock.conn, repo, link, members, now)
        await _write(bot, repo, lock, link, facts, state="open", reason="reopened", by=None)
        return
    is_claimed = await find_notice(lock.conn, repo.id, claim_subject(link)) is not None
    if is_claimed and link.number is not None and all(one.passes >= one.needed for one in members):
        words = issue.proven_words(min(one.passes for one in members))
        await say_once(bot, repo, lock.conn, link.number, claim_subject(link, is_proven=True), words)


def claim_subject(link: IssueLink, *, is_proven: bool = False) -> str:
    """Name the notice about a fix that somebody claims: one for each time that the issue was closed."""
    closed = link.closed_at.isoformat() if link.closed_at else ""
    return f"{'proven' if is_proven else 'claimed'} {link.id} {closed}"


async def _write(  # noqa: PLR0913 - what an issue can become
    bot: Bot,
    repo: Repo,
    lock: IssueLock,
    link: IssueLink,
    facts: issue.IssueFacts,
    *,
    state: str | None = None,
    reason: str | None = None,
    by: str | None = None,
) -> None:
    """Bring the text up to date, and the state where that is to change. The title stays as people may have made it.

    Only an issue that has become that of a cause is called otherwise: nothing is known of its text then.
    """
    body = issue.render(facts)
    told = _told(body, facts, bot)
    if link.number is None or (state is None and issue.is_enough(link.body_digest, told)):
        return
    title = _title(facts) if link.body_digest is None else None
    try:
        now = await edit_issue(repo.client, link.number, title=title, body=body, state=state, state_reason=reason)
    except Gone:
        await forget_issue(lock.conn, repo.id, link.number)
        return
    await note_issue(
        lock.conn,
        repo.id,
        link.key,
        number=link.number,
        url=now.html_url,
        opened_at=now.created_at,
        digest=told,
        cluster_id=link.cluster_id,
    )
    await note_state(lock.conn, repo, now, by=by)
