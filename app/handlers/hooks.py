"""Tell a hook what was written down for it, again and again until it has arrived, or for two days."""

from datetime import datetime, timedelta

import structlog

from app.core.hooks.body import decode
from app.core.hooks.envelope import headers_of
from app.core.hooks.form import formed
from app.core.hooks.hook import Hook, HookEvent
from app.github.errors import Limited, NotOurs, TryLater
from app.handlers.bot import Bot
from app.hooks.courier import Courier, Outcome, Receipt
from app.jobs import TellHook
from app.metrics import HOOK_DELIVERIES
from app.queue.held import GivenUp

GIVES_UP_AFTER = timedelta(days=2)
_FIRST_PAUSE = timedelta(seconds=10)
_LOOKS_FOR_IT = timedelta(hours=1)
"""How long a hook that is not set is waited for: while releases or settings change, another process may know it already."""
_PAUSE_WITHOUT = timedelta(minutes=5)

_log = structlog.get_logger()


async def tell_hook(bot: Bot, job: TellHook) -> None:
    """Deliver one body to one hook. Raises TryLater until it arrives, GivenUp when it did not for two days."""
    body = job.body.encode()
    age = bot.clock() - _told_at(body)
    hook = None if bot.courier is None else bot.courier.find(job.hook)
    if bot.courier is None or hook is None:
        if age < _LOOKS_FOR_IT:
            raise TryLater(_PAUSE_WITHOUT, f"no hook {job.hook} is set here")
        raise NotOurs(f"no hook {job.hook} is set any more")
    rest = bot.courier.rests(hook)
    if rest and age < GIVES_UP_AFTER:
        raise TryLater(rest, f"hook {hook.name} rests")
    receipt = await _deliver(bot.courier, hook, job, body)
    _count(receipt.outcome)
    _log.info("hook_told", hook=hook.name, event_told=job.event, guid=job.guid, outcome=receipt.outcome)
    _go_on(job, receipt, age)


def _told_at(body: bytes) -> datetime:
    return decode(body).at


async def _deliver(courier: Courier, hook: Hook, job: TellHook, body: bytes) -> Receipt:
    sent = formed(body, hook.preset)
    return await courier.deliver(hook, headers_of(HookEvent(job.event), job.guid, sent, hook.secret), sent)


def _go_on(job: TellHook, receipt: Receipt, age: timedelta) -> None:
    """Leave it at that, or raise what brings the job back, or has it held."""
    match receipt.outcome:
        case Outcome.DELIVERED:
            return
        case Outcome.GONE:
            raise NotOurs(f"hook {job.hook} says that it is gone ({receipt.what})")
        case Outcome.FAILED | Outcome.LIMITED | Outcome.BARRED:
            pass
    what = f"hook {job.hook}: {job.event} {job.guid}: {receipt.what}"
    if age >= GIVES_UP_AFTER:
        _count("given_up")
        raise GivenUp(f"{what}, and not taken for {age.total_seconds() / 3600:.0f} hours")
    if receipt.wait is not None:
        raise Limited(receipt.wait, what)
    raise TryLater(_FIRST_PAUSE, what)


def _count(outcome: str) -> None:
    HOOK_DELIVERIES.labels(outcome=outcome).inc()
