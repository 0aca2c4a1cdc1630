"""How the seven questions are answered: by an index, in the months that they ask about, whatever the plan was made for."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from app.db.decisions import count_passes_since
from app.db.partitions import ensure_month
from app.db.queries.analyze_test_run_performance import analyze_test_run_performance
from app.db.queries.find_flakiest_tests import find_flakiest_tests
from app.db.queries.find_similar_failures import find_similar_failures
from app.db.queries.get_quarantine_candidates import get_quarantine_candidates
from app.db.queries.get_quarantine_status import get_quarantine_status
from app.db.queries.get_repository_dashboard import get_repository_dashboard
from app.db.queries.get_test_history import get_test_history

NOW = datetime(2026, 5, 1, tzinfo=UTC)
ASKED = 11
"""The repository that is asked about, one of twenty that are alike."""
A_HANDFUL = 20
IN_A_PERIOD = {"analyze_test_run_performance", "get_quarantine_candidates", "get_quarantine_status"}

_ROWS = """
INSERT INTO fg_repository (external_id, owner, name, is_private, created_at)
SELECT n, 'acme', 'r' || n, false, '2026-01-01' FROM generate_series(1, 20) AS n;
INSERT INTO fg_test_case (repo_id, suite, class_name, name, first_seen_at, last_seen_at)
SELECT repo.id, '', 'c' || n % 7, 't' || n, '2026-01-01', '2026-05-01'
FROM fg_repository AS repo, generate_series(1, 600) AS n
ORDER BY repo.id, n;
INSERT INTO fg_workflow_run (repo_id, run_id, run_attempt, workflow_id, workflow_name, event, head_sha, pull_number,
    status, conclusion, run_started_at, completed_at, tests, html_url)
SELECT repo.id, n / 2, 1 + n % 2, 1, 'CI', 'push', md5(n::text), n, 'completed',
       CASE WHEN n % 8 = 0 THEN 'failure' ELSE 'success' END, start.at, start.at + interval '9 minutes', 60, ''
FROM fg_repository AS repo
CROSS JOIN generate_series(0, 119) AS n
CROSS JOIN LATERAL (SELECT '2026-01-01Z'::timestamptz + n * interval '24 hours' + repo.id * interval '1 minute') AS start (at)
ORDER BY start.at;
INSERT INTO fg_job (repo_id, workflow_run, job_id, name, variant, status, conclusion, started_at, completed_at)
SELECT repo_id, id, id, 'test', 'test', 'completed', conclusion, run_started_at, completed_at FROM fg_workflow_run;
INSERT INTO fg_occurrence (repo_id, workflow_run, job, test_id, created_at, ordinal, duration_ms, outcome, source,
    failure_msg_signature)
SELECT run.repo_id, run.id, job.id, test.id, run.run_started_at, 1, 10,
       CASE WHEN bad.it THEN 'failed' ELSE 'passed' END::fg_outcome, 'report', CASE WHEN bad.it THEN 's' || test.id / 20 % 5 END
FROM fg_workflow_run AS run
JOIN fg_job AS job ON job.repo_id = run.repo_id AND job.workflow_run = run.id
JOIN fg_test_case AS test ON test.repo_id = run.repo_id AND test.id % 20 = 0
CROSS JOIN LATERAL (SELECT (test.id / 20 * 3 + run.id) % 50 = 0) AS bad (it)
ORDER BY run.id, test.id;
INSERT INTO fg_flake_score (repo_id, test_id, score, flake_rate, low, high, standing, window_n, runs, failures,
    scorer_version, last_updated_at)
SELECT repo_id, id, id / 10 % 50 / 50.0, 0.5, 0, 1, 'flaky', 50, 50, 5, 1, '2026-05-01' FROM fg_test_case WHERE id % 10 = 0;
INSERT INTO fg_evidence (repo_id, test_id, grade, weight, at, age, head_sha, from_fork, failed_run_id,
    failed_run_attempt, failed_job, failed_ordinal)
