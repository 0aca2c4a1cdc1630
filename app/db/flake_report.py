"""What the flakiness report reads, and nothing else asks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.model import Grade, RepoId, Standing, TestId
from app.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFigures:
    """How much is stored of a repository. `occurrences` counts what was rolled up by the day, too; None: no run yet."""

    runs: int
    attempts: int
    tests: int
    occurrences: int
    first_at: datetime | None
    last_at: datetime | None


async def read_figures(conn: Connection, repo_id: RepoId) -> StoredFigures:
    """Count what is stored of a repository: the same before and after its old passes are rolled up."""
    [row] = await conn.fetch(
        """
        SELECT run.runs, run.attempts, run.first_at, run.last_at,
               (SELECT count(*) FROM fg_test_case WHERE repo_id = $1) AS tests,
               (SELECT count(*) FROM fg_occurrence WHERE repo_id = $1)
               + (SELECT coalesce(sum(passed + skipped), 0) FROM fg_daily WHERE repo_id = $1)::bigint AS occurrences
        FROM (
            SELECT count(DISTINCT run_id) AS runs, count(*) AS attempts, min(run_started_at) AS first_at,
                   max(run_started_at) AS last_at
            FROM fg_workflow_run
            WHERE repo_id = $1
        ) AS run
        """,
        repo_id,
    )
    return StoredFigures(**row)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredTest:
    """A test with its score, for people. `cluster` is the title of its latest failures, `first_flake_at` the oldest proof."""

    id: int
    suite: str
    class_name: str
    name: str
    file: str | None
    owner_team: str | None
    standing: Standing
    score: float
    flake_rate: float
    low: float
    high: float
    runs: int
    failures: int
    e1: int
    e2: int
    e3: int
    e4: int
    e5: int
    last_flake_at: datetime | None
    broken_since: str | None
    first_flake_at: datetime | None
    cluster: str | None


async def list_scored_tests(conn: Connection, repo_id: RepoId) -> list[ScoredTest]:
    """Return every test with a score, worst first."""
    rows = await conn.fetch(
        """
        SELECT test.id, test.suite, test.class_name, test.name, test.file, test.owner_team, s.standing, s.score,
               s.flake_rate, s.low, s.high, s.runs, s.failures, s.e1, s.e2, s.e3, s.e4, s.e5, s.last_flake_at, s.broken_since,
               (SELECT least(min(proof.proven_at), (
                    SELECT min(evidence.at)
                    FROM fg_evidence AS evidence
                    WHERE evidence.repo_id = $1 AND evidence.test_id = test.id))
                FROM fg_proof AS proof
                WHERE proof.repo_id = $1 AND proof.test_id = test.id AND proof.accepted_by IS NULL) AS first_flake_at,
               (SELECT cluster.title
                FROM fg_failure_cluster_test AS member
                JOIN fg_failure_cluster AS cluster
                  ON cluster.repo_id = member.repo_id AND cluster.id = member.cluster_id
                WHERE member.repo_id = $1 AND member.test_id = test.id
                ORDER BY cluster.kind = 'infra', member.last_seen_at DESC, cluster.id
                LIMIT 1) AS cluster
        FROM fg_flake_score AS s
        JOIN fg_test_case AS test ON test.repo_id = s.repo_id AND test.id = s.test_id
        WHERE s.repo_id = $1
        ORDER BY s.score DESC, s.flake_rate DESC, test.suite, test.class_name, test.name
        """,
        repo_id,
    )
    return [ScoredTest(**row) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietTest:
    """A test that has no score, since nothing in its window failed; `runs` counts the latest ones."""

    id: int
    suite: str
    class_name: str
    name: str
    file: str | None
    owner_team: str | None
    runs: int


async def list_quiet_tests(conn: Connection, repo_id: RepoId, *, window: int, limit: int) -> list[QuietTest]:
    """Return tests without a score: those with an open decision, then the latest seen.

    Of each, `window` executions are looked at, at most.
    """
    rows = await conn.fetch(
        """
        SELECT test.id, test.suite, test.class_name, test.name, test.file, test.owner_team,
               (SELECT count(DISTINCT latest.run_id)
                FROM (
                    SELECT run.run_id
                    FROM fg_occurrence AS o
                    JOIN fg_workflow_run AS run ON run.repo_id = o.repo_id AND run.id = o.workflow_run
                    WHERE o.repo_id = $1 AND o.test_id = test.id
                    ORDER BY o.created_at DESC
                    LIMIT $2
                ) AS latest) AS runs
        FROM fg_test_case AS test
        WHERE test.repo_id = $1 AND NOT EXISTS (
            SELECT FROM fg_flake_score AS s WHERE s.repo_id = $1 AND s.test_id = test.id)
        ORDER BY EXISTS (
            SELECT
            FROM fg_quarantine_decision AS decision
            WHERE decision.repo_id = $1 AND decision.test_id = test.id AND decision.ended_at IS NULL
        ) DESC, test.last_seen_at DESC, test.suite, test.class_name, test.name
        LIMIT $3
        """,
        repo_id,
        window,
        limit,
    )
    return [QuietTest(**row) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedEvidence:
    """A piece of evidence with the pages of both jobs, where they are known."""

    test_id: int
    grade: Grade
    at: datetime
    head_sha: str
    pull_number: int | None
    from_fork: bool
    failed_run_id: int
    failed_run_attempt: int
    failed_job: str
    failed_url: str | None
    passed_run_id: int | None
    passed_run_attempt: int | None
    passed_job: str | None
    passed_url: str | None


async def list_linked_evidence(
    conn: Connection, repo_id: RepoId, tests: Sequence[TestId], *, each: int
) -> list[LinkedEvidence]:
    """Return the evidence of those tests, latest first, at most `each` pieces of a grade and test."""
    rows = await conn.fetch(
        """
        SELECT e.test_id AS test_id, e.grade, e.at, e.head_sha, e.pull_number, e.from_fork, e.failed_run_id, e.failed_run_attempt,
               e.failed_job, e.passed_run_id, e.passed_run_attempt, e.passed_job,
               (SELECT coalesce(job.html_url, run.html_url)
                FROM fg_workflow_run AS run
                LEFT JOIN fg_job AS job
                  ON job.repo_id = run.repo_id AND job.workflow_run = run.id AND job.variant = e.failed_job
                WHERE run.repo_id = $1 AND run.run_id = e.failed_run_id AND run.run_attempt = e.failed_run_attempt
                LIMIT 1) AS failed_url,
               (SELECT coalesce(job.html_url, run.html_url)
                FROM fg_workflow_run AS run
                LEFT JOIN fg_job AS job
                  ON job.repo_id = run.repo_id AND job.workflow_run = run.id AND job.variant = e.passed_job
                WHERE run.repo_id = $1 AND run.run_id = e.passed_run_id AND run.run_attempt = e.passed_run_attempt
                LIMIT 1) AS passed_url
        FROM (
            SELECT *, row_number() OVER (PARTITION BY test_id, grade ORDER BY at DESC, id) AS place
            FROM fg_evidence
            WHERE repo_id = $1 AND test_id = ANY ($2::bigint[])
        ) AS e
        WHERE e.place <= $3
        ORDER BY e.test_id, e.grade, e.at DESC, e.id
        """,
        repo_id,
        list(tests),
        each,
    )
    return [LinkedEvidence(**row) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedCluster:
    """Failures that share a cause; `kind` is test or infra."""

    title: str
    kind: str
    occurrence_count: int
    test_count: int
    first_seen_at: datetime
    last_seen_at: datetime


async def list_reported_clusters(conn: Connection, repo_id: RepoId, limit: int) -> list[ReportedCluster]:
    """Return the causes with the most failures."""
    rows = await conn.fetch(
        """
        SELECT title, kind, occurrence_count, test_count, first_seen_at, last_seen_at
        FROM fg_failure_cluster
        WHERE repo_id = $1
        ORDER BY occurrence_count DESC, last_seen_at DESC, id
        LIMIT $2
        """,
        repo_id,
        limit,
    )
    return [ReportedCluster(**row) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """An attempt whose machines failed: as a whole (`is_whole`), or in jobs whose logs name the `causes`."""

    run_id: int
    run_attempt: int
    workflow_name: str
    run_started_at: datetime
    failures: int
    html_url: str
    is_whole: bool
    causes: list[str]


async def list_incidents(conn: Connection, repo_id: RepoId, limit: int) -> list[Incident]:
    """Return the latest attempts whose failures say nothing about any test."""
    rows = await conn.fetch(
        """
        SELECT run.run_id, run.run_attempt, run.workflow_name, run.run_started_at, run.failures, run.html_url,
               run.is_infra AS is_whole,
               coalesce(array_agg(DISTINCT job.infra) FILTER (WHERE job.infra IS NOT NULL), '{}') AS causes
        FROM fg_workflow_run AS run
        LEFT JOIN fg_job AS job ON job.repo_id = run.repo_id AND job.workflow_run = run.id
        WHERE run.repo_id = $1
        GROUP BY run.repo_id, run.id
        HAVING run.is_infra OR count(job.infra) > 0
        ORDER BY run.run_started_at DESC, run.id DESC
        LIMIT $2
        """,
        repo_id,
        limit,
    )
    return [Incident(**row) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOfTest:
    """What a test did in one run, all attempts and jobs together."""

    test_id: int
    failed: bool
    passed: bool


async def list_latest_runs(
    conn: Connection, repo_id: RepoId, tests: Sequence[TestId], *, executions: int
) -> list[RunOfTest]:
    """Return the runs in the latest `executions` of each of those tests, oldest first; one that only skipped is none."""
    rows = await conn.fetch(
        """
        SELECT wanted.id AS test_id, bool_or(o.outcome IN ('failed', 'error')) AS failed,
               bool_or(o.outcome = 'passed') AS passed
        FROM unnest($2::bigint[]) AS wanted (id)
        CROSS JOIN LATERAL (
            SELECT outcome, created_at, workflow_run
            FROM fg_occurrence
            WHERE repo_id = $1 AND test_id = wanted.id
            ORDER BY created_at DESC
            LIMIT $3
        ) AS o
        JOIN fg_workflow_run AS run ON run.repo_id = $1 AND run.id = o.workflow_run
        WHERE o.outcome <> 'skipped'
        GROUP BY wanted.id, run.run_id
        ORDER BY wanted.id, min(o.created_at), run.run_id
        """,
        repo_id,
        list(tests),
        executions,
    )
    return [RunOfTest(**row) for row in rows]
