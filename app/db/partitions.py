"""The months of fg_occurrence: made when a row of that month is about to be stored."""

from datetime import UTC, datetime

from app.db.connection import Connection


async def ensure_month(conn: Connection, at: datetime) -> None:
    """Make the partition that holds that moment, where it is missing.

    The table is made beside its parent and then attached, since CREATE TABLE … PARTITION OF would lock out readers and
    writers of the whole history. An advisory lock keeps two workers from making the same month.
    """
    start = at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    name = f"fg_occurrence_{start:%Y_%m}"
    if await _is_attached(conn, name):
        return
    end = start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
    async with conn.transaction():
        await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", name)
        if await _is_attached(conn, name):
            return
        await conn.execute(f"CREATE TABLE {name} (LIKE fg_occurrence INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        await conn.execute(
            f"ALTER TABLE fg_occurrence ATTACH PARTITION {name}"
            f" FOR VALUES FROM ('{start.isoformat()}') TO ('{end.isoformat()}')"
        )


async def _is_attached(conn: Connection, name: str) -> bool:
    return bool(
        await conn.fetchval(
            "SELECT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass($1) AND inhparent = 'fg_occurrence'::regclass)",
            name,
        )
    )