SELECT repo_id, id, 'E1', 1, '2026-05-01'::timestamptz - n * interval '1 day', n, 'a', false, 1, 1, 'test', 1
FROM fg_test_case, generate_series(1, 5) AS n WHERE id % 10 = 0;
INSERT INTO fg_quarantine_decision (repo_id, test_id, state, rationale, decided_at, ended_at)
SELECT repo_id, id, 'RESOLVED', 'w', ended.at, ended.at
FROM fg_test_case, generate_series(1, 4) AS n, LATERAL (SELECT '2026-05-01'::timestamptz - n * interval '25 days') AS ended (at)
WHERE id % 20 = 0;
INSERT INTO fg_quarantine_decision (repo_id, test_id, state, rationale, decided_at)
SELECT repo_id, id, 'ACTIVE', 'w', '2026-04-20' FROM fg_test_case WHERE id % 100 = 0;
INSERT INTO fg_failure_cluster (repo_id, failure_msg_signature, rules_version, title, occurrence_count, test_count,
    first_seen_at, last_seen_at)
SELECT id, 's' || n, 1, 't', 1, 1, '2026-01-01', '2026-04-30' FROM fg_repository, generate_series(0, 99) AS n;
INSERT INTO fg_failure_cluster_test (repo_id, cluster_id, test_id, occurrence_count, last_seen_at)
SELECT c.repo_id, c.id, t.id, 1, '2026-04-30'
FROM fg_failure_cluster AS c JOIN fg_test_case AS t ON t.repo_id = c.repo_id AND t.id % 200 = c.id % 10 * 20;
INSERT INTO fg_issue_link (repo_id, key, test_id, number)
SELECT repo_id, substr(md5(id::text), 1, 12), id, id FROM fg_test_case WHERE id % 10 = 0;
INSERT INTO fg_issue_member (repo_id, test_id, link_id) SELECT repo_id, test_id, id FROM fg_issue_link;
INSERT INTO fg_daily (repo_id, test_id, day, passed, skipped, timed, duration_ms)
SELECT repo_id, id, '2025-12-01'::date - n, 1, 0, 0, 0 FROM fg_test_case, generate_series(1, 20) AS n WHERE id % 20 = 0
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One scan that ran; `index` is None for one that read the table from its beginning to its end."""

    table: str
    index: str | None
    kind: str


@pytest.fixture
async def filled(conn):
    for month in (1, 2, 3, 4, 5):
        await ensure_month(conn, NOW.replace(month=month))
    for sql in filter(str.strip, _ROWS.split(";")):
        await conn.execute(sql)
    await conn.execute("VACUUM ANALYZE")
    return conn


async def _test_of(conn):
    return await conn.fetchval("SELECT min(id) FROM fg_test_case WHERE repo_id = $1 AND id % 20 = 0", ASKED)


async def _questions(conn):
    test_id = await _test_of(conn)
    return {
        "find_flakiest_tests": lambda: find_flakiest_tests(conn, ASKED),
        "get_test_history": lambda: get_test_history(conn, ASKED, test_id=test_id),
        "get_quarantine_status": lambda: get_quarantine_status(conn, ASKED, as_of=NOW),
        "find_similar_failures": lambda: find_similar_failures(conn, ASKED, signature="s1"),
        "get_repository_dashboard": lambda: get_repository_dashboard(conn, ASKED, as_of=NOW),
        "analyze_test_run_performance": lambda: analyze_test_run_performance(conn, ASKED, as_of=NOW),
        "get_quarantine_candidates": lambda: get_quarantine_candidates(conn, ASKED, as_of=NOW),
    }


async def _scans(conn, question, mode):
    """Ask, and then explain each statement that was sent, in the way that the server would plan it."""
    asked = []
    with conn.query_logger(asked.append):
        assert await question()
    await conn.execute(f"SET plan_cache_mode = {mode}")
    ours = [one for one in asked if "fg_" in one.query and "pg_catalog" not in one.query]
    return [scan for one in ours for scan in await _explain(conn, one.query, one.args)]


async def _explain(conn, sql, args):
    await conn.execute(f"PREPARE asked AS {sql}")
    given = f"({', '.join(map(_literal, args))})" if args else ""
    text = await conn.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE asked {given}")
    await conn.execute("DEALLOCATE asked")
    return list(_scans_in(json.loads(text)[0]["Plan"]))


def _literal(value):
    if value is None:
        return "NULL"
    return f"'{{{', '.join(map(str, value))}}}'" if isinstance(value, list) else f"'{value}'"


def _scans_in(node):
    """Yield the scans that ran; those of a bitmap name their index one step below the table."""
    if "Relation Name" in node and node["Actual Loops"] > 0:
        bitmap = next((one.get("Index Name") for one in node.get("Plans", ())), None)
        yield Scan(table=node["Relation Name"], index=node.get("Index Name", bitmap), kind=node["Node Type"])
    for child in node.get("Plans", ()):
        yield from _scans_in(child)


def _months(scans):
    return {
        date(int(one.table[-7:-3]), int(one.table[-2:]), 1) for one in scans if one.table.startswith("fg_occurrence")
    }


async def _read_whole(conn, scans):
    """The tables of more than a handful of rows that were read from beginning to end."""
    read = {one.table for one in scans if one.kind == "Seq Scan"}
    return {one for one in read if await conn.fetchval(f"SELECT count(*) FROM {one}") > A_HANDFUL}


async def test_every_question_is_answered_by_indexes_in_the_months_of_its_period(filled):
    latest = {date(2026, month, 1) for month in (4, 5)}
    for mode in ("force_custom_plan", "force_generic_plan"):
        for name, question in (await _questions(filled)).items():
            scans = await _scans(filled, question, mode)
            assert scans, name
            assert await _read_whole(filled, scans) == set(), f"{name}, {mode}"
            if name in IN_A_PERIOD:
                assert _months(scans) <= latest, f"{name}, {mode}"


async def test_a_history_is_read_from_the_newest_month_back_as_far_as_is_needed(filled):
    test_id = await _test_of(filled)
    for mode in ("force_custom_plan", "force_generic_plan"):
        scans = await _scans(filled, lambda: get_test_history(filled, ASKED, test_id=test_id, limit=20), mode)
        assert _months(scans).isdisjoint({date(2026, month, 1) for month in (1, 2)}), mode


async def test_passes_are_counted_by_an_index_in_the_months_since_the_first_of_their_moments(filled):
    tests = await filled.fetch("SELECT id FROM fg_test_case WHERE repo_id = $1 AND id % 20 = 0 LIMIT 3", ASKED)
    moments = {row["id"]: datetime(2026, 4, 3 + n, tzinfo=UTC) for n, row in enumerate(tests)}
    for mode in ("force_custom_plan", "force_generic_plan"):
        scans = await _scans(filled, lambda: count_passes_since(filled, ASKED, moments), mode)
        assert await _read_whole(filled, scans) == set(), mode
        assert _months(scans) <= {date(2026, month, 1) for month in (4, 5)}, mode


async def test_the_front_page_takes_its_latest_clusters_and_ends_of_quarantine_from_their_own_indexes(filled):
    questions = await _questions(filled)
    board = await _scans(filled, questions["get_repository_dashboard"], "force_custom_plan")
    clusters = [one.index for one in board if one.table == "fg_failure_cluster"]
    assert clusters == ["fg_failure_cluster_seen"]
    status = await _scans(filled, questions["get_quarantine_status"], "force_custom_plan")
    decisions = {one.index for one in status if one.table == "fg_quarantine_decision"}
    assert "fg_quarantine_decision_ended" in decisions


async def test_a_test_is_looked_up_by_its_name_in_one_step(filled):
    sql = "SELECT id FROM fg_test_case WHERE repo_id = $1 AND suite = $2 AND class_name = $3 AND name = $4"
    [scan] = await _explain(filled, sql, [ASKED, "", "c1", "t1"])
    assert scan.index == "fg_test_case_repo_id_suite_class_name_name_key"
