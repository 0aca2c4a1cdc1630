"""/livez, /readyz and /metrics over real HTTP and a real database, which may also be away, behind, or hang."""

import asyncio
import math
import re
from contextlib import asynccontextmanager

import pytest
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families

from app.cli.figures import start_figures
from app.core.model import RepoId
from app.core.quota import APP, News, Quota
from app.db.connection import open_pool
from app.db.limits import note_news
from app.jobs import ReportHead
from app.queue import enqueue
from app.server import make_app, make_probes
from app.web.health import Health, Lately


@pytest.fixture
async def pool(database_url):
    async with await open_pool(database_url, size=2) as opened:
        yield opened


@pytest.fixture
async def health(pool):
    return Health(pool=pool, kept=0)


@pytest.fixture
async def client(health):
    async with TestClient(TestServer(make_app(None, health))) as opened:
        yield opened


async def ready(client):
    answer = await client.get("/readyz")
    return answer.status, (await answer.text()).strip()


async def figures(client):
    """What /metrics says, by name and labels."""
    text = await (await client.get("/metrics")).text()
    samples = [one for family in text_string_to_metric_families(text) for one in family.samples]
    return {(one.name, *one.labels.values()): one.value for one in samples}


async def test_ready_means_that_the_database_and_its_schema_are_there(client, conn):
    assert await ready(client) == (200, "ready")
    await conn.execute("DELETE FROM fg_schema_migration WHERE version IN (2, 3)")
    assert await ready(client) == (503, "the schema lacks 2 migrations: run flakeguard migrate")


async def test_a_newer_release_that_has_migrated_already_does_not_make_this_one_unready(client, conn):
    await conn.execute(
        "INSERT INTO fg_schema_migration SELECT 9999, 'of the next release', digest, applied_at FROM fg_schema_migration LIMIT 1"
    )
    assert await ready(client) == (200, "ready")


async def test_a_database_that_refuses_us_is_named_and_keeps_nobody_from_the_figures(client, conn):
    await conn.execute("ALTER TABLE fg_schema_migration RENAME COLUMN digest TO other")
    assert await ready(client) == (503, "the database refuses us: UndefinedColumnError")
    await conn.execute("ALTER TABLE pgqueuer RENAME TO other")
    assert math.isnan((await figures(client))["flakeguard_queue_oldest_seconds",])


async def test_a_process_that_is_told_to_stop_is_not_ready_though_it_lives(client, health):
    health.stopping.set()
    assert await ready(client) == (503, "stopping")
    assert (await client.get("/livez")).status == 200


async def test_while_the_database_is_away_the_process_lives_and_shows_what_it_counted_itself(client, pool, conn):
    await enqueue(conn, ReportHead(repo_id=RepoId(1), head_sha="a" * 40))
    assert (await figures(client))["flakeguard_queue_jobs", "queued"] == 1
    await pool.close()
    assert await ready(client) == (503, "the database is away: InterfaceError")
    assert (await client.get("/livez")).status == 200
    shown = await figures(client)
    assert ("flakeguard_queue_jobs", "queued") not in shown, (
        "what was true before the database went is not told as news"
    )
    assert math.isnan(shown["flakeguard_queue_oldest_seconds",])


class Line:
    """The way to the database, which can be made to hang: it takes what is sent, and nothing comes back."""

    def __init__(self, conn):
        self.address, self.params = conn._addr, conn._params
        self.open = asyncio.Event()
        self.open.set()
        self.writers = []

    @property
    def url(self):
        user, password = self.params.user, self.params.password or ""
        port = self.server.sockets[0].getsockname()[1]
        return f"postgresql://{user}:{password}@127.0.0.1:{port}/{self.params.database}?sslmode=disable"

    async def join(self, reader, writer):
        there = self.address
        back, on = await (
            asyncio.open_unix_connection(there) if isinstance(there, str) else asyncio.open_connection(*there)
        )
        self.writers += [writer, on]
        await asyncio.gather(self.pass_on(reader, on), self.pass_on(back, writer))

    async def pass_on(self, reader, writer):
        try:
            while data := await reader.read(65536):
                await self.open.wait()
                writer.write(data)
        except ConnectionError:
            pass
        writer.close()


