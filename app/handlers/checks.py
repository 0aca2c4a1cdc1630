"""Put a check run of ours on a commit: edited where it is, found again where an answer was lost, made once."""

from collections.abc import Sequence

from app.db.locks import HeadLock
from app.db.reports import Written, save_report
from app.github.checks import CheckContent, create_check_run, find_check_runs, update_check_run
from app.github.errors import Gone
from app.handlers.bot import Bot, Repo

POLICY_CHECK = "FlakeGuard policy"
"""The check run that tells of the policy file; its kind in fg_report is policy."""


async def put_check(  # noqa: PLR0913 - what is written, and how it is found again
    bot: Bot,
    repo: Repo,
    lock: HeadLock,
    written: Written | None,
    content: CheckContent,
    *,
    kind: str,
    name: str,
    digest: str,
    notes: Sequence[str] = (),
) -> None:
    """Make the check run of that name show the content, and note that; `kind` is the one of fg_report."""
    check_id = written.external_id if written else None
    if check_id is None:
        found = await find_check_runs(repo.client, lock.head_sha, name=name, app_id=bot.app_id)
        check_id = min((run.id for run in found), default=None)
    if check_id is not None:
        try:
            await update_check_run(repo.client, check_id, content)
        except Gone:
            check_id = None
    if check_id is None:
        check_id = (await create_check_run(repo.client, name, lock.head_sha, content)).id
    await save_report(
        lock.conn,
        repo.id,
        kind,
        lock.head_sha,
        external_id=check_id,
        digest=digest,
        at=bot.clock(),
        notes=notes,
    )
