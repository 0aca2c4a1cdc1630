"""The pairs of executions that scores are made of."""

from collections.abc import Mapping, Sequence

from app.core.model import Evidence, Place, RepoId, TestId
from app.db.connection import Connection, Record

_COLUMNS = (
    "repo_id",
    "test_id",
    "cluster_id",
    "grade",
    "weight",
    "at",
    "age",
    "head_sha",
    "pull_number",
    "from_fork",
    "loose_signature",
    "failed_run_id",
    "failed_run_attempt",
    "failed_job",
    "failed_ordinal",
    "passed_run_id",
    "passed_run_attempt",
    "passed_job",
    "passed_ordinal",
)


async def replace_evidence(conn: Connection, repo_id: RepoId, found: Mapping[TestId, Sequence[Evidence]]) -> None:
    """Store the evidence of those tests in place of what was stored of them."""
    if not found:
        return
    await conn.execute(
        "DELETE FROM fg_evidence WHERE repo_id = $1 AND test_id = ANY ($2::bigint[])", repo_id, list(found)
    )
    await conn.copy_records_to_table(
        "fg_evidence",
        columns=_COLUMNS,
        records=[_record(repo_id, test_id, None, one) for test_id, evidence in found.items() for one in evidence],
    )


async def replace_evidence_of_cluster(
    conn: Connection, repo_id: RepoId, cluster_id: int, evidence: Sequence[Evidence]
) -> None:
    """Store the evidence of a cluster in place of what was stored of it."""
    await conn.execute("DELETE FROM fg_evidence WHERE repo_id = $1 AND cluster_id = $2", repo_id, cluster_id)
    await conn.copy_records_to_table(
        "fg_evidence", columns=_COLUMNS, records=[_record(repo_id, None, cluster_id, one) for one in evidence]
    )


def _record(repo_id: RepoId, test_id: TestId | None, cluster_id: int | None, one: Evidence) -> tuple[object, ...]:
    failed, passed = one.failed, one.passed
    return (
        repo_id,
        test_id,
        cluster_id,
        one.grade,
        one.weight,
        one.at,
        one.age,
        one.head_sha,
        one.pull,
        one.from_fork,
        one.loose_signature,
        failed.run_id,
        failed.run_attempt,
        failed.job,
        failed.ordinal,
        passed.run_id if passed else None,
        passed.run_attempt if passed else None,
        passed.job if passed else None,
        passed.ordinal if passed else None,
    )


async def list_evidence_of(conn: Connection, repo_id: RepoId, tests: Sequence[int]) -> dict[TestId, list[Evidence]]:
    """Return all evidence of those tests, in the order in which it was found; a test without any has no entry."""
    rows = await conn.fetch(
        """
        SELECT test_id, grade, weight, at, age, head_sha, pull_number, from_fork, loose_signature, failed_run_id,
               failed_run_attempt, failed_job, failed_ordinal, passed_run_id, passed_run_attempt, passed_job,
               passed_ordinal
        FROM fg_evidence
        WHERE repo_id = $1 AND test_id = ANY ($2::bigint[])
        ORDER BY test_id, id
        """,
        repo_id,
        list(tests),
    )
    found: dict[TestId, list[Evidence]] = {}
    for row in rows:
        found.setdefault(TestId(row["test_id"]), []).append(_evidence(row))
    return found


async def list_proofs_shown(conn: Connection, repo_id: RepoId, tests: Sequence[int]) -> dict[TestId, list[Evidence]]:
    """Return the proofs (E1 to E3) that the scores of those tests are made of, latest first."""
    rows = await conn.fetch(
        """
        SELECT test_id, grade, weight, at, age, head_sha, pull_number, from_fork, loose_signature, failed_run_id,
               failed_run_attempt, failed_job, failed_ordinal, passed_run_id, passed_run_attempt, passed_job,
               passed_ordinal
        FROM fg_evidence
        WHERE repo_id = $1 AND test_id = ANY ($2::bigint[]) AND grade IN ('E1', 'E2', 'E3')
        ORDER BY test_id, at DESC, id
        """,
        repo_id,
        list(tests),
    )
    found: dict[TestId, list[Evidence]] = {}
    for row in rows:
        found.setdefault(TestId(row["test_id"]), []).append(_evidence(row))
    return found


async def list_evidence(conn: Connection, repo_id: RepoId, test_id: TestId, limit: int = 100) -> list[Evidence]:
    """Return the evidence of a test, latest first."""
    rows = await conn.fetch(
        """
        SELECT grade, weight, at, age, head_sha, pull_number, from_fork, loose_signature, failed_run_id,
               failed_run_attempt, failed_job, failed_ordinal, passed_run_id, passed_run_attempt, passed_job,
               passed_ordinal
        FROM fg_evidence
        WHERE repo_id = $1 AND test_id = $2
        ORDER BY at DESC, id
        LIMIT $3
        """,
        repo_id,
        test_id,
        limit,
    )
    return [_evidence(row) for row in rows]


def _evidence(row: Record) -> Evidence:
    return Evidence(
        grade=row["grade"],
        weight=row["weight"],
        failed=Place(
            run_id=row["failed_run_id"],
            run_attempt=row["failed_run_attempt"],
            job=row["failed_job"],
            ordinal=row["failed_ordinal"],
        ),
        passed=None
        if row["passed_run_id"] is None
        else Place(
            run_id=row["passed_run_id"],
            run_attempt=row["passed_run_attempt"],
            job=row["passed_job"],
            ordinal=row["passed_ordinal"],
        ),
        at=row["at"],
        age=row["age"],
        loose_signature=row["loose_signature"],
        head_sha=row["head_sha"],
        pull=row["pull_number"],
        from_fork=row["from_fork"],
    )
