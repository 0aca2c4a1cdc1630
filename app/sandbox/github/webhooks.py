"""Signed webhooks: delivered at once, held back, shuffled or repeated, as the test wants it."""

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

from app.sandbox.github.render import Json


@dataclass(slots=True)
class Delivery:
    """One webhook. `status` is what the receiver answered, 0 where nobody did, None while it is held back."""

    id: int
    guid: str
    event: str
    payload: Json
    at: datetime
    status: int | None = None

    @property
    def action(self) -> str | None:
        action = self.payload.get("action")
        return action if isinstance(action, str) else None


@dataclass(slots=True)
class Webhooks:
    """Sends deliveries to `url`; keeps all of them."""

    secret: str
    now: Callable[[], datetime]
    url: str | None = None
    sent: list[Delivery] = field(default_factory=list)
    is_held: bool = False
    _held: list[Delivery] = field(default_factory=list)
    _session: aiohttp.ClientSession | None = None

    async def deliver(self, event: str, payload: Json) -> Delivery:
        delivery = Delivery(len(self.sent) + 1, str(uuid.uuid4()), event, payload, self.now())
        self.sent.append(delivery)
        if self.is_held:
            self._held.append(delivery)
        else:
            await self._send(delivery)
        return delivery

    async def redeliver(self, delivery: Delivery) -> None:
        """Send a delivery again under the same GUID."""
        again = Delivery(len(self.sent) + 1, delivery.guid, delivery.event, delivery.payload, self.now())
        self.sent.append(again)
        await self._send(again)

    async def release(self, *, order: str = "as sent", seed: int = 0, copies: int = 1) -> None:
        """Send what was held back: as sent, reversed or shuffled, each so many times."""
        self.is_held = False
        held, self._held = self._held * copies, []
        if order == "reversed":
            held.reverse()
        elif order == "shuffled":
            random.Random(seed).shuffle(held)
        for delivery in held:
            await self._send(delivery)

    async def _send(self, delivery: Delivery) -> None:
        if self.url is None:
            return
        if self._session is None:
            self._session = aiohttp.ClientSession()
        body = json.dumps(delivery.payload).encode()
        signature = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/0000000",
            "X-GitHub-Event": delivery.event,
            "X-GitHub-Delivery": delivery.guid,
            "X-GitHub-Hook-ID": "1",
            "X-Hub-Signature-256": f"sha256={signature}",
        }
        try:
            async with asyncio.timeout(10), self._session.post(self.url, data=body, headers=headers) as answer:
                delivery.status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            delivery.status = 0

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
