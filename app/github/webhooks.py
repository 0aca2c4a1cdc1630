"""Turn a webhook into an Event or into nothing. The only place that knows what payloads look like; no I/O.

Payloads are not uniform: older Enterprise Servers, repository webhooks and redeliveries lack this field or that, so
everything that is not needed may be missing or odd.
"""

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType

from app.core.commands import may_command, ticked
from app.core.events import (
    AccountRef,
    ButtonPressed,
    CommentDeleted,
    CommentEdited,
    CommentWritten,
    Event,
    InstallationChanged,
    IssueChanged,
    Ping,
    PullChanged,
    Pushed,
    RepositoriesChanged,
    RepositoryChanged,
    RunCompleted,
    RunStarted,
    SuiteCompleted,
    SuiteRequested,
    SuiteRerequested,
)
from app.github.fields import UnknownShape
from app.github.payload import Payload
from app.github.signatures import verify

__all__ = ["HANDLED", "OWNERS_PATHS", "POLICY_PATHS", "UnknownShape", "is_handled", "parse", "verify"]

POLICY_PATHS = (".github/flakeguard.yml", ".flakeguard.yml")
OWNERS_PATHS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")

_ACTIONS = {
    "check_run": "rerequested requested_action",
    "check_suite": "completed requested rerequested",
    "installation": "created deleted suspend unsuspend new_permissions_accepted",
    "installation_repositories": "added removed",
    "issue_comment": "created edited deleted",
    "issues": "closed reopened deleted transferred",
    "pull_request": "opened synchronize reopened closed edited labeled unlabeled ready_for_review",
    "repository": "renamed transferred edited archived unarchived privatized publicized deleted",
    "workflow_run": "completed requested in_progress",
}
"""The actions that we read anything of; an event that is not here has none."""


def is_handled(event: str, action: str | None) -> bool:
    """Tell whether `parse` may make something of a delivery of which no more is known."""
    return event in HANDLED and (event not in _ACTIONS or action in _ACTIONS[event].split())


def parse(event: str, payload: object, *, own_app_id: int | None) -> Event | None:
    """Read one delivery; None where the event, its action or its author is none of our business.

    `event` is the `X-GitHub-Event` header, `payload` the decoded JSON. `own_app_id` tells our own check runs and suites
    from those of other Apps; without it none is told from another.
    Raises UnknownShape, which names the event and what is missing.
    """
    read = _READERS.get(event)
    if read is None:
        return None
    told = Payload(what=event, root=payload, own_app_id=own_app_id)
    return read(told) if is_handled(event, told.action if event in _ACTIONS else None) else None


def _read_ping(_: Payload) -> Event:
    return Ping()


def _read_workflow_run(payload: Payload) -> Event | None:
    match payload.action:
        case "completed":
            made: type[RunCompleted | RunStarted] = RunCompleted
        case "requested" | "in_progress":
            made = RunStarted
        case _:
            return None
    return made(
        origin=payload.origin,
        run_id=payload.number("workflow_run.id"),
        run_attempt=payload.number("workflow_run.run_attempt"),
        head_sha=payload.text("workflow_run.head_sha"),
    )


def _read_check_suite(payload: Payload) -> Event | None:
    match payload.action:
        case "completed" if not payload.is_own_app("check_suite.app.id"):
            return SuiteCompleted(
                origin=payload.origin,
                head_sha=payload.text("check_suite.head_sha"),
                app_slug=_read_app_slug(payload),
            )
        case "requested" if not payload.is_other_app("check_suite.app.id"):
            return SuiteRequested(
                origin=payload.origin,
                head_sha=payload.text("check_suite.head_sha"),
                head_branch=payload.text_or_none("check_suite.head_branch"),
            )
        case "rerequested" if not payload.is_other_app("check_suite.app.id"):
            return SuiteRerequested(origin=payload.origin, head_sha=payload.text("check_suite.head_sha"))
        case _:
            return None


def _read_check_run(payload: Payload) -> Event | None:
    match payload.action:
        case "rerequested" if not payload.is_other_app("check_run.app.id"):
            return SuiteRerequested(origin=payload.origin, head_sha=payload.text("check_run.head_sha"))
        case "requested_action" if not payload.is_other_app("check_run.app.id"):
            return ButtonPressed(
                origin=payload.origin,
                head_sha=payload.text("check_run.head_sha"),
                check_run_id=payload.number("check_run.id"),
                identifier=payload.text("requested_action.identifier"),
                sender=payload.text("sender.login"),
            )
        case _:
            return None


def _read_app_slug(payload: Payload) -> str:
    # Enterprise Servers before 3.0 name no slug, and the App of an old suite may have been deleted.
    name = payload.text_or_none("check_suite.app.name") or "unknown"
    return payload.text_or_none("check_suite.app.slug") or "-".join(name.lower().split())


def _read_pull_request(payload: Payload) -> Event:
    return PullChanged(
        origin=payload.origin,
        action=payload.action,
        number=payload.number("pull_request.number"),
        head_sha=payload.text("pull_request.head.sha"),
        is_open=payload.text("pull_request.state") == "open",
        is_merged=payload.flag("pull_request.merged", default=payload.find("pull_request.merged_at") is not None),
    )


