"""Real processes of this release, started when a newer one has migrated the database and put jobs into its queue."""

import asyncio
import json
from dataclasses import dataclass, make_dataclass
from datetime import timedelta

import asyncpg
import pytest

from app.db.connection import connect
from app.db.migrate import find_migrations, migrate, read_migrations
from app.queue import enqueue
from app.queue.consuming import consume
from app.queue.state import list_work
from tests.e2e.conftest import START
from tests.e2e.leavings import finish_run
from tests.e2e.processes import SOON, Processes

NEWER = """
-- works_since: 0001
SET LOCAL lock_timeout = '5s';
ALTER TABLE fg_repository ADD COLUMN mood text NOT NULL DEFAULT 'calm';
ALTER TABLE fg_occurrence ADD COLUMN weather text;
ALTER TYPE fg_outcome ADD VALUE 'unsure';
CREATE TABLE fg_mood (repo_id bigint PRIMARY KEY);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Foresee:
    """A kind of job that only the newer release knows."""

    repo_id: int


# A kind that both know, of which the newer one knows more.
IngestRun = make_dataclass("IngestRun", [("repo_id", int), ("run_id", int), ("depth", int), ("mood", dict)])


@pytest.fixture
async def newer(conn, tmp_path):
    (tmp_path / "9001_moods.sql").write_text(NEWER, encoding="utf-8")
    await migrate(conn, [*find_migrations(), *read_migrations(tmp_path)], now=START)
    return conn


@pytest.fixture
def repo(github):
    made = github.repository("acme/web")
    made.commit(branch="main", files={"README.md": "web"}, message="first", author="dana")
    return made


async def all_but_foreseeing_is_done(conn):
    async with asyncio.timeout(60):
        while set(await list_work(conn, within=SOON)) - {"Foresee"}:  # noqa: ASYNC110 - other processes' work is watched
            await asyncio.sleep(0.1)


async def test_this_release_starts_and_works_beside_a_newer_one(github, repo, newer, database_url, tmp_path):
    await enqueue(newer, Foresee(repo_id=1))
    async with (
        Processes(github, database_url, tmp_path, FLAKEGUARD_PRIVATE_KEY="") as takers,
        Processes(github, database_url, tmp_path) as workers,
    ):
        web, worker = await asyncio.gather(takers.serve("web"), workers.serve("worker"))
        github.webhook_url = f"{web.address}/webhooks/github"
        sha = await repo.push(branch="main", files={"code.py": "1"}, message="1", author="dana")
        run = await finish_run(repo, sha)
        await all_but_foreseeing_is_done(newer)
        assert [one.conclusion for one in repo.check_runs(sha)] == ["success"]

        (repo_id,) = [row[0] for row in await newer.fetch("SELECT id FROM fg_repository")]
        await enqueue(newer, IngestRun(repo_id=repo_id, run_id=run.id, depth=3, mood={"a": 1}))
        await all_but_foreseeing_is_done(newer)
    assert await newer.fetchval("SELECT count(*) FROM pgqueuer WHERE status = 'failed'") == 0
    for one in (web, worker):
        (said,) = [line for line in told(one) if line["event"] == "beside_a_newer_release"]
        assert (said["level"], said["migrations"]) == ("warning", ["9001_moods"])
    assert await done_by_the_newer_release(database_url) == [Foresee(repo_id=1)]


def told(served):
    return [json.loads(line) for line in served.log.read_text(encoding="utf-8").splitlines()]


async def done_by_the_newer_release(database_url):
    """Return the jobs of the kind that it alone knows, as its own worker gets them."""
    stop, picks = asyncio.Event(), []

    async def handle(pick):
        assert (pick.picks, pick.failures) == (1, 0), "nobody has touched it before"
        picks.append(pick.job)
        stop.set()

    own: asyncpg.Connection = await connect(database_url)
    await asyncio.wait_for(consume(own, handle, stop, at_once=1, kinds=[Foresee], drain=timedelta(seconds=5)), 20)
    await own.close()
    return picks
