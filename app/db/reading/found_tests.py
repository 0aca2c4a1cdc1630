"""Which tests a page of the list shows, in each of its orders: their ids and marks, before anything else is looked up.

An order that not all tests have a key of goes on with the others, by their ids.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.model import RepoId, Standing
from app.core.paging import Mark
from app.db.connection import Connection
from app.db.reading.marks import LATEST, moment_if_any, number, read_mark, share, words


@dataclass(frozen=True, slots=True, kw_only=True)
class TestFilter:
    """A filter as the questions take it, in the order of their parameters from $2 on; None asks for nothing.

    `patterns` are LIKE's, a line each, all of which the name must match; `file` is a regular expression, `team` in lower
    case, `failed` the tests that failed where it was asked for.
    """

    __test__ = False

    patterns: str | None
    file: str | None
    team: str | None
    standing: Standing | None
    seen_since: datetime | None
    failed: list[int] | None

    @property
    def values(self) -> tuple[object, ...]:
        return self.patterns, self.file, self.team, self.standing, self.seen_since, self.failed

    @property
    def asks_nothing(self) -> bool:
        return all(value is None for value in self.values)


_WANTED = """
    AND ($2::text IS NULL
         OR lower(test.suite || ' ' || test.class_name || '.' || test.name) LIKE ALL (string_to_array(lower($2), E'\\n')))
    AND ($3::text IS NULL OR test.file ~ $3)
    AND ($4::text IS NULL OR $4 = ANY (string_to_array(lower(test.owner_team), ' ')))
    AND ($5::fg_standing IS NULL OR $5 = coalesce(
        (SELECT s.standing FROM fg_flake_score AS s WHERE s.repo_id = $1 AND s.test_id = test.id), 'healthy'))
    AND ($6::timestamptz IS NULL OR test.last_seen_at >= $6)
    AND ($7::bigint[] IS NULL OR test.id IN (SELECT unnest($7)))
"""
_SCORED = """
    SELECT judged.test_id AS id, judged.score
    FROM fg_flake_score AS judged
    JOIN fg_test_case AS test ON test.repo_id = judged.repo_id AND test.id = judged.test_id
    WHERE judged.repo_id = $1 AND judged.score > 0 AND judged.score <= $8
      AND (judged.score < $8 OR judged.test_id > $9)
"""
_UNSCORED = """
    SELECT test.id
    FROM fg_test_case AS test
    WHERE test.repo_id = $1 AND test.id > $8
      AND NOT EXISTS (
          SELECT
          FROM fg_flake_score AS judged
          WHERE judged.repo_id = $1 AND judged.test_id = test.id AND judged.score > 0)
"""
_FAILED = """
    WITH wanted AS MATERIALIZED (
        SELECT test.id
        FROM fg_test_case AS test
        WHERE test.repo_id = $1
"""
_BY_FAILURE = """
    )
    SELECT wanted.id, max(failed.last_seen_at) AS at
    FROM wanted
    JOIN fg_failure_cluster_test AS failed ON failed.repo_id = $1 AND failed.test_id = wanted.id
    GROUP BY wanted.id
    HAVING max(failed.last_seen_at) <= $8 AND (max(failed.last_seen_at) < $8 OR wanted.id > $9)
    ORDER BY at DESC, wanted.id
    LIMIT $10
"""
_NEVER_FAILED = """
    SELECT test.id
    FROM fg_test_case AS test
    WHERE test.repo_id = $1 AND test.id > $8
      AND NOT EXISTS (
          SELECT
          FROM fg_failure_cluster_test AS failed
          WHERE failed.repo_id = $1 AND failed.test_id = test.id)
