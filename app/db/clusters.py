"""Failures that share a signature."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.clustered import FailureKind, kind_of_seen
from app.core.model import RepoId, Standing, TestId
from app.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterSeen:
    """A strict signature as one attempt showed it, with one of its failures as the example."""

    signature: str
    stack_digest: str | None
    title: str
    example_message: str | None
    example_stack_trace: str | None
    is_infra: bool


async def save_clusters(
    conn: Connection, repo_id: RepoId, seen: Sequence[ClusterSeen], rules_version: int, at: datetime
) -> None:
    """Add the clusters that are new, and count all of them anew from the occurrences that are stored.

    Counting anew keeps the figures right however often and in whatever order runs are read.
    """
    ordered = sorted(seen, key=lambda one: one.signature)
    await conn.execute(
        """
        INSERT INTO fg_failure_cluster (
            repo_id, failure_msg_signature, failure_stack_digest, rules_version, title, example_message,
            example_stack_trace, occurrence_count, test_count, first_seen_at, last_seen_at, kind)
        SELECT $1, new.signature, new.stack_digest, $2, new.title, new.message, new.stack_trace, 0, 0, $3, $3,
               CASE WHEN new.is_infra THEN 'infra' ELSE 'test' END::fg_cluster_kind
        FROM unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::boolean[])
            AS new (signature, stack_digest, title, message, stack_trace, is_infra)
        ON CONFLICT (repo_id, failure_msg_signature, rules_version) DO UPDATE
        SET kind = CASE WHEN excluded.kind = 'infra' THEN excluded.kind ELSE fg_failure_cluster.kind END,
            first_seen_at = least(fg_failure_cluster.first_seen_at, excluded.first_seen_at)
        """,
        repo_id,
        rules_version,
        at,
        [one.signature for one in ordered],
        [one.stack_digest for one in ordered],
        [one.title for one in ordered],
        [one.example_message for one in ordered],
        [one.example_stack_trace for one in ordered],
        [one.is_infra for one in ordered],
    )
    await count_clusters(conn, repo_id, [one.signature for one in ordered], rules_version)


async def count_clusters(conn: Connection, repo_id: RepoId, signatures: Sequence[str], rules_version: int) -> None:
    """Count clusters anew from the occurrences that are stored, and the tests that they hit.

    When it was first seen stays, also after retention has taken the failures of that time away.
    """
    await conn.execute(
        """
        WITH counted AS (
            SELECT cluster.id AS cluster_id, o.test_id, count(*)::integer AS occurrences, min(o.created_at) AS first_at,
                   max(o.created_at) AS last_at
            FROM fg_failure_cluster AS cluster
            JOIN fg_occurrence AS o
              ON o.repo_id = cluster.repo_id AND o.failure_msg_signature = cluster.failure_msg_signature
            WHERE cluster.repo_id = $1 AND cluster.rules_version = $3
              AND cluster.failure_msg_signature = ANY ($2::text[])
            GROUP BY cluster.id, o.test_id
        ), members AS (
            INSERT INTO fg_failure_cluster_test (repo_id, cluster_id, test_id, occurrence_count, last_seen_at)
            SELECT $1, cluster_id, test_id, occurrences, last_at
            FROM counted
            ORDER BY cluster_id, test_id
            ON CONFLICT (repo_id, cluster_id, test_id) DO UPDATE
            SET occurrence_count = excluded.occurrence_count, last_seen_at = excluded.last_seen_at
        )
        UPDATE fg_failure_cluster AS cluster
        SET occurrence_count = total.occurrences, test_count = total.tests, first_seen_at = least(cluster.first_seen_at, total.first_at),
            last_seen_at = total.last_at
        FROM (
            SELECT cluster_id, sum(occurrences)::integer AS occurrences, count(*)::integer AS tests,
                   min(first_at) AS first_at, max(last_at) AS last_at
            FROM counted
            GROUP BY cluster_id
        ) AS total
        WHERE cluster.repo_id = $1 AND cluster.id = total.cluster_id
        """,
        repo_id,
        list(signatures),
        rules_version,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterOfTest:
    """The cluster of a test's latest failures."""

    id: int
    title: str
    example_message: str | None
    example_stack_trace: str | None
    occurrence_count: int
    test_count: int


