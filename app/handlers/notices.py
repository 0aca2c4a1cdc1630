"""Say something once, in a comment of its own."""

from app.core.comment import digest
from app.core.notice_text import marker
from app.db.connection import Connection
from app.db.notices import find_notice, save_notice
from app.github.conversations import create_comment
from app.github.errors import Gone
from app.handlers.bot import Bot, Repo
from app.handlers.ours import our_comment


async def say_once(bot: Bot, repo: Repo, conn: Connection, number: int, subject: str, text: str) -> None:
    """Comment on an issue or pull request, unless that was said: the caller is alone with it, and `subject` tells what it is.

    It is looked for before it is written, since the answer to writing it may have been lost.
    """
    if await find_notice(conn, repo.id, subject) is not None:
        return
    body = f"{marker(subject)}\n\n{text}"
    try:
        mine = await our_comment(bot, repo, number, marker(subject))
        comment = mine or await create_comment(repo.client, number, body)
    except Gone:
        return
    await save_notice(conn, repo.id, subject, external_id=comment.id, digest=digest(body), at=bot.clock())
