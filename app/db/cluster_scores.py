"""What we think of clusters: which of them a commit showed, the tests that they hit, and their scores."""

from dataclasses import dataclass
from datetime import datetime

from app.core.clustered import FailureKind, kind_of_seen
from app.core.model import AttemptId, FlakeScore, RepoId, TestId
from app.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class WideCluster:
    """A cluster that hit several tests."""

    id: int
    signature: str
    title: str
    is_infra: bool
    occurrence_count: int
    test_count: int
    first_seen_at: datetime
    last_seen_at: datetime

    @property
    def kind(self) -> FailureKind:
        return kind_of_seen(
            is_infra=self.is_infra,
            tests=self.test_count,
            first_seen_at=self.first_seen_at,
            last_seen_at=self.last_seen_at,
        )


async def list_wide_clusters(conn: Connection, repo_id: RepoId, attempt: AttemptId) -> list[WideCluster]:
    """Return the clusters of two tests or more that occurred in an attempt, or in another of its run.

    A further attempt in which they are gone is what proves them flaky.
    """
    rows = await conn.fetch(
        """
        SELECT cluster.id, cluster.failure_msg_signature AS signature, cluster.title,
               cluster.kind = 'infra' AS is_infra, cluster.occurrence_count, cluster.test_count, cluster.first_seen_at,
               cluster.last_seen_at
        FROM fg_failure_cluster AS cluster
        JOIN (
            SELECT DISTINCT o.failure_msg_signature
            FROM fg_workflow_run AS this
            JOIN fg_workflow_run AS run ON run.repo_id = this.repo_id AND run.run_id = this.run_id
            JOIN fg_occurrence AS o
              ON o.repo_id = run.repo_id AND o.workflow_run = run.id AND o.created_at = run.run_started_at
            WHERE this.repo_id = $1 AND this.id = $2 AND o.repo_id = $1
              AND o.outcome IN ('failed', 'error') AND o.failure_msg_signature IS NOT NULL
        ) AS seen ON seen.failure_msg_signature = cluster.failure_msg_signature
        WHERE cluster.repo_id = $1 AND cluster.test_count > 1
        ORDER BY cluster.id
        """,
        repo_id,
        attempt,
    )
    return [WideCluster(**row) for row in rows]


async def list_members(conn: Connection, repo_id: RepoId, cluster_id: int, limit: int) -> list[TestId]:
    """Return the tests that a cluster hit, the latest first."""
    rows = await conn.fetch(
        """
        SELECT test_id
        FROM fg_failure_cluster_test
        WHERE repo_id = $1 AND cluster_id = $2
        ORDER BY last_seen_at DESC, test_id
        LIMIT $3
        """,
        repo_id,
        cluster_id,
        limit,
    )
    return [TestId(row["test_id"]) for row in rows]


async def save_cluster_score(
    conn: Connection,
    repo_id: RepoId,
    cluster_id: int,
    score: FlakeScore,
    *,
    window: int,
    version: int,
    seen_at: datetime,
) -> None:
    """Store the score of a cluster in place of an older one; `seen_at` is the start of the newest attempt that it saw."""
    await conn.execute(
        """
        INSERT INTO fg_cluster_score (
            repo_id, cluster_id, score, flake_rate, low, high, standing, window_n, runs, failures, last_flake_at,
            scorer_version, last_updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT (repo_id, cluster_id) DO UPDATE
        SET score = excluded.score, flake_rate = excluded.flake_rate, low = excluded.low, high = excluded.high,
            standing = excluded.standing, window_n = excluded.window_n, runs = excluded.runs,
            failures = excluded.failures, last_flake_at = excluded.last_flake_at,
            scorer_version = excluded.scorer_version, last_updated_at = excluded.last_updated_at
        """,
        repo_id,
        cluster_id,
        score.score,
        score.flake_rate,
        score.low,
        score.high,
        score.standing,
        window,
        score.runs,
        score.failures,
        score.last_flake_at,
        version,
        seen_at,
    )
