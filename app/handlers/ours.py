"""Find again what we have written: by its hidden marker and our own login, since anybody can write or quote the marker."""

from app.github.conversations import CommentInfo, list_comments
from app.github.issues import IssueInfo, list_issues
from app.handlers.bot import Bot, Repo


async def our_comment(bot: Bot, repo: Repo, number: int, marker: str) -> CommentInfo | None:
    """Return our comment with that marker on an issue or a pull request. Raises Gone."""
    login = await bot.login()
    said = await list_comments(repo.client, number)
    return next((one for one in said if one.author == login and marker in one.body), None)


async def our_issue(bot: Bot, repo: Repo, marker: str) -> IssueInfo | None:
    """Return our issue with that marker, open or closed. Raises Gone."""
    mine = await list_issues(repo.client, creator=await bot.login(), state="all")
    return next((one for one in mine if marker in one.body), None)
