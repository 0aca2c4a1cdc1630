"""What becomes of a job that cannot be done."""

import asyncio
import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import asyncpg
import pytest
import structlog
from prometheus_client import REGISTRY
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from app.core.model import RepoId
from app.db.connection import DATABASE_AWAY, open_pool
from app.db.deliveries import take_delivery
from app.github.errors import Gone, KeyRefused, Limited, TryLater, VersionRefused
from app.handlers.bot import Bot
from app.jobs import Job, ReportHead, Sweep
from app.origin import Origin
from app.queue import enqueue
from app.queue.consuming import Pick, TryAgain
from app.queue.state import list_work
from app.worker import (
    CRONS,
    HANDLERS,
    LONGEST_WAIT,
    MOST_FAILURES,
    MOST_PICKS,
    Poisoned,
    Worker,
    enqueue_if_due,
    run_worker,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
JOB = ReportHead(repo_id=RepoId(1), head_sha="a" * 40, delivery="guid")


@pytest.fixture
async def bot(database_url):
    async with await open_pool(database_url, size=3) as pool:
        yield Bot(pool=pool, github=None, app_id=1, clock=lambda: NOW, processes=None)


@pytest.fixture
async def delivery(conn):
    await take_delivery(conn, "guid", "push", None, NOW)


def pick(**changes):
    return replace(Pick(job=JOB, id=7, failures=0, waits=0, picks=1), **changes)


def worker(bot, *problems, job=ReportHead, pace=1.0):
    """A worker whose handler of a job raises each of the problems once, then does it."""
    left, done = list(problems), []

    async def handler(_bot, job):
        if left:
            raise left.pop(0)
        done.append(job)

    return Worker(bot=bot, handlers={**HANDLERS, job: handler}, pace=pace), done


async def is_processed(conn):
    return await conn.fetchval("SELECT processed_at FROM fg_delivery WHERE guid = 'guid'") is not None


async def copies(conn):
    """The jobs that were put back: their waits so far, and how many seconds they rest."""
    rows = await conn.fetch(
        "SELECT headers, extract(epoch FROM execute_after - created) AS rest FROM pgqueuer ORDER BY id"
    )
    return [(int(json.loads(row["headers"])["waits"]), round(row["rest"])) for row in rows]


async def test_a_job_that_is_done_marks_its_delivery(bot, conn, delivery):
    made, done = worker(bot)
    await made.handle(pick())
    assert done == [JOB]
    assert await is_processed(conn)


@pytest.mark.parametrize(
    ("asked", "waits", "rest"),
    [(5, 0, 5), (5, 1, 5), (5, 6, 64), (5, 12, 3600), (7200, 12, 7200)],
    ids=["as asked", "as asked twice", "longer each time", "an hour at most", "more if GitHub wants it"],
)
async def test_to_wait_puts_a_copy_back_that_counts_its_waits_and_is_no_failure(
    bot, conn, delivery, asked, waits, rest
):
    made, _ = worker(bot, TryLater(timedelta(seconds=asked), "the artifacts are not listed yet"))
    await made.handle(pick(waits=waits))
    assert await copies(conn) == [(min(waits + 1, 12), rest)]
    assert not await is_processed(conn)
    assert timedelta(seconds=rest) <= max(LONGEST_WAIT, timedelta(seconds=asked))


@pytest.mark.parametrize(("waits", "counted"), [(0, 1), (1, 1), (9, 9)])
async def test_a_limits_wait_is_neither_grown_nor_hurried_however_often_it_was_in_the_way(bot, conn, waits, counted):
    made, _ = worker(bot, Limited(timedelta(seconds=60), "GitHub asked us to wait"), pace=0.02)
    await made.handle(pick(waits=waits))
    assert await copies(conn) == [(counted, 60)]


async def test_a_job_about_what_is_not_ours_is_dropped_and_its_delivery_done(bot, conn, delivery):
    made, done = worker(bot, Gone("GET /repos/{owner}/{repo}: Not Found"))
    await made.handle(pick())
    assert done == []
    assert await is_processed(conn)
    assert await copies(conn) == []


async def test_a_bug_is_tried_again_after_growing_pauses_and_then_held(bot, conn, delivery):
    pauses = []
    for failures in range(MOST_FAILURES):
        made, _ = worker(bot, KeyError("bug"))
        with pytest.raises(TryAgain, match="KeyError: 'bug'") as again:
            await made.handle(pick(failures=failures))
        pauses.append(again.value.after.total_seconds())
    assert pauses == [5, 20, 80, 320, 1280]
    made, _ = worker(bot, KeyError("bug"))
    with pytest.raises(KeyError):
        await made.handle(pick(failures=MOST_FAILURES))
    assert not await is_processed(conn), "GitHub may be asked to send it again"


@pytest.mark.parametrize("problem", [ConnectionResetError("away"), asyncpg.InvalidPasswordError("changed")])
async def test_a_database_that_is_away_or_lets_us_in_no_more_never_gets_a_job_held(bot, problem):
    made, _ = worker(bot, problem)
    with pytest.raises(TryAgain):
        await made.handle(pick(failures=99))


@pytest.mark.parametrize("problems", [(), (TryLater(timedelta(seconds=5), "wait"),)], ids=["done", "to wait"])
async def test_a_database_that_goes_away_after_the_work_brings_the_job_back(bot, problems):
    made, _ = worker(bot, *problems)
    await bot.pool.close()
    with pytest.raises(TryAgain) as again:
        await made.handle(pick(failures=MOST_FAILURES))
    assert isinstance(again.value.__cause__, DATABASE_AWAY)


async def test_a_job_that_was_picked_too_often_is_held_before_it_takes_another_process_along(bot):
    made, done = worker(bot)
    with pytest.raises(Poisoned, match="was picked 21 times"):
        await made.handle(pick(picks=MOST_PICKS + 1))
    assert done == []
    # Its failures were picks that ended.
    await made.handle(pick(picks=MOST_PICKS + 3, failures=3, job=replace(JOB, delivery=None)))
    assert len(done) == 1


@pytest.mark.parametrize(
    ("problems", "changes", "result"),
    [
        ((), {}, "done"),
        ((TryLater(timedelta(seconds=5), "wait"),), {}, "waits"),
        ((Gone("GET /repos/{owner}/{repo}: Not Found"),), {}, "dropped"),
        ((KeyError("bug"),), {}, "failed"),
        ((KeyError("bug"),), {"failures": MOST_FAILURES}, "held"),
        ((), {"picks": MOST_PICKS + 1}, "held"),
    ],
)
async def test_each_job_is_counted_by_what_became_of_it(bot, delivery, problems, changes, result):
    def counted():
        return REGISTRY.get_sample_value("flakeguard_jobs_total", {"kind": "ReportHead", "result": result}) or 0

    made, _ = worker(bot, *problems)
    before = counted()
    with suppress(TryAgain, KeyError, Poisoned):
        await made.handle(pick(**changes))
    assert counted() == before + 1


async def test_a_key_that_github_refuses_is_a_wait_that_cries_out(bot, delivery):
    made, _ = worker(bot, KeyRefused(timedelta(minutes=5), "POST /app: Bad credentials"))
    with capture_logs() as lines:
        await made.handle(pick())
    assert [(line["event"], line["log_level"]) for line in lines] == [("key_refused", "error")]
    assert REGISTRY.get_sample_value("flakeguard_key_refused") == 1


async def test_an_api_version_that_github_refuses_is_a_wait_that_cries_out(bot, delivery):
    made, _ = worker(bot, VersionRefused(timedelta(minutes=5), "GET /app: is not a supported version"))
    with capture_logs() as lines:
        await made.handle(pick())
    assert [(line["event"], line["log_level"]) for line in lines] == [("api_version_refused", "error")]


async def test_what_a_job_logs_says_which_job_it_is_and_what_set_it_off(bot, delivery):
    async def handler(_bot, _job):
        structlog.get_logger().info("at_work")

    made = Worker(bot=bot, handlers={ReportHead: handler})
    origin = Origin(delivery="of the first job", run_id=77)
    with capture_logs(processors=[merge_contextvars]) as lines:
        await made.handle(pick(job=replace(JOB, delivery=None), origin=origin))
        structlog.get_logger().info("afterwards")
    about = {"job": "ReportHead", "job_id": 7, "repo_id": 1, "run_id": 77, "delivery": "of the first job"}
    assert lines == [
        {"event": "at_work", "log_level": "info"} | about,
        {"event": "afterwards", "log_level": "info"},
    ]


async def test_a_job_that_waits_keeps_what_set_it_off(bot, conn, delivery):
    origin = Origin(delivery="guid", run_id=77, received_at=NOW)
    made, _ = worker(bot, TryLater(timedelta(seconds=5), "wait"))
    await made.handle(pick(origin=origin))
    headers = json.loads(await conn.fetchval("SELECT headers FROM pgqueuer"))
    assert Origin.from_headers(headers) == origin


async def test_every_job_has_a_handler():
    assert set(HANDLERS) == set(get_args(Job))


async def test_of_many_processes_that_look_at_once_one_does_what_is_due(bot, conn):
    await asyncio.gather(*(enqueue_if_due(bot, CRONS[0]) for _ in range(5)))
    assert await list_work(conn) == ["Sweep"]
    await asyncio.gather(*(enqueue_if_due(bot, CRONS[0]) for _ in range(5)))
    assert await list_work(conn) == ["Sweep"], "nothing is due before its time"


async def test_a_running_worker_sweeps_at_once_does_what_comes_and_ends_when_told(bot, conn, database_url):
    made, swept = worker(bot, job=Sweep)
    stop = asyncio.Event()
    running = asyncio.create_task(run_worker(made, database_url, stop))
    async with asyncio.timeout(20):
        while not swept or await list_work(conn):  # noqa: ASYNC110 - another connection's work is watched
            await asyncio.sleep(0.02)
        await enqueue(conn, Sweep())
        while len(swept) == 1 or await list_work(conn):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.02)
        stop.set()
        await running
    assert swept == [Sweep(), Sweep()]


async def test_a_worker_whose_connections_are_all_killed_goes_on_with_the_next_job(
    bot, conn, database_url, monkeypatch
):
    monkeypatch.setattr("app.worker._RECONNECT_SECONDS", 0.1)
    made, done = worker(bot)
    stop = asyncio.Event()
    running = asyncio.create_task(run_worker(made, database_url, stop, heartbeat=timedelta(seconds=1)))
    for number in range(3):
        await enqueue(conn, replace(JOB, head_sha=f"{number:040x}"))
        async with asyncio.timeout(15):
            while len({job.head_sha for job in done}) <= number:  # noqa: ASYNC110 - the worker tells nobody
                await asyncio.sleep(0.05)
        await conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> $1",
            conn.get_server_pid(),
        )
    stop.set()
    await asyncio.wait_for(running, 15)
    assert {job.head_sha for job in done} == {f"{number:040x}" for number in range(3)}
