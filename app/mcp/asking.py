"""Asking a FlakeGuard's API, on behalf of whoever's token is sent along; what goes wrong is told in words for an agent."""

import re
from dataclasses import dataclass, field, replace
from typing import TypeVar

import aiohttp
import msgspec
from yarl import URL

from app.core.text import shown

LONGEST_SECONDS = 20.0
"""The server itself waits 10 seconds at most until somebody says who may read a repository."""
_CONNECT_SECONDS = 5.0
_LARGEST_ANSWER = 8 << 20
_LONGEST_DETAIL = 500
_REPOSITORY = re.compile(r"(?P<owner>[A-Za-z0-9][A-Za-z0-9_-]{0,99})/(?P<name>(?!\.{1,2}$)[A-Za-z0-9._-]{1,100})")

T = TypeVar("T")


class CannotAnswer(Exception):
    """Why there is no answer, in a sentence for whoever asked. No text of strangers is in it."""


class _Problem(msgspec.Struct, frozen=True):
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """The API of the FlakeGuard at `url`; `name` is what people call it, `token` whose answers are wanted."""

    session: aiohttp.ClientSession
    url: str
    name: str
    token: str | None = field(default=None, repr=False)

    def on_behalf_of(self, token: str | None) -> "Api":
        """Return the same for somebody else."""
        return replace(self, token=token)

    async def get(self, path: str, kind: type[T], **query: str | int) -> T:
        """Return an answer of the API. Raises CannotAnswer."""
        status, body = await self._send(path, {name: str(value) for name, value in query.items()})
        if status != 200:
            raise CannotAnswer(_refused(status, body))
        try:
            return msgspec.json.decode(body, type=kind)
        except msgspec.MsgspecError as error:
            raise CannotAnswer(f"{self.name} answers in a form that this version does not know.") from error

    async def of_repository(self, repo: str, path: str, kind: type[T], **query: str | int) -> T:
        """Return an answer about a repository, `OWNER/REPO`. Raises CannotAnswer."""
        named = _REPOSITORY.fullmatch(repo.strip())
        if named is None:
            raise CannotAnswer("`repo` must be OWNER/REPO, as list_repositories names it.")
        return await self.get(f"/repos/{named['owner']}/{named['name']}{path}", kind, **query)

    async def _send(self, path: str, query: dict[str, str]) -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        there = URL(f"{self.url}/api/v1{path}", encoded=True).with_query(query)
        limit = aiohttp.ClientTimeout(total=LONGEST_SECONDS, connect=_CONNECT_SECONDS)
        try:
            # A redirect would carry the token to wherever it leads.
            async with self.session.get(there, headers=headers, timeout=limit, allow_redirects=False) as answer:
                return answer.status, await self._read(answer)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            # Its own words may hold the address with all that was asked, and the headers.
            why = "it does not answer in time" if isinstance(error, TimeoutError) else type(error).__name__
            raise CannotAnswer(f"{self.name} cannot be asked: {why}.") from None

    async def _read(self, answer: aiohttp.ClientResponse) -> bytes:
        read = bytearray()
        async for piece in answer.content.iter_chunked(1 << 16):
            read += piece
            if len(read) > _LARGEST_ANSWER:
                raise CannotAnswer(f"{self.name} answers with more than anybody reads.")
        return bytes(read)


def _refused(status: int, body: bytes) -> str:
    match status:
        case 401:
            return "The token is missing, wrong, revoked or over: make one on FlakeGuard's account page, and give it as FLAKEGUARD_TOKEN."
        case 404:
            return "There is nothing there, or nothing that this token may see. list_repositories names what it may."
        case 429 | 503:
            return f"{_detail(body) or 'FlakeGuard is busy.'} Ask again in a minute."
        case _:
            return f"FlakeGuard refuses to answer ({status}). {_detail(body)}".rstrip()


def _detail(body: bytes) -> str:
    try:
        return shown(msgspec.json.decode(body, type=_Problem).detail[:_LONGEST_DETAIL])
    except msgspec.MsgspecError:
        return ""
