"""What the schema promises: explained, indexed where it is asked, and nothing left behind."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from app.core.events import RepositoryRef
from app.db.partitions import ensure_month
from app.db.repositories import save_repository
from tests.db.test_every_query import QUERIES

AT = datetime(2026, 1, 10, tzinfo=UTC)
MONTHS = 12
REPOSITORYS_TABLES = [
    "fg_audit", "fg_backfill", "fg_cluster_alias", "fg_cluster_score", "fg_codeowners", "fg_daily", "fg_evidence", "fg_failure_cluster", "fg_failure_cluster_test", "fg_flake_score", "fg_issue_closing", "fg_issue_link", "fg_issue_member",
    "fg_job", "fg_notice", "fg_occurrence", "fg_proof", "fg_quarantine_decision", "fg_report", "fg_rerun", "fg_run_look", "fg_test_case", "fg_upload", "fg_watch", "fg_workflow_run",
]  # fmt: skip


async def test_every_column_of_ours_is_explained(conn):
    rows = await conn.fetch(
        """
        SELECT c.relname || '.' || a.attname AS name
        FROM pg_class AS c
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relkind IN ('r', 'p') AND c.relname LIKE 'fg\\_%' AND NOT c.relispartition
          AND col_description(c.oid, a.attnum) IS NULL
        """
    )
    assert [row["name"] for row in rows] == []


async def test_every_foreign_key_has_an_index_that_finds_the_rows_of_a_deleted_parent(conn):
    rows = await conn.fetch(
        """
        SELECT k.conrelid::regclass || '.' || k.conname AS name
        FROM pg_constraint AS k
        WHERE k.contype = 'f' AND k.conparentid = 0 AND NOT EXISTS (
            SELECT
            FROM pg_index AS i
            WHERE i.indrelid = k.conrelid AND (i.indkey::int2[])[0:cardinality(k.conkey) - 1] = k.conkey)
        """
    )
    assert [row["name"] for row in rows] == []


@pytest.mark.parametrize(
    ("table", "index"),
    [
        ("fg_repository", "UNIQUE (provider, external_id)"),
        ("fg_workflow_run", "UNIQUE (repo_id, run_id, run_attempt)"),
        ("fg_job", "UNIQUE (repo_id, job_id)"),
        ("fg_test_case", "UNIQUE (repo_id, suite, class_name, name)"),
        ("fg_occurrence", "UNIQUE (repo_id, job, test_id, ordinal, created_at)"),
        ("fg_occurrence", "(repo_id, test_id, created_at)"),
        ("fg_occurrence", "(repo_id, failure_msg_signature) WHERE (failure_msg_signature IS NOT NULL)"),
        ("fg_flake_score", "UNIQUE (repo_id, test_id)"),
        ("fg_flake_score", "(repo_id, score DESC)"),
        ("fg_quarantine_decision", "UNIQUE (repo_id, test_id) WHERE (ended_at IS NULL)"),
        ("fg_issue_link", "UNIQUE (repo_id, provider, number)"),
        ("fg_failure_cluster", "UNIQUE (repo_id, failure_msg_signature, rules_version)"),
        ("fg_failure_cluster_test", "UNIQUE (repo_id, cluster_id, test_id)"),
    ],
)
async def test_what_is_looked_up_or_must_be_unique_has_its_index(conn, table, index):
    rows = await conn.fetch("SELECT indexdef FROM pg_indexes WHERE tablename = $1", table)
    prefix = "UNIQUE " if index.startswith("UNIQUE") else ""
    columns = index.removeprefix("UNIQUE ")
    assert any(f"CREATE {prefix}INDEX" in row[0] and row[0].endswith(f"btree {columns}") for row in rows)


@pytest.fixture
async def repo_id(conn):
    return await _repository(conn, 7)


async def _repository(conn, number):
    ref = RepositoryRef(id=number, owner="acme", name="web", default_branch="main", is_private=False, is_archived=False)
    return await save_repository(conn, ref, None, AT)


async def _fill(conn, repo_id):
    """Twelve months with ten runs of a hundred tests each, and a row in every other table of the repository."""
    for month in range(MONTHS):
        await ensure_month(conn, AT.replace(month=month + 1))
    for sql in _ROWS.split(";"):
        await conn.execute(sql.replace(":repo", str(repo_id)))
    await conn.execute("ANALYZE")


_ROWS = """
INSERT INTO fg_test_case (repo_id, suite, class_name, name, first_seen_at, last_seen_at)
SELECT :repo, '', 'c', 't' || n, '2026-01-10', '2026-01-10' FROM generate_series(1, 100) AS n;
INSERT INTO fg_workflow_run (repo_id, run_id, run_attempt, workflow_id, workflow_name, event, head_sha, pull_number,
    status, run_started_at, html_url)
