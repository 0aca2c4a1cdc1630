"""Traces by OpenTelemetry, sent as OTLP over HTTP: the `otel` extra brings what this needs.

The SDK reads its own variables, as every program's that is traced: OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS,
OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, OTEL_TRACES_SAMPLER, OTEL_BSP_SCHEDULE_DELAY and their like.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from app.tracing import Span, Value, traced_by

_PREFIX = "flakeguard."
_FIELD = "traceparent"
_LAST_SECONDS = 5.0


@contextmanager
def send_traces(version: str) -> Iterator[None]:
    """Send the spans of this process to the endpoint until the end of the block; what is left then is sent, too."""
    ours = Resource({"service.name": "flakeguard", "service.version": version})
    # Merged over ours, so that what an operator calls this process stays.
    provider = TracerProvider(resource=ours.merge(OTELResourceDetector().detect()), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    try:
        with traced_by(OpenTelemetry(provider)):
            yield
    finally:
        # Where nobody takes them, the SDK would try for longer than an operator waits for a process to end.
        last = Thread(target=provider.shutdown, daemon=True)
        last.start()
        last.join(_LAST_SECONDS)


class OpenTelemetry:
    """The tracer of app/tracing.py, as OpenTelemetry keeps spans."""

    def __init__(self, provider: TracerProvider) -> None:
        self._tracer = provider.get_tracer("flakeguard")
        self._words = TraceContextTextMapPropagator()

    @contextmanager
    def span(self, name: str, kind: str, parent: str | None, attributes: dict[str, Value]) -> Iterator[Span]:
        with self._tracer.start_as_current_span(
            name,
            context=self._words.extract({_FIELD: parent}, Context()) if parent else None,
            kind=trace.SpanKind[kind.upper()],
            record_exception=False,
            set_status_on_exception=False,
        ) as kept:
            made = _Span(kept, attributes)
            try:
                yield made
            except BaseException as error:
                made.fail(error)
                raise

    def begin(self, name: str, attributes: dict[str, Value]) -> Span:
        return _Span(self._tracer.start_span(name), attributes)

    def note(self, attributes: dict[str, Value]) -> None:
        _Span(trace.get_current_span(), attributes)

    def traceparent(self) -> str | None:
        carrier: dict[str, str] = {}
        self._words.inject(carrier)
        return carrier.get(_FIELD)


class _Span:
    def __init__(self, kept: trace.Span, attributes: dict[str, Value]) -> None:
        self._kept = kept
        self.note(**attributes)

    def note(self, **attributes: Value) -> None:
        """Note attributes; a double underscore stands for a dot, and what has none is one of our own."""
        for name, value in attributes.items():
            self._kept.set_attribute(name.replace("__", ".") if "__" in name else _PREFIX + name, value)

    def fail(self, error: BaseException) -> None:
        """Mark it as failed, by the class alone: the text of an error may hold an address or a piece of a payload."""
        self._kept.set_attribute("error.type", type(error).__name__)
        self._kept.set_status(trace.StatusCode.ERROR)

    def end(self) -> None:
        self._kept.end()
