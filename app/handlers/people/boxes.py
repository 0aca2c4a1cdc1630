"""Boxes of our comment, buttons of our check run, and our comment deleted."""

from collections.abc import Sequence
from datetime import datetime

from app.core import answers
from app.core.commands import ticked
from app.core.comment import MARKER, digest
from app.core.grants import Feature, refusal_words
from app.core.model import DecisionState
from app.db.reports import find_pull_of_comment, forget_digest, silence_comment
from app.db.runs import StoredAttempt, list_attempts_of_head
from app.db.tries import list_tests_failed_on
from app.github.actions import list_runs
from app.github.conversations import get_comment
from app.github.errors import Gone
from app.github.repositories import PullInfo, get_pull
from app.handlers.bot import Bot, Repo
from app.handlers.heads import as_listed, covered_runs
from app.handlers.people.proposed import answer_proposals, list_proposed_on, pulls_of, why_hidden
from app.handlers.people.refused import tell_refused, tell_refused_on_head
from app.handlers.people.rights import may_decide
from app.handlers.rerun import rerun
from app.handlers.will import Person, Will
from app.jobs import (
    ForgetComment,
    PressButton,
    ReportHead,
    SyncIssue,
    TickBoxes,
)
from app.queue import enqueue


async def tick_boxes(bot: Bot, job: TickBoxes) -> None:
    """Quarantine the tests whose boxes a person with write access has ticked. The hidden id counts, not the text."""
    repo = await bot.open(job.repo_id)
    async with bot.pool.acquire() as conn:
        number = await find_pull_of_comment(conn, repo.id, job.comment_id)
    if number is None or not repo.may(Feature.PULLS) or job.editor == await bot.login():
        return
    try:
        comment = await get_comment(repo.client, job.comment_id)
        pull = await get_pull(repo.client, number)
    except Gone:
        return
    # Whoever edits what others have ticked has not agreed to that.
    decisions = [] if job.ticked_before is None else sorted(ticked(comment.body) - set(job.ticked_before))
    if MARKER in comment.body and decisions and await may_decide(repo, job.editor):
        await _accept(bot, repo, job, pull, decisions, comment.updated_at)
    async with bot.pool.acquire() as conn:
        # Whatever somebody wrote into our comment, it says again what is true.
        await forget_digest(conn, repo.id, job.comment_id)
        await enqueue(conn, ReportHead(repo_id=repo.id, head_sha=pull.head_sha))


async def _accept(bot: Bot, repo: Repo, job: TickBoxes, pull: PullInfo, decisions: Sequence[int], at: datetime) -> None:
    # A label may have been taken away since the boxes were shown.
    if (why_not := why_hidden(repo, [pull])) is not None:
        refused = [why_not]
    else:
        person = Person(login=job.editor, at=at)
        refused = await answer_proposals(bot, repo, decisions, _quarantine(pull.head_sha), person)
    if refused:
        await tell_refused(bot, repo, pull.number, _told_by(job), answers.not_done(job.editor, "a box", refused))


async def press_button(bot: Bot, job: PressButton) -> None:
    """Do what a button of our check run says, for a person with write access."""
    repo = await bot.open(job.repo_id)
    if not await may_decide(repo, job.sender):
        return
    match job.identifier:
        case "quarantine":
            refused = await _quarantine_proposed(bot, repo, job)
        case "rerun":
            _, why_not = await rerun_head(bot, repo, job.head_sha, by=job.sender)
            refused = [answers.not_run_again(why) for why in why_not]
        case "issue":
            refused = await _open_issues(bot, repo, job.head_sha)
        case _:
            return
    await tell_refused_on_head(bot, repo, job.head_sha, _told_by(job), job.sender, refused)


def _told_by(job: TickBoxes | PressButton) -> str:
    """Return what tells one edit or press from another: a delivery that comes twice is one."""
    return digest(repr(job))[:16]


async def _quarantine_proposed(bot: Bot, repo: Repo, job: PressButton) -> list[str]:
    proposed = [one.id for one in await list_proposed_on(bot, repo, job.head_sha)]
    if proposed and repo.policy.quarantine.labels_required:
        why_not = why_hidden(repo, await pulls_of(repo, job.head_sha))
        if why_not is not None:
            return [why_not]
    person = Person(login=job.sender, at=bot.clock())
    return await answer_proposals(bot, repo, proposed, _quarantine(job.head_sha), person)


def _quarantine(head_sha: str) -> Will:
    return Will(state=DecisionState.ACTIVE, head_sha=head_sha)


async def _open_issues(bot: Bot, repo: Repo, head_sha: str) -> list[str]:
    """Have issues opened; returns why not, where none may be."""
    if not repo.policy.issues.enabled:
        return ["the policy switches issues off (`issues.enabled: false`)."]
    if not repo.may(Feature.ISSUES):
        return [f"{refusal_words(Feature.ISSUES)}."]
    async with bot.pool.acquire() as conn:
        tests = await list_tests_failed_on(conn, repo.id, head_sha)
        await enqueue(conn, *(SyncIssue(repo_id=repo.id, test_id=test) for test in tests))
    return []


async def rerun_head(bot: Bot, repo: Repo, head_sha: str, *, by: str) -> tuple[list[str], list[str]]:
    """Run again the failed jobs that the check covers; returns the addresses of the runs, and why not where they are not."""
    started, refused = [], []
    for run_id, attempt in (await _latest_attempts(bot, repo, head_sha)).items():
        if attempt.conclusion in ("success", "skipped", "neutral"):
            continue
        why_not = await rerun(bot, repo, run_id, attempt.run_attempt, by=by)
        if why_not is None:
            started.append(attempt.html_url)
        else:
            refused.append(why_not)
    return started, refused


async def _latest_attempts(bot: Bot, repo: Repo, head_sha: str) -> dict[int, StoredAttempt]:
    """Return the latest attempt that is stored of each run of a commit that the check judges: a deployment is none of them."""
    async with bot.pool.acquire() as conn:
        attempts = await list_attempts_of_head(conn, repo.id, head_sha)
    # GitHub may know of a later run already. What it lists no more is asked for all the same, so that it says why not.
    runs = {one.run_id: as_listed(one) for one in attempts}
    if repo.may(Feature.RUNS):
        runs |= {run.id: run for run in await list_runs(repo.client, head_sha=head_sha)}
    covered = {run.id for run in covered_runs(runs.values(), attempts)}
    return {one.run_id: one for one in attempts if one.run_id in covered}


async def forget_comment(bot: Bot, job: ForgetComment) -> None:
    """Be silent on a pull request where a person has deleted our comment, until somebody asks for the status."""
    repo = await bot.open(job.repo_id)
    if job.sender == await bot.login():
        return
    async with bot.pool.acquire() as conn:
        await silence_comment(conn, repo.id, job.comment_id, bot.clock())
