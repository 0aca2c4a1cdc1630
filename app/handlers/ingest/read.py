"""Fetch and read what one attempt left behind: the reports in its artifacts and the logs of its jobs."""

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from app.core.assign import ArtifactSeen, JobSeen, StepSeen, assign
from app.core.harvest import Harvest, gather
from app.core.policy import Policy
from app.core.reading import ArtifactReading, LogReading, join, read_job_log, read_part
from app.core.uploads import FIRST_BUILD
from app.db.connection import Connection
from app.db.uploads import StoredUpload, get_reports
from app.github.actions import ArtifactInfo, JobInfo, RunInfo, list_attempt_jobs
from app.github.downloads import download_artifact, download_job_log
from app.github.errors import Gone, TooLarge, TryLater
from app.handlers.bot import Bot, Repo
from app.handlers.ingest.apart import parse_apart
from app.metrics import PARSE_FAILURES

LARGEST_ARTIFACT = 512 << 20
LARGEST_LOG = 128 << 20
MOST_ARTIFACTS = 500
PART_BYTES = 512 << 10
"""Of a larger zip several processes read a part each: it takes longer to read than to hand over what was read."""
MOST_PARTS = 4
MOST_OF_RUN = 256 << 20
"""How large what all reports and logs of a run say may be together: all of it has room in memory at once."""
DOWNLOADS_AT_ONCE = 4
LAG_PAUSE = timedelta(seconds=5)

_UPLOADS = re.compile(r"upload.{0,40}artifact|actions/upload-artifact", re.IGNORECASE)
_ANY_UPLOAD = re.compile(r"upload", re.IGNORECASE)
_BAD_JOBS = ("failure", "timed_out", "cancelled", "startup_failure", "stale")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptToRead:
    """One finished attempt. Its time ends at `until`, where the next attempt began; None for the latest."""

    run: RunInfo
    until: datetime | None
    pull: int | None
    base_sha: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leavings:
    """What an attempt left behind: a harvest for each job by its id, and one for each artifact that belongs to none.

    `notes` are sentences for people about what could not be read.
    """

    jobs: tuple[JobInfo, ...]
    harvests: Mapping[int, Harvest]
    unassigned: Mapping[ArtifactInfo, Harvest]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Reports that somebody sent us, as an artifact.

    `job_id` is the job that did, 0 where GitHub does not say; `job` is what it calls itself, which may be nothing.
    """

    artifact: ArtifactInfo
    job_id: int
    job: str
    reading: ArtifactReading


@dataclass(slots=True)
class _Reader:
    """Downloads and parses for one attempt; `notes` gathers what could not be read, `held` is how much what was read says."""

    bot: Bot
    repo: Repo
    folder: Path
    notes: list[str] = field(default_factory=list)
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(DOWNLOADS_AT_ONCE))
    held: int = 0

    async def artifact(self, artifact: ArtifactInfo) -> ArtifactReading | None:
        file = self.folder / f"artifact-{artifact.id}.zip"
        async with self.gate:
            if self._is_full(f"artifact {artifact.name}"):
                return None
            try:
                await download_artifact(self.repo.client, artifact.id, file, LARGEST_ARTIFACT)
            except Gone:
                self.notes.append(f"artifact {artifact.name} is gone")
                return None
            except TooLarge:
                self.notes.append(f"artifact {artifact.name} is larger than {LARGEST_ARTIFACT >> 20} MiB")
                return None
            return await self._read_artifact(artifact.name, file)

    async def sent(self, artifact: ArtifactInfo, reports: bytes) -> ArtifactReading | None:
        if self._is_full(artifact.name):
            return None
        file = self.folder / f"upload-{artifact.id}.zip"
        file.write_bytes(reports)
        return await self._read_artifact(artifact.name, file)

    async def _read_artifact(self, name: str, file: Path) -> ArtifactReading | None:
        """Read an artifact by several processes at once where it is large, and delete it; None where one of them could not."""
        parts = _parts(file)
        globs = self.repo.policy.reports.files
        read = [self._parse(f"artifact {name}", read_part, str(file), globs, part, parts) for part in range(parts)]
        encoded = [one for one in await asyncio.gather(*read) if one is not None]
        self.held += sum(map(len, encoded))
        _delete(file)
        reading = join(encoded) if len(encoded) == parts else None
        for kind in reading.malformed if reading else ():
            PARSE_FAILURES.labels(format=kind).inc()
        return reading

    async def log(self, job: JobInfo) -> LogReading | None:
        """Read a job's log; None where there is none, which is nothing to worry about: cancelled jobs have none."""
        file = self.folder / f"log-{job.id}.txt"
        async with self.gate:
            if self._is_full(f"the log of {job.name}"):
                return None
            try:
                await download_job_log(self.repo.client, job.id, file, LARGEST_LOG)
            except Gone:
                return None
            except TooLarge:
                self.notes.append(f"the log of {job.name} is larger than {LARGEST_LOG >> 20} MiB")
                return None
            # A job that did not fail has no failure of the infrastructure, whatever its log says.
            infra = _own_infra(self.repo.policy) if job.conclusion in _BAD_JOBS else ()
            reading = await self._parse(f"the log of {job.name}", read_job_log, str(file), infra)
            file.unlink(missing_ok=True)
        self.held += reading.size if reading else 0
        return reading

    def _is_full(self, what: str) -> bool:
        """Tell whether so much was read of the run that nothing more has room, and say it."""
        if self.held < MOST_OF_RUN:
            return False
        self.notes.append(f"{what} is left out: the run's others say more than {MOST_OF_RUN >> 20} MiB")
        return True

    async def _parse(self, what: str, function: Callable[..., _T], *args: object) -> _T | None:
        return await parse_apart(self.bot, self.notes, what, function, *args)


