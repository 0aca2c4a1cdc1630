"""Traces, from a webhook to what GitHub shows for it. Nobody keeps them, and they cost nothing, until a tracer is set.

No span holds a name, a text or a secret: ids, kinds of jobs, templates of routes and statuses only.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

Value = str | int | bool


class Span(Protocol):
    """A piece of work with a beginning, an end and some attributes."""

    def note(self, **attributes: Value) -> None: ...

    def end(self) -> None: ...


class Tracer(Protocol):
    """Who keeps spans: app/cli/otlp.py where an endpoint is set, nobody else.

    `kind` is one of OpenTelemetry's, in lower case. `parent` is a `traceparent` as the W3C writes it; without one, the
    span in hand is the parent.
    """

    def span(
        self, name: str, kind: str, parent: str | None, attributes: dict[str, Value]
    ) -> AbstractContextManager[Span]: ...

    def begin(self, name: str, attributes: dict[str, Value]) -> Span: ...

    def note(self, attributes: dict[str, Value]) -> None: ...

    def traceparent(self) -> str | None: ...


class _NoSpan:
    def note(self, **attributes: Value) -> None: ...

    def end(self) -> None: ...


_NO_SPAN = _NoSpan()
_tracer: Tracer | None = None


@contextmanager
def traced_by(tracer: Tracer) -> Iterator[None]:
    """Have the spans of this process kept by that tracer until the end of the block."""
    global _tracer  # noqa: PLW0603 - one a process, as the log is
    _tracer = tracer
    try:
        yield
    finally:
        _tracer = None


@contextmanager
def span(name: str, *, kind: str = "internal", parent: str | None = None, **attributes: Value) -> Iterator[Span]:
    """Trace the block. An exception marks the span with the name of its class; its text might hold anything."""
    if _tracer is None:
        yield _NO_SPAN
        return
    with _tracer.span(name, kind, parent, attributes) as kept:
        yield kept


def begin(name: str, **attributes: Value) -> Span:
    """Begin a span that ends elsewhere, in another thread at that."""
    return _NO_SPAN if _tracer is None else _tracer.begin(name, attributes)


def note(**attributes: Value) -> None:
    """Add attributes to the span in hand."""
    if _tracer is not None:
        _tracer.note(attributes)


def traceparent() -> str | None:
    """Return what names the span in hand to who goes on with its work."""
    return None if _tracer is None else _tracer.traceparent()


def trace_fields() -> dict[str, str]:
    """Return what a line of the log says of the trace in hand: its id as viewers show it, nothing where nobody traces."""
    named = traceparent()
    return {"trace_id": named.split("-")[1]} if named else {}
