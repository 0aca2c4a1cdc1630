"""Follow the rules about quarantine for some tests, and have everything that shows them brought up to date."""

from app.core.model import Standing
from app.db.issues import list_issues_of_tests
from app.db.scores import get_scores
from app.handlers.bot import Bot
from app.handlers.record import issues_to_sync, show_everywhere
from app.handlers.rules import follow_rules
from app.jobs import DecideTests, ReportHead
from app.queue import enqueue


async def decide_tests(bot: Bot, job: DecideTests) -> None:
    """Begin, propose or end quarantines as the policy says; the worst test first, where only so many are allowed."""
    repo = await bot.open(job.repo_id)
    now = bot.clock()
    async with bot.pool.acquire() as conn, conn.transaction():
        changed = {*job.moved, *await follow_rules(conn, repo, job.tests, now)}
        scores = await get_scores(conn, repo.id, job.tests)
        linked = await list_issues_of_tests(conn, repo.id, job.tests)
        others = {*linked, *(test for test, one in scores.items() if one.standing is Standing.FLAKY)}
        await enqueue(conn, *await issues_to_sync(conn, repo.id, others - changed))
        if job.head_sha is not None and not changed:
            await enqueue(conn, ReportHead(repo_id=repo.id, head_sha=job.head_sha))
        if changed:
            await show_everywhere(conn, repo.id, changed, now=now, heads=[job.head_sha] if job.head_sha else [])
