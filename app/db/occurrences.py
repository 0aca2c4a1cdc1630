"""Executions of tests: written in bulk, and those of an attempt read again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

import msgspec
from msgspec.structs import astuple

from app.core.model import AttemptId, JobId, Outcome, RepoId, Source, TestId
from app.db.connection import Connection

_COLUMNS = (
    "repo_id",
    "workflow_run",
    "created_at",
    "job",
    "test_id",
    "ordinal",
    "duration_ms",
    "line",
    "position",
    "outcome",
    "source",
    "failure_message",
    "failure_stack_trace",
    "failure_msg_signature",
    "failure_loose_signature",
    "failure_stack_digest",
)


class NewOccurrence(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One execution to be stored; fields in the order of the columns, as in fg_occurrence.

    A msgspec Struct and no dataclass, since a run leaves tens of thousands of them.
    """

    job: JobId
    test_id: TestId
    ordinal: int
    duration_ms: int | None
    line: int | None
    position: int | None
    outcome: Outcome
    source: Source
    message: str | None
    stack_trace: str | None
    signature: str | None
    loose_signature: str | None
    stack_digest: str | None


async def add_occurrences(
    conn: Connection,
    repo_id: RepoId,
    attempt: AttemptId,
    at: datetime,
    rows: Sequence[NewOccurrence],
    *,
    is_first: bool,
) -> None:
    """Store the executions of one attempt, all with the attempt's start as their time.

    The caller holds the attempt's row lock. On the first reading nothing can be there yet and the rows are copied
    straight in; on a later one only what is missing is added.
    """
    records = [
        (repo_id, attempt, at, *astuple(row)) for row in sorted(rows, key=attrgetter("job", "test_id", "ordinal"))
    ]
    if is_first:
        await conn.copy_records_to_table("fg_occurrence", records=records, columns=_COLUMNS)
        return
    await conn.execute("CREATE TEMPORARY TABLE fg_again (LIKE fg_occurrence) ON COMMIT DROP")
    await conn.copy_records_to_table("fg_again", records=records, columns=_COLUMNS)
    await conn.execute("INSERT INTO fg_occurrence SELECT * FROM fg_again ON CONFLICT DO NOTHING")


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedExecution:
    """One failed execution with the names that people need."""

    workflow_run: int
    job: int
    test_id: int
    ordinal: int
    outcome: Outcome
    source: Source
    line: int | None
    failure_message: str | None
    failure_stack_trace: str | None
    failure_msg_signature: str | None
    failure_loose_signature: str | None


async def list_last_failures(
    conn: Connection, repo_id: RepoId, jobs: Sequence[int], at: Sequence[datetime]
) -> list[FailedExecution]:
    """Return each test's last execution in each of those jobs where that one failed; `at` holds the attempts' starts.

    A plan made for all values cannot choose the months by a list of moments, but by its ends it can.
    """
    rows = await conn.fetch(
        """
        SELECT workflow_run, job, test_id, ordinal, outcome, source, line, failure_message, failure_stack_trace,
               failure_msg_signature, failure_loose_signature
        FROM (
            SELECT DISTINCT ON (job, test_id) *
            FROM fg_occurrence
            WHERE repo_id = $1 AND job = ANY ($2::bigint[]) AND created_at = ANY ($3::timestamptz[])
              AND created_at BETWEEN (SELECT min(at) FROM unnest($3::timestamptz[]) AS at)
                                 AND (SELECT max(at) FROM unnest($3::timestamptz[]) AS at)
            ORDER BY job, test_id, ordinal DESC
        ) AS last
        WHERE outcome IN ('failed', 'error')
        ORDER BY job, test_id
        """,
        repo_id,
        list(jobs),
        list(at),
    )
    return [FailedExecution(**row) for row in rows]


async def list_tests_to_score(conn: Connection, repo_id: RepoId, attempt: AttemptId, at: datetime) -> list[TestId]:
    """Return the tests of an attempt of which something can have changed.

    Those are the ones that failed in it, the ones that have a score, and the ones whose open decision or issue, or claim to
    be fixed, waits for passes; of any other test that passed again there is nothing to say.
    """
    rows = await conn.fetch(
        """
        WITH known AS (
            SELECT test_id
            FROM fg_flake_score
            WHERE repo_id = $1
            UNION
            SELECT test_id
            FROM fg_quarantine_decision
            WHERE repo_id = $1 AND ended_at IS NULL
            UNION
            SELECT member.test_id
            FROM fg_issue_member AS member
            JOIN fg_issue_link AS link ON link.repo_id = member.repo_id AND link.id = member.link_id
            WHERE member.repo_id = $1
              AND (link.state = 'open' OR (link.state_reason = 'completed' AND link.closed_at > $3::timestamptz - interval '30 days'))
        )
        SELECT bad.test_id
        FROM fg_occurrence AS bad
        WHERE bad.repo_id = $1 AND bad.workflow_run = $2 AND bad.created_at = $3 AND bad.outcome IN ('failed', 'error')
        UNION
        SELECT known.test_id
        FROM known
        WHERE EXISTS (
            SELECT
            FROM fg_occurrence AS o
            WHERE o.repo_id = $1 AND o.test_id = known.test_id AND o.created_at = $3 AND o.workflow_run = $2)
        ORDER BY test_id
        """,
        repo_id,
        attempt,
        at,
    )
    return [TestId(row["test_id"]) for row in rows]
