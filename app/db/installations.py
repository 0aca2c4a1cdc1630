"""Installations of the App, as GitHub tells of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.events import AccountRef
from app.db.connection import Connection
from app.db.repositories import remove_repositories

ASK_EVERY = timedelta(days=1)
"""An event of an installation may have been lost for good: so often GitHub is asked about it, whatever is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """One row of fg_installation; `permissions` are empty until GitHub has told them, `synced_at` is when it was last asked."""

    id: int
    permissions: Mapping[str, str]
    suspended_at: datetime | None
    deleted_at: datetime | None
    synced_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.suspended_at is None and self.deleted_at is None


async def find_installation(conn: Connection, installation_id: int) -> Installation | None:
    row = await conn.fetchrow(
        "SELECT id, permissions, suspended_at, deleted_at, synced_at FROM fg_installation WHERE id = $1",
        installation_id,
    )
    return Installation(**row) if row else None


async def list_installations_to_sync(conn: Connection, before: datetime) -> list[int]:
    """Return the installations that GitHub was not asked about since that moment."""
    rows = await conn.fetch(
        """
        SELECT id
        FROM fg_installation
        WHERE deleted_at IS NULL AND (synced_at IS NULL OR synced_at < $1)
        ORDER BY id
        """,
        before,
    )
    return [row["id"] for row in rows]


async def save_installation(
    conn: Connection, installation_id: int, account: AccountRef, permissions: Mapping[str, str], at: datetime
) -> None:
    """Insert the installation or bring it up to date. An event older than what is stored changes nothing."""
    await conn.execute(
        """
        INSERT INTO fg_installation AS old (id, account_login, account_type, permissions, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $5)
        ON CONFLICT (id) DO UPDATE
        SET account_login = excluded.account_login,
            account_type = excluded.account_type,
            permissions = excluded.permissions,
            updated_at = excluded.updated_at
        WHERE old.updated_at <= excluded.updated_at
        """,
        installation_id,
        account.login,
        account.type,
        dict(permissions),
        at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallationState:
    """What GitHub says of an installation now."""

    account: AccountRef
    permissions: Mapping[str, str]
    suspended_at: datetime | None


async def set_installation_state(
    conn: Connection, installation_id: int, state: InstallationState, at: datetime
) -> None:
    await save_installation(conn, installation_id, state.account, state.permissions, at)
    await conn.execute(
        "UPDATE fg_installation SET suspended_at = $2, deleted_at = NULL, synced_at = $3 WHERE id = $1",
        installation_id,
        state.suspended_at,
        at,
    )


async def forget_accounts(conn: Connection) -> None:
    """Take the account's name from every installation that has ended and of which no repository is stored any more.

    Its row stays: what is delivered late is known by it to be late, and does not write the name down again.
    """
    await conn.execute(
        """
        UPDATE fg_installation AS home
        SET account_login = ''
        WHERE deleted_at IS NOT NULL AND account_login <> ''
          AND NOT EXISTS (SELECT FROM fg_repository WHERE installation_id = home.id)
        """
    )


async def end_installation(conn: Connection, installation_id: int, at: datetime) -> None:
    """Note that the App was uninstalled; its repositories are ours no more."""
    await conn.execute(
        "UPDATE fg_installation SET deleted_at = coalesce(deleted_at, $2), updated_at = $2 WHERE id = $1",
        installation_id,
        at,
    )
    await remove_repositories(conn, installation_id, [], at)
