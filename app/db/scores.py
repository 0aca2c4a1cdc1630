"""What we think of tests."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from app.core.model import CaseName, FlakeScore, Grade, Legs, RepoId, Since, Standing, TestId
from app.db.connection import Connection
from app.db.locks import hold_in_transaction


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
    since_after: str | None = None
    since_first: str | None = None
    since_at: datetime | None = None
    since_doubt: int | None = None
    legs: dict[str, object] | None = None
    scorer_version: int
    last_updated_at: datetime

    @property
    def judged_at(self) -> datetime | None:
        """The start of the latest attempt that the score saw; None where the test was never judged."""
        return self.last_updated_at if self.scorer_version else None

    @property
    def since(self) -> Since | None:
        if self.since_first is None or self.since_at is None or self.since_doubt is None:
            return None
        return Since(after=self.since_after, first=self.since_first, at=self.since_at, runs_in_doubt=self.since_doubt)

    @property
    def flaky_legs(self) -> Legs | None:
        return None if self.legs is None else msgspec.convert(self.legs, Legs)


_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def healthy(test_id: int) -> StoredScore:
    """Return what is thought of a test without a row: it never failed in its window."""
    return StoredScore(
        test_id=test_id,
        score=0.0,
        flake_rate=0.0,
        low=0.0,
        high=0.0,
        standing=Standing.HEALTHY,
        window_n=0,
        runs=0,
        failures=0,
        e1=0,
        e2=0,
        e3=0,
        e4=0,
        e5=0,
        last_flake_at=None,
        passes_since_flake=0,
        passes_needed=0,
        broken_since=None,
        scorer_version=0,
        last_updated_at=_NEVER,
    )


def score_row(
    test_id: TestId, score: FlakeScore, *, window: int, version: int, seen_at: datetime
) -> StoredScore | None:
    """Return the row of a score, `seen_at` the start of the newest attempt that it saw; None for what no row says."""
    if not (score.failures or score.evidence or score.score) and score.standing is Standing.HEALTHY:
        return None
    grades = Counter(one.grade for one in score.evidence)
    return StoredScore(
        test_id=test_id,
        score=score.score,
        flake_rate=score.flake_rate,
        low=score.low,
        high=score.high,
        standing=score.standing,
        window_n=window,
        runs=score.runs,
        failures=score.failures,
        e1=grades[Grade.E1],
        e2=grades[Grade.E2],
        e3=grades[Grade.E3],
        e4=grades[Grade.E4],
        e5=grades[Grade.E5],
        last_flake_at=score.last_flake_at,
        passes_since_flake=score.passes_since_flake,
        passes_needed=score.passes_needed,
        broken_since=score.broken_since,
        since_after=score.since.after if score.since else None,
        since_first=score.since.first if score.since else None,
        since_at=score.since.at if score.since else None,
        since_doubt=score.since.runs_in_doubt if score.since else None,
        legs=None if score.legs is None else msgspec.to_builtins(score.legs),
        scorer_version=version,
        last_updated_at=seen_at,
    )


async def lock_scores(conn: Connection, repo_id: RepoId) -> None:
    """Let nobody else score in that repository until the transaction ends."""
    await hold_in_transaction(conn, f"scores {repo_id}")


async def replace_scores(
    conn: Connection, repo_id: RepoId, rows: Sequence[StoredScore], gone: Sequence[TestId]
) -> None:
    """Store those rows in place of what was stored of their tests, and delete the rows of the tests that are `gone`.

    The rows travel as one JSON value, in which numbers and times lose nothing.
    """
    if gone:
        await conn.execute(
            "DELETE FROM fg_flake_score WHERE repo_id = $1 AND test_id = ANY ($2::bigint[])", repo_id, list(gone)
        )
    if rows:
        await _upsert(conn, repo_id, [_plain(row) for row in sorted(rows, key=lambda row: row.test_id)])


async def _upsert(conn: Connection, repo_id: RepoId, rows: list[dict[str, object]]) -> None:
    await conn.execute(
        """
        INSERT INTO fg_flake_score (
            repo_id, test_id, score, flake_rate, low, high, standing, window_n, runs, failures, e1, e2, e3, e4, e5,
            last_flake_at, passes_since_flake, passes_needed, broken_since, since_after, since_first, since_at, since_doubt,
            legs, scorer_version, last_updated_at)
        SELECT $1, test_id, score, flake_rate, low, high, standing, window_n, runs, failures, e1, e2, e3, e4, e5,
               last_flake_at, passes_since_flake, passes_needed, broken_since, since_after, since_first, since_at,
               since_doubt, legs, scorer_version, last_updated_at
        FROM jsonb_populate_recordset(NULL::fg_flake_score, $2::jsonb) AS new
        ON CONFLICT (repo_id, test_id) DO UPDATE
        SET score = excluded.score, flake_rate = excluded.flake_rate, low = excluded.low, high = excluded.high,
            standing = excluded.standing, window_n = excluded.window_n, runs = excluded.runs,
            failures = excluded.failures, e1 = excluded.e1, e2 = excluded.e2, e3 = excluded.e3, e4 = excluded.e4,
            e5 = excluded.e5, last_flake_at = excluded.last_flake_at,
            passes_since_flake = excluded.passes_since_flake, passes_needed = excluded.passes_needed,
            broken_since = excluded.broken_since, since_after = excluded.since_after,
            since_first = excluded.since_first, since_at = excluded.since_at, since_doubt = excluded.since_doubt,
            legs = excluded.legs, scorer_version = excluded.scorer_version, last_updated_at = excluded.last_updated_at
        """,
        repo_id,
        rows,
    )


def _plain(row: StoredScore) -> dict[str, object]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in ((name, getattr(row, name)) for name in StoredScore.__slots__)
    }


async def get_scores(conn: Connection, repo_id: RepoId, tests: Sequence[int]) -> dict[TestId, StoredScore]:
    """Return the scores of those tests; one that never failed in its window has none."""
    rows = await conn.fetch(
        """
        SELECT test_id, score, flake_rate, low, high, standing, window_n, runs, failures, e1, e2, e3, e4, e5,
               last_flake_at, passes_since_flake, passes_needed, broken_since, since_after, since_first, since_at,
               since_doubt, legs, scorer_version, last_updated_at
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
               s.passes_needed, s.broken_since, s.since_after, s.since_first, s.since_at, s.since_doubt, s.legs,
               s.scorer_version, s.last_updated_at
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


async def list_tests_worth_judging(conn: Connection, repo_id: RepoId) -> list[TestId]:
    """Return the tests of a repository that ever failed, as far back as failures are stored, or have a score or evidence."""
    rows = await conn.fetch(
        """
        SELECT bad.test_id
        FROM fg_occurrence AS bad
        JOIN fg_test_case AS test ON test.repo_id = bad.repo_id AND test.id = bad.test_id
        WHERE bad.repo_id = $1 AND bad.outcome IN ('failed', 'error')
        UNION
        SELECT test_id
        FROM fg_flake_score
        WHERE repo_id = $1
        UNION
        SELECT test_id
        FROM fg_evidence
        WHERE repo_id = $1 AND test_id IS NOT NULL
        ORDER BY test_id
        """,
        repo_id,
    )
    return [TestId(row["test_id"]) for row in rows]
