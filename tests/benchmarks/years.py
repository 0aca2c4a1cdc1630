"""A large organisation's history: 20 million occurrences of 20,000 tests in 50 repositories, four months of CI.

The months that have ended are copied without indexes and get them afterwards, as a restored backup would; the last one is
copied run by run into the indexed table, the repositories in turn, as the bot writes it.
"""

import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.core.events import RepositoryRef
from app.db.partitions import ensure_month
from app.db.repositories import save_repository

START = datetime(2025, 9, 1, tzinfo=UTC)
MONTHS = (
    START,
    datetime(2025, 10, 1, tzinfo=UTC),
    datetime(2025, 11, 1, tzinfo=UTC),
    datetime(2025, 12, 1, tzinfo=UTC),
)
END = datetime(2026, 1, 1, tzinfo=UTC)
COLUMNS = (
    "repo_id", "workflow_run", "job", "test_id", "created_at", "ordinal", "duration_ms", "line", "position", "outcome", "source",
    "failure_message", "failure_stack_trace", "failure_msg_signature", "failure_loose_signature", "failure_stack_digest",
)  # fmt: skip
MESSAGE = "AssertionError: expected the queue to be empty within 5 s, but 3 of 17 jobs were left: order %d"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """`one_in` says which share of the tests is flaky: one in so many."""

    repositories: int = 50
    tests: int = 400
    runs: int = 1_000
    one_in: int = 20

    @property
    def occurrences(self):
        return self.repositories * self.tests * self.runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One attempt to be stored, with our ids of it and of its job."""

    repo_id: int
    run: int
    job: int
    at: datetime
    first_test: int


async def build(conn, size):
    """Make the history; prints how long it took."""
    began = time.perf_counter()
    first = 1 + await conn.fetchval("SELECT count(*) FROM fg_repository")
    repositories = [await _repository(conn, first + number, size) for number in range(size.repositories)]
    runs = await _runs(conn, repositories, size)
    for month in MONTHS[:-1]:
        await _closed_month(conn, month, [run for run in runs if _is_in(run, month)], size)
    await ensure_month(conn, MONTHS[-1])
    for run in (run for run in runs if _is_in(run, MONTHS[-1])):
        await conn.copy_records_to_table("fg_occurrence", records=rows_of(run, size), columns=COLUMNS)
    for repo_id in repositories:
        await conn.execute(_CLUSTERS, repo_id)
        await conn.execute(_MEMBERS, repo_id)
    await conn.execute("VACUUM ANALYZE")
    print(f"history: {size.occurrences:,} occurrences of {size.repositories * size.tests:,} tests in"
          f" {size.repositories} repositories, made in {time.perf_counter() - began:.0f} s", flush=True)  # fmt: skip
    return repositories


def _is_in(run, month):
    return (run.at.year, run.at.month) == (month.year, month.month)


async def _repository(conn, number, size):
    ref = RepositoryRef(
        id=number, owner="large", name=f"repo{number}", default_branch="main", is_private=False, is_archived=False
    )
    repo_id = await save_repository(conn, ref, None, START)
    await conn.execute(_CASES, repo_id, START, END, size.tests)
    return repo_id


_CASES = """
INSERT INTO fg_test_case (repo_id, suite, class_name, name, file, first_seen_at, last_seen_at)
SELECT $1::bigint, 'unit', 'tests.area_' || n % 7 || '.test_' || n / 20, 'test_number_' || n,
       'tests/area_' || n % 7 || '/test_' || n / 20 || '.py', $2::timestamptz, $3::timestamptz
FROM generate_series(1, $4::integer) AS n
"""
_RUNS = """
INSERT INTO fg_workflow_run (repo_id, run_id, run_attempt, workflow_id, workflow_name, event, head_branch, head_sha,
    head_repository, pull_number, status, conclusion, run_started_at, completed_at, ingested_at, tests, failures, html_url)
SELECT $1::bigint, n - n % 20 / 19, 1 + n % 20 / 19, 1, 'CI', CASE WHEN n % 3 = 0 THEN 'push' ELSE 'pull_request' END,
       CASE WHEN n % 3 = 0 THEN 'main' ELSE 'change-' || n END, md5($1 || '/' || n - n % 20 / 19) || '00000000',
       'large/repo', CASE WHEN n % 3 > 0 THEN n END, 'completed', CASE WHEN n % 10 < 8 THEN 'success' ELSE 'failure' END,
       at, at + interval '12 minutes', at + interval '13 minutes', $4::integer, n % 10 / 8, ''
