"""Let one issue tell of what has become one cause, and close the others."""

from app.core.issue import same_cause_words
from app.core.issue_members import issue_to_keep
from app.db.connection import Connection
from app.db.issues import (
    IssueLink,
    drop_issue,
    forget_issue,
    get_issue_link,
    give_to_cluster,
    list_issues_of_cluster,
    list_issues_of_tests,
    list_left_issues,
    list_members_of_issue,
    lock_issues,
    take_in_members,
)
from app.db.locks import IssueLock, lock_issue
from app.db.notices import find_notice
from app.github.errors import Gone
from app.github.issues import edit_issue
from app.handlers.bot import Bot, KnownRepo, Repo
from app.handlers.issues.assign import peers_of
from app.handlers.issues.state import note_state
from app.handlers.notices import say_once
from app.jobs import SyncIssue
from app.queue import enqueue


async def gather_issues(conn: Connection, repo: KnownRepo, cluster_id: int) -> None:
    """Let the oldest issue of a cause tell of all that the others do, in the caller's transaction.

    Those are its own and those of single tests that fail by it the most. They are closed when the one that is left is
    brought up to date, which follows.
    """
    await lock_issues(conn, repo.id)
    peers = await peers_of(conn, repo, cluster_id)
    of_tests = [
        link for link in (await list_issues_of_tests(conn, repo.id, peers)).values() if link.test_id is not None
    ]
    links = {link.id: link for link in (*await list_issues_of_cluster(conn, repo.id, cluster_id), *of_tests)}
    if len(links) < 2:
        return
    kept = links.pop(issue_to_keep(links.values()).id)
    for link in (kept, *links.values()):
        if link.test_id is not None:
            await give_to_cluster(conn, repo.id, link.id, cluster_id)
    for link in links.values():
        await take_in_members(conn, repo.id, kept.id, of=link.id)
        await drop_issue(conn, repo.id, link.id)
    tests = await list_members_of_issue(conn, repo.id, kept.id)
    await enqueue(conn, SyncIssue(repo_id=repo.id, test_id=tests[0]))


async def close_left(bot: Bot, repo: Repo, kept_id: int) -> None:
    """Close the issues of a cause in whose place another one tells of their tests, and say which."""
    async with bot.pool.acquire() as conn:
        kept = await get_issue_link(conn, repo.id, kept_id)
        if kept is None or kept.number is None or kept.cluster_id is None:
            return
        left = await list_left_issues(conn, repo.id, kept.cluster_id)
    for link in left:
        async with lock_issue(bot.pool, repo.id, link.id) as lock:
            await _close(bot, repo, lock, await get_issue_link(lock.conn, repo.id, link.id), kept.number)


async def _close(bot: Bot, repo: Repo, lock: IssueLock, link: IssueLink | None, kept: int) -> None:
    if link is None or link.number is None or link.state != "open":
        return
    subject = f"same {link.id} {kept}"
    if link.state_reason == "reopened" and await find_notice(lock.conn, repo.id, subject) is not None:
        # Somebody has read that and wants it open.
        return
    await say_once(bot, repo, lock.conn, link.number, subject, same_cause_words(kept))
    try:
        now = await edit_issue(repo.client, link.number, state="closed", state_reason="duplicate")
    except Gone:
        await forget_issue(lock.conn, repo.id, link.number)
        return
    await note_state(lock.conn, repo, now, by=await bot.login())
