"""Have hooks told what changes, in the very transaction that changes it: nothing is lost, and nothing told that was undone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from msgspec.structs import replace

from app.core.decisions import Change
from app.core.hooks.body import (
    MOST_TESTS,
    Body,
    IncidentTold,
    IssueTold,
    QuarantineTold,
    StandingTold,
    TestTold,
    encode,
    short,
    short_reason,
    tell_evidence,
    tell_repository,
    tell_test,
)
from app.core.hooks.hook import Hook, HookEvent
from app.core.hooks.links import Links
from app.core.model import Evidence, Standing, TestId
from app.db.cases import StoredCase, get_cases
from app.db.connection import Connection
from app.db.issues import list_members_of_issue
from app.db.runs import StoredAttempt
from app.db.scores import StoredScore
from app.handlers.bot import KnownRepo
from app.jobs import TellHook
from app.queue import enqueue


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A test of which we think otherwise than `before`. The evidence is in any order."""

    before: Standing
    score: StoredScore
    evidence: Sequence[Evidence]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision that was just stored, by a person's login or by the rules, and the score at which it was made."""

    change: Change
    by: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueNow:
    """How an issue of ours stands on GitHub by now; `by` is who made it so, as far as that is known."""

    link_id: int
    number: int
    url: str
    state: str
    reason: str | None
    by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Occasion:
    """Something to be told: what it is, when, and who hears of it."""

    repo: KnownRepo
    event: HookEvent
    hooks: Sequence[Hook]
    links: Links
    at: datetime

    def body(self, action: str) -> Body:
        """Return what every body begins with; the delivery is the same at each hook and each time that it is tried."""
        return Body(
            event=self.event,
            action=action,
            delivery=uuid4(),
            at=self.at,
            repository=tell_repository(self.repo.row.external_id, self.links),
        )

    async def tell(self, conn: Connection, *bodies: Body) -> None:
        said = [(str(body.delivery), encode(body).decode()) for body in bodies]
        jobs = [
            TellHook(repo_id=self.repo.id, hook=hook.name, guid=guid, event=self.event, body=text)
            for guid, text in said
            for hook in self.hooks
        ]
        await enqueue(conn, *jobs)


def _occasion(repo: KnownRepo, event: HookEvent) -> _Occasion | None:
    """Return None where nobody wants to hear of such events: then nothing is looked up for them."""
    if repo.listeners is None or not (hooks := repo.listeners.of(event, repo.full_name)):
        return None
    links = repo.listeners.links(repo.full_name)
    return _Occasion(repo=repo, event=event, hooks=hooks, links=links, at=repo.listeners.clock())


async def tell_standings(conn: Connection, repo: KnownRepo, moved: Mapping[TestId, Moved]) -> None:
    """Have it told that tests have another standing, a delivery each."""
    occasion = _occasion(repo, HookEvent.STANDING)
    if occasion is None or not moved:
        return
    cases = await get_cases(conn, repo.id, list(moved))
    begun = {test: occasion.body("changed") for test in moved if test in cases}
    told = [
        replace(body, test=_test(cases[test], occasion.links), standing=_standing(moved[test], occasion.links))
        for test, body in begun.items()
    ]
    await occasion.tell(conn, *told)


async def tell_decisions(conn: Connection, repo: KnownRepo, decided: Mapping[TestId, Decided]) -> None:
    """Have it told what was decided about the quarantine of tests, a delivery each; the action is the new state."""
    occasion = _occasion(repo, HookEvent.QUARANTINE)
    if occasion is None or not decided:
        return
    cases = await get_cases(conn, repo.id, list(decided))
    begun = {test: occasion.body(one.change.state.lower()) for test, one in decided.items() if test in cases}
    told = [
        replace(body, test=_test(cases[test], occasion.links), quarantine=_quarantine(decided[test]))
        for test, body in begun.items()
    ]
    await occasion.tell(conn, *told)


async def tell_issue(conn: Connection, repo: KnownRepo, action: str, now: IssueNow) -> None:
    """Have it told that an issue was opened, closed or reopened."""
    occasion = _occasion(repo, HookEvent.ISSUE)
    if occasion is None:
        return
    tests = await list_members_of_issue(conn, repo.id, now.link_id)
    cases = await get_cases(conn, repo.id, tests[:MOST_TESTS])
    told = IssueTold(
        number=now.number,
        url=now.url,
        state=now.state,
        reason=now.reason,
        by=None if now.by is None else short(now.by),
        tests=tuple(_test(one, occasion.links) for one in cases.values()),
        tests_total=len(tests),
    )
    await occasion.tell(conn, replace(occasion.body(action), issue=told))


async def tell_incident(conn: Connection, repo: KnownRepo, attempt: StoredAttempt) -> None:
    """Have it told that so many tests failed together in an attempt that it looks like an outage."""
    occasion = _occasion(repo, HookEvent.INCIDENT)
    if occasion is None:
        return
    told = IncidentTold(
        run_id=attempt.run_id,
        run_attempt=attempt.run_attempt,
        workflow=short(attempt.workflow_name),
        branch=None if attempt.head_branch is None else short(attempt.head_branch),
        head_sha=attempt.head_sha,
        url=occasion.links.attempt(attempt.run_id, attempt.run_attempt),
        page=occasion.links.page(f"/runs/{attempt.run_id}"),
        started_at=attempt.run_started_at,
        tests=attempt.tests,
        failures=attempt.failures,
    )
    await occasion.tell(conn, replace(occasion.body("found"), incident=told))


def _test(case: StoredCase, links: Links) -> TestTold:
    return tell_test(TestId(case.id), case.case, case.file, case.owner_team, links)


def _standing(moved: Moved, links: Links) -> StandingTold:
    strongest = min(moved.evidence, key=lambda one: (one.grade, -one.at.timestamp()), default=None)
    return StandingTold(
        before=moved.before,
        after=moved.score.standing,
        score=moved.score.score,
        flake_rate=moved.score.flake_rate,
        runs=moved.score.runs,
        failures=moved.score.failures,
        evidence=None if strongest is None else tell_evidence(strongest, links),
    )


def _quarantine(decided: Decided) -> QuarantineTold:
    change = decided.change
    return QuarantineTold(
        state=change.state,
        by=short(decided.by),
        why=short_reason(change.rationale),
        until=change.until,
        score=decided.score,
    )
