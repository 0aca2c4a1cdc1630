"""Repositories: where the App is at work, or was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.events import RepositoryRef
from app.core.model import RepoId
from app.core.names import Names
from app.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """One row of fg_repository, with what handlers need of it; `is_ours` while the App is installed and not suspended.

    `permissions` are those of its installation, empty until GitHub has told them. `heard_installation_id` is set while an
    event says otherwise than the row; `was_asked` says whether GitHub was ever asked about its installation. `former_names` and `former_branches` give the time until which each was in use.
    """

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
    policy_read_at: datetime | None
    is_ours: bool
    is_archived: bool
    permissions: Mapping[str, str]
    heard_installation_id: int | None
    was_asked: bool
    former_names: Mapping[str, str]
    former_branches: Mapping[str, str]

    @property
    def is_in_doubt(self) -> bool:
        """Tell whether GitHub is to be asked before anything is done there."""
        return self.heard_installation_id is not None or (self.installation_id is not None and not self.was_asked)

    @property
    def names(self) -> Names:
        return Names(
            full_name=f"{self.owner}/{self.name}",
            default_branch=self.default_branch,
            former_names=_times(self.former_names),
            former_branches=_times(self.former_branches),
        )


def _times(former: Mapping[str, str]) -> dict[str, datetime]:
    return {name: datetime.fromisoformat(until) for name, until in former.items()}


async def save_repository(
    conn: Connection, repository: RepositoryRef, installation_id: int | None, at: datetime
) -> RepoId:
    """Store what GitHub says of a repository now: that it is there, and what it is called.

    Another one that is known by the same name is in doubt from then on: one of the two has another name by now.
    """
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
            former_names = CASE
                WHEN (old.owner, old.name) = (excluded.owner, excluded.name) THEN old.former_names
                ELSE (old.former_names - (excluded.owner || '/' || excluded.name))
                    || jsonb_build_object(old.owner || '/' || old.name, to_jsonb($7::timestamptz))
            END,
            former_branches = CASE
                WHEN old.default_branch = excluded.default_branch THEN old.former_branches
                ELSE (old.former_branches - excluded.default_branch)
                    || jsonb_build_object(old.default_branch, to_jsonb($7::timestamptz))
            END,
            is_private = excluded.is_private,
            removed_at = NULL,
            heard_installation_id = NULL,
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
    await _doubt_namesakes(conn, RepoId(repo_id), repository)
    return RepoId(repo_id)


async def _doubt_namesakes(conn: Connection, repo_id: RepoId, repository: RepositoryRef) -> None:
    await conn.execute(
        """
        UPDATE fg_repository
        SET heard_installation_id = installation_id
        WHERE owner = $2 AND name = $3 AND id <> $1 AND removed_at IS NULL
        """,
        repo_id,
        repository.owner,
        repository.name,
    )


async def ensure_repository(
    conn: Connection, repository: RepositoryRef, installation_id: int | None, at: datetime
) -> RepoId:
    """Return our id of the repository that an event names, writing only where something is new: most events change nothing.

    An event may be late: where it says otherwise than the row, the row is in doubt and stays as it is until GitHub was
    asked. What comes of an installation that is known to be gone or suspended is late for sure. An installation that no
    event has told of yet gets a row, which is completed when GitHub is asked about it.
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
    known = await _doubt(conn, repository.id, installation_id)
    return known or await _add_repository(conn, repository, installation_id, at)


async def _add_repository(
    conn: Connection, repository: RepositoryRef, installation_id: int | None, at: datetime
) -> RepoId:
    """Store a repository that an event is the first to tell of; one of an installation that has ended is lost from the start.

    Nothing would ever ask GitHub about such a one, and its names would stay for good.
    """
    repo_id = await save_repository(conn, repository, installation_id, at)
    await conn.execute(
        """
        UPDATE fg_repository AS repo
        SET removed_at = $2
        FROM fg_installation AS home
        WHERE repo.id = $1 AND home.id = repo.installation_id AND home.deleted_at IS NOT NULL
        """,
        repo_id,
        at,
    )
    return repo_id


