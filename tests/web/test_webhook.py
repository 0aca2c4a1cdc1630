"""POST /webhooks/github over real HTTP and a real database."""

import asyncio
import hashlib
import hmac
import json
import os
import re
import tempfile
from datetime import UTC, datetime

import aiohttp
import asyncpg
import pytest
from aiohttp.test_utils import TestClient, TestServer
from structlog.testing import capture_logs

from app.cli.running import listen
from app.db.connection import open_pool, prepare_connection
from app.db.deliveries import mark_processed
from app.server import make_app
from app.web.body import Room
from app.web.health import Health
from app.web.webhook import Bell, Intake

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
REPOSITORY = {
    "id": 501,
    "name": "web",
    "full_name": "acme/web",
    "owner": {"login": "acme", "type": "Organization"},
    "default_branch": "main",
    "private": False,
}
RUN = {
    "action": "completed",
    "workflow_run": {"id": 77, "run_attempt": 1, "head_sha": "a" * 40},
    "repository": REPOSITORY,
    "installation": {"id": 9},
    "sender": {"login": "dana", "type": "User"},
}


def signed(body, secret="s1"):
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def headers(body, *, event="workflow_run", guid="guid-1", **changes):
    said = {
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": guid,
        "X-Hub-Signature-256": signed(body),
        "Content-Type": "application/json",
    } | changes
    return {name: value for name, value in said.items() if value is not None}


@pytest.fixture
async def pool(database_url):
    opened = await open_pool(database_url, size=5)
    yield opened
    await opened.close()


@pytest.fixture
async def client(pool):
    intake = Intake(pool=pool, secrets=("s0", "s1"), app_id=1, clock=lambda: NOW, bell=Bell(pool))
    async with TestClient(TestServer(make_app(intake, Health(pool=pool)))) as opened:
        yield opened


def client_with(pool, room):
    intake = Intake(pool=pool, secrets=("s1",), app_id=1, clock=lambda: NOW, bell=Bell(pool), room=room)
    return TestClient(TestServer(make_app(intake, Health(pool=pool))))


async def post(client, payload=RUN, **changes):
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return await client.post("/webhooks/github", data=body, headers=headers(body, **changes))


async def test_a_signed_delivery_is_written_down_with_its_job_before_the_202(client, conn):
    answer = await post(client)
    assert answer.status == 202
    assert await conn.fetchval("SELECT event FROM fg_delivery WHERE guid = 'guid-1'") == "workflow_run"
    job = json.loads(await conn.fetchval("SELECT payload FROM pgqueuer WHERE entrypoint = 'IngestRun'"))
    assert (job["run_id"], job["delivery"]) == (77, "guid-1")
    assert await conn.fetchval("SELECT owner || '/' || name FROM fg_repository WHERE external_id = 501") == "acme/web"


async def test_each_of_several_secrets_is_good(client):
    body = json.dumps(RUN).encode()
    answer = await post(client, **{"X-Hub-Signature-256": signed(body, "s0")})
    assert answer.status == 202


@pytest.mark.attack("signatures")
@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"X-Hub-Signature-256": None}, 401),
        ({"X-Hub-Signature-256": None, "X-Hub-Signature": "sha1=0123"}, 401),
        ({"X-Hub-Signature-256": "sha256=" + "0" * 64}, 401),
        ({"X-Hub-Signature-256": "sha256=ä"}, 401),
        ({"guid": None}, 400),
        ({"event": None}, 400),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
    ],
)
async def test_what_is_not_signed_or_not_whole_is_refused_and_leaves_nothing(client, conn, changes, status):
    answer = await post(client, **changes)
    assert answer.status == status
    assert await conn.fetchval("SELECT count(*) FROM fg_delivery") == 0
    assert await conn.fetchval("SELECT count(*) FROM pgqueuer") == 0


@pytest.mark.parametrize("body", [b"{", b"[" * 100_000, b"\xff\xfe"])
async def test_a_body_that_is_no_json_is_refused(client, body):
    assert (await post(client, body)).status == 400


async def test_a_known_event_without_the_fields_it_needs_is_refused_by_name(client):
    answer = await post(client, {"action": "completed", "repository": REPOSITORY})
    assert answer.status == 400
    assert "workflow_run" in await answer.text()


