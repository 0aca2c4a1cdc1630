"""Workflow runs and what they leave behind."""

from dataclasses import dataclass
from datetime import UTC, datetime

from app.github.client import RepositoryClient
from app.github.errors import Gone, NotOurs, Rejected, RerunRefused
from app.github.fields import Fields
from app.github.wire import Request

_PAGE = 100
MOST_FOUND = 1000
"""GitHub gives no more of a search."""

_NOT_ALLOWED = ("not accessible by integration", "suspended")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPull:
    """A pull request as its run names it; runs of forks name none."""

    number: int
    head_sha: str
    base_sha: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInfo:
    """One attempt of a workflow run.

    `run_started_at` is the attempt's start, `created_at` the run's. `head_repository` is a full name. `status` and
    `conclusion` are open sets: GitHub adds words. Unknown values are None.
    """

    id: int
    run_attempt: int
    workflow_id: int
    name: str
    event: str
    head_branch: str | None
    head_sha: str
    tree_sha: str | None
    head_repository: str | None
    head_repository_id: int | None = None
    head_owner: str | None = None
    pulls: tuple[RunPull, ...] = ()
    status: str
    conclusion: str | None
    created_at: datetime
    run_started_at: datetime
    updated_at: datetime
    html_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepInfo:
    """One step of a job, numbered from 1."""

    number: int
    name: str
    status: str
    conclusion: str | None
    started_at: datetime | None
    completed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobInfo:
    """One job of one attempt. `labels` are those of its runner."""

    id: int
    run_attempt: int
    name: str
    status: str
    conclusion: str | None
    started_at: datetime | None
    completed_at: datetime | None
    html_url: str | None
    labels: tuple[str, ...] = ()
    steps: tuple[StepInfo, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactInfo:
    """An artifact of a run, whichever attempt made it. `digest` is `sha256:…`, None on older Enterprise Servers."""

    id: int
    name: str
    size_in_bytes: int
    created_at: datetime | None
    is_expired: bool
    digest: str | None


async def get_run(repo: RepositoryClient, run_id: int) -> RunInfo:
    """Get the latest attempt of a run. Raises Gone."""
    return _read_run(await repo.client.get(repo.route("/actions/runs/{run_id}", run_id=run_id)))


async def get_run_attempt(repo: RepositoryClient, run_id: int, attempt: int) -> RunInfo:
    """Get one attempt of a run. Raises Gone."""
    where = repo.route("/actions/runs/{run_id}/attempts/{attempt_number}", run_id=run_id, attempt_number=attempt)
    return _read_run(await repo.client.get(where))


async def list_runs(
    repo: RepositoryClient,
    *,
    head_sha: str | None = None,
    created: str | None = None,
    branch: str | None = None,
    event: str | None = None,
    limit: int = MOST_FOUND,
) -> tuple[RunInfo, ...]:
    """List runs, newest first; GitHub gives 1000 of a search at most.

    `created` is a range in GitHub's search syntax, such as `>=2026-01-31`.
    """
    asked = {"head_sha": head_sha, "created": created, "branch": branch, "event": event}
    where = repo.route("/actions/runs", asked | {"per_page": min(limit, _PAGE)})
    runs = []
    async for run in repo.client.get_all(where, "workflow_runs"):
        runs.append(_read_run(run))
        if len(runs) >= limit:
            break
    return tuple(runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRuns:
    """Runs, newest first. `etag` is None where they took more than a page: it would speak for the first one only."""

    runs: tuple[RunInfo, ...]
    etag: str | None


async def list_runs_since(repo: RepositoryClient, since: datetime, *, etag: str | None) -> ListedRuns | None:
    """List the latest attempts of all runs created since then; None where they are as they were when GitHub gave the etag."""
    where = repo.route("/actions/runs", {"created": f">={_stamp(since)}", "per_page": _PAGE})
    answer = await repo.client.call(Request(method="GET", where=where, etag=etag, also_good=(304,)))
    if answer.status == 304:
        return None
    runs = {run.id: run for run in map(_read_run, answer.fields.items("workflow_runs"))}
    rest = answer.next_page(where.template, repo.client.wire.root)
    if rest is None:
        return ListedRuns(runs=tuple(runs.values()), etag=answer.headers.get("etag"))
    async for run in repo.client.get_all(rest, "workflow_runs"):
        runs.setdefault(run.number("id"), _read_run(run))
    is_cut = len(runs) >= MOST_FOUND
    while is_cut:
        oldest = min(run.created_at for run in runs.values())
        older = await list_runs(repo, created=f"{_stamp(since)}..{_stamp(oldest)}", limit=MOST_FOUND)
        new = {run.id: run for run in older if run.id not in runs}
        runs |= new
        is_cut = bool(new) and len(older) >= MOST_FOUND
    return ListedRuns(runs=tuple(runs.values()), etag=None)


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def list_attempt_jobs(repo: RepositoryClient, run_id: int, attempt: int) -> tuple[JobInfo, ...]:
    """List the jobs of one attempt. Raises Gone."""
    where = repo.route(
        "/actions/runs/{run_id}/attempts/{attempt_number}/jobs",
        {"per_page": _PAGE},
        run_id=run_id,
        attempt_number=attempt,
    )
    return tuple([_read_job(job) async for job in repo.client.get_all(where, "jobs")])


async def list_artifacts(repo: RepositoryClient, run_id: int) -> tuple[ArtifactInfo, ...]:
    """List the artifacts of all attempts of a run. Raises Gone."""
    where = repo.route("/actions/runs/{run_id}/artifacts", {"per_page": _PAGE}, run_id=run_id)
    return tuple([_read_artifact(one) async for one in repo.client.get_all(where, "artifacts")])


async def rerun_failed_jobs(repo: RepositoryClient, run_id: int) -> None:
    """Run the failed jobs of a run again. Raises RerunRefused where GitHub will not, in words for who asked."""
    try:
        await repo.client.post(repo.route("/actions/runs/{run_id}/rerun-failed-jobs", run_id=run_id))
    except Gone:
        raise
    except (NotOurs, Rejected) as refused:
        # A 403 here means a run that is too old, running, or out of re-runs; only these words speak of our rights.
        if isinstance(refused, NotOurs) and any(text in refused.said for text in _NOT_ALLOWED):
            raise
        raise RerunRefused(refused.reason, refused.said) from refused


def _read_run(run: Fields) -> RunInfo:
    return RunInfo(
        id=run.number("id"),
        run_attempt=run.number("run_attempt"),
        workflow_id=run.number("workflow_id"),
        name=run.text_or_none("name") or "",
        event=run.text("event"),
        head_branch=run.text_or_none("head_branch"),
        head_sha=run.text("head_sha"),
        tree_sha=run.text_or_none("head_commit.tree_id"),
        head_repository=run.text_or_none("head_repository.full_name"),
        head_repository_id=run.number_or_none("head_repository.id"),
        head_owner=run.text_or_none("head_repository.owner.login"),
        pulls=tuple(_read_run_pull(pull) for pull in run.items("pull_requests")),
        status=run.text_or_none("status") or "unknown",
        conclusion=run.text_or_none("conclusion"),
        created_at=run.time("created_at"),
        run_started_at=run.time_or_none("run_started_at") or run.time("created_at"),
        updated_at=run.time("updated_at"),
        html_url=run.text("html_url"),
    )


def _read_run_pull(pull: Fields) -> RunPull:
    return RunPull(number=pull.number("number"), head_sha=pull.text("head.sha"), base_sha=pull.text("base.sha"))


def _read_job(job: Fields) -> JobInfo:
    return JobInfo(
        id=job.number("id"),
        run_attempt=job.number_or_none("run_attempt") or 1,
        name=job.text("name"),
        status=job.text("status"),
        conclusion=job.text_or_none("conclusion"),
        started_at=job.time_or_none("started_at"),
        completed_at=job.time_or_none("completed_at"),
        html_url=job.text_or_none("html_url"),
        labels=job.texts("labels"),
        steps=tuple(_read_step(step) for step in job.items("steps")),
    )


def _read_step(step: Fields) -> StepInfo:
    return StepInfo(
        number=step.number("number"),
        name=step.text_or_none("name") or "",
        status=step.text("status"),
        conclusion=step.text_or_none("conclusion"),
        started_at=step.time_or_none("started_at"),
        completed_at=step.time_or_none("completed_at"),
    )


def _read_artifact(artifact: Fields) -> ArtifactInfo:
    return ArtifactInfo(
        id=artifact.number("id"),
        name=artifact.text("name"),
        size_in_bytes=artifact.number("size_in_bytes"),
        created_at=artifact.time_or_none("created_at"),
        is_expired=artifact.flag("expired", default=False),
        digest=artifact.text_or_none("digest"),
    )