@pytest.fixture
async def line(conn):
    made = Line(conn)
    made.server = await asyncio.start_server(made.join, "127.0.0.1", 0)
    yield made
    made.open.set()
    made.server.close()
    for writer in made.writers:
        writer.close()


@asynccontextmanager
async def client_by(line, patience):
    async with await open_pool(line.url, size=2) as pool:
        async with TestClient(TestServer(make_app(None, Health(pool=pool, patience=patience, kept=0)))) as opened:
            yield opened
        line.open.set()


async def test_a_database_that_takes_the_question_and_never_answers_is_told_of_in_time_and_harms_nothing(line):
    async with client_by(line, patience=0.3) as client:
        assert await ready(client) == (200, "ready")
        line.open.clear()
        async with asyncio.timeout(20):
            for _ in range(3):
                assert await ready(client) == (503, "the database does not answer")
            assert ("flakeguard_queue_jobs", "queued") not in await figures(client)
        line.open.set()
        async with asyncio.timeout(20):
            assert await ready(client) == (200, "ready")
        assert ("flakeguard_queue_jobs", "queued") in await figures(client)


async def test_what_is_left_of_a_limit_is_told_by_every_process_until_its_hour_is_over(client, conn):
    await note_news(conn, 7, News(strikes_before=0, strikes=0, quota=Quota(limit=5000, remaining=100, resets_in=60.0)))
    await note_news(conn, 8, News(strikes_before=0, strikes=0, quota=Quota(limit=5000, remaining=100, resets_in=0.2)))
    await note_news(conn, 9, News(strikes_before=0, strikes=0))
    await note_news(
        conn, APP, News(strikes_before=0, strikes=0, quota=Quota(limit=5000, remaining=4000, resets_in=60.0))
    )
    await asyncio.sleep(0.3)
    left = {name: value for name, value in (await figures(client)).items() if "quota_remaining" in name[0]}
    assert left == {("flakeguard_github_quota_remaining", "7"): 100}


async def test_many_who_ask_at_once_and_within_a_second_cost_one_question(pool):
    asked = []

    async def ask():
        asked.append(1)
        await asyncio.sleep(0.01)
        return len(asked)

    lately = Lately(ask, kept_seconds=60)
    first = asyncio.create_task(lately.get())
    await asyncio.sleep(0)
    first.cancel()
    assert await asyncio.gather(*(lately.get() for _ in range(100))) == [1] * 100
    assert await lately.get() == 1
    lately = Lately(ask, kept_seconds=0)
    assert [await lately.get(), await lately.get()] == [2, 3]


async def test_what_went_wrong_is_asked_again_and_not_kept_for_ever():
    answers = iter([OSError("away"), None])

    async def ask():
        if problem := next(answers):
            raise problem
        return "ready"

    lately = Lately(ask, kept_seconds=0)
    with pytest.raises(OSError, match="away"):
        await lately.get()
    assert await lately.get() == "ready"


async def test_a_worker_shows_how_it_is_and_takes_no_webhooks(health):
    async with TestClient(TestServer(make_probes(health))) as opened:
        assert [(await opened.get(path)).status for path in ("/livez", "/readyz", "/metrics")] == [200, 200, 200]
        assert (await opened.post("/webhooks/github", data=b"{}")).status == 404


async def test_the_metrics_tell_the_release_and_what_the_process_takes(client):
    start_figures("web")
    shown = await figures(client)
    (release,) = [name for name in shown if name[0] == "flakeguard_build_info" and name[1] == "web"]
    assert re.fullmatch(r"\d+\.\d+.*|unknown", release[2])
    assert shown["process_resident_memory_bytes",] > 1 << 20
    assert shown["flakeguard_key_refused",] in (0, 1)
