from datetime import UTC, datetime

import asyncpg
import pytest

from app.db.migrate import DatabaseFromTheFuture, Migration, find_migrations, list_applied, migrate

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
async def empty(empty_database_url):
    conn = await asyncpg.connect(empty_database_url)
    yield conn
    await conn.close()


async def test_an_empty_database_gets_every_migration_and_a_second_run_finds_nothing_to_do(empty):
    assert await migrate(empty, find_migrations(), now=NOW) == list(find_migrations())
    assert await migrate(empty, find_migrations(), now=NOW) == []
    assert [a.version for a in await list_applied(empty)] == [m.version for m in find_migrations()]


async def test_a_migration_that_fails_leaves_nothing_behind(empty):
    broken = Migration(version=1, name="0001_broken", sql="CREATE TABLE half_done (id bigint); SELECT 1 / 0;")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(empty, [broken], now=NOW)
    assert await list_applied(empty) == []
    assert await empty.fetchval("SELECT to_regclass('half_done')") is None


async def test_a_database_of_a_newer_release_is_refused(empty):
    newer = Migration(version=9999, name="9999_future", sql="SELECT 1")
    await migrate(empty, [*find_migrations(), newer], now=NOW)
    with pytest.raises(DatabaseFromTheFuture, match="9999"):
        await migrate(empty, find_migrations(), now=NOW)


async def test_every_key_of_a_repositorys_table_begins_with_repo_id(conn):
    rows = await conn.fetch(
        """
        SELECT c.conrelid::regclass::text AS owner, c.conname AS key, a.attname AS first
        FROM pg_constraint AS c
        JOIN pg_attribute AS r ON r.attrelid = c.conrelid AND r.attname = 'repo_id'
        JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        WHERE c.contype IN ('p', 'u', 'f')
        """
    )
    assert len(rows) > 20
    assert [(row["owner"], row["key"]) for row in rows if row["first"] != "repo_id"] == []


async def test_every_table_of_ours_is_explained(conn):
    unexplained = await conn.fetch(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relname LIKE 'fg\\_%'"
        " AND NOT relispartition AND obj_description(oid, 'pg_class') IS NULL"
    )
    assert [row["relname"] for row in unexplained] == []
