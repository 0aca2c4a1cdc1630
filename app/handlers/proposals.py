"""What the rules or a person would have become of tests: proposals with what they rest on, and decisions recorded."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.core.decisions import Change, Decision, Refusal, Subject, next_step, quarantine
from app.core.evidence import PROOFS
from app.core.model import DecisionState, TestId
from app.db.cases import StoredCase, get_cases
from app.db.connection import Connection
from app.db.decisions import count_passes_since, lock_decisions
from app.db.evidence import list_evidence_of
from app.db.queries.get_quarantine_candidates import QuarantineCandidate, get_quarantine_candidates
from app.db.scores import get_scores, healthy
from app.handlers.analysis import POLICY_ALONE, FlakeAnalysisConfig
from app.handlers.bot import KnownRepo
from app.handlers.record import BY_RULE, look, record, rules_for, show_everywhere


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineProposal:
    """What the rules would do about a flaky test: propose its quarantine, or begin it at once where the policy says auto.

    `candidate` carries the figures, the latest proofs, and what the test has cost in the last 30 days: runs, pull requests,
    commits, and minutes of failed jobs.
    """

    candidate: QuarantineCandidate
    state: DecisionState
    rationale: str
    until: datetime | None

    @property
    def test(self) -> TestId:
        return TestId(self.candidate.test.test_id)


async def generate_quarantine_proposals(
    conn: Connection,
    repo: KnownRepo,
    now: datetime,
    config: FlakeAnalysisConfig = POLICY_ALONE,
    *,
    is_storing: bool = False,
) -> list[QuarantineProposal]:
    """Return what the rules would propose now, the surest first, in the caller's transaction.

    With `is_storing` each is recorded as the rules' own decision. Scores are those that are stored: `config` may only ask
    for surer ones.
    """
    await lock_decisions(conn, repo.id)
    asked = replace(repo, policy=config.applied_to(repo.policy))
    threshold = asked.policy.thresholds.quarantine_threshold
    candidates = await get_quarantine_candidates(conn, repo.id, as_of=now, min_score=threshold, limit=config.limit)
    cases = await get_cases(conn, repo.id, [one.test.test_id for one in candidates])
    proposals: list[QuarantineProposal] = []
    for one in candidates:
        case = cases[TestId(one.test.test_id)]
        begun = 0 if is_storing else sum(made.state is DecisionState.ACTIVE for made in proposals)
        change = await _next_change(conn, asked, case, now, begun=begun)
        if change is None:
            continue
        if is_storing:
            await _follow(conn, asked, case, change, now)
        proposals.append(
            QuarantineProposal(candidate=one, state=change.state, rationale=change.rationale, until=change.until)
        )
    return proposals


async def follow_rules(conn: Connection, repo: KnownRepo, tests: Sequence[TestId], now: datetime) -> list[TestId]:
    """Begin, propose and end quarantines of those tests as the policy says; returns the tests that it changed.

    In the caller's transaction; nothing that shows them is brought up to date.
    """
    await lock_decisions(conn, repo.id)
    scores = await get_scores(conn, repo.id, tests)
    cases = await get_cases(conn, repo.id, tests)
    changed = []
    for test in sorted(cases, key=lambda test: (-scores.get(test, healthy(test)).score, test)):
        change = await _next_change(conn, repo, cases[test], now)
        if change is not None:
            await _follow(conn, repo, cases[test], change, now)
            changed.append(test)
    return changed


async def _follow(conn: Connection, repo: KnownRepo, case: StoredCase, change: Change, now: datetime) -> None:
    test = TestId(case.id)
    stand = await look(conn, repo.id, test)
    await record(conn, repo.id, test, change, latest=stand.latest, by=BY_RULE, now=now)


async def _next_change(
    conn: Connection, repo: KnownRepo, case: StoredCase, now: datetime, *, begun: int = 0
) -> Change | None:
    """Return what the rules ask for; `begun` counts the quarantines that they would have begun before this one."""
    stand = await look(conn, repo.id, TestId(case.id))
    subject = await _subject(conn, repo, case, stand.latest)
    return next_step(subject, stand.latest, rules_for(repo.policy, case), active=stand.active + begun, now=now)


async def _subject(conn: Connection, repo: KnownRepo, case: StoredCase, latest: Decision | None) -> Subject:
    test = TestId(case.id)
    score = (await get_scores(conn, repo.id, [test])).get(test, healthy(test))
    evidence = (await list_evidence_of(conn, repo.id, [test])).get(test, [])
    ended = latest.ended_at if latest else None
    passes = 0
    if latest is not None and latest.is_open and latest.state is DecisionState.ACTIVE:
        passes = await count_passes_since(conn, repo.id, test, latest.decided_at)
    return Subject(
        standing=score.standing,
        score=score.score,
        flake_rate=score.flake_rate,
        proofs_since=sum(one.grade in PROOFS and (ended is None or one.at > ended) for one in evidence),
        passes_since=passes,
        own_proof=any(not one.from_fork for one in evidence),
    )


async def quarantine_test(
    conn: Connection,
    repo: KnownRepo,
    test: TestId,
    *,
    by: str,
    until: datetime | None,
    because: str | None,
    now: datetime,
) -> Refusal | None:
    """Record a person's quarantine of a test, in the caller's transaction; returns why not, None where it is done.

    Without `until` it lasts as long as the policy says. All that shows the test is brought up to date.
    """
    await lock_decisions(conn, repo.id)
    case = (await get_cases(conn, repo.id, [test])).get(test)
    if case is None:
        return Refusal(why="this test is not known")
    if until is not None and until - now < timedelta(hours=1):
        return Refusal(why="a quarantine lasts an hour at least")
    stand = await look(conn, repo.id, test)
    rules = rules_for(repo.policy, case)
    lasting = until - now if until is not None else None
    change = quarantine(stand.latest, rules, active=stand.active, now=now, duration=lasting, because=because)
    if isinstance(change, Refusal):
        return change
    await record(conn, repo.id, test, change, latest=stand.latest, by=by, now=now)
    await show_everywhere(conn, repo.id, [test], now=now)
    return None
