"""Give stored failures new signatures, and their clusters their successors."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.model import Fingerprint, RepoId
from app.db.connection import Connection


async def list_repositories_of_older_rules(conn: Connection, rules_version: int) -> list[RepoId]:
    """Return the repositories with a cluster that older rules made."""
    rows = await conn.fetch(
        "SELECT DISTINCT repo_id FROM fg_failure_cluster WHERE rules_version < $1 ORDER BY repo_id", rules_version
    )
    return [RepoId(row["repo_id"]) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCluster:
    """A cluster by its signature, as much of it as moving it takes."""

    id: int
    signature: str
    title: str
    kind: str
    rules_version: int
    first_seen_at: datetime


async def next_of_older_rules(conn: Connection, repo_id: RepoId, rules_version: int) -> KnownCluster | None:
    row = await conn.fetchrow(
        """
        SELECT id, failure_msg_signature AS signature, title, kind::text AS kind, rules_version, first_seen_at
        FROM fg_failure_cluster
        WHERE repo_id = $1 AND rules_version < $2
        ORDER BY id
        LIMIT 1
        """,
        repo_id,
        rules_version,
    )
    return KnownCluster(**row) if row else None


async def get_cluster(conn: Connection, repo_id: RepoId, cluster_id: int) -> KnownCluster | None:
    row = await conn.fetchrow(
        """
        SELECT id, failure_msg_signature AS signature, title, kind::text AS kind, rules_version, first_seen_at
        FROM fg_failure_cluster
        WHERE repo_id = $1 AND id = $2
        """,
        repo_id,
        cluster_id,
    )
    return KnownCluster(**row) if row else None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFailure:
    """One failure with what its signature is made of."""

    job: int
    test_id: int
    ordinal: int
    created_at: datetime
    message: str | None
    stack_trace: str | None
    loose_signature: str | None

    @property
    def key(self) -> tuple[datetime, int, int, int]:
        return self.created_at, self.job, self.test_id, self.ordinal


async def list_failures_of(
    conn: Connection, repo_id: RepoId, signature: str, *, after: StoredFailure | None, limit: int
) -> list[StoredFailure]:
    """Return the failures with that strict signature in a fixed order, those after one of them."""
    since = after.key if after else (None, 0, 0, 0)
    rows = await conn.fetch(
        """
        SELECT job, test_id, ordinal, created_at, failure_message AS message, failure_stack_trace AS stack_trace,
               failure_loose_signature AS loose_signature
        FROM fg_occurrence
        WHERE repo_id = $1 AND failure_msg_signature = $2
          AND ($3::timestamptz IS NULL OR (created_at, job, test_id, ordinal) > ($3, $4::bigint, $5::bigint, $6::integer))
        ORDER BY created_at, job, test_id, ordinal
        LIMIT $7
        """,
        repo_id,
        signature,
        *since,
        limit,
    )
    return [StoredFailure(**row) for row in rows]


async def sign_anew(
    conn: Connection, repo_id: RepoId, signed: Sequence[tuple[StoredFailure, Fingerprint, str]]
) -> None:
    """Store new signatures of failures; the strict one is given apart, since it may be merged into another."""
    await conn.execute(
        """
        UPDATE fg_occurrence AS o
        SET failure_msg_signature = new.strict, failure_loose_signature = new.loose, failure_stack_digest = new.stack
        FROM unnest($2::bigint[], $3::bigint[], $4::integer[], $5::timestamptz[], $6::text[], $7::text[], $8::text[])
            AS new (job, test_id, ordinal, created_at, strict, loose, stack)
        WHERE o.repo_id = $1 AND o.job = new.job AND o.test_id = new.test_id AND o.ordinal = new.ordinal
          AND o.created_at = new.created_at
        """,
        repo_id,
        [one.job for one, _, _ in signed],
        [one.test_id for one, _, _ in signed],
        [one.ordinal for one, _, _ in signed],
        [one.created_at for one, _, _ in signed],
        [strict for _, _, strict in signed],
        [marks.loose for _, marks, _ in signed],
        [marks.stack for _, marks, _ in signed],
    )


async def prove_anew(conn: Connection, repo_id: RepoId, ways: Iterable[tuple[int, str, str]]) -> None:
    """Let what was proven of a test's way to fail (its loose signature) hold for that way's new signature as well.

    The old row stays: failures that are gone cannot be signed anew, and may come again from an older release.
    """
    ordered = sorted(set(ways))
    await conn.execute(
        """
        INSERT INTO fg_proof AS known (repo_id, test_id, loose_signature, pull_number, proven_at, accepted_by)
        SELECT $1, proof.test_id, way.new, proof.pull_number, min(proof.proven_at), max(proof.accepted_by)
        FROM unnest($2::bigint[], $3::text[], $4::text[]) AS way (test_id, old, new)
        JOIN fg_proof AS proof
          ON proof.repo_id = $1 AND proof.test_id = way.test_id AND proof.loose_signature = way.old
        GROUP BY proof.test_id, way.new, proof.pull_number
        ON CONFLICT (repo_id, test_id, loose_signature, pull_number) DO UPDATE
        SET proven_at = least(known.proven_at, excluded.proven_at),
            accepted_by = coalesce(known.accepted_by, excluded.accepted_by)
        """,
        repo_id,
        [test for test, _, _ in ordered],
        [old for _, old, _ in ordered],
        [new for _, _, new in ordered],
    )


async def keep_as_is(conn: Connection, repo_id: RepoId, cluster_id: int, title: str, rules_version: int) -> bool:
    """Say that newer rules make the same signature, with what they call it; False where they have made its cluster already."""
    done = await conn.fetchval(
        """
        UPDATE fg_failure_cluster AS known
        SET rules_version = $4, title = $3
        WHERE known.repo_id = $1 AND known.id = $2 AND NOT EXISTS (
            SELECT FROM fg_failure_cluster AS made
            WHERE made.repo_id = $1 AND made.failure_msg_signature = known.failure_msg_signature AND made.rules_version = $4)
        RETURNING known.id
        """,
        repo_id,
        cluster_id,
        title,
        rules_version,
    )
    return done is not None


async def find_clusters(conn: Connection, repo_id: RepoId, signatures: Sequence[str], rules_version: int) -> list[int]:
    """Return the ids of the clusters that those rules made of those signatures."""
    rows = await conn.fetch(
        """
        SELECT id
        FROM fg_failure_cluster
        WHERE repo_id = $1 AND failure_msg_signature = ANY ($2::text[]) AND rules_version = $3
        ORDER BY id
        """,
        repo_id,
        list(signatures),
        rules_version,
    )
    return [row["id"] for row in rows]


async def replace_cluster(conn: Connection, repo_id: RepoId, old: int, signature: str, rules_version: int) -> None:
    """Give a cluster's issues to the one with that signature, and delete it with its score and evidence.

    Both are made anew when the successor is judged. Nothing is moved where there is no such cluster any more.
    """
    await conn.execute(
        """
        UPDATE fg_issue_link AS link
        SET cluster_id = successor.id
        FROM fg_failure_cluster AS successor
        WHERE link.repo_id = $1 AND link.cluster_id = $2 AND successor.repo_id = $1
          AND successor.failure_msg_signature = $3 AND successor.rules_version = $4
        """,
        repo_id,
        old,
        signature,
        rules_version,
    )
    await conn.execute("DELETE FROM fg_failure_cluster WHERE repo_id = $1 AND id = $2", repo_id, old)


async def forget_members(conn: Connection, repo_id: RepoId, cluster_id: int) -> None:
    """Forget which tests a cluster hit; counting it anew finds those that it still does."""
    await conn.execute(
        "DELETE FROM fg_failure_cluster_test WHERE repo_id = $1 AND cluster_id = $2", repo_id, cluster_id
    )


async def move_failures(conn: Connection, repo_id: RepoId, signature: str, into: str) -> None:
    """Store one strict signature in the place of another."""
    await conn.execute(
        "UPDATE fg_occurrence SET failure_msg_signature = $3 WHERE repo_id = $1 AND failure_msg_signature = $2",
        repo_id,
        signature,
        into,
    )
