"""Durable jobs on a real PostgreSQL."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.ports.repository import EntrypointExecutionParameter
from pgqueuer.queries import Queries

from app.core.model import RepoId
from app.db.connection import DATABASE_AWAY, connect
from app.jobs import IngestRun, ObeyComment, ReportHead, SyncIssue
from app.origin import Origin, working_for
from app.queue import enqueue
from app.queue.consuming import QueueLost, TryAgain, consume
from app.queue.held import list_held
from app.queue.state import list_work, prune_log, read_state

JOB = ReportHead(repo_id=RepoId(1), head_sha="a" * 40, delivery="guid")


@pytest.fixture
async def consumer(database_url):
    """Runs `consume` with a handler on a connection of its own; stops it at the end."""
    stop = asyncio.Event()
    tasks, connections = [], []

    async def start(handle, **options):
        connection = await connect(database_url)
        connections.append(connection)
        tasks.append(asyncio.create_task(consume(connection, handle, stop, at_once=4, **options)))

    yield start
    stop.set()
    await asyncio.wait_for(asyncio.gather(*tasks), 10)
    for connection in connections:
        await connection.close()


async def until(condition, seconds=8.0):
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - another process' database is watched
            await asyncio.sleep(0.02)


async def test_a_job_comes_out_as_it_went_in(conn, consumer):
    picks = []

    async def handle(pick):
        picks.append(pick)

    await consumer(handle)
    await enqueue(conn, JOB)

    async def empty():
        return picks and not await list_work(conn)

    await until(empty)
    assert [pick.job for pick in picks] == [JOB]
    assert (picks[0].failures, picks[0].waits, picks[0].picks) == (0, 0, 1)


async def test_a_job_knows_what_set_it_off_but_for_one_that_was_put_off_on_purpose(conn, consumer):
    picks = []

    async def handle(pick):
        picks.append(pick)

    await consumer(handle)
    origin = Origin(delivery="guid", run_id=77, received_at=datetime(2026, 3, 1, tzinfo=UTC))
    with working_for(origin):
        await enqueue(conn, JOB)
        await enqueue(conn, JOB, after=timedelta(milliseconds=1))
        await enqueue(conn, JOB, after=timedelta(milliseconds=1), waits=1)
    await enqueue(conn, JOB)

    async def done():
        return len(picks) == 4

    await until(done)
    assert [pick.origin for pick in sorted(picks, key=lambda pick: pick.id)] == [origin, Origin(), origin, Origin()]


async def test_a_job_is_not_there_before_its_transaction_is_committed(conn, consumer, database_url):
    picks = []

    async def handle(pick):
        picks.append(pick)

    await consumer(handle)
    transaction = conn.transaction()
    await transaction.start()
    await enqueue(conn, JOB)
    await asyncio.sleep(0.2)
    assert picks == []
    await transaction.rollback()
    assert await list_work(conn) == []


async def test_a_job_that_asks_to_be_tried_again_comes_back_and_says_how_often_it_failed(conn, consumer):
    failures = []

    async def handle(pick):
        failures.append(pick.failures)
        if len(failures) < 3:
            raise TryAgain(timedelta(), "not yet")

    await consumer(handle)
    await enqueue(conn, JOB)

    async def done():
        return len(failures) == 3 and not await list_work(conn)

    await until(done)
    assert failures == [0, 1, 2]


async def test_a_job_that_breaks_is_held_and_not_lost(conn, consumer):
    async def handle(_pick):
        raise RuntimeError("bug")

    await consumer(handle)
    await enqueue(conn, JOB)

    async def held():
        return (await read_state(conn)).jobs == {"failed": 1}

    await until(held)
    assert (await read_state(conn)).jobs == {"failed": 1}


@pytest.mark.attack("secrets")
async def test_what_a_failed_job_leaves_in_the_database_says_what_failed_and_holds_no_secret(conn, consumer):
    secret = "x" * 40

    async def handle(pick):
        cause = ConnectionError(f"https://blob.example/log.zip?sig={secret}\0")
        if not pick.failures:
            raise TryAgain(timedelta(), f"OSError: ghs_{secret}") from cause
        raise LookupError(f"Bearer {secret}") from cause

    await consumer(handle)
    await enqueue(conn, JOB)

    async def held():
        return (await read_state(conn)).jobs == {"failed": 1}

    await until(held)
    [one] = await list_held(conn, 10)
    assert (one.error, one.failures) == ("LookupError: …", 1)
    logged = await conn.fetch("SELECT traceback::text AS said FROM pgqueuer_log WHERE traceback IS NOT NULL")
    assert [("ConnectionError" in row["said"], secret in row["said"]) for row in logged] == [(True, False)] * 2


async def test_people_are_served_before_housekeeping(conn, consumer):
    order = []
    await enqueue(conn, *(SyncIssue(repo_id=RepoId(1), test_id=n) for n in range(4)))
    await enqueue(conn, JOB)

    async def handle(pick):
        order.append(type(pick.job).__name__)

    await consumer(handle)

    async def done():
        return len(order) == 5

    await until(done)
    assert order[0] == "ReportHead"


async def test_the_one_run_of_a_quiet_repository_does_not_wait_for_all_of_a_noisy_one(conn, consumer):
    order = []
    await enqueue(conn, *(SyncIssue(repo_id=RepoId(1), test_id=n) for n in range(40)))
    for repo in (2, 3):
        await enqueue(conn, SyncIssue(repo_id=RepoId(repo), test_id=0))

    async def handle(pick):
        order.append(pick.job.repo_id)

    await consumer(handle)

    async def done():
        return len(order) == 42

    await until(done)
    assert {2, 3} <= set(order[:6])


async def test_of_two_noisy_repositories_none_waits_for_all_of_the_other(conn):
    for repo, runs in ((1, 3000), (2, 1500)):
        await enqueue(conn, *(IngestRun(repo_id=RepoId(repo), run_id=n) for n in range(runs)))
    rows = await conn.fetch(
        "SELECT (headers #>> '{}')::jsonb ->> 'repo' AS repo FROM pgqueuer ORDER BY priority DESC, id"
    )
    places = [place for place, row in enumerate(rows, start=1) if row["repo"] == "2"]
    assert places[99] <= 200
    assert places[999] <= 2000 * 1.02
    assert places[-1] <= 3000 * 1.02


async def test_priority_falls_with_every_hundredth_of_what_waits_and_never_below_a_thousand(conn):
    await enqueue(conn, *(IngestRun(repo_id=RepoId(1), run_id=n) for n in range(21_000)))
    found = await conn.fetch("SELECT -priority AS behind FROM pgqueuer ORDER BY id")
    behind = [row["behind"] for row in found]
    assert behind[:501] == list(range(501))
    assert behind == sorted(behind)
    assert (behind[-1], min(behind[n * 102 // 100] - behind[n] for n in range(600, 19_500))) == (1000, 2)


async def test_jobs_are_counted_whichever_connection_added_them(conn, database_url):
    own = await connect(database_url)
    for one in (conn, own, conn, own):
        await enqueue(one, SyncIssue(repo_id=RepoId(1), test_id=1))
    await own.close()
    assert [row[0] for row in await conn.fetch("SELECT priority FROM pgqueuer ORDER BY id")] == [0, -1, -2, -3]


async def test_a_job_of_a_noisy_repository_counts_those_that_wait_and_not_those_that_are_done(conn):
    await enqueue(conn, *(SyncIssue(repo_id=RepoId(1), test_id=n) for n in range(3)))
    await conn.execute("DELETE FROM pgqueuer")
    await enqueue(conn, SyncIssue(repo_id=RepoId(1), test_id=9))
    assert await conn.fetchval("SELECT priority FROM pgqueuer") == 0


async def test_a_person_is_answered_before_everything_else_even_in_a_noisy_repository(conn):
    await enqueue(conn, *(SyncIssue(repo_id=RepoId(1), test_id=n) for n in range(2000)))
    await enqueue(conn, ObeyComment(repo_id=RepoId(1), number=1, comment_id=2))
    await enqueue(conn, ReportHead(repo_id=RepoId(2), head_sha="a" * 40))
    assert await conn.fetchval("SELECT entrypoint FROM pgqueuer ORDER BY priority DESC LIMIT 1") == "ObeyComment"


async def test_counting_what_waits_reads_an_index(conn):
    await enqueue(conn, *(SyncIssue(repo_id=RepoId(1), test_id=n) for n in range(3000)))
    await conn.execute("ANALYZE pgqueuer")
    plan = await conn.fetch(
        "EXPLAIN SELECT FROM pgqueuer WHERE (headers #>> '{}')::jsonb ->> 'repo' = $1 AND status = 'queued' LIMIT 20000",
        "7",
    )
    assert "pgqueuer_waiting_of_repository" in "".join(row[0] for row in plan)


async def test_the_job_of_a_killed_process_is_picked_again_and_the_picks_are_counted(conn, consumer, database_url):
    await enqueue(conn, JOB)
    # What a process does before it is killed: it picks the job, and never says another word.
    queries = Queries(AsyncpgDriver(conn))
    await queries.dequeue(
        batch_size=1,
        entrypoints={"ReportHead": EntrypointExecutionParameter(concurrency_limit=0)},
        queue_manager_id=uuid.uuid4(),
        global_concurrency_limit=None,
        heartbeat_timeout=timedelta(seconds=30),
    )
    await conn.execute("UPDATE pgqueuer SET heartbeat = now() - interval '1 minute'")
    picks = []

    async def handle(pick):
        picks.append(pick)

    await consumer(handle)

    async def done():
        return bool(picks)

    await until(done)
    assert picks[0].picks == 2


async def test_consuming_ends_with_an_error_when_the_connection_is_lost(conn, database_url):
    connection = await connect(database_url)

    async def handle(_pick):
        return

    task = asyncio.create_task(consume(connection, handle, asyncio.Event(), at_once=4))
    await asyncio.sleep(0.3)
    await conn.execute("SELECT pg_terminate_backend($1)", connection.get_server_pid())
    with pytest.raises(DATABASE_AWAY):
        await asyncio.wait_for(task, 5)


async def test_a_job_that_is_running_when_the_connection_is_lost_does_not_keep_the_next_one_from_starting(
    conn, database_url, monkeypatch
):
    monkeypatch.setattr("app.queue.consuming._GRACE_SECONDS", 0.2)
    connection = await connect(database_url)
    began, ended = asyncio.Event(), asyncio.Event()

    async def handle(_pick):
        began.set()
        try:
            await asyncio.sleep(3600)
        finally:
            ended.set()

    task = asyncio.create_task(consume(connection, handle, asyncio.Event(), at_once=4))
    await enqueue(conn, JOB)
    await began.wait()
    await conn.execute("SELECT pg_terminate_backend($1)", connection.get_server_pid())
    with pytest.raises(QueueLost):
        await asyncio.wait_for(task, 30)
    # Another process will do the job again: this one must not go on with it for ever.
    assert ended.is_set()


async def stop_in_the_middle(conn, database_url, handle, began, *, drain):
    """Let a process begin with the job and tell it to end; returns the job's row, None where it is done."""
    connection, stop = await connect(database_url), asyncio.Event()
    task = asyncio.create_task(consume(connection, handle, stop, at_once=4, drain=timedelta(seconds=drain)))
    await enqueue(conn, JOB)
    await asyncio.wait_for(began.wait(), 10)
    stop.set()
    await asyncio.wait_for(task, 30)
    await connection.close()
    return await conn.fetchrow("SELECT status::text, attempts, execute_after <= now() AS is_due FROM pgqueuer")


