"""Keep the issue that tells of a repository's week, where its policy asks for one."""

import structlog

from app.core.comment import digest
from app.core.grants import Feature, refusal_words
from app.core.policy import Policy
from app.core.weekly import CLOSED, MARKER, TITLE, Week, last_week, render
from app.db import weekly
from app.db.connection import Connection
from app.db.locks import WEEKLY, lock_issue
from app.db.notices import Notice, find_notice, save_notice
from app.github.errors import Gone
from app.github.issues import IssueInfo, create_issue, edit_issue, get_issue
from app.handlers.bot import Bot, Repo, know
from app.handlers.ours import our_issue
from app.handlers.weekly.read import read_week
from app.jobs import TellWeek

__all__ = ["read_week", "tell_week"]

_log = structlog.get_logger()


async def tell_week(bot: Bot, job: TellWeek) -> None:
    """Tell of the latest week that is over, once; close the issue where the policy wants none any more, once."""
    repo = (await bot.open(job.repo_id)).in_background()
    if not repo.may_write:
        return
    if not repo.may(Feature.ISSUES):
        if repo.policy.digest.issue:
            _log.info("week_not_told", reason=refusal_words(Feature.ISSUES))
        return
    async with lock_issue(bot.pool, repo.id, WEEKLY) as lock:
        written = await find_notice(lock.conn, repo.id, weekly.SUBJECT)
        # Whoever waited for the lock may have read a policy that is none any more.
        known = await know(lock.conn, repo.id)
        if known is not None and known.policy.digest.issue:
            await _tell(bot, repo, lock.conn, written, known.policy)
        elif written is not None and written.digest != weekly.CLOSED:
            await _close(bot, repo, lock.conn, written)


async def _tell(bot: Bot, repo: Repo, conn: Connection, written: Notice | None, policy: Policy) -> None:
    week = last_week(bot.clock())
    if written is not None and written.digest.startswith(_stamp(week)):
        return
    body = render(await read_week(conn, repo, week))
    found = await _put(bot, repo, written, body, policy)
    await _save(bot, repo, conn, found.number, f"{_stamp(week)} {digest(body)}")


async def _put(bot: Bot, repo: Repo, written: Notice | None, body: str, policy: Policy) -> IssueInfo:
    """Write the digest; one that somebody else has closed is left as it is until it is open again."""
    found = await _find(bot, repo, written)
    if found is None:
        return await create_issue(repo.client, title=TITLE, body=body, labels=policy.issues.labels)
    if found.state == "open":
        return found if found.body == body else await edit_issue(repo.client, found.number, body=body)
    if found.body == CLOSED:
        return await edit_issue(repo.client, found.number, body=body, state="open", state_reason="reopened")
    return found


async def _close(bot: Bot, repo: Repo, conn: Connection, written: Notice) -> None:
    found = await _find(bot, repo, written)
    if found is not None and found.state == "open":
        await edit_issue(repo.client, found.number, body=CLOSED, state="closed", state_reason="completed")
    await _save(bot, repo, conn, found.number if found else 0, weekly.CLOSED)


async def _find(bot: Bot, repo: Repo, written: Notice | None) -> IssueInfo | None:
    """Return our issue: by its number, else by its marker, since the answer to opening it may have been lost."""
    if written is not None and written.external_id:
        try:
            return await get_issue(repo.client, written.external_id)
        except Gone:
            _log.info("weekly_digest_deleted", number=written.external_id)
    return await our_issue(bot, repo, MARKER)


async def _save(bot: Bot, repo: Repo, conn: Connection, number: int, said: str) -> None:
    await save_notice(conn, repo.id, weekly.SUBJECT, external_id=number, digest=said, at=bot.clock())


def _stamp(week: Week) -> str:
    return f"{week.since:%Y-%m-%d}"
