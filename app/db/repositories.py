"""Installations and repositories, as events tell of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.core.events import AccountRef, RepositoryRef
from app.core.model import RepoId
from app.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """One row of fg_repository, with what handlers need of it."""

    id: int
    external_id: int
    owner: str
    name: str
    installation_id: int | None
    default_branch: str
    is_private: bool
    policy: Mapping[str, object] | None
    policy_sha: str | None
    policy_error: str | None


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


async def save_repository(
    conn: Connection, repository: RepositoryRef, installation_id: int | None, at: datetime
) -> RepoId:
    """Insert the repository or bring its names up to date; an event that names no installation leaves it as it is."""
    repo_id = await conn.fetchval(
        """
        INSERT INTO fg_repository AS old (
            external_id, owner, name, installation_id, default_branch, is_private, created_at, archived_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7::timestamptz, CASE WHEN $8 THEN $7::timestamptz END)
        ON CONFLICT (provider, external_id) DO UPDATE
        SET owner = excluded.owner,
            name = excluded.name,
            installation_id = coalesce(excluded.installation_id, old.installation_id),
            default_branch = excluded.default_branch,
            is_private = excluded.is_private,
            archived_at = CASE WHEN $8 THEN coalesce(old.archived_at, $7::timestamptz) END
        RETURNING id
        """,
        repository.id,
        repository.owner,
        repository.name,
        installation_id,
        repository.default_branch,
        repository.is_private,
        at,
        repository.is_archived,
    )
    return RepoId(repo_id)


async def get_repository(conn: Connection, repo_id: RepoId) -> Repository | None:
    row = await conn.fetchrow(
        """
        SELECT id, external_id, owner, name, installation_id, default_branch, is_private, policy, policy_sha,
               policy_error
        FROM fg_repository
        WHERE id = $1
        """,
        repo_id,
    )
    return Repository(**row) if row else None
