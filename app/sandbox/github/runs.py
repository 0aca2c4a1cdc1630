"""The state of GitHub Actions: runs, their attempts, and what these left behind."""

from dataclasses import dataclass, field
from datetime import datetime

from app.sandbox.github.specs import ArtifactSpec, JobSpec


@dataclass(slots=True)
class Step:
    number: int
    name: str
    conclusion: str
    started_at: datetime
    completed_at: datetime


@dataclass(slots=True)
class Job:
    """One job of one attempt; `log` is None where GitHub keeps none, and can be read from `log_at` on."""

    id: int
    attempt: int
    name: str
    conclusion: str | None
    started_at: datetime
    completed_at: datetime | None
    steps: list[Step]
    log: bytes | None
    log_at: datetime
    status: str = "completed"


@dataclass(slots=True)
class Artifact:
    """One upload. It is listed from `listed_at` on, as long as `is_listed`: a re-run of all jobs makes it vanish."""

    id: int
    name: str
    data: bytes
    created_at: datetime
    listed_at: datetime
    attempt: int
    is_expired: bool = False
    is_listed: bool = True


@dataclass(slots=True)
class Attempt:
    number: int
    started_at: datetime
    updated_at: datetime
    status: str
    conclusion: str | None
    jobs: list[Job] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What an attempt will give once it ends."""

    jobs: tuple[JobSpec, ...] = ()
    artifacts: tuple[ArtifactSpec, ...] = ()


@dataclass(slots=True)
class WorkflowRun:
    """A run with all its attempts, the latest last. `coming` is what the latest gives, `planned` what a re-run would."""

    id: int
    number: int
    workflow_id: int
    workflow: str
    event: str
    head_sha: str
    head_branch: str
    head_repository: str
    created_at: datetime
    attempts: list[Attempt]
    coming: Ending
    planned: Ending | None = None
    has_logs: bool = True
    artifacts: list[Artifact] = field(default_factory=list)

    @property
    def latest(self) -> Attempt:
        return self.attempts[-1]

    @property
    def jobs(self) -> list[Job]:
        """Return the jobs of all attempts."""
        return [job for attempt in self.attempts for job in attempt.jobs]
