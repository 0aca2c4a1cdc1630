"""The database: what storing, judging and reporting a run asks of it, each beside a bare statement in the same run."""

import asyncio
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.cli.running import apply_migrations
from app.core.events import RepositoryRef
from app.core.model import CaseName, Outcome, Source
from app.db.cases import ensure_cases
from app.db.connection import connect
from app.db.embedded import start_embedded
from app.db.histories import read_histories
from app.db.jobs import NewJob, list_jobs, save_jobs, trailing_test_counts
from app.db.occurrences import NewOccurrence, add_occurrences, list_last_failures, list_tests_to_score
from app.db.outages import find_outages
from app.db.partitions import ensure_month
from app.db.repositories import save_repository
from app.db.runs import NewAttempt, get_attempt, list_attempts_of_head, mark_ingested, save_attempt
from app.db.tries import count_tries_on, list_seen_before

START = datetime(2025, 1, 1, tzinfo=UTC)
RUNS = 500
TESTS = 2_000
LARGE = 10_000
COPIED = 100_000
TIMES = 5


def run():
    """Print each query's milliseconds and its ratio to a bare statement over as many rows."""
    with tempfile.TemporaryDirectory(prefix="flakeguard-bench-") as folder:
        asyncio.run(_run(start_embedded(Path(folder) / "postgresql")))


async def _run(url):
    await apply_migrations(url, lambda: START)
    conn = await connect(url)
    repo_id = await _repository(conn, 1)
    began = time.perf_counter()
    await _history(conn, repo_id)
    print(f"history: {RUNS * TESTS:,} occurrences over 12 months, made in {time.perf_counter() - began:.0f} s")
    await _cases(conn)
    await _copy(conn, await _repository(conn, 2))
    await _reading(conn, repo_id)
    await _deleting(conn, repo_id)
    await conn.close()


async def _repository(conn, number):
    name = f"repo{number}"
    ref = RepositoryRef(id=number, owner="b", name=name, default_branch="main", is_private=False, is_archived=False)
    return await save_repository(conn, ref, None, START)


async def _history(conn, repo_id):
    """Five hundred runs of two thousand tests, of which two executions of a hundred failed."""
    for month in range(12):
        await ensure_month(conn, START.replace(month=month + 1))
    await conn.execute(_MANY_CASES, repo_id, START, TESTS)
    await conn.execute(_MANY_RUNS, repo_id, START, RUNS, TESTS)
    await conn.execute(_MANY_JOBS, repo_id, TESTS)
    await conn.execute(_MANY_OCCURRENCES, repo_id)
    await conn.execute(_MANY_SCORES, repo_id, START)
    await conn.execute("VACUUM ANALYZE")


_MANY_CASES = """
INSERT INTO fg_test_case (repo_id, suite, class_name, name, first_seen_at, last_seen_at)
SELECT $1::bigint, 'unit', 'tests.test_' || n / 50, 'test_number_' || n, $2::timestamptz, $2
FROM generate_series(1, $3::integer) AS n
"""
_MANY_RUNS = """
INSERT INTO fg_workflow_run (repo_id, run_id, run_attempt, workflow_id, workflow_name, event, head_branch, head_sha,
    head_repository, status, conclusion, run_started_at, ingested_at, tests, failures, html_url)
SELECT $1::bigint, n, 1, 1, 'CI', 'push', 'main', lpad(to_hex(n), 40, '0'), 'b/repo1', 'completed', 'failure',
       $2::timestamptz + n * interval '17 hours', $2, $4, $4 / 50, ''
FROM generate_series(1, $3::integer) AS n
"""
_MANY_JOBS = """
INSERT INTO fg_job (repo_id, workflow_run, job_id, name, variant, status, conclusion, source, tests, is_complete)
SELECT repo_id, id, run_id, 'test', 'test', 'completed', 'failure', 'report', $2, true
FROM fg_workflow_run
WHERE repo_id = $1
"""
_MANY_OCCURRENCES = """
INSERT INTO fg_occurrence (repo_id, workflow_run, job, test_id, created_at, ordinal, duration_ms, outcome, source,
    failure_message, failure_msg_signature, failure_loose_signature)
SELECT run.repo_id, run.id, job.id, test.id, run.run_started_at, 1, 12,
       CASE WHEN bad.it THEN 'failed' ELSE 'passed' END::fg_outcome, 'report',
       CASE WHEN bad.it THEN 'boom' END, CASE WHEN bad.it THEN md5('s' || test.id % 40) END,
       CASE WHEN bad.it THEN md5('l' || test.id % 40) END
FROM fg_workflow_run AS run
JOIN fg_job AS job ON job.repo_id = run.repo_id AND job.workflow_run = run.id
JOIN fg_test_case AS test ON test.repo_id = run.repo_id
CROSS JOIN LATERAL (SELECT (test.id + run.run_id * 7) % 50 = 0 AS it) AS bad
WHERE run.repo_id = $1
ORDER BY run.id, test.id
"""
_MANY_SCORES = """
INSERT INTO fg_flake_score (repo_id, test_id, score, flake_rate, low, high, standing, window_n, runs, failures,
    scorer_version, last_updated_at)
SELECT repo_id, id, 0.5, 0.1, 0, 1, 'flaky', 50, 50, 1, 1, $2
FROM fg_test_case
WHERE repo_id = $1 AND id % 10 = 0
"""


