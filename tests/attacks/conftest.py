"""The bot's door, spoken to byte by byte: a client of a library would mend what an attacker sends."""

import asyncio
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from aiohttp import web

from app.db.connection import open_pool
from app.server import make_app
from app.web.health import Health
from app.web.webhook import Bell, Intake

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECRET = "the secret of the webhook"
APP_ID = 4242


def sign(body, secret=SECRET):
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@dataclass
class Door:
    """Where deliveries come in."""

    port: int

    async def raw(self, *pieces, within=20):
        """Send bytes as they are; return the answer's status and text, 0 where there is none."""
        async with asyncio.timeout(within):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)
            try:
                for piece in pieces:
                    writer.write(piece)
                    await writer.drain()
                # Not until the end: the server waits there for what was promised and never sent.
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    int(line[15:]) for line in head.splitlines() if line.lower().startswith(b"content-length:")
                )
                text = await reader.readexactly(length)
            except (ConnectionError, asyncio.IncompleteReadError):
                return 0, ""
            finally:
                writer.close()
        return int(head.split()[1]), text.decode()

    async def send(self, body, headers, *, length=True):
        """Post a body with these headers, which are a list of pairs or a dict; text goes out as UTF-8."""
        pairs = list(headers.items()) if isinstance(headers, dict) else list(headers)
        if length:
            pairs.append(("Content-Length", str(len(body))))
        lines = b"".join(_bytes(name) + b": " + _bytes(value) + b"\r\n" for name, value in pairs)
        head = b"POST /webhooks/github HTTP/1.1\r\nHost: bot\r\nConnection: close\r\n" + lines + b"\r\n"
        return await self.raw(head + body)

    async def deliver(self, payload, *, event="ping", guid="guid-1", **headers):
        """Post a delivery as GitHub would, but for the headers that are given; None leaves one out."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        said = headers_of(body, event=event, guid=guid) | headers
        return await self.send(body, {name: value for name, value in said.items() if value is not None})


def headers_of(body, *, event="ping", guid="guid-1", secret=SECRET):
    return {
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": guid,
        "X-Hub-Signature-256": sign(body, secret),
        "Content-Type": "application/json",
    }


def _bytes(text):
    return text if isinstance(text, bytes) else text.encode()


async def opened(pool):
    intake = Intake(pool=pool, secrets=(SECRET,), app_id=APP_ID, clock=lambda: NOW, bell=Bell(pool))
    runner = web.AppRunner(make_app(intake, Health(pool=pool)), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner


@pytest.fixture
async def door():
    """A door behind which there is no database: a delivery that got in would be a 500."""
    runner = await opened(None)
    yield Door(runner.addresses[0][1])
    await runner.cleanup()


@pytest.fixture
async def open_door(database_url):
    """A door behind which deliveries are written down."""
    async with await open_pool(database_url, size=5) as pool:
        runner = await opened(pool)
        yield Door(runner.addresses[0][1])
        await runner.cleanup()
