"""What every handler works with."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from structlog.contextvars import bind_contextvars

from app.core.grants import WRITES, Feature, barred, is_granted, missing
from app.core.model import RepoId
from app.core.policy import DEFAULT, Policy
from app.core.upkeep import KEEP_ALL, Keeping
from app.core.uploads import is_build
from app.db.cases import KnownCases
from app.db.connection import Connection, Pool
from app.db.repositories import Repository, get_repository
from app.github.client import GitHub, RepositoryClient
from app.github.errors import NotOurs
from app.github.installations import get_app
from app.handlers.listeners import Listeners
from app.handlers.whereabouts import find_out
from app.hooks.courier import Courier


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRepo:
    """A repository as the database knows it: what judging needs, without GitHub. `policy` is the one in force.

    `listeners` hear of what changes there; None where nobody does.
    """

    id: RepoId
    row: Repository
    policy: Policy
    listeners: Listeners | None = None

    @property
    def full_name(self) -> str:
        return f"{self.row.owner}/{self.row.name}"


async def know(conn: Connection, repo_id: RepoId, listeners: Listeners | None = None) -> KnownRepo | None:
    """Return what the database knows of a repository; None where it is not there."""
    row = await get_repository(conn, repo_id)
    return None if row is None else KnownRepo(id=repo_id, row=row, policy=_policy_of(row), listeners=listeners)


def _policy_of(row: Repository) -> Policy:
    """Return the policy in force: the default one where there is none, or where an older release took what this one does not."""
    if row.policy is None:
        return DEFAULT
    try:
        return Policy.from_json(row.policy)
    except ValueError:
        return DEFAULT


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedRepo(KnownRepo):
    """A repository together with where people see it: `web_url` is where GitHub has its pages."""

    web_url: str

    def run_url(self, run_id: int, attempt: int) -> str | None:
        """Return the address of one attempt of a run, for people; None for a build elsewhere, which only its jobs may name."""
        if is_build(run_id):
            return None
        return f"{self.web_url}/{self.full_name}/actions/runs/{run_id}/attempts/{attempt}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Repo(LinkedRepo):
    """A repository that we may work in: `client` is GitHub as its installation sees it."""

    client: RepositoryClient

    def in_background(self) -> "Repo":
        """Return the same for work that nobody waits for, which leaves most of GitHub's limit to all other."""
        return replace(self, client=self.client.in_background())

    @property
    def may_write(self) -> bool:
        """Tell whether we know what is wanted: without a policy that can be read we read and store, and write nothing else.

        Nothing can be written to an archived repository.
        """
        if self.row.is_archived:
            return False
        if self.row.policy is None:
            is_read = self.row.policy_read_at is not None or self.may(Feature.FILES)
            return self.row.policy_error is None and is_read
        # A default in the place of what people asked for would do what they did not ask for.
        return self.policy is not DEFAULT

    def may(self, feature: Feature) -> bool:
        """Tell whether we were granted what it takes, and GitHub would let us."""
        if self.row.is_archived and feature in WRITES:
            return False
        return is_granted(self.row.permissions, feature)

    @property
    def missing(self) -> tuple[Feature, ...]:
        """What the policy wants and we were not granted."""
        return missing(self.row.permissions, self.policy)

    @property
    def barred(self) -> frozenset[Feature]:
        """What nobody can have us do here: a button for it would do nothing."""
        return barred(self.row.permissions, self.policy)


LOGIN_KEPT_SECONDS = 600.0
"""So long our own login is believed. Who renames the App renames it at once, also in all that it has written."""


@dataclass(slots=True)
class _Login:
    value: str | None = None
    asked_at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """The database, GitHub, the clock and the processes that read strangers' files.

    `settle` is how long artifacts and logs may lag behind the run that made them. `quiet_after` is how long after a push
    a commit without any run is called done. `keeping` is how long the history is kept, and how. `one_by_one` is held by who reads a file that may have killed a process.
    `listeners` are the operator's hooks, which `courier` reaches; both None where there are none.
    """

    pool: Pool
    github: GitHub
    app_id: int
    clock: Callable[[], datetime]
    processes: Executor
    web_url: str = "https://github.com"
    settle: timedelta = timedelta(seconds=60)
    quiet_after: timedelta = timedelta(minutes=10)
    keeping: Keeping = KEEP_ALL
    listeners: Listeners | None = None
    courier: Courier | None = None
    known_cases: KnownCases = field(default_factory=KnownCases)
    one_by_one: asyncio.Lock = field(default_factory=asyncio.Lock)
    _login: _Login = field(default_factory=_Login)

    async def login(self) -> str:
        """Return the login under which we write, as GitHub said some minutes ago at most."""
        is_old = time.monotonic() - self._login.asked_at >= LOGIN_KEPT_SECONDS
        if self._login.value is None or is_old:
            self._login.value = f"{(await get_app(self.github.app)).slug}[bot]"
            self._login.asked_at = time.monotonic()
        return self._login.value

    async def open(self, repo_id: RepoId) -> Repo:
        """Open a repository for work. Raises NotOurs where the App was removed from it, or is suspended.

        Where an event says otherwise than what is stored of it, or its installation is new to us, GitHub is asked first.
        """
        async with self.pool.acquire() as conn:
            row = await get_repository(conn, repo_id)
        if row is not None and row.is_in_doubt:
            _name_in_log(row)
            await find_out(self, repo_id)
            async with self.pool.acquire() as conn:
                row = await get_repository(conn, repo_id)
        if row is None or row.installation_id is None or not row.is_ours:
            raise NotOurs(f"repository {repo_id}: the App is not at work there")
        _name_in_log(row)
        return Repo(
            id=repo_id,
            row=row,
            client=self.github.repository(row.installation_id, row.owner, row.name),
            policy=_policy_of(row),
            listeners=self.listeners,
            web_url=self.web_url,
        )


def _name_in_log(row: Repository) -> None:
    """Have each line that this job logs from here on say in words where it works."""
    bind_contextvars(repository=f"{row.owner}/{row.name}")
