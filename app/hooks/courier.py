"""Take what is told to where a hook is, one connection a delivery, and say what came of it; nothing decided.

Nothing of an address ever leaves this file: Slack's and Discord's are as good as a password.
"""

import asyncio
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from app.core.hooks.address import may_reach
from app.core.hooks.answer import seconds_to_wait
from app.core.hooks.hook import Hook

TIMEOUT = timedelta(seconds=10)
FIRST_REST = timedelta(seconds=30)
LONGEST_REST = timedelta(minutes=10)
LONGEST_LIMIT = timedelta(days=1)
"""A receiver that asks us to wait longer is asked again after a day all the same."""


class Outcome(StrEnum):
    """What came of a delivery; also a label of the figure that counts them."""

    DELIVERED = "delivered"
    FAILED = "failed"
    LIMITED = "limited"
    GONE = "gone"
    BARRED = "barred"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What came of a delivery, in a few words without the address; `wait` is how long the receiver asked us to wait."""

    outcome: Outcome
    what: str
    wait: timedelta | None = None


class Barred(OSError):
    """A name leads to an address at which the hook may not be."""


class Courier:
    """Reaches the hooks of an installation.

    A hook that did not answer, or asked us to wait, rests: what else is to be told there is not tried meanwhile, so that
    no worker waits for a receiver that is away. `rest` is how long at first; it doubles while nothing arrives.
    """

    def __init__(
        self,
        hooks: Sequence[Hook],
        *,
        resolver: AbstractResolver | None = None,
        timeout: timedelta = TIMEOUT,
        rest: timedelta = FIRST_REST,
    ) -> None:
        self._hooks = {one.name: one for one in hooks}
        self._resolver = resolver
        self._timeout = aiohttp.ClientTimeout(total=timeout.total_seconds())
        self._rest = rest
        self._failures: dict[str, int] = {}
        self._rests_until: dict[str, float] = {}

    def find(self, name: str) -> Hook | None:
        """Return the hook of that name; None where none is set any more, or not in this process."""
        return self._hooks.get(name)

    def rests(self, hook: Hook) -> timedelta:
        """Return how much longer nothing is to be tried there."""
        left = self._rests_until.get(hook.name, 0.0) - asyncio.get_running_loop().time()
        return timedelta(seconds=max(0.0, left))

    async def deliver(self, hook: Hook, headers: Mapping[str, str], body: bytes) -> Receipt:
        """Send a body once. Nothing is raised for what a receiver, a network or a name server does."""
        gate = _Gate(hook)
        try:
            async with self._session(gate) as session:
                receipt = await self._post(session, hook, headers, body)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as problem:
            # The text of the problem may hold the address, its class says enough.
            receipt = Receipt(outcome=Outcome.FAILED, what=type(problem).__name__)
        if gate.has_barred and receipt.outcome is Outcome.FAILED:
            receipt = Receipt(outcome=Outcome.BARRED, what="its name leads into a network where it may not be")
        self._note(hook, receipt)
        return receipt

    def _session(self, gate: "_Gate") -> aiohttp.ClientSession:
        """Open a session that takes no proxy and no password from the environment, and keeps no cookie and no connection."""
        connector = aiohttp.TCPConnector(
            resolver=self._resolver, use_dns_cache=False, socket_factory=gate.open, force_close=True
        )
        return aiohttp.ClientSession(
            connector=connector,
            connector_owner=True,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=self._timeout,
            trust_env=False,
            auto_decompress=False,
        )

    async def _post(
        self, session: aiohttp.ClientSession, hook: Hook, headers: Mapping[str, str], body: bytes
    ) -> Receipt:
        """Post the body. Of the answer the status counts; what else it says is not read beyond a buffer of 64 KiB."""
        where = URL(hook.url, encoded=True)
        async with session.post(where, headers=headers, data=body, allow_redirects=False) as response:
            return _receipt(response.status, response.headers)

    def _note(self, hook: Hook, receipt: Receipt) -> None:
        if receipt.outcome is Outcome.DELIVERED:
            self._failures.pop(hook.name, None)
            self._rests_until.pop(hook.name, None)
            return
        failures = self._failures[hook.name] = self._failures.get(hook.name, 0) + 1
        rest = receipt.wait or min(self._rest * 2 ** min(failures - 1, 10), LONGEST_REST)
        self._rests_until[hook.name] = asyncio.get_running_loop().time() + rest.total_seconds()


class _Gate:
    """Opens the sockets of one delivery. Judged is the address that is connected to, however a name was resolved."""

    def __init__(self, hook: Hook) -> None:
        self._hook = hook
        self.has_barred = False

    def open(self, where: aiohttp.AddrInfoType) -> socket.socket:
        if not may_reach(str(where[4][0]), allows_private=self._hook.allows_private):
            self.has_barred = True
            raise Barred("no hook may be there")
        return socket.socket(family=where[0], type=where[1], proto=where[2])


def _receipt(status: int, headers: Mapping[str, str]) -> Receipt:
    what = f"HTTP {status}"
    if 200 <= status < 300:
        return Receipt(outcome=Outcome.DELIVERED, what=what)
    if status == 410:
        return Receipt(outcome=Outcome.GONE, what=what)
    wait = seconds_to_wait(headers.get("Retry-After"), headers.get("Date"))
    if status in (429, 503) and wait is not None:
        kept = min(timedelta(seconds=wait), LONGEST_LIMIT)
        return Receipt(outcome=Outcome.LIMITED, what=what, wait=kept)
    return Receipt(outcome=Outcome.LIMITED if status == 429 else Outcome.FAILED, what=what)