SELECT :repo, m * 100 + n, 1, 1, 'CI', 'push', m || '-' || n, n, 'completed',
       '2026-01-10 00:00Z'::timestamptz + m * interval '1 month' + n * interval '1 hour', ''
FROM generate_series(0, 11) AS m, generate_series(1, 10) AS n;
INSERT INTO fg_job (repo_id, workflow_run, job_id, name, variant, status)
SELECT repo_id, id, run_id, 'test', 'test', 'completed' FROM fg_workflow_run WHERE repo_id = :repo;
INSERT INTO fg_occurrence (repo_id, workflow_run, job, test_id, created_at, ordinal, outcome, source,
    failure_msg_signature, failure_loose_signature)
SELECT run.repo_id, run.id, job.id, test.id, run.run_started_at, 1,
       CASE WHEN (test.id + run.id) % 20 = 0 THEN 'failed' ELSE 'passed' END::fg_outcome, 'report', 's', 'l'
FROM fg_workflow_run AS run
JOIN fg_job AS job ON job.repo_id = run.repo_id AND job.workflow_run = run.id
JOIN fg_test_case AS test ON test.repo_id = run.repo_id
WHERE run.repo_id = :repo;
UPDATE fg_test_case SET renamed_to = (SELECT max(id) FROM fg_test_case WHERE repo_id = :repo)
WHERE repo_id = :repo AND name = 't1';
INSERT INTO fg_flake_score (repo_id, test_id, score, flake_rate, low, high, standing, window_n, runs, failures,
    scorer_version, last_updated_at)
SELECT :repo, id, 0.5, 0.5, 0, 1, 'flaky', 50, 50, 5, 1, '2026-01-10' FROM fg_test_case WHERE repo_id = :repo AND id % 9 = 0;
INSERT INTO fg_evidence (repo_id, test_id, grade, weight, at, age, head_sha, from_fork, failed_run_id,
    failed_run_attempt, failed_job, failed_ordinal)
SELECT :repo, id, 'E1', 1, '2026-01-10', 1, 'a', false, 1, 1, 'test', 1 FROM fg_test_case WHERE repo_id = :repo;
INSERT INTO fg_proof (repo_id, test_id, loose_signature, proven_at)
SELECT :repo, id, 'l', '2026-01-10' FROM fg_test_case WHERE repo_id = :repo;
INSERT INTO fg_quarantine_decision (repo_id, test_id, state, rationale, decided_at, ended_at)
SELECT :repo, id, 'ACTIVE', 'w', '2026-01-10', '2026-01-11' FROM fg_test_case WHERE repo_id = :repo;
INSERT INTO fg_quarantine_decision (repo_id, test_id, state, rationale, decided_at, previous_id)
SELECT :repo, test_id, 'ACTIVE', 'w', '2026-01-12', id FROM fg_quarantine_decision WHERE repo_id = :repo;
INSERT INTO fg_failure_cluster (repo_id, failure_msg_signature, rules_version, title, occurrence_count, test_count,
    first_seen_at, last_seen_at)
