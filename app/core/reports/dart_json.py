"""The events of `dart test --reporter json` and `flutter test --machine` (package:test, doc/json_reporter.md).

Names are those of the console: the file is suite and class, the test has the names of its groups before its own. Tests that
only load a file are hidden unless they fail.
"""

import re
from collections.abc import Iterator

import msgspec

from app.core.identity import repository_path
from app.core.model import Outcome, Report
from app.core.reports.document import Document
from app.core.reports.event_streams import check_open, head_text, read_stream
from app.core.reports.executions import NO_END, Executions, bounded_ms
from app.core.reports.json_text import decode_line, json_text

FORMAT = "dart"

_MARK = re.compile(r'"type"\s{0,20}:\s{0,20}"(?:start|suite|testStart|testDone|allSuites)"')
_FIELDS = ('"protocolVersion"', '"suiteID"', '"testID"')
_TESTS = re.compile(r"(?:.*/)?((?:integration_test|test_driver|test)/.*)", re.DOTALL)
_RESULTS = {"success": Outcome.PASSED, "failure": Outcome.FAILED, "error": Outcome.ERROR}
_MOST_ERRORS = 50


class _Suite(msgspec.Struct, gc=False):
    id: int
    path: str | None = None


class _Test(msgspec.Struct, gc=False):
    id: int
    name: str = ""
    suite: int = msgspec.field(default=-1, name="suiteID")
    line: int | None = None
    root_line: int | None = None


class _Event(msgspec.Struct, gc=False):
    type: str
    time: float | None = None
    suite: _Suite | None = None
    test: _Test | None = None
    test_id: int | None = msgspec.field(default=None, name="testID")
    result: str = ""
    hidden: bool = False
    skipped: bool = False
    error: str = ""
    stack_trace: str = msgspec.field(default="", name="stackTrace")
    is_failure: bool = msgspec.field(default=False, name="isFailure")
    message: str | None = None
    success: bool | None = None


class _Open:
    """A test that has begun, with the errors of its present try."""

    __slots__ = ("began", "errors", "is_failure", "test")

    def __init__(self, test: _Test, began: float | None) -> None:
        self.test = test
        self.began = began
        self.errors: list[tuple[str, str]] = []
        self.is_failure = True


def read(document: Document) -> Report | None:
    """Read a stream of events, one a line or all in one list; None where the document is none."""
    head = head_text(document)
    if not _MARK.search(head) or not any(field in head for field in _FIELDS):
        return None
    return read_stream(document, _Stream(document), FORMAT)


class _Stream:
    def __init__(self, document: Document) -> None:
        self.executions = Executions()
        self.warnings: list[str] = []
        self.is_cut = False
        self._document = document
        self._has_events = self._has_end = False
        self._paths: dict[int, str] = {}
        self._open: dict[int, _Open] = {}
        self._passed: dict[int, _Open] = {}

    def read(self, line: str) -> None:
        for event in _events(line):
            self._read(event)

    def _read(self, event: _Event) -> None:
        self._has_events = True
        match event.type:
            case "suite" if event.suite is not None:
                self._paths[event.suite.id] = event.suite.path or ""
                check_open(len(self._paths))
            case "testStart" if event.test is not None:
                self._open[event.test.id] = _Open(event.test, event.time)
                check_open(len(self._open))
            case "error" if event.test_id is not None:
                self._read_error(event, event.test_id)
            case "print" if event.test_id is not None:
                self._read_print(event, event.test_id)
            case "testDone" if event.test_id is not None:
                self._end(event, event.test_id)
            case "done":
                self._has_end = True
            case _:
                return

    def _read_error(self, event: _Event, number: int) -> None:
        open_ = self._open.get(number)
        if open_ is not None:
            open_.is_failure = open_.is_failure and event.is_failure
            if len(open_.errors) < _MOST_ERRORS:
                open_.errors.append((event.error, event.stack_trace))
        elif (passed := self._passed.pop(number, None)) is not None:
            # A test may fail after it has completed; then its pass was too early.
            passed.errors = [(event.error, event.stack_trace)]
            self._add(passed, Outcome.FAILED if event.is_failure else Outcome.ERROR, None)

    def _read_print(self, event: _Event, number: int) -> None:
        """Read what the runner prints before it tries a test once more: the errors so far were a try of their own."""
        open_ = self._open.get(number)
        if open_ is not None and open_.errors and event.message == f"Retry: {open_.test.name}":
            self._add(open_, Outcome.FAILED if open_.is_failure else Outcome.ERROR, event.time)
            self._open[number] = _Open(open_.test, event.time)

    def _end(self, event: _Event, number: int) -> None:
        open_ = self._open.pop(number, None)
        outcome = Outcome.SKIPPED if event.skipped else _RESULTS.get(event.result)
        if open_ is None or outcome is None or event.hidden:
            return
        self._add(open_, outcome, event.time)
        if outcome is Outcome.PASSED:
            open_.errors = []
            self._passed[number] = open_

    def _add(self, open_: _Open, outcome: Outcome, ended: float | None, message: str | None = None) -> None:
        path = self._paths.get(open_.test.suite, "")
        file = _relative(path)
        errors = open_.errors if outcome.is_bad else []
        took = None if ended is None or open_.began is None else bounded_ms(ended - open_.began)
        self.executions.add(
            file,
            file,
            open_.test.name.replace(path, file) if path else open_.test.name,
            outcome,
            path,
            open_.test.root_line or open_.test.line,
            took,
            message or (errors[0][0].strip() if errors else None),
            "\n\n".join(f"{error.strip()}\n{stack.strip()}" for error, stack in errors).strip(),
        )

    def end(self) -> None:
        """End a stream that was cut off, or one that is a list over several lines."""
        if not self._has_events:
            for event in _whole(self._document):
                self._read(event)
        if self._has_end:
            return
        self.is_cut = True
        self.warnings.append("The stream has no event `done`: the run was cut off.")
        for open_ in self._open.values():
            self._add(open_, Outcome.ERROR, None, None if open_.errors else NO_END)


def _events(line: str) -> Iterator[_Event]:
    text = line.strip().removesuffix(",")
    if text.startswith("{"):
        event = decode_line(text, _Event)
        if event is not None:
            yield event
    elif text.startswith("[{"):
        yield from decode_line(text, list[_Event]) or ()


def _whole(document: Document) -> list[_Event]:
    text = json_text(document)
    return (decode_line(text.decode(), list[_Event]) if text is not None else None) or []


def _relative(path: str) -> str:
    """Return a file as it stands in its package: absolute paths are those of a machine."""
    slashed = path.replace("\\", "/")
    known = repository_path(path)
    if known is not None:
        return known
    tests = _TESTS.fullmatch(slashed)
    return tests[1] if tests else slashed.rpartition("/")[2]
