"""Tell people what was refused that they asked for without a word: by a box, a button or a thumb."""

from collections.abc import Sequence

from app.core import answers
from app.core.grants import Feature
from app.db.locks import REFUSED, lock_issue
from app.handlers.bot import Bot, Repo
from app.handlers.notices import say_once
from app.handlers.people.proposed import pulls_of


async def tell_refused(bot: Bot, repo: Repo, number: int, subject: str, said: str) -> None:
    """Answer on a pull request, once for each `subject`: a job is done again where something went wrong at its end."""
    if not repo.may(Feature.COMMENT):
        return
    async with lock_issue(bot.pool, repo.id, REFUSED) as lock:
        await say_once(bot, repo, lock.conn, number, f"refused {subject}", said)


async def tell_refused_on_head(
    bot: Bot, repo: Repo, head_sha: str, subject: str, by: str, why_not: Sequence[str]
) -> None:
    """Answer whoever pressed a button of a commit's check: on its pull request, and nowhere where it has none.

    One of several with that head is told, since one press gets one answer.
    """
    for pull in (await pulls_of(repo, head_sha))[:1] if why_not else ():
        await tell_refused(bot, repo, pull.number, subject, answers.not_done(by, "a button", why_not))
