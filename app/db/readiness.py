"""Ask the database how it is, within a time: one that hangs must not hang who asks."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache

import asyncpg

from app.db.connection import DATABASE_AWAY, Connection, Pool
from app.db.migrate import Compared, Migration, Progress, compare, find_migrations, list_applied

NO_ANSWER: tuple[type[Exception], ...] = (*DATABASE_AWAY, asyncpg.PostgresError)
"""What asking raises while the database is away, refuses us, or has not what this release needs."""


@asynccontextmanager
async def briefly(pool: Pool, seconds: float) -> AsyncIterator[Connection]:
    """Lend a connection for so long at most. Raises TimeoutError, which is one of DATABASE_AWAY.

    A connection on which nobody answers is cut: the pool would wait for the answer before it took it back.
    """
    async with asyncio.timeout(seconds):
        conn = await pool.acquire()
        try:
            yield conn
        except BaseException:
            conn.terminate()
            raise
        finally:
            await pool.release(conn)


async def why_not_ready(pool: Pool, seconds: float) -> str | None:
    """Say in one line what of the database is not as this release needs it; None where all is.

    What a newer release has added is no reason, unless it shuts this one out: while one replaces another, both are at work.
    """
    try:
        async with briefly(pool, seconds) as conn:
            compared = compare(await list_applied(conn), _migrations())
    except TimeoutError:
        return "the database does not answer"
    except DATABASE_AWAY as error:
        return f"the database is away: {type(error).__name__}"
    except asyncpg.PostgresError as error:
        return f"the database refuses us: {type(error).__name__}"
    return _why_not_ours(compared)


def _why_not_ours(compared: Sequence[Compared]) -> str | None:
    if shutting := [one.name for one in compared if one.progress is Progress.SHUTS_OUT]:
        return f"the schema needs a newer release since migration {shutting[-1]}"
    missing = sum(one.progress is Progress.MISSING for one in compared)
    return f"the schema lacks {missing} migrations: run flakeguard migrate" if missing else None


@cache
def _migrations() -> Sequence[Migration]:
    return find_migrations()
