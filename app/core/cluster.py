"""Group failures by their cause."""

from dataclasses import dataclass

from app.core.signature import fingerprint

_SHORT = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One failure to be grouped. `id` is the caller's."""

    id: str | int
    message: str | None
    stack_trace: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a failure belongs. `signature` is None, and the cluster its own, where the failure says nothing."""

    id: str | int
    signature: str | None
    cluster: str


def place(failure: Failure) -> Placement:
    """Return the cluster of a failure: those that share a strict signature share a cluster."""
    found = fingerprint(failure.message, failure.stack_trace)
    if found is None:
        return Placement(id=failure.id, signature=None, cluster=f"alone-{failure.id}")
    return Placement(id=failure.id, signature=found.strict, cluster=found.strict[:_SHORT])
