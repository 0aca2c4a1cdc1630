"""Look for thumbs on our comment while a proposal is open there."""

from collections.abc import Iterable
from datetime import timedelta

from app.core import answers
from app.core.grants import Feature
from app.core.model import DecisionState
from app.core.notice_text import boxes_decide_words
from app.core.reactions import Answer, Meant, OpenProposal, Reaction, Thumb, next_pause, what_is_meant
from app.db.reports import find_report
from app.db.watches import Watch, count_watches, end_watch, find_watch, save_watch
from app.github.conversations import ReactionInfo, poll_reactions
from app.github.errors import Gone
from app.github.repositories import PullInfo, get_pull
from app.handlers.bot import Bot, Repo
from app.handlers.notices import say_once
from app.handlers.people.proposed import answer_proposals, list_proposed_on
from app.handlers.people.refused import tell_refused
from app.handlers.people.rights import may_decide
from app.handlers.will import Person, Will
from app.jobs import LookAtReactions
from app.queue import enqueue

_WILLS = {Answer.APPROVE: DecisionState.ACTIVE, Answer.DISMISS: DecisionState.DISMISSED}


async def look_at_reactions(bot: Bot, job: LookAtReactions) -> None:
    """Look at the reactions to our comment on a pull request, and look again later while a proposal is open there."""
    repo = await bot.open(job.repo_id)
    async with bot.pool.acquire() as conn:
        watch = await find_watch(conn, repo.id, job.number)
        if job.turn is not None and (watch is None or watch.turn != job.turn):
            return
        written = await find_report(conn, repo.id, "comment", str(job.number))
    etag = watch.etag if watch is not None else None
    if not (repo.may(Feature.THUMBS) and repo.may(Feature.PULLS) and repo.may(Feature.COMMENT)):
        await _end(bot, repo, job.number)
        return
    try:
        pull = await get_pull(repo.client, job.number)
        comment_id = written.external_id if written is not None else None
        if comment_id is None or pull.state != "open" or not await _proposals(bot, repo, pull):
            await _end(bot, repo, job.number)
            return
        polled = await poll_reactions(repo.client, comment_id, etag)
    except Gone:
        await _end(bot, repo, job.number)
        return
    if polled is not None:
        await _heed(bot, repo, pull, [one for one in map(_thumb, polled[0]) if one is not None])
        etag = polled[1]
    if await _proposals(bot, repo, pull):
        await _look_again(bot, repo, job, watch, etag)
    else:
        await _end(bot, repo, job.number)


async def _end(bot: Bot, repo: Repo, number: int) -> None:
    async with bot.pool.acquire() as conn:
        await end_watch(conn, repo.id, number)


async def _look_again(bot: Bot, repo: Repo, job: LookAtReactions, watch: Watch | None, etag: str | None) -> None:
    """Put off the next look; one that something else has put off meanwhile is overtaken by this one."""
    async with bot.pool.acquire() as conn, conn.transaction():
        watched = await count_watches(conn, repo.row.installation_id or 0)
        before = watch.pause_seconds if watch is not None and job.turn is not None else None
        turn, pause = (watch.turn if watch else 0) + 1, next_pause(before, watched)
        await save_watch(conn, repo.id, job.number, Watch(turn=turn, pause_seconds=pause, etag=etag))
        again = LookAtReactions(repo_id=repo.id, number=job.number, turn=turn)
        await enqueue(conn, again, after=timedelta(seconds=pause))


async def _proposals(bot: Bot, repo: Repo, pull: PullInfo) -> list[OpenProposal]:
    """Return the proposals that our comment shows: those about tests that failed on its head, where it has the labels."""
    if not repo.policy.quarantine.shows_on(pull.labels):
        return []
    proposed = await list_proposed_on(bot, repo, pull.head_sha)
    return [OpenProposal(decision_id=one.id, since=one.decided_at) for one in proposed]


def _thumb(info: ReactionInfo) -> Reaction | None:
    if info.user is None or info.user_type == "Bot" or info.content not in set(Thumb):
        return None
    return Reaction(id=info.id, thumb=Thumb(info.content), login=info.user, at=info.created_at)


async def _heed(bot: Bot, repo: Repo, pull: PullInfo, thumbs: Iterable[Reaction]) -> None:
    """Do what the thumbs of people with write access say, one after the other."""
    deciders = {login for login in {one.login for one in thumbs} if await may_decide(repo, login)}
    left = [one for one in thumbs if one.login in deciders]
    while (meant := what_is_meant(left, await _proposals(bot, repo, pull))) is not None:
        await _answer(bot, repo, pull, meant)
        left = [one for one in left if one != meant.reaction]


async def _answer(bot: Bot, repo: Repo, pull: PullInfo, meant: Meant) -> None:
    if meant.answer is Answer.AMBIGUOUS:
        async with bot.pool.acquire() as conn:
            subject = f"boxes {pull.number} {meant.reaction.id}"
            await say_once(bot, repo, conn, pull.number, subject, boxes_decide_words(len(meant.proposals)))
        return
    person = Person(login=meant.reaction.login, at=meant.reaction.at)
    will = Will(state=_WILLS[meant.answer], head_sha=pull.head_sha)
    refused = await answer_proposals(bot, repo, meant.proposals, will, person)
    if refused:
        said = answers.not_done(person.login, "a 👍", refused)
        await tell_refused(bot, repo, pull.number, f"{pull.number} {meant.reaction.id}", said)
