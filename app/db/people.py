"""Who signed in to look, and the tokens that they made for their programs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.db.connection import Connection

_WORTH_NOTING = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredToken:
    """A token of a person, without what proves it. `repositories` are GitHub's ids."""

    id: int
    person_id: int
    login: str
    name: str
    scopes: tuple[str, ...]
    repositories: tuple[int, ...]
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


async def note_sign_in(conn: Connection, person_id: int, login: str, at: datetime) -> None:
    await conn.execute(
        """
        INSERT INTO fg_person (id, login, signed_in_at)
        VALUES ($1, $2, $3)
        ON CONFLICT (id) DO UPDATE SET login = excluded.login, signed_in_at = excluded.signed_in_at
        """,
        person_id,
        login,
        at,
    )


async def sign_out_everywhere(conn: Connection, person_id: int, at: datetime) -> None:
    """End all sessions of a person that began before that time."""
    await conn.execute("UPDATE fg_person SET signed_out_at = $2 WHERE id = $1", person_id, at)


async def is_signed_in(conn: Connection, person_id: int, since: datetime) -> bool:
    """Tell whether a session that began then is still one: the person is known and has not signed out everywhere."""
    found: bool | None = await conn.fetchval(
        "SELECT signed_out_at IS NULL OR signed_out_at < $2 FROM fg_person WHERE id = $1", person_id, since
    )
    return bool(found)


async def add_token(  # noqa: PLR0913 - a row has as many parts as its table columns
    conn: Connection,
    person_id: int,
    *,
    name: str,
    digest: bytes,
    scopes: Sequence[str],
    repositories: Sequence[int],
    at: datetime,
    until: datetime,
) -> int:
    """Store a new token; returns its number."""
    added: int = await conn.fetchval(
        """
        INSERT INTO fg_token (person_id, name, digest, scopes, repositories, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        RETURNING id
        """,
        person_id,
        name,
        digest,
        list(scopes),
        list(repositories),
        at,
        until,
    )
    return added


async def list_tokens(conn: Connection, person_id: int) -> list[StoredToken]:
    """Return a person's tokens, the newest first."""
    rows = await conn.fetch(
        """
        SELECT token.id, token.person_id, person.login, token.name, token.scopes, token.repositories, token.created_at,
               token.expires_at, token.used_at
        FROM fg_token AS token
        JOIN fg_person AS person ON person.id = token.person_id
        WHERE token.person_id = $1
        ORDER BY token.id DESC
        """,
        person_id,
    )
    return [_read(dict(row)) for row in rows]


async def find_token(conn: Connection, digest: bytes, now: datetime) -> StoredToken | None:
    """Return the token with that digest while it is good, and note once an hour that it was used."""
    row = await conn.fetchrow(
        """
        SELECT token.id, token.person_id, person.login, token.name, token.scopes, token.repositories, token.created_at,
               token.expires_at, token.used_at
        FROM fg_token AS token
        JOIN fg_person AS person ON person.id = token.person_id
        WHERE token.digest = $1 AND token.expires_at > $2
        """,
        digest,
        now,
    )
    if row is None:
        return None
    token = _read(dict(row))
    if token.used_at is None or token.used_at < now - _WORTH_NOTING:
        await conn.execute("UPDATE fg_token SET used_at = $2 WHERE id = $1", token.id, now)
    return token


async def delete_token(conn: Connection, person_id: int, token_id: int) -> bool:
    """Revoke a person's token; says whether there was one."""
    done = await conn.execute("DELETE FROM fg_token WHERE person_id = $1 AND id = $2", person_id, token_id)
    return str(done) == "DELETE 1"


async def get_login(conn: Connection, person_id: int) -> str | None:
    login: str | None = await conn.fetchval("SELECT login FROM fg_person WHERE id = $1", person_id)
    return login


async def list_roles(conn: Connection, person_id: int, external_ids: Sequence[int], since: datetime) -> dict[int, str]:
    """Return what GitHub said since then that a person may do in those repositories, by GitHub's id."""
    rows = await conn.fetch(
        """
        SELECT external_id, role
        FROM fg_reader
        WHERE person_id = $1 AND external_id = ANY ($2::bigint[]) AND checked_at >= $3
        """,
        person_id,
        list(external_ids),
        since,
    )
    return {row["external_id"]: row["role"] for row in rows}


async def save_role(conn: Connection, person_id: int, external_id: int, role: str, at: datetime) -> None:
    """Note what GitHub says that a person may do in a repository."""
    await conn.execute(
        """
        INSERT INTO fg_reader (person_id, external_id, role, checked_at)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (person_id, external_id) DO UPDATE SET role = excluded.role, checked_at = excluded.checked_at
        """,
        person_id,
        external_id,
        role,
        at,
    )


def _read(row: dict[str, object]) -> StoredToken:
    row["scopes"], row["repositories"] = tuple(row["scopes"]), tuple(row["repositories"])  # type: ignore[arg-type]
    return StoredToken(**row)  # type: ignore[arg-type]
