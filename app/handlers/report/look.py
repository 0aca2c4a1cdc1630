"""Put together what is known of a commit: its runs as GitHub lists them now, and what was stored of them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from app.core.complete import missing_from
from app.core.verdict import FailedTest, JobView, RunView, latest_jobs
from app.db.connection import Connection
from app.db.jobs import StoredJob, list_jobs, trailing_test_counts
from app.db.occurrences import list_last_failures
from app.db.runs import StoredAttempt, list_attempts_of_head
from app.github.actions import RunInfo
from app.handlers.bot import KnownRepo, LinkedRepo
from app.handlers.heads import covered_runs
from app.handlers.report.known import failed_test, what_is_known


async def look_at_runs(
    conn: Connection,
    repo: LinkedRepo,
    head_sha: str,
    runs: Sequence[RunInfo],
    pulls: Collection[int],
    files: frozenset[str],
) -> tuple[RunView, ...]:
    """Return the latest run of each workflow and event, with the latest attempt of each of its jobs.

    `runs` are those that GitHub lists for the commit; builds elsewhere whose reports were sent to us are runs, too.
    `pulls` are the numbers of the commit's open pull requests: their own runs never excuse their own failures. `files` are those
    that they touch.
    """
    stored = await list_attempts_of_head(conn, repo.id, head_sha)
    covered = covered_runs(runs, stored)
    if not covered:
        return ()
    jobs = await list_jobs(conn, repo.id, [attempt.id for attempt in stored])
    real = [job for job in jobs if job.job_id > 0]
    starts = {attempt.run_started_at for attempt in stored}
    failures = await list_last_failures(conn, repo.id, [job.id for job in real], sorted(starts))
    known = await what_is_known(conn, repo, failures, pulls, files, stored, head_sha)
    attempts = {attempt.id: attempt.key for attempt in stored}
    infra = {job.id: job.infra for job in real}
    by_job: defaultdict[int, list[FailedTest]] = defaultdict(list)
    for failure in failures:
        test = failed_test(failure, known, attempts[failure.workflow_run], infra=infra[failure.job])
        by_job[failure.job].append(test)
    views = {job.id: await _job_view(conn, repo, job, _attempt_of(job, stored), by_job[job.id]) for job in real}
    return tuple(_run_view(run, stored, real, views) for run in covered)


def _attempt_of(job: StoredJob, stored: Sequence[StoredAttempt]) -> StoredAttempt:
    return next(attempt for attempt in stored if attempt.id == job.workflow_run)


def _run_view(
    run: RunInfo, stored: Sequence[StoredAttempt], jobs: Sequence[StoredJob], views: Mapping[int, JobView]
) -> RunView:
    attempts = [attempt for attempt in stored if attempt.run_id == run.id]
    # All attempts: a re-run of some jobs leaves the others to be read from the attempt that ran them.
    read = {one.run_attempt for one in attempts if one.ingested_at is not None}
    is_read = read >= set(range(1, run.run_attempt + 1))
    own = [[views[job.id] for job in jobs if job.workflow_run == attempt.id] for attempt in attempts]
    return RunView(
        run_id=run.id,
        attempt=run.run_attempt,
        workflow=run.name,
        event=run.event,
        status=run.status,
        conclusion=run.conclusion,
        url=run.html_url,
        is_read=is_read,
        jobs=latest_jobs(own),
    )


async def _job_view(
    conn: Connection, repo: KnownRepo, job: StoredJob, attempt: StoredAttempt, failed: Sequence[FailedTest]
) -> JobView:
    missing = None
    if job.conclusion == "failure":
        usual = await trailing_test_counts(conn, repo.id, job.variant, repo.row.names, before=attempt.run_started_at)
        missing = missing_from(
            job.tests,
            usual,
            read_whole=job.is_complete,
            stopped_early=job.stopped_early,
            is_cut=job.is_cut,
            is_log_read=job.is_log_read is not False,
        )
    return JobView(
        name=job.name,
        status=job.status,
        conclusion=job.conclusion,
        url=job.html_url,
        attempt=attempt.run_attempt,
        has_results=job.source != "none",
        missing=missing,
        note=job.note,
        infra=job.infra,
        failed_step=job.failed_step,
        other_step=job.other_step,
        failed=tuple(failed),
    )
