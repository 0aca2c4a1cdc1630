"""What a receiver gets: everything once, proven, in whatever way it and the network fail meanwhile."""

import asyncio
import json
from datetime import timedelta
from itertools import pairwise

import pytest
from aiohttp import web
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from app.cli import jobs as jobs_command
from app.db.connection import connect
from app.github.errors import TryLater
from app.handlers.hooks import GIVES_UP_AFTER, tell_hook
from app.jobs import TellHook
from app.queue.consuming import Pick, consume
from app.queue.held import list_held
from app.worker import Worker
from tests.hooks.conftest import START
from tests.hooks.receiver import SECRET, always, job_of, ok


async def test_a_delivery_is_proven_by_its_signature_as_githubs_are(receiver, make_teller):
    teller = make_teller(receiver.hook())
    job = job_of(START)
    await teller.tell(job)
    await teller.settle()
    [got] = receiver.got
    assert got.is_ours()
    assert not got.is_ours("another secret of sixteen")
    assert (got.guid, got.headers["X-FlakeGuard-Event"]) == (job.guid, "standing")
    assert got.body == json.loads(job.body)
    assert got.body["delivery"] == job.guid


async def test_a_receiver_that_is_away_for_an_hour_loses_nothing_and_gets_each_once_in_an_order_that_at_tells(
    receiver, make_teller
):
    teller = make_teller(receiver.hook())
    receiver.answer = always(503)
    sent = []
    for minutes in range(0, 60, 10):
        job = job_of(START + timedelta(minutes=minutes), name=f"test_{minutes}")
        sent.append(job.guid)
        await teller.tell(job)
        await teller.settle()
        await teller.let_pass(minutes=10)
    away = len(receiver.got)
    receiver.got.clear()
    receiver.answer = ok
    await teller.let_pass(hours=1, minutes=10, step=timedelta(minutes=10))
    assert away >= 20, "it was tried often while it was young"
    assert sorted(receiver.guids()) == sorted(sent)
    in_order = [one.guid for one in sorted(receiver.got, key=lambda one: one.body["at"])]
    assert in_order == sent
    assert await teller.queued() == 0


async def test_pauses_grow_to_an_hour_and_no_longer(receiver, make_teller, conn):
    teller = make_teller(receiver.hook(), is_working=False)
    receiver.answer = always(500)
    worker = Worker(bot=teller.bot, handlers={TellHook: tell_hook})
    pauses = []
    for waits in range(13):
        await worker.handle(pick_of(job_of(START), waits=waits))
        pauses.append(await conn.fetchval("SELECT max(execute_after - created) FROM pgqueuer"))
        await conn.execute("DELETE FROM pgqueuer")
    assert all(earlier <= later for earlier, later in pairwise(pauses))
    assert (pauses[0], pauses[-1]) == (timedelta(seconds=10), timedelta(hours=1))


def pick_of(job, **fields):
    return Pick(**{"job": job, "id": 1, "failures": 0, "waits": 0, "picks": 1} | fields)


async def test_after_two_days_a_delivery_is_held_for_an_admin_who_sees_what_and_why(
    receiver, make_teller, conn, capsys
):
    teller = make_teller(receiver.hook())
    receiver.answer = always(404)
    job = job_of(START)
    await teller.tell(job)
    await teller.settle()
    await teller.let_pass(hours=42, step=timedelta(hours=6))
    assert await list_held(conn, 5) == []
    await teller.let_pass(hours=6, step=timedelta(hours=6))
    [held] = await list_held(conn, 5)
    assert timedelta(days=1) <= GIVES_UP_AFTER
    assert held.error.startswith(f"GivenUp: hook team: standing {job.guid}: HTTP 404, and not taken for ")
    await jobs_command._list(conn, is_json=False)
    shown = capsys.readouterr().out
    assert "TellHook" in shown
    assert "HTTP 404" in shown
    assert "token=hidden" not in shown
    assert "127.0.0.1" not in str(await conn.fetch("SELECT * FROM pgqueuer_log")) + str(held)


async def test_a_receiver_that_is_gone_is_told_that_no_more(receiver, make_teller, conn):
    teller = make_teller(receiver.hook())
    receiver.answer = always(410)
    await teller.tell(job_of(START))
    await teller.settle()
    assert len(receiver.got) == 1
    assert (await teller.queued(), await list_held(conn, 5)) == (0, [])


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ({"Retry_After": "120"}, 120),
        ({"Retry_After": "0.75"}, 1),
        ({"Retry_After": "Sun, 01 Mar 2026 12:05:00 GMT", "Date": "Sun, 01 Mar 2026 12:00:00 GMT"}, 300),
        ({"Retry_After": "99999999"}, 86_400),
        ({"Retry_After": "soon"}, 10),
        ({}, 10),
    ],
)
async def test_a_receivers_limit_is_kept_to_the_second(receiver, make_teller, conn, asked, seconds):
    teller = make_teller(receiver.hook())
    receiver.answer = always(429, **asked)
    await teller.tell(job_of(START))
    await teller.settle()
    assert len(receiver.got) == 1
    [rest] = [row[0] for row in await conn.fetch("SELECT execute_after - created FROM pgqueuer")]
    assert rest == timedelta(seconds=seconds)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_a_failure_and_followed_nowhere(receiver, make_teller, status):
    teller = make_teller(receiver.hook())
    receiver.answer = always(status, Location=str(receiver.server.make_url("/elsewhere")))
    await teller.tell(job_of(START))
    await teller.settle()
    assert len(receiver.got) == 1
    assert await teller.queued() == 1


