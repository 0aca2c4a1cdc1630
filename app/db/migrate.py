"""Brings a database up to the schema of this release, forward only."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import asyncpg

from app.db.connection import Connection

_LOCK = 0x666C616B65  # any number that nobody else locks: "flake" in ASCII
_ASK_AGAIN_SECONDS = 0.25
_WORKS_SINCE = re.compile(r"^-- works_since: (\d{4})$", re.MULTILINE)
PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds between the tries of a migration that does not get its lock."""


class WrongSchema(RuntimeError):
    """The database cannot be brought to the schema of this release; the message is one line that says why."""


class DatabaseFromTheFuture(WrongSchema):
    """A newer release has migrated this database, so that this one cannot work with it."""


class ChangedMigration(WrongSchema):
    """A file of sql/migrations is not what it was when this database was migrated with it."""


class TableInUse(WrongSchema):
    """A migration did not get its lock in any of its tries; nothing of it was done, and a later try may find it free."""


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
    def works_since(self) -> int | None:
        """The lowest migration that a release must know to work with what this one changes; None where every release does."""
        found = _WORKS_SINCE.search(self.sql)
        return int(found[1]) if found else None

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @property
    def statements(self) -> Sequence[str]:
        """What a concurrent migration runs one by one; in such a file, a semicolon ends a statement and nothing else."""
        return [statement for statement in self.sql.split(";") if statement.strip()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """One row of fg_schema_migration. `works_since` is None where the migration shuts no release out."""

    version: int
    name: str
    digest: str
    applied_at: datetime
    works_since: int | None


class Progress(StrEnum):
    """What has become of a migration in a database."""

    APPLIED = "applied"
    MISSING = "missing"
    CHANGED = "changed"
    UNKNOWN = "unknown"
    SHUTS_OUT = "shuts out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A migration of this release or of the database. `applied_at` is None just where it is missing."""

    name: str
    progress: Progress
    applied_at: datetime | None


def find_migrations() -> tuple[Migration, ...]:
    """Read the migrations of this release, in order: beside `app` in a checkout, inside it in an installed wheel."""
    package = Path(__file__).resolve().parent.parent
    folders = (package / "sql/migrations", package.parent / "sql/migrations")
    return read_migrations(next(path for path in folders if path.is_dir()))


def read_migrations(folder: Path) -> tuple[Migration, ...]:
    """Read the migrations of a folder, in order."""
    return tuple(
        Migration(version=int(file.name.split("_")[0]), name=file.stem, sql=file.read_text(encoding="utf-8"))
        for file in sorted(folder.glob("*.sql"))
    )


async def migrate(
    conn: Connection, migrations: Sequence[Migration], *, now: datetime, pauses: Sequence[float] = PAUSES
) -> list[Migration]:
    """Apply what is missing, each migration in a transaction of its own unless it is concurrent, and return it.

    Several processes may start at once: one works, the others wait and then find nothing to do. Raises what check_known
    raises, and TableInUse where a lock cannot be had; `pauses` are the seconds between two tries to get it.
    """
    async with _alone(conn):
        await _make_table(conn)
        applied = await list_applied(conn)
        check_known(applied, migrations)
        done = {one.version for one in applied}
        missing = [migration for migration in migrations if migration.version not in done]
        for migration in missing:
            await _apply_patiently(conn, migration, now, pauses)
        return missing


async def list_applied(conn: Connection) -> list[Applied]:
    """Return the migrations that this database has, oldest first; changes nothing in one that has none."""
    if await conn.fetchval("SELECT to_regclass('fg_schema_migration') IS NULL"):
        return []
    # The last column is younger than the table: before its migration, the table is read as well.
    rows = await conn.fetch(
        """
        SELECT version, name, digest, applied_at, (to_jsonb(one) ->> 'works_since')::integer AS works_since
        FROM fg_schema_migration AS one
        ORDER BY version
        """
    )
    return [Applied(**row) for row in rows]


def compare(applied: Sequence[Applied], migrations: Sequence[Migration]) -> list[Compared]:
    """Hold what a database has against what this release has, in the order of their versions."""
    of_database = {one.version: one for one in applied}
    of_release = {one.version: one for one in migrations}
    newest = max(of_release, default=0)
    return [
        _compare(of_database.get(version), of_release.get(version), newest)
        for version in sorted(of_database.keys() | of_release.keys())
    ]


def _compare(applied: Applied | None, migration: Migration | None, newest: int) -> Compared:
    if applied is None:
        return Compared(name=migration.name if migration else "", progress=Progress.MISSING, applied_at=None)
    if migration is None:
        progress = Progress.SHUTS_OUT if (applied.works_since or 0) > newest else Progress.UNKNOWN
    else:
        progress = Progress.APPLIED if applied.digest == migration.digest else Progress.CHANGED
    return Compared(name=applied.name, progress=progress, applied_at=applied.applied_at)


def check_known(applied: Sequence[Applied], migrations: Sequence[Migration]) -> list[str]:
    """Refuse a database that this release cannot work with; return the names of a newer one's migrations in one that it can.

    Raises DatabaseFromTheFuture where one of them shuts this release out, or stands before one of ours that is missing:
    then the two releases are no two of one line. Raises ChangedMigration where the database was migrated with another file.
    """
    compared = compare(applied, migrations)
    named = {which: [one.name for one in compared if one.progress is which] for which in Progress}
    if shutting := named[Progress.SHUTS_OUT]:
        raise DatabaseFromTheFuture(
            f"the database has migration {shutting[-1]}, which needs a newer release than this one"
        )
    if changed := named[Progress.CHANGED]:
        raise ChangedMigration(f"migration {changed[0]} is another one here than the database was migrated with")
    unknown, missing = named[Progress.UNKNOWN], named[Progress.MISSING]
    if unknown and missing:
        raise DatabaseFromTheFuture(
            f"the database has migration {unknown[-1]}, which this release does not know, and lacks {missing[0]}"
        )
    return unknown


@asynccontextmanager
async def _alone(conn: Connection) -> AsyncIterator[None]:
    """Be the only one who migrates.

    The lock is asked for again and again and not waited for: a statement that waits holds a snapshot, and CREATE INDEX
    CONCURRENTLY waits until older snapshots are gone, so that the two would wait for each other.
    """
    while not await conn.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):  # noqa: ASYNC110 - another process holds it
        await asyncio.sleep(_ASK_AGAIN_SECONDS)
    try:
        yield
    finally:
        if not conn.is_closed():
            await conn.execute("SELECT pg_advisory_unlock($1)", _LOCK)


