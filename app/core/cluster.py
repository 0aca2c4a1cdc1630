"""Group failures by their cause."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.signature import fingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One failure to be grouped. `id` is the caller's."""

    id: str
    message: str | None
    stack_trace: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a failure belongs. `signature` is None, and the cluster its own, where the failure says nothing."""

    id: str
    signature: str | None
    cluster: str


def place(failures: Iterable[Failure]) -> Iterable[Placement]:
    """Yield the cluster of each failure, in their order: the failures that share a strict signature share a cluster."""
    for failure in failures:
        found = fingerprint(failure.message, failure.stack_trace)
        signature = found.strict if found else None
        yield Placement(id=failure.id, signature=signature, cluster=signature[:12] if signature else f"alone-{failure.id}")
