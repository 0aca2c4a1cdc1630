"""The months of fg_occurrence: made ahead or when a row is about to be stored, indexed anew, and dropped."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime

import asyncpg

from app.core.upkeep import Month, month_of, next_month, start_of
from app.db.connection import Connection
from app.db.locks import hold_in_transaction

MOST_TRIES = 200
PAUSE_SECONDS = 0.25


class TooBusy(RuntimeError):
    """The history was in use all the time; nothing was changed, and a later try may find it free."""


async def ensure_month(conn: Connection, at: datetime) -> None:
    """Make the partition that holds that moment, where it is missing.

    The table is made beside its parent and then attached, since CREATE TABLE … PARTITION OF would lock out readers and
    writers of the whole history. An advisory lock keeps two workers from making the same month.
    """
    starts_on = month_of(at)
    name = name_of(starts_on)
    if await _is_attached(conn, name):
        return
    start, end = start_of(starts_on), start_of(next_month(starts_on))
    async with conn.transaction():
        await hold_in_transaction(conn, name)
        if await _is_attached(conn, name):
            return
        await conn.execute(f"CREATE TABLE {name} (LIKE fg_occurrence INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        await conn.execute(
            f"ALTER TABLE fg_occurrence ATTACH PARTITION {name}"
            f" FOR VALUES FROM ('{start.isoformat()}') TO ('{end.isoformat()}')"
        )


async def hold_month(conn: Connection, at: datetime) -> None:
    """Keep the month that holds that moment from being rolled up until the transaction ends.

    To be asked for before anything is written: upkeep locks a month first and the whole history afterwards, and who
    writes would else have locked the history while it waits for the month.
    """
    await conn.execute(f"LOCK TABLE {name_of(month_of(at))} IN ROW EXCLUSIVE MODE")


def name_of(starts_on: date) -> str:
    return f"fg_occurrence_{starts_on:%Y_%m}"


async def _is_attached(conn: Connection, name: str) -> bool:
    return bool(
        await conn.fetchval(
            "SELECT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass($1) AND inhparent = 'fg_occurrence'::regclass)",
            name,
        )
    )


async def list_months(conn: Connection) -> list[Month]:
    """Return the months that there are, oldest first, with what was done to each; also one that is being forgotten."""
    rows = await conn.fetch(
        """
        SELECT coalesce(part.starts_on, month.starts_on) AS starts_on, month.reindexed_at, month.weighed_at
        FROM (
            SELECT to_date(right(own.relname, 7), 'YYYY_MM') AS starts_on
            FROM pg_inherits AS child
            JOIN pg_class AS own ON own.oid = child.inhrelid
            WHERE child.inhparent = 'fg_occurrence'::regclass
        ) AS part
        FULL JOIN fg_month AS month ON month.starts_on = part.starts_on
        ORDER BY 1
        """
    )
    return [Month(**row) for row in rows]


async def was_compacted(conn: Connection, at: datetime, *, since: datetime) -> bool:
    """Say whether the month that holds that moment has been rolled up since another one."""
    return bool(
        await conn.fetchval(
            "SELECT compacted_at >= $2 FROM fg_month WHERE starts_on = $1 AND compacted_at IS NOT NULL",
            month_of(at),
            since,
        )
    )


async def drop_month(conn: Connection, starts_on: date) -> None:
    """Drop a month's executions; the month stays listed until `forget_month` has been through. Raises TooBusy."""
    name = name_of(starts_on)
    async with conn.transaction():
        await conn.execute("INSERT INTO fg_month (starts_on) VALUES ($1) ON CONFLICT DO NOTHING", starts_on)
        await briefly(conn, f"DROP TABLE IF EXISTS {name}")


async def forget_month(conn: Connection, starts_on: date) -> None:
    """Note that nothing of a dropped month is left."""
    await conn.execute("DELETE FROM fg_month WHERE starts_on = $1", starts_on)


async def reindex_month(conn: Connection, starts_on: date, now: datetime) -> None:
    """Build a month's indexes anew while others read and write, then note it.

    What an earlier try left behind when it broke off is dropped first.
    """
    name = name_of(starts_on)
    for index in await _invalid_indexes(conn, name):
        await conn.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {index}")
    await conn.execute(f"REINDEX TABLE CONCURRENTLY {name}")
    await note_reindexed(conn, starts_on, now)


async def note_reindexed(conn: Connection, starts_on: date, now: datetime) -> None:
    await conn.execute(
        """
        INSERT INTO fg_month (starts_on, reindexed_at)
        VALUES ($1, $2)
        ON CONFLICT (starts_on) DO UPDATE SET reindexed_at = excluded.reindexed_at
        """,
        starts_on,
        now,
    )


async def _invalid_indexes(conn: Connection, name: str) -> Sequence[str]:
    rows = await conn.fetch(
        "SELECT indexrelid::regclass::text AS name FROM pg_index WHERE indrelid = to_regclass($1) AND NOT indisvalid",
        name,
    )
    return [row["name"] for row in rows]


async def briefly(conn: Connection, statement: str) -> None:
    """Run statements that lock the whole history, in the caller's transaction, without keeping others waiting for it.

    Whoever comes after a lock that is waited for waits, too. So it is waited for 50 ms at most, less than the server
    takes to look for a deadlock, and then tried again a little later. Raises TooBusy.
    """
    for _ in range(MOST_TRIES):
        try:
            async with conn.transaction():
                await conn.execute("SET LOCAL lock_timeout = '50ms'")
                await conn.execute(statement)
                await conn.execute("SET LOCAL lock_timeout TO DEFAULT")
        except asyncpg.LockNotAvailableError:
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            return
    raise TooBusy(statement)
