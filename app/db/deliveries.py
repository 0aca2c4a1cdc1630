"""Webhook deliveries by GUID: done once, however often they come."""

from datetime import datetime
from enum import StrEnum

from app.db.connection import Connection


class Taken(StrEnum):
    """What was known of a delivery when it came."""

    NEW = "new"
    PENDING = "pending"
    DONE = "done"


async def take_delivery(conn: Connection, guid: str, event: str, action: str | None, at: datetime) -> Taken:
    """Note the delivery and say whether it is new, still to be done, or done. Locks its row until the transaction ends.

    A delivery that was seen but not done must run again when it is sent again: its job may have been held or dropped.
    """
    inserted = await conn.fetchval(
        """
        INSERT INTO fg_delivery (guid, event, action, received_at)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (guid) DO NOTHING
        RETURNING true
        """,
        guid,
        event,
        action,
        at,
    )
    if inserted:
        return Taken.NEW
    processed_at = await conn.fetchval("SELECT processed_at FROM fg_delivery WHERE guid = $1 FOR UPDATE", guid)
    return Taken.PENDING if processed_at is None else Taken.DONE


async def mark_processed(conn: Connection, guid: str, at: datetime) -> None:
    await conn.execute("UPDATE fg_delivery SET processed_at = coalesce(processed_at, $2) WHERE guid = $1", guid, at)


async def prune_deliveries(conn: Connection, before: datetime) -> None:
    """Delete deliveries received before that moment."""
    await conn.execute("DELETE FROM fg_delivery WHERE received_at < $1", before)
