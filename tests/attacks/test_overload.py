"""Many who send much, slowly, and nothing that is true: memory stays bounded, and GitHub's own deliveries come through."""

import asyncio
import resource

import pytest

from app.web import webhook
from app.web.body import SMALL_BODY
from tests.attacks.conftest import headers_of

pytestmark = pytest.mark.attack("overload")

MB = 1 << 20
UNSIGNED = "X-GitHub-Event: ping\r\nX-GitHub-Delivery: g\r\nX-Hub-Signature-256: sha256=" + "0" * 64 + "\r\n"


def head(length):
    return f"POST /webhooks/github HTTP/1.1\r\nHost: bot\r\nConnection: close\r\n{UNSIGNED}Content-Length: {length}\r\n\r\n"


async def promise(door, length, begun=b"x"):
    """Open a connection that promises a body and sends the beginning of it."""
    _, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(head(length).encode() + begun)
    await writer.drain()
    return writer


@pytest.fixture
async def promised():
    writers = []
    yield writers
    for writer in writers:
        writer.close()


PROMISES = {
    "eight large bodies": (8, 25 * MB),
    "fifty large bodies": (50, 25 * MB),
    "fifty small bodies": (50, 1_000),
    "a hundred bodies of the most that is small": (100, SMALL_BODY),
    "two hundred bodies of one byte": (200, 2),
}


@pytest.mark.parametrize(("count", "length"), PROMISES.values(), ids=PROMISES)
async def test_a_small_delivery_waits_for_nobody_who_only_promises(door, promised, count, length):
    for _ in range(count):
        promised.append(await promise(door, length))
    async with asyncio.timeout(webhook.READ_SECONDS / 2):
        assert (await door.deliver({"zen": ""}))[0] == 200


async def test_who_is_too_slow_is_given_up_and_gives_its_room_back(door, promised, monkeypatch):
    monkeypatch.setattr(webhook, "READ_SECONDS", 0.2)
    for _ in range(4):
        promised.append(await promise(door, 25 * MB))
    await asyncio.sleep(0.5)
    monkeypatch.setattr(webhook, "READ_SECONDS", 8)
    body = b'{"zen": "' + b"x" * MB + b'"}'
    assert (await door.send(body, headers_of(body)))[0] == 200


async def test_who_hangs_up_gives_its_room_back(door):
    for _ in range(20):
        (await promise(door, 25 * MB)).close()
    body = b'{"zen": "' + b"x" * MB + b'"}'
    assert (await door.send(body, headers_of(body)))[0] == 200


@pytest.mark.long
async def test_a_hundred_unsigned_bodies_of_25_mib_at_once_do_not_fill_the_memory(door):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    piece = b"x" * MB

    async def send():
        try:
            return (await door.raw(head(25 * MB).encode(), *[piece] * 25))[0]
        except (ConnectionError, TimeoutError):
            return 0

    answers = await asyncio.gather(*(send() for _ in range(100)))
    assert set(answers) <= {0, 401, 503}
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    # At most four bodies are held at once, each as it comes and once more as a whole.
    assert grown < 300, f"{grown} MB"


async def test_a_head_that_never_ends_is_cut_off(door):
    async def endless():
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write(b"POST /webhooks/github HTTP/1.1\r\n")
        try:
            for _ in range(1_000):
                writer.write(b"X-Evil: " + b"x" * 4_000 + b"\r\n")
                await writer.drain()
            return await reader.read()
        except ConnectionError:
            return b""
        finally:
            writer.close()

    assert b" 200 " not in (await asyncio.wait_for(endless(), 10))[:15]