async def test_a_job_that_is_running_when_the_process_is_told_to_stop_is_finished_and_no_other_begun(
    conn, database_url
):
    began, done = asyncio.Event(), []

    async def handle(pick):
        began.set()
        await enqueue(conn, JOB)
        await asyncio.sleep(0.5)
        done.append(pick.id)

    left = await stop_in_the_middle(conn, database_url, handle, began, drain=20)
    assert len(done) == 1
    assert tuple(left) == ("queued", 0, True)
    assert await conn.fetchval("SELECT count(*) FROM pgqueuer") == 1


async def test_a_job_that_takes_too_long_is_given_back_and_done_by_the_next_process_at_once(
    conn, database_url, consumer
):
    began, is_let_in, picks = asyncio.Event(), [], []

    async def handle(_pick):
        began.set()
        try:
            await asyncio.sleep(3600)
        finally:
            is_let_in.append(False)

    left = await stop_in_the_middle(conn, database_url, handle, began, drain=0.1)
    assert is_let_in == [False], "nobody goes on with it beside the next one"
    assert tuple(left) == ("queued", 0, True), "to be stopped is no failure"

    async def handle_again(pick):
        picks.append(pick)

    await consumer(handle_again)

    async def done():
        return picks and not await list_work(conn)

    await until(done, 5)
    assert (picks[0].job, picks[0].failures) == (JOB, 0)


