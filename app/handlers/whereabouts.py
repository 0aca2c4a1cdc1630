"""Find out from GitHub where a repository is: under which installation, by which name, or not there any more."""

from datetime import datetime
from typing import Protocol

import structlog

from app.core.events import AccountRef, RepositoryRef
from app.core.grants import Feature, is_granted
from app.core.model import RepoId
from app.db.connection import Connection, Pool
from app.db.installations import (
    Installation,
    InstallationState,
    end_installation,
    find_installation,
    set_installation_state,
)
from app.db.locks import lock_installations
from app.db.repositories import Repository, believe, get_repository, remove_repository, save_repository
from app.github.client import Client, GitHub, RepositoryClient
from app.github.errors import Gone
from app.github.installations import get_installation, insist_on_app, list_installation_repositories
from app.github.repositories import RepositoryInfo
from app.github.repositories import get_repository as ask_for_repository
from app.jobs import RefreshPolicy
from app.queue import enqueue

_log = structlog.get_logger()


class Asker(Protocol):
    """Whoever can ask the database, GitHub and the clock."""

    @property
    def pool(self) -> Pool: ...

    @property
    def github(self) -> GitHub: ...

    def clock(self) -> datetime: ...


async def find_out(bot: Asker, repo_id: RepoId, *, is_sure_to_ask: bool = False) -> None:
    """Make the row of a repository say what GitHub says, where it is in doubt or GitHub is to be asked anyway.

    The id counts, not the name: another repository may have that by now. A suspended installation is asked nothing.
    """
    async with bot.pool.acquire() as conn:
        row = await get_repository(conn, repo_id)
    if row is None or not (row.is_in_doubt or is_sure_to_ask):
        return
    homes = dict.fromkeys(one for one in (row.heard_installation_id, row.installation_id) if one is not None)
    async with lock_installations(bot.pool, homes) as conn:
        row = await get_repository(conn, repo_id)
        if row is not None and (row.is_in_doubt or is_sure_to_ask):
            await _find_out(bot, conn, repo_id, row, list(homes))


async def _find_out(bot: Asker, conn: Connection, repo_id: RepoId, row: Repository, homes: list[int]) -> None:
    is_hidden = False
    for installation_id in homes:
        known = await find_installation(conn, installation_id)
        if known is not None and known.suspended_at is not None:
            is_hidden = True
        if known is not None and not known.is_open:
            continue
        home = await learn_installation(bot, conn, installation_id)
        is_hidden |= home.suspended_at is not None
        found = await _look_for(bot.github.installation(installation_id), row) if home.is_open else None
        if found is not None:
            await _store(bot, conn, row, found, installation_id)
            return
    if is_hidden:
        await believe(conn, repo_id)
        return
    _log.info("repository_lost", repo_id=repo_id)
    await remove_repository(conn, repo_id, bot.clock())


async def _store(bot: Asker, conn: Connection, row: Repository, found: RepositoryInfo, installation_id: int) -> None:
    async with conn.transaction():
        repo_id = await save_repository(conn, ref_of(found), installation_id, bot.clock())
        if found.default_branch != row.default_branch or not row.is_ours:
            await enqueue(conn, RefreshPolicy(repo_id=repo_id))


async def _look_for(installation: Client, row: Repository) -> RepositoryInfo | None:
    """Return the repository by its id: by its name where it still has that or GitHub remembers it, else among all."""
    try:
        found = await ask_for_repository(_named(installation, row))
    except Gone:
        found = None
    if found is not None and found.id == row.external_id:
        return found
    covered = await list_installation_repositories(installation)
    return next((one for one in covered if one.id == row.external_id), None)


def _named(installation: Client, row: Repository) -> RepositoryClient:
    return RepositoryClient(client=installation, owner=row.owner, name=row.name)


async def learn_installation(bot: Asker, conn: Connection, installation_id: int) -> Installation:
    """Ask GitHub about an installation, note what it says, and return that. The caller holds its lock.

    Raises KeyRefused where whoever answers does not know our App, either: an end that was noted is for good.
    """
    before = await find_installation(conn, installation_id)
    now = bot.clock()
    try:
        found = await get_installation(bot.github.app, installation_id)
    except Gone:
        # A wrong address, or a proxy before a server that is away, finds nothing at all.
        await insist_on_app(bot.github.app)
        async with conn.transaction():
            await end_installation(conn, installation_id, now)
        return Installation(id=installation_id, permissions={}, suspended_at=None, deleted_at=now, synced_at=now)
    state = InstallationState(
        account=AccountRef(login=found.account, type=found.account_type),
        permissions=found.permissions,
        suspended_at=found.suspended_at,
    )
    async with conn.transaction():
        await set_installation_state(conn, installation_id, state, now)
    if before is None or before.permissions != found.permissions:
        bot.github.renew_token(installation_id)
        _tell_rights(installation_id, found.permissions)
    return Installation(
        id=installation_id,
        permissions=found.permissions,
        suspended_at=found.suspended_at,
        deleted_at=None,
        synced_at=now,
    )


def _tell_rights(installation_id: int, permissions: dict[str, str]) -> None:
    lacking = [one.value for one in Feature if not is_granted(permissions, one)]
    log = _log.warning if lacking else _log.info
    log("rights_granted", installation_id=installation_id, not_possible=lacking)


def ref_of(found: RepositoryInfo) -> RepositoryRef:
    return RepositoryRef(
        id=found.id,
        owner=found.owner,
        name=found.name,
        default_branch=found.default_branch,
        is_private=found.is_private,
        is_archived=found.is_archived,
    )
