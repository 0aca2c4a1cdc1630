"""Which tests fail in the same way."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.clustered import FailureKind, kind_of_seen
from app.core.model import Outcome, RepoId
from app.db.connection import Connection

_LATEST = timedelta(days=90)
"""How far before the last one failures are shown: a cluster that goes on for years is not sorted whole for its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterTest:
    """A test that the cluster hit, and how often."""

    test_id: int
    suite: str
    class_name: str
    name: str
    occurrence_count: int
    last_seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterFailure:
    """One failure of the cluster; run and attempt are the provider's, `job` is its variant, `at` the attempt's start."""

    test_id: int
    run_id: int
    run_attempt: int
    job: str
    ordinal: int
    branch: str | None
    sha: str
    pull: int | None
    outcome: Outcome
    message: str | None
    at: datetime
    html_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cluster:
    id: int
    failure_msg_signature: str
    title: str
    is_infra: bool
    example_message: str | None
    example_stack_trace: str | None
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarFailures:
    """A cluster: `tests` those that it hit most, `failures` the latest ones."""

    cluster_id: int
    signature: str
    title: str
    kind: FailureKind
    example_message: str | None
    example_stack_trace: str | None
    occurrence_count: int
    test_count: int
    first_seen_at: datetime
    last_seen_at: datetime
    tests: list[ClusterTest]
    failures: list[ClusterFailure]


async def find_similar_failures(
    conn: Connection, repo_id: RepoId, *, signature: str, limit: int = 50
) -> SimilarFailures | None:
    """Return the cluster of a strict signature (MD5 in hex), with at most `limit` tests and failures; None: never seen.

    Failures are shown of the 90 days before the last one.
    """
    cluster = await _find_cluster(conn, repo_id, signature)
    if cluster is None:
        return None
    return SimilarFailures(
        cluster_id=cluster.id,
        signature=cluster.failure_msg_signature,
        title=cluster.title,
        kind=cluster.kind,
        example_message=cluster.example_message,
        example_stack_trace=cluster.example_stack_trace,
        occurrence_count=cluster.occurrence_count,
        test_count=cluster.test_count,
        first_seen_at=cluster.first_seen_at,
        last_seen_at=cluster.last_seen_at,
        tests=await list_tests_of_cluster(conn, repo_id, cluster.id, limit),
        failures=await list_failures_of_cluster(
            conn,
            repo_id,
            cluster.failure_msg_signature,
            first_seen_at=cluster.first_seen_at,
            last_seen_at=cluster.last_seen_at,
            limit=limit,
        ),
    )


async def _find_cluster(conn: Connection, repo_id: RepoId, signature: str) -> _Cluster | None:
    """Return the cluster that the newest rules of normalising made."""
    row = await conn.fetchrow(
        """
        SELECT id, failure_msg_signature, title, kind = 'infra' AS is_infra, example_message, example_stack_trace, occurrence_count,
               test_count, first_seen_at, last_seen_at
        FROM fg_failure_cluster
        WHERE repo_id = $1
          AND failure_msg_signature = coalesce(
              (SELECT into_signature FROM fg_cluster_alias WHERE repo_id = $1 AND signature = $2), $2)
        ORDER BY rules_version DESC
        LIMIT 1
        """,
        repo_id,
        signature,
    )
    return _Cluster(**row) if row else None


async def list_tests_of_cluster(conn: Connection, repo_id: RepoId, cluster_id: int, limit: int) -> list[ClusterTest]:
    """Return the tests that a cluster hit most often."""
    rows = await conn.fetch(
        """
        SELECT member.test_id, test.suite, test.class_name, test.name, member.occurrence_count, member.last_seen_at
        FROM (
            SELECT test_id, occurrence_count, last_seen_at
            FROM fg_failure_cluster_test
            WHERE repo_id = $1 AND cluster_id = $2
            ORDER BY occurrence_count DESC, test_id
            LIMIT $3
        ) AS member
        JOIN fg_test_case AS test ON test.repo_id = $1 AND test.id = member.test_id
        ORDER BY member.occurrence_count DESC, member.test_id
        """,
        repo_id,
        cluster_id,
        limit,
    )
    return [ClusterTest(**row) for row in rows]


async def list_failures_of_cluster(
    conn: Connection,
    repo_id: RepoId,
    signature: str,
    *,
    first_seen_at: datetime,
    last_seen_at: datetime,
    limit: int,
) -> list[ClusterFailure]:
    """Return the latest failures with a strict signature, of the 90 days before it was seen last."""
    rows = await conn.fetch(
        """
        SELECT o.test_id, run.run_id, run.run_attempt, job.variant AS job, o.ordinal, run.head_branch AS branch,
               run.head_sha AS sha, run.pull_number AS pull, o.outcome, o.message, o.created_at AS at,
               coalesce(job.html_url, run.html_url) AS html_url
        FROM (
            SELECT test_id, workflow_run, job, ordinal, outcome, failure_message AS message, created_at
            FROM fg_occurrence
            WHERE repo_id = $1 AND failure_msg_signature = $2 AND created_at BETWEEN $3 AND $4
            ORDER BY created_at DESC, job DESC, test_id, ordinal DESC
            LIMIT $5
        ) AS o
        JOIN fg_workflow_run AS run ON run.repo_id = $1 AND run.id = o.workflow_run
        JOIN fg_job AS job ON job.repo_id = $1 AND job.id = o.job
        ORDER BY o.created_at DESC, o.job DESC, o.test_id, o.ordinal DESC
        """,
        repo_id,
        signature,
        max(first_seen_at, last_seen_at - _LATEST),
        last_seen_at,
        limit,
    )
    return [ClusterFailure(**row) for row in rows]
