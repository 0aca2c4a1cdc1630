"""Store report files that lie on a disk, as runs: for who wants to know of flaky tests before there is any bot."""

import asyncio
import hashlib
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path

import msgspec

from app.core.harvest import Harvest, gather
from app.core.placing import Place
from app.core.policy import DEFAULT
from app.core.reading import LogReading, join, read_job_log, read_part
from app.core.report_times import begin_of_files
from app.core.uploads import Build
from app.db.cases import KnownCases
from app.db.connection import Pool
from app.db.locks import lock_run
from app.github.actions import JobInfo, RunInfo
from app.handlers.bot import KnownRepo
from app.handlers.ingest.apart import parse_apart
from app.handlers.ingest.read import AttemptToRead, Leavings
from app.handlers.ingest.store import store_attempt

LOGS = (".log", ".txt")
_CI = "files"
_AT_ONCE = 8
_DATED_AT_ONCE = 50
_CLOCKS_DIFFER = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedFile:
    """A file, and where it belongs. `changed_at` is what is believed where nothing tells when it was: of its commit, or the disk's."""

    path: Path
    place: Place
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Clerk:
    """What storing needs, without GitHub."""

    pool: Pool
    clock: Callable[[], datetime]
    processes: Executor
    known_cases: KnownCases = field(default_factory=KnownCases)
    one_by_one: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What became of a run's files. `notes` are sentences about what could not be read; `at` is when the run was."""

    jobs: int
    executions: int
    notes: tuple[str, ...]
    at: datetime


_Attempt = tuple[str, int]


async def date_files(clerk: Clerk, files: Sequence[PlacedFile]) -> list[PlacedFile]:
    """Ask the files of which nobody said when they were: a report tells when its tests began."""
    asked = [one for one in files if one.place.at is None]
    parts = [asked[start : start + _DATED_AT_ONCE] for start in range(0, len(asked), _DATED_AT_ONCE)]
    told = await asyncio.gather(*(_begins(clerk, [one.path for one in part]) for part in parts))
    found = {one.path: at for one, at in zip(asked, chain.from_iterable(told), strict=True) if at is not None}
    return [
        replace(one, place=msgspec.structs.replace(one.place, at=found.get(one.path, one.place.at))) for one in files
    ]


async def _begins(clerk: Clerk, paths: Sequence[Path]) -> Sequence[datetime | None]:
    latest = clerk.clock() + _CLOCKS_DIFFER
    # Who cannot be read here is named when it is read as a report.
    begins = await parse_apart(clerk, [], "the files", begin_of_files, [str(one) for one in paths], latest)
    return begins if begins is not None else [None] * len(paths)


def by_attempt(files: Sequence[PlacedFile]) -> dict[_Attempt, list[PlacedFile]]:
    """Put files together that are of one attempt of a run, the oldest attempt first."""
    found: defaultdict[_Attempt, list[PlacedFile]] = defaultdict(list)
    for one in files:
        found[one.place.run, one.place.attempt].append(one)
    return dict(sorted(found.items(), key=lambda pair: (_begun(pair[1]), pair[0])))


async def store_files(clerk: Clerk, repo: KnownRepo, files: Sequence[PlacedFile]) -> Stored:
    """Store the files of one attempt; what was stored before stays as it is."""
    first, notes = files[0].place, list[str]()
    build = Build(ci=_CI, build=f"{repo.full_name} {first.run}", job="")
    jobs: defaultdict[str, list[Path]] = defaultdict(list)
    for one in files:
        jobs[one.place.job].append(one.path)
    harvests = {name: await _read_job(clerk, paths, notes) for name, paths in sorted(jobs.items())}
    harvests = {name: one for name, one in harvests.items() if one.source != "none"}
    at = _begun(files)
    if not harvests:
        return Stored(jobs=0, executions=0, notes=tuple(notes), at=at)
    ended = {name: _as_job(build, first, name, one, at) for name, one in harvests.items()}
    leavings = Leavings(
        jobs=tuple(ended.values()),
        harvests={ended[name].id: one for name, one in harvests.items()},
        unassigned={},
        notes=tuple(notes),
    )
    run_id = int(first.run) if first.run.isascii() and first.run.isdigit() else build.run_id
    attempt = AttemptToRead(run=_as_run(run_id, repo, first, ended, at), until=None, pull=first.pull, base_sha=None)
    async with lock_run(clerk.pool, repo.id, run_id) as lock:
        figures = await store_attempt(clerk, repo, lock, attempt, leavings, then=lambda _: ())
    return Stored(jobs=len(ended), executions=figures["occurrences"], notes=tuple(notes), at=at)


async def _read_job(clerk: Clerk, paths: Sequence[Path], notes: list[str]) -> Harvest:
    """Read a job's reports and its log; what cannot be read is noted."""
    logs = [one for one in paths if one.name.lower().endswith(LOGS)]
    reports = [one for one in paths if one not in logs]
    with tempfile.TemporaryDirectory(prefix="flakeguard-") as folder:
        readings = []
        if reports:
            packed = Path(folder) / "reports.zip"
            await asyncio.to_thread(_pack, packed, reports)
            encoded = await parse_apart(
                clerk, notes, str(reports[0]), read_part, str(packed), DEFAULT.reports.files, 0, 1
            )
            readings = [join([encoded])] if encoded is not None else []
    for one in readings:
        notes += one.warnings
    log: LogReading | None = None
    for path in logs:
        read = await parse_apart(clerk, notes, str(path), read_job_log, str(path), ())
        log = read if read is not None and (log is None or len(read.found) > len(log.found)) else log
    return gather(readings, log if log is not None and log.runner else None)


def _pack(packed: Path, files: Sequence[Path]) -> None:
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for file in files:
            archive.write(file, str(file).lstrip("/"))


def _begun(files: Sequence[PlacedFile]) -> datetime:
    """Return when the first of them was; what only the disk says counts where no file says anything."""
    return min((one.place.at for one in files if one.place.at), default=min(one.changed_at for one in files))


def _as_run(run_id: int, repo: KnownRepo, place: Place, jobs: Mapping[str, JobInfo], at: datetime) -> RunInfo:
    failed = any(one.conclusion == "failure" for one in jobs.values())
    return RunInfo(
        id=run_id,
        run_attempt=place.attempt,
        workflow_id=Build(ci=_CI, build=repo.full_name, job="").workflow_id,
        name="files",
        event="push" if place.pull is None else "pull_request",
        head_branch=place.branch or repo.row.default_branch,
        # Where nobody knows the commit, no two runs are believed to be of the same one.
        head_sha=place.commit or hashlib.sha1(place.run.encode("utf-8", "replace"), usedforsecurity=False).hexdigest(),
        tree_sha=None,
        head_repository=repo.full_name,
        status="completed",
        conclusion="failure" if failed else "success",
        created_at=at,
        run_started_at=at,
        updated_at=at,
        html_url="",
    )


def _as_job(build: Build, place: Place, name: str, harvest: Harvest, at: datetime) -> JobInfo:
    own = Build(ci=build.ci, build=build.build, job=name)
    return JobInfo(
        id=own.job_id(place.attempt),
        run_attempt=place.attempt,
        name=name,
        status="completed",
        conclusion="failure" if harvest.failures else "success",
        started_at=None,
        completed_at=at,
        html_url=None,
    )


def in_turn(files: Mapping[_Attempt, Sequence[PlacedFile]]) -> Iterator[list[Sequence[PlacedFile]]]:
    """Give some attempts at a time, as many as are read at once."""
    waiting = list(files.values())
    for start in range(0, len(waiting), _AT_ONCE):
        yield waiting[start : start + _AT_ONCE]
