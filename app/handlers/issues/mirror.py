"""Note what became of an issue of ours on GitHub."""

from app.core.deeds_text import ISSUE_CLOSED, ISSUE_REOPENED
from app.core.grants import Feature
from app.core.issue import claimed_words
from app.core.issue_life import is_claimed_fix
from app.db.audit import Deed, add_audit
from app.db.connection import Connection
from app.db.issues import IssueLink, find_issue_by_number, forget_issue, get_issue_link, list_members_of_issue
from app.db.locks import IssueLock, lock_issue
from app.github.errors import Gone
from app.github.issues import IssueInfo, get_issue
from app.handlers.bot import Bot, Repo
from app.handlers.issues.facts import look_at_members
from app.handlers.issues.state import note_state
from app.handlers.issues.sync import claim_subject
from app.handlers.notices import say_once
from app.jobs import MirrorIssue


async def mirror_issue(bot: Bot, job: MirrorIssue) -> None:
    """Note an issue's state; an issue that is none of ours is nothing to us.

    Whoever closes it as completed, a merged pull request that says `Fixes #n` among them, claims that it is fixed.
    """
    repo = await bot.open(job.repo_id)
    async with bot.pool.acquire() as conn:
        found = await find_issue_by_number(conn, repo.id, job.number)
    if found is None:
        return
    async with lock_issue(bot.pool, repo.id, found.id) as lock:
        try:
            now = await get_issue(repo.client, job.number)
        except Gone:
            await forget_issue(lock.conn, repo.id, job.number)
            return
        await _note(lock.conn, repo, found, now, by=job.sender, login=await bot.login())
        link = await get_issue_link(lock.conn, repo.id, found.id)
        if link is not None and repo.may_write and repo.may(Feature.ISSUES):
            await _answer_claim(bot, repo, lock, link)


async def _note(conn: Connection, repo: Repo, before: IssueLink, now: IssueInfo, *, by: str, login: str) -> None:
    """Note how an issue stands, and in the trail of its tests which person made it so; our own deeds say why by themselves."""
    async with conn.transaction():
        if before.state != now.state and by != login:
            await _write_down(conn, repo, before, now, by)
        await note_state(conn, repo, now, by=by)


async def _write_down(conn: Connection, repo: Repo, before: IssueLink, now: IssueInfo, by: str) -> None:
    action = ISSUE_CLOSED if now.state == "closed" else ISSUE_REOPENED
    why = f"#{now.number}" + (f", {now.state_reason}" if now.state == "closed" and now.state_reason else "")
    at = now.closed_at or now.updated_at
    for test in await list_members_of_issue(conn, repo.id, before.id):
        await add_audit(conn, repo.id, Deed(at=at, actor=by, action=action, test_id=test, detail={"why": why}))


async def _answer_claim(bot: Bot, repo: Repo, lock: IssueLock, link: IssueLink) -> None:
    """Say that a fix is put to the test, and what will prove it."""
    login = await bot.login()
    by_us = link.closed_by == login
    if link.number is None or not is_claimed_fix(state=link.state, reason=link.state_reason, by_us=by_us):
        return
    members = await look_at_members(lock.conn, repo, link, login)
    if members:
        words = claimed_words(max(one.needed for one in members))
        await say_once(bot, repo, lock.conn, link.number, claim_subject(link), words)
