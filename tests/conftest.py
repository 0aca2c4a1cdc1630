"""A real PostgreSQL for the tests: the embedded one, or the server that FLAKEGUARD_TEST_DATABASE_URL names.

Or a cluster: FLAKEGUARD_TEST_CITUS_URL names its coordinator, FLAKEGUARD_TEST_CITUS_WORKERS the URLs of its workers,
separated by spaces; without workers, the coordinator holds the rows itself.

And how hard properties are tried: the same few examples each time, or many new ones with HYPOTHESIS_PROFILE=deep.
"""

import atexit
import itertools
import os
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from hypothesis import HealthCheck, settings

from app.db.connection import prepare_connection
from app.db.embedded import start_embedded
from app.db.migrate import find_migrations, migrate

_numbers = itertools.count(1)

# A machine that others use, too, is slow now and then: that is no failure of a test.
_patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", _patient, max_examples=40, derandomize=True)
settings.register_profile("deep", _patient, max_examples=1_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.fixture(scope="session")
def server_url():
    """One server a test process, so that processes never wait for each other.

    Not in pytest's own folder: as root, the server runs as another user, whom the next pytest to start would lock out.
    """
    given = os.environ.get("FLAKEGUARD_TEST_CITUS_URL") or os.environ.get("FLAKEGUARD_TEST_DATABASE_URL")
    if given:
        return given
    folder = Path(tempfile.mkdtemp(prefix="flakeguard-tests-"))
    # Registered before the server registers its own end, and so done after it.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return start_embedded(folder / "pg")


def _named(url, database):
    head, _, query = url.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{database}" + (f"?{query}" if query else "")


async def _hurry(admin):
    """Let our own server wait for no disk: what a failure of the machine could take away is worth nothing here."""
    if os.environ.get("FLAKEGUARD_TEST_DATABASE_URL"):
        return
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        await admin.execute(f"ALTER SYSTEM SET {setting} = off")
    await admin.execute("SELECT pg_reload_conf()")


@pytest.fixture(scope="session")
def template(server_url):
    """A migrated database that each test's own is copied from."""
    return f"fg_template_{os.getpid()}"


@pytest.fixture
async def empty_database_url(server_url):
    """A database without any of our tables."""
    name = f"fg_empty_{os.getpid()}_{next(_numbers)}"
    admin = await asyncpg.connect(server_url)
    await admin.execute(f"CREATE DATABASE {name}")
    yield _named(server_url, name)
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


CITUS = (Path(__file__).parents[1] / "sql" / "citus.sql").read_text(encoding="utf-8")


def _workers():
    return os.environ.get("FLAKEGUARD_TEST_CITUS_WORKERS", "").split()


def _address(url):
    parts = urlsplit(url)
    return parts.hostname or "localhost", parts.port or 5432


async def _on_each(urls, statement):
    for url in urls:
        conn = await asyncpg.connect(url)
        await conn.execute(statement)
        await conn.close()


async def _make_distributed(coordinator, name):
    """Make a migrated and distributed database: a cluster is one database on each node, and cannot be copied."""
    await _on_each([coordinator, *_workers()], f"CREATE DATABASE {name}")
    await _on_each([_named(url, name) for url in (coordinator, *_workers())], "CREATE EXTENSION citus")
    conn = await asyncpg.connect(_named(coordinator, name))
    await conn.execute("SELECT citus_set_coordinator_host($1, $2)", *_address(coordinator))
    for worker in _workers():
        await conn.execute("SELECT citus_add_node($1, $2)", *_address(worker))
    if not _workers():
        await conn.execute("SELECT citus_set_node_property($1, $2, 'shouldhaveshards', true)", *_address(coordinator))
    await migrate(conn, find_migrations(), now=datetime(2026, 1, 1, tzinfo=UTC))
    await conn.execute(CITUS)
    await conn.close()


async def _make_template(admin, server_url, template):
    await _hurry(admin)
    await admin.execute(f"CREATE DATABASE {template}")
    conn = await asyncpg.connect(_named(server_url, template))
    await migrate(conn, find_migrations(), now=datetime(2026, 1, 1, tzinfo=UTC))
    await conn.close()


@pytest.fixture
async def make_database(server_url, template):
    """Makes migrated databases, each copied from the template or spread over the cluster; drops them at the end."""
    admin = await asyncpg.connect(server_url)
    is_distributed = "FLAKEGUARD_TEST_CITUS_URL" in os.environ
    made = []

    async def make():
        made.append(f"fg_test_{os.getpid()}_{next(_numbers)}")
        if is_distributed:
            await _make_distributed(server_url, made[-1])
            return _named(server_url, made[-1])
        if not await admin.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", template):
            await _make_template(admin, server_url, template)
        await admin.execute(f"CREATE DATABASE {made[-1]} TEMPLATE {template}")
        return _named(server_url, made[-1])

    yield make
    for name in made:
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await _on_each(_workers() if is_distributed else (), f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await admin.close()


@pytest.fixture
async def database_url(make_database):
    """A migrated database of the test's own."""
    return await make_database()


@pytest.fixture
async def conn(database_url):
    connection = await asyncpg.connect(database_url, server_settings={"timezone": "UTC"})
    await prepare_connection(connection)
    yield connection
    await connection.close()
