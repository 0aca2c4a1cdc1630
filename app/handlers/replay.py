"""Ask what a policy would have done in the last days: read what was known then, and live through it again."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from app.core.history import HORIZON
from app.core.issue_life import Goal
from app.core.model import DecisionState, Execution, TestId
from app.core.policy import Policy
from app.core.replay import Hit, IssueWishes, Past, PastCause, PastIssue, Replay, Wishes, replay
from app.core.score import MOST_PASSES
from app.core.upkeep import start_of_day
from app.db.cases import StoredCase, get_cases
from app.db.connection import Connection, Pool
from app.db.decisions import StoredDecision
from app.db.histories import read_histories_since
from app.db.issues import count_opened_since
from app.db.outages import find_outages
from app.db.proofs import Proof, list_proofs
from app.db.replay import (
    HitAt,
    ToldAt,
    Weighed,
    list_decisions_at,
    list_ends,
    list_hits_at,
    list_tests_to_replay,
    list_told_at,
)
from app.handlers.bot import KnownRepo
from app.handlers.judge import failing_attempts
from app.handlers.record import decision_of, rules_for

DAYS = 30
FEWEST_DAYS = 7
"""Where more days would take too long, fewer are replayed; where these would, the tests that failed the least are left out."""

FAILED_WITHIN = timedelta(days=180)
"""A test whose last failures are longer ago, counted from the beginning, is not looked at."""

MOST_TESTS = 1_000
MOST_WORK = 250_000
"""Executions that are judged times the runs of the windows by which they are: some seconds, whatever the policy asks for."""

BEGINNING = 5
"""What a test costs before its first execution, in executions: its history is read and judged."""

LONGEST_RUN = timedelta(days=2)
"""An attempt that began longer before the beginning than this, and ended after it, may have pushed an older run out of sight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    past: Past
    cases: Mapping[TestId, StoredCase]
    left_out: int


async def replay_policy(
    pool: Pool, repo: KnownRepo, policy: Policy, now: datetime, executor: Executor | None = None
) -> Replay:
    """Return what a policy would have done in the last 30 days, or as many as there is time for, beside the one in force.

    Nothing is stored. The executor does the thinking, a thread where there is none; no connection is held meanwhile.
    """
    policies = (repo.policy, policy)
    async with pool.acquire() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        found = await _read(conn, repo, policies, now)
    wishes = [_wishes(one, found.cases) for one in policies]
    in_force, asked = await asyncio.get_running_loop().run_in_executor(executor, replay, found.past, wishes)
    return Replay(
        since=found.past.since,
        until=now,
        cases={test: one.case for test, one in found.cases.items()},
        asked=asked,
        in_force=in_force,
        left_out=found.left_out,
        is_shortened=now - found.past.since < timedelta(days=DAYS),
    )


async def _read(conn: Connection, repo: KnownRepo, policies: Sequence[Policy], now: datetime) -> _Read:
    since, tests, left_out = await _choose(conn, repo, policies, now)
    decisions = await list_decisions_at(conn, repo.id, tests, since)
    told = await list_told_at(conn, repo.id, since)
    needed = {test: _needed_since(decisions.get(test), since) for test in tests}
    waiting = {one.member for one in told if one.member is not None and one.closed_at is None}
    window = max(one.window_size for one in policies)
    histories = await _read_histories(conn, repo, needed, waiting, window)
    hits = await list_hits_at(conn, repo.id, tests, since)
    attempts = {(one.attempt.run_id, one.attempt.run_attempt) for own in histories.values() for one in own}
    today = start_of_day(since)
    past = Past(
        since=since,
        until=now,
        repository=repo.full_name,
        executions=histories,
        ended=await list_ends(conn, repo.id, attempts),
        dropped=await find_outages(conn, repo.id, failing_attempts(histories)),
        decisions={test: decision_of(one) for test, one in decisions.items()},
        opened_today=await count_opened_since(conn, repo.id, today) - await count_opened_since(conn, repo.id, since),
        issues=[_issue(list(own), histories) for _, own in groupby(told, key=lambda one: one.link_id)],
        causes=[_cause(list(own)) for _, own in groupby(hits, key=lambda one: one.cluster_id)],
        proven=_proven(await list_proofs(conn, repo.id, tests), since),
    )
    return _Read(past=past, cases=await get_cases(conn, repo.id, tests), left_out=left_out)


