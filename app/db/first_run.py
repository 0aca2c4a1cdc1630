"""What there is of a new App so far: where it is installed, and whether a first run was read."""

from dataclasses import dataclass
from datetime import datetime

from app.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstRun:
    """A run that was read. `tests` and `failures` are distinct ones."""

    tests: int
    failures: int


async def count_installations(conn: Connection, since: datetime) -> int:
    """Count the accounts on which the App was installed since then, and still is."""
    return int(
        await conn.fetchval(
            "SELECT count(*) AS installations FROM fg_installation WHERE deleted_at IS NULL AND created_at >= $1", since
        )
    )


async def count_repositories(conn: Connection, since: datetime) -> int:
    """Count the repositories of such accounts."""
    return int(
        await conn.fetchval(
            """
            SELECT count(*) AS repositories
            FROM fg_repository AS r
            JOIN fg_installation AS i ON i.id = r.installation_id
            WHERE i.deleted_at IS NULL AND i.created_at >= $1
            """,
            since,
        )
    )


async def find_first_run(conn: Connection, since: datetime) -> FirstRun | None:
    """Return a run that was read since then; None while there is none."""
    row = await conn.fetchrow(
        "SELECT tests, failures FROM fg_workflow_run WHERE ingested_at >= $1 LIMIT 1",
        since,
    )
    return FirstRun(**row) if row else None
