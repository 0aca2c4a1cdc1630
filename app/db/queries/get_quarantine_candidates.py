"""Which tests should be quarantined, why, and what they cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.model import CaseName, Grade, RepoId, TestId
from app.db.connection import Connection, Record
from app.db.impact import Impact, measure_impact

_PROOFS_EACH = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateTest:
    """A flaky test about which nothing is decided; figures as in FlakyTest, `e1` to `e3` count its proofs by grade."""

    test_id: int
    suite: str
    class_name: str
    name: str
    file: str | None
    owner_team: str | None
    score: float
    flake_rate: float
    low: float
    high: float
    runs: int
    failures: int
    e1: int
    e2: int
    e3: int
    last_flake_at: datetime | None
    last_updated_at: datetime

    @property
    def case(self) -> CaseName:
        return CaseName(suite=self.suite, class_name=self.class_name, name=self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofPair:
    """A failure and the pass that proves it a flake, each by run and attempt (the provider's) and job variant.

    `at` is the failing attempt's start; the pass is None where the grade needs none.
    """

    grade: Grade
    at: datetime
    head_sha: str
    pull_number: int | None
    failed_run_id: int
    failed_run_attempt: int
    failed_job: str
    passed_run_id: int | None
    passed_run_attempt: int | None
    passed_job: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineCandidate:
    """A recommendation: the test, what it costs, and its latest proofs, newest first."""

    test: CandidateTest
    impact: Impact
    proofs: list[ProofPair]


async def get_quarantine_candidates(
    conn: Connection,
    repo_id: RepoId,
    *,
    as_of: datetime,
    min_score: float = 0.6,
    min_flake_rate: float = 0.0,
    limit: int = 20,
) -> list[QuarantineCandidate]:
    """Return the flaky tests of at least that score and flake rate (both 0..1) without an open decision, surest first.

    Who knows the policy leaves out what it exempts.
    """
    tests = await _list_undecided(conn, repo_id, min_score, min_flake_rate, limit)
    ids = [TestId(test.test_id) for test in tests]
    impacts = await measure_impact(conn, repo_id, ids, as_of)
    proofs = await _list_latest_proofs(conn, repo_id, ids)
    return [
        QuarantineCandidate(test=test, impact=impacts[id_], proofs=proofs.get(id_, []))
        for id_, test in zip(ids, tests, strict=True)
    ]


async def _list_undecided(
    conn: Connection, repo_id: RepoId, min_score: float, min_flake_rate: float, limit: int
) -> list[CandidateTest]:
    rows = await conn.fetch(
        """
        SELECT s.test_id, test.suite, test.class_name, test.name, test.file, test.owner_team, s.score, s.flake_rate,
               s.low, s.high, s.runs, s.failures, s.e1, s.e2, s.e3, s.last_flake_at, s.last_updated_at
        FROM (
            SELECT *
            FROM fg_flake_score AS judged
            WHERE judged.repo_id = $1 AND judged.standing = 'flaky' AND judged.score >= $2 AND judged.flake_rate >= $3
              AND NOT EXISTS (
                  SELECT
                  FROM fg_quarantine_decision AS decision
                  WHERE decision.repo_id = judged.repo_id AND decision.test_id = judged.test_id
                    AND decision.ended_at IS NULL)
            ORDER BY judged.score DESC, judged.test_id
            LIMIT $4
        ) AS s
        JOIN fg_test_case AS test ON test.repo_id = s.repo_id AND test.id = s.test_id
        ORDER BY s.score DESC, s.test_id
        """,
        repo_id,
        min_score,
        min_flake_rate,
        limit,
    )
    return [CandidateTest(**row) for row in rows]


async def _list_latest_proofs(conn: Connection, repo_id: RepoId, tests: Sequence[int]) -> dict[int, list[ProofPair]]:
    rows = await conn.fetch(
        """
        SELECT wanted.id AS test_id, proof.grade, proof.at, proof.head_sha, proof.pull_number, proof.failed_run_id,
               proof.failed_run_attempt, proof.failed_job, proof.passed_run_id, proof.passed_run_attempt,
               proof.passed_job
        FROM unnest($2::bigint[]) AS wanted (id)
        CROSS JOIN LATERAL (
            SELECT *
            FROM fg_evidence
            WHERE repo_id = $1 AND test_id = wanted.id AND grade IN ('E1', 'E2', 'E3')
            ORDER BY at DESC, id
            LIMIT $3
        ) AS proof
        ORDER BY wanted.id, proof.at DESC, proof.id
        """,
        repo_id,
        list(tests),
        _PROOFS_EACH,
    )
    found: dict[int, list[ProofPair]] = {}
    for row in rows:
        found.setdefault(row["test_id"], []).append(_proof(row))
    return found


def _proof(row: Record) -> ProofPair:
    return ProofPair(
        grade=row["grade"],
        at=row["at"],
        head_sha=row["head_sha"],
        pull_number=row["pull_number"],
        failed_run_id=row["failed_run_id"],
        failed_run_attempt=row["failed_run_attempt"],
        failed_job=row["failed_job"],
        passed_run_id=row["passed_run_id"],
        passed_run_attempt=row["passed_run_attempt"],
        passed_job=row["passed_job"],
    )
