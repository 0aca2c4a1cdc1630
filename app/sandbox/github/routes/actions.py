"""Operations on workflow runs, their jobs, artifacts and logs."""

from app.sandbox.github.answers import Created, Listing, Redirect, Refusal
from app.sandbox.github.ask import Ask
from app.sandbox.github.ci import begin_attempt, failed_jobs, why_not_again
from app.sandbox.github.render import Json, stamp
from app.sandbox.github.runs import Attempt, WorkflowRun

MOST_RUNS = 1000


def list_runs(ask: Ask) -> Listing:
    """List runs, newest first; GitHub gives no more than 1000 of a search."""
    runs = sorted((run for run in ask.repo.runs.values() if _is_wanted(run, ask.query)), key=lambda run: -run.id)
    return Listing([ask.render.run(ask.repo, run, run.latest) for run in runs[:MOST_RUNS]], "workflow_runs")


def _is_wanted(run: WorkflowRun, query: dict[str, str]) -> bool:
    status = query.get("status")
    return (
        query.get("head_sha") in (None, run.head_sha)
        and query.get("event") in (None, run.event)
        and query.get("branch") in (None, run.head_branch)
        and (status is None or status in (run.latest.status, run.latest.conclusion))
        and _is_created(stamp(run.created_at) or "", query.get("created"))
    )


def _is_created(at: str, asked: str | None) -> bool:
    """Tell whether a time is in a range of the search syntax: `>=A`, `<=B` or `A..B`; days are times of midnight."""
    if asked is None:
        return True
    first, is_range, last = asked.partition("..")
    if is_range:
        return first <= at <= last
    return at <= asked.removeprefix("<=") if asked.startswith("<=") else at >= asked.removeprefix(">=")


def get_run(ask: Ask) -> Json:
    run = _run(ask)
    return ask.render.run(ask.repo, run, run.latest)


def _run(ask: Ask) -> WorkflowRun:
    run = ask.repo.runs.get(ask.number("run_id"))
    if run is None:
        raise Refusal(404, "Not Found")
    return run


def get_run_attempt(ask: Ask) -> Json:
    run = _run(ask)
    return ask.render.run(ask.repo, run, _attempt(ask, run))


def _attempt(ask: Ask, run: WorkflowRun) -> Attempt:
    number = ask.number("attempt_number")
    if not 1 <= number <= len(run.attempts):
        raise Refusal(404, "Not Found")
    return run.attempts[number - 1]


def list_attempt_jobs(ask: Ask) -> Listing:
    run = _run(ask)
    return Listing([ask.render.job(ask.repo, run, job) for job in _attempt(ask, run).jobs], "jobs")


def list_artifacts(ask: Ask) -> Listing:
    """List artifacts, newest first: those of all attempts, unless everything was run again; the newest may lag behind."""
    run, now = _run(ask), ask.world.now
    shown = [one for one in run.artifacts if one.is_listed and one.listed_at <= now]
    return Listing([ask.render.artifact(ask.repo, run, one) for one in reversed(shown)], "artifacts")


def download_artifact(ask: Ask) -> Redirect:
    wanted = ask.number("artifact_id")
    found = next((one for run in ask.repo.runs.values() for one in run.artifacts if one.id == wanted), None)
    if found is None or not found.is_listed:
        raise Refusal(404, "Not Found")
    if found.is_expired:
        raise Refusal(410, "Artifact has expired")
    return Redirect(ask.stage.storage.link("artifact", wanted, ask.request.url.port))


def download_job_log(ask: Ask) -> Redirect:
    """Redirect in any case: whether something is stored there shows only then."""
    wanted = ask.number("job_id")
    run = next((run for run in ask.repo.runs.values() if any(job.id == wanted for job in run.jobs)), None)
    if run is None:
        raise Refusal(404, "Not Found")
    if not run.has_logs:
        raise Refusal(410, "Server Error")
    return Redirect(ask.stage.storage.link("log", wanted, ask.request.url.port))


async def rerun_failed_jobs(ask: Ask) -> Created:
    """Begin an attempt with the failed jobs, which ends as the story has planned it: `await run.complete()`."""
    run, repo = _run(ask), ask.repo
    reason = why_not_again(run, ask.world.now)
    if reason is not None:
        raise Refusal(403, reason)
    await begin_attempt(ask.stage, repo, run, run.planned or failed_jobs(run))
    return Created({})
