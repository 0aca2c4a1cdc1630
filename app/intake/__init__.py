"""Take what GitHub tells: a delivery is written down with its job, once, whoever brings it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.core.events import Event, InstallationChanged, Ping, RepositoriesChanged, RunCompleted, SuiteCompleted
from app.db.connection import Connection
from app.db.deliveries import Taken, mark_processed, take_delivery
from app.db.repositories import ensure_repository
from app.github.webhooks import is_handled, parse
from app.intake.plan import job_for, job_for_installation
from app.jobs import Job
from app.origin import Origin, working_for
from app.queue import enqueue

_LONGEST_WORD = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A delivery that comes from GitHub. `event` is None where it is none of ours."""

    guid: str
    name: str
    action: str | None
    event: Event | None

    @property
    def asks_nothing(self) -> bool:
        """Tell whether there is nothing to write down; most of what GitHub sends is so."""
        return self.event is None or isinstance(self.event, Ping)


_ASK_NOTHING = frozenset({"ping"})
"""Events that are read and never ask for a job."""


def may_ask(event: str, action: str | None) -> bool:
    """Tell whether a delivery may ask for a job, of which no more is known: what cannot is not worth a request."""
    return event not in _ASK_NOTHING and is_handled(event, action)


class Stored(StrEnum):
    """What became of a delivery: its job is in the queue, was done before, or there is none to do."""

    TAKEN = "taken"
    DONE = "done already"
    NOTHING = "nothing to do"


def read_delivery(*, guid: str, name: str, payload: object, own_app_id: int) -> Delivery:
    """Read a payload whose origin is proven. Raises UnknownShape where an event of ours lacks what it needs."""
    action = payload.get("action") if isinstance(payload, dict) else None
    return Delivery(
        guid=guid[:_LONGEST_WORD],
        name=name[:_LONGEST_WORD],
        action=action if isinstance(action, str) else None,
        event=parse(name, payload, own_app_id=own_app_id),
    )


async def store_delivery(conn: Connection, delivery: Delivery, now: datetime) -> Stored:
    """Write a delivery and its job down within the caller's transaction: both or none."""
    if delivery.asks_nothing:
        return Stored.NOTHING
    taken = await take_delivery(conn, delivery.guid, delivery.name, delivery.action, now)
    if taken is Taken.DONE:
        return Stored.DONE
    job = await _plan(conn, delivery, now)
    if job is None:
        await mark_processed(conn, delivery.guid, now)
        return Stored.NOTHING
    with working_for(_origin(delivery, now)):
        await enqueue(conn, job)
    return Stored.TAKEN


def _origin(delivery: Delivery, now: datetime) -> Origin:
    event = delivery.event
    # GitHub tells of a run's end twice; either may come first, and people wait from then on.
    tells_end = isinstance(event, RunCompleted | SuiteCompleted)
    return Origin(
        delivery=delivery.guid,
        run_id=event.run_id if isinstance(event, RunCompleted) else None,
        received_at=now if tells_end else None,
    )


async def _plan(conn: Connection, delivery: Delivery, now: datetime) -> Job | None:
    event = delivery.event
    if event is None or isinstance(event, Ping):
        return None
    if isinstance(event, InstallationChanged | RepositoriesChanged):
        return job_for_installation(event, delivery.guid)
    repo_id = await ensure_repository(conn, event.origin.repository, event.origin.installation_id, now)
    return job_for(event, repo_id, delivery.guid)
