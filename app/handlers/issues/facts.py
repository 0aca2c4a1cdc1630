"""What an issue has to tell: of the worst of its tests all, of the others how they stand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.core import issue
from app.core.issue_life import Goal, is_claimed_fix, is_mended, next_goal, passes_to_end
from app.core.issue_members import urgency
from app.core.issue_tables import DEEDS_LISTED, PEERS_LISTED, WEEKS, Peer, Told
from app.core.model import DecisionState, TestId
from app.core.notice_text import ABSENT_AFTER_DAYS
from app.core.reproduce import reproduce
from app.core.seen import Sights, places_of
from app.db.audit import DeedOfTest, list_deeds
from app.db.cases import StoredCase, get_cases
from app.db.clusters import latest_cluster_of
from app.db.connection import Connection
from app.db.decisions import StoredDecision, count_passes_since, list_latest_decisions
from app.db.evidence import list_evidence
from app.db.issues import IssueLink, list_goals, list_members_of_issue
from app.db.places import find_places
from app.db.quarantine_passes import count_passes_in_quarantine
from app.db.scores import StoredScore, get_scores, healthy
from app.db.weeks import latest_attempt_at, list_last_executed, list_weeks
from app.handlers.bot import Repo
from app.handlers.causes import guess_cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A test of an issue, with what was decided about it and how far it is from being done with.

    `goal` is what its latest flake has set, None where it has not flaked since it joined.
    """

    case: StoredCase
    score: StoredScore
    latest: StoredDecision | None
    passes: int
    needed: int
    goal: Goal | None

    @property
    def test(self) -> TestId:
        return TestId(self.case.id)

    @property
    def decision(self) -> DecisionState | None:
        return self.latest.state if self.latest is not None and self.latest.is_open else None

    @property
    def until(self) -> datetime | None:
        return self.latest.until if self.latest is not None and self.latest.is_open else None

    @property
    def is_over(self) -> bool:
        is_active = self.decision is DecisionState.ACTIVE
        return is_mended(self.score.standing, is_active=is_active, passes=self.passes, needed=self.needed)


async def look_at_members(conn: Connection, repo: Repo, link: IssueLink, login: str) -> list[Member]:
    """Return the tests of an issue, the worst first.

    Passes count from its opening, or from a person's claim to have fixed it; those of a test in quarantine from where
    they lead out of that.
    """
    tests = await list_members_of_issue(conn, repo.id, link.id)
    cases = await get_cases(conn, repo.id, tests)
    scores = await get_scores(conn, repo.id, tests)
    decided = await list_latest_decisions(conn, repo.id, tests)
    begins = _counts_from(link, login)
    passes = await count_passes_since(conn, repo.id, {} if begins is None else dict.fromkeys(tests, begins))
    held = {one: row.decided_at for one, row in decided.items() if row.is_open and row.state is DecisionState.ACTIVE}
    passes |= await count_passes_in_quarantine(conn, repo.id, held)
    goals = await list_goals(conn, repo.id, link.id)
    window = repo.policy.thresholds.window_size
    members = [
        _member(
            cases[test],
            scores.get(test, healthy(test)),
            decided.get(test),
            passes.get(test, 0),
            goals.get(test),
            window,
        )
        for test in tests
    ]
    return sorted(members, key=lambda one: urgency(one.score.score, one.test))


def _counts_from(link: IssueLink, login: str) -> datetime | None:
    if is_claimed_fix(state=link.state, reason=link.state_reason, by_us=link.closed_by == login):
        return link.closed_at
    return link.opened_at


def _member(
    case: StoredCase,
    score: StoredScore,
    latest: StoredDecision | None,
    passes: int,
    before: Goal | None,
    window: int,
) -> Member:
    goal = next_goal(before, TestId(case.id), flaked_at=score.last_flake_at, flake_rate=score.flake_rate)
    needed = passes_to_end(
        decided=latest.flake_rate if latest else None,
        goal=goal.passes_needed if goal else None,
        current=score.flake_rate,
        window=window,
    )
    return Member(case=case, score=score, latest=latest, passes=passes, needed=needed, goal=goal)


async def facts_of(
    conn: Connection, repo: Repo, link: IssueLink, members: Sequence[Member], now: datetime
) -> issue.IssueFacts:
    """Gather all that the issue says."""
    worst = members[0]
    tests = [one.test for one in members]
    facts = await _about(conn, repo, link, worst)
    cases = {one.test: one.case for one in members}
    return replace(
        facts,
        peers=[_peer(one) for one in members] if len(members) > 1 else (),
        weeks=await list_weeks(conn, repo.id, tests[:PEERS_LISTED], now - timedelta(weeks=WEEKS)),
        deeds=list(_told(await list_deeds(conn, repo.id, tests, limit=DEEDS_LISTED + 1), cases)),
        not_run_since=await _not_run_since(conn, repo, worst, now),
        follows=link.follows,
    )


async def _about(conn: Connection, repo: Repo, link: IssueLink, one: Member) -> issue.IssueFacts:
    cluster = await latest_cluster_of(conn, repo.id, one.test)
    evidence = await list_evidence(conn, repo.id, one.test)
    places = await find_places(conn, repo.id, one.test, places_of(evidence))
    score = one.score
    return issue.IssueFacts(
        key=link.key,
        case=one.case.case,
        file=one.case.file,
        owner=one.case.owner_team,
        standing=score.standing,
        score=score.score,
        flake_rate=score.flake_rate,
        low=score.low,
        high=score.high,
        runs=score.runs,
        window=repo.policy.thresholds.window_size,
        failures=score.failures,
        evidence=evidence,
        passes_since_flake=one.passes,
        passes_needed=one.needed,
        last_flake_at=score.last_flake_at,
        broken_since=score.broken_since,
        decision=one.decision,
        until=one.until,
        message=cluster.example_message if cluster else None,
        stack_trace=cluster.example_stack_trace if cluster else None,
        sights=Sights(places=places, run_url=repo.run_url),
        since=score.since,
        legs=score.flaky_legs,
        cause=await guess_cause(conn, repo.id, one.test),
        way=cluster.title if cluster else None,
        command=reproduce(one.case.case, one.case.file),
        judged_at=score.judged_at,
    )


def _peer(one: Member) -> Peer:
    return Peer(
        case=one.case.case,
        standing=one.score.standing,
        flake_rate=one.score.flake_rate,
        runs=one.score.runs,
        passes=one.passes,
        needed=one.needed,
        decision=one.decision,
        until=one.until,
    )


def _told(deeds: Iterable[DeedOfTest], cases: Mapping[TestId, StoredCase]) -> Iterable[Told]:
    for deed in deeds:
        case = cases.get(TestId(deed.test_id)) if deed.test_id is not None else None
        yield Told(
            at=deed.at, actor=deed.actor, action=deed.action, case=case.case if case else None, why=deed.why or ""
        )


async def _not_run_since(conn: Connection, repo: Repo, one: Member, now: datetime) -> datetime | None:
    """Return when a test ran last that the repository has gone on without for two weeks; None where it goes on running."""
    latest = await latest_attempt_at(conn, repo.id)
    since = now - timedelta(days=90)
    last = (await list_last_executed(conn, repo.id, [one.test], since)).get(one.test)
    if latest is None or last is None or latest - last < timedelta(days=ABSENT_AFTER_DAYS):
        return None
    return last
