"""Signed webhooks: delivered at once, held back, lost, shuffled or repeated, as the story wants it."""

import asyncio
import hashlib
import hmac
import json
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import aiohttp

from app.sandbox.github.deliveries import Delivery
from app.sandbox.github.edition import Edition


@dataclass(slots=True)
class Webhooks:
    """Sends deliveries of one App to `url`; keeps all of them. The next `to_lose` find nobody there.

    The next `to_forget` are neither sent nor kept, as GitHub forgets some now and then.
    """

    secret: str
    app_id: int
    now: Callable[[], datetime]
    edition: Edition
    host: str = "sandbox"
    url: str | None = None
    sent: list[Delivery] = field(default_factory=list)
    is_held: bool = False
    to_lose: int = 0
    to_forget: int = 0
    _held: list[Delivery] = field(default_factory=list)
    _session: aiohttp.ClientSession | None = None

    async def deliver(self, event: str, payload: dict[str, object]) -> Delivery:
        delivery = Delivery(len(self.sent) + 1, str(uuid.uuid4()), event, payload, self.now())
        if self.to_forget > 0:
            self.to_forget -= 1
            return delivery
        self.sent.append(delivery)
        if self.is_held:
            self._held.append(delivery)
        else:
            await self._send(delivery)
        return delivery

    async def redeliver(self, delivery: Delivery) -> Delivery:
        """Send a delivery again under the same GUID."""
        again = self._repeat(delivery)
        again.is_redelivery = True
        await self._send(again)
        return again

    async def release(self, *, order: str = "as sent", seed: int = 0, copies: int = 1, is_burst: bool = False) -> None:
        """Send what was held back: as sent, reversed or shuffled, each so many times under its one GUID.

        In a burst, the copies of one come at once, none waiting for the answer to another.
        """
        self.is_held = False
        held, self._held = self._held, []
        again = [[self._repeat(one) for _ in range(copies - 1)] for one in held]
        if is_burst:
            groups = [[one, *more] for one, more in zip(held, again, strict=True)]
        else:
            groups = [[one] for one in (*held, *(copy for some in zip(*again, strict=True) for copy in some))]
        if order == "reversed":
            groups.reverse()
        elif order == "shuffled":
            random.Random(seed).shuffle(groups)
        for group in groups:
            await asyncio.gather(*(self._send(one) for one in group))

    def _repeat(self, delivery: Delivery) -> Delivery:
        again = Delivery(len(self.sent) + 1, delivery.guid, delivery.event, delivery.payload, self.now())
        self.sent.append(again)
        return again

    def headers(self, delivery: Delivery) -> dict[str, str]:
        """Return the headers of a delivery; the signatures are those of its body."""
        body, key = self._body(delivery), self.secret.encode()
        return {
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/0000000",
            "X-GitHub-Event": delivery.event,
            "X-GitHub-Delivery": delivery.guid,
            "X-GitHub-Hook-ID": "1",
            "X-GitHub-Hook-Installation-Target-Type": "integration",
            "X-GitHub-Hook-Installation-Target-ID": str(self.app_id),
            "X-Hub-Signature": f"sha1={hmac.new(key, body, hashlib.sha1).hexdigest()}",
            "X-Hub-Signature-256": f"sha256={hmac.new(key, body, hashlib.sha256).hexdigest()}",
            **self.edition.headers(self.host),
        }

    def _body(self, delivery: Delivery) -> bytes:
        return json.dumps(delivery.payload).encode()

    async def _send(self, delivery: Delivery) -> None:
        if self.url is None:
            return
        delivery.status = 0
        if self.to_lose > 0:
            self.to_lose -= 1
            return
        if self._session is None:
            self._session = aiohttp.ClientSession()
        body, headers = self._body(delivery), self.headers(delivery)
        try:
            async with (
                asyncio.timeout(self.edition.answer_within),
                self._session.post(self.url, data=body, headers=headers) as said,
            ):
                delivery.status = said.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            delivery.status = 0

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
