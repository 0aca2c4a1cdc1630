"""Brings a database up to the schema of this release, forward only."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.db.connection import Connection

_LOCK = 0x666C616B65  # any number that nobody else locks: "flake" in ASCII


class DatabaseFromTheFuture(RuntimeError):
    """A newer release has migrated this database; this one does not know what has changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One file of sql/migrations. `version` is the number that its name begins with."""

    version: int
    name: str
    sql: str

    @property
    def is_concurrent(self) -> bool:
        """It builds indexes while others write, which PostgreSQL does outside transactions only."""
        return "_concurrently_" in self.name

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """One row of fg_schema_migration."""

    version: int
    name: str
    digest: str
    applied_at: datetime


def find_migrations() -> tuple[Migration, ...]:
    """Read the migrations of this release, in order: beside `app` in a checkout, inside it in an installed wheel."""
    package = Path(__file__).resolve().parent.parent
    folder = next(path for path in (package / "sql/migrations", package.parent / "sql/migrations") if path.is_dir())
    return tuple(
        Migration(version=int(file.name.split("_")[0]), name=file.stem, sql=file.read_text(encoding="utf-8"))
        for file in sorted(folder.glob("*.sql"))
    )


async def migrate(conn: Connection, migrations: Sequence[Migration], *, now: datetime) -> list[Migration]:
    """Apply what is missing, each migration in a transaction of its own unless it is concurrent, and return it.

    Several processes may start at once: one works, the others wait and then find nothing to do. Raises
    DatabaseFromTheFuture where the database knows a version that this release does not.
    """
    await conn.execute("SELECT pg_advisory_lock($1)", _LOCK)
    try:
        done = {applied.version for applied in await list_applied(conn)}
        if unknown := done - {migration.version for migration in migrations}:
            raise DatabaseFromTheFuture(f"the database has migration {max(unknown)}, which this release does not know")
        missing = [migration for migration in migrations if migration.version not in done]
        for migration in missing:
            await _apply(conn, migration, now)
        return missing
    finally:
        await conn.execute("SELECT pg_advisory_unlock($1)", _LOCK)


async def list_applied(conn: Connection) -> list[Applied]:
    """Return the migrations that this database has, oldest first; makes their table where it is missing."""
    if await conn.fetchval("SELECT to_regclass('public.fg_schema_migration') IS NULL"):
        await conn.execute(
            """
            CREATE TABLE IF NOT EXISTS fg_schema_migration (
                version integer PRIMARY KEY,
                name text NOT NULL,
                digest text NOT NULL,
                applied_at timestamptz NOT NULL
            );
            COMMENT ON TABLE fg_schema_migration IS 'Which files of sql/migrations were applied, and when.';
            COMMENT ON COLUMN fg_schema_migration.version IS 'The number that its name begins with.';
            COMMENT ON COLUMN fg_schema_migration.name IS 'Name of the file, without its ending.';
            COMMENT ON COLUMN fg_schema_migration.digest IS 'SHA-256 of the file as it was applied.';
            COMMENT ON COLUMN fg_schema_migration.applied_at IS 'When it was applied.';
            """
        )
    rows = await conn.fetch("SELECT version, name, digest, applied_at FROM fg_schema_migration ORDER BY version")
    return [Applied(**row) for row in rows]


async def _apply(conn: Connection, migration: Migration, now: datetime) -> None:
    if migration.is_concurrent:
        for statement in filter(str.strip, migration.sql.split(";")):
            await conn.execute(statement)
        await _note(conn, migration, now)
        return
    async with conn.transaction():
        await conn.execute(migration.sql)
        await _note(conn, migration, now)


async def _note(conn: Connection, migration: Migration, now: datetime) -> None:
    await conn.execute(
        "INSERT INTO fg_schema_migration (version, name, digest, applied_at) VALUES ($1, $2, $3, $4)",
        migration.version,
        migration.name,
        migration.digest,
        now,
    )
