"""`flakeguard jobs`: what was given up is seen, tried again or dropped by whoever operates the bot."""

import asyncio
import json

import pytest

from app.cli import asking
from app.core.model import RepoId
from app.db.connection import connect
from app.jobs import ReportHead, SyncIssue
from app.queue import enqueue
from app.queue.consuming import consume
from app.queue.held import list_held
from app.queue.state import read_state
from tests.cli.in_main import run
from tests.db.stored_runs import add_repository


@pytest.fixture(autouse=True)
def _quiet(monkeypatch):
    monkeypatch.setattr(asking, "configure_log", lambda *_: None)


@pytest.fixture
async def held(conn, database_url):
    """Two jobs that a bug kept from being done, given up by the real queue; returns the database's URL and their numbers."""
    repo_id = await add_repository(conn)
    await enqueue(conn, ReportHead(repo_id=repo_id, head_sha="a" * 40), SyncIssue(repo_id=RepoId(77), test_id=5))
    stop = asyncio.Event()

    async def break_down(_pick):
        raise RuntimeError("a bug\nof two lines with \x1b[31mcolour")

    own = await connect(database_url)
    work = asyncio.create_task(consume(own, break_down, stop, at_once=2))
    async with asyncio.timeout(10):
        while (await read_state(conn)).jobs != {"failed": 2}:  # noqa: ASYNC110 - the queue has no event for it
            await asyncio.sleep(0.02)
    stop.set()
    await work
    await own.close()
    return database_url, [one.id for one in reversed(await list_held(conn, 10))]


def test_held_jobs_are_listed_with_what_went_wrong(monkeypatch, capsys, held):
    url, ids = held
    assert run(monkeypatch, "jobs", DATABASE_URL=url) == 0
    out = capsys.readouterr().out
    first, headings, *rows = out.splitlines()
    assert first.startswith("0 to be done now, 0 put off, 0 being done, 2 held")
    assert headings.split() == ["id", "kind", "held", "since", "failures", "repository"]
    assert sorted(int(row.split()[0]) for row in rows[::2]) == sorted(ids)
    assert any("ReportHead" in row and "acme/web" in row for row in rows)
    assert all("RuntimeError: a bug" in row for row in rows[1::2])
    assert "\x1b" not in out, "what an error quotes cannot play tricks on the terminal"


def test_programs_get_the_same_as_json(monkeypatch, capsys, held):
    url, ids = held
    assert run(monkeypatch, "jobs", "list", "--json", DATABASE_URL=url) == 0
    told = {one["id"]: one for one in map(json.loads, capsys.readouterr().out.splitlines())}
    assert sorted(told) == sorted(ids)
    report = next(one for one in told.values() if one["kind"] == "ReportHead")
    assert (report["repository"], report["job"]["head_sha"]) == ("acme/web", "a" * 40)
    assert next(one for one in told.values() if one["kind"] == "SyncIssue")["repository"] is None


async def test_a_job_that_is_tried_again_is_as_good_as_new(monkeypatch, capsys, held, conn):
    url, ids = held
    assert await asyncio.to_thread(run, monkeypatch, "jobs", "retry", str(ids[0]), DATABASE_URL=url) == 0
    assert capsys.readouterr().out == f"job {ids[0]} put back into the queue\n"
    assert (await read_state(conn)).jobs == {"failed": 1, "queued": 1}
    seen, stop = [], asyncio.Event()

    async def do(pick):
        seen.append(pick)
        stop.set()

    own = await connect(url)
    await asyncio.wait_for(consume(own, do, stop, at_once=2), 10)
    await own.close()
    assert [(type(one.job).__name__, one.failures, one.waits, one.picks) for one in seen] == [("ReportHead", 0, 0, 1)]


async def test_jobs_are_dropped_one_by_one_or_all(monkeypatch, capsys, held, conn):
    url, ids = held
    assert await asyncio.to_thread(run, monkeypatch, "jobs", "drop", str(ids[0]), DATABASE_URL=url) == 0
    assert [one.id for one in await list_held(conn, 10)] == ids[1:]
    assert await asyncio.to_thread(run, monkeypatch, "jobs", "drop", "--all", DATABASE_URL=url) == 0
    assert await list_held(conn, 10) == []
    assert (await read_state(conn)).jobs == {}


def test_a_job_that_is_not_held_is_named(monkeypatch, capsys, held):
    url, ids = held
    assert run(monkeypatch, "jobs", "retry", str(ids[0]), "999999", DATABASE_URL=url) == 1
    assert "no job 999999 is held" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["retry"], ["drop"], ["retry", "3", "--all"], ["list", "3"]])
def test_nothing_is_done_before_it_is_said_which_jobs_are_meant(monkeypatch, capsys, arguments):
    assert run(monkeypatch, "jobs", *arguments) == 2
    assert capsys.readouterr().err.startswith("flakeguard jobs: ")
