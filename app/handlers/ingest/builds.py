"""Store the reports that a build elsewhere sent, as a run with one job."""

from collections.abc import Collection, Sequence

import structlog

from app.core.harvest import Harvest, gather
from app.core.uploads import Build
from app.db.locks import RunLock
from app.db.uploads import StoredUpload, mark_read, note_failure
from app.github.actions import JobInfo, RunInfo
from app.github.errors import Gone
from app.github.repositories import PullInfo, get_pull, get_tree
from app.handlers.bot import Bot, Repo
from app.handlers.ingest.read import AttemptToRead, Leavings, read_sent
from app.handlers.ingest.store import Then, store_attempt

FAILURE, SUCCESS = "failure", "success"

_log = structlog.get_logger()


async def store_build(bot: Bot, repo: Repo, lock: RunLock, uploads: Sequence[StoredUpload], *, then: Then) -> None:
    """Store all that has come for one job of a build. What it says of a commit that the repository lacks is left."""
    first, conn = uploads[0], lock.conn
    tree_sha = await get_tree(repo.client, first.head_sha)
    log = _log.bind(repo_id=repo.id, run_id=first.run_id, attempt=first.run_attempt)
    if tree_sha is None:
        log.warning("upload_left", reason="the repository has no such commit", head_sha=first.head_sha)
    else:
        sent, notes = await read_sent(bot, repo, conn, uploads)
        said = {one.conclusion for one in uploads}
        harvest = gather([one.reading for one in sent], None, is_green=SUCCESS in said and FAILURE not in said)
        conclusion = _conclusion(said, harvest)
        attempt = AttemptToRead(
            run=_as_run(repo, first, tree_sha, await _find_pull(repo, first), conclusion),
            until=None,
            pull=first.pull_number,
            base_sha=None,
        )
        job = _as_job(first, conclusion)
        leavings = Leavings(jobs=(job,), harvests={job.id: harvest}, unassigned={}, notes=notes)
        stored = await store_attempt(bot, repo, lock, attempt, leavings, then=then)
        if conclusion == FAILURE:
            await note_failure(conn, repo.id, first.run_id, first.run_attempt)
        log.info("build_stored", **stored)
    await mark_read(conn, repo.id, first.run_id, first.run_attempt, bot.clock())


def _conclusion(said: Collection[str | None], harvest: Harvest) -> str:
    """Say how the job ended: one word of failure is enough, and where nobody said anything its tests speak."""
    if FAILURE in said:
        return FAILURE
    return SUCCESS if SUCCESS in said or not (harvest.failures or harvest.tests == 0) else FAILURE


async def _find_pull(repo: Repo, upload: StoredUpload) -> PullInfo | None:
    """Ask GitHub for the pull request: whether it is a fork's is not for the sender to say."""
    if upload.pull_number is None:
        return None
    try:
        return await get_pull(repo.client, upload.pull_number)
    except Gone:
        return None


def _as_run(repo: Repo, upload: StoredUpload, tree_sha: str, pull: PullInfo | None, conclusion: str) -> RunInfo:
    build = Build(ci=upload.ci or "", build="", job=upload.job)
    return RunInfo(
        id=upload.run_id,
        run_attempt=upload.run_attempt,
        workflow_id=build.workflow_id,
        name=upload.ci or "",
        event="push" if upload.pull_number is None else "pull_request",
        head_branch=pull.head_ref if pull else upload.head_branch,
        head_sha=upload.head_sha,
        tree_sha=tree_sha,
        head_repository=repo.full_name if upload.pull_number is None else pull.head_repository if pull else None,
        status="completed",
        conclusion=conclusion,
        created_at=upload.created_at,
        run_started_at=upload.created_at,
        updated_at=upload.created_at,
        html_url=upload.html_url,
    )


def _as_job(upload: StoredUpload, conclusion: str) -> JobInfo:
    return JobInfo(
        id=upload.job_id,
        run_attempt=upload.run_attempt,
        name=upload.job,
        status="completed",
        conclusion=conclusion,
        started_at=None,
        completed_at=upload.created_at,
        html_url=upload.html_url or None,
    )