async def _make_table(conn: Connection) -> None:
    if not await conn.fetchval("SELECT to_regclass('fg_schema_migration') IS NULL"):
        return
    await conn.execute(
        """
        CREATE TABLE fg_schema_migration (
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


async def _apply_patiently(conn: Connection, migration: Migration, now: datetime, pauses: Sequence[float]) -> None:
    """Apply a migration, again after a pause where it did not get a lock within its own lock_timeout.

    Whoever comes after a lock that is waited for waits, too: many short waits keep the bot at work, one long one does not.
    """
    for pause in pauses:
        try:
            return await _apply(conn, migration, now)
        except asyncpg.LockNotAvailableError:
            await asyncio.sleep(pause)
    try:
        await _apply(conn, migration, now)
    except asyncpg.LockNotAvailableError as error:
        tries = len(pauses) + 1
        raise TableInUse(
            f"migration {migration.name} got no lock in {tries} tries: {error}; try again later"
        ) from error


async def _apply(conn: Connection, migration: Migration, now: datetime) -> None:
    if migration.is_concurrent:
        await _apply_concurrently(conn, migration)
        await _note(conn, migration, now)
        return
    async with conn.transaction():
        await conn.execute(migration.sql)
        await _note(conn, migration, now)


async def _apply_concurrently(conn: Connection, migration: Migration) -> None:
    """Run it statement by statement; the timeouts that it sets are the session's, and end with it however it ends."""
    try:
        for statement in migration.statements:
            await conn.execute(statement)
    finally:
        if not conn.is_closed():
            await conn.execute("RESET lock_timeout; RESET statement_timeout")


async def _note(conn: Connection, migration: Migration, now: datetime) -> None:
    async with conn.transaction():
        await conn.execute(
            "INSERT INTO fg_schema_migration (version, name, digest, applied_at) VALUES ($1, $2, $3, $4)",
            migration.version,
            migration.name,
            migration.digest,
            now,
        )
        if migration.works_since is not None:
            await conn.execute(
                "UPDATE fg_schema_migration SET works_since = $2 WHERE version = $1",
                migration.version,
                migration.works_since,
            )
