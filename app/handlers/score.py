"""Judge the tests and causes that an attempt touched: scores, proofs, and what follows for their quarantine."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import structlog

from app.core.clustered import FailureClusterAnalysis, FailureKind
from app.core.infra import Dropped
from app.core.model import AttemptId, RepoId, Standing, TestId
from app.db.cluster_scores import list_members
from app.db.connection import Connection
from app.db.occurrences import list_tests_to_score
from app.db.outages import find_outages
from app.db.runs import StoredAttempt, get_attempt, mark_infra, note_incident
from app.handlers.bot import Bot, KnownRepo
from app.handlers.clusters import cluster_failures
from app.handlers.judge import rejudge
from app.handlers.owners import assign_owners
from app.handlers.telling import tell_incident
from app.jobs import DecideTests, ReportHead, ScoreRun, SyncIssue
from app.queue import enqueue

TESTS_AT_ONCE = 200

_log = structlog.get_logger()


async def score_run(bot: Bot, job: ScoreRun) -> None:
    """Score every test of an attempt that failed lately, then have them decided about and the commit reported on."""
    repo = await bot.open(job.repo_id)
    async with bot.pool.acquire() as conn:
        attempt = await get_attempt(conn, repo.id, job.attempt_id)
        if attempt is None:
            return
        tests = await list_tests_to_score(conn, repo.id, job.attempt_id, attempt.run_started_at)
        # Before judging, since a team may have thresholds of its own.
        await assign_owners(conn, repo, tests)
        outages = await find_outages(conn, repo.id, [attempt.key])
        await _note_outage(conn, repo, attempt, outages, bot.clock())
        moved: list[TestId] = []
        for start in range(0, len(tests), TESTS_AT_ONCE):
            async with conn.transaction():
                moved += (await rejudge(conn, repo, tests[start : start + TESTS_AT_ONCE])).moved
        causes = await cluster_failures(conn, repo, attempt)
        async with conn.transaction():
            await enqueue(conn, *_next(repo.id, tests, moved, attempt))
            await enqueue(conn, *await _issues_of(conn, repo.id, causes))
    _log.info("attempt_scored", repo_id=repo.id, run_id=attempt.run_id, attempt=attempt.run_attempt, tests=len(tests))


async def _note_outage(
    conn: Connection, repo: KnownRepo, attempt: StoredAttempt, outages: Dropped, now: datetime
) -> None:
    """Note whether an attempt failed as a whole, and have it told, once, where it was an outage."""
    key, number = attempt.key, AttemptId(attempt.id)
    async with conn.transaction():
        await mark_infra(conn, repo.id, number, is_infra=key in outages.attempts)
        is_outage = outages.is_outage(key, attempt.failures)
        if is_outage and await note_incident(conn, repo.id, number, now):
            await tell_incident(conn, repo, attempt)


async def _issues_of(conn: Connection, repo_id: RepoId, causes: Sequence[FailureClusterAnalysis]) -> list[SyncIssue]:
    """Have the issue of a flaky cause opened by one of its tests, none of which may be flaky enough alone."""
    flaky = [one for one in causes if one.kind is FailureKind.SYSTEMIC and one.standing is Standing.FLAKY]
    tests = [test for one in flaky for test in await list_members(conn, repo_id, one.cluster_id, 1)]
    return [SyncIssue(repo_id=repo_id, test_id=test) for test in tests]


def _next(
    repo_id: RepoId, tests: Sequence[TestId], moved: Sequence[TestId], attempt: StoredAttempt
) -> Iterable[DecideTests | ReportHead]:
    """Name what follows: deciding reports on the commit itself, so that no comment shows what is about to change."""
    if tests:
        return [DecideTests(repo_id=repo_id, tests=tuple(tests), moved=tuple(moved), head_sha=attempt.head_sha)]
    return [ReportHead(repo_id=repo_id, head_sha=attempt.head_sha)]