"""
_NAMED = """
    SELECT test.id, test.suite, test.class_name, test.name
    FROM fg_test_case AS test
    WHERE test.repo_id = $1 AND (test.suite, test.class_name, test.name) > ($8, $9, $10)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A test on the page, and the mark of a page that ends with it."""

    id: int
    mark: Mark


async def find_by_score(
    conn: Connection, repo_id: RepoId, wanted: TestFilter, after: Mark | None, limit: int
) -> Sequence[Found]:
    """Find the tests with the highest scores, equal ones by id; a test without a score has 0."""
    score, last = read_mark(after, share, number) or (1.0, 0)
    found = await _list_scored(conn, repo_id, wanted, score, last, limit) if score > 0 else []
    rest = limit - len(found)
    return [*found, *(await _list_unscored(conn, repo_id, wanted, 0 if score > 0 else last, rest) if rest else ())]


async def _list_scored(
    conn: Connection, repo_id: RepoId, wanted: TestFilter, score: float, last: int, limit: int
) -> list[Found]:
    rows = await conn.fetch(
        _SCORED + _WANTED + "ORDER BY judged.score DESC, judged.test_id LIMIT $10",
        repo_id,
        *wanted.values,
        score,
        last,
        limit,
    )
    return [Found(id=row["id"], mark=(row["score"], row["id"])) for row in rows]


async def _list_unscored(conn: Connection, repo_id: RepoId, wanted: TestFilter, last: int, limit: int) -> list[Found]:
    rows = await conn.fetch(
        _UNSCORED + _WANTED + "ORDER BY test.id LIMIT $9",
        repo_id,
        *wanted.values,
        last,
        limit,
    )
    return [Found(id=row["id"], mark=(0.0, row["id"])) for row in rows]


async def find_by_failure(
    conn: Connection, repo_id: RepoId, wanted: TestFilter, after: Mark | None, limit: int
) -> Sequence[Found]:
    """Find the tests that failed last, those of one attempt by id; those that never did come after them."""
    at, last = read_mark(after, moment_if_any, number) or (LATEST, 0)
    found = await _list_failed(conn, repo_id, wanted, at, last, limit) if at else []
    rest = limit - len(found)
    return [*found, *(await _list_never_failed(conn, repo_id, wanted, 0 if at else last, rest) if rest else ())]


async def _list_failed(
    conn: Connection, repo_id: RepoId, wanted: TestFilter, at: datetime, last: int, limit: int
) -> list[Found]:
    """Look at the tests first where few may be wanted, and else at none but the page's."""
    if wanted.asks_nothing:
        return await _list_failed_of_all(conn, repo_id, at, last, limit)
    rows = await conn.fetch(_FAILED + _WANTED + _BY_FAILURE, repo_id, *wanted.values, at, last, limit)
    return [Found(id=row["id"], mark=(row["at"].isoformat(), row["id"])) for row in rows]


async def _list_failed_of_all(conn: Connection, repo_id: RepoId, at: datetime, last: int, limit: int) -> list[Found]:
    rows = await conn.fetch(
        """
        SELECT test_id AS id, max(last_seen_at) AS at
        FROM fg_failure_cluster_test
        WHERE repo_id = $1
        GROUP BY test_id
        HAVING max(last_seen_at) <= $2 AND (max(last_seen_at) < $2 OR test_id > $3)
        ORDER BY at DESC, test_id
        LIMIT $4
        """,
        repo_id,
        at,
        last,
        limit,
    )
    return [Found(id=row["id"], mark=(row["at"].isoformat(), row["id"])) for row in rows]


async def _list_never_failed(
    conn: Connection, repo_id: RepoId, wanted: TestFilter, last: int, limit: int
) -> list[Found]:
    rows = await conn.fetch(
        _NEVER_FAILED + _WANTED + "ORDER BY test.id LIMIT $9",
        repo_id,
        *wanted.values,
        last,
        limit,
    )
    return [Found(id=row["id"], mark=(None, row["id"])) for row in rows]


async def find_by_name(
    conn: Connection, repo_id: RepoId, wanted: TestFilter, after: Mark | None, limit: int
) -> Sequence[Found]:
    """Find tests by suite, class and name, as the database sorts them."""
    suite, class_name, name = read_mark(after, words, words, words) or ("", "", "")
    rows = await conn.fetch(
        _NAMED + _WANTED + "ORDER BY test.suite, test.class_name, test.name LIMIT $11",
        repo_id,
        *wanted.values,
        suite,
        class_name,
        name,
        limit,
    )
    return [Found(id=row["id"], mark=(row["suite"], row["class_name"], row["name"])) for row in rows]


async def list_failed_on_branch(conn: Connection, repo_id: RepoId, branch: str, since: datetime) -> list[int]:
    """Return the tests that failed on a branch since then; what a pull request's branch is called says nothing of ours."""
    rows = await conn.fetch(
        """
        SELECT DISTINCT o.test_id
        FROM fg_workflow_run AS run
        JOIN fg_repository AS repo ON repo.id = run.repo_id
        CROSS JOIN LATERAL (
            SELECT bad.test_id
            FROM fg_occurrence AS bad
            WHERE bad.repo_id = $1 AND bad.workflow_run = run.id AND bad.created_at = run.run_started_at
              AND bad.created_at >= $3 AND bad.outcome IN ('failed', 'error')
            OFFSET 0
        ) AS o
        WHERE run.repo_id = $1 AND run.head_branch = $2 AND run.run_started_at >= $3
          AND (run.event NOT LIKE 'pull\\_request%' OR run.head_branch <> repo.default_branch)
        """,
        repo_id,
        branch,
        since,
    )
    return [row["test_id"] for row in rows]
