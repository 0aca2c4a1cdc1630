"""Obey the commands of a new comment, each on its own, and answer once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from app.core import answers
from app.core.commands import (
    Ambiguous,
    Command,
    Dismiss,
    Explain,
    Found,
    Help,
    Match,
    Misunderstood,
    NotFound,
    Quarantine,
    Release,
    Rerun,
    Status,
    find_tests,
    parse,
)
from app.core.decisions import Refusal
from app.core.grants import Feature
from app.core.model import DecisionState, Standing, TestId
from app.core.moments import latest_of
from app.core.seen import Sights, places_of
from app.db.cases import StoredCase, get_cases, list_known_cases
from app.db.decisions import list_open_decisions
from app.db.evidence import list_evidence
from app.db.issues import find_issue_by_number
from app.db.locks import lock_answer
from app.db.places import find_places
from app.db.reports import break_silence
from app.db.scores import get_scores, list_worst
from app.db.tries import list_tests_failed_on
from app.github.conversations import (
    CommentInfo,
    add_reaction,
    create_comment,
    edit_comment,
    get_comment,
)
from app.github.errors import Gone
from app.github.repositories import PullInfo, get_permission, get_pull
from app.handlers.bot import Bot, Repo
from app.handlers.ours import our_comment
from app.handlers.people.boxes import rerun_head
from app.handlers.people.rights import MAY_ASK, MAY_DECIDE
from app.handlers.will import Person, Will, carry_out
from app.jobs import ObeyComment, ReportHead
from app.queue import enqueue

MOST_EXPLAINED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Talk:
    """A comment with commands: where it stands, whose it is, and what that person may do."""

    bot: Bot
    repo: Repo
    comment: CommentInfo
    number: int
    pull: PullInfo | None
    author: str
    role: str

    @property
    def may_decide(self) -> bool:
        return self.role in MAY_DECIDE

    @property
    def may_ask(self) -> bool:
        return self.role in MAY_ASK or (self.pull is not None and self.pull.author == self.author)


async def obey_comment(bot: Bot, job: ObeyComment) -> None:
    """Read a new comment on a pull request or one of our issues, and do what its commands say."""
    repo = await bot.open(job.repo_id)
    try:
        comment = await get_comment(repo.client, job.comment_id)
    except Gone:
        return
    commands = parse(comment.body)
    if not commands or comment.author is None or comment.author_type == "Bot":
        return
    talk = await _talk(bot, repo, job, comment, comment.author)
    if talk is None:
        return
    outcomes = [(command, await _obey(talk, command)) for command in commands]
    refused = [command for command, answer in outcomes if answer is _NO_RIGHT]
    is_obeyed = len(refused) < len(commands)
    said = [_refusal(command) if answer is _NO_RIGHT else answer for command, answer in outcomes]
    if is_obeyed and any(said):
        await _answer(talk, [one for one in said if one])
    if repo.may(Feature.ISSUES):
        # GitHub takes reactions by the right to issues only, also on a pull request.
        for thumb in (["+1"] if is_obeyed else []) + (["-1"] if refused else []):
            await add_reaction(repo.client, comment.id, thumb)
    if talk.pull is not None and is_obeyed:
        async with bot.pool.acquire() as conn:
            await enqueue(conn, ReportHead(repo_id=repo.id, head_sha=talk.pull.head_sha))


def _refusal(command: Command) -> str:
    """Name a command that was refused beside others that were not, where a thumb would not say which it means."""
    test = f" {command.test}" if isinstance(command, Quarantine | Release | Dismiss) else ""
    return answers.takes_write_access(f"{type(command).__name__.lower()}{test}")


_NO_RIGHT = ""
"""What is said to somebody without the right: nothing. A 👎 tells enough, where nothing else is answered."""


async def _talk(bot: Bot, repo: Repo, job: ObeyComment, comment: CommentInfo, author: str) -> _Talk | None:
    """Open the conversation; None where it is none of ours: an issue that we did not open."""
    try:
        pull = await get_pull(repo.client, job.number) if repo.may(Feature.PULLS) else None
    except Gone:
        pull = None
    if pull is None:
        async with bot.pool.acquire() as conn:
            if await find_issue_by_number(conn, repo.id, job.number) is None:
                return None
    role = await get_permission(repo.client, author)
    return _Talk(bot=bot, repo=repo, comment=comment, number=job.number, pull=pull, author=author, role=role)


async def _obey(talk: _Talk, command: Command) -> str | None:
    """Do one command; returns the answer, None where the deed is answer enough, _NO_RIGHT where it was not allowed."""
    match command:
        case Help() if talk.may_ask:
            return answers.HELP
        case Misunderstood() if talk.may_ask:
            return answers.misunderstood(command.text, command.why)
        case Status() if talk.may_ask:
            return await _status(talk)
        case Explain() if talk.may_ask:
            return await _explain(talk, command)
        case Rerun() if talk.may_decide:
            return await _rerun(talk)
        case Quarantine() | Release() | Dismiss() if talk.may_decide:
            return await _decide(talk, command)
        case _:
            return _NO_RIGHT


async def _decide(talk: _Talk, command: Quarantine | Release | Dismiss) -> str | None:
    found = await _find(talk, command.test)
    if isinstance(found, str):
        return found
    person = Person(login=talk.author, at=talk.comment.created_at)
    will, refusals = _will(talk, command), []
    for case in found:
        async with talk.bot.pool.acquire() as conn, conn.transaction():
            refusal = await carry_out(conn, talk.repo, case, will, person)
        if isinstance(refusal, Refusal):
            refusals.append(answers.refused(case.case, refusal.why))
    return "\n".join(refusals) or None


def _will(talk: _Talk, command: Quarantine | Release | Dismiss) -> Will:
    head = talk.pull.head_sha if talk.pull is not None else None
    match command:
        case Quarantine():
            return Will(state=DecisionState.ACTIVE, duration=command.duration, because=command.reason, head_sha=head)
        case Release():
            return Will(state=DecisionState.RESOLVED, because=command.reason, head_sha=head)
        case Dismiss():
            return Will(state=DecisionState.DISMISSED, because=command.reason, head_sha=head)


async def _find(talk: _Talk, pattern: str) -> Sequence[StoredCase] | str:
    """Find the tests that are meant, first among those that failed on this pull request; else say what to do."""
    async with talk.bot.pool.acquire() as conn:
        here = await list_tests_failed_on(conn, talk.repo.id, talk.pull.head_sha) if talk.pull else []
        known = list((await get_cases(conn, talk.repo.id, here)).values())
    match = await _search(pattern, known)
    if not isinstance(match, Found):
        async with talk.bot.pool.acquire() as conn:
            known = await list_known_cases(conn, talk.repo.id, here)
        match = await _search(pattern, known)
    match match:
        case Found():
            by_name = {one.case: one for one in known}
            return [by_name[case] for case in match.tests]
        case Ambiguous():
            return answers.ambiguous(pattern, match.candidates)
        case NotFound():
            return answers.unknown(pattern, match.near)


async def _search(pattern: str, known: Sequence[StoredCase]) -> Match:
    """Search beside the event loop: names are a stranger's, and there may be twenty thousand."""
    return await asyncio.to_thread(find_tests, pattern, [one.case for one in known])


