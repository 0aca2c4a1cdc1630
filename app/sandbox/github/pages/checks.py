"""Pages of a check run, of a workflow run and of a job's log."""

from html import escape

from aiohttp import web

from app.sandbox.github.pages.layout import at, dot, home_of, page, rows, sha, state
from app.sandbox.github.pages.markdown import to_html
from app.sandbox.github.runs import Artifact, Attempt, Job, WorkflowRun
from app.sandbox.github.world import CheckRun, RepositoryData


def show_check(repo: RepositoryData, check: CheckRun) -> web.Response:
    buttons = "".join(
        f'<span title="{escape(str(one.get("description")))}">{escape(str(one.get("label")))}</span>'
        for one in check.actions
    )
    text = f'<div class="card"><div class="markdown">{to_html(check.text)}</div></div>' if check.text else ""
    notes = [_annotation(one) for one in check.annotations]
    body = (
        f'<h1>{escape(check.name)} <span class="number">on {sha(check.head_sha)}</span></h1>'
        f'<p class="meta">{state(check.conclusion or check.status)} {at(check.completed_at or check.started_at)}</p>'
        f'<p class="buttons">{buttons}</p><h2>{escape(check.title or "")}</h2>'
        f'<div class="card"><div class="markdown">{to_html(check.summary or "")}</div></div>{text}'
        f"<h2>Annotations</h2>{rows(notes, 'There are none.')}"
    )
    return page(f"{check.name} · {check.head_sha[:7]}", body, home_of(repo))


def _annotation(one: dict[str, object]) -> str:
    level = escape(str(one.get("annotation_level")))
    details = f"<pre>{escape(str(one['raw_details']))}</pre>" if one.get("raw_details") else ""
    return (
        f'<span class="level {level}">{level}</span> <strong>{escape(str(one.get("title") or ""))}</strong> '
        f'<span class="small">{escape(str(one.get("path")))}, line {escape(str(one.get("start_line")))}</span>'
        f"<p>{escape(str(one.get('message')))}</p>{details}"
    )


def show_run(repo: RepositoryData, run: WorkflowRun, number: int) -> web.Response:
    """Show one attempt of a workflow run, counted from 1."""
    attempt = run.attempts[number - 1]
    there = f"/{repo.full_name}/actions/runs/{run.id}"
    jobs = [_job_row(there, job) for job in attempt.jobs]
    others = " ".join(f'<a href="{escape(there)}/attempts/{one.number}">{one.number}</a>' for one in run.attempts)
    artifacts = [_artifact_row(one) for one in run.artifacts if one.attempt == number]
    body = (
        f'<h1>{escape(run.workflow)} <span class="number">#{run.number}</span></h1>'
        f'<p class="meta">{state(_word(attempt))} {sha(run.head_sha)} on <code>{escape(run.head_branch)}</code> by '
        f"{escape(run.event)}, attempt {number}, {at(attempt.started_at)} · attempts: {others}</p>"
        f"<h2>Jobs</h2>{rows(jobs, 'None has ended.')}<h2>Artifacts</h2>{rows(artifacts, 'None was uploaded.')}"
    )
    return page(f"{run.workflow} #{run.number}", body, home_of(repo))


def _word(attempt: Attempt) -> str:
    return attempt.conclusion or attempt.status


def _job_row(there: str, job: Job) -> str:
    return (
        f'{dot(job.conclusion or job.status)}<a class="title" href="{escape(there)}/job/{job.id}">{escape(job.name)}</a>'
        f'<span class="small">{at(job.started_at)} to {at(job.completed_at)}</span>'
    )


def _artifact_row(artifact: Artifact) -> str:
    return f"{escape(artifact.name)} <span class='small'>{len(artifact.data):,} bytes, {at(artifact.created_at)}</span>"


def show_job(repo: RepositoryData, run: WorkflowRun, job: Job) -> web.Response:
    steps = [f"{dot(step.conclusion)}{escape(step.name)}" for step in job.steps]
    log = job.log.decode(errors="replace") if job.log is not None and run.has_logs else "There is no log."
    body = (
        f'<h1>{escape(job.name)} <span class="number">attempt {job.attempt}</span></h1>'
        f'<p class="meta">{state(job.conclusion or job.status)} {at(job.started_at)}</p>'
        f"<h2>Steps</h2>{rows(steps, 'There are none.')}<h2>Log</h2>"
        f'<pre class="log">{escape(log)}</pre>'
    )
    there = f"/{repo.full_name}/actions/runs/{run.id}"
    return page(f"{job.name} · {run.workflow}", body, home_of(repo), (there, f"{run.workflow} #{run.number}"))
