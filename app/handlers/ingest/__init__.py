"""Read what a workflow run left behind, attempt by attempt, and store it: each attempt in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from app.core.grants import Feature
from app.core.model import AttemptId
from app.core.uploads import is_build
from app.db.backfills import count_read
from app.db.locks import RunLock, lock_run
from app.db.runs import find_attempt, list_attempts_of_run
from app.db.uploads import list_uploads, mark_read
from app.github.actions import ArtifactInfo, RunInfo, get_run, get_run_attempt, list_artifacts
from app.github.errors import TryLater
from app.github.repositories import list_pulls
from app.handlers.bot import Bot, Repo
from app.handlers.ingest.builds import store_build
from app.handlers.ingest.read import AttemptToRead, read_attempt, read_sent
from app.handlers.ingest.store import Then, store_attempt
from app.jobs import IngestHistory, IngestRun, IngestUploads, RefreshPolicy, ScoreRun
from app.metrics import INGEST_SECONDS
from app.queue import enqueue

__all__ = ["ingest_history", "ingest_run", "ingest_uploads"]

_log = structlog.get_logger()
_POLICY_PAUSE = timedelta(seconds=1)
_PULL_EVENTS = ("pull_request", "pull_request_target")


async def ingest_run(bot: Bot, job: IngestRun) -> None:
    """Store every finished attempt of the run that is not stored yet, oldest first.

    Raises TryLater while artifacts or logs may still appear.
    """
    repo = await bot.open(job.repo_id)
    await _have_policy_read(bot, repo)
    await _read(bot, repo, job.run_id, then=lambda attempt: (ScoreRun(repo_id=repo.id, attempt_id=attempt),))


async def ingest_history(bot: Bot, job: IngestHistory) -> None:
    """Store what there still is of a run from before the App was installed. It is judged with all others, later."""
    repo = (await bot.open(job.repo_id)).in_background()
    await _read(bot, repo, job.run_id, then=lambda _: ())
    async with bot.pool.acquire() as conn:
        await count_read(conn, repo.id)


async def ingest_uploads(bot: Bot, job: IngestUploads) -> None:
    """Store what was sent for an attempt. What comes for a run of GitHub's before it is over is read with the run."""
    repo = await bot.open(job.repo_id)
    await _have_policy_read(bot, repo)

    def then(attempt: AttemptId) -> tuple[ScoreRun]:
        return (ScoreRun(repo_id=repo.id, attempt_id=attempt),)

    async with lock_run(bot.pool, repo.id, job.run_id) as lock:
        uploads = await list_uploads(lock.conn, repo.id, job.run_id, job.run_attempt)
        if all(one.read_at is not None for one in uploads):
            return
        if is_build(job.run_id):
            await store_build(bot, repo, lock, uploads, then=then)
            return
        stored = await find_attempt(lock.conn, repo.id, job.run_id, job.run_attempt)
        if stored is not None and stored.ingested_at is not None:
            await _ingest(bot, repo, lock, await get_run(repo.client, job.run_id), [job.run_attempt], then)


async def _have_policy_read(bot: Bot, repo: Repo) -> None:
    """Have the policy read before anything is judged: of a repository that a run is the first to tell of, nobody has yet.

    What the defaults would do, and the policy forbids, could not be taken back. Raises TryLater until then.
    """
    if repo.row.policy_read_at is None and repo.may(Feature.FILES):
        async with bot.pool.acquire() as conn:
            await enqueue(conn, RefreshPolicy(repo_id=repo.id))
        raise TryLater(_POLICY_PAUSE, "its policy was not read yet")


async def _read(bot: Bot, repo: Repo, run_id: int, *, then: Then) -> None:
    async with lock_run(bot.pool, repo.id, run_id) as lock:
        latest = await get_run(repo.client, run_id)
        unread = await _list_unread(lock, latest)
        if unread:
            with INGEST_SECONDS.time():
                await _ingest(bot, repo, lock, latest, unread, then)


async def _ingest(bot: Bot, repo: Repo, lock: RunLock, latest: RunInfo, unread: Sequence[int], then: Then) -> None:
    runs = await _get_attempts(repo, latest, unread[0])
    pull = await _find_pull(repo, latest)
    artifacts = await list_artifacts(repo.client, latest.id)
    for number in unread:
        attempt = AttemptToRead(
            run=runs[number],
            until=runs[number + 1].run_started_at if number + 1 in runs else None,
            pull=pull.number if pull else None,
            base_sha=pull.base_sha if pull else None,
        )
        own = tuple(one for one in artifacts if _is_of(one, attempt.run.run_started_at, attempt.until))
        uploads = await list_uploads(lock.conn, repo.id, latest.id, number)
        sent, notes = await read_sent(bot, repo, lock.conn, uploads)
        leavings = await read_attempt(bot, repo, attempt, own, sent)
        leavings = replace(leavings, notes=leavings.notes + notes)
        stored = await store_attempt(bot, repo, lock, attempt, leavings, then=then)
        if uploads:
            await mark_read(lock.conn, repo.id, latest.id, number, bot.clock())
        _log.info("attempt_stored", repo_id=repo.id, run_id=latest.id, attempt=number, **stored)


async def _list_unread(lock: RunLock, latest: RunInfo) -> list[int]:
    stored = await list_attempts_of_run(lock.conn, lock.repo_id, latest.id)
    done = {attempt.run_attempt for attempt in stored if attempt.ingested_at is not None}
    finished = latest.run_attempt if latest.status == "completed" else latest.run_attempt - 1
    return [number for number in range(1, finished + 1) if number not in done]


async def _get_attempts(repo: Repo, latest: RunInfo, first: int) -> dict[int, RunInfo]:
    """Get all attempts from the first that is asked for: an attempt's time ends where the next one's begins."""
    runs = {latest.run_attempt: latest}
    for number in range(first, latest.run_attempt):
        runs[number] = await get_run_attempt(repo.client, latest.id, number)
    return runs


def _is_of(artifact: ArtifactInfo, start: datetime, end: datetime | None) -> bool:
    """Tell whether an artifact was made in an attempt's time: GitHub does not say whose it is."""
    made = artifact.created_at
    return made is not None and start <= made and (end is None or made < end)


@dataclass(frozen=True, slots=True, kw_only=True)
class _PullSeen:
    """The pull request that a run tested. `base_sha` is None where it is not known what the run merged with."""

    number: int
    base_sha: str | None


async def _find_pull(repo: Repo, run: RunInfo) -> _PullSeen | None:
    """Find the pull request of a run: GitHub names it, but never that of a fork, which is looked up by its branch.

    A push to a branch under review is a run of that pull request, too: its proofs must not excuse its own failures.
    """
    if run.event == "push" and repo.row.names.was_default(run.head_branch, run.run_started_at):
        return None
    if run.event not in (*_PULL_EVENTS, "push"):
        return None
    for named in run.pulls:
        if named.head_sha == run.head_sha:
            return _PullSeen(number=named.number, base_sha=named.base_sha)
    if run.pulls:
        return _PullSeen(number=run.pulls[0].number, base_sha=None)
    if not run.head_owner or not run.head_branch or not repo.may(Feature.PULLS):
        return None
    for pull in await list_pulls(repo.client, head=f"{run.head_owner}:{run.head_branch}", state="all"):
        if pull.head_sha == run.head_sha and pull.head_repository_id == run.head_repository_id:
            return _PullSeen(number=pull.number, base_sha=None)
    return None