async def read_sent(
    bot: Bot, repo: Repo, conn: Connection, uploads: Sequence[StoredUpload]
) -> tuple[tuple[Sent, ...], tuple[str, ...]]:
    """Read what was sent to us, and say what of it could not be read."""
    if not uploads:
        return (), ()
    found: list[Sent] = []
    with tempfile.TemporaryDirectory(prefix="flakeguard-") as folder:
        reader = _Reader(bot, repo, Path(folder))
        for upload in uploads:
            artifact = _as_artifact(upload)
            reports = await get_reports(conn, repo.id, upload.id)
            reading = None if reports is None else await reader.sent(artifact, reports)
            if reading is not None and _says_something(reading):
                found.append(Sent(artifact=artifact, job_id=upload.job_id, job=upload.job, reading=reading))
            elif reading is not None:
                reader.notes.append(f"{artifact.name} holds no report that is known")
    return tuple(found), tuple(reader.notes)


def _as_artifact(upload: StoredUpload) -> ArtifactInfo:
    return ArtifactInfo(
        # GitHub's artifacts have smaller numbers.
        id=FIRST_BUILD + upload.id,
        name=f"upload {upload.id}",
        size_in_bytes=0,
        created_at=upload.created_at,
        is_expired=False,
        digest=None,
    )


def _delete(file: Path) -> None:
    file.unlink(missing_ok=True)


