"""One exchange with GitHub at a time: what goes out, what comes back, nothing decided.

gidgethub brings the connection and the sans-I/O half. Its own verbs are not used: they lose what a refusal says (429,
secondary limits, `422 {}`) and send the token wherever a link leads.
"""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime

import aiohttp
from gidgethub import sansio
from gidgethub.aiohttp import GitHubAPI
from yarl import URL

from app.core.quota import LONGEST_WRITE
from app.github.errors import TryLater, UnexpectedAnswer
from app.github.fields import Fields
from app.github.reach import Reach
from app.github.routes import Route
from app.tracing import span

API_VERSION = "2022-11-28"
JSON_FORMAT = "application/vnd.github+json"
RAW_FORMAT = "application/vnd.github.raw+json"

_TIMEOUT = aiohttp.ClientTimeout(total=60, connect=10)
_WRITE_TIMEOUT = aiohttp.ClientTimeout(total=LONGEST_WRITE - 3, connect=10)
"""Nobody waits for a write as long as its turn lasts: another would begin while it is under way."""

_REDIRECTS = (301, 302, 307, 308)
_MAX_REDIRECTS = 3
_CONTENT = ("/issues", "/comments", "/check-runs", "/reactions", "/labels")

OnRequest = Callable[[str, int], None]
"""Called after each exchange with method and route template in one text, and the status; 0 where nobody answered."""


