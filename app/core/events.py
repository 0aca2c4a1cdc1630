"""What can happen on GitHub, as far as we care: each webhook becomes one of these or nothing (app/github/webhooks.py)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryRef:
    """A repository as a payload names it. `id` is GitHub's."""

    id: int
    owner: str
    name: str
    default_branch: str
    is_private: bool
    is_archived: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRef:
    """The account that an installation is on. `type` is User or Organization."""

    login: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where an event comes from. `installation_id` is None for repository webhooks, which name no installation."""

    installation_id: int | None
    repository: RepositoryRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCompleted:
    """workflow_run.completed."""

    origin: Origin
    run_id: int
    run_attempt: int
    head_sha: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    """workflow_run.requested or in_progress: the verdict of that head is open again."""

    origin: Origin
    run_id: int
    run_attempt: int
    head_sha: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteRequested:
    """check_suite.requested: a commit was pushed, our check opens."""

    origin: Origin
    head_sha: str
    head_branch: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteRerequested:
    """check_suite.rerequested or check_run.rerequested of our own: judge again."""

    origin: Origin
    head_sha: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteCompleted:
    """check_suite.completed of any App but ours: reconcile the runs of that head."""

    origin: Origin
    head_sha: str
    app_slug: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonPressed:
    """check_run.requested_action of our own check. `identifier` is quarantine, rerun or issue."""

    origin: Origin
    head_sha: str
    check_run_id: int
    identifier: str
    sender: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PullChanged:
    """pull_request opened, synchronize, reopened, closed, edited, labeled, unlabeled, ready_for_review."""

    origin: Origin
    action: str
    number: int
    head_sha: str
    is_open: bool
    is_merged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentWritten:
    """issue_comment.created by a person, with what may be a command (a bot's comment is no event, nor is what people say to each other)."""

    origin: Origin
    issue_number: int
    is_pull: bool
    comment_id: int
    author: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentEdited:
    """issue_comment.edited by a person: a checkbox of our own comment may have been ticked.

    `ticked_before` are the decisions whose boxes somebody else had ticked before; None where the text is not said to have changed.
    """

    origin: Origin
    issue_number: int
    comment_id: int
    editor: str
    ticked_before: tuple[int, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentDeleted:
    """issue_comment.deleted."""

    origin: Origin
    issue_number: int
    comment_id: int
    sender: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueChanged:
    """issues closed, reopened, deleted or transferred (pull requests are none). `state_reason` as GitHub says it."""

    origin: Origin
    action: str
    number: int
    state: str
    state_reason: str | None
    sender: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallationChanged:
    """installation created, deleted, suspend, unsuspend, new_permissions_accepted."""

    installation_id: int
    action: str
    account: AccountRef
    permissions: dict[str, str]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoriesChanged:
    """installation_repositories added or removed; ids and full names are GitHub's."""

    installation_id: int
    added: tuple[tuple[int, str], ...]
    removed: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryChanged:
    """repository renamed, transferred, edited, archived, unarchived, privatized, publicized, deleted."""

    origin: Origin
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """push to a branch. `touches_policy` is True where a listed commit touches .github/flakeguard.yml or .flakeguard.yml.

    `touches_owners` is where one touches a CODEOWNERS file.
    """

    origin: Origin
    branch: str
    head_sha: str
    touches_policy: bool
    touches_owners: bool = False


ConversationEvent = ButtonPressed | PullChanged | CommentWritten | CommentEdited | CommentDeleted | IssueChanged
"""What people did."""

RepositoryEvent = (
    RunCompleted
    | RunStarted
    | SuiteRequested
    | SuiteRerequested
    | SuiteCompleted
    | RepositoryChanged
    | Pushed
    | ConversationEvent
)
"""Everything that happens in one repository; each has an `origin`."""

Event = Ping | InstallationChanged | RepositoriesChanged | RepositoryEvent
