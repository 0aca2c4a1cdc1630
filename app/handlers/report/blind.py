"""Say where it is seen that we may not read the policy file, and so write nothing else."""

import structlog

from app.core.comment import digest
from app.core.grants import Feature, refusal_words
from app.db.locks import RIGHTS, lock_head, lock_issue
from app.db.notices import find_notice, save_notice
from app.db.reports import find_report
from app.github.checks import CheckContent
from app.handlers.bot import Bot, Repo
from app.handlers.checks import POLICY_CHECK, put_check

_SUBJECT = "may not read files"

_log = structlog.get_logger()


async def tell_blindness(bot: Bot, repo: Repo, head_sha: str) -> None:
    """Say once, in the policy's check run on the next commit, that we do not know what people want of us.

    Without the right to read files there is no telling whether they want anything written: so nothing is but this.
    """
    if repo.may(Feature.FILES) or repo.row.is_archived:
        return
    _log.info("head_not_reported", repo_id=repo.id, reason=refusal_words(Feature.FILES))
    if not repo.may(Feature.CHECK):
        return
    async with lock_issue(bot.pool, repo.id, RIGHTS), lock_head(bot.pool, repo.id, head_sha) as lock:
        if await find_notice(lock.conn, repo.id, _SUBJECT) is not None:
            return
        written = await find_report(lock.conn, repo.id, "policy", head_sha)
        said = digest(repr(_CONTENT))
        await put_check(bot, repo, lock, written, _CONTENT, kind="policy", name=POLICY_CHECK, digest=said)
        await save_notice(lock.conn, repo.id, _SUBJECT, external_id=0, digest=said, at=bot.clock())


_CONTENT = CheckContent(
    title="The policy cannot be read",
    summary=f"{refusal_words(Feature.FILES)}. Until then results are read and stored, and nothing else is written.",
    status="completed",
    conclusion="neutral",
)
