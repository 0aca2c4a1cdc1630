"""Causes that failures share: the list, and one of them with the tests that it hit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

import msgspec

from app.core.cause_rules import FIRST_TRIES, Category
from app.core.causes import category_of
from app.core.clustered import FailureKind, kind_of_seen
from app.core.model import RepoId, Standing
from app.core.paging import Mark, Page, cut
from app.db.connection import Connection, Record
from app.db.queries.find_similar_failures import (
    ClusterFailure,
    ClusterTest,
    list_failures_of_cluster,
    list_tests_of_cluster,
)
from app.db.reading.marks import LARGEST, LATEST, MOST_ROWS, moment, number, read_mark
from app.db.reading.parts import parts_of
from app.db.reading.wanted import Days, Words, patterns_of, since_days

MOST_TESTS = 50
MOST_FAILURES = 20
LONGEST_MESSAGE = 2_000
LONGEST_TRACE = 8_000
"""In characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClustersWanted:
    """Which causes are asked for: by words of their titles, by kind, and seen within so many days."""

    q: Annotated[Words | None, msgspec.Meta(description="Words of its title, in any order and case.")] = None
    kind: Annotated[
        FailureKind | None, msgspec.Meta(description="In one test, in many at one time, or in many time and again.")
    ] = None
    days: Annotated[Days | None, msgspec.Meta(description="Seen so many days before the latest run.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCluster:
    """Failures that share the strict `signature`.

    `standing` is what is thought of the cause, None where it was never judged, as one that hit a single test is not.
    `occurrence_count` and `test_count` are over all time, the times starts of attempts. `merged` counts the signatures
    that maintainers said are the same. The issue is the latest that stands for the cause itself.
    """

    id: int
    signature: str
    title: str
    kind: FailureKind
    standing: Standing | None
    occurrence_count: int
    test_count: int
    first_seen_at: datetime
    last_seen_at: datetime
    merged: int
    issue_number: int | None
    issue_url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCluster(ListedCluster):
    """A cause with one of its failures as the example, the tests that it hit most, 50 at most, and its latest 20 failures.

    `category` is what the example's own words name as the kind of cause, `first_try` what to do about it first; None
    where they name none. Failures are of the 90 days before the last one.
    """

    example_message: str | None
    example_stack_trace: str | None
    category: Category | None
    first_try: str | None
    tests: tuple[ClusterTest, ...]
    failures: tuple[ClusterFailure, ...]


_COLUMNS = """
    SELECT cluster.id, cluster.failure_msg_signature AS signature, cluster.title, cluster.kind = 'infra' AS is_infra,
           score.standing, cluster.occurrence_count, cluster.test_count, cluster.first_seen_at, cluster.last_seen_at,
           (SELECT count(*)
            FROM fg_cluster_alias AS alias
            WHERE alias.repo_id = $1 AND alias.into_signature = cluster.failure_msg_signature) AS merged,
           issue.number AS issue_number, issue.url AS issue_url
"""
_LATEST = """
    FROM (
        SELECT *
        FROM fg_failure_cluster AS one
        WHERE one.repo_id = $1 AND (one.last_seen_at, one.id) < ($2, $3)
          AND ($4::text IS NULL OR lower(one.title) LIKE ALL (string_to_array(lower($4), E'\\n')))
          AND ($5::timestamptz IS NULL OR one.last_seen_at >= $5)
          AND ($6::text IS NULL OR $6 = CASE
              WHEN one.kind = 'infra' THEN 'infra'
              WHEN one.test_count <= 1 THEN 'isolated'
              WHEN one.first_seen_at = one.last_seen_at THEN 'infra'
              ELSE 'systemic' END)
        ORDER BY one.last_seen_at DESC, one.id DESC
        LIMIT $7
    ) AS cluster
"""
_BESIDE = """
    LEFT JOIN fg_cluster_score AS score ON score.repo_id = $1 AND score.cluster_id = cluster.id
    LEFT JOIN LATERAL (
        SELECT link.number, link.url
        FROM fg_issue_link AS link
        WHERE link.repo_id = $1 AND link.cluster_id = cluster.id AND link.number IS NOT NULL
        ORDER BY link.id DESC
        LIMIT 1
    ) AS issue ON true
"""


async def list_clusters(
    conn: Connection, repo_id: RepoId, wanted: ClustersWanted, after: Mark | None, limit: int
) -> Page[ListedCluster]:
    """Return a page of the causes that are wanted, those seen last first. Raises NotAMark."""
    at, last = read_mark(after, moment, number) or (LATEST, LARGEST)
    size = min(limit, MOST_ROWS)
    rows = await conn.fetch(
        _COLUMNS + _LATEST + _BESIDE + "ORDER BY cluster.last_seen_at DESC, cluster.id DESC",
        repo_id,
        at,
        last,
        patterns_of(wanted.q),
        await since_days(conn, repo_id, wanted.days),
        wanted.kind,
        size + 1,
    )
    return cut([_listed(row) for row in rows], size, lambda one: (one.last_seen_at.isoformat(), one.id))


async def read_clusters(conn: Connection, repo_id: RepoId, clusters: Sequence[int]) -> list[ListedCluster]:
    """Return those causes that there are, in no order."""
    rows = await conn.fetch(
        _COLUMNS
        + "FROM fg_failure_cluster AS cluster"
        + _BESIDE
        + "WHERE cluster.repo_id = $1 AND cluster.id = ANY ($2::bigint[])",
        repo_id,
        list(clusters),
    )
    return [_listed(row) for row in rows]


def _listed(row: Record) -> ListedCluster:
    return ListedCluster(
        id=row["id"],
        signature=row["signature"],
        title=row["title"],
        kind=kind_of_seen(
            is_infra=row["is_infra"],
            tests=row["test_count"],
            first_seen_at=row["first_seen_at"],
            last_seen_at=row["last_seen_at"],
        ),
        standing=row["standing"],
        occurrence_count=row["occurrence_count"],
        test_count=row["test_count"],
        first_seen_at=row["first_seen_at"],
        last_seen_at=row["last_seen_at"],
        merged=row["merged"],
        issue_number=row["issue_number"],
        issue_url=row["issue_url"],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Example:
    message: str | None
    stack_trace: str | None


async def get_cluster(conn: Connection, repo_id: RepoId, cluster_id: int) -> ShownCluster | None:
    """Return one cause; None where the repository has none of that number."""
    row = await conn.fetchrow(
        _COLUMNS + "FROM fg_failure_cluster AS cluster" + _BESIDE + "WHERE cluster.repo_id = $1 AND cluster.id = $2",
        repo_id,
        cluster_id,
    )
    if row is None:
        return None
    cluster = _listed(row)
    example = await _get_example(conn, repo_id, cluster_id)
    failures = await list_failures_of_cluster(
        conn,
        repo_id,
        cluster.signature,
        first_seen_at=cluster.first_seen_at,
        last_seen_at=cluster.last_seen_at,
        limit=MOST_FAILURES,
    )
    tests = await list_tests_of_cluster(conn, repo_id, cluster_id, MOST_TESTS)
    return _shown(cluster, example, tests, failures)


async def _get_example(conn: Connection, repo_id: RepoId, cluster_id: int) -> _Example:
    [row] = await conn.fetch(
        """
        SELECT left(example_message, $3) AS message, left(example_stack_trace, $4) AS stack_trace
        FROM fg_failure_cluster
        WHERE repo_id = $1 AND id = $2
        """,
        repo_id,
        cluster_id,
        LONGEST_MESSAGE,
        LONGEST_TRACE,
    )
    return _Example(**row)


def _shown(
    listed: ListedCluster, example: _Example, tests: Sequence[ClusterTest], failures: Sequence[ClusterFailure]
) -> ShownCluster:
    category = category_of(example.message, example.stack_trace)
    return ShownCluster(
        **parts_of(listed),
        example_message=example.message,
        example_stack_trace=example.stack_trace,
        category=category,
        first_try=FIRST_TRIES[category] if category else None,
        tests=tuple(tests),
        failures=tuple(replace(one, message=one.message and one.message[:LONGEST_MESSAGE]) for one in failures),
    )
