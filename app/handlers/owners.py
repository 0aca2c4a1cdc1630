"""Read CODEOWNERS of the default branch, and give tests their owners by it."""

import asyncio
from collections.abc import Sequence
from functools import lru_cache

import structlog

from app.core.codeowners import LARGEST, fitting, parse
from app.core.model import TestId
from app.db.connection import Connection
from app.db.owners import (
    forget_codeowners,
    list_files,
    list_files_without_owner,
    read_codeowners,
    save_codeowners,
    set_owners,
)
from app.github.errors import TooLarge
from app.github.repositories import FileContent, get_contents
from app.github.webhooks import OWNERS_PATHS
from app.handlers.bot import Bot, KnownRepo, Repo

LONGEST_OWNER = 200
"""Characters of all owners of a test together; those beyond are left out."""

_log = structlog.get_logger()
_parse = lru_cache(maxsize=8)(parse)


async def refresh_owners(bot: Bot, repo: Repo) -> None:
    """Read the file again, and give all tests their owners by it where it has changed."""
    found = await _read(repo)
    async with bot.pool.acquire() as conn:
        if found is None:
            await forget_codeowners(conn, repo.id)
            return
        content = found.data.decode(errors="replace")
        if await save_codeowners(conn, repo.id, sha=found.sha, content=content, at=bot.clock()):
            await set_owners(conn, repo.id, await _owners(content, await list_files(conn, repo.id)))
            _log.info("owners_read", repo_id=repo.id)


async def assign_owners(conn: Connection, repo: KnownRepo, tests: Sequence[TestId]) -> None:
    """Give those tests that have none yet their owners, by the file as it was last read."""
    files = await list_files_without_owner(conn, repo.id, tests)
    if not files or (content := await read_codeowners(conn, repo.id)) is None:
        return
    owners = {file: owner for file, owner in (await _owners(content, files)).items() if owner is not None}
    if owners:
        await set_owners(conn, repo.id, owners)


async def _owners(content: str, files: Sequence[str]) -> dict[str, str | None]:
    """Find the owners of files beside the event loop: each is held against each rule, and there may be thousands of both."""
    return await asyncio.to_thread(_find_owners, content, files)


def _find_owners(content: str, files: Sequence[str]) -> dict[str, str | None]:
    rules = _parse(content)
    return {file: fitting(rules.owner_of(file) or "", LONGEST_OWNER) for file in files}


async def _read(repo: Repo) -> FileContent | None:
    """Return the first of the places where GitHub looks for the file, as GitHub does."""
    for path in OWNERS_PATHS:
        try:
            found = await get_contents(repo.client, path, repo.row.default_branch, limit=LARGEST)
        except TooLarge:
            return None
        if found is not None:
            return found
    return None
