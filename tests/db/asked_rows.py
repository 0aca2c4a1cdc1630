"""A small history in real rows, whose answers are worked out by hand in the tests of the questions.

Two days of a repository's runs with one from long ago, four tests, and beside it a repository with worse ones.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from app.core.events import RepositoryRef
from app.db.partitions import ensure_month
from app.db.repositories import save_repository

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
SIGNATURE = "5" * 32
TOTAL, EMPTY, WORKS, SLOW = 1, 2, 3, 4
"""The tests, by the numbers that the database gives to the first ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    repo_id: int
    other_id: int


async def store(conn):
    for month in (1, 2, 3):
        await ensure_month(conn, NOW.replace(month=month, day=1))
    asked = Asked(repo_id=await _repository(conn, 7, "web"), other_id=await _repository(conn, 8, "api"))
    for sql in filter(str.strip, _ROWS.split(";")):
        await conn.execute(sql.replace(":repo", str(asked.repo_id)).replace(":other", str(asked.other_id)))
    return asked


async def _repository(conn, number, name):
    ref = RepositoryRef(id=number, owner="acme", name=name, default_branch="main", is_private=False, is_archived=False)
    return await save_repository(conn, ref, None, NOW)


_ROWS = """
INSERT INTO fg_test_case (repo_id, suite, class_name, name, file, owner_team, first_seen_at, last_seen_at)
SELECT :repo, '', class_name, name, file, owner, '2026-01-10', '2026-03-31'
FROM (VALUES (1, 'Cart', 'total', 'tests/cart.py', '@acme/shop'), (2, 'Cart', 'empty', 'tests/cart.py', '@acme/shop'),
             (3, 'Login', 'works', NULL, NULL), (4, 'Login', 'slow', NULL, NULL))
    AS new (place, class_name, name, file, owner)
ORDER BY place;
INSERT INTO fg_workflow_run (repo_id, run_id, run_attempt, workflow_id, workflow_name, event, head_branch, head_sha,
    pull_number, status, conclusion, run_started_at, completed_at, tests, failures, is_infra, html_url)
SELECT :repo, run_id, attempt, 1, 'CI', CASE WHEN pull IS NULL THEN 'push' ELSE 'pull_request' END, branch,
       repeat(sha, 40), pull, 'completed', conclusion, began::timestamptz, ended::timestamptz, 3, failures, infra,
       'https://example.com/' || run_id
FROM (VALUES
    (90, 1, 'main', 'f', NULL, 'success', '2026-01-10 09:00Z', '2026-01-10 09:08Z', 0, false),
    (100, 1, 'main', 'a', NULL, 'failure', '2026-03-30 10:00Z', '2026-03-30 10:20Z', 1, false),
    (100, 2, 'main', 'a', NULL, 'success', '2026-03-30 10:50Z', '2026-03-30 11:00Z', 0, false),
    (101, 1, 'fix', 'b', 5, 'failure', '2026-03-30 23:00Z', '2026-03-30 23:05Z', 1, true),
    (102, 1, 'feature', 'c', 6, 'failure', '2026-03-31 08:00Z', '2026-03-31 08:15Z', 1, false),
    (102, 2, 'feature', 'c', 6, 'success', '2026-03-31 11:00Z', '2026-03-31 11:20Z', 0, false))
    AS new (run_id, attempt, branch, sha, pull, conclusion, began, ended, failures, infra);
INSERT INTO fg_job (repo_id, workflow_run, job_id, name, variant, status, conclusion, started_at, completed_at, html_url)
SELECT :repo, run.id, run.run_id * 100 + run.run_attempt * 10 + job.number, job.name, job.name, 'completed',
       CASE WHEN job.name = 'test' THEN run.conclusion WHEN run.run_id = 101 THEN 'cancelled' ELSE 'success' END,
       run.run_started_at,
       CASE WHEN job.name = 'lint' THEN run.run_started_at + interval '2 minutes'
            WHEN run.run_id = 100 THEN run.run_started_at + interval '10 minutes' ELSE run.completed_at END,
       CASE WHEN run.run_id > 100 THEN 'https://example.com/job' END
FROM fg_workflow_run AS run
CROSS JOIN (VALUES (1, 'test'), (2, 'lint')) AS job (number, name)
WHERE run.repo_id = :repo AND (job.name = 'test' OR run.run_id = 101 OR (run.run_id, run.run_attempt) = (100, 1))
ORDER BY run.id, job.number;
INSERT INTO fg_occurrence (repo_id, workflow_run, job, test_id, created_at, ordinal, duration_ms, outcome, source,
    failure_message, failure_msg_signature, failure_loose_signature)
SELECT :repo, run.id, job.id, test.id, run.run_started_at, new.ordinal, new.ms, new.outcome::fg_outcome, 'report',
       new.message, CASE WHEN new.message IS NOT NULL THEN repeat('5', 32) END,
       CASE WHEN new.message IS NOT NULL THEN 'loose' END
FROM (VALUES
    (90, 1, 'total', 1, 'passed', 100, NULL),
    (100, 1, 'total', 1, 'failed', 300, E'boom\\nmore'), (100, 2, 'total', 1, 'passed', 200, NULL),
    (101, 1, 'total', 1, 'failed', 300, E'\\n  boom of an outage'),
    (102, 1, 'total', 1, 'failed', 300, 'boom'), (102, 1, 'total', 2, 'passed', 50, NULL),
    (102, 2, 'total', 1, 'passed', 400, NULL),
    (100, 1, 'empty', 1, 'passed', 10, NULL), (102, 1, 'empty', 1, 'error', 10, 'boom again'),
    (102, 2, 'empty', 1, 'passed', 10, NULL),
    (100, 1, 'works', 1, 'passed', 1000, NULL), (102, 2, 'works', 1, 'skipped', 5000, NULL))
    AS new (run_id, attempt, name, ordinal, outcome, ms, message)
JOIN fg_workflow_run AS run
  ON run.repo_id = :repo AND run.run_id = new.run_id AND run.run_attempt = new.attempt
JOIN fg_job AS job ON job.repo_id = :repo AND job.workflow_run = run.id AND job.name = 'test'
JOIN fg_test_case AS test ON test.repo_id = :repo AND test.name = new.name;
INSERT INTO fg_flake_score (repo_id, test_id, score, flake_rate, low, high, standing, window_n, runs, failures, e1, e2,
    last_flake_at, scorer_version, last_updated_at)
VALUES (:repo, 1, 0.9, 0.5, 0.25, 0.75, 'flaky', 50, 4, 3, 1, 2, '2026-03-31 08:00Z', 1, '2026-03-31'),
       (:repo, 2, 0.9, 0.25, 0.1, 0.4, 'flaky', 50, 4, 1, 0, 1, '2026-03-31 08:00Z', 1, '2026-03-31'),
       (:repo, 3, 0.4, 0, 0, 0.2, 'suspect', 50, 4, 0, 0, 0, NULL, 1, '2026-03-31'),
       (:repo, 4, 0, 0, 0, 0.2, 'healthy', 50, 4, 0, 0, 0, NULL, 1, '2026-03-31');
INSERT INTO fg_evidence (repo_id, test_id, grade, weight, at, age, head_sha, pull_number, from_fork, failed_run_id,
    failed_run_attempt, failed_job, failed_ordinal, passed_run_id, passed_run_attempt, passed_job, passed_ordinal)
VALUES (:repo, 1, 'E1', 1, '2026-03-31 08:00Z', 0, 'c', 6, false, 102, 1, 'test', 1, 102, 1, 'test', 2),
       (:repo, 1, 'E4', 1, '2026-03-31 08:00Z', 0, 'c', 6, false, 102, 1, 'test', 1, NULL, NULL, NULL, NULL),
       (:repo, 1, 'E2', 1, '2026-03-30 10:00Z', 2, 'a', NULL, false, 100, 1, 'test', 1, 100, 2, 'test', 1),
       (:repo, 1, 'E2', 1, '2026-03-01', 5, 'd', NULL, false, 80, 1, 'test', 1, 80, 2, 'test', 1),
       (:repo, 1, 'E3', 1, '2026-02-01', 9, 'e', NULL, false, 70, 1, 'test', 1, 70, 2, 'test', 1);
INSERT INTO fg_quarantine_decision (repo_id, test_id, state, rationale, by_user, until, decided_at, ended_at, flake_rate)
VALUES (:repo, 2, 'PROPOSED', 'it flakes', NULL, NULL, '2026-03-20', '2026-03-30 09:00Z', 0.25),
       (:repo, 2, 'ACTIVE', 'agreed', 'mona', '2026-04-30', '2026-03-30 09:00Z', NULL, 0.25),
       (:repo, 3, 'ACTIVE', 'it flakes', NULL, '2026-04-01', '2026-03-01', '2026-03-15', 0.1),
       (:repo, 3, 'RESOLVED', 'it passes', NULL, NULL, '2026-03-15', '2026-03-15', 0.1),
       (:repo, 4, 'EXPIRED', 'its time was over', NULL, NULL, '2026-02-01', '2026-02-01', 0.1);
INSERT INTO fg_issue_link (repo_id, key, test_id, number, url)
VALUES (:repo, 'aaaaaaaaaaaa', 1, 12, 'https://example.com/12'), (:repo, 'bbbbbbbbbbbb', 1, 13, 'https://example.com/13');
INSERT INTO fg_issue_member (repo_id, test_id, link_id) SELECT repo_id, test_id, id FROM fg_issue_link WHERE number = 13;
INSERT INTO fg_daily (repo_id, test_id, day, passed, skipped, timed, duration_ms, slowest_ms)
VALUES (:repo, 1, '2025-12-01', 4, 1, 2, 500, 300), (:repo, 1, '2025-12-02', 1, 0, 0, 0, NULL),
       (:repo, 3, '2026-03-15', 7, 0, 0, 0, NULL), (:repo, 3, '2026-03-16', 5, 0, 0, 0, NULL);
INSERT INTO fg_failure_cluster (repo_id, failure_msg_signature, rules_version, title, occurrence_count, test_count,
    first_seen_at, last_seen_at, kind)
VALUES (:repo, repeat('5', 32), 1, 'by older rules', 1, 1, '2026-03-01', '2026-03-02', 'test'),
       (:repo, repeat('5', 32), 2, 'boom', 4, 2, '2026-03-30 10:00Z', '2026-03-31 08:00Z', 'test'),
       (:repo, repeat('6', 32), 2, 'no space left', 9, 9, '2026-03-29', '2026-03-29', 'infra'),
       (:other, repeat('5', 32), 3, 'of another repository', 99, 9, '2026-03-01', '2026-03-31', 'test');
INSERT INTO fg_failure_cluster_test (repo_id, cluster_id, test_id, occurrence_count, last_seen_at)
VALUES (:repo, 2, 1, 3, '2026-03-31 08:00Z'), (:repo, 2, 2, 1, '2026-03-31 08:00Z');
INSERT INTO fg_test_case (repo_id, suite, class_name, name, first_seen_at, last_seen_at)
VALUES (:other, '', 'Other', 'test', '2026-01-10', '2026-03-31');
INSERT INTO fg_flake_score (repo_id, test_id, score, flake_rate, low, high, standing, window_n, runs, failures,
    scorer_version, last_updated_at)
VALUES (:other, 5, 1, 1, 1, 1, 'flaky', 50, 4, 4, 1, '2026-03-31');
INSERT INTO fg_quarantine_decision (repo_id, test_id, state, rationale, decided_at)
VALUES (:other, 5, 'PROPOSED', 'it flakes', '2026-03-20')
"""
