"""What we think of tests: scores, the evidence they are made of, and the ways of failing that were proven to be flakes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.model import CaseName, Evidence, FlakeScore, Grade, Place, RepoId, Standing, TestId
from app.db.connection import Connection, Record

BRANCH = 0
"""Stands for "no pull request" in fg_proof.pull_number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredScore:
    """One row of fg_flake_score."""

    test_id: int
    score: float
    flake_rate: float
    low: float
    high: float
    standing: Standing
    window_n: int
    runs: int
    failures: int
    e1: int
    e2: int
    e3: int
    e4: int
    e5: int
    last_flake_at: datetime | None
    passes_since_flake: int
    passes_needed: int
    broken_since: str | None
    scorer_version: int
    last_updated_at: datetime


async def lock_scores(conn: Connection, repo_id: RepoId) -> None:
    """Let nobody else score in that repository until the transaction ends."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"scores {repo_id}")


async def save_scores(
    conn: Connection,
    repo_id: RepoId,
    scores: Mapping[TestId, FlakeScore],
    *,
    window: int,
    version: int,
    seen_at: Mapping[TestId, datetime],
) -> None:
    """Replace the scores of those tests and their evidence; `seen_at` is the start of the newest attempt of each."""
    ordered = sorted(scores.items())
    await conn.executemany(
        """
        INSERT INTO fg_flake_score (
            repo_id, test_id, score, flake_rate, low, high, standing, window_n, runs, failures, e1, e2, e3, e4, e5,
            last_flake_at, passes_since_flake, passes_needed, broken_since, scorer_version, last_updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
        ON CONFLICT (repo_id, test_id) DO UPDATE
        SET score = excluded.score, flake_rate = excluded.flake_rate, low = excluded.low, high = excluded.high,
            standing = excluded.standing, window_n = excluded.window_n, runs = excluded.runs,
            failures = excluded.failures, e1 = excluded.e1, e2 = excluded.e2, e3 = excluded.e3, e4 = excluded.e4,
            e5 = excluded.e5, last_flake_at = excluded.last_flake_at,
            passes_since_flake = excluded.passes_since_flake, passes_needed = excluded.passes_needed,
            broken_since = excluded.broken_since, scorer_version = excluded.scorer_version,
            last_updated_at = excluded.last_updated_at
        """,
        [_score_row(repo_id, test_id, score, window, version, seen_at[test_id]) for test_id, score in ordered],
    )
    await conn.execute(
        "DELETE FROM fg_evidence WHERE repo_id = $1 AND test_id = ANY ($2::bigint[])", repo_id, [t for t, _ in ordered]
    )
    await conn.copy_records_to_table(
        "fg_evidence",
        columns=_EVIDENCE,
        records=[_evidence_row(repo_id, test_id, one) for test_id, score in ordered for one in score.evidence],
    )


def _score_row(
    repo_id: RepoId, test_id: TestId, score: FlakeScore, window: int, version: int, seen_at: datetime
) -> tuple[object, ...]:
    grades = [one.grade for one in score.evidence]
    return (
        repo_id,
        test_id,
        score.score,
        score.flake_rate,
        score.low,
        score.high,
        score.standing,
        window,
        score.runs,
        score.failures,
        *(grades.count(grade) for grade in Grade),
        score.last_flake_at,
        score.passes_since_flake,
        score.passes_needed,
        score.broken_since,
        version,
        seen_at,
    )


_EVIDENCE = (
    "repo_id",
    "test_id",
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


def _evidence_row(repo_id: RepoId, test_id: TestId, one: Evidence) -> tuple[object, ...]:
    failed, passed = one.failed, one.passed
    return (
        repo_id,
        test_id,
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


async def get_scores(conn: Connection, repo_id: RepoId, tests: Sequence[int]) -> dict[TestId, StoredScore]:
    """Return the scores of those tests; one that never failed in its window has none."""
    rows = await conn.fetch(
        """
        SELECT test_id, score, flake_rate, low, high, standing, window_n, runs, failures, e1, e2, e3, e4, e5,
               last_flake_at, passes_since_flake, passes_needed, broken_since, scorer_version, last_updated_at
        FROM fg_flake_score
        WHERE repo_id = $1 AND test_id = ANY ($2::bigint[])
        """,
        repo_id,
        list(tests),
    )
    return {TestId(row["test_id"]): StoredScore(**row) for row in rows}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A way in which a test was proven to flake; `pull` is the pull request that it was seen on, None for a branch."""

    test_id: TestId
    loose_signature: str
    pull: int | None
    at: datetime
    accepted_by: str | None = None


async def save_proofs(conn: Connection, repo_id: RepoId, proofs: Sequence[Proof]) -> None:
    """Remember proofs for good: they excuse a failure after their evidence has left the window."""
    await conn.executemany(
        """
        INSERT INTO fg_proof AS old (repo_id, test_id, loose_signature, pull_number, proven_at, accepted_by)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (repo_id, test_id, loose_signature, pull_number) DO UPDATE
        SET proven_at = least(old.proven_at, excluded.proven_at),
            accepted_by = coalesce(old.accepted_by, excluded.accepted_by)
        """,
        [
            (repo_id, proof.test_id, proof.loose_signature, proof.pull or BRANCH, proof.at, proof.accepted_by)
            for proof in sorted(proofs, key=lambda one: (one.test_id, one.loose_signature, one.pull or BRANCH))
        ],
    )


async def list_proofs(conn: Connection, repo_id: RepoId, tests: Sequence[int]) -> list[Proof]:
    rows = await conn.fetch(
        """
        SELECT test_id, loose_signature, pull_number, proven_at, accepted_by
        FROM fg_proof
        WHERE repo_id = $1 AND test_id = ANY ($2::bigint[])
        ORDER BY test_id, loose_signature, pull_number
        """,
        repo_id,
        list(tests),
    )
    return [
        Proof(
            test_id=TestId(row["test_id"]),
            loose_signature=row["loose_signature"],
            pull=row["pull_number"] or None,
            at=row["proven_at"],
            accepted_by=row["accepted_by"],
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A test with its score, for a list of the worst."""

    case: CaseName
    score: StoredScore


async def list_worst(conn: Connection, repo_id: RepoId, limit: int) -> list[Ranked]:
    """Return the repository's tests with the highest scores."""
    rows = await conn.fetch(
        """
        SELECT test.suite, test.class_name, test.name, s.test_id, s.score, s.flake_rate, s.low, s.high, s.standing,
               s.window_n, s.runs, s.failures, s.e1, s.e2, s.e3, s.e4, s.e5, s.last_flake_at, s.passes_since_flake,
               s.passes_needed, s.broken_since, s.scorer_version, s.last_updated_at
        FROM fg_flake_score AS s
        JOIN fg_test_case AS test ON test.repo_id = s.repo_id AND test.id = s.test_id
        WHERE s.repo_id = $1 AND s.score > 0
        ORDER BY s.score DESC, s.test_id
        LIMIT $2
        """,
        repo_id,
        limit,
    )
    return [_ranked(dict(row)) for row in rows]


def _ranked(row: dict[str, object]) -> Ranked:
    case = CaseName(suite=str(row.pop("suite")), class_name=str(row.pop("class_name")), name=str(row.pop("name")))
    return Ranked(case=case, score=StoredScore(**row))  # type: ignore[arg-type]
