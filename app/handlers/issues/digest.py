"""Open the issues for which the day has room, and gather the others in one."""

from collections.abc import Sequence

from app.core import digest_text
from app.core.comment import digest
from app.core.digest_text import Waiting
from app.core.grants import Feature
from app.core.issue_members import urgency
from app.core.pull_report import name_of
from app.db.connection import Connection
from app.db.issues import list_waiting_issues
from app.db.locks import DIGEST, lock_issue
from app.db.notices import find_notice, forget_notice, save_notice
from app.github.errors import Gone
from app.github.issues import IssueInfo, create_issue, edit_issue, get_issue
from app.handlers.bot import Bot, Repo
from app.handlers.issues.facts import Member, look_at_members
from app.handlers.issues.sync import room_today
from app.handlers.ours import our_issue
from app.jobs import OpenWaiting, SyncIssue
from app.queue import enqueue

_SUBJECT = "digest"


async def open_waiting(bot: Bot, job: OpenWaiting) -> None:
    """Open the worst of the issues that wait, as many as the day has room for, and tell of the rest in one issue."""
    repo = await bot.open(job.repo_id)
    if not repo.policy.issues.enabled or not repo.may_write or not repo.may(Feature.ISSUES):
        return
    async with lock_issue(bot.pool, repo.id, DIGEST) as lock:
        waiting = await _waiting(lock.conn, repo, await bot.login())
        room = max(await room_today(lock.conn, repo, bot.clock()), 0)
        for members in waiting[:room]:
            await enqueue(lock.conn, SyncIssue(repo_id=repo.id, test_id=members[0].test))
        await _tell(bot, repo, lock.conn, [_line(members) for members in waiting[room:]])


async def _waiting(conn: Connection, repo: Repo, login: str) -> list[Sequence[Member]]:
    """Return the tests of the issues that wait, the worst issue first."""
    found = [await look_at_members(conn, repo, link, login) for link in await list_waiting_issues(conn, repo.id)]
    return sorted((one for one in found if one), key=lambda members: urgency(members[0].score.score, members[0].test))


def _line(members: Sequence[Member]) -> Waiting:
    worst = members[0]
    return Waiting(
        name=name_of(worst.case.case),
        tests=len(members),
        score=worst.score.score,
        flake_rate=worst.score.flake_rate,
    )


async def _tell(bot: Bot, repo: Repo, conn: Connection, waiting: Sequence[Waiting]) -> None:
    """Make the digest say what waits; there is none while nothing has ever waited."""
    written = await find_notice(conn, repo.id, _SUBJECT)
    if written is None and not waiting:
        return
    body = digest_text.render(waiting, repo.policy.issues.max_per_day)
    if written is not None and written.digest == digest(body):
        return
    try:
        found = await _put(bot, repo, written.external_id if written else None, body, is_open=bool(waiting))
    except Gone:
        await forget_notice(conn, repo.id, _SUBJECT)
        return
    await save_notice(conn, repo.id, _SUBJECT, external_id=found.number, digest=digest(body), at=bot.clock())


async def _put(bot: Bot, repo: Repo, number: int | None, body: str, *, is_open: bool) -> IssueInfo:
    """Write the digest: open while something waits, closed when nothing does, and as a person left it who does not want it."""
    if number is None:
        found = await our_issue(bot, repo, digest_text.MARKER)
        if found is None:
            labels = repo.policy.issues.labels
            return await create_issue(repo.client, title=digest_text.TITLE, body=body, labels=labels)
        number = found.number
    now = await get_issue(repo.client, number)
    if now.state == "closed" and now.state_reason != "completed":
        return now
    state = "open" if is_open else "closed"
    reason = None if state == now.state else "reopened" if is_open else "completed"
    return await edit_issue(
        repo.client, number, body=body, state=None if reason is None else state, state_reason=reason
    )