class Unreachable(TryLater):
    """The connection failed. Whether GitHub did what was asked is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What we ask. `data` goes out as JSON; an `etag` makes a read conditional.

    Statuses in `also_good` are answers like those below 300, and so no redirects to follow. `is_harmless` marks a POST
    that does no harm when it is done twice, so that it is treated like a read.
    """

    method: str
    where: Route
    data: object = None
    accept: str = JSON_FORMAT
    etag: str | None = None
    also_good: tuple[int, ...] = ()
    is_harmless: bool = False

    @property
    def what(self) -> str:
        return f"{self.method} {self.where.template}"

    @property
    def is_write(self) -> bool:
        return self.method != "GET" and not self.is_harmless

    @property
    def creates_content(self) -> bool:
        """Tell whether it makes something that people see: GitHub allows fewer of these than of other writes."""
        return self.method == "POST" and self.where.template.endswith(_CONTENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What GitHub answered. `what` names the request in errors; `headers` take names in any case."""

    what: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_good(self) -> bool:
        return self.status < 300

    @property
    def may_be_limited(self) -> bool:
        """Tell whether it has a status with which GitHub refuses those who ask too much, among other reasons."""
        return self.status in (403, 429)

    @property
    def message(self) -> str:
        """What a refusal says in words, as far as it is JSON of the documented kind."""
        try:
            fields = Fields(what=self.what, root=json.loads(self.body))
        except (ValueError, RecursionError):
            return f"HTTP {self.status}"
        details = [*fields.texts("errors"), *(one.text_or_none("message") for one in fields.items("errors"))]
        said = [fields.text_or_none("message") or f"HTTP {self.status}", fields.text_or_none("errors"), *details]
        return ": ".join(part for part in said if part)

    @property
    def fields(self) -> Fields:
        """The JSON of the answer. Raises TryLater where it was cut off."""
        try:
            return Fields(what=self.what, root=json.loads(self.body))
        except (ValueError, RecursionError) as problem:
            raise TryLater(timedelta(seconds=10), f"{self.what}: the answer is no JSON") from problem

    def number(self, header: str) -> int | None:
        value = self.headers.get(header, "")
        return int(value) if value.isascii() and value.isdigit() else None

    def seconds_until(self, at: float) -> float | None:
        """Tell how long it is to a time in seconds since 1970 by GitHub's own clock, so that ours may be wrong."""
        try:
            return at - parsedate_to_datetime(self.headers.get("date", "")).timestamp()
        except ValueError:
            return None

    def location(self, base: URL) -> URL:
        """Read where a redirect leads, as GitHub wrote it: quoted anew, a signature in it would not fit any more."""
        try:
            there = base.join(URL(self.headers["location"], encoded=True))
            # An address is parsed as far as it is asked for: the port is asked for here, where its errors are caught.
            port = there.port
        except (KeyError, ValueError) as problem:
            raise UnexpectedAnswer(f"{self.what}: a redirect to nowhere") from problem
        if port == 0:
            raise UnexpectedAnswer(f"{self.what}: a redirect to nowhere")
        return there

    def next_page(self, template: str, root: URL) -> Route | None:
        """Return the next page of a list. Only path and query of the link count: the token stays with our own host."""
        link = sansio.decipher_response(200, {"link": self.headers.get("link", "")}, b"")[2]
        if link is None:
            return None
        prefix = root.raw_path.removesuffix("/")
        path = URL(link, encoded=True).raw_path_qs
        if not path.startswith(f"{prefix}/"):
            raise UnexpectedAnswer(f"{self.what}: the next page is outside of the API")
        return Route(template=template, path=path.removeprefix(prefix))


class Wire(GitHubAPI):
    """The connection to one GitHub: github.com, or an Enterprise Server at `https://HOST/api/v3`.

    Every exchange but the second half of a download goes through `_request`, so that a test can see them all. That half
    goes through `storage`, a session that opens no way into networks that are not GitHub's.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        storage: aiohttp.ClientSession,
        api_url: str,
        user_agent: str,
        on_request: OnRequest | None = None,
    ) -> None:
        super().__init__(session, user_agent, base_url=api_url.removesuffix("/"))
        self.session = session
        self.storage = storage
        self.root = URL(self.base_url)
        self._on_request = on_request

    async def exchange(self, request: Request, *, authorization: str | None) -> Answer:
        """Send a request and return the answer, whatever it is. Raises Unreachable, UnexpectedAnswer.

        `authorization` is the whole header. Redirects (a renamed repository) are followed within the API, method and
        body kept: aiohttp would turn a write into a read.
        """
        headers = self._write_headers(request, authorization)
        body = b"" if request.data is None else json.dumps(request.data).encode()
        url = URL(self.base_url + request.where.path, encoded=True)
        for _ in range(_MAX_REDIRECTS):
            answer = await self._send(request, url, headers, body)
            if answer.status not in _REDIRECTS or answer.status in request.also_good:
                return answer
            url = self._stay(answer, url)
        raise UnexpectedAnswer(f"{request.what}: redirected too often")

    def _write_headers(self, request: Request, authorization: str | None) -> dict[str, str]:
        headers = sansio.create_headers(self.requester, accept=request.accept)
        headers["x-github-api-version"] = API_VERSION
        if authorization is not None:
            headers["authorization"] = authorization
        if request.data is not None:
            headers["content-type"] = "application/json; charset=utf-8"
        if request.etag is not None:
            headers["if-none-match"] = request.etag
        return headers

    async def _send(self, request: Request, url: URL, headers: Mapping[str, str], body: bytes) -> Answer:
        status = 0
        about = {"http__request__method": request.method, "http__route": request.where.template}
        with span(request.what, kind="client", **about) as sent:
            try:
                status, got, content = await self._request(request.method, str(url), headers, body)
            except (aiohttp.ClientError, TimeoutError, OSError) as problem:
                # The text of the problem may hold the URL, its class says enough.
                raise Unreachable(timedelta(seconds=10), f"{request.what}: {type(problem).__name__}") from problem
            finally:
                sent.note(http__response__status_code=status)
                if self._on_request is not None:
                    self._on_request(request.what, status)
        return Answer(what=request.what, status=status, headers=got, body=content)

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> tuple[int, Mapping[str, str], bytes]:
        where = URL(url, encoded=True)
        timeout = _TIMEOUT if method == "GET" else _WRITE_TIMEOUT
        async with self.session.request(
            method, where, headers=headers, data=body or None, allow_redirects=False, timeout=timeout
        ) as response:
            return response.status, response.headers, await response.read()

    def _stay(self, answer: Answer, url: URL) -> URL:
        there = answer.location(url)
        prefix = self.root.raw_path.removesuffix("/")
        is_same_host = (there.scheme, there.authority) == (self.root.scheme, self.root.authority)
        if not is_same_host or not there.raw_path.startswith(f"{prefix}/") or _climbs(there):
            raise UnexpectedAnswer(f"{answer.what}: redirected out of the API")
        return there


def _climbs(url: URL) -> bool:
    return any(part in ("..", ".") for part in url.path.split("/"))


@asynccontextmanager
async def open_wire(*, api_url: str, user_agent: str, on_request: OnRequest | None = None) -> AsyncIterator[Wire]:
    """Connect to one GitHub; its connections are closed at the end."""
    reach = Reach()
    to_github = aiohttp.TCPConnector(socket_factory=reach.open_to_github)
    to_storage = aiohttp.TCPConnector(socket_factory=reach.open_to_storage)
    async with (
        # A cookie that comes with one person's answer must not go out with another's question.
        aiohttp.ClientSession(connector=to_github, cookie_jar=aiohttp.DummyCookieJar()) as session,
        aiohttp.ClientSession(connector=to_storage, cookie_jar=aiohttp.DummyCookieJar()) as storage,
    ):
        yield Wire(session, storage=storage, api_url=api_url, user_agent=user_agent, on_request=on_request)