async def latest_cluster_of(conn: Connection, repo_id: RepoId, test_id: TestId) -> ClusterOfTest | None:
    row = await conn.fetchrow(
        """
        SELECT cluster.id, cluster.title, cluster.example_message, cluster.example_stack_trace,
               cluster.occurrence_count, cluster.test_count
        FROM fg_failure_cluster_test AS member
        JOIN fg_failure_cluster AS cluster ON cluster.repo_id = member.repo_id AND cluster.id = member.cluster_id
        WHERE member.repo_id = $1 AND member.test_id = $2
        ORDER BY cluster.kind = 'infra', member.last_seen_at DESC, cluster.id
        LIMIT 1
        """,
        repo_id,
        test_id,
    )
    return ClusterOfTest(**row) if row else None


@dataclass(frozen=True, slots=True, kw_only=True)
class MainCause:
    """The cluster by which a test fails most often, infrastructure apart; `standing` is what is thought of it, if judged."""

    test_id: int
    cluster_id: int
    title: str
    test_count: int
    first_seen_at: datetime
    last_seen_at: datetime
    standing: Standing | None

    @property
    def is_shared(self) -> bool:
        """Tell whether it is a cause of several tests that came more than once: all at one time is an outage."""
        kind = kind_of_seen(
            is_infra=False, tests=self.test_count, first_seen_at=self.first_seen_at, last_seen_at=self.last_seen_at
        )
        return kind is FailureKind.SYSTEMIC

    @property
    def shared_standing(self) -> Standing | None:
        """What is thought of it, where several tests share it."""
        return self.standing if self.is_shared else None


async def find_main_causes(conn: Connection, repo_id: RepoId, tests: Sequence[int]) -> dict[TestId, MainCause]:
    """Return the main cause of each of those tests that has failed with one."""
    rows = await conn.fetch(
        """
        SELECT DISTINCT ON (member.test_id)
               member.test_id, cluster.id AS cluster_id, cluster.title, cluster.test_count, cluster.first_seen_at,
               cluster.last_seen_at, score.standing
        FROM fg_failure_cluster_test AS member
        JOIN fg_failure_cluster AS cluster ON cluster.repo_id = member.repo_id AND cluster.id = member.cluster_id
        LEFT JOIN fg_cluster_score AS score ON score.repo_id = cluster.repo_id AND score.cluster_id = cluster.id
        WHERE member.repo_id = $1 AND member.test_id = ANY ($2::bigint[]) AND cluster.kind <> 'infra'
        ORDER BY member.test_id, member.occurrence_count DESC, member.last_seen_at DESC, cluster.id
        """,
        repo_id,
        list(tests),
    )
    return {TestId(row["test_id"]): MainCause(**row) for row in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCluster:
    """A cause of failures, with how widely and how often it was seen; `merged` counts what maintainers merged into it."""

    id: int
    title: str
    is_infra: bool
    test_count: int
    occurrence_count: int
    first_seen_at: datetime
    last_seen_at: datetime
    merged: int

    @property
    def kind(self) -> FailureKind:
        return kind_of_seen(
            is_infra=self.is_infra,
            tests=self.test_count,
            first_seen_at=self.first_seen_at,
            last_seen_at=self.last_seen_at,
        )


async def list_clusters(conn: Connection, repo_id: RepoId, limit: int) -> list[ListedCluster]:
    """Return the causes that were seen last, the latest first."""
    rows = await conn.fetch(
        """
        SELECT cluster.id, cluster.title, cluster.kind = 'infra' AS is_infra, cluster.test_count,
               cluster.occurrence_count, cluster.first_seen_at, cluster.last_seen_at,
               (SELECT count(*) FROM fg_cluster_alias AS alias
                WHERE alias.repo_id = $1 AND alias.into_signature = cluster.failure_msg_signature) AS merged
        FROM fg_failure_cluster AS cluster
        WHERE cluster.repo_id = $1
        ORDER BY cluster.last_seen_at DESC, cluster.id
        LIMIT $2
        """,
        repo_id,
        limit,
    )
    return [ListedCluster(**row) for row in rows]
