"""What is done from time to time: whichever process comes first does it, and there is no leader that could be lost."""

from datetime import datetime, timedelta

from app.db.connection import Connection


async def claim(conn: Connection, name: str, every: timedelta, now: datetime) -> bool:
    """Take it upon us where it is due, and tell whether it was; of all who ask at once, one is told so.

    What is done should be enqueued in the same transaction, so that a process that is killed takes nothing along.
    """
    claimed = await conn.fetchval(
        """
        INSERT INTO fg_cron AS cron (name, due_at)
        VALUES ($1, $3::timestamptz + $2::interval)
        ON CONFLICT (name) DO UPDATE
        SET due_at = excluded.due_at
        -- So far ahead it can only be due by a clock that was wrong, and would not be done for as long.
        WHERE cron.due_at <= $3 OR cron.due_at > $3::timestamptz + 2 * $2::interval
        RETURNING true
        """,
        name,
        every,
        now,
    )
    return bool(claimed)


async def bring_forward(conn: Connection, name: str, due_at: datetime) -> None:
    """Have it done at that time, where it would be done later."""
    await conn.execute("UPDATE fg_cron SET due_at = $2 WHERE name = $1 AND due_at > $2", name, due_at)


async def get_done_until(conn: Connection, name: str) -> datetime | None:
    """Return up to where it was done; None where it never was."""
    done_until: datetime | None = await conn.fetchval("SELECT done_until FROM fg_cron WHERE name = $1", name)
    return done_until


async def set_done_until(conn: Connection, name: str, done_until: datetime, now: datetime) -> None:
    """Note up to where it was done; a look that began earlier and ends later takes nothing back."""
    await conn.execute(
        """
        INSERT INTO fg_cron AS cron (name, due_at, done_until)
        VALUES ($1, $3, $2)
        ON CONFLICT (name) DO UPDATE
        SET done_until = greatest(cron.done_until, excluded.done_until)
        """,
        name,
        done_until,
        now,
    )
