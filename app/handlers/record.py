"""How a decision is looked up and recorded, whoever made it: by rule, by a command, by a box or by a button."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import msgspec
import structlog

from app.core.caught import Caught
from app.core.decisions import Change, Decision, Rules
from app.core.model import DecisionState, Evidence, RepoId, TestId
from app.core.policy import Policy
from app.db.audit import Deed, add_audit
from app.db.cases import StoredCase
from app.db.connection import Connection
from app.db.decisions import NewDecision, StoredDecision, add_decision, list_latest_decisions, list_open_decisions
from app.db.evidence import list_evidence_of
from app.db.impact import measure_impact
from app.db.issues import list_issues_of_tests
from app.db.owners import list_owners
from app.db.scores import StoredScore, get_scores, healthy
from app.db.tries import list_heads_hit
from app.handlers.bot import KnownRepo
from app.handlers.caught import list_caught
from app.handlers.telling import Decided, tell_decisions
from app.jobs import ReportHead, SyncIssue
from app.queue import enqueue

BY_RULE = "flakeguard"
HEADS_FOR = timedelta(days=7)
"""Checks of commits that failed longer ago are not brought up to date: nobody waits for them any more."""

_EVIDENCE_KEPT = 20
_CAUGHT_KEPT = 10
_ENDS = frozenset({DecisionState.EXPIRED, DecisionState.DISMISSED, DecisionState.RESOLVED})

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standpoint:
    """From where a decision about a test is made: what we think of it and why, what was decided last, and by whom.

    The evidence is latest first. `latest_by` is a person's login; None where it was the rules, or nothing was decided.
    """

    test: TestId
    score: StoredScore
    evidence: Sequence[Evidence]
    latest: Decision | None
    latest_by: str | None

    @property
    def is_active(self) -> bool:
        return self.latest is not None and self.latest.is_open and self.latest.state is DecisionState.ACTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """The standpoints of some tests, and how many tests of their repository are in quarantine."""

    stands: Mapping[TestId, Standpoint]
    active: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What is to become of a test, and the standpoint from which that was decided."""

    stand: Standpoint
    change: Change


async def look(conn: Connection, repo_id: RepoId, tests: Sequence[TestId]) -> Outlook:
    """Return the standpoints of those tests, read all at once; the caller holds the lock of the repository's decisions."""
    latest = await list_latest_decisions(conn, repo_id, tests)
    scores = await get_scores(conn, repo_id, tests)
    evidence = await list_evidence_of(conn, repo_id, tests)
    active = sum(one.state is DecisionState.ACTIVE for one in await list_open_decisions(conn, repo_id))
    stands = {
        test: _standpoint(test, scores.get(test, healthy(test)), evidence.get(test, ()), latest.get(test))
        for test in tests
    }
    return Outlook(stands=stands, active=active)


def _standpoint(
    test: TestId, score: StoredScore, evidence: Iterable[Evidence], row: StoredDecision | None
) -> Standpoint:
    return Standpoint(
        test=test,
        score=score,
        evidence=sorted(evidence, key=lambda one: one.at, reverse=True),
        latest=None if row is None else decision_of(row),
        latest_by=None if row is None else row.by_user,
    )


def decision_of(row: StoredDecision) -> Decision:
    """Return a stored decision as the rules see it."""
    return Decision(
        id=row.id,
        state=row.state,
        decided_at=row.decided_at,
        ended_at=row.ended_at,
        until=row.until,
        flake_rate=row.flake_rate,
    )


