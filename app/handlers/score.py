"""Judge the tests that an attempt touched: scores, proofs, and what follows for their quarantine."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import structlog

from app.core.evidence import PROOFS
from app.core.infra import AttemptKey, Dropped
from app.core.model import Execution, FlakeScore, RepoId, TestId
from app.core.score import SCORER_VERSION, Thresholds, judge
from app.db.connection import Connection
from app.db.histories import read_histories
from app.db.occurrences import list_tests_to_score
from app.db.outages import find_outages
from app.db.proofs import Proof, list_proofs, save_proofs
from app.db.runs import StoredAttempt, get_attempt, mark_infra
from app.db.scores import get_scores, lock_scores, save_scores
from app.handlers.bot import Bot, Repo
from app.jobs import DecideTests, ReportHead, ScoreRun
from app.queue import enqueue

TESTS_AT_ONCE = 200
ROWS_EACH_RUN = 40
"""How many executions of a test we expect of one run at most: variants, attempts and retries together."""

_log = structlog.get_logger()


async def score_run(bot: Bot, job: ScoreRun) -> None:
    """Score every test of an attempt that has ever failed, then have them decided about and the commit reported on."""
    repo = await bot.open(job.repo_id)
    async with bot.pool.acquire() as conn:
        attempt = await get_attempt(conn, repo.id, job.attempt_id)
        if attempt is None:
            return
        tests = await list_tests_to_score(conn, repo.id, job.attempt_id, attempt.run_started_at)
        outages = await find_outages(conn, repo.id, [(attempt.run_id, attempt.run_attempt)])
        is_infra = (attempt.run_id, attempt.run_attempt) in outages.attempts
        await mark_infra(conn, repo.id, job.attempt_id, is_infra=is_infra)
        moved: list[TestId] = []
        for start in range(0, len(tests), TESTS_AT_ONCE):
            async with conn.transaction():
                moved += await _score(conn, repo, tests[start : start + TESTS_AT_ONCE])
        async with conn.transaction():
            await enqueue(conn, *_next(repo.id, tests, moved, attempt))
    _log.info("attempt_scored", repo_id=repo.id, run_id=attempt.run_id, attempt=attempt.run_attempt, tests=len(tests))


def _next(
    repo_id: RepoId, tests: Sequence[TestId], moved: Sequence[TestId], attempt: StoredAttempt
) -> Iterable[DecideTests | ReportHead]:
    """Name what follows: deciding reports on the commit itself, so that no comment shows what is about to change."""
    if tests:
        return [DecideTests(repo_id=repo_id, tests=tuple(tests), moved=tuple(moved), head_sha=attempt.head_sha)]
    return [ReportHead(repo_id=repo_id, head_sha=attempt.head_sha)]


async def _score(conn: Connection, repo: Repo, tests: Sequence[TestId]) -> list[TestId]:
    """Score some tests in the caller's transaction; returns those of which we think otherwise than before.

    One at a time in a repository: a score made of an older reading must not be written over one made of a newer.
    """
    await lock_scores(conn, repo.id)
    before = await _opinion(conn, repo.id, tests)
    thresholds = repo.policy.thresholds
    histories = await read_histories(
        conn,
        repo.id,
        tests,
        default_branch=repo.row.default_branch,
        rows_each=thresholds.window_size * ROWS_EACH_RUN,
    )
    dropped = await find_outages(conn, repo.id, _failing_attempts(histories))
    scores = await asyncio.to_thread(_judge_all, histories, thresholds, dropped, repo.full_name)
    await save_scores(
        conn,
        repo.id,
        scores,
        window=thresholds.window_size,
        version=SCORER_VERSION,
        seen_at={test: _latest(histories[test]) for test in scores},
    )
    await save_proofs(conn, repo.id, [proof for test, score in scores.items() for proof in _proofs(test, score)])
    after = await _opinion(conn, repo.id, tests)
    return [test for test in tests if before.get(test) != after.get(test)]


async def _opinion(conn: Connection, repo_id: RepoId, tests: Sequence[TestId]) -> dict[TestId, tuple[object, ...]]:
    """Return what a verdict depends on: the standing of each test, and the ways in which it was proven to flake."""
    proofs: defaultdict[TestId, list[object]] = defaultdict(list)
    for proof in await list_proofs(conn, repo_id, tests):
        proofs[proof.test_id].append((proof.loose_signature, proof.pull))
    scores = await get_scores(conn, repo_id, tests)
    return {test: (one.standing, *proofs[test]) for test, one in scores.items()}


def _judge_all(
    histories: Mapping[TestId, Sequence[Execution]], thresholds: Thresholds, dropped: Dropped, full_name: str
) -> dict[TestId, FlakeScore]:
    return {
        test: judge(executions, thresholds=thresholds, dropped=dropped, repository=full_name)
        for test, executions in histories.items()
        if executions
    }


def _failing_attempts(histories: Mapping[TestId, Sequence[Execution]]) -> set[AttemptKey]:
    return {
        (one.attempt.run_id, one.attempt.run_attempt)
        for executions in histories.values()
        for one in executions
        if one.outcome.is_bad
    }


def _latest(executions: Sequence[Execution]) -> datetime:
    return max(one.attempt.at for one in executions)


def _proofs(test: TestId, score: FlakeScore) -> Iterable[Proof]:
    for one in score.evidence:
        if one.grade in PROOFS and one.loose_signature is not None:
            yield Proof(test_id=test, loose_signature=one.loose_signature, pull=one.pull, at=one.at)
