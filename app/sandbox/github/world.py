"""The state of a small GitHub: accounts, repositories, commits, pull requests, runs, checks and what people wrote."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha1

from app.sandbox.github.edition import GITHUB_COM, Edition
from app.sandbox.github.login.registration import PERMISSIONS, Registration
from app.sandbox.github.runs import WorkflowRun


@dataclass(slots=True)
class Account:
    """A user, a bot or an organisation. `type` is User, Bot or Organization."""

    id: int
    login: str
    type: str


@dataclass(slots=True)
class Commit:
    """A commit with all files of its tree, by path."""

    sha: str
    tree_sha: str
    parent: str | None
    message: str
    author: str
    at: datetime
    files: dict[str, str]


@dataclass(slots=True)
class Reaction:
    id: int
    user: Account
    content: str
    at: datetime


@dataclass(slots=True)
class Comment:
    """A comment on an issue or pull request. `author` is its login."""

    id: int
    number: int
    user: Account
    body: str
    created_at: datetime
    updated_at: datetime
    by_app: bool = False
    reactions: list[Reaction] = field(default_factory=list)

    @property
    def author(self) -> str:
        return self.user.login


@dataclass(slots=True)
class Issue:
    """An issue, or the conversation of a pull request."""

    id: int
    number: int
    title: str
    body: str
    user: Account
    created_at: datetime
    updated_at: datetime
    is_pull: bool = False
    labels: list[str] = field(default_factory=list)
    state: str = "open"
    state_reason: str | None = None
    closed_at: datetime | None = None
    comments: list[Comment] = field(default_factory=list)


@dataclass(slots=True)
class CheckRun:
    """A check run of an App. `annotations` only ever grow, as on GitHub."""

    id: int
    name: str
    head_sha: str
    status: str
    conclusion: str | None
    started_at: datetime
    completed_at: datetime | None
    external_id: str | None
    details_url: str | None
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: list[dict[str, object]] = field(default_factory=list)
    actions: list[dict[str, object]] = field(default_factory=list)


@dataclass(slots=True)
class PullData:
    """What a pull request has beside its conversation. `base_sha` is the base branch's tip when the head was pushed."""

    number: int
    head_branch: str
    head_repository: str
    head_sha: str
    base_branch: str
    base_sha: str
    merged: bool = False


@dataclass(slots=True)
class RepositoryData:
    """One repository. `parent` is what a fork was forked from.

    `roles` are those of people, by login; `own_roles` gives the role that each of the organisation's own builds on.
    """

    id: int
    owner: Account
    name: str
    default_branch: str
    is_private: bool
    created_at: datetime
    installation_id: int | None
    parent: str | None = None
    is_archived: bool = False
    has_issues: bool = True
    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    own_roles: dict[str, str] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    pulls: dict[int, PullData] = field(default_factory=dict)
    runs: dict[int, WorkflowRun] = field(default_factory=dict)
    checks: dict[int, CheckRun] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    workflows: dict[str, int] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        return f"{self.owner.login}/{self.name}"

    def given_role(self, person: Account) -> str | None:
        """Return which of GitHub's roles a person was given, None where it is none; who owns it has it as admin."""
        role = "admin" if person is self.owner else self.roles.get(person.login, "none")
        base = self.own_roles.get(role, role)
        return None if base == "none" else base

    def role_of(self, person: Account) -> str:
        """Return as which of GitHub's roles a person may act: everybody may read what is public."""
        return self.given_role(person) or ("none" if self.is_private else "read")


@dataclass(slots=True)
class Installation:
    id: int
    account: Account
    created_at: datetime
    permissions: dict[str, str] = field(default_factory=lambda: dict(PERMISSIONS))
    suspended_at: datetime | None = None
    is_deleted: bool = False

    @property
    def is_muted(self) -> bool:
        """Tell whether the App hears nothing of the account's repositories."""
        return self.is_deleted or self.suspended_at is not None