async def _choose(
    conn: Connection, repo: KnownRepo, policies: Sequence[Policy], now: datetime
) -> tuple[datetime, list[TestId], int]:
    """Return since when which tests are replayed: as there is time for; and how many tests are left out.

    The days are fewer in proportion, as if the executions were spread evenly over them.
    """
    windows = sum({one.window_size for one in policies})
    since = now - timedelta(days=DAYS)
    weighed = await _weigh(conn, repo, policies, since)
    work = sum(map(_cost, weighed)) * windows
    if work > MOST_WORK:
        since = now - timedelta(days=max(FEWEST_DAYS, DAYS * MOST_WORK // work))
        weighed = await _weigh(conn, repo, policies, since)
    chosen: list[TestId] = []
    room = MOST_WORK
    for one in weighed:
        room -= _cost(one) * windows
        if room >= 0:
            chosen.append(TestId(one.test_id))
    return since, chosen, weighed[0].of - len(chosen) if weighed else 0


async def _weigh(conn: Connection, repo: KnownRepo, policies: Sequence[Policy], since: datetime) -> list[Weighed]:
    """Return the tests that a replay can be about, those with open decisions and the worst first."""
    failures = min(one.min_failures for one in policies)
    return await list_tests_to_replay(
        conn, repo.id, since, failed_since=since - FAILED_WITHIN, failures=failures, limit=MOST_TESTS
    )


def _cost(one: Weighed) -> int:
    return one.executions + BEGINNING


async def _read_histories(
    conn: Connection, repo: KnownRepo, since: Mapping[TestId, datetime], waiting: Collection[int], window: int
) -> dict[TestId, list[Execution]]:
    """Return all executions since its moment of each test, and its windows before; and all passes that may end the issues that wait for them."""
    usual = HORIZON * window
    found: dict[TestId, list[Execution]] = {}
    for is_waiting, runs in ((False, usual), (True, max(usual, MOST_PASSES))):
        own = {test: at for test, at in since.items() if (test in waiting) is is_waiting}
        found |= await read_histories_since(conn, repo.id, own, names=repo.row.names, runs_each=runs)
    return found


def _issue(told: Sequence[ToldAt], chosen: Collection[TestId]) -> PastIssue:
    """Put together how an issue stood, from what it told of each of its tests."""
    first = told[0]
    test, cause = _stood_for(told)
    return PastIssue(
        id=first.link_id,
        test=test,
        cause=cause,
        members=frozenset(TestId(one.member) for one in told if one.member is not None and one.member in chosen),
        follows=first.follows,
        opened_at=first.opened_at,
        closed_at=first.closed_at,
        reason=first.state_reason,
        by_us=first.by_app,
        goals={goal.test_id: goal for one in told if (goal := _goal(one)) is not None},
    )


def _stood_for(told: Sequence[ToldAt]) -> tuple[TestId | None, int | None]:
    """Return the test, or the cause, that an issue stood for: that of one test tells of no other."""
    first = told[0]
    if first.is_given_since and first.member is not None and len(told) == 1:
        return TestId(first.member), None
    return (None if first.test_id is None else TestId(first.test_id)), first.cluster_id


def _goal(told: ToldAt) -> Goal | None:
    if told.member is None or told.flaked_at is None or told.passes_needed is None:
        return None
    return Goal(test_id=TestId(told.member), flaked_at=told.flaked_at, passes_needed=told.passes_needed)


def _cause(hits: Sequence[HitAt]) -> PastCause:
    """Put together what was known of one cause, from what it did to each of its tests."""
    return PastCause(
        id=hits[0].cluster_id,
        signature=hits[0].signature,
        hits={TestId(one.test_id): Hit(count=one.count, last_at=one.last_at) for one in hits},
        first_at=min((one.first_at for one in hits if one.first_at), default=None),
        standing=hits[0].standing,
    )


def _proven(proofs: Sequence[Proof], since: datetime) -> dict[TestId, set[str]]:
    found: defaultdict[TestId, set[str]] = defaultdict(set)
    for one in proofs:
        if one.at < since:
            found[one.test_id].add(one.loose_signature)
    return found


def _needed_since(decision: StoredDecision | None, since: datetime) -> datetime:
    """Return from when on all executions of a test are needed: the passes that end a quarantine are counted from its beginning."""
    known = since - LONGEST_RUN
    if decision is None or not decision.is_open or decision.state is not DecisionState.ACTIVE:
        return known
    return min(known, decision.decided_at)


def _wishes(policy: Policy, cases: Mapping[TestId, StoredCase]) -> Wishes:
    own = {test: policy.for_team(case.owner_team or "") for test, case in cases.items()}
    return Wishes(
        rules={test: rules_for(own[test], case) for test, case in cases.items()},
        thresholds={test: one.thresholds for test, one in own.items()},
        of_causes=policy.thresholds,
        issues=IssueWishes(
            enabled=policy.issues.enabled,
            a_day=policy.issues.max_per_day,
            reopen_days=policy.issues.reopen_days,
        ),
    )
