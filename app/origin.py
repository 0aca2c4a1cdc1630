"""Where the work in hand comes from. The queue passes it on from job to job, so that no handler has to."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What set work off: the delivery's GUID, GitHub's id of the run, and when a run's end was told to us.

    All None for what time alone asks for.
    """

    delivery: str | None = None
    run_id: int | None = None
    received_at: datetime | None = None

    def to_headers(self) -> dict[str, str]:
        """Write it into the headers of a job; what is not known is left out."""
        known = {"delivery": self.delivery, "run_id": self.run_id, "received_at": self.received_at}
        return {name: str(value) for name, value in known.items() if value is not None}

    @classmethod
    def from_headers(cls, headers: Mapping[str, object]) -> "Origin":
        """Read it from the headers of a job, which an older release wrote without it."""
        run_id, received_at = headers.get("run_id"), headers.get("received_at")
        return cls(
            delivery=str(headers["delivery"]) if "delivery" in headers else None,
            run_id=int(str(run_id)) if run_id else None,
            received_at=datetime.fromisoformat(str(received_at)) if received_at else None,
        )


_NOWHERE = Origin()
_current: ContextVar[Origin] = ContextVar("origin", default=_NOWHERE)


def current_origin() -> Origin:
    return _current.get()


@contextmanager
def working_for(origin: Origin) -> Iterator[None]:
    """Have what is enqueued within the block come from there."""
    token = _current.set(origin)
    try:
        yield
    finally:
        _current.reset(token)