@pytest.mark.parametrize(("event", "payload"), [("ping", {"zen": "…"}), ("star", {"action": "created"})])
async def test_an_event_that_is_none_of_ours_is_answered_and_not_kept(client, conn, event, payload):
    answer = await post(client, payload, event=event)
    assert answer.status == 200
    assert await conn.fetchval("SELECT count(*) FROM pgqueuer") == 0


async def test_a_delivery_runs_again_while_it_is_not_done_and_never_after(client, conn):
    assert (await post(client)).status == 202
    assert (await post(client)).status == 202
    await mark_processed(conn, "guid-1", NOW)
    assert (await post(client)).status == 200
    assert await conn.fetchval("SELECT count(*) FROM pgqueuer") == 2


async def test_many_copies_at_once_are_one_delivery(client, conn):
    answers = await asyncio.gather(*(post(client) for _ in range(5)))
    assert {answer.status for answer in answers} == {202}
    assert await conn.fetchval("SELECT count(*) FROM fg_delivery") == 1
    assert await conn.fetchval("SELECT count(*) FROM fg_repository") == 1


@pytest.mark.attack("overload")
async def test_more_than_25_mib_is_refused_without_being_read(client):
    async def endless():
        yield b"x" * 1024
        await asyncio.sleep(3600)

    said = headers(b"") | {"Content-Length": str(25 * 1024 * 1024 + 1)}
    async with asyncio.timeout(5):
        answer = await client.post("/webhooks/github", data=endless(), headers=said)
    assert answer.status == 413


@pytest.mark.attack("overload")
async def test_a_body_without_a_length_is_read_up_to_25_mib_and_no_further(client):
    async def chunks():
        for _ in range(26):
            yield b"x" * (1024 * 1024)

    try:
        answer = await client.post("/webhooks/github", data=chunks(), headers=headers(b""))
    except aiohttp.ClientError:
        return  # the server has hung up while we were still sending, which is as good
    assert answer.status == 413


SENT = b'{"x": "' + b"y" * 1_000_000 + b'"}'


@pytest.mark.parametrize(
    "room",
    [Room(memory=0), Room(memory=300_000), Room()],
    ids=["no memory at all", "memory for some of it", "more than is kept in memory"],
)
async def test_a_large_delivery_is_taken_and_known_by_its_signature_wherever_it_is_kept(pool, room):
    async with client_with(pool, room) as client:
        assert (await post(client, SENT, event="star")).status == 200
        assert (await post(client, SENT, event="star", **{"X-Hub-Signature-256": signed(SENT + b" ")})).status == 401
    assert (room.in_memory, room.in_files) == (0, 0)


@pytest.mark.parametrize("room", [Room(files=900_000), Room(memory=0, files=0)], ids=["some", "none"])
async def test_a_body_for_which_there_is_no_room_is_refused_at_once_and_leaves_its_room_to_the_next(pool, room):
    async with client_with(pool, room) as client:
        assert (await post(client, SENT, event="star")).status == 503
    assert (room.in_memory, room.in_files) == (0, 0)


