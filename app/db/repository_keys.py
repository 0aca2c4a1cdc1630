"""By what a repository is known: its names and numbers, to find it by."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.model import RepoId
from app.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryKey:
    """A repository that the App is installed on. `external_id` is GitHub's and survives renaming."""

    id: RepoId
    external_id: int
    owner: str
    name: str
    is_private: bool
    default_branch: str

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"


# One that the App lost is shown to nobody: whether it still is what it was, and whose, cannot be asked any more.
_FOUND = """
    SELECT id, external_id, owner, name, is_private, default_branch
    FROM fg_repository
    WHERE provider = 'github' AND removed_at IS NULL
"""

# An event says otherwise than the row, or the App is suspended, so that nobody tells of anything: it may be private by now.
_MAY_BE_SHUT = """
          (is_private OR heard_installation_id IS NOT NULL OR EXISTS (
              SELECT FROM fg_installation AS home WHERE home.id = installation_id AND home.suspended_at IS NOT NULL))
"""


async def find_key(conn: Connection, external_id: int) -> RepositoryKey | None:
    """Return the repository with GitHub's id."""
    row = await conn.fetchrow(_FOUND + "AND external_id = $1", external_id)
    return RepositoryKey(**row) if row else None


async def find_key_by_name(
    conn: Connection, owner: str, name: str, *, among: Sequence[int] | None = None, only_public: bool = False
) -> RepositoryKey | None:
    """Return the repository that is called so, in whatever case, where it is one of `among` (GitHub's ids) or public."""
    row = await conn.fetchrow(
        _FOUND
        + """
          AND lower(owner) = lower($1) AND lower(name) = lower($2)
          AND ($3::bigint[] IS NULL OR external_id = ANY ($3::bigint[])) AND NOT ($4 AND
        """
        + _MAY_BE_SHUT
        + """)
        ORDER BY id DESC
        LIMIT 1
        """,
        owner,
        name,
        None if among is None else list(among),
        only_public,
    )
    return RepositoryKey(**row) if row else None


async def list_keys(
    conn: Connection, *, among: Sequence[int] | None = None, only_public: bool = False
) -> tuple[RepositoryKey, ...]:
    """Return repositories by owner and name: all, those of `among` (GitHub's ids), or the public ones."""
    rows = await conn.fetch(
        _FOUND
        + """
          AND ($1::bigint[] IS NULL OR external_id = ANY ($1::bigint[])) AND NOT ($2 AND
        """
        + _MAY_BE_SHUT
        + """)
        ORDER BY lower(owner), lower(name), id
        """,
        None if among is None else list(among),
        only_public,
    )
    return tuple(RepositoryKey(**row) for row in rows)
