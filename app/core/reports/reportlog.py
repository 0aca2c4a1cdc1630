"""The lines of pytest-reportlog (`--report-log`): pytest's own report objects, one a line.

Set-up, call and tear-down of a test are reports of their own and one execution here, named as pytest's JUnit names it.
"""

import msgspec

from app.core.logs.pytest_names import SUITE, split_id
from app.core.model import Outcome, Report
from app.core.reports.document import Document
from app.core.reports.event_streams import check_open, first_event, head_text, read_stream
from app.core.reports.executions import NO_END, Executions, bounded_ms, first_line
from app.core.reports.json_text import decode_line
from app.core.reports.quarantined import OUTCOME, true_outcome

FORMAT = "pytest-reportlog"

_KINDS = frozenset({"SessionStart", "SessionFinish", "CollectReport", "TestReport", "WarningMessage", "SubTestReport"})
_PHASES = ("setup", "call", "teardown")
_BAD = frozenset({"failed", "error", "rerun", "retried"})
_AGAIN = frozenset({"rerun", "retried"})
_MOST_ENTRIES = 100


class _Line(msgspec.Struct, gc=False):
    kind: str = msgspec.field(name="$report_type")
    nodeid: str = ""
    outcome: str = ""
    when: str | None = None
    duration: float | None = None
    location: tuple[str, int | None, str] | None = None
    longrepr: msgspec.Raw = msgspec.field(default_factory=lambda: msgspec.Raw(b"null"))
    wasxfail: str | None = None
    user_properties: msgspec.Raw = msgspec.field(default_factory=lambda: msgspec.Raw(b"[]"))
    worker_id: str = ""


class _Place(msgspec.Struct, gc=False):
    path: str = ""
    lineno: int = 0
    message: str = ""


class _Data(msgspec.Struct, gc=False):
    lines: list[str] = msgspec.field(default_factory=list)
    place: _Place | None = msgspec.field(default=None, name="reprfileloc")


class _Entry(msgspec.Struct, gc=False):
    data: _Data = msgspec.field(default_factory=_Data)


class _Traceback(msgspec.Struct, gc=False):
    entries: list[_Entry] = msgspec.field(default_factory=list, name="reprentries")


class _Failure(msgspec.Struct, gc=False):
    crash: _Place | None = msgspec.field(default=None, name="reprcrash")
    traceback: _Traceback | None = msgspec.field(default=None, name="reprtraceback")


class _Open:
    """One execution between its set-up and its tear-down."""

    __slots__ = ("expected", "failure", "first", "has_call", "is_quarantined", "ms", "outcome")

    def __init__(self, first: _Line) -> None:
        self.first = first
        self.ms = 0.0
        self.outcome = Outcome.PASSED
        self.has_call = self.is_quarantined = False
        self.failure: msgspec.Raw | None = None
        # What was an expected failure to pytest, in case our plug-in made it one.
        self.expected: msgspec.Raw | None = None


def read(document: Document) -> Report | None:
    """Read a stream of pytest's reports; None where the document is none."""
    head = head_text(document)
    line = first_event(head, _Line) if '"$report_type"' in head else None
    return read_stream(document, _Stream(), FORMAT) if line is not None and line.kind in _KINDS else None


