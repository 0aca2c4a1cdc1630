"""POST /webhooks/github: believe nothing unsigned, write the delivery and its job down, answer. GitHub is not asked."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from aiohttp import web
from structlog.contextvars import bound_contextvars

from app.db.connection import NO_DATABASE, Pool
from app.github.signatures import Proof
from app.github.webhooks import HANDLED, UnknownShape
from app.intake import Delivery, Stored, read_delivery, store_delivery
from app.metrics import WEBHOOKS
from app.queue import wake
from app.tracing import span, trace_fields
from app.web.body import LARGEST_BODY, NoRoom, Room, TooLarge, UnprovenBody

LONGEST_GUID = 100
READ_SECONDS = 8.0
"""GitHub gives up after 10 seconds."""

_LONGEST_WORD = 100

_log = structlog.get_logger()


class Refused(Exception):
    """The delivery is not taken; `status` and the text say why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class _SenderGone(Exception):
    """Whoever sends hung up before all was sent: nobody hears an answer, and none is counted."""


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
        except NO_DATABASE as error:
            _log.warning("workers_not_woken", error=type(error).__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Takes webhooks for one App. `pool` is None while the database was never reached."""

    pool: Pool
    secrets: Sequence[str]
    app_id: int
    clock: Callable[[], datetime]
    bell: Bell
    room: Room = field(default_factory=Room)

    async def answer(self, request: web.Request) -> web.Response:
        """Answer one delivery: docs/metrics.md says what each status tells."""
        event = request.headers.get("X-GitHub-Event", "")
        guid = request.headers.get("X-GitHub-Delivery", "")
        with bound_contextvars(delivery=guid[:_LONGEST_WORD], github_event=event[:_LONGEST_WORD]):
            try:
                status, text = await self._take(request)
            except Refused as refused:
                status, text = refused.status, str(refused)
            except _SenderGone:
                return web.Response(status=400)
            except NO_DATABASE as error:
                _log.warning("webhook_not_taken", reason="database away", error=type(error).__name__)
                status, text = 503, "the database is away, send it again"
            except Exception:
                # A bug: who answers 500 logs it, and nobody else would count it.
                WEBHOOKS.labels(event=_label(event), answer=500).inc()
                raise
        WEBHOOKS.labels(event=_label(event), answer=status).inc()
        return web.Response(status=status, text=text + "\n")

    async def _take(self, request: web.Request) -> tuple[int, str]:
        _check_headers(request)
        with UnprovenBody(self.room, Proof(self.secrets)) as body:
            await _read(request, body)
            delivery = self._open(request, body)
        return await self._store(delivery)

    def _open(self, request: web.Request, body: UnprovenBody) -> Delivery:
        if not body.is_signed(request.headers.get("X-Hub-Signature-256")):
            _log.warning("webhook_signed_wrongly")
            raise Refused(401, "the signature is missing or wrong (X-Hub-Signature-256)")
        name, guid = request.headers.get("X-GitHub-Event"), request.headers.get("X-GitHub-Delivery")
        if not name or not guid:
            raise Refused(400, "X-GitHub-Event or X-GitHub-Delivery is missing")
        if len(guid) > LONGEST_GUID or not (guid.isascii() and guid.isprintable()):
            raise Refused(400, "X-GitHub-Delivery is no GUID")
        payload = _json(body.content())
        try:
            return read_delivery(guid=guid, name=name, payload=payload, own_app_id=self.app_id)
        except UnknownShape as error:
            _log.error("webhook_of_unknown_shape", error=str(error))
            raise Refused(400, str(error)) from error

    async def _store(self, delivery: Delivery) -> tuple[int, str]:
        if delivery.asks_nothing:
            return 200, Stored.NOTHING
        # Traced from here on only: of what strangers send, or what asks nothing of us, nobody wants a trace.
        with span("webhook", kind="server", event=_label(delivery.name), delivery=delivery.guid):
            async with self.pool.acquire(timeout=READ_SECONDS) as conn, conn.transaction():
                stored = await store_delivery(conn, delivery, self.clock())
            if stored is not Stored.TAKEN:
                return 200, stored
            _log.info("webhook_taken", action=delivery.action, **trace_fields())
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
    if any(one.lower() != "identity" for one in request.headers.getall("Content-Encoding", ())):
        raise Refused(415, "send the body as it was signed, without Content-Encoding")


async def _read(request: web.Request, body: UnprovenBody) -> None:
    try:
        async with asyncio.timeout(READ_SECONDS):
            await body.read(request.content)
    except TooLarge:
        raise Refused(413, "larger than 25 MiB") from None
    except NoRoom:
        raise Refused(503, "too many bytes at once, send it again") from None
    except TimeoutError:
        raise Refused(503, "the body came too slowly, send it again") from None
    except ConnectionError as error:
        # Beyond here it would look as if the database were away.
        raise _SenderGone from error


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "the body is no JSON") from error


def _label(event: str) -> str:
    """Name the event for the metric: of strangers' words we would make a series each."""
    return event if event in HANDLED else "other"