async def _cases(conn):
    cases = {
        CaseName(suite="u", class_name=f"tests.m{n // 50}", name=f"test_{n}"): f"m{n // 50}.py" for n in range(LARGE)
    }
    await conn.execute("CREATE TABLE bare_case (repo_id bigint, suite text, class_name text, name text, file text)")
    columns = [[c.suite for c in cases], [c.class_name for c in cases], [c.name for c in cases], list(cases.values())]
    bare, new, known = [], [], []
    for number in range(TIMES):
        repo_id = await _repository(conn, 100 + number)
        bare.append(await _seconds(conn.execute, _BARE_CASES, repo_id, *columns))
        new.append(await _seconds(ensure_cases, conn, repo_id, cases, START))
        known.append(await _best(ensure_cases, conn, repo_id, cases, START + timedelta(hours=1)))
    _show(f"ensure_cases, {LARGE:,} new tests", min(new), min(bare), "a bare INSERT")
    _show(f"ensure_cases, {LARGE:,} known tests", min(known), min(bare), "a bare INSERT")


_BARE_CASES = "INSERT INTO bare_case SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[])"


async def _copy(conn, repo_id):
    await conn.execute("CREATE TABLE bare (LIKE fg_occurrence)")
    bare, ours = [], []
    for number in range(1, 4):
        at = START.replace(month=number, day=15)
        attempt_id, job_id = await _attempt(conn, repo_id, number, at, COPIED)
        rows = [_occurrence(job_id, n) for n in range(1, COPIED + 1)]
        records = [(repo_id, attempt_id, *_columns(row), at) for row in rows]
        bare.append(await _seconds(_copy_bare, conn, records))
        ours.append(await _seconds(add_occurrences, conn, repo_id, attempt_id, at, rows, is_first=True))
    _show(f"add_occurrences, {COPIED:,} rows", min(ours), min(bare), "a bare COPY into a table without an index")


async def _copy_bare(conn, records):
    await conn.copy_records_to_table("bare", records=records, columns=_COPIED)


_COPIED = [
    "repo_id",
    "workflow_run",
    "job",
    "test_id",
    "ordinal",
    "duration_ms",
    "line",
    "outcome",
    "source",
    "failure_message",
    "failure_stack_trace",
    "failure_msg_signature",
    "failure_loose_signature",
    "failure_stack_digest",
    "created_at",
]


def _columns(row):
    return [getattr(row, name) for name in row.__slots__]


def _occurrence(job_id, test_id):
    bad = test_id % 50 == 0
    return NewOccurrence(
        job=job_id, test_id=test_id, ordinal=1, duration_ms=12, line=None,
        outcome=Outcome.FAILED if bad else Outcome.PASSED, source=Source.REPORT, message="boom" if bad else None,
        stack_trace=None, signature=f"{test_id % 40:032x}" if bad else None,
        loose_signature=f"{test_id % 40:032x}" if bad else None, stack_digest=None,
    )  # fmt: skip