async def record(conn: Connection, repo: KnownRepo, steps: Sequence[Step], *, by: str, now: datetime) -> None:
    """Store decisions with their evidence, what the tests have cost and caught, and in the audit trail who made them and why."""
    repo_id = repo.id
    impacts = await measure_impact(conn, repo_id, [step.stand.test for step in steps], now)
    caught = await list_caught(conn, repo, [step.stand.test for step in steps if step.change.state not in _ENDS])
    owners = await list_owners(conn, repo_id, [step.stand.test for step in steps])
    for step in steps:
        test, change, latest = step.stand.test, step.change, step.stand.latest
        impact = asdict(impacts[test]) | {"teams": owners.get(test, "").split()}
        decision = _new_decision(step, impact, caught.get(test, ()), by=by, now=now)
        await add_decision(conn, repo_id, decision, previous=latest.id if latest and latest.is_open else None)
        detail = {"why": change.rationale, "until": change.until.isoformat() if change.until else None}
        await add_audit(conn, repo_id, Deed(at=now, actor=by, action=change.state, test_id=test, detail=detail))
        _log.info("decided", repo_id=repo_id, test_id=test, state=change.state, by=by)
    decided = {step.stand.test: Decided(change=step.change, by=by, score=step.stand.score.score) for step in steps}
    await tell_decisions(conn, repo, decided)


def _new_decision(
    step: Step, impact: Mapping[str, object], caught: Sequence[Caught], *, by: str, now: datetime
) -> NewDecision:
    """Put together what is stored of a decision.

    An end keeps the rate of what it ends: by then the test may have passed so often that it flakes no more, and the
    passes that its issue waits for would be fewer all at once.
    """
    stand, change, latest = step.stand, step.change, step.stand.latest
    return NewDecision(
        test_id=stand.test,
        state=change.state,
        rationale=change.rationale,
        by_user=None if by == BY_RULE else by,
        until=change.until,
        decided_at=now,
        flake_rate=latest.flake_rate if latest and latest.is_open and change.state in _ENDS else stand.score.flake_rate,
        evidence=[_plain(one) for one in stand.evidence[:_EVIDENCE_KEPT]],
        impact={**impact, "caught": [msgspec.to_builtins(one) for one in caught[:_CAUGHT_KEPT]]},
    )


async def show_everywhere(
    conn: Connection, repo_id: RepoId, tests: Iterable[TestId], *, now: datetime, heads: Iterable[str] = ()
) -> None:
    """Have the issues of those tests, and the checks of the pull requests that they hit, brought up to date at once."""
    ordered = sorted(tests)
    await enqueue(conn, *await issues_to_sync(conn, repo_id, ordered))
    await show_heads(conn, repo_id, ordered, now=now, heads=heads)


async def issues_to_sync(conn: Connection, repo_id: RepoId, tests: Iterable[TestId]) -> list[SyncIssue]:
    """Return the work of bringing the issues of those tests up to date: once for each, however many of them it tells of."""
    ordered = sorted(tests)
    links = await list_issues_of_tests(conn, repo_id, ordered)
    first: dict[int, TestId] = {}
    for test in ordered:
        first.setdefault(links[test].id if test in links else -test, test)
    return [SyncIssue(repo_id=repo_id, test_id=test) for test in first.values()]


async def show_heads(
    conn: Connection, repo_id: RepoId, tests: Iterable[TestId], *, now: datetime, heads: Iterable[str] = ()
) -> None:
    """Have the checks and comments of the pull requests that those tests hit lately brought up to date."""
    hit = await list_heads_hit(conn, repo_id, sorted(tests), since=now - HEADS_FOR)
    await enqueue(conn, *(ReportHead(repo_id=repo_id, head_sha=head) for head in dict.fromkeys([*hit, *heads])))


def rules_for(policy: Policy, case: StoredCase) -> Rules:
    """Return what a policy says about the quarantine of one test, which may be a team's with rules of its own."""
    policy = policy.for_team(case.owner_team)
    return Rules(
        mode=policy.quarantine.mode,
        duration=timedelta(days=policy.quarantine.duration_days),
        max_tests=policy.quarantine.max_tests,
        quarantine_threshold=policy.thresholds.quarantine_threshold,
        is_exempt=policy.is_exempt(case.case),
        is_excluded=policy.is_excluded(case.file),
    )


def _plain(one: Evidence) -> dict[str, object]:
    return {
        "grade": one.grade,
        "at": one.at.isoformat(),
        "head_sha": one.head_sha,
        "failed": [one.failed.run_id, one.failed.run_attempt, one.failed.job, one.failed.ordinal],
        "passed": None
        if one.passed is None
        else [one.passed.run_id, one.passed.run_attempt, one.passed.job, one.passed.ordinal],
    }
