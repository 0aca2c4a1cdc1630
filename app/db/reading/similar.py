"""Causes that a failure reads like, which somebody has before them: by its signature, and by its words."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec

from app.core.likeness import Example, Likeness, compare, shortlist
from app.core.model import RepoId
from app.core.signature import fingerprint
from app.db.connection import Connection
from app.db.reading.clusters import ListedCluster, read_clusters
from app.db.reading.marks import storable
from app.db.reading.parts import parts_of

LONGEST_MESSAGE = 2_000
Said = Annotated[str, msgspec.Meta(max_length=LONGEST_MESSAGE)]
_MOST_TITLES = 2_000
"""So many causes, those seen last, are looked through."""
_MOST_COMPARED = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarWanted:
    """The failure as it reads where it happened; with its stack trace, more of those that are the same are known as such."""

    message: Annotated[Said | None, msgspec.Meta(description="What the failure says; nothing is found without.")] = None
    stack_trace: Annotated[Said | None, msgspec.Meta(description="Its stack trace, or the beginning of it.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarCluster(ListedCluster):
    """A cause that the failure reads like. `share` is that of their words which both have, 0..1.

    `is_same` says that they are the same once what differs from run to run is left out: numbers, times, addresses.
    """

    share: float
    is_same: bool


async def find_similar(conn: Connection, repo_id: RepoId, wanted: SimilarWanted) -> tuple[SimilarCluster, ...]:
    """Return the causes that read like the failure, those that are the same first; 20 at most."""
    message, trace = storable(wanted.message or ""), storable(wanted.stack_trace or "") or None
    if not message.strip():
        return ()
    found = fingerprint(message, trace)
    titles = await _list_titles(conn, repo_id)
    # Thousands of titles are compared, in which time others want to be answered.
    near = await asyncio.to_thread(shortlist, message, titles)
    examples = await _list_examples(conn, repo_id, near, found.strict if found else "")
    alike = await asyncio.to_thread(compare, message, trace, examples)
    return await _read(conn, repo_id, alike)


async def _read(conn: Connection, repo_id: RepoId, alike: Sequence[Likeness]) -> tuple[SimilarCluster, ...]:
    rows = {row.id: row for row in await read_clusters(conn, repo_id, [one.id for one in alike])}
    return tuple(
        SimilarCluster(**parts_of(rows[one.id]), share=one.share, is_same=one.is_same)
        for one in alike
        if one.id in rows
    )


async def _list_titles(conn: Connection, repo_id: RepoId) -> dict[int, str]:
    rows = await conn.fetch(
        """
        SELECT id, left(title, 300) AS title
        FROM fg_failure_cluster
        WHERE repo_id = $1
        ORDER BY last_seen_at DESC, id DESC
        LIMIT $2
        """,
        repo_id,
        _MOST_TITLES,
    )
    return {row["id"]: row["title"] for row in rows}


async def _list_examples(conn: Connection, repo_id: RepoId, ids: Sequence[int], signature: str) -> list[Example]:
    """Return those causes, and that of the signature: it may be older than all that were looked through, or merged."""
    rows = await conn.fetch(
        """
        SELECT id, CASE WHEN failure_msg_signature = same.signature THEN $3 ELSE failure_msg_signature END AS signature,
               left(title, 300) AS title, left(example_message, $4) AS message
        FROM fg_failure_cluster
        CROSS JOIN (
            SELECT coalesce(
                (SELECT into_signature FROM fg_cluster_alias WHERE repo_id = $1 AND signature = $3), $3) AS signature
        ) AS same
        WHERE repo_id = $1 AND (id = ANY ($2::bigint[]) OR failure_msg_signature = same.signature)
        """,
        repo_id,
        list(ids),
        signature,
        _MOST_COMPARED,
    )
    return [Example(**row) for row in rows]
