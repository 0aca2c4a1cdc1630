"""Issues and their labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.github.client import RepositoryClient
from app.github.errors import Gone, Rejected
from app.github.fields import Fields

_PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueInfo:
    """An issue. `state_reason` is completed, not_planned, reopened, duplicate or None."""

    number: int
    title: str
    body: str
    state: str
    state_reason: str | None
    author: str | None
    labels: tuple[str, ...]
    html_url: str
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None


async def list_issues(
    repo: RepositoryClient, *, labels: Sequence[str] = (), creator: str | None = None, state: str = "open"
) -> tuple[IssueInfo, ...]:
    """List issues that carry all the labels, newest first; pull requests are left out.

    `state` is open, closed or all. `creator` is a login, `<slug>[bot]` for an App. Unlike the search this is never late.
    """
    asked = {"labels": ",".join(labels) or None, "creator": creator, "state": state, "per_page": _PAGE}
    found = repo.client.get_all(repo.route("/issues", asked))
    return tuple([_read_issue(one) async for one in found if one.find("pull_request") is None])


async def get_issue(repo: RepositoryClient, number: int) -> IssueInfo:
    """Get one issue. Raises Gone."""
    return _read_issue(await repo.client.get(repo.route("/issues/{issue_number}", issue_number=number)))


async def create_issue(repo: RepositoryClient, *, title: str, body: str, labels: Sequence[str] = ()) -> IssueInfo:
    """Open an issue; labels that do not exist are made. Raises Gone where the repository has no issues, Rejected."""
    answer = await repo.client.post(repo.route("/issues"), {"title": title, "body": body, "labels": list(labels)})
    return _read_issue(answer.fields)


async def edit_issue(
    repo: RepositoryClient,
    number: int,
    *,
    title: str | None = None,
    body: str | None = None,
    state: str | None = None,
    state_reason: str | None = None,
) -> IssueInfo:
    """Change what is given of an issue. Raises Gone, Rejected."""
    changes = {"title": title, "body": body, "state": state, "state_reason": state_reason}
    where = repo.route("/issues/{issue_number}", issue_number=number)
    answer = await repo.client.patch(where, {name: value for name, value in changes.items() if value is not None})
    return _read_issue(answer.fields)


async def ensure_label(repo: RepositoryClient, name: str, *, color: str, description: str) -> None:
    """Make a label unless there is one of that name; `color` is six hex digits."""
    where = repo.route("/labels/{name}", name=name)
    try:
        await repo.client.get(where)
    except Gone:
        pass
    else:
        return
    try:
        await repo.client.post(repo.route("/labels"), {"name": name, "color": color, "description": description})
    except Rejected:
        # Somebody else may have made it since; anything else that is wrong with it shows here.
        await repo.client.get(where)


def _read_issue(issue: Fields) -> IssueInfo:
    return IssueInfo(
        number=issue.number("number"),
        title=issue.text_or_none("title") or "",
        body=issue.text_or_none("body") or "",
        state=issue.text("state"),
        state_reason=issue.text_or_none("state_reason"),
        author=issue.text_or_none("user.login"),
        labels=read_labels(issue),
        html_url=issue.text("html_url"),
        created_at=issue.time("created_at"),
        updated_at=issue.time("updated_at"),
        closed_at=issue.time_or_none("closed_at"),
    )


def read_labels(labelled: Fields) -> tuple[str, ...]:
    """Read the names of the labels, which GitHub gives as objects or as mere names."""
    named = (label.text_or_none("name") for label in labelled.items("labels"))
    return labelled.texts("labels") + tuple(name for name in named if name)
