"""POST /webhooks/github: believe nothing unsigned, write the delivery and its job down, answer. GitHub is not asked."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import structlog
from aiohttp import web

from app.db.connection import DATABASE_AWAY, Pool
from app.github.webhooks import HANDLED, UnknownShape, verify
from app.intake import Delivery, Stored, read_delivery, store_delivery
from app.metrics import WEBHOOKS
from app.queue import wake

LARGEST_BODY = 25 * 1024 * 1024
"""GitHub sends no more: "Payloads are capped at 25 MB" (Webhook events and payloads)."""

BYTES_IN_FLIGHT = 4 * LARGEST_BODY
SMALL_BODY = 256 * 1024
SMALL_BYTES_IN_FLIGHT = 32 * 1024 * 1024
"""Nearly all that GitHub sends is small: it does not wait for room behind large bodies, which anybody can promise."""

LONGEST_GUID = 100
READ_SECONDS = 8.0
"""GitHub gives up after 10 seconds."""

_log = structlog.get_logger()


class Refused(Exception):
    """The delivery is not taken; `status` and the text say why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass(slots=True)
class BytesInFlight:
    """Caps the bytes of all bodies that are being read at once, so that many large ones cannot fill the memory."""

    limit: int = BYTES_IN_FLIGHT
    _held: int = 0
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @asynccontextmanager
    async def reserve(self, size: int) -> AsyncIterator[None]:
        async with self._changed:
            await self._changed.wait_for(lambda: self._held + size <= self.limit)
            self._held += size
        try:
            yield
        finally:
            async with self._changed:
                self._held -= size
                self._changed.notify_all()


@dataclass(slots=True)
class Bell:
    """Wakes the workers soon after a delivery was stored, once for all that came within a moment.

    A ring that is lost costs a second, after which the workers look by themselves.
    """

    pool: Pool
    seconds: float = 0.02
    _ringing: asyncio.Task[None] | None = None

    def ring(self) -> None:
        if self._ringing is None or self._ringing.done():
            self._ringing = asyncio.create_task(self._ring())

    async def _ring(self) -> None:
        await asyncio.sleep(self.seconds)
        # Whoever comes from here on may have stored its job too late for this ring.
        self._ringing = None
        try:
            async with self.pool.acquire(timeout=READ_SECONDS) as conn:
                await wake(conn)
        except DATABASE_AWAY as error:
            _log.warning("workers_not_woken", error=type(error).__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Takes webhooks for one App. `pool` is None while the database was never reached."""

    pool: Pool
    secrets: Sequence[str]
    app_id: int
    clock: Callable[[], datetime]
    bell: Bell
    in_flight: BytesInFlight = field(default_factory=BytesInFlight)
    small_in_flight: BytesInFlight = field(default_factory=partial(BytesInFlight, SMALL_BYTES_IN_FLIGHT))

    async def answer(self, request: web.Request) -> web.Response:
        """Answer one delivery, as the table of the README says."""
        event = _label(request.headers.get("X-GitHub-Event"))
        try:
            status, text = await self._take(request)
        except Refused as refused:
            status, text = refused.status, str(refused)
        except DATABASE_AWAY as error:
            _log.warning("webhook_not_taken", reason="database away", error=type(error).__name__)
            status, text = 503, "the database is away, send it again"
        WEBHOOKS.labels(event=event, answer=status).inc()
        return web.Response(status=status, text=text + "\n")

    async def _take(self, request: web.Request) -> tuple[int, str]:
        _check_headers(request)
        size = request.content_length if request.content_length is not None else LARGEST_BODY
        in_flight = self.small_in_flight if size <= SMALL_BODY else self.in_flight
        try:
            async with asyncio.timeout(READ_SECONDS), in_flight.reserve(size):
                body = await _read(request)
                delivery = self._open(request, body)
        except TimeoutError:
            raise Refused(503, "too many bytes at once, or too slow, send it again") from None
        return await self._store(delivery)

    def _open(self, request: web.Request, body: bytes) -> Delivery:
        if not verify(body, request.headers.get("X-Hub-Signature-256"), self.secrets):
            _log.warning("webhook_signed_wrongly", delivery=request.headers.get("X-GitHub-Delivery", "")[:40])
            raise Refused(401, "the signature is missing or wrong (X-Hub-Signature-256)")
        name, guid = request.headers.get("X-GitHub-Event"), request.headers.get("X-GitHub-Delivery")
        if not name or not guid:
            raise Refused(400, "X-GitHub-Event or X-GitHub-Delivery is missing")
        if len(guid) > LONGEST_GUID or not (guid.isascii() and guid.isprintable()):
            raise Refused(400, "X-GitHub-Delivery is no GUID")
        payload = _json(body)
        try:
            return read_delivery(guid=guid, name=name, payload=payload, own_app_id=self.app_id)
        except UnknownShape as error:
            _log.error("webhook_of_unknown_shape", github_event=name, delivery=guid, error=str(error))
            raise Refused(400, str(error)) from error

    async def _store(self, delivery: Delivery) -> tuple[int, str]:
        if delivery.asks_nothing:
            return 200, Stored.NOTHING
        async with self.pool.acquire(timeout=READ_SECONDS) as conn, conn.transaction():
            stored = await store_delivery(conn, delivery, self.clock())
        if stored is not Stored.TAKEN:
            return 200, stored
        self.bell.ring()
        return 202, stored


def _check_headers(request: web.Request) -> None:
    if not request.headers.get("X-Hub-Signature-256"):
        raise Refused(401, "the signature is missing (X-Hub-Signature-256)")
    if request.content_length is not None and request.content_length > LARGEST_BODY:
        raise Refused(413, "larger than 25 MiB")
    if request.content_type == "application/x-www-form-urlencoded":
        raise Refused(415, "set the webhook's content type to application/json")
    # GitHub packs nothing; unpacked, a body would have more bytes than were reserved for it.
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Refused(415, "send the body as it was signed, without Content-Encoding")


async def _read(request: web.Request) -> bytes:
    """Read the body, at most 25 MiB of it, whatever its header promised."""
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise Refused(413, "larger than 25 MiB")
    return bytes(body)


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "the body is no JSON") from error


def _label(event: str | None) -> str:
    """Name the event for the metric: of strangers' words we would make a series each."""
    return event if event in HANDLED else "other"
