"""Write our check run and our comment: edited where they are, found again where an answer was lost, made once."""

from collections.abc import Sequence
from hashlib import sha256

from app.core import comment
from app.core.check import NAME, CheckText, Note
from app.core.comment import Proposal
from app.core.grants import Feature
from app.core.verdict import HeadVerdict
from app.db.locks import HeadLock, PullLock
from app.db.reports import Written, find_report, save_report, silence_comment
from app.github.checks import Annotation, CheckAction, CheckContent
from app.github.conversations import create_comment, edit_comment
from app.github.errors import Gone
from app.github.repositories import PullInfo, get_pull
from app.handlers.bot import Bot, Repo
from app.handlers.checks import put_check
from app.handlers.ours import our_comment
from app.jobs import LookAtReactions
from app.metrics import COMMENT_SECONDS
from app.origin import current_origin
from app.queue import enqueue


async def write_check(bot: Bot, repo: Repo, lock: HeadLock, written: Written | None, text: CheckText) -> None:
    """Make the commit's check run show that text; does nothing where it does already."""
    digest = comment.digest(repr(text))
    if written is not None and written.digest == digest:
        return
    known = set(written.notes) if written else set()
    fresh = [note for note in text.notes if _note_digest(note) not in known]
    await put_check(
        bot,
        repo,
        lock,
        written,
        _content(text, fresh),
        kind="check",
        name=NAME,
        digest=digest,
        notes=sorted(known | {_note_digest(note) for note in fresh}),
    )
    _time_it(bot)


def _time_it(bot: Bot) -> None:
    """Note how long people waited for what is written now, since their run had ended."""
    received_at = current_origin().received_at
    if received_at is not None:
        COMMENT_SECONDS.observe(max((bot.clock() - received_at).total_seconds(), 0))


def _note_digest(note: Note) -> str:
    # What a later judgement says in other words is the same remark: GitHub would show both.
    return sha256(repr((note.path, note.line, note.title)).encode()).hexdigest()[:16]


def _content(text: CheckText, notes: list[Note]) -> CheckContent:
    return CheckContent(
        title=text.title,
        summary=text.summary,
        text=text.text or None,
        status="completed" if text.conclusion else "in_progress",
        conclusion=text.conclusion,
        annotations=tuple(
            Annotation(
                path=note.path,
                start_line=note.line,
                end_line=note.line,
                level=note.level,
                message=note.message,
                title=note.title,
            )
            for note in notes
        ),
        actions=tuple(
            CheckAction(label=one.label, description=one.description, identifier=one.identifier) for one in text.buttons
        ),
    )


async def write_comment(bot: Bot, repo: Repo, lock: PullLock, pull: PullInfo, verdict: HeadVerdict) -> None:
    """Make the pull request's comment say what is known; does nothing where it does, or where it is not wanted."""
    written = await find_report(lock.conn, repo.id, "comment", str(lock.number))
    if (
        repo.policy.comment.when == "never"
        or not repo.may(Feature.COMMENT)
        or (written is not None and written.silenced_at is not None)
    ):
        return
    if verdict.conclusion is None and not verdict.failed_tests:
        # A new push is running: what the comment says of the commit before stays until there is something new to say.
        return
    proposals = _proposals(repo, pull, verdict)
    await _write_comment(bot, repo, lock, pull, verdict, written, proposals)
    if proposals:
        # GitHub tells nobody of reactions: each event of the pull request is a time to look.
        await enqueue(lock.conn, LookAtReactions(repo_id=repo.id, number=lock.number))


async def _write_comment(
    bot: Bot,
    repo: Repo,
    lock: PullLock,
    pull: PullInfo,
    verdict: HeadVerdict,
    written: Written | None,
    proposals: Sequence[Proposal],
) -> None:
    is_there = repo.policy.comment.when == "always" or (written is not None and written.external_id is not None)
    has_check = repo.policy.check.enabled and repo.may(Feature.CHECK)
    missing = () if has_check else repo.missing
    text = comment.render(verdict, pull.head_sha, proposals, is_there=is_there, missing=missing)
    if text is None or (written is not None and written.digest == comment.digest(text)):
        return
    if (await get_pull(repo.client, lock.number)).head_sha != pull.head_sha:
        # It was pushed to meanwhile: the comment is about the new head now.
        return
    comment_id = await _put(bot, repo, lock, written, text)
    if comment_id is not None:
        await save_report(
            lock.conn,
            repo.id,
            "comment",
            str(lock.number),
            external_id=comment_id,
            digest=comment.digest(text),
            at=bot.clock(),
        )
        _time_it(bot)


async def _put(bot: Bot, repo: Repo, lock: PullLock, written: Written | None, text: str) -> int | None:
    """Edit our comment or make it; None where a person has deleted it, which means silence."""
    if written is not None and written.external_id is not None:
        try:
            return (await edit_comment(repo.client, written.external_id, text)).id
        except Gone:
            await silence_comment(lock.conn, repo.id, written.external_id, bot.clock())
            return None
    found = await our_comment(bot, repo, lock.number, comment.MARKER)
    if found is not None:
        return (await edit_comment(repo.client, found.id, text)).id
    return (await create_comment(repo.client, lock.number, text)).id


def _proposals(repo: Repo, pull: PullInfo, verdict: HeadVerdict) -> list[Proposal]:
    """Return the proposals about tests that failed here, where the pull request carries the labels that the policy asks."""
    if not repo.policy.quarantine.shows_on(pull.labels):
        return []
    found = {
        test.proposal_id: Proposal(
            id=test.proposal_id,
            case=test.case,
            score=test.score,
            flake_rate=test.flake_rate,
            runs=test.runs,
            cost=test.cost,
            guards=test.guards,
        )
        for _, test in verdict.failed_tests
        if test.proposal_id is not None
    }
    return [found[key] for key in sorted(found)]