@dataclass(slots=True)
class World:
    """Everything that is. Ids never repeat; times are those of `now`, which only the owner moves."""

    now: datetime
    app_id: int
    app_slug: str
    edition: Edition = GITHUB_COM
    registration: Registration = field(default_factory=Registration)
    accounts: dict[str, Account] = field(default_factory=dict)
    repositories: dict[str, RepositoryData] = field(default_factory=dict)
    installations: dict[int, Installation] = field(default_factory=dict)
    former_names: dict[str, RepositoryData] = field(default_factory=dict)
    artifacts_lag: timedelta = timedelta(0)
    logs_lag: timedelta = timedelta(0)
    last_id: int = 1000
    last_id_of_app: int = 5_000_000
    last_run_id: int = 10_000_000

    def next_id(self) -> int:
        self.last_id += 1
        return self.last_id

    def next_run_id(self) -> int:
        self.last_run_id += 1
        return self.last_run_id

    def next_id_of_app(self) -> int:
        """Return a number for what the App makes: whatever it does, people and their CI get the same ones."""
        self.last_id_of_app += 1
        return self.last_id_of_app

    def account(self, login: str, kind: str = "User") -> Account:
        """Return the account of that login, which is made where there is none."""
        if login not in self.accounts:
            own_id = self.next_id_of_app() if kind == "Bot" else self.next_id()
            self.accounts[login] = Account(id=own_id, login=login, type=kind)
        return self.accounts[login]

    @property
    def app_account(self) -> Account:
        return self.account(f"{self.app_slug}[bot]", "Bot")

    def install(self, owner: Account) -> Installation:
        """Return the App's installation on an account, which is made where there is none."""
        for installation in self.installations.values():
            if installation.account is owner and not installation.is_deleted:
                return installation
        made = Installation(id=self.next_id(), account=owner, created_at=self.now)
        made.permissions = dict(self.registration.permissions)
        self.installations[made.id] = made
        return made

    def repository(self, owner: Account, name: str, *, default_branch: str, is_private: bool = False) -> RepositoryData:
        """Make a repository, on which nobody has installed the App."""
        made = RepositoryData(
            id=self.next_id(),
            owner=owner,
            name=name,
            default_branch=default_branch,
            is_private=is_private,
            created_at=self.now,
            installation_id=None,
        )
        self.repositories[made.full_name] = made
        return made

    def issue(self, repo: RepositoryData, title: str, body: str, user: Account) -> Issue:
        """Open an issue; issues and pull requests are counted together."""
        number = max(repo.issues, default=0) + 1
        own_id = self.next_id_of_app() if user is self.app_account else self.next_id()
        made = Issue(own_id, number, title, body, user, self.now, self.now)
        repo.issues[number] = made
        return made

    def commit(self, repo: RepositoryData, branch: str, files: dict[str, str], message: str, author: str) -> Commit:
        """Put a commit on a branch; `files` are laid over those of its parent. Equal trees have equal hashes."""
        parent = repo.branches.get(branch) or repo.branches.get(repo.default_branch)
        tree = dict(repo.commits[parent].files if parent else {}) | files
        tree_sha = sha1(repr(sorted(tree.items())).encode(), usedforsecurity=False).hexdigest()
        sha = sha1(f"{self.next_id()} {tree_sha}".encode(), usedforsecurity=False).hexdigest()
        made = Commit(sha, tree_sha, parent, message, author, self.now, tree)
        repo.commits[sha] = made
        repo.branches[branch] = sha
        return made

    def find_commit(self, repo: RepositoryData, ref: str) -> Commit | None:
        """Find a commit by hash, branch, or a fork's hash: GitHub keeps the objects of a network of forks together."""
        sha = repo.branches.get(ref, ref)
        for one in self.repositories.values():
            if sha in one.commits and (one is repo or repo.full_name in (one.parent, one.full_name)):
                return one.commits[sha]
        return None