async def _doubt(conn: Connection, external_id: int, installation_id: int | None) -> RepoId | None:
    """Note that an event says otherwise than the repository's row; returns our id of it, None where there is no row."""
    repo_id = await conn.fetchval(
        """
        UPDATE fg_repository AS repo
        SET heard_installation_id = coalesce(
            (
                SELECT home.id
                FROM fg_installation AS home
                WHERE home.id = coalesce($2, repo.installation_id)
                  AND home.deleted_at IS NULL AND home.suspended_at IS NULL
            ),
            repo.heard_installation_id)
        WHERE repo.provider = 'github' AND repo.external_id = $1
        RETURNING repo.id
        """,
        external_id,
        installation_id,
    )
    return None if repo_id is None else RepoId(repo_id)


async def get_repository(conn: Connection, repo_id: RepoId) -> Repository | None:
    row = await conn.fetchrow(
        """
        SELECT repo.id, repo.external_id, repo.owner, repo.name, repo.installation_id, repo.default_branch,
               repo.is_private, repo.policy, repo.policy_sha, repo.policy_error, repo.policy_read_at,
               repo.removed_at IS NULL AND home.id IS NOT NULL AND home.deleted_at IS NULL
               AND home.suspended_at IS NULL AS is_ours,
               repo.archived_at IS NOT NULL AS is_archived, coalesce(home.permissions, '{}') AS permissions,
               repo.heard_installation_id, home.synced_at IS NOT NULL AS was_asked, repo.former_names, repo.former_branches
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


async def list_at_work(conn: Connection) -> set[RepoId]:
    """Return the repositories that the App is installed on, where it is not suspended: work for others would be dropped."""
    rows = await conn.fetch(
        """
        SELECT repo.id
        FROM fg_repository AS repo
        JOIN fg_installation AS home ON home.id = repo.installation_id
        WHERE repo.removed_at IS NULL AND home.deleted_at IS NULL AND home.suspended_at IS NULL
        """
    )
    return {RepoId(row["id"]) for row in rows}


async def remove_repositories(conn: Connection, installation_id: int, keep: Sequence[int], at: datetime) -> None:
    """Note that the installation covers no repository but those with GitHub's ids in `keep`."""
    await conn.execute(
        """
        UPDATE fg_repository
        SET removed_at = coalesce(removed_at, $3), heard_installation_id = NULL
        WHERE installation_id = $1 AND NOT external_id = ANY ($2::bigint[])
        """,
        installation_id,
        list(keep),
        at,
    )


async def remove_repository(conn: Connection, repo_id: RepoId, at: datetime) -> None:
    """Note that no installation covers the repository any more."""
    await conn.execute(
        """
        UPDATE fg_repository
        SET removed_at = coalesce(removed_at, $2), heard_installation_id = NULL
        WHERE id = $1
        """,
        repo_id,
        at,
    )


async def believe(conn: Connection, repo_id: RepoId) -> None:
    """Note that nothing is in doubt about a repository any more."""
    await conn.execute("UPDATE fg_repository SET heard_installation_id = NULL WHERE id = $1", repo_id)


async def list_settled(conn: Connection, installation_id: int) -> dict[int, str]:
    """Return the repositories of an installation whose policy was read, by GitHub's id, with the branch that it was read from."""
    rows = await conn.fetch(
        """
        SELECT external_id, default_branch
        FROM fg_repository
        WHERE installation_id = $1 AND removed_at IS NULL AND policy_read_at IS NOT NULL
        """,
        installation_id,
    )
    return {row["external_id"]: row["default_branch"] for row in rows}


async def save_policy(
    conn: Connection,
    repo_id: RepoId,
    *,
    policy: Mapping[str, object] | None,
    path: str | None,
    sha: str | None,
    error: str | None,
    at: datetime,
) -> bool:
    """Note what the policy file says now; returns whether another policy is in force. A broken one leaves the last good one."""
    is_new = await conn.fetchval(
        """
        UPDATE fg_repository AS repo
        SET policy = CASE WHEN $5::text IS NULL THEN $2 ELSE repo.policy END,
            policy_path = $3, policy_sha = $4, policy_error = $5, policy_read_at = $6
        FROM (SELECT id, policy FROM fg_repository WHERE id = $1 FOR UPDATE) AS old
        WHERE repo.id = old.id AND (policy_read_at IS NULL OR policy_read_at <= $6)
        RETURNING repo.policy IS DISTINCT FROM old.policy
        """,
        repo_id,
        None if policy is None else dict(policy),
        path,
        sha,
        error,
        at,
    )
    return bool(is_new)