async def _explain(talk: _Talk, command: Explain) -> str:
    found = await _find(talk, command.test)
    if isinstance(found, str):
        return found
    return "\n\n".join([await _explain_one(talk, case) for case in found[:MOST_EXPLAINED]])


async def _explain_one(talk: _Talk, case: StoredCase) -> str:
    test = TestId(case.id)
    async with talk.bot.pool.acquire() as conn:
        score = (await get_scores(conn, talk.repo.id, [test])).get(test)
        evidence = await list_evidence(conn, talk.repo.id, test)
        places = await find_places(conn, talk.repo.id, test, places_of(evidence))
    sights = Sights(places=places, run_url=talk.repo.run_url)
    if score is None:
        return answers.explain(case.case, Standing.HEALTHY, 0.0, 0.0, [], sights)
    return answers.explain(
        case.case, score.standing, score.score, score.flake_rate, evidence, sights, judged_at=score.judged_at
    )


async def _status(talk: _Talk) -> str:
    async with talk.bot.pool.acquire() as conn:
        if talk.pull is not None:
            await break_silence(conn, talk.repo.id, talk.number)
        worst = await list_worst(conn, talk.repo.id, 10)
        decisions = await list_open_decisions(conn, talk.repo.id)
        cases = await get_cases(conn, talk.repo.id, [one.test_id for one in decisions])
    return answers.status(
        [(one.case, one.score.standing, one.score.score, one.score.flake_rate) for one in worst],
        [(cases[TestId(one.test_id)].case, one.state, one.until) for one in decisions],
        judged_at=latest_of(one.score.judged_at for one in worst),
    )


async def _rerun(talk: _Talk) -> str:
    if talk.pull is None:
        return "There is nothing to run again here: this is no pull request."
    started, refused = await rerun_head(talk.bot, talk.repo, talk.pull.head_sha, by=talk.author)
    return answers.rerun(started, refused)


async def _answer(talk: _Talk, said: Sequence[str]) -> None:
    """Answer a comment once: the answer is looked for before it is written, since the last one may have been lost."""
    if not talk.repo.may(Feature.COMMENT if talk.pull is not None else Feature.ISSUES):
        return
    text = answers.write(talk.comment.id, said)
    async with lock_answer(talk.bot.pool, talk.repo.id, talk.comment.id):
        found = await our_comment(talk.bot, talk.repo, talk.number, answers.marker(talk.comment.id))
        if found is None:
            await create_comment(talk.repo.client, talk.number, text)
        elif found.body != text:
            await edit_comment(talk.repo.client, found.id, text)
