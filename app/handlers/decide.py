"""Follow the rules about quarantine for some tests, and have everything that shows them brought up to date."""

from datetime import datetime

from app.core.decisions import Decision, Subject, next_step
from app.core.evidence import PROOFS
from app.core.model import DecisionState, RepoId, Standing, TestId
from app.db.cases import StoredCase, get_cases
from app.db.connection import Connection
from app.db.decisions import count_passes_since, lock_decisions
from app.db.evidence import list_evidence
from app.db.issues import list_issues_of_tests
from app.db.scores import StoredScore, get_scores, healthy
from app.handlers.bot import Bot, Repo
from app.handlers.record import BY_RULE, look, record, rules_for, show_everywhere
from app.jobs import DecideTests, ReportHead, SyncIssue
from app.queue import enqueue


async def decide_tests(bot: Bot, job: DecideTests) -> None:
    """Begin, propose or end quarantines as the policy says; the worst test first, where only so many are allowed."""
    repo = await bot.open(job.repo_id)
    now = bot.clock()
    async with bot.pool.acquire() as conn, conn.transaction():
        await lock_decisions(conn, repo.id)
        stored = await get_scores(conn, repo.id, job.tests)
        cases = await get_cases(conn, repo.id, job.tests)
        scores = {test: stored.get(test, healthy(test)) for test in cases}
        changed = set(job.moved)
        for test in sorted(cases, key=lambda test: (-scores[test].score, test)):
            if await _decide(conn, repo, cases[test], scores[test], now):
                changed.add(test)
        linked = await list_issues_of_tests(conn, repo.id, job.tests)
        others = set(linked) | {test for test, one in scores.items() if one.standing is Standing.FLAKY}
        await enqueue(conn, *(SyncIssue(repo_id=repo.id, test_id=test) for test in sorted(others - changed)))
        if job.head_sha is not None and not changed:
            await enqueue(conn, ReportHead(repo_id=repo.id, head_sha=job.head_sha))
        if changed:
            await show_everywhere(conn, repo.id, changed, now=now, heads=[job.head_sha] if job.head_sha else [])


async def _decide(conn: Connection, repo: Repo, case: StoredCase, score: StoredScore, now: datetime) -> bool:
    test = TestId(case.id)
    stand = await look(conn, repo.id, test)
    subject = await _subject(conn, repo.id, test, score, stand.latest)
    change = next_step(subject, stand.latest, rules_for(repo.policy, case), active=stand.active, now=now)
    if change is None:
        return False
    await record(conn, repo.id, test, change, latest=stand.latest, by=BY_RULE, now=now)
    return True


async def _subject(
    conn: Connection, repo_id: RepoId, test: TestId, score: StoredScore, latest: Decision | None
) -> Subject:
    evidence = await list_evidence(conn, repo_id, test)
    ended = latest.ended_at if latest else None
    passes = 0
    if latest is not None and latest.is_open and latest.state is DecisionState.ACTIVE:
        passes = await count_passes_since(conn, repo_id, test, latest.decided_at)
    return Subject(
        standing=score.standing,
        score=score.score,
        flake_rate=score.flake_rate,
        proofs_since=sum(one.grade in PROOFS and (ended is None or one.at > ended) for one in evidence),
        passes_since=passes,
        own_proof=any(not one.from_fork for one in evidence),
    )
