"""A database of another release is refused by whatever is started on it, in one line."""

import asyncpg
import pytest

from app.cli import asking
from tests.cli.in_main import run


@pytest.fixture(params=["newer", "changed"])
async def url(request, database_url):
    conn = await asyncpg.connect(database_url)
    if request.param == "newer":
        await conn.execute(
            "INSERT INTO fg_schema_migration (version, name, digest, applied_at) VALUES (9999, '9999_later', 'x', now())"
        )
    else:
        await conn.execute("UPDATE fg_schema_migration SET digest = 'x' WHERE version = 2")
    await conn.close()
    return database_url


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
