"""On which commits and pull requests tests failed, and how often they were tried there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.model import RepoId, TestId
from app.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadTries:
    """How often a test was tried on a commit: attempts in which it failed and never passed, and those in which it passed."""

    test_id: int
    failed: int
    passed: int


async def count_tries_on(conn: Connection, repo_id: RepoId, tests: Sequence[int], head_sha: str) -> list[HeadTries]:
    rows = await conn.fetch(
        """
        SELECT test_id, count(*) FILTER (WHERE failed AND NOT passed) AS failed, count(*) FILTER (WHERE passed) AS passed
        FROM (
            SELECT o.test_id, o.workflow_run, bool_or(o.outcome IN ('failed', 'error')) AS failed,
                   bool_or(o.outcome = 'passed') AS passed
            FROM fg_workflow_run AS run
            JOIN fg_occurrence AS o
              ON o.repo_id = run.repo_id AND o.workflow_run = run.id AND o.created_at = run.run_started_at
            WHERE run.repo_id = $1 AND run.head_sha = $3 AND o.test_id = ANY ($2::bigint[])
            GROUP BY o.test_id, o.workflow_run
        ) AS attempt
        GROUP BY test_id
        """,
        repo_id,
        list(tests),
        head_sha,
    )
    return [HeadTries(**row) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenBefore:
    """Since when a test has failed in one way, and on which pull requests."""

    test_id: int
    signature: str
    since: datetime
    pulls: list[int]


async def list_seen_before(
    conn: Connection, repo_id: RepoId, tests: Sequence[int], signatures: Sequence[str], *, head_sha: str
) -> list[SeenBefore]:
    """Return where those tests have failed in those ways (loose signatures) on other commits."""
    rows = await conn.fetch(
        """
        SELECT o.test_id, o.failure_loose_signature AS signature, min(o.created_at) AS since,
               coalesce(array_agg(DISTINCT run.pull_number) FILTER (WHERE run.pull_number IS NOT NULL), '{}') AS pulls
        FROM fg_occurrence AS o
        JOIN fg_workflow_run AS run ON run.repo_id = o.repo_id AND run.id = o.workflow_run
        WHERE o.repo_id = $1 AND o.test_id = ANY ($2::bigint[]) AND o.failure_loose_signature = ANY ($3::text[])
          AND o.outcome IN ('failed', 'error') AND run.head_sha <> $4
        GROUP BY o.test_id, o.failure_loose_signature
        """,
        repo_id,
        list(tests),
        list(signatures),
        head_sha,
    )
    return [SeenBefore(**row) for row in rows]


async def list_heads_hit(
    conn: Connection, repo_id: RepoId, tests: Sequence[TestId], *, since: datetime, limit: int = 30
) -> list[str]:
    """Return the commits of pull requests on which one of those tests failed since that moment, latest first."""
    rows = await conn.fetch(
        """
        SELECT run.head_sha
        FROM fg_occurrence AS o
        JOIN fg_workflow_run AS run ON run.repo_id = o.repo_id AND run.id = o.workflow_run
        WHERE o.repo_id = $1 AND o.test_id = ANY ($2::bigint[]) AND o.created_at >= $3
          AND o.outcome IN ('failed', 'error') AND run.pull_number IS NOT NULL
        GROUP BY run.head_sha
        ORDER BY max(o.created_at) DESC, run.head_sha
        LIMIT $4
        """,
        repo_id,
        list(tests),
        since,
        limit,
    )
    return [row["head_sha"] for row in rows]


async def list_tests_failed_on(conn: Connection, repo_id: RepoId, head_sha: str) -> list[TestId]:
    """Return the tests that failed on a commit, in any attempt of any run."""
    rows = await conn.fetch(
        """
        SELECT DISTINCT o.test_id
        FROM fg_workflow_run AS run
        JOIN fg_occurrence AS o
          ON o.repo_id = run.repo_id AND o.workflow_run = run.id AND o.created_at = run.run_started_at
        WHERE run.repo_id = $1 AND run.head_sha = $2 AND o.outcome IN ('failed', 'error')
        ORDER BY o.test_id
        """,
        repo_id,
        head_sha,
    )
    return [TestId(row["test_id"]) for row in rows]


async def list_failures_of_head(conn: Connection, repo_id: RepoId, test_id: TestId, head_sha: str) -> list[str]:
    """Return the loose signatures with which a test failed on a commit."""
    rows = await conn.fetch(
        """
        SELECT DISTINCT o.failure_loose_signature AS signature
        FROM fg_workflow_run AS run
        JOIN fg_occurrence AS o
          ON o.repo_id = run.repo_id AND o.workflow_run = run.id AND o.created_at = run.run_started_at
        WHERE run.repo_id = $1 AND run.head_sha = $2 AND o.test_id = $3 AND o.outcome IN ('failed', 'error')
          AND o.failure_loose_signature IS NOT NULL
        ORDER BY signature
        """,
        repo_id,
        head_sha,
        test_id,
    )
    return [row["signature"] for row in rows]
