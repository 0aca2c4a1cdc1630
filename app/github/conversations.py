"""Comments and reactions: what people say to us and we to them."""

from dataclasses import dataclass
from datetime import datetime

from app.github.client import RepositoryClient
from app.github.fields import Fields

_PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentInfo:
    """A comment on an issue or a pull request.

    `author` is None where the account is gone; `author_type` is User, Bot or Organization. `app_id` names the App that
    wrote it: a marker in `body` proves nothing, anybody can copy it.
    """

    id: int
    issue_number: int
    body: str
    author: str | None
    author_type: str | None
    app_id: int | None
    html_url: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionInfo:
    """A reaction; `content` is `+1`, `-1` and so on. `user` is None where the account is gone."""

    id: int
    content: str
    user: str | None
    user_type: str | None
    created_at: datetime


async def list_comments(repo: RepositoryClient, number: int) -> tuple[CommentInfo, ...]:
    """List the comments on an issue or a pull request, oldest first. Raises Gone."""
    where = repo.route("/issues/{issue_number}/comments", {"per_page": _PAGE}, issue_number=number)
    return tuple([_read_comment(one) async for one in repo.client.get_all(where)])


async def get_comment(repo: RepositoryClient, comment_id: int) -> CommentInfo:
    """Get one comment. Raises Gone."""
    return _read_comment(await repo.client.get(repo.route("/issues/comments/{comment_id}", comment_id=comment_id)))


async def create_comment(repo: RepositoryClient, number: int, body: str) -> CommentInfo:
    """Comment on an issue or a pull request; `body` takes 65,536 characters. Raises Gone, Rejected."""
    where = repo.route("/issues/{issue_number}/comments", issue_number=number)
    answer = await repo.client.post(where, {"body": body})
    return _read_comment(answer.fields)


async def edit_comment(repo: RepositoryClient, comment_id: int, body: str) -> CommentInfo:
    """Replace the text of a comment. Raises Gone, Rejected."""
    where = repo.route("/issues/comments/{comment_id}", comment_id=comment_id)
    answer = await repo.client.patch(where, {"body": body})
    return _read_comment(answer.fields)


async def delete_comment(repo: RepositoryClient, comment_id: int) -> None:
    """Delete a comment. Raises Gone."""
    await repo.client.delete(repo.route("/issues/comments/{comment_id}", comment_id=comment_id))


async def list_reactions(repo: RepositoryClient, comment_id: int) -> tuple[ReactionInfo, ...]:
    """List the reactions to a comment. Raises Gone."""
    where = repo.route("/issues/comments/{comment_id}/reactions", {"per_page": _PAGE}, comment_id=comment_id)
    return tuple([_read_reaction(one) async for one in repo.client.get_all(where)])


async def poll_reactions(
    repo: RepositoryClient, comment_id: int, etag: str | None
) -> tuple[tuple[ReactionInfo, ...], str | None] | None:
    """List the first 100 reactions to a comment and their etag; None where they are as they were at `etag`. Raises Gone."""
    where = repo.route("/issues/comments/{comment_id}/reactions", {"per_page": _PAGE}, comment_id=comment_id)
    polled = await repo.client.get_if_changed(where, etag)
    if polled is None:
        return None
    found, newer = polled
    return tuple(_read_reaction(one) for one in found.listed()), newer


async def add_reaction(repo: RepositoryClient, comment_id: int, content: str) -> None:
    """React to a comment; the same reaction twice is one. Raises Gone."""
    where = repo.route("/issues/comments/{comment_id}/reactions", comment_id=comment_id)
    await repo.client.post(where, {"content": content})


def _read_comment(comment: Fields) -> CommentInfo:
    return CommentInfo(
        id=comment.number("id"),
        issue_number=int(comment.text("issue_url").rpartition("/")[2]),
        body=comment.text_or_none("body") or "",
        author=comment.text_or_none("user.login"),
        author_type=comment.text_or_none("user.type"),
        app_id=comment.number_or_none("performed_via_github_app.id"),
        html_url=comment.text("html_url"),
        created_at=comment.time("created_at"),
        updated_at=comment.time("updated_at"),
    )


def _read_reaction(reaction: Fields) -> ReactionInfo:
    return ReactionInfo(
        id=reaction.number("id"),
        content=reaction.text("content"),
        user=reaction.text_or_none("user.login"),
        user_type=reaction.text_or_none("user.type"),
        created_at=reaction.time("created_at"),
    )
