"""A database that shuts this release out is refused by whatever is started on it, in one line; another one is not."""

import asyncpg
import pytest
from structlog.testing import capture_logs

from app.cli import asking
from tests.cli.in_main import run

NEWER = """
    INSERT INTO fg_schema_migration (version, name, digest, applied_at, works_since)
    VALUES (9998, '9998_harmless', 'x', now(), NULL), (9999, '9999_later', 'x', now(), {works_since})
"""
CHANGES = {
    "shut out": NEWER.format(works_since=9999),
    "of another line": f"{NEWER.format(works_since='NULL')}; DELETE FROM fg_schema_migration WHERE version = 20",
    "changed": "UPDATE fg_schema_migration SET digest = 'x' WHERE version = 2",
}


async def changed(database_url, change):
    conn = await asyncpg.connect(database_url)
    await conn.execute(change)
    await conn.close()
    return database_url


@pytest.fixture(params=CHANGES)
async def url(request, database_url):
    return await changed(database_url, CHANGES[request.param])


@pytest.fixture(params=["NULL", "20"])
async def newer_url(request, database_url):
    return await changed(database_url, NEWER.format(works_since=request.param))


@pytest.mark.parametrize(
    "command",
    [
        ("serve", "--port", "0"),
        ("serve", "--port", "0", "--no-migrate"),
        ("migrate",),
        ("report", "acme-corp/web-app"),
        ("recompute", "acme-corp/web-app"),
        ("query", "find_flakiest_tests", "acme-corp/web-app"),
        ("audit", "acme-corp/web-app", "--verify"),
        ("seed",),
    ],
    ids=" ".join,
)
def test_a_database_of_another_release_is_refused_in_one_line(monkeypatch, capsys, url, command):
    monkeypatch.setattr(asking, "configure_log", lambda *_: None)
    assert run(monkeypatch, *command, DATABASE_URL=url) == 1
    err = capsys.readouterr().err
    assert err.startswith(("the database has migration 9999_later", "migration 0002_model is another one here"))
    assert err.count("\n") == 1


def test_a_newer_release_that_shuts_nobody_out_is_gone_on_beside_with_a_warning(monkeypatch, capsys, newer_url):
    monkeypatch.setattr(asking, "configure_log", lambda *_: None)
    for command in (("migrate",), ("jobs", "list")):
        with capture_logs() as logs:
            assert run(monkeypatch, *command, DATABASE_URL=newer_url) == 0
        assert logs == [
            {
                "event": "beside_a_newer_release",
                "log_level": "warning",
                "migrations": ["9998_harmless", "9999_later"],
            }
        ]
    assert capsys.readouterr().err == ""
