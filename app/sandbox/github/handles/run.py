"""What CI does with one workflow run."""

from collections.abc import Sequence

from app.sandbox.github.ci import begin_attempt, end_attempt, tell_run
from app.sandbox.github.runs import Ending, WorkflowRun
from app.sandbox.github.specs import ArtifactSpec, JobSpec
from app.sandbox.github.stage import Stage
from app.sandbox.github.world import RepositoryData


class Run:
    """One workflow run; each attempt is completed once."""

    def __init__(self, stage: Stage, repo: RepositoryData, data: WorkflowRun) -> None:
        self._stage = stage
        self._repo = repo
        self.data = data

    @property
    def id(self) -> int:
        return self.data.id

    async def complete(self, conclusion: str | None = None) -> None:
        """End the latest attempt, also one that the App began through the API."""
        await end_attempt(self._stage, self._repo, self.data, conclusion)

    def plan_rerun(self, *, jobs: Sequence[JobSpec], artifacts: Sequence[ArtifactSpec] = ()) -> None:
        """Say what the next re-run through the API gives; without a plan the failed jobs end as they did."""
        self.data.planned = Ending(jobs=tuple(jobs), artifacts=tuple(artifacts))

    async def rerun_failed(self, *, jobs: Sequence[JobSpec], artifacts: Sequence[ArtifactSpec] = ()) -> None:
        """Run the failed jobs again and end that attempt; artifacts of earlier attempts stay listed."""
        await begin_attempt(self._stage, self._repo, self.data, Ending(jobs=tuple(jobs), artifacts=tuple(artifacts)))
        await self.complete()

    async def rerun_all(self, *, jobs: Sequence[JobSpec], artifacts: Sequence[ArtifactSpec] = ()) -> None:
        """Run everything again and end that attempt; artifacts of earlier attempts vanish from the list."""
        for artifact in self.data.artifacts:
            artifact.is_listed = False
        await self.rerun_failed(jobs=jobs, artifacts=artifacts)

    def expire(self) -> None:
        """Let the time be over for which GitHub keeps artifacts and logs."""
        self.data.has_logs = False
        for artifact in self.data.artifacts:
            artifact.is_expired = True

    async def send(self, action: str) -> None:
        """Send one more webhook of the run."""
        await tell_run(self._stage, self._repo, self.data, action)
