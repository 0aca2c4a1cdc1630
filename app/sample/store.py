"""Store what was played, by the functions that store what real runs leave behind."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from app.core.model import CaseName, JobId, RepoId, Source, TestId
from app.core.signature import RULES_VERSION, fingerprint, title
from app.db.cases import ensure_cases
from app.db.clusters import ClusterSeen, save_clusters
from app.db.connection import Connection
from app.db.jobs import NewJob, save_jobs
from app.db.occurrences import NewOccurrence, add_occurrences
from app.db.outages import find_outages
from app.db.runs import NewAttempt, mark_infra, mark_ingested, save_attempt
from app.sample.cast import Stage
from app.sample.plot import PlayedAttempt, PlayedJob

_FIRST_RUN = 19_400_000_000
_SETUP = timedelta(minutes=3)
"""What a job of the sample takes besides its tests."""


async def store_played(conn: Connection, repo_id: RepoId, stage: Stage, attempt: PlayedAttempt) -> list[TestId]:
    """Store one attempt in the caller's transaction, as reading it would have; returns the tests that it ran."""
    attempt_id = await save_attempt(conn, repo_id, _new_attempt(stage, attempt))
    job_ids = await save_jobs(
        conn, repo_id, attempt_id, [_new_job(stage, attempt, place) for place in range(len(attempt.jobs))]
    )
    files: dict[CaseName, str | None] = {
        one.player.case: one.player.file for job in attempt.jobs for one in job.executions
    }
    cases = await ensure_cases(conn, repo_id, files, attempt.at)
    rows = list(_occurrences(stage, attempt, job_ids, cases))
    await add_occurrences(conn, repo_id, attempt_id, attempt.at, rows, is_first=True)
    await save_clusters(conn, repo_id, list(_clusters(attempt.jobs)), RULES_VERSION, attempt.at)
    failures = len({player.case for job in attempt.jobs for player in job.failed})
    await mark_ingested(conn, repo_id, attempt_id, at=_end(attempt), note=None, tests=len(files), failures=failures)
    key = (run_id(stage, attempt.number), attempt.attempt)
    is_infra = key in (await find_outages(conn, repo_id, [key])).attempts
    await mark_infra(conn, repo_id, attempt_id, is_infra=is_infra)
    return sorted(cases.values())


def run_id(stage: Stage, number: int) -> int:
    """Return the number that GitHub would have given to a run."""
    return _FIRST_RUN + (stage.external_id % 1_000) * 1_000 + number


def _job_id(stage: Stage, attempt: PlayedAttempt, place: int) -> int:
    return (run_id(stage, attempt.number) * 10 + attempt.attempt) * 10 + place


def _new_attempt(stage: Stage, attempt: PlayedAttempt) -> NewAttempt:
    is_nightly = attempt.event == "schedule"
    return NewAttempt(
        run_id=run_id(stage, attempt.number),
        run_attempt=attempt.attempt,
        workflow_id=(stage.external_id % 1_000) * 10 + is_nightly,
        workflow_name="Nightly" if is_nightly else "CI",
        event=attempt.event,
        head_branch=attempt.commit.branch,
        head_sha=attempt.commit.sha,
        base_sha=attempt.commit.base_sha,
        tree_sha=attempt.commit.tree,
        head_repository=attempt.commit.head_repository,
        pull_number=attempt.commit.pull,
        status="completed",
        conclusion="failure" if attempt.is_failed else "success",
        run_started_at=attempt.at,
        completed_at=_end(attempt),
        html_url=_run_url(stage, attempt),
    )


def _run_url(stage: Stage, attempt: PlayedAttempt) -> str:
    return f"https://github.com/{stage.full_name}/actions/runs/{run_id(stage, attempt.number)}"


def _duration(job: PlayedJob) -> timedelta:
    return _SETUP + timedelta(milliseconds=sum(one.duration_ms for one in job.executions))


def _end(attempt: PlayedAttempt) -> datetime:
    return attempt.at + max(_duration(job) for job in attempt.jobs)


def _new_job(stage: Stage, attempt: PlayedAttempt, place: int) -> NewJob:
    job, number = attempt.jobs[place], _job_id(stage, attempt, place)
    failed = job.failed
    return NewJob(
        job_id=number,
        name=job.name,
        variant=job.name,
        status="completed",
        conclusion="failure" if failed else "success",
        failed_step="Run tests" if failed else None,
        started_at=attempt.at,
        completed_at=attempt.at + _duration(job),
        source="report",
        tests=len({one.player.case for one in job.executions}),
        failures=len(failed),
        is_complete=True,
        note=None,
        infra=job.infra,
        html_url=f"{_run_url(stage, attempt)}/job/{number}",
    )


def _occurrences(
    stage: Stage, attempt: PlayedAttempt, job_ids: dict[int, JobId], cases: dict[CaseName, TestId]
) -> Iterator[NewOccurrence]:
    for place, job in enumerate(attempt.jobs):
        for position, one in enumerate(job.executions, start=1):
            said = one.failure
            marks = fingerprint(said.message, said.stack_trace) if said else None
            yield NewOccurrence(
                job=job_ids[_job_id(stage, attempt, place)],
                test_id=cases[one.player.case],
                ordinal=one.ordinal,
                duration_ms=one.duration_ms,
                line=one.player.line if said else None,
                position=position,
                outcome=one.outcome,
                source=Source.REPORT,
                message=said.message if said else None,
                stack_trace=said.stack_trace if said else None,
                signature=marks.strict if marks else None,
                loose_signature=marks.loose if marks else None,
                stack_digest=marks.stack if marks else None,
            )


def _clusters(jobs: Sequence[PlayedJob]) -> Iterable[ClusterSeen]:
    seen: dict[str, ClusterSeen] = {}
    for job in jobs:
        for said in (one.failure for one in job.executions if one.failure is not None):
            marks = fingerprint(said.message, said.stack_trace)
            if marks is not None and marks.strict not in seen:
                seen[marks.strict] = ClusterSeen(
                    signature=marks.strict,
                    stack_digest=marks.stack,
                    title=title(said.message),
                    example_message=said.message,
                    example_stack_trace=said.stack_trace,
                    is_infra=job.infra is not None,
                )
    return seen.values()
