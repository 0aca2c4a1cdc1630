"""Jobs that were given up and held for an admin: what they were, what became of them, and what is to."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.db.connection import Connection

_LONGEST_ERROR = 500


class GivenUp(RuntimeError):
    """A job was tried for as long as there is sense in it, and is to be held at once. The message is for an admin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldJob:
    """A job that failed too often, or took its process down. `error` is the last one's class and message.

    `fields` are the job's own, as app/jobs.py names them. Times are the queue's, which are real ones.
    """

    id: int
    kind: str
    fields: Mapping[str, object]
    created_at: datetime
    held_at: datetime
    failures: int
    error: str

    @property
    def repo_id(self) -> int | None:
        found = self.fields.get("repo_id")
        return found if isinstance(found, int) else None


async def list_held(conn: Connection, limit: int) -> list[HeldJob]:
    """Return the held jobs, those held last first."""
    rows = await conn.fetch(
        """
        SELECT held.id, held.entrypoint AS kind, held.payload, held.created AS created_at, held.updated AS held_at,
               held.attempts AS failures, last.traceback
        FROM pgqueuer AS held
        LEFT JOIN LATERAL (
            SELECT (log.traceback #>> '{}')::jsonb AS traceback -- a string of JSON where our codec wrote it
            FROM pgqueuer_log AS log
            WHERE log.job_id = held.id AND log.traceback IS NOT NULL
            ORDER BY log.created DESC, log.id DESC
            LIMIT 1
        ) AS last ON true
        WHERE held.status = 'failed'
        ORDER BY held.updated DESC, held.id DESC
        LIMIT $1
        """,
        limit,
    )
    return [_read(dict(row)) for row in rows]


def _read(row: dict[str, Any]) -> HeldJob:
    payload, told = row.pop("payload"), row.pop("traceback") or {}
    error = f"{told.get('exception_type', 'unknown')}: {told.get('exception_message', '')}"
    return HeldJob(**row, fields=json.loads(payload or b"{}"), error=error[:_LONGEST_ERROR])


async def retry_held(conn: Connection, ids: Sequence[int] | None) -> list[int]:
    """Put held jobs back into the queue, all of them where `ids` is None; return the numbers of those that were held.

    Each comes back as a new job: how often the old one failed, and how often it was picked, is not held against it.
    """
    rows = await conn.fetch(
        """
        WITH held AS (
            DELETE FROM pgqueuer
            WHERE status = 'failed' AND ($1::bigint[] IS NULL OR id = ANY ($1))
            RETURNING id, priority, entrypoint, payload, headers
        ), again AS (
            INSERT INTO pgqueuer (priority, status, entrypoint, payload, headers)
            SELECT priority, 'queued', entrypoint, payload, headers
            FROM held
        )
        SELECT id FROM held ORDER BY id
        """,
        None if ids is None else list(ids),
    )
    return [row["id"] for row in rows]


async def drop_held(conn: Connection, ids: Sequence[int] | None) -> list[int]:
    """Delete held jobs, all of them where `ids` is None; return the numbers of those that were held.

    Their deliveries stay undone, so that GitHub can be asked to send them again.
    """
    rows = await conn.fetch(
        "DELETE FROM pgqueuer WHERE status = 'failed' AND ($1::bigint[] IS NULL OR id = ANY ($1)) RETURNING id",
        None if ids is None else list(ids),
    )
    return sorted(row["id"] for row in rows)