async def _attempt(conn, repo_id, number, at, tests):
    attempt = NewAttempt(
        run_id=10_000 + number, run_attempt=1, workflow_id=1, workflow_name="CI", event="push", head_branch="main",
        head_sha=f"{10_000 + number:040x}", base_sha=None, tree_sha=None, head_repository="b/repo1", pull_number=None,
        status="completed", conclusion="failure", run_started_at=at, completed_at=at, html_url="",
    )  # fmt: skip
    job = NewJob(
        job_id=10_000 + number, name="test", variant="test", status="completed", conclusion="failure",
        failed_step=None, started_at=at, completed_at=at, source="report", tests=tests, failures=tests // 50,
        is_complete=True, note=None, infra=None, html_url=None,
    )  # fmt: skip
    attempt_id = await save_attempt(conn, repo_id, attempt)
    [job_id] = (await save_jobs(conn, repo_id, attempt_id, [job])).values()
    await mark_ingested(conn, repo_id, attempt_id, at=at, note=None, tests=tests, failures=tests // 50)
    return attempt_id, job_id


async def _reading(conn, repo_id):
    """Judge and report a run of ten thousand tests, the last one of the history."""
    at = START.replace(month=12, day=25)
    attempt_id, job_id = await _attempt(conn, repo_id, 1, at, LARGE)
    rows = [_occurrence(job_id, n) for n in range(1, LARGE + 1)]
    await add_occurrences(conn, repo_id, attempt_id, at, rows, is_first=True)
    await conn.execute("VACUUM ANALYZE")
    wire = await _best(conn.fetch, f"SELECT * FROM fg_occurrence LIMIT {LARGE}")
    yardstick = f"a bare fetch of {LARGE:,} rows"
    tests = list(range(50, LARGE + 1, 50))
    asked = {
        f"list_tests_to_score, a run of {LARGE:,}": (list_tests_to_score, conn, repo_id, attempt_id, at),
        "find_outages, 1 attempt": (find_outages, conn, repo_id, [(10_001, 1)]),
        "find_outages, 300 attempts": (find_outages, conn, repo_id, [(n, 1) for n in range(201, 501)]),
    }
    for what, (function, *args) in asked.items():
        _show(what, await _best(function, *args), wire, yardstick)
    histories = await _best(
        lambda: read_histories(conn, repo_id, list(range(1, 201)), default_branch="main", runs_each=50)
    )
    _show("read_histories, 200 tests with 50 runs each", histories, wire, yardstick)
    _show("what a report looks up, 200 failures", await _best(_look, conn, repo_id, attempt_id, tests), wire, yardstick)


async def _look(conn, repo_id, attempt_id, tests):
    """Ask what app/handlers/report asks of a commit's runs."""
    attempt = await get_attempt(conn, repo_id, attempt_id)
    stored = await list_attempts_of_head(conn, repo_id, attempt.head_sha)
    jobs = await list_jobs(conn, repo_id, [one.id for one in stored])
    failures = await list_last_failures(conn, repo_id, [job.id for job in jobs], [one.run_started_at for one in stored])
    assert len(failures) == len(tests)
    ways = sorted({one.failure_loose_signature for one in failures})
    await list_seen_before(conn, repo_id, tests, ways, head_sha=attempt.head_sha)
    await count_tries_on(conn, repo_id, tests, attempt.head_sha)
    await trailing_test_counts(conn, repo_id, "test", "main", before=attempt.run_started_at)


async def _deleting(conn, repo_id):
    rows = await conn.fetchval("SELECT count(*) FROM fg_occurrence WHERE repo_id = $1", repo_id)
    scan = await _best(conn.fetchval, "SELECT count(failure_message) FROM fg_occurrence")
    took = await _seconds(conn.execute, "DELETE FROM fg_repository WHERE id = $1", repo_id)
    _show(f"deleting a repository with {rows:,} occurrences", took, scan, "a scan of the whole history")


async def _best(function, *args):
    return min([await _seconds(function, *args) for _ in range(TIMES)])


async def _seconds(function, *args, **named):
    began = time.perf_counter()
    await function(*args, **named)
    return time.perf_counter() - began


def _show(what, ours, bare, yardstick):
    print(f"{what}: {ours * 1000:,.1f} ms, {ours / bare:.2f} times {yardstick}", flush=True)


if __name__ == "__main__":
    run()
