"""Put a check run of ours on a commit: edited where it is, found again where an answer was lost, made once."""

from collections.abc import Sequence
from dataclasses import replace

from app.db.locks import HeadLock
from app.db.reports import Written, note_writing, save_report
from app.github.checks import CheckContent, create_check_run, find_check_runs, list_annotations, update_check_run
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
            await _edit(repo, lock, written, content, kind=kind, check_id=check_id)
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


async def _edit(
    repo: Repo, lock: HeadLock, written: Written | None, content: CheckContent, *, kind: str, check_id: int
) -> None:
    """Edit a check run. Raises Gone.

    GitHub adds annotations to those that are there and takes none away: where it is not known what became of the last
    edit, those that are there are looked for first.
    """
    if content.annotations and (written is None or written.is_writing):
        content = await _without_those_shown(repo, check_id, content)
    if content.annotations and written is not None:
        await note_writing(lock.conn, repo.id, kind, lock.head_sha)
    await update_check_run(repo.client, check_id, content)


async def _without_those_shown(repo: Repo, check_id: int, content: CheckContent) -> CheckContent:
    shown = {(one.path, one.start_line, one.title) for one in await list_annotations(repo.client, check_id)}
    fresh = tuple(one for one in content.annotations if (one.path, one.start_line, one.title) not in shown)
    return replace(content, annotations=fresh)
