"""Ask GitHub for something as the App or as one of its installations, with patience where patience helps."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from copy import copy
from dataclasses import dataclass, replace

from app.core.quota import APP, Quota
from app.github.auth import AppCredentials, Credential, Credentials, InstallationCredentials, InstallationTokens
from app.github.errors import GitHubError, KeyRefused, Limited
from app.github.fields import Fields
from app.github.limits import Budgets, Limits, own_budgets
from app.github.refusals import KEY_WAIT, is_final, refusal
from app.github.remembered import Remembered, remember_answers
from app.github.routes import Route, route
from app.github.wire import Answer, Request, Unreachable, Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long we wait by ourselves, in seconds, before a job has to.

    `fresh` are the pauses before a new token is tried again, `reads` those before a failed read is. `write_pause` keeps
    an installation's writes apart, where its budget is this process' own.
    """

    fresh: tuple[float, ...] = (1, 2, 4)
    reads: tuple[float, ...] = (0.5, 1)
    write_pause: float = 1.0


class Client:
    """GitHub as one of us sees it. All errors are those of app/github/errors.py.

    A read that fails is tried again at once; a write never is, because nobody knows whether it was done.
    """

    def __init__(
        self,
        wire: Wire,
        credentials: Credentials,
        limits: Limits,
        patience: Patience,
        remembered: Remembered,
    ) -> None:
        self.wire = wire
        self._credentials = credentials
        self._limits = limits
        self._patience = patience
        self._remembered = remembered
        self._is_background = False

    def in_background(self) -> "Client":
        """Return the same client for work that nobody waits for: it leaves most of an hour's requests to all others."""
        same = copy(self)
        same._is_background = True  # noqa: SLF001 - it is one of us
        return same

    async def quota(self) -> Quota | None:
        """Return what is left of this hour, None where GitHub does not say."""
        return await self._limits.quota()

    async def get(self, where: Route) -> Fields:
        _, fields = await self._read(where)
        return fields

    async def get_if_changed(self, where: Route, etag: str | None) -> tuple[Fields, str | None] | None:
        """Read something again; None where it is as it was when GitHub gave the etag. That costs nothing of the limit.

        Returns what was read and its own etag.
        """
        answer = await self.call(Request(method="GET", where=where, etag=etag, also_good=(304,)))
        return None if answer.status == 304 else (answer.fields, answer.headers.get("etag"))

    async def get_all(self, where: Route, key: str | None = None) -> AsyncIterator[Fields]:
        """Go through all pages of a list; `key` is where the list stands in the answer, None where it is the answer."""
        page: Route | None = where
        while page is not None:
            answer, fields = await self._read(page)
            for item in fields.items(key) if key else fields.listed():
                yield item
            page = answer.next_page(where.template, self.wire.root)

    async def _read(self, where: Route) -> tuple[Answer, Fields]:
        """Read something; where nothing has changed since it was last read, that costs nothing of the limit."""
        known = self._remembered.find(where.path)
        etag, also_good = (known.headers["etag"], (304,)) if known else (None, ())
        answer = await self.call(Request(method="GET", where=where, etag=etag, also_good=also_good))
        if known is not None and answer.status == 304:
            return known, known.fields
        # One that was cut off is no JSON: remembered, it would be given again for as long as nothing changes.
        fields = answer.fields
        self._remembered.keep(where.path, answer)
        return answer, fields

    async def post(self, where: Route, data: object = None) -> Answer:
        return await self.call(Request(method="POST", where=where, data=data))

    async def patch(self, where: Route, data: object) -> Answer:
        return await self.call(Request(method="PATCH", where=where, data=data))

    async def delete(self, where: Route) -> Answer:
        return await self.call(Request(method="DELETE", where=where))

    async def call(self, request: Request) -> Answer:
        """Send a request until it is answered well or there is no use in it. Raises GitHubError."""
        attempt = 0
        while True:
            credential = await self._credentials.get()
            problem: GitHubError
            try:
                answer = await self._send(request, credential)
            except Unreachable as unreachable:
                problem, pause = unreachable, self._pause_after_failure(request, attempt)
            else:
                if answer.is_good or answer.status in request.also_good:
                    return answer
                problem, pause = self._judge(request, answer, credential, attempt)
            if pause is None:
                raise problem
            await asyncio.sleep(pause)
            attempt += 1

    async def _send(self, request: Request, credential: Credential) -> Answer:
        async with self._limits.turn(request, is_background=self._is_background) as turn:
            answer = await self.wire.exchange(request, authorization=credential.header)
            wait = await self._limits.note(answer, turn)
        if wait is not None and answer.may_be_limited:
            raise Limited(wait, f"{answer.what}: {answer.message}", answer.message)
        return answer

    def _judge(
        self, request: Request, answer: Answer, credential: Credential, attempt: int
    ) -> tuple[GitHubError, float | None]:
        """Tell what is wrong, and how long to pause before another try; None where there should be none."""
        problem = refusal(answer)
        match answer.status:
            case 401 | 403 if credential.is_fresh and not is_final(answer):
                return problem, _pause(self._patience.fresh, attempt)
            case 401:
                return self._replace(credential, problem)
            case status if status >= 500:
                return problem, self._pause_after_failure(request, attempt)
            case _:
                return problem, None

    def _replace(self, credential: Credential, problem: GitHubError) -> tuple[GitHubError, float | None]:
        if self._credentials.invalidate(credential):
            return problem, 0
        return KeyRefused(KEY_WAIT, problem.reason, problem.said), None

    def _pause_after_failure(self, request: Request, attempt: int) -> float | None:
        return None if request.is_write else _pause(self._patience.reads, attempt)


