"""The proposals that wait for an answer on a commit, and their being answered, by a box, a button or a thumb."""

from collections.abc import Iterable

from app.core import answers
from app.core.model import DecisionState, TestId
from app.db.cases import get_cases
from app.db.decisions import StoredDecision, get_decision, list_open_decisions
from app.db.tries import list_tests_failed_on
from app.handlers.bot import Bot, Repo
from app.handlers.will import Person, Will, carry_out


async def list_proposed_on(bot: Bot, repo: Repo, head_sha: str) -> list[StoredDecision]:
    """Return the open proposals about tests that failed on a commit."""
    async with bot.pool.acquire() as conn:
        tests = set(await list_tests_failed_on(conn, repo.id, head_sha))
        decisions = await list_open_decisions(conn, repo.id)
    return [one for one in decisions if one.state is DecisionState.PROPOSED and one.test_id in tests]


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
