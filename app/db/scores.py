"""What we think of tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.model import CaseName, FlakeScore, Grade, RepoId, Standing, TestId
from app.db.connection import Connection
from app.db.evidence import replace_evidence


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
    await replace_evidence(conn, repo_id, {test_id: score.evidence for test_id, score in ordered})


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
