"""The pool, and how our closed sets and JSON travel to PostgreSQL and back."""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg

from app.core.model import DecisionState, Grade, Outcome, Source, Standing

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    # A pooled connection is a proxy and no Connection to the type checker; at run time they are used alike.
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
    Record: TypeAlias = asyncpg.Record
else:
    Connection = asyncpg.Connection
    Pool = asyncpg.Pool
    Record = asyncpg.Record

DATABASE_AWAY: tuple[type[Exception], ...] = (
    OSError,  # refused, reset, timed out
    asyncpg.InternalClientError,  # a connection that broke in the middle of a question is asked the next one
    asyncpg.InterfaceError,  # the pool is closing, or the connection was lost in the middle
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # shutting down, starting up
    asyncpg.InsufficientResourcesError,  # the disk or the memory is full, too many connections
    asyncpg.PostgresSystemError,  # the server's own I/O fails
    asyncpg.ReadOnlySQLTransactionError,  # the server is a standby now: another one has taken over
)
"""What asyncpg raises while the server cannot serve: to be tried again, nothing is wrong with the question."""

NO_DATABASE: tuple[type[Exception], ...] = (
    *DATABASE_AWAY,
    asyncpg.InvalidAuthorizationSpecificationError,  # the password or the role was changed
    asyncpg.InvalidCatalogNameError,  # the database was renamed, to restore another one
)
"""That, and what it raises where the server lets in nobody by our URL any more: all the same to who asks while we run.

At the start these are no reason to wait, and a worker that lost its connection ends by them: started again it reads the URL anew.
"""

_ENUMS: Mapping[str, type[StrEnum]] = {
    "fg_outcome": Outcome,
    "fg_source": Source,
    "fg_standing": Standing,
    "fg_grade": Grade,
    "fg_decision_state": DecisionState,
}


async def open_pool(
    url: str, *, size: int = 10, is_quiet: bool = False, is_hasty: bool = False, longest_seconds: int | None = None
) -> Pool:
    """Open a pool of at most `size` connections to a migrated database; its sessions speak UTC.

    Jobs that a quiet pool adds wake no worker: who uses it wakes them afterwards (app.queue.wake). What a hasty one writes is
    not on the disk yet when it says so: a server that crashes forgets the last moments of it. A question that takes longer
    than `longest_seconds` is broken off, and the database is as if it were away.
    """
    return await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=size,
        init=prepare_connection,
        server_settings={
            "application_name": "flakeguard",
            "timezone": "UTC",
            "flakeguard.quiet": "on" if is_quiet else "off",
        }
        | ({"synchronous_commit": "off"} if is_hasty else {})
        | ({"statement_timeout": f"{longest_seconds}s"} if longest_seconds is not None else {}),
    )


async def connect(url: str) -> "asyncpg.Connection[Record]":
    """Open a connection of one's own, outside the pool."""
    conn = await asyncpg.connect(url, server_settings={"application_name": "flakeguard", "timezone": "UTC"}, timeout=10)
    await prepare_connection(conn)
    return conn


async def prepare_connection(conn: Connection) -> None:
    """Teach a connection our ENUM types and JSON.

    COPY speaks the binary form only, in which an ENUM's label is sent as its UTF-8 bytes.
    """
    for name, kind in _ENUMS.items():
        await conn.set_type_codec(name, schema="public", encoder=_label, decoder=_reader(kind), format="binary")
    await conn.set_type_codec("jsonb", schema="pg_catalog", encoder=_to_jsonb, decoder=_from_jsonb, format="binary")


def _label(value: str) -> bytes:
    return value.encode()


def _reader(kind: type[StrEnum]) -> Any:  # noqa: ANN401 - asyncpg wants any callable from bytes
    members = {member.value.encode(): member for member in kind}
    return lambda raw: members[bytes(raw)]


def _to_jsonb(value: object) -> bytes:
    # The binary form of jsonb is the text behind a version byte.
    return b"\x01" + json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _from_jsonb(raw: bytes) -> object:
    return json.loads(bytes(raw)[1:])
