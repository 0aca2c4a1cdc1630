"""Which job does a report belong to? An artifact names none, so it is worked out, and where it cannot be, it is none."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.globs import name_matches

SLACK = timedelta(seconds=1)
"""GitHub gives the times of steps and of artifacts in whole seconds, by clocks of its own."""

_UPLOAD = re.compile(r"upload|artifact|publish.{0,20}(?:result|report)", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+|\d+")
_MATRIX = re.compile(r"([^()]*)\(([^()]*)\)\s*")


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

    `mapping` is the policy's: globs of artifacts to globs of jobs. The first rule that names exactly one job decides;
    where the policy names several, the other rules choose among those.
    """
    ran = [job for job in jobs if job.conclusion != "skipped"]
    return {artifact.id: _job_of(artifact, ran, mapping) for artifact in artifacts}


def _job_of(artifact: ArtifactSeen, jobs: Sequence[JobSeen], mapping: Mapping[str, str]) -> int | None:
    named = by_policy(artifact, jobs, mapping)
    if len(named) == 1:
        return named[0].id
    for rule in (by_name, by_upload, by_running, by_failures):
        found = rule(artifact, named or jobs)
        if len(found) == 1:
            return found[0].id
    return None


def by_policy(artifact: ArtifactSeen, jobs: Sequence[JobSeen], mapping: Mapping[str, str]) -> list[JobSeen]:
    """Find the jobs that the policy names for the artifact; its first glob that matches is the one that counts."""
    wanted = next((job_glob for glob, job_glob in mapping.items() if name_matches(artifact.name, glob)), None)
    return [job for job in jobs if wanted is not None and name_matches(job.name, wanted)]


def by_name(artifact: ArtifactSeen, jobs: Sequence[JobSeen]) -> list[JobSeen]:
    """Find the jobs whose name, or all of whose matrix values, the artifact's name holds; the longest match wins.

    Only letters and digits are compared, in whole words, so that `junit-ubuntu-latest-py312` is of the job
    `test (ubuntu-latest, 3.12)`, and `latest` is of no job `test`.
    """
    words = _words(artifact.name)
    lengths = {job.id: _match(words, job.name) for job in jobs}
    longest = max(lengths.values(), default=0)
    return [job for job in jobs if longest and lengths[job.id] == longest]


def _match(words: Sequence[str], job_name: str) -> int:
    """Return how many letters and digits of the artifact's name speak of the job; 0 for none."""
    matrix = _MATRIX.fullmatch(job_name)
    if matrix is None:
        return _length(words, [job_name])
    values = [value for value in matrix[2].split(",") if _words(value)]
    return _length(words, [matrix[1], *values]) or (_length(words, values) if values else 0)


def _length(words: Sequence[str], parts: Sequence[str]) -> int:
    """Return the length of all parts together where the words hold each of them at a place of its own; else 0."""
    wanted = ["".join(_words(part)) for part in parts]
    free = list(words)
    for part in sorted(wanted, key=len, reverse=True):
        place = _place(free, part)
        if place is None:
            return 0
        free[place] = [""] * (place.stop - place.start)
    return sum(map(len, wanted))


def _place(words: Sequence[str], part: str) -> slice | None:
    """Find the words that spell the part when they are written together."""
    for start in range(len(words)):
        spelt = ""
        for end in range(start, len(words)):
            # A word that is taken parts what is left of it from what is right of it.
            if not words[end] or len(spelt) >= len(part):
                break
            spelt += words[end]
            if spelt == part:
                return slice(start, end + 1)
    return None


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


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
    return start - SLACK <= at and (end is None or at <= end + SLACK)


def by_failures(artifact: ArtifactSeen, jobs: Sequence[JobSeen]) -> list[JobSeen]:
    """Find the failed jobs whose log shows the very tests as failed that the report shows."""
    if not artifact.failed:
        return []
    return [job for job in jobs if job.conclusion == "failure" and job.failed == artifact.failed]
