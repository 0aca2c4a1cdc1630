"""Workflow runs: the list, and one of them with its attempts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import msgspec

from app.core.model import RepoId
from app.core.paging import Mark, Page, cut
from app.db.connection import Connection, Record
from app.db.reading.jobs import LONGEST_NOTE, ShownJob, list_jobs_by_attempt
from app.db.reading.marks import LARGEST, LATEST, MOST_ROWS, moment, number, read_mark
from app.db.reading.wanted import Days, Number, Words, since_days, text_if_any


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsWanted:
    """Which runs are asked for; all of a run's figures are those of its latest attempt."""

    branch: Annotated[Words | None, msgspec.Meta(description="Branch of the commit, as GitHub names it.")] = None
    conclusion: Annotated[
        Words | None, msgspec.Meta(description="GitHub's word of the latest attempt: success, failure, cancelled, …")
    ] = None
    days: Annotated[Days | None, msgspec.Meta(description="Begun so many days before the latest run.")] = None
    pull: Annotated[Number | None, msgspec.Meta(description="Number of its pull request.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRun:
    """A run as its latest attempt left it.

    `run_id` is GitHub's, `attempts` the number of the latest one. `conclusion` is GitHub's word, None until it ended.
    `first_started_at` is the start of the oldest attempt that is stored, `started_at` that of the latest. `tests` and
    `failures` count distinct tests of the latest attempt; `is_infra` says that it failed as a whole, `turned_green` that
    it succeeded where an earlier one had failed: on the same code, so something in it is flaky.
    """

    run_id: int
    attempts: int
    workflow_name: str
    event: str
    branch: str | None
    pull_number: int | None
    head_sha: str
    first_started_at: datetime
    started_at: datetime
    completed_at: datetime | None
    status: str
    conclusion: str | None
    tests: int
    failures: int
    is_infra: bool
    turned_green: bool
    html_url: str


async def list_runs(
    conn: Connection, repo_id: RepoId, wanted: RunsWanted, after: Mark | None, limit: int
) -> Page[ListedRun]:
    """Return a page of the runs that are wanted, by the start of their latest attempts, newest first. Raises NotAMark."""
    at, last = read_mark(after, moment, number) or (LATEST, LARGEST)
    size = min(limit, MOST_ROWS)
    rows = await conn.fetch(
        """
        SELECT latest.run_id, latest.run_attempt AS attempts, latest.workflow_name, latest.event,
               latest.head_branch AS branch, latest.pull_number, latest.head_sha, earlier.first_started_at,
               latest.run_started_at AS started_at, latest.completed_at, latest.status, latest.conclusion, latest.tests,
               latest.failures, latest.is_infra,
               coalesce(latest.conclusion = 'success' AND earlier.has_failed, false) AS turned_green, latest.html_url
        FROM (
            SELECT *
            FROM fg_workflow_run AS run
            WHERE run.repo_id = $1 AND (run.run_started_at, run.run_id) < ($2, $3)
              AND ($4::text IS NULL OR run.head_branch = $4)
              AND ($5::text IS NULL OR run.conclusion = $5)
              AND ($6::timestamptz IS NULL OR run.run_started_at >= $6)
              AND ($7::bigint IS NULL OR run.pull_number = $7)
              AND NOT EXISTS (
                  SELECT
                  FROM fg_workflow_run AS later
                  WHERE later.repo_id = $1 AND later.run_id = run.run_id AND later.run_attempt > run.run_attempt)
            ORDER BY run.run_started_at DESC, run.run_id DESC
            LIMIT $8
        ) AS latest
        CROSS JOIN LATERAL (
            SELECT min(own.run_started_at) AS first_started_at,
                   bool_or(own.conclusion IN ('failure', 'timed_out')) AS has_failed
            FROM fg_workflow_run AS own
            WHERE own.repo_id = $1 AND own.run_id = latest.run_id
        ) AS earlier
        ORDER BY latest.run_started_at DESC, latest.run_id DESC
        """,
        repo_id,
        at,
        last,
        text_if_any(wanted.branch),
        text_if_any(wanted.conclusion),
        await since_days(conn, repo_id, wanted.days),
        wanted.pull,
        size + 1,
    )
    return cut([ListedRun(**row) for row in rows], size, lambda one: (one.started_at.isoformat(), one.run_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAttempt:
    """One attempt of a run; `note` says what of it could not be read, `ingested_at` when it was (None: still to be)."""

    run_attempt: int
    status: str
    conclusion: str | None
    started_at: datetime
    completed_at: datetime | None
    ingested_at: datetime | None
    note: str | None
    tests: int
    failures: int
    is_infra: bool
    html_url: str
    jobs: tuple[ShownJob, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRun:
    """A run with all of its attempts, the first one first; `check_run_id` is GitHub's of the check run with our verdict."""

    run_id: int
    workflow_name: str
    event: str
    branch: str | None
    pull_number: int | None
    head_sha: str
    base_sha: str | None
    head_repository: str | None
    check_run_id: int | None
    attempts: tuple[ShownAttempt, ...]


async def get_run(conn: Connection, repo_id: RepoId, run_id: int) -> ShownRun | None:
    """Return one run by GitHub's number; None where the repository has none of that number."""
    rows = await conn.fetch(
        """
        SELECT run.id, run.workflow_name, run.event, run.head_branch, run.pull_number, run.head_sha, run.base_sha,
               run.head_repository, run.run_attempt, run.status, run.conclusion, run.run_started_at, run.completed_at,
               run.ingested_at, left(run.ingest_note, $3) AS ingest_note, run.tests, run.failures, run.is_infra, run.html_url,
               (SELECT external_id
                FROM fg_report AS report
                WHERE report.repo_id = $1 AND report.kind = 'check' AND report.subject = run.head_sha) AS check_run_id
        FROM fg_workflow_run AS run
        WHERE run.repo_id = $1 AND run.run_id = $2
        ORDER BY run.run_attempt
        """,
        repo_id,
        run_id,
        LONGEST_NOTE,
    )
    if not rows:
        return None
    jobs = await list_jobs_by_attempt(conn, repo_id, {row["id"]: row["run_attempt"] for row in rows})
    return _run(run_id, rows, jobs)


def _run(run_id: int, rows: Sequence[Record], jobs: Mapping[int, Sequence[ShownJob]]) -> ShownRun:
    latest = rows[-1]
    return ShownRun(
        run_id=run_id,
        workflow_name=latest["workflow_name"],
        event=latest["event"],
        branch=latest["head_branch"],
        pull_number=latest["pull_number"],
        head_sha=latest["head_sha"],
        base_sha=latest["base_sha"],
        head_repository=latest["head_repository"],
        check_run_id=latest["check_run_id"],
        attempts=tuple(_attempt(row, jobs.get(row["id"], ())) for row in rows),
    )


def _attempt(row: Record, jobs: Sequence[ShownJob]) -> ShownAttempt:
    return ShownAttempt(
        run_attempt=row["run_attempt"],
        status=row["status"],
        conclusion=row["conclusion"],
        started_at=row["run_started_at"],
        completed_at=row["completed_at"],
        ingested_at=row["ingested_at"],
        note=row["ingest_note"],
        tests=row["tests"],
        failures=row["failures"],
        is_infra=row["is_infra"],
        html_url=row["html_url"],
        jobs=tuple(jobs),
    )
