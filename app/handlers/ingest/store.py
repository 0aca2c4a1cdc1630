"""Store what one attempt left behind, all of it or nothing, and ask for it to be judged."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from app.core.failed_steps import step_beside_tests
from app.core.harvest import Harvest, implied_passes, total
from app.core.model import AttemptId, CaseName, FailedStep, JobId, TestId
from app.core.signature import RULES_VERSION, title
from app.db.aliases import list_aliases
from app.db.cases import KnownCases, ensure_cases, list_failed_in_logs
from app.db.clusters import ClusterSeen, save_clusters
from app.db.connection import Connection
from app.db.jobs import NewJob, save_jobs
from app.db.locks import RunLock
from app.db.occurrences import NewOccurrence, add_occurrences
from app.db.partitions import ensure_month, hold_month, was_compacted
from app.db.runs import NewAttempt, find_attempt, mark_ingested, save_attempt
from app.github.actions import ArtifactInfo, JobInfo
from app.handlers.bot import KnownRepo
from app.handlers.ingest.read import AttemptToRead, Leavings
from app.jobs import Job
from app.metrics import OCCURRENCES
from app.queue import enqueue

ONE_RUN_IN = 4

Then = Callable[[AttemptId], Iterable[Job]]
"""What is to be done once an attempt is stored."""


class Keeper(Protocol):
    """Who stores: the bot, or somebody with neither GitHub nor a queue."""

    @property
    def clock(self) -> Callable[[], datetime]: ...

    @property
    def known_cases(self) -> KnownCases: ...


async def store_attempt(
    keeper: Keeper, repo: KnownRepo, lock: RunLock, attempt: AttemptToRead, leavings: Leavings, *, then: Then
) -> dict[str, int]:
    """Store one attempt and enqueue what follows, in one transaction; returns figures for the log.

    Whatever is there already stays: repeated, late or poorer readings change nothing for the worse.
    """
    at = attempt.run.run_started_at
    conn = lock.conn
    # Beside the event loop: it takes some milliseconds for each way in which tests failed, and a report can hold thousands.
    titles = await asyncio.to_thread(_titles, [*leavings.unassigned.values(), *leavings.harvests.values()])
    await ensure_month(conn, at)
    async with conn.transaction():
        await hold_month(conn, at)
        attempt_id = await save_attempt(conn, repo.id, _new_attempt(attempt, leavings))
        before = await find_attempt(conn, repo.id, attempt.run.id, attempt.run.run_attempt)
        harvests = await _with_implied(conn, repo, attempt, leavings)
        job_ids = await save_jobs(conn, repo.id, attempt_id, _new_jobs(leavings, harvests))
        cases = await ensure_cases(conn, repo.id, _files(harvests.values()), at, keeper.known_cases)
        aliases = await list_aliases(conn, repo.id)
        rows = list(_occurrences(harvests, job_ids, cases, aliases, in_sample=attempt.run.id % ONE_RUN_IN == 0))
        read_at = before.ingested_at if before else None
        if read_at is not None and await was_compacted(conn, at, since=read_at):
            # Its passes have been counted by the day, and would be counted twice.
            rows = [row for row in rows if row.outcome.is_bad]
        is_first = read_at is None
        await add_occurrences(conn, repo.id, attempt_id, at, rows, is_first=is_first)
        await save_clusters(conn, repo.id, _clusters(harvests.values(), aliases, titles), RULES_VERSION, at)
        await _close(conn, keeper.clock(), repo, attempt_id, leavings, harvests)
        await enqueue(conn, *then(attempt_id))
    OCCURRENCES.inc(len(rows))
    return {"jobs": len(leavings.jobs), "occurrences": len(rows)}


async def _close(
    conn: Connection,
    now: datetime,
    repo: KnownRepo,
    attempt_id: AttemptId,
    leavings: Leavings,
    harvests: Mapping[int, Harvest],
) -> None:
    totals = total(harvests.values())
    note = "; ".join(leavings.notes)[:4_000] or None
    await mark_ingested(conn, repo.id, attempt_id, at=now, note=note, tests=totals.tests, failures=totals.failures)


async def _with_implied(
    conn: Connection, repo: KnownRepo, attempt: AttemptToRead, leavings: Leavings
) -> dict[int, Harvest]:
    """Return all harvests by job id, pseudo-jobs by minus their artifact's id, with the passes that a log implies."""
    harvests = {-artifact.id: harvest for artifact, harvest in leavings.unassigned.items()}
    for job in leavings.jobs:
        harvest = leavings.harvests[job.id]
        if harvest.source != "report" and (job.conclusion == "success" or harvest.is_complete):
            known = await list_failed_in_logs(conn, repo.id, job.name, before=attempt.run.run_started_at)
            extra = implied_passes(known, harvest)
            harvest = replace(harvest, executions=harvest.executions + extra)
        harvests[job.id] = harvest
    return harvests


