"""Repositories, their files, their pull requests and the rights of people there."""

import base64
import binascii
from dataclasses import dataclass

from app.github.client import RepositoryClient
from app.github.errors import Gone, Rejected, TooLarge, UnexpectedAnswer
from app.github.fields import Fields
from app.github.issues import read_labels
from app.github.wire import RAW_FORMAT, Request

_PAGE = 100
_LARGEST_FILE = 3 * 1024 * 1024
_ROLES = ("admin", "maintain", "write", "triage", "read", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryInfo:
    """A repository. `id` is GitHub's and survives renaming."""

    id: int
    owner: str
    name: str
    default_branch: str
    is_private: bool
    is_archived: bool
    has_issues: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PullInfo:
    """A pull request. `head_repository` is a full name, None where the fork is gone; `author_type` is User or Bot."""

    number: int
    state: str
    is_merged: bool
    is_draft: bool
    title: str
    head_sha: str
    head_ref: str
    head_repository: str | None
    head_repository_id: int | None
    base_sha: str
    base_ref: str
    author: str | None
    author_type: str | None
    labels: tuple[str, ...]
    html_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PullFile:
    """A file that a pull request touches; `status` is added, removed, modified, renamed, copied or changed."""

    filename: str
    status: str
    previous_filename: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileContent:
    """A file at one commit; `sha` is its blob's."""

    data: bytes
    sha: str


async def get_repository(repo: RepositoryClient) -> RepositoryInfo:
    """Get the repository itself, also where it has been renamed. Raises Gone."""
    return read_repository(await repo.client.get(repo.route("")))


async def get_permission(repo: RepositoryClient, login: str, *, person_id: int | None = None) -> str:
    """Return a person's role: admin, maintain, write, triage, read or none. A bot has none.

    With `person_id`, somebody else who is called so by now has none, either.

    `role_name` rather than `permission`, which calls maintain write and triage read. A role of the organisation's own
    counts as the one that it builds on.
    """
    try:
        rights = await repo.client.get(repo.route("/collaborators/{username}/permission", username=login))
    except Gone:
        return "none"
    if person_id is not None and rights.number_or_none("user.id") != person_id:
        return "none"
    role = rights.text_or_none("role_name")
    if role in _ROLES:
        return role
    base = rights.text("permission")
    return "triage" if base == "read" and rights.flag("user.permissions.triage", default=False) else base


async def get_contents(
    repo: RepositoryClient, path: str, ref: str, *, limit: int = _LARGEST_FILE
) -> FileContent | None:
    """Read a file at a branch, tag or commit; None where there is none, or it is a directory, link or submodule.

    From 1 MB on it takes a second request. Raises TooLarge over `limit` bytes: 3 MiB is what GitHub takes for a
    CODEOWNERS file, and anybody can put a larger one into a pull request.
    """
    where = repo.route("/contents/{path}", {"ref": ref}, path=path)
    try:
        found = await repo.client.get(where)
    except Gone:
        return None
    if found.find("type") != "file":
        return None
    if (found.number_or_none("size") or 0) > limit:
        raise TooLarge(f"{where.template}: more than {limit} bytes")
    if found.find("encoding") != "base64":
        raw = await repo.client.call(Request(method="GET", where=where, accept=RAW_FORMAT))
        return FileContent(data=raw.body, sha=found.text("sha"))
    return FileContent(data=_decode(found), sha=found.text("sha"))


def _decode(found: Fields) -> bytes:
    try:
        return base64.b64decode(found.text_or_none("content") or "")
    except binascii.Error as problem:
        raise UnexpectedAnswer(f"{found.what}: the content is no Base64") from problem


async def get_pull(repo: RepositoryClient, number: int) -> PullInfo:
    """Get one pull request. Raises Gone."""
    return _read_pull(await repo.client.get(repo.route("/pulls/{pull_number}", pull_number=number)))


async def list_pulls(repo: RepositoryClient, *, head: str | None = None, state: str = "open") -> tuple[PullInfo, ...]:
    """List pull requests; `head` is `owner:branch`, `state` open, closed or all.

    The way to the pull request of a fork's run, which names none; compare the head sha. GitHub ignores a `head` that it
    does not understand and then lists all.
    """
    where = repo.route("/pulls", {"head": head, "state": state, "per_page": _PAGE})
    return tuple([_read_pull(pull) async for pull in repo.client.get_all(where)])


async def list_commit_pulls(repo: RepositoryClient, sha: str) -> tuple[PullInfo, ...]:
    """List the pull requests that a commit is part of; GitHub leaves those of forks out."""
    try:
        found = repo.client.get_all(repo.route("/commits/{commit_sha}/pulls", {"per_page": _PAGE}, commit_sha=sha))
        return tuple([_read_pull(pull) async for pull in found])
    except (Gone, Rejected):
        # GitHub answers 422 where the repository does not have the commit, as is so for a fork's.
        return ()


async def get_tree(repo: RepositoryClient, sha: str) -> str | None:
    """Get the tree of a commit; None where the repository has no such commit. Those of its forks count as its own."""
    try:
        commit = await repo.client.get(repo.route("/git/commits/{commit_sha}", commit_sha=sha))
    except (Gone, Rejected):
        return None
    return commit.text("tree.sha")


async def list_pull_files(repo: RepositoryClient, number: int) -> tuple[PullFile, ...]:
    """List the files that a pull request touches, 3000 at most. Raises Gone."""
    where = repo.route("/pulls/{pull_number}/files", {"per_page": _PAGE}, pull_number=number)
    return tuple([_read_pull_file(file) async for file in repo.client.get_all(where)])


def read_repository(repository: Fields) -> RepositoryInfo:
    """Read a repository as the API gives it. Raises UnknownShape."""
    return RepositoryInfo(
        id=repository.number("id"),
        owner=repository.text("owner.login"),
        name=repository.text("name"),
        default_branch=repository.text_or_none("default_branch") or "main",
        is_private=repository.flag("private", default=True),
        is_archived=repository.flag("archived", default=False),
        has_issues=repository.flag("has_issues", default=True),
    )


def _read_pull(pull: Fields) -> PullInfo:
    return PullInfo(
        number=pull.number("number"),
        state=pull.text("state"),
        is_merged=pull.flag("merged", default=pull.find("merged_at") is not None),
        is_draft=pull.flag("draft", default=False),
        title=pull.text_or_none("title") or "",
        head_sha=pull.text("head.sha"),
        head_ref=pull.text("head.ref"),
        head_repository=pull.text_or_none("head.repo.full_name"),
        head_repository_id=pull.number_or_none("head.repo.id"),
        base_sha=pull.text("base.sha"),
        base_ref=pull.text("base.ref"),
        author=pull.text_or_none("user.login"),
        author_type=pull.text_or_none("user.type"),
        labels=read_labels(pull),
        html_url=pull.text("html_url"),
    )


def _read_pull_file(file: Fields) -> PullFile:
    return PullFile(
        filename=file.text("filename"),
        status=file.text("status"),
        previous_filename=file.text_or_none("previous_filename"),
    )