class _Stream:
    def __init__(self) -> None:
        self.executions = Executions()
        self.warnings: list[str] = []
        self.is_cut = False
        self._has_start = self._has_end = False
        self._open: dict[tuple[str, str], _Open] = {}
        self._collected: set[str] = set()

    def read(self, line: str) -> None:
        report = decode_line(line, _Line) if '"$report_type"' in line else None
        if report is None:
            return
        match report.kind:
            case "SessionStart":
                self._has_start = True
            case "SessionFinish":
                self._has_end = True
            case "CollectReport":
                self._read_collection(report)
            case "TestReport":
                self._read_phase(report)
            case "SubTestReport":
                self._read_subtest(report)
            case _:
                return

    def _read_collection(self, report: _Line) -> None:
        """Read what became of a file: xdist's workers each tell of one that cannot be collected."""
        if report.outcome == "passed" or not report.nodeid or report.nodeid in self._collected:
            return
        self._collected.add(report.nodeid)
        check_open(len(self._collected))
        message, stack = _told(report.longrepr)
        file, class_name, name = split_id(report.nodeid)
        if report.outcome == "failed":
            self.executions.add(SUITE, class_name, name, Outcome.ERROR, file, message=message, stack_trace=stack)
        else:
            self.executions.add(SUITE, class_name, name, Outcome.SKIPPED, file)

    def _read_phase(self, report: _Line) -> None:
        key = (report.nodeid, report.worker_id)
        open_ = self._open.get(key)
        if open_ is not None and (report.when == "setup" or (report.when == "call" and open_.has_call)):
            # What reruns a test without a set-up or a tear-down of its own tells of a second call.
            self._end(key)
            open_ = None
        if open_ is None:
            open_ = self._open[key] = _Open(report)
            check_open(len(self._open))
        open_.ms += (report.duration or 0) * 1000
        open_.has_call = open_.has_call or report.when != "setup" or report.outcome != "passed"
        _judge(open_, report)
        _unmask(open_, report)
        # xdist tells of a worker that died in a report of no phase at all.
        if report.when == "teardown" or report.when not in _PHASES:
            self._end(key)

    def _read_subtest(self, report: _Line) -> None:
        open_ = self._open.get((report.nodeid, report.worker_id))
        if open_ is not None and report.outcome in _BAD:
            _judge(open_, report)

    def _end(self, key: tuple[str, str]) -> None:
        open_ = self._open.pop(key)
        message, stack = _told(open_.failure) if open_.failure is not None else (None, None)
        if not open_.has_call:
            open_.outcome, message = Outcome.ERROR, NO_END
        file, class_name, name = split_id(open_.first.nodeid)
        place = open_.first.location
        file = place[0] if place else file
        line = place[1] + 1 if place and place[1] is not None else None
        add = self.executions.add
        add(SUITE, class_name, name, open_.outcome, file, line, bounded_ms(open_.ms), message, stack)
        if open_.is_quarantined:
            add(SUITE, class_name, name, Outcome.SKIPPED, file, line)

    def end(self) -> None:
        """End the tests of a session that was cut off."""
        for key in tuple(self._open):
            self._end(key)
        if self._has_start and not self._has_end:
            self.is_cut = True
            self.warnings.append("The session did not finish: its last line is missing.")


def _judge(open_: _Open, report: _Line) -> None:
    """Add a phase to its execution: a failure of the test itself outweighs one of its tear-down."""
    if report.outcome in _BAD:
        is_call = report.when == "call" or report.kind == "SubTestReport"
        if not open_.outcome.is_bad:
            open_.outcome = Outcome.FAILED if is_call else Outcome.ERROR
            open_.failure = report.longrepr
    elif report.outcome == "skipped" and not open_.outcome.is_bad:
        open_.outcome = Outcome.SKIPPED


def _unmask(open_: _Open, report: _Line) -> None:
    """Take back that a failure was expected where our plug-in says, at the test's end, that it made it so."""
    if report.outcome == "skipped" and report.wasxfail is not None:
        open_.expected = open_.expected or report.longrepr
    if (
        open_.expected is None
        or open_.outcome is not Outcome.SKIPPED
        or OUTCOME.encode() not in bytes(report.user_properties)
    ):
        return
    properties = decode_line(bytes(report.user_properties).decode("utf-8", "replace"), list[tuple[str, object]])
    outcome = true_outcome(dict(properties or ()))
    if outcome is not None:
        open_.outcome, open_.failure, open_.is_quarantined = outcome, open_.expected, True


def _told(longrepr: msgspec.Raw) -> tuple[str | None, str | None]:
    """Return the message and the trace of a failure: a structure, or a text where pytest had no more to say."""
    text = bytes(longrepr).decode("utf-8", "replace")
    if text.startswith("{"):
        failure = decode_line(text, _Failure)
        return _structure(failure) if failure is not None else (None, None)
    said = decode_line(text, str) if text.startswith('"') else None
    if said is None:
        return None, None
    lines = [line for line in said.splitlines() if line.startswith("E   ")]
    return (lines[0][4:].strip() if lines else first_line(said)), said


def _structure(failure: _Failure) -> tuple[str | None, str | None]:
    lines: list[str] = []
    entries = failure.traceback.entries if failure.traceback is not None else []
    for entry in entries[-_MOST_ENTRIES:]:
        place = entry.data.place
        lines += entry.data.lines
        if place is not None:
            lines += ["", f"{place.path}:{place.lineno}: {place.message}"]
    return (failure.crash.message if failure.crash is not None else None), "\n".join(lines)