def _read_issue_comment(payload: Payload) -> Event | None:
    # A bot, ourselves above all, is never answered: two that answer each other never end.
    if payload.is_sent_by_bot:
        return None
    match payload.action:
        case "created" if _may_command(payload):
            return CommentWritten(
                origin=payload.origin,
                issue_number=payload.number("issue.number"),
                is_pull=payload.find("issue.pull_request") is not None,
                comment_id=payload.number("comment.id"),
                author=payload.text("sender.login"),
            )
        case "edited" if _may_be_own(payload):
            return CommentEdited(
                origin=payload.origin,
                issue_number=payload.number("issue.number"),
                comment_id=payload.number("comment.id"),
                editor=payload.text("sender.login"),
                ticked_before=_ticked_before(payload),
            )
        case "deleted" if _may_be_own(payload):
            return CommentDeleted(
                origin=payload.origin,
                issue_number=payload.number("issue.number"),
                comment_id=payload.number("comment.id"),
                sender=payload.text("sender.login"),
            )
        case _:
            return None


def _may_command(payload: Payload) -> bool:
    # What people say to each other is most of what is said: no job, and no request, for that. Without a text, GitHub is asked.
    body = payload.find("comment.body")
    return not isinstance(body, str) or may_command(body)


def _may_be_own(payload: Payload) -> bool:
    # An App's comments are a bot's; where its author is not told, our rows tell whose comment it is.
    author = payload.text_or_none("comment.user.login")
    return author is None or author.endswith("[bot]") or payload.find("comment.user.type") != "User"


def _read_issues(payload: Payload) -> Event | None:
    if payload.find("issue.pull_request") is not None:
        return None
    return IssueChanged(
        origin=payload.origin,
        action=payload.action,
        number=payload.number("issue.number"),
        state=payload.text("issue.state"),
        state_reason=payload.text_or_none("issue.state_reason"),
        sender=payload.text("sender.login"),
        at=payload.latest("issue.updated_at", "issue.closed_at", "issue.created_at"),
    )


def _read_installation(payload: Payload) -> Event:
    granted = payload.find("installation.permissions")
    return InstallationChanged(
        installation_id=payload.number("installation.id"),
        action=payload.action,
        account=_read_account(payload),
        permissions={k: v for k, v in granted.items() if isinstance(v, str)} if isinstance(granted, dict) else {},
        at=payload.latest("installation.updated_at", "installation.suspended_at", "installation.created_at"),
    )


def _read_account(payload: Payload) -> AccountRef:
    # An enterprise has a slug where users and organisations have a login.
    return AccountRef(
        login=payload.text_or_none("installation.account.login") or payload.text("installation.account.slug"),
        type=payload.text_or_none("installation.account.type") or payload.text("installation.target_type"),
    )


def _read_installation_repositories(payload: Payload) -> Event:
    return RepositoriesChanged(
        installation_id=payload.number("installation.id"),
        added=tuple((one.number("id"), one.text("full_name")) for one in payload.items("repositories_added")),
        removed=tuple((one.number("id"), one.text("full_name")) for one in payload.items("repositories_removed")),
    )


def _read_repository(payload: Payload) -> Event:
    return RepositoryChanged(origin=payload.origin, action=payload.action)


def _read_push(payload: Payload) -> Event | None:
    ref = payload.text("ref")
    if not ref.startswith("refs/heads/") or payload.flag("deleted", default=False):
        return None
    origin = payload.origin
    branch = ref.removeprefix("refs/heads/")
    may_touch_all = branch == origin.repository.default_branch and _hides_commits(payload)
    return Pushed(
        origin=origin,
        branch=branch,
        head_sha=payload.text("after"),
        touches_policy=may_touch_all or _touches(payload, POLICY_PATHS),
        touches_owners=may_touch_all or _touches(payload, OWNERS_PATHS),
    )


def _touches(payload: Payload, paths: Collection[str]) -> bool:
    return any(
        path in paths
        for commit in payload.items("commits")
        for change in ("added", "modified", "removed")
        for path in commit.texts(change)
    )


def _hides_commits(payload: Payload) -> bool:
    # A forced push can take commits away, which no list shows, and GitHub lists 2048 commits at most.
    return payload.flag("forced", default=False) or len(list(payload.items("commits"))) >= 2048


_READERS: Mapping[str, Callable[[Payload], Event | None]] = MappingProxyType(
    {
        "check_run": _read_check_run,
        "check_suite": _read_check_suite,
        "installation": _read_installation,
        "installation_repositories": _read_installation_repositories,
        "issue_comment": _read_issue_comment,
        "issues": _read_issues,
        "ping": _read_ping,
        "pull_request": _read_pull_request,
        "push": _read_push,
        "repository": _read_repository,
        "workflow_run": _read_workflow_run,
    }
)

HANDLED = frozenset(_READERS)
"""The events that `parse` can make something of."""


def _ticked_before(payload: Payload) -> tuple[int, ...] | None:
    """Read which boxes were ticked before the edit; only who ticks a box answers for it."""
    before = payload.text_or_none("changes.body.from")
    return None if before is None else tuple(sorted(ticked(before)))
