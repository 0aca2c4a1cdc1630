"""Which handler does which job, and what becomes of a job that cannot be done."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, NoReturn

import structlog
from structlog.contextvars import bound_contextvars

from app.db.connection import DATABASE_AWAY, NO_DATABASE, connect
from app.db.crons import claim
from app.db.deliveries import mark_processed
from app.db.repositories import get_repository
from app.github.errors import Archived, KeyRefused, Limited, NotAllowed, NotInstalled, NotOurs, TryLater, VersionRefused
from app.handlers.backfill import read_history
from app.handlers.bot import Bot
from app.handlers.decide import decide_tests
from app.handlers.forget import forget
from app.handlers.hooks import tell_hook
from app.handlers.ingest import ingest_history, ingest_run, ingest_uploads
from app.handlers.issues import mirror_issue, open_waiting, remind, sync_issue
from app.handlers.look_for_runs import look_for_runs
from app.handlers.people import forget_comment, look_at_reactions, obey_comment, press_button, tick_boxes
from app.handlers.policy import check_policy, refresh_policy
from app.handlers.readers import check_reader, decide_as_person
from app.handlers.recluster import recluster
from app.handlers.recompute import apply_policy
from app.handlers.reconcile import reconcile_head
from app.handlers.recover import CRON as RECOVER
from app.handlers.recover import recover_deliveries, recover_delivery
from app.handlers.report import refresh_pull, report_head
from app.handlers.repositories import sync_installation, sync_repository
from app.handlers.rerun import rerun_flakes
from app.handlers.score import score_run
from app.handlers.sweep import sweep
from app.handlers.upkeep import upkeep
from app.handlers.weekly import tell_week
from app.handlers.whereabouts import find_out
from app.jobs import (
    ApplyPolicy,
    CheckPolicy,
    CheckReader,
    DecideAsPerson,
    DecideTests,
    Forget,
    ForgetComment,
    IngestHistory,
    IngestRun,
    IngestUploads,
    Job,
    LookAtReactions,
    LookForRuns,
    MirrorIssue,
    ObeyComment,
    OpenWaiting,
    PressButton,
    ReadHistory,
    Recluster,
    ReconcileHead,
    RecoverDeliveries,
    RecoverDelivery,
    RefreshPolicy,
    RefreshPull,
    Remind,
    ReportHead,
    RerunFlakes,
    ScoreRun,
    Sweep,
    SyncInstallation,
    SyncIssue,
    SyncRepository,
    TellHook,
    TellWeek,
    TickBoxes,
    Upkeep,
)
from app.metrics import JOBS, KEY_REFUSED
from app.origin import working_for
from app.queue import enqueue
from app.queue.consuming import DRAIN, Pick, TryAgain, consume
from app.queue.held import GivenUp
from app.tracing import note, span, trace_fields

Handler = Callable[[Bot, Any], Awaitable[None]]

HANDLERS: Mapping[type[Job], Handler] = {
    IngestRun: ingest_run,
    IngestHistory: ingest_history,
    IngestUploads: ingest_uploads,
    ReadHistory: read_history,
    ScoreRun: score_run,
    DecideTests: decide_tests,
    ReportHead: report_head,
    ReconcileHead: reconcile_head,
    RefreshPull: refresh_pull,
    SyncIssue: sync_issue,
    OpenWaiting: open_waiting,
    Remind: remind,
    MirrorIssue: mirror_issue,
    ObeyComment: obey_comment,
    TickBoxes: tick_boxes,
    ForgetComment: forget_comment,
    PressButton: press_button,
    LookAtReactions: look_at_reactions,
    RerunFlakes: rerun_flakes,
    Recluster: recluster,
    RefreshPolicy: refresh_policy,
    ApplyPolicy: apply_policy,
    CheckPolicy: check_policy,
    SyncInstallation: sync_installation,
    SyncRepository: sync_repository,
    Sweep: sweep,
    Upkeep: upkeep,
    RecoverDeliveries: recover_deliveries,
    RecoverDelivery: recover_delivery,
    LookForRuns: look_for_runs,
    Forget: forget,
    CheckReader: check_reader,
    DecideAsPerson: decide_as_person,
    TellHook: tell_hook,
    TellWeek: tell_week,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cron:
    """What is done from time to time, by whichever process finds first that it is due."""

    name: str
    every: timedelta
    job: Job


SWEEP = Cron(name="sweep", every=timedelta(minutes=5), job=Sweep())
CRONS = (SWEEP, Cron(name=RECOVER, every=timedelta(minutes=5), job=RecoverDeliveries()))

FIRST_PAUSE = timedelta(seconds=5)
PAUSE_GROWS = 4
MOST_FAILURES = 5
MOST_PICKS = 20
"""A job that was picked so often and never ended takes its process down with it."""

LONGEST_WAIT = timedelta(hours=1)
_RECONNECT_SECONDS = 2.0
_CRON_SECONDS = 15.0
_CHANGED = (NotInstalled, NotAllowed, Archived)
"""Refusals that tell of a change of which we have not heard, or not yet."""

_log = structlog.get_logger()


class Poisoned(RuntimeError):
    """A job whose processes keep dying; it is held before it takes down another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Does jobs. An error of ours is retried after 5 s, 20 s, 80 s … and then held for an admin.

    `pace` stretches all pauses: the demo and the tests have no time to lose.
    """

    bot: Bot
    handlers: Mapping[type[Job], Handler]
    pace: float = 1.0

    async def handle(self, pick: Pick) -> None:
        """Do one job. Raises TryAgain where it is to come back, anything else where it is to be held."""
        with _in_hand(pick):
            if pick.picks > MOST_PICKS + pick.failures:
                _log.error("job_held", reason=f"picked {pick.picks} times and never ended")
                _count(pick, "held")
                raise Poisoned(f"{type(pick.job).__name__} {pick.id} was picked {pick.picks} times")
            try:
                await self._do(pick)
            except Exception as error:  # noqa: BLE001 - the one place: a bug in one job must not end all others
                self._retry(pick, error)

    async def _do(self, pick: Pick) -> None:
        try:
            result = await self._do_or_drop(pick)
        except TryLater as wait:
            _tell_wait(pick, wait)
            await self._wait(pick, wait.after, is_named=isinstance(wait, Limited))
            _count(pick, "waits")
            return
        if result == "waits":
            await self._wait(replace(pick, has_asked=True), timedelta())
        else:
            await self._done(pick.job)
        _count(pick, result)

    async def _do_or_drop(self, pick: Pick) -> str:
        """Do a job, or drop it where it is not for us to do; `waits` where it is to be done again by what is known now."""
        try:
            await self.handlers[type(pick.job)](self.bot, pick.job)
        except NotOurs as gone:
            if await self._is_otherwise(pick, gone):
                _log.info("job_again", reason=gone.reason)
                return "waits"
            _log.info("job_dropped", reason=gone.reason)
            return "dropped"
        return "done"

    async def _is_otherwise(self, pick: Pick, gone: NotOurs) -> bool:
        """Ask GitHub what we may do, where it refuses what we thought to have; tell whether the job is to be done by that.

        Once: what is refused again by what is known then is dropped.
        """
        repo_id = getattr(pick.job, "repo_id", None)
        if repo_id is None or not isinstance(gone, _CHANGED) or isinstance(pick.job, SyncRepository | Forget):
            return False
        await find_out(self.bot, repo_id, is_sure_to_ask=True)
        async with self.bot.pool.acquire() as conn:
            row = await get_repository(conn, repo_id)
        if row is None or row.installation_id is None or not row.is_ours:
            return False
        self.bot.github.renew_token(row.installation_id)
        return not pick.has_asked

    def _retry(self, pick: Pick, error: Exception) -> NoReturn:
        if isinstance(error, NO_DATABASE):
            _log.warning("job_waits_for_database", error=str(error) or type(error).__name__)
            _count(pick, "failed")
            raise TryAgain(FIRST_PAUSE * self.pace, type(error).__name__) from error
        if isinstance(error, GivenUp):
            _log.error("job_held", reason=str(error))
            _count(pick, "held")
            raise error
        if pick.failures >= MOST_FAILURES:
            _log.error("job_held", failures=pick.failures, exc_info=error)
            _count(pick, "held")
            raise error
        after = FIRST_PAUSE * PAUSE_GROWS ** min(pick.failures, MOST_FAILURES)
        _log.error("job_failed", failures=pick.failures, exc_info=error, again_in_seconds=after.total_seconds())
        _count(pick, "failed")
        raise TryAgain(after * self.pace, f"{type(error).__name__}: {error}") from error

    async def _wait(self, pick: Pick, after: timedelta, *, is_named: bool = False) -> None:
        """Put a copy of the job back instead of failing it: to wait is nobody's fault and counts as no failure.

        A wait grows with those before it; one that a limit has named ends when it ends, for all that wait for it.
        """
        grown = timedelta(seconds=2**pick.waits) if pick.waits else after
        pause = after if is_named else min(max(after, grown), max(after, LONGEST_WAIT)) * self.pace
        waits = max(pick.waits, 1) if is_named else min(pick.waits + 1, 12)
        async with self.bot.pool.acquire() as conn:
            await enqueue(conn, pick.job, after=pause, waits=waits, has_asked=pick.has_asked)

    async def _done(self, job: Job) -> None:
        if job.delivery is not None:
            async with self.bot.pool.acquire() as conn:
                await mark_processed(conn, job.delivery, self.bot.clock())


@contextmanager
def _in_hand(pick: Pick) -> Iterator[None]:
    """Have all that is logged, enqueued and traced within the block say which job it is, and what set it off."""
    job, kind = pick.job, type(pick.job).__name__
    about = {"repo_id": getattr(job, "repo_id", None), "run_id": getattr(job, "run_id", None) or pick.origin.run_id}
    origin = replace(pick.origin, delivery=job.delivery or pick.origin.delivery, run_id=about["run_id"])
    known = {name: value for name, value in (about | {"delivery": origin.delivery}).items() if value is not None}
    with (
        working_for(origin),
        span(f"job {kind}", kind="consumer", parent=pick.traceparent, job_id=pick.id, **known),
        bound_contextvars(job=kind, job_id=pick.id, **known, **trace_fields()),
    ):
        yield


def _tell_wait(pick: Pick, wait: TryLater) -> None:
    if isinstance(wait, KeyRefused):
        # Nothing goes on until an operator has acted.
        KEY_REFUSED.set(1)
        _log.error("key_refused", seconds=wait.after.total_seconds(), reason=wait.reason, waits=pick.waits)
        return
    if isinstance(wait, VersionRefused):
        _log.error("api_version_refused", seconds=wait.after.total_seconds(), reason=wait.reason, waits=pick.waits)
        return
    _log.info("job_waits", seconds=wait.after.total_seconds(), reason=wait.reason, waits=pick.waits)


def _count(pick: Pick, result: str) -> None:
    note(result=result)
    JOBS.labels(kind=type(pick.job).__name__, result=result).inc()


async def run_worker(
    worker: Worker,
    url: str,
    stop: asyncio.Event,
    *,
    at_once: int = 8,
    heartbeat: timedelta = timedelta(seconds=30),
    drain: timedelta = DRAIN,
    crons: Sequence[Cron] = CRONS,
) -> None:
    """Do jobs, and what time asks for, until `stop` is set; a database that goes away is waited for."""
    async with asyncio.TaskGroup() as group:
        looking = group.create_task(_look_at_crons(worker.bot, crons, stop))
        await do_jobs(worker, url, stop, at_once=at_once, heartbeat=heartbeat, drain=drain)
        looking.cancel()


async def do_jobs(
    worker: Worker,
    url: str,
    stop: asyncio.Event,
    *,
    at_once: int,
    heartbeat: timedelta = timedelta(seconds=30),
    drain: timedelta = DRAIN,
) -> None:
    """Do the jobs that the worker has a handler for until `stop` is set; a database that goes away is waited for."""
    kinds = tuple(worker.handlers)
    while not stop.is_set():
        try:
            conn = await connect(url)
            try:
                await consume(conn, worker.handle, stop, at_once=at_once, heartbeat=heartbeat, drain=drain, kinds=kinds)
            finally:
                # Not closed in order: that would wait for the answer of a server that may be gone.
                conn.terminate()
        except DATABASE_AWAY as error:
            _log.warning("database_away", error=str(error) or type(error).__name__)
            await _pause(stop, _RECONNECT_SECONDS)


async def _look_at_crons(bot: Bot, crons: Sequence[Cron], stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            for cron in crons:
                await enqueue_if_due(bot, cron)
        except DATABASE_AWAY as error:
            _log.warning("crons_skipped", reason="database away", error=type(error).__name__)
        await _pause(stop, _CRON_SECONDS)


async def enqueue_if_due(bot: Bot, cron: Cron) -> None:
    """Have it done if it is due, once, however many processes look at the same time."""
    async with bot.pool.acquire() as conn, conn.transaction():
        if await claim(conn, cron.name, cron.every, bot.clock()):
            await enqueue(conn, cron.job)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
