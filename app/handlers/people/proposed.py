"""The proposals that wait for an answer on a commit, and their being answered, by a box, a button or a thumb."""

from collections.abc import Iterable, Sequence

from app.core import answers
from app.core.grants import Feature
from app.core.model import DecisionState, TestId
from app.db.cases import get_cases
from app.db.decisions import StoredDecision, get_decision, list_open_decisions
from app.db.tries import list_tests_failed_on
from app.github.actions import list_runs
from app.github.repositories import PullInfo
from app.handlers.bot import Bot, Repo
from app.handlers.heads import open_pulls, shows_proposals
from app.handlers.will import Person, Will, carry_out


async def list_proposed_on(bot: Bot, repo: Repo, head_sha: str) -> list[StoredDecision]:
    """Return the open proposals about tests that failed on a commit."""
    async with bot.pool.acquire() as conn:
        tests = set(await list_tests_failed_on(conn, repo.id, head_sha))
        decisions = await list_open_decisions(conn, repo.id)
    return [one for one in decisions if one.state is DecisionState.PROPOSED and one.test_id in tests]


async def pulls_of(repo: Repo, head_sha: str) -> tuple[PullInfo, ...]:
    """Return the open pull requests with that head, as far as we may know of them."""
    if not (repo.may(Feature.PULLS) and repo.may(Feature.RUNS)):
        return ()
    return await open_pulls(repo, head_sha, await list_runs(repo.client, head_sha=head_sha))


def why_hidden(repo: Repo, pulls: Sequence[PullInfo]) -> str | None:
    """Say why nobody is shown the proposals about the head of those, and so nobody can accept them; None where they are shown."""
    return None if shows_proposals(repo, pulls) else answers.lacks_labels(repo.policy.quarantine.labels_required)


async def answer_proposals(bot: Bot, repo: Repo, decisions: Iterable[int], will: Will, person: Person) -> list[str]:
    """Do what a person wants of the tests that those decisions are about; returns what was refused and why, a line a test.

    What is no open proposal any more is left alone.
    """
    refused = []
    async with bot.pool.acquire() as conn, conn.transaction():
        for decision_id in decisions:
            decision = await get_decision(conn, repo.id, decision_id)
            if decision is None or not decision.is_open or decision.state is not DecisionState.PROPOSED:
                continue
            test = TestId(decision.test_id)
            case = (await get_cases(conn, repo.id, [test]))[test]
            refusal = await carry_out(conn, repo, case, will, person)
            if refusal is not None:
                refused.append(answers.refused(case.case, refusal.why))
    return refused