async def test_a_slow_receiver_is_waited_for_no_longer_than_the_limit(receiver, make_teller):
    teller = make_teller(receiver.hook(), timeout=timedelta(seconds=0.2))
    stay = asyncio.Event()

    async def hang(_request):
        await stay.wait()
        return web.Response()

    receiver.answer = hang
    await teller.tell(job_of(START))
    await teller.settle()
    assert await teller.queued() == 1
    receiver.answer = ok
    stay.set()
    await teller.let_pass(minutes=5)
    first, second = receiver.guids()
    assert first == second
    assert await teller.queued() == 0


async def test_an_answer_without_end_is_not_read_and_counts_by_its_status(receiver, make_teller):
    teller = make_teller(receiver.hook())
    written = []

    async def flood(request):
        response = web.StreamResponse(headers={"Content-Encoding": "gzip"})
        await response.prepare(request)
        try:
            while True:
                await response.write(b"\0" * 65_536)
                written.append(65_536)
        except (ConnectionError, asyncio.CancelledError):
            return response

    receiver.answer = flood
    await teller.tell(job_of(START))
    await teller.settle()
    assert await teller.queued() == 0
    # What the operating system's buffers hold on both sides comes on top of our own 64 KiB.
    assert sum(written) < 16_000_000


async def test_a_hook_that_does_not_answer_rests_and_no_worker_waits_for_it(receiver, make_teller):
    teller = make_teller(receiver.hook(), rest=timedelta(hours=1), is_working=False)
    receiver.answer = always(502)
    for _ in range(3):
        with pytest.raises(TryLater):
            await tell_hook(teller.bot, job_of(START))
    assert len(receiver.got) == 1


async def test_where_the_process_dies_between_sending_and_noting_it_comes_twice_under_the_same_number(
    receiver, make_teller, database_url
):
    teller = make_teller(receiver.hook(), is_working=False)
    sent, over = asyncio.Event(), asyncio.Event()
    worker = Worker(bot=teller.bot, handlers={TellHook: tell_hook})

    async def die(pick):
        await worker.handle(pick)
        sent.set()
        await over.wait()

    dying = await connect(database_url)
    stop = asyncio.Event()
    task = asyncio.create_task(consume(dying, die, stop, at_once=2, heartbeat=timedelta(seconds=1)))
    await teller.tell(job_of(START), job_of(START))
    await sent.wait()
    dying.terminate()
    over.set()
    with pytest.raises(ConnectionError):
        await task
    other = await connect(database_url)
    task = asyncio.create_task(consume(other, worker.handle, stop, at_once=2, heartbeat=timedelta(seconds=1)))
    await teller.settle()
    stop.set()
    await task
    guids = receiver.guids()
    assert len(set(guids)) == 2
    assert len(guids) > 2
    assert len({one.raw for one in receiver.got}) == 2, "and says the very same"


async def test_a_hook_that_another_process_knows_is_waited_for_and_one_that_nobody_sets_any_more_is_not(make_teller):
    teller = make_teller()
    await teller.tell(job_of(START))
    await teller.settle()
    assert await teller.queued() == 1
    await teller.let_pass(hours=2)
    assert await teller.queued() == 0


async def test_nothing_that_is_left_behind_holds_the_address_or_the_secret(receiver, make_teller, conn):
    teller = make_teller(receiver.hook())
    receiver.answer = always(500)
    with capture_logs() as lines:
        await teller.tell(job_of(START))
        await teller.settle()
        receiver.answer = ok
        await teller.let_pass(minutes=5)
    assert [line["outcome"] for line in lines if line["event"] == "hook_told"] == ["failed", "delivered"]
    left = str(lines) + str(
        [dict(row) for table in ("pgqueuer", "pgqueuer_log") for row in await conn.fetch(f"SELECT * FROM {table}")]
    )
    for secret in (SECRET, "token=hidden", f":{receiver.server.port}"):
        assert secret not in left
    assert SECRET not in repr(receiver.hook())
    assert "token" not in repr(receiver.hook())


async def test_deliveries_are_counted_by_what_came_of_them(receiver, make_teller):
    def counted(outcome):
        return REGISTRY.get_sample_value("flakeguard_hook_deliveries_total", {"outcome": outcome}) or 0

    before = counted("delivered"), counted("failed")
    teller = make_teller(receiver.hook())
    receiver.answer = always(500)
    await teller.tell(job_of(START))
    await teller.settle()
    receiver.answer = ok
    await teller.let_pass(minutes=5)
    assert (counted("delivered"), counted("failed")) == (before[0] + 1, before[1] + 1)