def _new_attempt(attempt: AttemptToRead, leavings: Leavings) -> NewAttempt:
    run = attempt.run
    ends = [job.completed_at for job in leavings.jobs if job.completed_at is not None]
    return NewAttempt(
        run_id=run.id,
        run_attempt=run.run_attempt,
        workflow_id=run.workflow_id,
        workflow_name=run.name,
        event=run.event,
        head_branch=run.head_branch,
        head_sha=run.head_sha,
        base_sha=attempt.base_sha,
        tree_sha=run.tree_sha,
        head_repository=run.head_repository,
        pull_number=attempt.pull,
        status=run.status,
        conclusion=run.conclusion,
        run_started_at=run.run_started_at,
        completed_at=max(ends, default=run.updated_at),
        html_url=run.html_url,
    )


def _new_jobs(leavings: Leavings, harvests: Mapping[int, Harvest]) -> list[NewJob]:
    real = [_new_job(job, harvests[job.id]) for job in leavings.jobs]
    return real + [_pseudo_job(artifact, harvests[-artifact.id]) for artifact in leavings.unassigned]


def _new_job(job: JobInfo, harvest: Harvest) -> NewJob:
    failed = [
        FailedStep(name=step.name, started_at=step.started_at, completed_at=step.completed_at)
        for step in job.steps
        if step.conclusion == "failure"
    ]
    return NewJob(
        job_id=job.id,
        name=job.name,
        variant=job.name,
        status=job.status,
        conclusion=job.conclusion,
        failed_step=next((one.name for one in failed), None),
        started_at=job.started_at,
        completed_at=job.completed_at,
        source=harvest.source,
        tests=harvest.tests,
        failures=harvest.failures,
        is_complete=harvest.is_complete,
        stopped_early=harvest.stopped_early,
        is_cut=harvest.is_cut,
        # A build elsewhere has no steps, nor a log that we could read.
        is_log_read=harvest.steps is not None if job.steps else None,
        other_step=step_beside_tests(failed, harvest.steps),
        note=harvest.note,
        infra=harvest.infra,
        html_url=job.html_url,
    )


def _pseudo_job(artifact: ArtifactInfo, harvest: Harvest) -> NewJob:
    """Stand in for the job of a report that belongs to none: its tests are kept, but explain no failed job."""
    return NewJob(
        job_id=-artifact.id,
        name=artifact.name,
        variant=artifact.name,
        status="completed",
        conclusion=None,
        failed_step=None,
        started_at=None,
        completed_at=artifact.created_at,
        source=harvest.source,
        tests=harvest.tests,
        failures=harvest.failures,
        is_complete=harvest.is_complete,
        stopped_early=harvest.stopped_early,
        note=harvest.note,
        infra=None,
        html_url=None,
    )


def _files(harvests: Iterable[Harvest]) -> dict[CaseName, str | None]:
    files: dict[CaseName, str | None] = {}
    for harvest in harvests:
        for row in harvest.executions:
            found = row.found
            if found.file is not None or found.case not in files:
                files[found.case] = found.file
    return files


def _occurrences(
    harvests: Mapping[int, Harvest],
    job_ids: Mapping[int, JobId],
    cases: Mapping[CaseName, TestId],
    aliases: Mapping[str, str],
    *,
    in_sample: bool,
) -> Iterable[NewOccurrence]:
    for number, harvest in harvests.items():
        # The order of a suite costs eight bytes an execution. Where something failed, and in one run of four, is enough
        # to find out what a test depends on.
        is_ordered = in_sample or any(row.found.outcome.is_bad for row in harvest.executions)
        for row in harvest.executions:
            found, marks = row.found, row.found.fingerprint
            yield NewOccurrence(
                job=job_ids[number],
                test_id=cases[found.case],
                ordinal=row.ordinal,
                duration_ms=found.duration_ms,
                line=found.line,
                position=row.position if is_ordered else None,
                outcome=found.outcome,
                source=row.source,
                message=found.message,
                stack_trace=found.stack_trace,
                signature=aliases.get(marks.strict, marks.strict) if marks else None,
                loose_signature=marks.loose if marks else None,
                stack_digest=marks.stack if marks else None,
            )


def _titles(harvests: Iterable[Harvest]) -> dict[str, str]:
    """Name each way in which a test failed, by its strict signature."""
    titles: dict[str, str] = {}
    for harvest in harvests:
        for row in harvest.executions:
            marks = row.found.fingerprint
            if marks is not None and marks.strict not in titles:
                said = title(row.found.message or row.found.stack_trace or "")
                titles[marks.strict] = said or "failure without a message"
    return titles


def _clusters(harvests: Iterable[Harvest], aliases: Mapping[str, str], titles: Mapping[str, str]) -> list[ClusterSeen]:
    seen: dict[str, ClusterSeen] = {}
    for harvest in harvests:
        for row in harvest.executions:
            marks = row.found.fingerprint
            if marks is None or (signature := aliases.get(marks.strict, marks.strict)) in seen:
                continue
            seen[signature] = ClusterSeen(
                signature=signature,
                stack_digest=marks.stack,
                title=titles[marks.strict],
                example_message=row.found.message,
                example_stack_trace=row.found.stack_trace,
                is_infra=harvest.infra is not None,
            )
    return list(seen.values())
