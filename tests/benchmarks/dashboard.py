"""What the dashboard and the API read, beside two bare questions, and whole pages: `python -m tests.benchmarks.dashboard [MILLIONS]`.

Half of the occurrences are those of one repository with 10,000 tests, a tenth those of one that runs all day, the rest
is spread over 25 ordinary ones. On a server of its own, or on a database that FLAKEGUARD_DATABASE_URL names: an empty one,
or one that was filled so before.
"""

import asyncio
import os
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from app.cli.running import apply_migrations
from app.core.model import DecisionState, Outcome, Standing
from app.db.connection import open_pool
from app.db.embedded import start_embedded
from app.db.reading.audit import AuditWanted, list_audit
from app.db.reading.clusters import ClustersWanted, get_cluster, list_clusters
from app.db.reading.decisions import DecisionsWanted, list_decisions
from app.db.reading.evidence import list_evidence
from app.db.reading.history import HistoryWanted, list_durations, list_occurrences, list_rate_weeks
from app.db.reading.repositories import find_repository, list_repositories
from app.db.reading.runs import RunsWanted, get_run, list_runs
from app.db.reading.tests import TestOrder, TestsWanted, get_test, list_branches, list_teams, list_tests
from app.db.reading.trends import list_trend
from tests.benchmarks.pages import ask_pages
from tests.benchmarks.years import _CLUSTERS, _JOBS, _MEMBERS, _RUNS, END, MONTHS, START, Size, _repository

CALLS = 150
PAGE = 50
REACH_MS = 50
LARGE_TESTS, BUSY_TESTS, ORDINARY_TESTS, ORDINARY = 10_000, 100, 400, 25


def run(millions=0.5):
    """Print the median, the 95th percentile and the slowest of each question, in milliseconds."""
    given = os.environ.get("FLAKEGUARD_DATABASE_URL")
    if given:
        asyncio.run(_run(given, millions))
        return
    with tempfile.TemporaryDirectory(prefix="flakeguard-bench-") as folder:
        asyncio.run(_run(start_embedded(Path(folder) / "postgresql"), millions))


async def _run(url, millions):
    await apply_migrations(url, lambda: START)
    async with await open_pool(url, size=2) as pool, pool.acquire() as conn:
        if await conn.fetchval("SELECT EXISTS (SELECT FROM fg_occurrence)"):
            repositories = [row["id"] for row in await conn.fetch("SELECT id FROM fg_repository ORDER BY id")]
        else:
            repositories = await _build(conn, millions * 1_000_000)
        asked = [await _asked(conn, repo_id, number) for number, repo_id in enumerate(repositories, 1)]
        await _ask(conn, asked)
    await ask_pages(url, asked)


# --- the rows ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A repository with what may be asked of it."""

    repo_id: int
    external_id: int
    tests: list
    flaky: list
    clusters: list
    runs: list


async def _build(conn, occurrences):
    began = time.perf_counter()
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        await conn.execute(f"ALTER SYSTEM SET {setting} = off")
    await conn.execute("SELECT pg_reload_conf()")
    await conn.execute("SET maintenance_work_mem = '512MB'")
    sizes = [
        Size(tests=LARGE_TESTS, runs=int(occurrences / 2 / LARGE_TESTS)),
        Size(tests=BUSY_TESTS, runs=int(occurrences / 10 / BUSY_TESTS)),
        *[Size(tests=ORDINARY_TESTS, runs=int(occurrences * 0.4 / ORDINARY / ORDINARY_TESTS))] * ORDINARY,
    ]
    repositories = []
    for number, size in enumerate(sizes, 1):
        repositories.append(await _repository(conn, number, size))
        await conn.execute(_RUNS, repositories[-1], START, END, size.tests, size.runs)
    await conn.execute(_JOBS, repositories)
    await conn.execute("VACUUM ANALYZE fg_workflow_run, fg_job, fg_test_case")
    for month in MONTHS:
        await _month(conn, month)
    for repo_id in repositories:
        for sql in (_CLUSTERS, _MEMBERS, *filter(str.strip, _JUDGED.split(";"))):
            await conn.execute(sql, repo_id)
    await conn.execute("VACUUM ANALYZE")
    rows, size = await conn.fetchrow(
        "SELECT (SELECT count(*) FROM fg_occurrence), pg_size_pretty(pg_database_size(current_database()))"
    )
    print(
        f"{rows:,} occurrences in {len(sizes)} repositories, {size}, made in {time.perf_counter() - began:.0f} s",
        flush=True,
    )
    return repositories


