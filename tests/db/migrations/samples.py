"""Rows as they stood before each migration, the questions that are asked after it, and what became of the rows."""

import re
from datetime import UTC, datetime
from pathlib import Path

from app.db.migrate import find_migrations, migrate

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SAMPLES = Path(__file__).parent
MIGRATIONS = find_migrations()
COMMENT = re.compile(r"^--.*\n?", re.MULTILINE)


def statements(text):
    return [one for one in COMMENT.sub("", text).split(";") if one.strip()]


def sample(migration, when):
    return (SAMPLES / f"{migration.name[:4]}_{when}.sql").read_text(encoding="utf-8")


async def tables(conn):
    """Our tables and the queue's, each whole: a partitioned one for all of its months."""
    rows = await conn.fetch(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
        " AND relnamespace = 'public'::regnamespace AND relname <> 'fg_schema_migration'"
    )
    return {row["relname"] for row in rows}


async def rows_of(conn, table):
    return [row[0] for row in await conn.fetch(f"SELECT to_jsonb(one)::text FROM {table} AS one")]


async def lost(conn, table, before):
    """The rows of before of which no row now has every value; new columns may have been added to them."""
    return [
        row[0]
        for row in await conn.fetch(
            f"SELECT old FROM unnest($1::text[]) AS old WHERE NOT EXISTS (SELECT FROM {table} AS one WHERE to_jsonb(one) @> old::jsonb)",
            before,
        )
    ]


async def load(conn, migration):
    for statement in statements(sample(migration, "before")):
        await conn.execute(statement)


async def load_and_apply(conn, migration, so_far):
    await load(conn, migration)
    before = {table: await rows_of(conn, table) for table in await tables(conn)}
    await migrate(conn, so_far, now=NOW)
    return before
