"""Installations and repositories, as events tell of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.events import AccountRef, RepositoryRef
from app.core.model import RepoId
from app.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """One row of fg_repository, with what handlers need of it; `is_ours` while the App is installed and not suspended."""

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
    is_ours: bool


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
            removed_at = NULL,
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


async def ensure_repository(
    conn: Connection, repository: RepositoryRef, installation_id: int | None, at: datetime
) -> RepoId:
    """Return our id of the repository, writing only where something is new: most events change nothing.

    An installation that no event has told of yet gets a row, which is completed when GitHub is asked about it.
    """
    repo_id = await conn.fetchval(
        """
        SELECT id
        FROM fg_repository
        WHERE provider = 'github' AND external_id = $1 AND owner = $2 AND name = $3 AND default_branch = $4
          AND is_private = $5 AND (archived_at IS NOT NULL) = $6 AND removed_at IS NULL
          AND ($7::bigint IS NULL OR installation_id = $7)
        """,
        repository.id,
        repository.owner,
        repository.name,
        repository.default_branch,
        repository.is_private,
        repository.is_archived,
        installation_id,
    )
    if repo_id is not None:
        return RepoId(repo_id)
    if installation_id is not None:
        await conn.execute(
            """
            INSERT INTO fg_installation (id, account_login, created_at, updated_at)
            VALUES ($1, $2, $3, $3)
            ON CONFLICT (id) DO NOTHING
            """,
            installation_id,
            repository.owner,
            at,
        )
    return await save_repository(conn, repository, installation_id, at)


async def get_repository(conn: Connection, repo_id: RepoId) -> Repository | None:
    row = await conn.fetchrow(
        """
        SELECT repo.id, repo.external_id, repo.owner, repo.name, repo.installation_id, repo.default_branch,
               repo.is_private, repo.policy, repo.policy_sha, repo.policy_error,
               repo.removed_at IS NULL AND home.id IS NOT NULL AND home.deleted_at IS NULL
               AND home.suspended_at IS NULL AS is_ours
        FROM fg_repository AS repo
        LEFT JOIN fg_installation AS home ON home.id = repo.installation_id
        WHERE repo.id = $1
        """,
        repo_id,
    )
    return Repository(**row) if row else None


async def find_repository(conn: Connection, owner: str, name: str) -> RepoId | None:
    """Return the repository that a person names, in whatever case; of several that had the name, the one in use."""
    found = await conn.fetchval(
        """
        SELECT id
        FROM fg_repository
        WHERE lower(owner) = lower($1) AND lower(name) = lower($2)
        ORDER BY removed_at IS NULL DESC, id DESC
        LIMIT 1
        """,
        owner,
        name,
    )
    return None if found is None else RepoId(found)


async def name_repositories(conn: Connection, repo_ids: Sequence[int]) -> dict[int, str]:
    """Return owner/name of those repositories that there are."""
    rows = await conn.fetch("SELECT id, owner, name FROM fg_repository WHERE id = ANY ($1::bigint[])", list(repo_ids))
    return {row["id"]: f"{row['owner']}/{row['name']}" for row in rows}


async def list_repositories(conn: Connection) -> list[RepoId]:
    """Return all repositories of which anything is stored, for work that goes through them one by one."""
    return [RepoId(row["id"]) for row in await conn.fetch("SELECT id FROM fg_repository ORDER BY id")]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallationState:
    """What GitHub says of an installation now."""

    account: AccountRef
    permissions: Mapping[str, str]
    suspended_at: datetime | None


async def set_installation_state(
    conn: Connection, installation_id: int, state: InstallationState, at: datetime
) -> bool:
    """Make the row say what GitHub says; tell whether the installation was suspended by what the row said before."""
    await save_installation(conn, installation_id, state.account, state.permissions, at)
    before: datetime | None = await conn.fetchval(
        "SELECT suspended_at FROM fg_installation WHERE id = $1 FOR UPDATE", installation_id
    )
    await conn.execute(
        "UPDATE fg_installation SET suspended_at = $2, deleted_at = NULL WHERE id = $1",
        installation_id,
        state.suspended_at,
    )
    return before is not None


async def end_installation(conn: Connection, installation_id: int, at: datetime) -> None:
    """Note that the App was uninstalled; its repositories are ours no more."""
    await conn.execute(
        "UPDATE fg_installation SET deleted_at = coalesce(deleted_at, $2), updated_at = $2 WHERE id = $1",
        installation_id,
        at,
    )
    await remove_repositories(conn, installation_id, [], at)


async def remove_repositories(conn: Connection, installation_id: int, keep: Sequence[int], at: datetime) -> None:
    """Note that the installation covers no repository but those with GitHub's ids in `keep`."""
    await conn.execute(
        """
        UPDATE fg_repository
        SET removed_at = coalesce(removed_at, $3)
        WHERE installation_id = $1 AND NOT external_id = ANY ($2::bigint[])
        """,
        installation_id,
        list(keep),
        at,
    )


async def remove_repository(conn: Connection, repo_id: RepoId, at: datetime) -> None:
    await conn.execute("UPDATE fg_repository SET removed_at = coalesce(removed_at, $2) WHERE id = $1", repo_id, at)


async def save_policy(
    conn: Connection,
    repo_id: RepoId,
    *,
    policy: Mapping[str, object] | None,
    path: str | None,
    sha: str | None,
    error: str | None,
    at: datetime,
) -> None:
    """Note what the policy file says now. A broken one leaves the last good policy in force."""
    await conn.execute(
        """
        UPDATE fg_repository
        SET policy = CASE WHEN $5::text IS NULL THEN $2 ELSE policy END,
            policy_path = $3, policy_sha = $4, policy_error = $5, policy_read_at = $6
        WHERE id = $1 AND (policy_read_at IS NULL OR policy_read_at <= $6)
        """,
        repo_id,
        None if policy is None else dict(policy),
        path,
        sha,
        error,
        at,
    )