async def _month(conn, month):
    """Fill a month without a log and without indexes, which it gets when it is attached."""
    name, end = f"fg_occurrence_{month:%Y_%m}", (month + timedelta(days=31)).replace(day=1)
    await conn.execute(f"CREATE UNLOGGED TABLE {name} (LIKE fg_occurrence INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
    await conn.execute(_OCCURRENCES.format(name=name), month, end)
    await conn.execute(
        f"ALTER TABLE fg_occurrence ATTACH PARTITION {name} FOR VALUES FROM ('{month:%Y-%m-%d}Z') TO ('{end:%Y-%m-%d}Z')"
    )


_OCCURRENCES = """
INSERT INTO {name} (repo_id, workflow_run, job, test_id, created_at, ordinal, duration_ms, outcome, source,
    failure_message, failure_msg_signature, failure_loose_signature)
SELECT run.repo_id, run.id, job.id, test.id, run.run_started_at, new.ordinal, draw.it % 2000,
       CASE WHEN new.has_failed THEN 'failed' ELSE 'passed' END::fg_outcome, 'report',
       CASE WHEN new.has_failed THEN 'AssertionError: expected the queue to be empty, but 3 of 17 jobs were left: order ' || test.id / 5 END,
       CASE WHEN new.has_failed THEN md5((test.id / 5)::text) END, CASE WHEN new.has_failed THEN md5(test.id::text) END
FROM fg_workflow_run AS run
JOIN fg_job AS job ON job.repo_id = run.repo_id AND job.workflow_run = run.id
JOIN fg_test_case AS test ON test.repo_id = run.repo_id
CROSS JOIN LATERAL (SELECT abs(hashint8(run.id * 100003 + test.id)) AS it) AS draw
CROSS JOIN LATERAL (SELECT draw.it % CASE WHEN test.id % 20 = 7 THEN 20 ELSE 1000 END = 0 AS has_failed) AS first
JOIN (VALUES (1, true, true), (2, false, true), (1, false, false)) AS new (ordinal, has_failed, of_failed)
  ON new.of_failed = first.has_failed
WHERE run.run_started_at >= $1 AND run.run_started_at < $2
ORDER BY run.run_started_at, run.id
"""

_JUDGED = """
UPDATE fg_test_case SET owner_team = '@large/team-' || id % 40 || ' @person-' || id % 7 WHERE repo_id = $1;
INSERT INTO fg_flake_score (repo_id, test_id, score, flake_rate, low, high, standing, window_n, runs, failures, e1,
    last_flake_at, scorer_version, last_updated_at)
SELECT repo_id, id, id % 97 / 97.0, 0.05, 0.01, 0.1,
       CASE WHEN id % 20 = 7 THEN 'flaky' WHEN id % 20 = 3 THEN 'suspect' ELSE 'healthy' END::fg_standing, 50, 50, 3, 2,
       last_seen_at, 3, last_seen_at
FROM fg_test_case WHERE repo_id = $1 AND id % 20 IN (3, 7, 9);
INSERT INTO fg_evidence (repo_id, test_id, grade, weight, at, age, head_sha, from_fork, failed_run_id,
    failed_run_attempt, failed_job, failed_ordinal, passed_run_id, passed_run_attempt, passed_job, passed_ordinal)
SELECT o.repo_id, o.test_id, 'E1', 1, o.created_at, 1, run.head_sha, false, run.run_id, run.run_attempt, 'test (3.12)', 1,
       run.run_id, run.run_attempt, 'test (3.12)', 2
FROM fg_occurrence AS o
JOIN fg_workflow_run AS run ON run.repo_id = o.repo_id AND run.id = o.workflow_run
WHERE o.repo_id = $1 AND o.outcome = 'failed' AND o.test_id % 20 = 7;
INSERT INTO fg_quarantine_decision (repo_id, test_id, state, rationale, decided_at, ended_at)
SELECT repo_id, id, 'PROPOSED', 'it flakes', last_seen_at - n * interval '9 days', last_seen_at - n * interval '8 days'
FROM fg_test_case, generate_series(1, 5) AS n WHERE repo_id = $1 AND id % 20 = 7;
INSERT INTO fg_quarantine_decision (repo_id, test_id, state, rationale, decided_at, until)
SELECT repo_id, id, 'ACTIVE', 'agreed', last_seen_at - interval '8 days', last_seen_at + interval '8 days'
FROM fg_test_case WHERE repo_id = $1 AND id % 40 = 7;
INSERT INTO fg_issue_link (repo_id, key, test_id, number, url)
SELECT repo_id, substr(md5(id::text), 1, 12), id, id, '' FROM fg_test_case WHERE repo_id = $1 AND id % 20 = 7;
INSERT INTO fg_issue_member (repo_id, test_id, link_id) SELECT repo_id, test_id, id FROM fg_issue_link WHERE repo_id = $1;
INSERT INTO fg_audit (repo_id, at, actor, action, test_id, detail, previous_hash, hash)
SELECT repo_id, last_seen_at, 'person-' || id % 7, 'PROPOSED', id, '{"why": "it flakes"}', '', ''
FROM fg_test_case, generate_series(1, 4) AS n WHERE repo_id = $1
"""


async def _asked(conn, repo_id, external_id):
    async def ids(sql):
        return [row[0] for row in await conn.fetch(sql, repo_id)]

    return Asked(
        repo_id=repo_id,
        external_id=external_id,
        tests=await ids("SELECT id FROM fg_test_case WHERE repo_id = $1"),
        flaky=await ids("SELECT id FROM fg_test_case WHERE repo_id = $1 AND id % 20 = 7"),
        clusters=await ids("SELECT id FROM fg_failure_cluster WHERE repo_id = $1"),
        runs=await ids("SELECT DISTINCT run_id FROM fg_workflow_run WHERE repo_id = $1"),
    )


# --- the questions ---


async def _ask(conn, asked):
    """Ask of the large, the busy and the ordinary repositories in turn."""
    chance = random.Random(1)
    turns = [asked[0], asked[1], chance.choice(asked[2:])]
    everybody = [one.external_id for one in asked]
    print(f"{'ms':52} median    p95    max  (reach {REACH_MS} at p95)")
    for name, ask in _questions(conn, chance, everybody).items():
        slowest = []
        for kind, place in (("large", 0), ("busy", 1), ("ordinary", 2)):
            took = sorted([await _milliseconds(partial(ask, turns[place])) for _ in range(CALLS)])
            slowest.append((took[CALLS * 95 // 100], took[CALLS // 2], took[-1], kind))
        p95, median, longest, kind = max(slowest)
        print(
            f"{name:40} {kind:11} {median:6.1f} {p95:6.1f} {longest:6.1f}",
            "" if p95 < REACH_MS else "  <<<",
            flush=True,
        )


async def _milliseconds(ask):
    began = time.perf_counter()
    await ask()
    return (time.perf_counter() - began) * 1000


def _questions(conn, chance, everybody):
    def tests(**wanted):
        return lambda one: list_tests(conn, one.repo_id, TestsWanted(**wanted), None, PAGE)

    async def deep(one):
        page = await list_tests(conn, one.repo_id, TestsWanted(), (0.3, one.tests[0]), PAGE)
        await list_tests(conn, one.repo_id, TestsWanted(), page.after, PAGE)

    def history(**wanted):
        return lambda one: list_occurrences(
            conn, one.repo_id, chance.choice(one.flaky), HistoryWanted(**wanted), None, PAGE
        )

    def runs(**wanted):
        return lambda one: list_runs(conn, one.repo_id, RunsWanted(**wanted), None, PAGE)

    def clusters(**wanted):
        return lambda one: list_clusters(conn, one.repo_id, ClustersWanted(**wanted), None, PAGE)

    quarter = END - timedelta(days=90)
    return {
        "SELECT 1": lambda one: conn.fetchval("SELECT 1"),
        "SELECT count(*) of 50,000 numbers": lambda one: conn.fetchval(
            "SELECT count(*) FROM generate_series(1, 50000)"
        ),
        "list_repositories (all 27)": lambda one: list_repositories(conn, everybody, as_of=END),
        "find_repository": lambda one: find_repository(conn, one.external_id),
        "list_tests": tests(),
        "list_tests, two pages further on": deep,
        "list_tests by failure": tests(order=TestOrder.FAILED),
        "list_tests standing=healthy by failure": tests(standing=Standing.HEALTHY, order=TestOrder.FAILED),
        "list_tests by name": tests(order=TestOrder.NAME),
        "list_tests q=number_77": tests(q="number_77"),
        "list_tests q that nothing has": tests(q="nothing_is_called_so", order=TestOrder.NAME),
        "list_tests file=tests/area_3/": tests(file="tests/area_3/"),
        "list_tests file glob by failure": tests(file="tests/**/test_1*.py", order=TestOrder.FAILED),
        "list_tests team": tests(team="@large/team-7"),
        "list_tests standing=flaky by name": tests(standing=Standing.FLAKY, order=TestOrder.NAME),
        "list_tests branch=main": tests(branch="main"),
        "list_tests days=7": tests(days=7),
        "get_test": lambda one: get_test(conn, one.repo_id, chance.choice(one.flaky)),
        "list_teams": lambda one: list_teams(conn, one.repo_id),
        "list_branches": lambda one: list_branches(conn, one.repo_id),
        "list_occurrences": history(),
        "list_occurrences outcome=failed": history(outcome=Outcome.FAILED),
        "list_occurrences branch=main": history(branch="main"),
        "list_occurrences branch of one run": history(branch="change-10"),
        "list_occurrences variant": history(variant="test (3.12)"),
        "list_rate_weeks": lambda one: list_rate_weeks(conn, one.repo_id, chance.choice(one.tests), quarter),
        "list_durations": lambda one: list_durations(conn, one.repo_id, chance.choice(one.tests), quarter),
        "list_evidence": lambda one: list_evidence(conn, one.repo_id, chance.choice(one.flaky), None, PAGE),
        "list_clusters": clusters(),
        "list_clusters q": clusters(q="order 7"),
        "list_clusters q that nothing has": clusters(q="nothing says so"),
        "get_cluster": lambda one: get_cluster(conn, one.repo_id, chance.choice(one.clusters)),
        "list_runs": runs(),
        "list_runs branch=main": runs(branch="main"),
        "list_runs branch of one run": runs(branch="change-10"),
        "list_runs conclusion=failure": runs(conclusion="failure"),
        "list_runs conclusion that none has": runs(conclusion="neutral"),
        "list_runs pull": runs(pull=10),
        "get_run": lambda one: get_run(conn, one.repo_id, chance.choice(one.runs)),
        "list_decisions": lambda one: list_decisions(conn, one.repo_id, DecisionsWanted(), None, PAGE),
        "list_decisions open": lambda one: list_decisions(conn, one.repo_id, DecisionsWanted(is_open=True), None, PAGE),
        "list_decisions of a state that none has": lambda one: list_decisions(
            conn, one.repo_id, DecisionsWanted(state=DecisionState.RESOLVED), None, PAGE
        ),
        "list_audit": lambda one: list_audit(conn, one.repo_id, AuditWanted(), None, PAGE),
        "list_audit of nobody": lambda one: list_audit(conn, one.repo_id, AuditWanted(actor="nobody"), None, PAGE),
        "list_trend of 30 days": lambda one: list_trend(conn, one.repo_id, END - timedelta(days=30), END),
        "list_trend of 90 days": lambda one: list_trend(conn, one.repo_id, quarter, END),
    }


if __name__ == "__main__":
    run(*map(float, sys.argv[1:]))
