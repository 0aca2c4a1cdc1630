"""Let in whom GitHub lets read a repository, and tell nobody else that it is there.

Whatever keeps somebody out, the answer is the same, and so is what was done for it: a person's name for a repository goes to
GitHub whether we know it or not, a program's is looked up in its own token alone.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from cachetools import TLRUCache, TTLCache

from app.core.model import RepoId
from app.db.connection import Connection, Pool
from app.db.people import find_token, is_signed_in, list_roles
from app.db.repository_keys import RepositoryKey, find_key, find_key_by_name, list_keys
from app.github.errors import Limited
from app.github.people import Readable, SignedOut, get_readable, list_readable
from app.github.wire import Wire
from app.jobs import CheckReader
from app.queue import enqueue
from app.web.access.job_tokens import JobTokens
from app.web.access.visitor import DECIDE, UPLOAD, Audience, Job, Nobody, Program, SignedIn, Visitor

KEPT_SECONDS = 60.0
"""For so long what GitHub said of a person and a repository is believed."""

_ROLE_KEPT = timedelta(minutes=10)
_LONGEST_CHECK_SECONDS = 10.0
_LOOK_SECONDS = 0.1
_MAY_DECIDE = ("admin", "maintain", "write")
_MOST_KEPT = 20_000


class _Unknown:
    """What is not in the cache."""


_UNKNOWN = _Unknown()


class CannotTell(Exception):
    """GitHub, or the worker that asks it, does not answer in time: nobody knows whether the visitor may be let in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A repository that a visitor may see, and whether they may also decide about its tests, and send reports of them."""

    repo: RepositoryKey
    may_decide: bool
    may_upload: bool = False

    @property
    def repo_id(self) -> RepoId:
        return self.repo.id


class Gate:
    """Answers who is who and who may see what. `is_demo` lets everybody see all; `opens_public` what is public.

    Jobs are let in where `job_tokens` reads who they are.
    """

    def __init__(
        self,
        *,
        pool: Pool,
        api: Wire,
        clock: Callable[[], datetime],
        opens_public: bool = False,
        is_demo: bool = False,
        kept_seconds: float = KEPT_SECONDS,
        job_tokens: JobTokens | None = None,
    ) -> None:
        self.pool, self.clock = pool, clock
        self.opens_public, self.is_demo = opens_public, is_demo
        self.job_tokens = job_tokens
        self._api = api
        self._seen: TTLCache[tuple[bytes, str], Readable | _Unknown | None] = TTLCache(_MOST_KEPT, kept_seconds)
        self._listed: TTLCache[bytes, tuple[Readable, ...]] = TTLCache(_MOST_KEPT // 20, kept_seconds)
        self._waits: TLRUCache[bytes, timedelta] = TLRUCache(_MOST_KEPT, _end_of_wait)

    async def enter(self, visitor: Visitor, owner: str, name: str) -> Entry | None:
        """Return the repository; None where there is none, or the visitor may not know of it. Raises SignedOut, CannotTell."""
        match visitor:
            case Audience():
                return await self._open(owner, name, may_decide=True)
            case SignedIn():
                return await self._enter_as_person(visitor, owner, name)
            case Program():
                return await self._enter_as_program(visitor, owner, name)
            case Job():
                return await self._enter_as_job(visitor, owner, name)
            case Nobody():
                return await self._open(owner, name, only_public=True) if self.opens_public else None

    async def list_repositories(self, visitor: Visitor) -> tuple[RepositoryKey, ...]:
        """Return the repositories that we know and the visitor may see. Raises SignedOut, CannotTell."""
        if isinstance(visitor, SignedIn):
            # No connection of the database waits for GitHub.
            listed = await self._list_as_person(visitor)
        async with self.pool.acquire() as conn:
            match visitor:
                case Audience():
                    return await list_keys(conn)
                case Nobody():
                    return await list_keys(conn, only_public=True) if self.opens_public else ()
                case Job():
                    return await list_keys(conn, among=[visitor.identity.repository_id])
                case Program():
                    roles = await self._roles(conn, visitor)
                    return await list_keys(conn, among=[one for one, role in roles.items() if role != "none"])
                case SignedIn():
                    return await list_keys(conn, among=[one.id for one in listed])

    async def is_still_signed_in(self, visitor: SignedIn) -> bool:
        """Tell whether the session has not been ended elsewhere."""
        async with self.pool.acquire() as conn:
            return await is_signed_in(conn, visitor.session.person_id, visitor.session.began_at)

    async def find_program(self, token: str) -> Program | None:
        """Return whose program it is that holds a token."""
        async with self.pool.acquire() as conn:
            found = await find_token(conn, hashlib.sha256(token.encode()).digest(), self.clock())
        return None if found is None else Program(token=found)

    async def _open(
        self, owner: str, name: str, *, only_public: bool = False, may_decide: bool = False
    ) -> Entry | None:
        async with self.pool.acquire() as conn:
            found = await find_key_by_name(conn, owner, name, only_public=only_public)
        return None if found is None else Entry(repo=found, may_decide=may_decide)

    async def _enter_as_person(self, visitor: SignedIn, owner: str, name: str) -> Entry | None:
        seen = await self._ask(visitor, owner, name)
        if seen is None:
            return None
        async with self.pool.acquire() as conn:
            found = await find_key(conn, seen.id)
        return None if found is None else Entry(repo=found, may_decide=seen.may_write)

    async def _ask(self, visitor: SignedIn, owner: str, name: str) -> Readable | None:
        digest = _digest(visitor)
        key = (digest, f"{owner}/{name}".lower())
        # None is an answer, too.
        known = self._seen.get(key, _UNKNOWN)
        if not isinstance(known, _Unknown):
            return known
        try:
            with self._in_its_time(digest):
                seen = self._seen[key] = await get_readable(self._api, visitor.session.token, owner, name)
        except SignedOut:
            self._forget(digest)
            raise
        return seen

    @contextmanager
    def _in_its_time(self, digest: bytes) -> Iterator[None]:
        """Ask GitHub as a person, unless it asked them to wait. Raises Limited; a wait says nothing of what they may see."""
        if (wait := self._waits.get(digest)) is not None:
            raise Limited(wait, "GitHub asked the person to wait")
        try:
            yield
        except Limited as limited:
            self._waits[digest] = limited.after
            raise

    async def _list_as_person(self, visitor: SignedIn) -> tuple[Readable, ...]:
        digest = _digest(visitor)
        known = self._listed.get(digest)
        if known is None:
            with self._in_its_time(digest):
                known = self._listed[digest] = await list_readable(self._api, visitor.session.token)
        return known

    def _forget(self, digest: bytes) -> None:
        self._listed.pop(digest, None)
        for key in [one for one in self._seen if one[0] == digest]:
            self._seen.pop(key, None)

    async def _enter_as_program(self, visitor: Program, owner: str, name: str) -> Entry | None:
        async with self.pool.acquire() as conn:
            found = await find_key_by_name(conn, owner, name, among=visitor.token.repositories)
            if found is None:
                return None
            role = (await self._roles(conn, visitor, found.external_id))[found.external_id]
        if role == "none":
            return None
        scopes, may_write = visitor.token.scopes, role in _MAY_DECIDE
        return Entry(repo=found, may_decide=DECIDE in scopes and may_write, may_upload=UPLOAD in scopes and may_write)

    async def _enter_as_job(self, visitor: Job, owner: str, name: str) -> Entry | None:
        # Names can be taken over by others, GitHub's number cannot.
        async with self.pool.acquire() as conn:
            found = await find_key_by_name(conn, owner, name, among=[visitor.identity.repository_id])
        return None if found is None else Entry(repo=found, may_decide=False, may_upload=True)

    async def _roles(self, conn: Connection, visitor: Program, *only: int) -> dict[int, str]:
        """Return what the person may do, as GitHub said within ten minutes; else have a worker ask it, and wait.

        The worker asks, since it has the App's key, which whoever only serves pages need not have.
        """
        wanted = only or visitor.token.repositories
        since = self.clock() - _ROLE_KEPT
        roles = await list_roles(conn, visitor.token.person_id, wanted, since)
        missing = [one for one in wanted if one not in roles]
        if missing:
            await enqueue(conn, *(CheckReader(person_id=visitor.token.person_id, external_id=one) for one in missing))
        until = asyncio.get_running_loop().time() + _LONGEST_CHECK_SECONDS
        while len(roles) < len(set(wanted)):
            if asyncio.get_running_loop().time() > until:
                raise CannotTell
            await asyncio.sleep(_LOOK_SECONDS)
            roles = await list_roles(conn, visitor.token.person_id, wanted, since)
        return roles


def _end_of_wait(_digest: bytes, wait: timedelta, now: float) -> float:
    return now + wait.total_seconds()


def _digest(visitor: SignedIn) -> bytes:
    # The token itself is in memory only while a request lasts.
    return hashlib.sha256(visitor.session.token.encode()).digest()