async def test_a_job_that_does_not_even_stop_is_not_lost(conn, database_url, monkeypatch):
    monkeypatch.setattr("app.queue.consuming._GRACE_SECONDS", 0.2)
    monkeypatch.setattr("app.queue.consuming._LOOK_SECONDS", 600)
    began, end = asyncio.Event(), asyncio.Event()

    async def handle(_pick):
        began.set()
        while not end.is_set():
            try:
                await end.wait()
            except asyncio.CancelledError:
                continue

    with pytest.raises(QueueLost):
        await stop_in_the_middle(conn, database_url, handle, began, drain=0.1)
    end.set()
    # Picked still: when no more is heard of this process, another one does it again.
    assert await conn.fetchval("SELECT status::text FROM pgqueuer") == "picked"


async def test_the_log_of_finished_jobs_is_pruned(conn, consumer):
    async def handle(_pick):
        return

    await consumer(handle)
    await enqueue(conn, JOB)

    async def done():
        return await conn.fetchval("SELECT count(*) FROM pgqueuer_log WHERE status = 'successful'") == 1

    await until(done)
    await prune_log(conn, timedelta(days=1))
    assert await conn.fetchval("SELECT count(*) FROM pgqueuer_log") > 0
    await prune_log(conn, timedelta())
    assert await conn.fetchval("SELECT count(*) FROM pgqueuer_log") == 0


async def test_a_worker_with_nothing_to_do_yet_rests_between_its_looks(conn, database_url):
    connection = await connect(database_url)
    asked = []
    connection.add_query_logger(asked.append)
    stop = asyncio.Event()

    async def handle(_pick):
        return

    await enqueue(conn, JOB, after=timedelta(hours=1))
    task = asyncio.create_task(consume(connection, handle, stop, at_once=4))
    await asyncio.sleep(2.5)
    stop.set()
    await asyncio.wait_for(task, 30)
    await connection.close()
    # Four or five questions a look, one look a second; one that wakes itself asks thousands.
    assert len(asked) < 100
