"""Bring what GitHub shows of a commit up to date: our check run, and the comment of each pull request with that head."""

from collections.abc import Sequence
from datetime import timedelta

import structlog

from app.core.check import render as render_check
from app.core.grants import Feature, refusal_words
from app.core.rerun import runs_to_rerun
from app.core.uploads import is_build, speaks_for
from app.core.verdict import HeadVerdict, NoRuns, decide
from app.db.connection import Connection
from app.db.locks import HeadLock, lock_head, lock_pull
from app.db.reports import Written, find_report
from app.db.reruns import list_reruns
from app.github.actions import MOST_FOUND, RunInfo, list_runs
from app.github.checks import list_check_suites
from app.github.errors import Gone
from app.github.repositories import PullInfo, get_pull, list_pull_files
from app.github.webhooks import POLICY_PATHS
from app.handlers.bot import Bot, Repo
from app.handlers.heads import open_pulls, shows_proposals
from app.handlers.report.blind import tell_blindness
from app.handlers.report.look import look_at_runs
from app.handlers.report.write import write_check, write_comment
from app.jobs import CheckPolicy, RefreshPull, ReportHead, RerunFlakes
from app.queue import enqueue

__all__ = ["refresh_pull", "report_head"]

_WORKFLOWS = ".github/workflows/"

_log = structlog.get_logger()


async def report_head(bot: Bot, job: ReportHead) -> None:
    """Judge a commit by all its runs as they are now, and show it.

    Looking, too, is done under the lock: what was seen before another worker wrote must not be written after it.
    """
    repo = await bot.open(job.repo_id)
    if not repo.may_write:
        await tell_blindness(bot, repo, job.head_sha)
        return
    if not repo.may(Feature.RUNS):
        _log.info("head_not_reported", repo_id=repo.id, reason=refusal_words(Feature.RUNS))
        return
    async with lock_head(bot.pool, repo.id, job.head_sha) as lock:
        runs = await list_runs(repo.client, head_sha=job.head_sha)
        pulls = await open_pulls(repo, job.head_sha, runs) if repo.may(Feature.PULLS) else ()
        files = await _touched_files(repo, pulls) if pulls else frozenset()
        written = await find_report(lock.conn, repo.id, "check", job.head_sha)
        views = await look_at_runs(lock.conn, repo, job.head_sha, runs, {pull.number for pull in pulls}, files)
        verdict = decide(
            views,
            _no_runs(bot, written, files),
            is_blind=_is_blind(repo, runs),
            is_cut=len(runs) >= MOST_FOUND,
        )
        if repo.policy.check.enabled and repo.may(Feature.CHECK):
            await _show_check(bot, repo, lock, written, verdict, pulls)
        if written is None and not verdict.runs:
            # Nothing may ever happen to this commit again: look once more when it is late enough to say so.
            await enqueue(lock.conn, ReportHead(repo_id=repo.id, head_sha=job.head_sha), after=bot.quiet_after)
        for pull in pulls:
            async with lock_pull(lock, pull.number) as pull_lock:
                await write_comment(bot, repo, pull_lock, pull, verdict)
        await enqueue(lock.conn, *await _reruns(lock.conn, repo, verdict))
    _log.info("head_reported", repo_id=repo.id, head_sha=job.head_sha, conclusion=verdict.conclusion)


def _is_blind(repo: Repo, runs: Sequence[RunInfo]) -> bool:
    """Tell whether the commit may be of a pull request that we may not read."""
    names = repo.row.names
    return not repo.may(Feature.PULLS) and not all(
        run.event == "push" and names.was_default(run.head_branch, run.run_started_at) for run in runs
    )


async def _reruns(conn: Connection, repo: Repo, verdict: HeadVerdict) -> list[RerunFlakes]:
    """Have run again what only known flakes failed in, where the policy asks for that."""
    if not repo.policy.rerun.enabled or not repo.may(Feature.RERUN) or not verdict.failed_jobs:
        return []
    before = await list_reruns(conn, repo.id, [run.run_id for run in verdict.runs])
    asked = {(one.run_id, one.run_attempt) for one in before}
    refused = {one.run_id for one in before if one.refusal is not None}
    return [
        RerunFlakes(repo_id=repo.id, run_id=run.run_id, run_attempt=run.attempt)
        for run in runs_to_rerun(verdict, asked=asked, refused=refused)
        if not is_build(run.run_id)
    ]


async def _show_check(
    bot: Bot, repo: Repo, lock: HeadLock, written: Written | None, verdict: HeadVerdict, pulls: Sequence[PullInfo]
) -> None:
    proposed = sum(test.proposal_id is not None for _, test in verdict.failed_tests)
    proposals = proposed if shows_proposals(repo, pulls) else 0
    others = await _others(bot, repo, lock.head_sha, verdict)
    text = render_check(verdict, proposals=proposals, others=others, missing=repo.missing, barred=repo.barred)
    await write_check(bot, repo, lock, written, text)


def _no_runs(bot: Bot, written: Written | None, files: frozenset[str]) -> NoRuns:
    slack = timedelta(seconds=5)
    if written is None or bot.clock() < written.opened_at + bot.quiet_after - slack:
        return NoRuns.WAITING
    return NoRuns.WORKFLOWS_CHANGED if any(file.startswith(_WORKFLOWS) for file in files) else NoRuns.NONE_CAME


async def _touched_files(repo: Repo, pulls: Sequence[PullInfo]) -> frozenset[str]:
    touched: set[str] = set()
    for pull in pulls:
        touched |= {file.filename for file in await list_pull_files(repo.client, pull.number)}
    return frozenset(touched)


async def _others(bot: Bot, repo: Repo, head_sha: str, verdict: HeadVerdict) -> tuple[str, ...]:
    """Name the other CI systems on the commit once the verdict is final: they are listed, and turn nothing green.

    One that sent its reports is judged, and not listed.
    """
    if verdict.conclusion is None:
        return ()
    suites = await list_check_suites(repo.client, head_sha)
    strangers = {s.app_slug or "unknown" for s in suites if s.app_id != bot.app_id and s.app_slug != "github-actions"}
    judged = [run.workflow for run in verdict.runs if is_build(run.run_id)]
    return tuple(sorted(slug for slug in strangers if not any(speaks_for(ci, slug) for ci in judged)))


async def refresh_pull(bot: Bot, job: RefreshPull) -> None:
    """Report on a pull request's head again: it was opened, moved, labelled or closed.

    Its own policy file is looked at at once, without waiting for any run.
    """
    repo = await bot.open(job.repo_id)
    if not repo.may(Feature.PULLS):
        return
    try:
        pull = await get_pull(repo.client, job.number)
    except Gone:
        return
    if pull.state != "open":
        return
    touched = {file.filename for file in await list_pull_files(repo.client, pull.number) if file.status != "removed"}
    policies = [path for path in POLICY_PATHS if path in touched][:1]
    async with bot.pool.acquire() as conn, conn.transaction():
        await enqueue(conn, ReportHead(repo_id=repo.id, head_sha=pull.head_sha))
        await enqueue(conn, *(CheckPolicy(repo_id=repo.id, head_sha=pull.head_sha, path=path) for path in policies))