FROM generate_series(1, $5::integer) AS n
CROSS JOIN LATERAL (SELECT $2::timestamptz + ($3::timestamptz - $2) * ((n - 0.5 + $1 % 50 / 100.0) / $5)) AS start (at)
"""
_JOBS = """
INSERT INTO fg_job (repo_id, workflow_run, job_id, name, variant, status, conclusion, started_at, completed_at, source,
    tests, failures, is_complete)
SELECT repo_id, id, id, 'test (3.12)', 'test (3.12)', 'completed', conclusion, run_started_at, completed_at, 'report',
       tests, failures, true
FROM fg_workflow_run
WHERE repo_id = ANY ($1::bigint[])
ORDER BY run_started_at
"""
_PLANNED = """
SELECT run.repo_id, run.id AS run, job.id AS job, run.run_started_at AS at,
       (SELECT min(id) FROM fg_test_case AS test WHERE test.repo_id = run.repo_id) AS first_test
FROM fg_workflow_run AS run
JOIN fg_job AS job ON job.repo_id = run.repo_id AND job.workflow_run = run.id
WHERE run.repo_id = ANY ($1::bigint[])
ORDER BY run.run_started_at, run.repo_id
"""


_CLUSTERS = """
INSERT INTO fg_failure_cluster (repo_id, failure_msg_signature, rules_version, title, example_message, occurrence_count,
    test_count, first_seen_at, last_seen_at)
SELECT repo_id, failure_msg_signature, 1, min(failure_message), min(failure_message), count(*), count(DISTINCT test_id),
       min(created_at), max(created_at)
FROM fg_occurrence
WHERE repo_id = $1 AND outcome IN ('failed', 'error')
GROUP BY repo_id, failure_msg_signature
"""
_MEMBERS = """
INSERT INTO fg_failure_cluster_test (repo_id, cluster_id, test_id, occurrence_count, last_seen_at)
SELECT o.repo_id, cluster.id, o.test_id, count(*), max(o.created_at)
FROM fg_occurrence AS o
JOIN fg_failure_cluster AS cluster
  ON cluster.repo_id = o.repo_id AND cluster.failure_msg_signature = o.failure_msg_signature
WHERE o.repo_id = $1 AND o.outcome IN ('failed', 'error')
GROUP BY o.repo_id, cluster.id, o.test_id
"""


async def _runs(conn, repositories, size):
    for repo_id in repositories:
        await conn.execute(_RUNS, repo_id, START, END, size.tests, size.runs)
    await conn.execute(_JOBS, repositories)
    await conn.execute("VACUUM ANALYZE fg_workflow_run, fg_job, fg_test_case")
    return [Planned(**row) for row in await conn.fetch(_PLANNED, repositories)]


async def _closed_month(conn, month, runs, size):
    name = f"fg_occurrence_{month:%Y_%m}"
    records = (row for run in runs for row in rows_of(run, size))
    if await conn.fetchval("SELECT to_regclass($1) IS NOT NULL", name):
        await conn.copy_records_to_table(name, records=records, columns=COLUMNS)
        return
    await conn.execute(f"CREATE TABLE {name} (LIKE fg_occurrence INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
    await conn.copy_records_to_table(name, records=records, columns=COLUMNS)
    end = (month + timedelta(days=31)).replace(day=1)
    await conn.execute("SET maintenance_work_mem = '512MB'")
    await conn.execute(
        f"ALTER TABLE fg_occurrence ATTACH PARTITION {name} FOR VALUES FROM ('{month:%Y-%m-%d}Z') TO ('{end:%Y-%m-%d}Z')"
    )


def rows_of(run, size):
    """The executions of one run. A flaky test fails in one run of twenty, and its retry passes; five tests share a cause."""
    chance = random.Random(run.job)
    durations = chance.choices(range(1, 2_000), k=size.tests)
    flaked = [number for number in range(size.tests) if number % size.one_in == 7 and chance.random() < 0.05]
    # As ingestion does: the order of a suite is kept where something failed, and in one run of four.
    is_ordered = bool(flaked) or run.run % 4 == 0
    for number in range(size.tests):
        place = number + 1 if is_ordered else None
        test_id = run.first_test + number
        row = (run.repo_id, run.run, run.job, test_id, run.at)
        if flaked and number == flaked[0]:
            del flaked[0]
            mark = f"{number // size.one_in // 5:032x}"
            yield (*row, 1, durations[number], 12, place, "failed", "report", MESSAGE % number, None, mark, mark, None)
            yield (*row, 2, durations[number], None, place, "passed", "report", None, None, None, None, None)
        else:
            yield (*row, 1, durations[number], None, place, "passed", "report", None, None, None, None, None)
