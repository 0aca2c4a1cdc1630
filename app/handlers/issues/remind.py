"""Remind of quarantines that end soon, or that nothing can end."""

from datetime import timedelta

from app.core.grants import Feature
from app.core.model import DecisionState, TestId
from app.core.notice_text import absent_words, ends_words
from app.core.score import passes_needed
from app.db.cases import get_cases
from app.db.decisions import get_decision
from app.db.issues import find_issue_of_test
from app.db.locks import lock_issue
from app.db.quarantine_passes import count_passes_in_quarantine
from app.db.weeks import list_last_executed
from app.handlers.bot import Bot
from app.handlers.notices import say_once
from app.jobs import Remind


async def remind(bot: Bot, job: Remind) -> None:
    """Say once, on the issue of the test, that its quarantine ends soon or that the test has not run for long."""
    repo = await bot.open(job.repo_id)
    if not repo.may_write or not repo.may(Feature.ISSUES):
        return
    async with bot.pool.acquire() as conn:
        decision = await get_decision(conn, repo.id, job.decision_id)
        if decision is None or not decision.is_open or decision.state is not DecisionState.ACTIVE:
            return
        test = TestId(decision.test_id)
        link = await find_issue_of_test(conn, repo.id, test)
        case = (await get_cases(conn, repo.id, [test]))[test].case
        passes = await count_passes_in_quarantine(conn, repo.id, {test: decision.decided_at})
        last = await list_last_executed(conn, repo.id, [test], bot.clock() - timedelta(days=180))
    if link is None or link.number is None:
        return
    words = (
        absent_words(case, last.get(test))
        if job.is_absent or decision.until is None
        else ends_words(case, decision.until, passes=passes.get(test, 0), needed=passes_needed(decision.flake_rate))
    )
    subject = f"{'absent' if job.is_absent else 'ends'} {decision.id}"
    async with lock_issue(bot.pool, repo.id, link.id) as lock:
        await say_once(bot, repo, lock.conn, link.number, subject, words)
