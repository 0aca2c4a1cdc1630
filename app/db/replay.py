"""What a replay of policies asks for: which tests it is about, and how matters stood when it begins."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.infra import AttemptKey
from app.core.model import RepoId, TestId
from app.db.connection import Connection
from app.db.decisions import StoredDecision


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A test that a replay may be about: how many executions it has in its time, and how many such tests there are."""

    test_id: int
    executions: int
    of: int


async def list_tests_to_replay(
    conn: Connection, repo_id: RepoId, since: datetime, *, failed_since: datetime, failures: int, limit: int
) -> list[Weighed]:
    """Return the tests with a decision that was open at `since`, and those that failed in so many attempts since `failed_since`.

    The former come first, then those that failed the most.
    """
    rows = await conn.fetch(
        """
        WITH bad AS (
            SELECT test_id, count(DISTINCT workflow_run) AS failures
            FROM fg_occurrence
            WHERE repo_id = $1 AND created_at >= $3 AND outcome IN ('failed', 'error')
            GROUP BY test_id
            HAVING count(DISTINCT workflow_run) >= $4
        ), decided AS (
            SELECT DISTINCT test_id
            FROM fg_quarantine_decision
            WHERE repo_id = $1 AND state IN ('PROPOSED', 'ACTIVE') AND decided_at < $2
              AND (ended_at IS NULL OR ended_at >= $2)
        ), worst AS (
            SELECT test.id, count(*) OVER () AS of, row_number() OVER (
                ORDER BY decided.test_id IS NULL, coalesce(bad.failures, 0) DESC, test.id) AS place
            FROM fg_test_case AS test
            LEFT JOIN bad ON bad.test_id = test.id
            LEFT JOIN decided ON decided.test_id = test.id
            WHERE test.repo_id = $1 AND (bad.test_id IS NOT NULL OR decided.test_id IS NOT NULL)
            ORDER BY place
            LIMIT $5
        )
        SELECT worst.id AS test_id, worst.of, (
            SELECT count(*)
            FROM fg_occurrence AS o
            WHERE o.repo_id = $1 AND o.test_id = worst.id AND o.created_at >= $2) AS executions
        FROM worst
        ORDER BY worst.place
        """,
        repo_id,
        since,
        failed_since,
        failures,
        limit,
    )
    return [Weighed(**row) for row in rows]


async def list_decisions_at(
    conn: Connection, repo_id: RepoId, tests: Sequence[TestId], at: datetime
) -> dict[TestId, StoredDecision]:
    """Return the latest decision of each of those tests as it was at that moment: what ended it later is not known yet."""
    rows = await conn.fetch(
        """
        SELECT DISTINCT ON (test_id)
               id, test_id, state, rationale, by_user, until, decided_at,
               CASE WHEN ended_at < $3 THEN ended_at END AS ended_at, flake_rate, impact
        FROM fg_quarantine_decision
        WHERE repo_id = $1 AND test_id = ANY ($2::bigint[]) AND decided_at < $3
        ORDER BY test_id, id DESC
        """,
        repo_id,
        list(tests),
        at,
    )
    return {TestId(row["test_id"]): StoredDecision(**row) for row in rows}


async def list_tests_with_issue(conn: Connection, repo_id: RepoId, before: datetime) -> frozenset[TestId]:
    """Return the tests of the issues that were opened before that moment."""
    rows = await conn.fetch(
        """
        SELECT member.test_id
        FROM fg_issue_member AS member
        JOIN fg_issue_link AS link ON link.repo_id = member.repo_id AND link.id = member.link_id
        WHERE member.repo_id = $1 AND link.opened_at < $2
        """,
        repo_id,
        before,
    )
    return frozenset(TestId(row["test_id"]) for row in rows)


async def list_ends(conn: Connection, repo_id: RepoId, attempts: Collection[AttemptKey]) -> dict[AttemptKey, datetime]:
    """Return when each of those attempts ended; its start where GitHub did not say."""
    rows = await conn.fetch(
        """
        SELECT run.run_id, run.run_attempt, coalesce(run.completed_at, run.run_started_at) AS ended
        FROM unnest($2::bigint[], $3::integer[]) AS wanted (run_id, run_attempt)
        JOIN fg_workflow_run AS run
          ON run.repo_id = $1 AND run.run_id = wanted.run_id AND run.run_attempt = wanted.run_attempt
        """,
        repo_id,
        [run for run, _ in attempts],
        [number for _, number in attempts],
    )
    return {(row["run_id"], row["run_attempt"]): row["ended"] for row in rows}