VALUES (:repo, 's', 1, 't', 1, 1, '2026-01-10', '2026-01-10');
INSERT INTO fg_failure_cluster_test (repo_id, cluster_id, test_id, occurrence_count, last_seen_at)
SELECT :repo, c.id, t.id, 1, '2026-01-10'
FROM fg_failure_cluster AS c JOIN fg_test_case AS t USING (repo_id) WHERE c.repo_id = :repo;
INSERT INTO fg_cluster_score (repo_id, cluster_id, score, flake_rate, low, high, standing, window_n, runs, failures,
    scorer_version, last_updated_at)
SELECT :repo, id, 0.5, 0.5, 0, 1, 'flaky', 50, 50, 5, 1, '2026-01-10' FROM fg_failure_cluster WHERE repo_id = :repo;
INSERT INTO fg_evidence (repo_id, cluster_id, grade, weight, at, age, head_sha, from_fork, failed_run_id,
    failed_run_attempt, failed_job, failed_ordinal)
SELECT :repo, id, 'E1', 1, '2026-01-10', 1, 'a', false, 1, 1, 'test', 1 FROM fg_failure_cluster WHERE repo_id = :repo;
INSERT INTO fg_daily (repo_id, test_id, day, passed, skipped, timed, duration_ms)
SELECT :repo, id, '2025-12-01', 1, 0, 0, 0 FROM fg_test_case WHERE repo_id = :repo;
INSERT INTO fg_issue_link (repo_id, key, cluster_id) SELECT :repo, 'abcdefabcdef', id FROM fg_failure_cluster WHERE repo_id = :repo;
INSERT INTO fg_issue_member (repo_id, test_id, link_id)
SELECT :repo, test.id, link.id FROM fg_test_case AS test JOIN fg_issue_link AS link USING (repo_id) WHERE test.repo_id = :repo;
INSERT INTO fg_issue_closing (repo_id, link_id, closed_at, reopened_at)
SELECT :repo, id, '2026-01-10', '2026-01-11' FROM fg_issue_link WHERE repo_id = :repo;
INSERT INTO fg_notice (repo_id, subject, external_id, digest, at) VALUES (:repo, 'digest', 1, 'd', now());
INSERT INTO fg_rerun (repo_id, run_id, run_attempt, at) VALUES (:repo, 1, 1, now());
INSERT INTO fg_backfill (repo_id, since, most_runs, started_at, reached)
VALUES (:repo, '2026-01-01', 200, '2026-01-31', '2026-01-10');
INSERT INTO fg_watch (repo_id, pull_number, turn, pause_seconds) VALUES (:repo, 1, 1, 60);
INSERT INTO fg_run_look (repo_id, due_at) VALUES (:repo, now());
INSERT INTO fg_cluster_alias (repo_id, signature, into_signature, rules_version, by_user, at) VALUES (:repo, 'q', 's', 1, 'a', now());
INSERT INTO fg_upload (repo_id, run_id, run_attempt, job_id, job, head_sha, html_url, created_at, digest, reports)
VALUES (:repo, 1, 1, 1, 'unit', 'a', '', now(), decode('00', 'hex'), decode('00', 'hex'));
INSERT INTO fg_codeowners (repo_id, sha, content, read_at) VALUES (:repo, 'a', '* @a', now());
INSERT INTO fg_report (repo_id, kind, subject, opened_at, updated_at) VALUES (:repo, 'check', 'a', now(), now());
INSERT INTO fg_audit (repo_id, at, actor, action, previous_hash, hash) VALUES (:repo, now(), 'a', 'b', '', 'c')
"""


async def test_a_deleted_repository_leaves_nothing_behind_and_takes_nothing_of_another(conn, repo_id):
    other = await _repository(conn, 8)
    await _fill(conn, repo_id)
    await _fill(conn, other)
    owned = await conn.fetch(
        "SELECT c.relname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'repo_id'"
        " WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1"
    )
    assert [row[0] for row in owned] == REPOSITORYS_TABLES
    await conn.execute("DELETE FROM fg_repository WHERE id = $1", repo_id)
    for table in REPOSITORYS_TABLES:
        left = await conn.fetch(f"SELECT DISTINCT repo_id FROM {table}")
        assert [row[0] for row in left] == [other], table


async def _plan(conn, function, *args):
    """Every scan that ran, as (relation, index or None), of the query of that function."""
    [sql] = [query.sql for query in QUERIES if query.function == function]
    # A statement of the server's own: for EXPLAIN with parameters it always plans for their values.
    await conn.execute(f"PREPARE asked AS {sql}")
    text = await conn.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE asked ({', '.join(map(_literal, args))})")
    await conn.execute("DEALLOCATE asked")
    return [(n["Relation Name"], n.get("Index Name")) for n in _nodes(json.loads(text)[0]["Plan"]) if _has_run(n)]


def _literal(value):
    return f"'{{{', '.join(map(str, value))}}}'" if isinstance(value, list) else f"'{value}'"


def _nodes(node):
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def _has_run(node):
    return "Relation Name" in node and node["Actual Loops"] > 0


def _months(scans):
    return {relation for relation, _ in scans if relation.startswith("fg_occurrence")}


@pytest.fixture(params=["force_custom_plan", "force_generic_plan"])
async def filled(conn, repo_id, request):
    """A connection to twelve months of history, once with plans for the values, once with one plan for all values."""
    await _fill(conn, repo_id)
    await conn.execute(f"SET plan_cache_mode = {request.param}")
    return conn


async def _last_run(conn, repo_id):
    return await conn.fetchrow(
        "SELECT run.id, run.head_sha, run.run_started_at AS at, job.id AS job FROM fg_workflow_run AS run"
        " JOIN fg_job AS job ON job.workflow_run = run.id WHERE run.repo_id = $1 ORDER BY run.run_started_at DESC LIMIT 1",
        repo_id,
    )


async def test_a_runs_failures_and_tries_are_looked_for_in_its_month_only(filled, repo_id):
    run = await _last_run(filled, repo_id)
    tests = list(range(1, 101))
    asked = {
        "list_last_failures": (repo_id, [run["job"]], [run["at"]]),
        "list_tests_to_score": (repo_id, run["id"], run["at"]),
        "count_tries_on": (repo_id, tests, run["head_sha"]),
        "list_tests_failed_on": (repo_id, run["head_sha"]),
        "list_failures_of_head": (repo_id, run["head_sha"], 20),
        "_spread": (repo_id, [1101], [1], 3),
    }
    if filled.get_server_version().major < 18:
        # Without the arguments, an older planner joins so few runs the other way round, and looks into all months.
        is_generic = await filled.fetchval("SELECT current_setting('plan_cache_mode')") == "force_generic_plan"
        asked = {name: args for name, args in asked.items() if name != "count_tries_on" or not is_generic}
    months = {name: _months(await _plan(filled, name, *args)) for name, args in asked.items()}
    assert months == {name: {"fg_occurrence_2026_12"} for name in asked}


async def test_what_was_hit_lately_is_looked_for_in_the_latest_months_only(filled, repo_id):
    since = datetime(2026, 12, 10, tzinfo=UTC) - timedelta(days=7)
    assert _months(await _plan(filled, "list_heads_hit", repo_id, [1, 2], since, 30)) == {"fg_occurrence_2026_12"}
    before = datetime(2026, 12, 30, tzinfo=UTC)
    logs = _months(await _plan(filled, "list_failed_in_logs", repo_id, "test", before, 100))
    assert logs <= {f"fg_occurrence_2026_{month:02}" for month in range(7, 13)}


async def test_a_history_is_read_by_the_tests_index_from_the_newest_month_back_as_far_as_is_needed(filled, repo_id):
    scans = await _plan(filled, "_read_executions", repo_id, [1, 2, 3], 15)
    months = [one for one in scans if one[0].startswith("fg_occurrence")]
    assert _months(scans) <= {"fg_occurrence_2026_12", "fg_occurrence_2026_11"}
    assert all(index is not None and index.endswith("_repo_id_test_id_created_at_idx") for _, index in months)
