"""Tell the sample's story: store, judge, decide, in the order in which it happened."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.events import RepositoryRef
from app.core.model import RepoId, TestId
from app.db.cases import get_cases
from app.db.connection import Connection, Pool
from app.db.flake_report import StoredFigures, read_figures
from app.db.partitions import ensure_month
from app.db.repositories import find_repository, save_repository
from app.db.scores import list_tests_worth_judging
from app.handlers.bot import KnownRepo, know
from app.handlers.judge import rejudge
from app.handlers.rules import follow_rules
from app.sample.answers import BEATS, Beat, Tests, note, speak
from app.sample.cast import Kind, Stage
from app.sample.plot import SPAN, PlayedAttempt, play
from app.sample.store import store_played

_OF_ONE_TEST = frozenset(Kind) - {Kind.OUTAGE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is stored of one repository of the sample; `is_new` where it was not there before."""

    figures: StoredFigures
    is_new: bool


async def tell(pool: Pool, stage: Stage, until: datetime, seed: int) -> Told:
    """Store one repository's story, all of it or nothing.

    Where the repository has runs already, nothing is added, whatever days they are of: a second telling would make two
    stories of one.
    """
    async with pool.acquire() as conn:
        known = await find_repository(conn, stage.owner, stage.name)
        if known is not None and (figures := await read_figures(conn, known)).runs:
            return Told(figures=figures, is_new=False)
        attempts = play(stage, until, seed)
        for at in sorted({one.at.replace(day=1, hour=0) for one in attempts}):
            await ensure_month(conn, at)
        async with conn.transaction():
            repo_id = await _tell(conn, stage, attempts, until - SPAN)
        return Told(figures=await read_figures(conn, repo_id), is_new=True)


async def _tell(conn: Connection, stage: Stage, attempts: Sequence[PlayedAttempt], start: datetime) -> RepoId:
    repo = await _repository(conn, stage, start)
    left = list(attempts)
    for beat in BEATS:
        now = start + beat.after
        due = [one for one in left if one.at < now]
        left = left[len(due) :]
        await _store(conn, repo, stage, due)
        await _answer(conn, repo, stage, beat, now)
    await _store(conn, repo, stage, left)
    return repo.id


async def _repository(conn: Connection, stage: Stage, at: datetime) -> KnownRepo:
    """Make the repository, of no installation: a bot at work never asks GitHub about it."""
    ref = RepositoryRef(
        id=stage.external_id,
        owner=stage.owner,
        name=stage.name,
        default_branch="main",
        is_private=False,
        is_archived=False,
    )
    repo = await know(conn, await save_repository(conn, ref, None, at))
    if repo is None:
        raise LookupError(f"{stage.full_name} is gone again")
    return repo


async def _store(conn: Connection, repo: KnownRepo, stage: Stage, attempts: Iterable[PlayedAttempt]) -> None:
    for one in attempts:
        await store_played(conn, repo.id, stage, one)
    await rejudge(conn, repo, await list_tests_worth_judging(conn, repo.id))


async def _answer(conn: Connection, repo: KnownRepo, stage: Stage, beat: Beat, now: datetime) -> None:
    ids = await list_tests_worth_judging(conn, repo.id)
    await follow_rules(conn, repo, ids, now)
    tests = await _by_kind(conn, repo, stage, ids)
    for word in beat.words:
        await speak(conn, repo, stage, tests, word, now)
    for one in beat.notes:
        await note(conn, repo, stage, tests, one, now)


async def _by_kind(conn: Connection, repo: KnownRepo, stage: Stage, ids: Sequence[TestId]) -> Tests:
    """Return the tests that people speak of, by their kinds."""
    kinds = {one.case: one.kind for one in stage.of(*_OF_ONE_TEST)}
    cases = await get_cases(conn, repo.id, ids)
    return {kinds[one.case]: one for one in cases.values() if one.case in kinds}
