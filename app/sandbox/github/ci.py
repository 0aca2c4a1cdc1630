"""What CI does: attempts begin and end, jobs log, artifacts are uploaded, and the App is told."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.sandbox.github.render import Json
from app.sandbox.github.runs import Artifact, Attempt, Ending, Job, Step, WorkflowRun
from app.sandbox.github.specs import ArtifactSpec, JobSpec
from app.sandbox.github.stage import Stage
from app.sandbox.github.world import RepositoryData

RERUN_WITHIN = timedelta(days=30)
MOST_RERUNS = 50
_BAD = ("failure", "timed_out", "cancelled")


async def begin_run(stage: Stage, repo: RepositoryData, run: WorkflowRun) -> None:
    """Put a run into its repository and tell the App."""
    repo.runs[run.id] = run
    await tell_run(stage, repo, run, "requested")
    await tell_run(stage, repo, run, "in_progress")


async def end_attempt(stage: Stage, repo: RepositoryData, run: WorkflowRun, conclusion: str | None) -> None:
    """End the latest attempt: its jobs ran one beside the other and uploaded their artifacts; then time is their end's."""
    attempt, world = run.latest, stage.world
    start = attempt.started_at
    attempt.jobs = [_job(world.next_id(), attempt.number, spec, start) for spec in run.coming.jobs]
    attempt.updated_at = max((job.completed_at or start for job in attempt.jobs), default=start)
    for job in attempt.jobs:
        job.log_at = attempt.updated_at + world.logs_lag
    for spec in run.coming.artifacts:
        listed_at = attempt.updated_at + world.artifacts_lag
        at = _uploaded_at(spec, attempt)
        run.artifacts.append(Artifact(world.next_id(), spec.name, spec.data, at, listed_at, attempt.number))
    world.now = max(world.now, attempt.updated_at)
    attempt.status, attempt.conclusion = "completed", conclusion or _conclude(attempt.jobs)
    await tell_run(stage, repo, run, "completed")
    await _tell_suite(stage, repo, run)


def _uploaded_at(spec: ArtifactSpec, attempt: Attempt) -> datetime:
    job = next((one for one in attempt.jobs if one.name == spec.job), None)
    return job.steps[-1].started_at if job else attempt.started_at + timedelta(minutes=1)


async def _tell_suite(stage: Stage, repo: RepositoryData, run: WorkflowRun) -> None:
    app = stage.render.actions_app()
    suite = stage.render.check_suite(repo, run.head_sha, "completed", run.latest.conclusion, app)
    await stage.announce(repo, "check_suite", {"action": "completed", "check_suite": suite})


async def begin_attempt(stage: Stage, repo: RepositoryData, run: WorkflowRun, coming: Ending) -> None:
    """Begin another attempt, two minutes later, and tell the App."""
    stage.world.now += timedelta(minutes=2)
    now, number = stage.world.now, len(run.attempts) + 1
    run.attempts.append(Attempt(number, now, now, "in_progress", None))
    run.coming, run.planned = coming, None
    await tell_run(stage, repo, run, "in_progress")


def why_not_again(run: WorkflowRun, now: datetime) -> str | None:
    """Tell in GitHub's words why the failed jobs of a run cannot be run again; None where they can."""
    if run.latest.status != "completed":
        return "This workflow is already running"
    if now - run.created_at > RERUN_WITHIN:
        return "Unable to retry this workflow run because it was created over a month ago"
    if not run.has_logs or len(run.attempts) > MOST_RERUNS or not _failed(run):
        return "This workflow run cannot be retried"
    return None


def failed_jobs(run: WorkflowRun) -> Ending:
    """Return what a re-run of the failed jobs gives where the story plans nothing: the same once more."""
    names = _failed(run)
    jobs = tuple(spec for spec in run.coming.jobs if spec.name in names)
    return Ending(jobs=jobs, artifacts=tuple(spec for spec in run.coming.artifacts if spec.job in names))


def _failed(run: WorkflowRun) -> set[str]:
    return {job.name for job in run.latest.jobs if job.conclusion in _BAD}


async def tell_run(stage: Stage, repo: RepositoryData, run: WorkflowRun, action: str) -> None:
    payload: Json = {
        "action": action,
        "workflow_run": stage.render.run(repo, run, run.latest),
        "workflow": stage.render.workflow(repo, run),
    }
    await stage.announce(repo, "workflow_run", payload)


def _job(number: int, attempt: int, spec: JobSpec, begin: datetime) -> Job:
    end = begin + timedelta(minutes=spec.minutes)
    uploading = end - timedelta(seconds=20)
    log = spec.log.encode() if isinstance(spec.log, str) else spec.log
    steps = [
        Step(1, "Set up job", "success", begin, begin + timedelta(seconds=10)),
        Step(2, spec.failed_step, _step_conclusion(spec), begin + timedelta(seconds=10), uploading),
    ]
    steps += [
        Step(3 + place, name, "failure", uploading, uploading) for place, name in enumerate(spec.other_failed_steps)
    ]
    if spec.uploads:
        steps.append(Step(len(steps) + 1, "Upload results", "success", uploading, end))
    return Job(number, attempt, spec.name, spec.conclusion, begin, end, steps, log, end)


def _step_conclusion(spec: JobSpec) -> str:
    return spec.conclusion if spec.conclusion in _BAD else "success"


def _conclude(jobs: Sequence[Job]) -> str:
    words = {job.conclusion for job in jobs}
    return next((word for word in _BAD if word in words), "skipped" if words == {"skipped"} else "success")
