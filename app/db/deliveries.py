"""Webhook deliveries by GUID: done once, however often they come."""

from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """A delivery that did not reach us; columns as in fg_delivery."""

    guid: str
    event: str
    action: str | None


async def note_missed(conn: Connection, deliveries: Sequence[NewDelivery], at: datetime) -> set[str]:
    """Note deliveries that are still to be fetched; return the GUIDs that were not known before.

    Of two who note the same ones at once, each is told of a part.
    """
    rows = await conn.fetch(
        """
        INSERT INTO fg_delivery (guid, event, action, received_at)
        SELECT guid, event, action, $4
        FROM unnest($1::text[], $2::text[], $3::text[]) AS missed (guid, event, action)
        ON CONFLICT (guid) DO NOTHING
        RETURNING guid
        """,
        [one.guid for one in deliveries],
        [one.event for one in deliveries],
        [one.action for one in deliveries],
        at,
    )
    return {row["guid"] for row in rows}


async def mark_processed(conn: Connection, guid: str, at: datetime) -> None:
    await conn.execute("UPDATE fg_delivery SET processed_at = coalesce(processed_at, $2) WHERE guid = $1", guid, at)


async def prune_deliveries(conn: Connection, before: datetime) -> None:
    """Delete deliveries received before that moment."""
    await conn.execute("DELETE FROM fg_delivery WHERE received_at < $1", before)
