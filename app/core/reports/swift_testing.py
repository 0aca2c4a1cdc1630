"""The event stream of Swift Testing (`--event-stream-output-path`; Documentation/ABI/JSON.md of swift-testing).

As in the JUnit of `swift test --xunit-output`, module and types around a function are the class and the function the name.
"""

import re

import msgspec

from app.core.model import Outcome, Report
from app.core.reports.document import Document
from app.core.reports.event_streams import check_open, first_event, head_text, read_stream
from app.core.reports.executions import NO_END, Executions, bounded_ms
from app.core.reports.json_text import decode_line

FORMAT = "swift-testing"

_KINDS = frozenset({"test", "event", "metadata"})
_PLACE = re.compile(r"/[^/]{1,500}\.swift:\d{1,7}:\d{1,7}")
_SUITE = "TestResults"
_ASSERTING = re.compile(r"Expectation failed|Issue recorded|Confirmation was confirmed")
_LOOKED_AT = 400
_MOST_ISSUES = 50


class _Source(msgspec.Struct, gc=False):
    file: str = msgspec.field(default="", name="fileID")
    path: str = msgspec.field(default="", name="filePath")
    old_path: str = msgspec.field(default="", name="_filePath")
    line: int | None = None


class _Message(msgspec.Struct, gc=False):
    symbol: str = ""
    text: str = ""


class _Instant(msgspec.Struct, gc=False):
    absolute: float | None = None


class _Issue(msgspec.Struct, rename="camel", gc=False):
    is_known: bool = False
    is_failure: bool = True
    severity: str = "error"


class _Payload(msgspec.Struct, gc=False):
    kind: str = ""
    id: str = ""
    name: str = ""
    test: str = msgspec.field(default="", name="testID")
    source: _Source | None = msgspec.field(default=None, name="sourceLocation")
    instant: _Instant = msgspec.field(default_factory=_Instant)
    messages: list[_Message] = msgspec.field(default_factory=list)
    issue: _Issue | None = None


class _Record(msgspec.Struct, gc=False):
    kind: str
    payload: _Payload
    version: int | str


class _Open:
    """A test that has begun; `issues` are the messages of what failed in it so far."""

    __slots__ = ("began", "is_asserting", "is_cancelled", "issues")

    def __init__(self, began: float | None) -> None:
        self.began = began
        self.issues: list[list[_Message]] = []
        self.is_asserting = True
        self.is_cancelled = False


def read(document: Document) -> Report | None:
    """Read a stream of records; None where the document is none."""
    head = head_text(document)
    record = first_event(head, _Record) if '"payload"' in head and '"version"' in head else None
    is_ours = record is not None and record.kind in _KINDS and bool(record.payload.kind)
    return read_stream(document, _Stream(), FORMAT) if is_ours else None


class _Stream:
    def __init__(self) -> None:
        self.executions = Executions()
        self.warnings: list[str] = []
        self.is_cut = False
        self._has_end = False
        self._tests: dict[str, _Payload] = {}
        self._open: dict[str, _Open] = {}

    def read(self, line: str) -> None:
        record = decode_line(line, _Record) if '"payload"' in line else None
        if record is not None and record.kind == "test":
            self._tests[record.payload.id] = record.payload
            check_open(len(self._tests))
        elif record is not None and record.kind == "event":
            self._read_event(record.payload)

    def _read_event(self, event: _Payload) -> None:
        match event.kind:
            case "testStarted":
                self._open[event.test] = _Open(event.instant.absolute)
                check_open(len(self._open))
            case "issueRecorded" if event.issue is not None:
                self._read_issue(event, event.issue)
            case "testCancelled" if event.test in self._open:
                self._open[event.test].is_cancelled = True
            case "testSkipped":
                self._add(event.test, Outcome.SKIPPED)
            case "testEnded" if event.test in self._open:
                self._end(event)
            case "runEnded":
                self._has_end = True
            case _:
                return

    def _read_issue(self, event: _Payload, issue: _Issue) -> None:
        """Read what went wrong: known issues and warnings fail no test."""
        open_ = self._open.get(event.test)
        if open_ is None or issue.is_known or not issue.is_failure or issue.severity == "warning":
            return
        said = next((message.text for message in event.messages), "")
        open_.is_asserting = open_.is_asserting and bool(_ASSERTING.search(said[:_LOOKED_AT]))
        if len(open_.issues) < _MOST_ISSUES:
            open_.issues.append(event.messages)

    def _end(self, event: _Payload) -> None:
        open_ = self._open.pop(event.test)
        took = None if open_.began is None or event.instant.absolute is None else event.instant.absolute - open_.began
        duration_ms = None if took is None else bounded_ms(took * 1000)
        if open_.issues:
            outcome = Outcome.FAILED if open_.is_asserting else Outcome.ERROR
            self._add(event.test, outcome, duration_ms, open_.issues)
        else:
            self._add(event.test, Outcome.SKIPPED if open_.is_cancelled else Outcome.PASSED, duration_ms)

    def _add(
        self,
        test: str,
        outcome: Outcome,
        duration_ms: int | None = None,
        issues: list[list[_Message]] | None = None,
    ) -> None:
        known = self._tests.get(test)
        if (known is not None and known.kind == "suite" and not issues) or not test:
            # A suite is no test, unless it failed itself.
            return
        class_name, name = _named(test)
        said = ["\n".join(one.text for one in issue) for issue in issues or ()]
        source = known.source if known is not None else None
        self.executions.add(
            _SUITE,
            class_name,
            name,
            outcome,
            (source.path or source.old_path or source.file) if source is not None else None,
            source.line if source is not None else None,
            duration_ms,
            said[0] if said else None,
            "\n\n".join(said),
        )

    def end(self) -> None:
        """End the tests of a stream that was cut off."""
        if self._has_end:
            return
        self.is_cut = True
        self.warnings.append("The run did not end: the stream has no event `runEnded`.")
        for test, open_ in self._open.items():
            self._add(test, Outcome.ERROR, None, open_.issues or [[_Message(text=NO_END)]])


def _named(test: str) -> tuple[str, str]:
    """Split an id like `Module.Type/function()/File.swift:3:4`: its last part is a place, and places move."""
    plain = test[: place.start()] if (place := _PLACE.search(test)) else test
    class_name, _, name = plain.rpartition("/")
    if class_name:
        return class_name.replace("/", "."), name
    module, _, name = plain.partition(".")
    return (module, name) if name else ("", plain)