async def test_a_machine_without_a_place_for_files_still_takes_what_fits_in_memory(pool, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    async with client_with(pool, Room()) as client:
        assert (await post(client, SENT, event="star")).status == 503
        assert (await post(client)).status == 202


async def test_those_who_promise_much_and_send_nothing_keep_nobody_out(pool):
    async def nothing():
        await asyncio.sleep(3600)
        yield b""

    said = headers(b"") | {"Content-Length": str(25 * 1024 * 1024)}
    async with client_with(pool, Room()) as client:
        idle = [asyncio.create_task(client.post("/webhooks/github", data=nothing(), headers=said)) for _ in range(20)]
        await asyncio.sleep(0.1)
        async with asyncio.timeout(5):
            assert (await post(client)).status == 202
        for one in idle:
            one.cancel()
        await asyncio.gather(*idle, return_exceptions=True)


async def test_a_body_that_comes_too_slowly_is_given_up(pool, monkeypatch):
    monkeypatch.setattr("app.web.webhook.READ_SECONDS", 0.1)

    async def slow():
        yield b"{"
        await asyncio.sleep(3600)

    room = Room()
    async with client_with(pool, room) as client, asyncio.timeout(5):
        answer = await client.post("/webhooks/github", data=slow(), headers=headers(b"") | {"Content-Length": "9"})
    assert answer.status == 503
    assert room.in_memory == 0


async def test_while_the_database_is_away_nothing_is_taken_and_that_is_said(client, pool):
    await pool.close()
    assert (await post(client)).status == 503


def answered(text):
    """How many webhooks the metrics say were answered with each status."""
    found = re.findall(r'flakeguard_webhooks_total{answer="(\d+)",event="\w+"} (\S+)', text)
    return {status: sum(float(count) for one, count in found if one == status) for status, _ in found}


async def test_a_sender_who_goes_away_in_the_middle_is_not_taken_for_a_database_that_is_away(client, pool):
    async def figures():
        return answered(await (await client.get("/metrics")).text())

    before = await figures()
    intake = Intake(pool=pool, secrets=("s1",), app_id=1, clock=lambda: NOW, bell=Bell(pool))
    # As `serve` does it: the server of the tests would end the handler.
    with capture_logs() as lines:
        async with listen(make_app(intake, Health(pool=pool)), "127.0.0.1", 0) as port:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n")
            writer.write(b"X-GitHub-Event: push\r\nX-Hub-Signature-256: sha256=0\r\n\r\nonly this")
            await writer.drain()
            await asyncio.sleep(0.2)
            writer.close()
            await asyncio.sleep(0.2)
    assert await figures() == before
    assert lines == []


async def test_an_error_of_ours_is_counted_as_what_it_is_answered_with(pool):
    def clock():
        raise KeyError("a bug")

    intake = Intake(pool=pool, secrets=("s1",), app_id=1, clock=clock, bell=Bell(pool))
    async with TestClient(TestServer(make_app(intake, Health(pool=pool)))) as opened:
        before = answered(await (await opened.get("/metrics")).text())
        assert (await post(opened)).status == 500
        after = answered(await (await opened.get("/metrics")).text())
    assert after["500"] - before.get("500", 0) == 1


@pytest.fixture
async def shut_out(database_url, conn):
    """A pool that the database has let in, and lets in no more: its role was changed while we run."""
    role = f"fg_shut_out_{os.getpid()}"
    await conn.execute(f"CREATE ROLE {role} LOGIN SUPERUSER PASSWORD 'x'")
    opened = await asyncpg.create_pool(
        database_url, user=role, password="x", min_size=1, max_size=2, init=prepare_connection
    )
    await conn.execute(f"ALTER ROLE {role} NOLOGIN")
    await opened.expire_connections()
    yield opened
    await opened.close()
    await conn.execute(f"DROP ROLE {role}")


async def test_while_the_database_lets_us_in_no_more_it_is_as_if_it_were_away(shut_out):
    async with client_with(shut_out, Room()) as opened:
        assert (await post(opened)).status == 503
        assert (await (await opened.get("/readyz")).text()).startswith("the database refuses us: Invalid")
        told = await opened.get("/metrics")
        assert told.status == 200
        assert 'flakeguard_webhooks_total{answer="503",event="workflow_run"}' in await told.text()


async def test_the_metrics_count_webhooks_by_event_and_answer_and_name_no_repository(client):
    await post(client)
    text = await (await client.get("/metrics")).text()
    assert 'flakeguard_webhooks_total{answer="202",event="workflow_run"}' in text
    assert 'flakeguard_queue_jobs{state="queued"} 1.0' in text
    assert "acme" not in text


async def test_without_an_app_no_webhook_is_taken(pool):
    async with TestClient(TestServer(make_app(None, Health(pool=pool)))) as opened:
        assert (await post(opened)).status == 503


async def test_a_quiet_intake_wakes_the_workers_once_for_all_that_came_at_once(database_url, conn):
    heard = []
    await conn.add_listener("ch_pgqueuer", lambda *message: heard.append(message[-1]))
    async with await open_pool(database_url, size=5, is_quiet=True) as quiet:
        intake = Intake(pool=quiet, secrets=("s1",), app_id=1, clock=lambda: NOW, bell=Bell(quiet, seconds=1.5))
        async with TestClient(TestServer(make_app(intake, Health(pool=quiet)))) as opened:
            await asyncio.gather(*(post(opened, guid=f"guid-{number}") for number in range(6)))
            assert heard == []
            await asyncio.sleep(2)
    assert len(heard) == 1
    assert json.loads(heard[0])["type"] == "table_changed_event"
