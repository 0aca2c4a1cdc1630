"""Each migration over rows as they stood before it, and what the release before asks and writes over what it made."""

import asyncpg
import pytest

from app.db.migrate import migrate
from tests.db.migrations.samples import MIGRATIONS, NOW, SAMPLES, load_and_apply, lost, sample, statements, tables


@pytest.fixture
async def empty(empty_database_url):
    conn = await asyncpg.connect(empty_database_url, server_settings={"timezone": "UTC"})
    yield conn
    await conn.close()


def test_every_migration_has_sample_rows_from_before_it_and_questions_for_after_it():
    wanted = {f"{one.name[:4]}_{when}.sql" for one in MIGRATIONS for when in ("before", "after")}
    there = {file.name for file in SAMPLES.glob("[0-9]*.sql")}
    assert sorted(wanted - there) == [], "without sample data nobody knows what the migration does to rows"
    assert sorted(there - wanted) == [], "sample data of a migration that there is not"


async def test_each_migration_keeps_every_row_and_gives_new_columns_the_values_they_should_have(empty):
    for number, migration in enumerate(MIGRATIONS, 1):
        before = await load_and_apply(empty, migration, MIGRATIONS[:number])
        assert [table for table, rows in before.items() if not rows] == [], (
            f"{migration.name}: tables without a sample row"
        )
        for table, rows in before.items():
            assert await lost(empty, table, rows) == [], f"{migration.name}: {table}"
        for question in statements(sample(migration, "after")):
            assert await empty.fetch(question) == [], f"{migration.name}: {question}"


async def test_what_the_previous_release_asks_fits_the_schema_of_this_one(conn):
    asked = statements((SAMPLES / "previous_release.sql").read_text(encoding="utf-8"))
    assert len(asked) > 80
    async with conn.transaction():
        await conn.execute("CREATE TEMPORARY TABLE fg_again (LIKE fg_occurrence) ON COMMIT DROP")
        await conn.execute("CREATE TABLE fg_sample (LIKE fg_occurrence INCLUDING CONSTRAINTS)")
        for statement in asked:
            await conn.prepare(statement)


async def test_what_the_previous_release_writes_needs_no_column_that_came_later(empty):
    previous = [one for one in MIGRATIONS if one.version <= 3]
    required = (
        "SELECT attrelid::regclass || '.' || attname FROM pg_attribute JOIN pg_class AS own ON own.oid = attrelid"
        " WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND attnum > 0"
        " AND attnotnull AND NOT atthasdef AND attidentity = '' AND NOT attisdropped"
    )
    await migrate(empty, previous, now=NOW)
    before, old = {row[0] for row in await empty.fetch(required)}, await tables(empty)
    await migrate(empty, MIGRATIONS, now=NOW)
    later = {row[0] for row in await empty.fetch(required)} - before
    assert [name for name in sorted(later) if name.partition(".")[0] in old] == []