def _pause(pauses: tuple[float, ...], attempt: int) -> float | None:
    return pauses[attempt] if attempt < len(pauses) else None


class GitHub:
    """One GitHub and our App there; made once a process, so that tokens are shared by all who ask.

    `budgets` are those that processes share; without them waits and pace are this process' own.
    """

    def __init__(
        self,
        wire: Wire,
        *,
        app_id: int,
        private_key: str,
        patience: Patience | None = None,
        budgets: Budgets | None = None,
    ) -> None:
        self._wire = wire
        self._patience = patience or Patience()
        self._budgets = budgets or own_budgets(self._patience.write_pause)
        self._installations: dict[int, Client] = {}
        self._answers = remember_answers()
        credentials = AppCredentials(app_id=app_id, private_key=private_key)
        self.app = Client(wire, credentials, Limits(self._budgets(APP)), self._patience, Remembered(self._answers, APP))
        self._tokens = InstallationTokens(self._buy_token)

    async def _buy_token(self, where: Route) -> Answer:
        # A token that is bought twice does no harm, so that nobody waits for another installation's.
        return await self.app.call(Request(method="POST", where=where, is_harmless=True))

    def installation(self, installation_id: int) -> Client:
        """Return the client of an installation, always the same one."""
        known = self._installations.get(installation_id)
        if known is None:
            known = self._installations[installation_id] = Client(
                self._wire,
                InstallationCredentials(self._tokens, installation_id),
                Limits(self._budgets(installation_id)),
                self._patience,
                Remembered(self._answers, installation_id),
            )
        return known

    def renew_token(self, installation_id: int) -> None:
        """Buy another token next time: one has the rights that were granted when it was bought, and others may be by now."""
        self._tokens.forget(installation_id)

    def repository(self, installation_id: int, owner: str, name: str) -> "RepositoryClient":
        return RepositoryClient(client=self.installation(installation_id), owner=owner, name=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryClient:
    """One repository as its installation sees it: what all operations take first."""

    client: Client
    owner: str
    name: str

    def in_background(self) -> "RepositoryClient":
        """Return the same for work that nobody waits for."""
        return replace(self, client=self.client.in_background())

    def route(self, template: str, query: Mapping[str, str | int | None] | None = None, **parts: str | int) -> Route:
        """Fill a template that begins after `/repos/{owner}/{repo}`."""
        return route("/repos/{owner}/{repo}" + template, query, owner=self.owner, repo=self.name, **parts)
