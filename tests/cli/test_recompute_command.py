"""`flakeguard recompute`."""

import asyncio

import pytest

from app.cli import asking
from app.db.connection import connect
from tests.cli.in_main import run
from tests.db.stored_runs import Stored, add_repository, store


@pytest.fixture(autouse=True)
def _quiet(monkeypatch):
    monkeypatch.setattr(asking, "configure_log", lambda *_: None)


@pytest.fixture
async def filled_url(conn, database_url):
    repo_id = await add_repository(conn)
    for number in range(1, 13):
        await store(conn, repo_id, Stored(run=number, tests={"test_a": "FP" if number > 9 else "P", "test_b": "P"}))
    return database_url


def execute(url, sql):
    async def in_database():
        conn = await connect(url)
        await conn.execute(sql)
        await conn.close()

    asyncio.run(in_database())


def test_scores_are_made_of_what_is_stored_and_verified(monkeypatch, capsys, filled_url):
    assert run(monkeypatch, "recompute", "acme/web", "--verify", DATABASE_URL=filled_url) == 1
    assert "tests.test_a" in capsys.readouterr().err
    assert run(monkeypatch, "recompute", "acme/web", DATABASE_URL=filled_url) == 0
    assert capsys.readouterr().out == "1 test judged, 1 score stored\n"
    assert run(monkeypatch, "recompute", "acme/web", "--verify", DATABASE_URL=filled_url) == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == ("1 test judged, 1 score found, 0 stored otherwise\n", "")


def test_executions_that_belong_to_nothing_are_told(monkeypatch, capsys, filled_url):
    execute(filled_url, "DELETE FROM fg_test_case WHERE name = 'test_b'")
    assert run(monkeypatch, "recompute", "acme/web", DATABASE_URL=filled_url) == 0
    assert run(monkeypatch, "recompute", "acme/web", "--verify", DATABASE_URL=filled_url) == 1
    assert "12 executions belong to no test that is stored" in capsys.readouterr().err


def test_a_repository_that_nobody_told_us_of_is_named(monkeypatch, capsys, filled_url):
    assert run(monkeypatch, "recompute", "acme/nothing", DATABASE_URL=filled_url) == 1
    assert "acme/nothing" in capsys.readouterr().err