def _parts(file: Path) -> int:
    return min(MOST_PARTS, 1 + file.stat().st_size // PART_BYTES)


@asynccontextmanager
async def _together() -> AsyncIterator[asyncio.TaskGroup]:
    """Let tasks run at once. What one of them raises comes out by itself: TryLater in a group would be no TryLater."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None


def _own_infra(policy: Policy) -> tuple[tuple[str, str], ...]:
    return tuple((one.pattern, one.name) for one in policy.infra)


async def read_attempt(
    bot: Bot, repo: Repo, attempt: AttemptToRead, artifacts: Sequence[ArtifactInfo], sent: Sequence[Sent] = ()
) -> Leavings:
    """Read one attempt, and take in what was sent for it. Raises TryLater while something that must be there has not appeared yet."""
    listed = await list_attempt_jobs(repo.client, attempt.run.id, attempt.run.run_attempt)
    # After a re-run of failed jobs, GitHub may list the others, too: they belong to the attempt that ran them.
    jobs = tuple(job for job in listed if job.run_attempt == attempt.run.run_attempt)
    policy = repo.policy
    wanted = [one for one in artifacts if not one.is_expired and policy.artifact_wanted(one.name)][:MOST_ARTIFACTS]
    may_lag = bot.clock() - _end(attempt, jobs) < bot.settle
    if may_lag and _uploads(jobs) > len(artifacts):
        raise TryLater(LAG_PAUSE, "the artifacts are not listed yet")
    with tempfile.TemporaryDirectory(prefix="flakeguard-") as folder:
        reader = _Reader(bot, repo, Path(folder))
        reader.notes += [f"artifact {one.name} has expired" for one in artifacts if one.is_expired]
        return await _read(reader, policy, jobs, wanted, sent, may_lag=may_lag, are_shared=_are_shared(jobs, artifacts))


def _end(attempt: AttemptToRead, jobs: Iterable[JobInfo]) -> datetime:
    return max((job.completed_at for job in jobs if job.completed_at), default=attempt.run.updated_at)


def _uploads(jobs: Iterable[JobInfo]) -> int:
    return sum(any(_UPLOADS.search(s.name) and s.conclusion == "success" for s in job.steps) for job in jobs)


def _are_shared(jobs: Iterable[JobInfo], artifacts: Sequence[ArtifactInfo]) -> bool:
    """Tell whether several jobs may have written into one artifact, since there are fewer of them than uploads."""
    uploads = [sum(bool(_ANY_UPLOAD.search(s.name)) and s.conclusion == "success" for s in job.steps) for job in jobs]
    return sum(map(bool, uploads)) > 1 and sum(uploads) > len(artifacts)


async def _read(
    reader: _Reader,
    policy: Policy,
    jobs: Sequence[JobInfo],
    wanted: Sequence[ArtifactInfo],
    sent: Sequence[Sent],
    *,
    may_lag: bool,
    are_shared: bool,
) -> Leavings:
    failed = [job for job in jobs if job.conclusion in _BAD_JOBS and policy.reports.logs != "never"]
    async with _together() as group:
        reports = {one: group.create_task(reader.artifact(one)) for one in wanted}
        logs = {job.id: group.create_task(reader.log(job)) for job in failed}
    missing = [job.name for job in failed if job.conclusion == "failure" and logs[job.id].result() is None]
    if may_lag and missing:
        raise TryLater(LAG_PAUSE, f"the log of {missing[0]} is not there yet")
    reader.notes += [f"the log of {name} is not there" for name in missing]
    readings = {
        one: reading for one, task in reports.items() if (reading := task.result()) and _says_something(reading)
    }
    read_logs = {job_id: task.result() for job_id, task in logs.items()}
    seen = [
        _artifact_seen(one, reading, may_grow=are_shared and one.digest is None) for one, reading in readings.items()
    ]
    seen += [_sent_seen(one) for one in sent]
    owner = assign(seen, [_job_seen(job, read_logs.get(job.id)) for job in jobs], policy.reports.jobs)
    owner |= {one.artifact.id: _sender(one, jobs, owner) for one in sent}
    readings |= {one.artifact: one.reading for one in sent}
    read_logs |= await _read_other_logs(reader, policy, jobs, set(owner.values()))
    return Leavings(
        jobs=tuple(jobs),
        harvests={
            job.id: gather(_of(job.id, readings, owner), read_logs.get(job.id), is_green=job.conclusion == "success")
            for job in jobs
        },
        unassigned={one: gather([reading], None) for one, reading in readings.items() if owner.get(one.id) is None},
        notes=tuple(reader.notes),
    )


def _says_something(reading: ArtifactReading) -> bool:
    return bool(reading.files or reading.malformed)


def _of(
    job_id: int, readings: Mapping[ArtifactInfo, ArtifactReading], owner: Mapping[int, int | None]
) -> list[ArtifactReading]:
    mine = [(one.id, reading) for one, reading in readings.items() if owner.get(one.id) == job_id]
    return [reading for _, reading in sorted(mine, key=lambda pair: pair[0])]


async def _read_other_logs(
    reader: _Reader, policy: Policy, jobs: Sequence[JobInfo], with_report: set[int | None]
) -> dict[int, LogReading | None]:
    """Read the logs of jobs that did not fail where nothing else tells of them, or where the policy asks for all."""
    if policy.reports.logs == "never":
        return {}
    others = [
        job
        for job in jobs
        if job.conclusion == "success" and (policy.reports.logs == "always" or job.id not in with_report)
    ]
    async with _together() as group:
        tasks = {job.id: group.create_task(reader.log(job)) for job in others}
    return {job_id: task.result() for job_id, task in tasks.items()}


def _artifact_seen(artifact: ArtifactInfo, reading: ArtifactReading, *, may_grow: bool) -> ArtifactSeen:
    """Tell what says whose an artifact is. Where others may have added to it, the time says only who was the first.

    GitHub gives a digest to what nobody can add to; an Enterprise Server, where uploads of one name are one artifact, gives none.
    """
    return ArtifactSeen(
        id=artifact.id,
        name=artifact.name,
        created_at=None if may_grow else artifact.created_at,
        failed=_failed_in(reading),
    )


def _sent_seen(one: Sent) -> ArtifactSeen:
    """Tell what says whose a report is where GitHub does not: what the job calls itself, and which tests failed."""
    return ArtifactSeen(id=one.artifact.id, name=one.job, created_at=None, failed=_failed_in(one.reading))


def _sender(one: Sent, jobs: Sequence[JobInfo], assigned: Mapping[int, int | None]) -> int | None:
    """Return the job that sent a report, None where that is not known. The token of an Enterprise Server's job names none."""
    if one.job_id:
        return one.job_id if one.job_id in {job.id for job in jobs} else None
    ran = [job.id for job in jobs if job.conclusion != "skipped"]
    return ran[0] if len(ran) == 1 else assigned[one.artifact.id]


def _failed_in(reading: ArtifactReading) -> frozenset[str]:
    return frozenset(found.case.name for found in reading.found if found.outcome.is_bad)


def _job_seen(job: JobInfo, log: LogReading | None) -> JobSeen:
    return JobSeen(
        id=job.id,
        name=job.name,
        conclusion=job.conclusion,
        started_at=job.started_at,
        completed_at=job.completed_at,
        steps=tuple(StepSeen(name=s.name, started_at=s.started_at, completed_at=s.completed_at) for s in job.steps),
        failed=frozenset(found.case.name for found in log.found if found.outcome.is_bad) if log else frozenset(),
    )
