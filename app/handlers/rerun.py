"""Run the failed jobs of a run again, within the day's budget."""

from datetime import datetime

from app.core.grants import Feature, refusal_words
from app.core.text import plain
from app.core.upkeep import start_of_day
from app.core.uploads import is_build
from app.db.audit import Deed, add_audit
from app.db.connection import Connection
from app.db.reruns import add_rerun, count_reruns_since, list_reruns, lock_reruns, note_refusal
from app.github.actions import get_run, rerun_failed_jobs
from app.github.errors import NotAllowed, NotOurs, RerunRefused
from app.handlers.bot import Bot, Repo
from app.handlers.record import BY_RULE
from app.jobs import RerunFlakes

_LONGEST_REFUSAL = 300


async def rerun_flakes(bot: Bot, job: RerunFlakes) -> None:
    """Run the failed jobs of an attempt again in which nothing but known flakes failed, where the policy allows it."""
    repo = await bot.open(job.repo_id)
    if repo.policy.rerun.enabled:
        await rerun(bot, repo, job.run_id, job.run_attempt, by=None)


async def rerun(bot: Bot, repo: Repo, run_id: int, attempt: int, *, by: str | None) -> str | None:
    """Have GitHub run the failed jobs of an attempt again; returns why not, None where it does.

    `by` is who asks for it, None for the rule. Whoever asks, an attempt is followed by one more.
    """
    if is_build(run_id):
        return "this build is run again where it ran"
    if not repo.may(Feature.RERUN):
        return "the repository is archived" if repo.row.is_archived else refusal_words(Feature.RERUN)
    async with bot.pool.acquire() as conn:
        async with conn.transaction():
            claim = await _claim(conn, repo, run_id, attempt, by=by, now=bot.clock())
        if isinstance(claim, str):
            return claim
        try:
            if not claim and (await get_run(repo.client, run_id)).run_attempt > attempt:
                # It was done when it was asked for before, though the answer may have been lost.
                return None
            await rerun_failed_jobs(repo.client, run_id)
        except (RerunRefused, NotOurs) as error:
            # Somebody may have deleted the run, or taken a right back a moment ago.
            why = refusal_words(Feature.RERUN) if isinstance(error, NotAllowed) else error.said or error.reason
            if claim:
                # Asked once more, GitHub refuses what it is doing already: that says nothing of the first time.
                await note_refusal(conn, repo.id, run_id, attempt, plain(why, limit=_LONGEST_REFUSAL))
            return why
    return None


async def _claim(
    conn: Connection, repo: Repo, run_id: int, attempt: int, *, by: str | None, now: datetime
) -> bool | str:
    """Take a place in the day's budget, and write down who took it: whether for the first time, or why not.

    Who has asked before and heard nothing, since GitHub was away or we were, has a place already.
    """
    await lock_reruns(conn, repo.id)
    before = [one for one in await list_reruns(conn, repo.id, [run_id]) if one.run_attempt == attempt]
    if before:
        return (before[0].refusal if by is None else None) or False
    most = repo.policy.rerun.max_per_day
    if await count_reruns_since(conn, repo.id, start_of_day(now)) >= most:
        return f"today's {most} re-runs are used up (`rerun.max_per_day`)"
    await add_rerun(conn, repo.id, run_id, attempt, by=by, at=now)
    detail = {"run": run_id, "attempt": attempt, "why": "only known flakes failed" if by is None else "asked for"}
    await add_audit(conn, repo.id, Deed(at=now, actor=by or BY_RULE, action="rerun", test_id=None, detail=detail))
    return True
