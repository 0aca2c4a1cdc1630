"""What the rules or a person would have become of tests: proposals with what they rest on, and a person's quarantine."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.core.decisions import Refusal
from app.core.model import DecisionState, TestId
from app.db.cases import get_cases
from app.db.connection import Connection
from app.db.decisions import lock_decisions
from app.db.queries.get_quarantine_candidates import QuarantineCandidate, get_quarantine_candidates
from app.handlers.analysis import POLICY_ALONE, FlakeAnalysisConfig
from app.handlers.bot import KnownRepo
from app.handlers.record import BY_RULE, record
from app.handlers.rules import ask_rules
from app.handlers.will import Person, Will, carry_out

SHORTEST = timedelta(hours=1)


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
    found = await get_quarantine_candidates(conn, repo.id, as_of=now, min_score=threshold, limit=config.limit)
    candidates = {TestId(one.test.test_id): one for one in found}
    steps = await ask_rules(conn, asked, list(candidates), now)
    if is_storing:
        await record(conn, repo, steps, by=BY_RULE, now=now)
    return [
        QuarantineProposal(
            candidate=candidates[step.stand.test],
            state=step.change.state,
            rationale=step.change.rationale,
            until=step.change.until,
        )
        for step in steps
    ]


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
    case = (await get_cases(conn, repo.id, [test])).get(test)
    if case is None:
        return Refusal(why="this test is not known")
    lasting = None if until is None else until - now
    if lasting is not None and lasting < SHORTEST:
        return Refusal(why="a quarantine lasts an hour at least")
    will = Will(state=DecisionState.ACTIVE, duration=lasting, because=because)
    return await carry_out(conn, repo, case, will, Person(login=by, at=now))
