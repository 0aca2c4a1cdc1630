"""`flakeguard forget`: an operator deletes what is stored of a repository."""

import asyncio

import pytest

from app.cli import asking
from app.db.connection import connect
from tests.cli.in_main import run
from tests.db.stored_runs import START, Stored, add_repository, store


@pytest.fixture
def url(database_url):
    async def fill():
        conn = await connect(database_url)
        repo_id = await add_repository(conn)
        await store(conn, repo_id, Stored(run=1, tests={"test_a": "FP", "test_b": "P"}))
        await conn.execute(
            "INSERT INTO fg_installation (id, account_login, created_at, updated_at) VALUES (5, 'acme', $1, $1)", START
        )
        await conn.execute("UPDATE fg_repository SET installation_id = 5")
        await conn.close()

    asyncio.run(fill())
    return database_url


@pytest.fixture
def ask(monkeypatch, capsys, url):
    monkeypatch.setattr(asking, "configure_log", lambda *_: None)

    def asked(*options):
        status = run(monkeypatch, "forget", "acme/web", *options, DATABASE_URL=url)
        return status, *capsys.readouterr()

    return asked


def execute(url, sql):
    async def in_database():
        conn = await connect(url)
        try:
            return await conn.fetchval(sql)
        finally:
            await conn.close()

    return asyncio.run(in_database())


def test_a_repository_is_deleted_once_that_is_confirmed_and_the_app_is_not_at_work_there(ask, url):
    status, out, err = ask("--yes")
    assert (status, out) == (1, "")
    assert err == "acme/web: take it from the App's installation first: it would be read again\n"
    execute(url, "UPDATE fg_repository SET removed_at = now()")
    status, out, err = ask()
    assert (status, out) == (1, "")
    what = "1 attempt with 3 executions of 2 tests"
    assert err == f"acme/web: {what} would be deleted for good: confirm that with --yes\n"
    assert execute(url, "SELECT count(*) FROM fg_occurrence") == 3
    assert ask("--yes") == (0, f"acme/web: {what} deleted\n", "")
    assert execute(url, "SELECT count(*) FROM fg_occurrence") == 0
    assert ask("--yes") == (1, "", "the database knows no repository acme/web\n")
