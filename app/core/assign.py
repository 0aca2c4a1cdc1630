"""Which job does a report belong to? An artifact names none, so it is worked out, and where it cannot be, it is none."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

UPLOAD_SLACK = timedelta(seconds=2)
"""GitHub gives the times of steps in whole seconds, those of artifacts may lie beside them."""

_UPLOAD = re.compile(r"upload|artifact|publish.{0,20}(?:result|report)", re.IGNORECASE)
_WORDS = re.compile(r"[a-z]+|[0-9]+(?:\.[0-9]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSeen:
    """One step of a job; a time is None where GitHub names none."""

    name: str
    started_at: datetime | None
    completed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSeen:
    """A job of the attempt. `failed` are the names of the tests that its log shows as failed."""

    id: int
    name: str
    conclusion: str | None
    started_at: datetime | None
    completed_at: datetime | None
    steps: tuple[StepSeen, ...] = ()
    failed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactSeen:
    """An artifact of the attempt that holds reports. `failed` are the names of the tests that failed in them."""

    id: int
    name: str
    created_at: datetime | None
    failed: frozenset[str] = frozenset()


def assign(
    artifacts: Sequence[ArtifactSeen], jobs: Sequence[JobSeen], mapping: Mapping[str, str]
) -> dict[int, int | None]:
    """Return the job of each artifact, by their ids; None where it belongs to no job that we could name.

    `mapping` is the policy's: globs of artifacts to globs of jobs. The first rule that names exactly one job decides.
    """
    ran = [job for job in jobs if job.conclusion != "skipped"]
    return {artifact.id: _job_of(artifact, ran, mapping) for artifact in artifacts}


def _job_of(artifact: ArtifactSeen, jobs: Sequence[JobSeen], mapping: Mapping[str, str]) -> int | None:
    rules: tuple[Callable[[], list[JobSeen]], ...] = (
        lambda: by_policy(artifact, jobs, mapping),
        lambda: by_name(artifact, jobs),
        lambda: by_upload(artifact, jobs),
        lambda: by_running(artifact, jobs),
        lambda: by_failures(artifact, jobs),
    )
    for rule in rules:
        found = rule()
        if len(found) == 1:
            return found[0].id
    return None


def by_policy(artifact: ArtifactSeen, jobs: Sequence[JobSeen], mapping: Mapping[str, str]) -> list[JobSeen]:
    """Find the jobs that the policy names for the artifact."""
    globs = [job_glob for glob, job_glob in mapping.items() if fnmatchcase(artifact.name, glob)]
    return [job for job in jobs if any(fnmatchcase(job.name, glob) for glob in globs)]


def by_name(artifact: ArtifactSeen, jobs: Sequence[JobSeen]) -> list[JobSeen]:
    """Find the jobs whose name, or all of whose matrix values, the artifact's name holds; the longest match wins.

    Letters and digits are compared, so that `junit-ubuntu-latest-3.12` is of the job `test (ubuntu-latest, 3.12)`.
    """
    words = _words(artifact.name)
    lengths = {job.id: _match(words, job.name) for job in jobs}
    longest = max(lengths.values(), default=0)
    return [job for job in jobs if longest and lengths[job.id] == longest]


def _match(words: Sequence[str], job_name: str) -> int:
    """Return how many letters and digits of the artifact's name speak of the job; 0 for none."""
    whole = _words(job_name)
    base, values = _matrix(job_name)
    if values:
        asked = [word for value in values for word in _words(value)]
        extra = _words(base) if _holds(words, _words(base)) else []
        return sum(map(len, asked + extra)) if asked and _holds_all(words, values) else 0
    return sum(map(len, whole)) if whole and _holds(words, whole) else 0


def _matrix(job_name: str) -> tuple[str, list[str]]:
    """Split `test (ubuntu-latest, 3.12)` into its name and its matrix values."""
    match = re.fullmatch(r"(.*?)\s*\(([^()]*)\)", job_name)
    if match is None:
        return job_name, []
    return match[1], [value.strip() for value in match[2].split(",") if _words(value)]


def _words(text: str) -> list[str]:
    return _WORDS.findall(text.lower())


def _holds_all(words: Sequence[str], values: Sequence[str]) -> bool:
    return all(_holds(words, _words(value)) for value in values)


def _holds(words: Sequence[str], part: Sequence[str]) -> bool:
    """Tell whether the words of `part` stand in `words` one after the other."""
    return any(list(words[start : start + len(part)]) == list(part) for start in range(len(words) - len(part) + 1))


def by_upload(artifact: ArtifactSeen, jobs: Sequence[JobSeen]) -> list[JobSeen]:
    """Find the jobs that were running a step that uploads when the artifact was made."""
    return [
        job
        for job in jobs
        if any(_UPLOAD.search(s.name) and _covers(s.started_at, s.completed_at, artifact.created_at) for s in job.steps)
    ]


def by_running(artifact: ArtifactSeen, jobs: Sequence[JobSeen]) -> list[JobSeen]:
    """Find the jobs that ran when the artifact was made."""
    return [job for job in jobs if _covers(job.started_at, job.completed_at, artifact.created_at)]


def _covers(start: datetime | None, end: datetime | None, at: datetime | None) -> bool:
    if start is None or at is None:
        return False
    return start - UPLOAD_SLACK <= at and (end is None or at <= end + UPLOAD_SLACK)


def by_failures(artifact: ArtifactSeen, jobs: Sequence[JobSeen]) -> list[JobSeen]:
    """Find the failed jobs whose log shows the very tests as failed that the report shows."""
    if not artifact.failed:
        return []
    return [job for job in jobs if job.conclusion == "failure" and job.failed == artifact.failed]
