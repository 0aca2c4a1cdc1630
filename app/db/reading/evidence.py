"""The pairs of executions that a test's score is made of."""

from dataclasses import dataclass
from datetime import datetime

from app.core.model import Grade, Outcome, RepoId, TestId
from app.core.paging import Mark, Page, cut
from app.db.connection import Connection, Record
from app.db.reading.marks import LATEST, MOST_ROWS, moment, number, read_mark


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedExecution:
    """One of the two executions: run and attempt by GitHub's numbers, `job` its variant.

    `outcome`, `head_sha` and `html_url` (the job's page, or the run's) are None where the execution or its run is not
    stored any more.
    """

    run_id: int
    run_attempt: int
    job: str
    ordinal: int
    outcome: Outcome | None
    head_sha: str | None
    html_url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidencePair:
    """A failure, and the pass that shows it to be a flake; `passed` is None where the grade needs none.

    E1 is the strongest grade; E1 to E3 prove, E4 and E5 suggest. `weight` is the grade's own, before it decays with
    `age`, the test's runs since. `at` is the start of the failing attempt, `head_sha` its commit; `from_fork` says that
    it was another repository's code.
    """

    id: int
    grade: Grade
    at: datetime
    weight: float
    age: int
    head_sha: str
    pull_number: int | None
    from_fork: bool
    failed: PairedExecution
    passed: PairedExecution | None


async def list_evidence(
    conn: Connection, repo_id: RepoId, test_id: TestId, after: Mark | None, limit: int
) -> Page[EvidencePair]:
    """Return a page of a test's evidence, latest first. Raises NotAMark."""
    at, last = read_mark(after, moment, number) or (LATEST, 0)
    size = min(limit, MOST_ROWS)
    rows = await conn.fetch(
        """
        SELECT e.id, e.grade, e.at, e.weight, e.age, e.head_sha, e.pull_number, e.from_fork,
               e.failed_run_id, e.failed_run_attempt, e.failed_job, e.failed_ordinal,
               failed.outcome AS failed_outcome, failed.head_sha AS failed_sha, failed.html_url AS failed_url,
               e.passed_run_id, e.passed_run_attempt, e.passed_job, e.passed_ordinal,
               passed.outcome AS passed_outcome, passed.head_sha AS passed_sha, passed.html_url AS passed_url
        FROM (
            SELECT *
            FROM fg_evidence
            WHERE repo_id = $1 AND test_id = $2 AND at <= $3 AND (at < $3 OR id > $4)
            ORDER BY at DESC, id
            LIMIT $5
        ) AS e
        LEFT JOIN LATERAL (
            SELECT run.head_sha, coalesce(job.html_url, run.html_url) AS html_url, o.outcome
            FROM fg_workflow_run AS run
            LEFT JOIN fg_job AS job
              ON job.repo_id = $1 AND job.workflow_run = run.id AND job.variant = e.failed_job
            LEFT JOIN fg_occurrence AS o
              ON o.repo_id = $1 AND o.job = job.id AND o.test_id = $2 AND o.ordinal = e.failed_ordinal
                 AND o.created_at = run.run_started_at
            WHERE run.repo_id = $1 AND run.run_id = e.failed_run_id AND run.run_attempt = e.failed_run_attempt
            ORDER BY o.outcome IN ('failed', 'error') DESC NULLS LAST, job.id
            LIMIT 1
        ) AS failed ON true
        LEFT JOIN LATERAL (
            SELECT run.head_sha, coalesce(job.html_url, run.html_url) AS html_url, o.outcome
            FROM fg_workflow_run AS run
            LEFT JOIN fg_job AS job
              ON job.repo_id = $1 AND job.workflow_run = run.id AND job.variant = e.passed_job
            LEFT JOIN fg_occurrence AS o
              ON o.repo_id = $1 AND o.job = job.id AND o.test_id = $2 AND o.ordinal = e.passed_ordinal
                 AND o.created_at = run.run_started_at
            WHERE run.repo_id = $1 AND run.run_id = e.passed_run_id AND run.run_attempt = e.passed_run_attempt
            ORDER BY o.outcome = 'passed' DESC NULLS LAST, job.id
            LIMIT 1
        ) AS passed ON true
        ORDER BY e.at DESC, e.id
        """,
        repo_id,
        test_id,
        at,
        last,
        size + 1,
    )
    return cut([_pair(row) for row in rows], size, lambda pair: (pair.at.isoformat(), pair.id))


def _pair(row: Record) -> EvidencePair:
    return EvidencePair(
        id=row["id"],
        grade=row["grade"],
        at=row["at"],
        weight=row["weight"],
        age=row["age"],
        head_sha=row["head_sha"],
        pull_number=row["pull_number"],
        from_fork=row["from_fork"],
        failed=_execution(row, "failed"),
        passed=None if row["passed_run_id"] is None else _execution(row, "passed"),
    )


def _execution(row: Record, side: str) -> PairedExecution:
    return PairedExecution(
        run_id=row[f"{side}_run_id"],
        run_attempt=row[f"{side}_run_attempt"],
        job=row[f"{side}_job"],
        ordinal=row[f"{side}_ordinal"],
        outcome=row[f"{side}_outcome"],
        head_sha=row[f"{side}_sha"],
        html_url=row[f"{side}_url"],
    )
