"""TeamCity's service messages in a file: `##teamcity[testStarted name='…']` and what follows.

Messages of tests that run at the same time are told apart by their flow. The outermost suite is the suite, those within
it the class.
"""

import re
from collections.abc import Iterator

from app.core.model import Outcome, Report
from app.core.reports.document import Document
from app.core.reports.event_streams import check_open, head_text, read_stream
from app.core.reports.executions import NO_END, Executions, bounded_ms, first_line

FORMAT = "teamcity"

_MARK = re.compile(
    r"^[ \t]{0,80}##teamcity\[(?:testSuiteStarted|testStarted|testCount|testIgnored|enteredTheMatrix)\b[^\n]{0,4000}\]\s*$",
    re.MULTILINE,
)
_MESSAGE = re.compile(r"##teamcity\[(\w{1,80})\s{1,20}((?:[^|\[\]]++|\|.)*+)\]")
_ATTRIBUTE = re.compile(r"(\w{1,80})\s{0,20}=\s{0,20}(?:'((?:[^|']++|\|.)*+)'|\"([^\"]*+)\")")
_ESCAPE = re.compile(r"\|(?:0x([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_PLAIN = {"n": "\n", "r": "\r", "x": "\u0085", "l": "\u2028", "p": "\u2029"}
_LOCATION = re.compile(r"(?:php_qn|file|python|java|jest|vitest)://([^:]{1,1000}?)(?:::.*|:(\d{1,7}).*)?", re.DOTALL)
_JOINT = " > "
_MOST_NESTED = 200

_Attributes = dict[str, str]


class _Test:
    __slots__ = ("failure", "file", "is_skipped", "line")

    def __init__(self, attributes: _Attributes) -> None:
        place = _LOCATION.fullmatch(attributes.get("locationHint", ""))
        self.file = place[1] if place and "." in place[1] and "/" in place[1] else None
        self.line = int(place[2]) if place and place[2] else None
        self.failure: _Attributes | None = None
        self.is_skipped = False


class _Flow:
    """What is open in one flow: suites, the outermost first, and tests by name."""

    __slots__ = ("suites", "tests")

    def __init__(self, suites: list[str]) -> None:
        self.suites = suites
        self.tests: dict[str, _Test] = {}


def read(document: Document) -> Report | None:
    """Read a file with messages about tests; None where the document has none on lines of their own near its beginning."""
    head = head_text(document)
    return read_stream(document, _Stream(), FORMAT) if "##teamcity[" in head and _MARK.search(head) else None


class _Stream:
    def __init__(self) -> None:
        self.executions = Executions()
        self.warnings: list[str] = []
        self.is_cut = False
        self._flows: dict[str, _Flow] = {"": _Flow([])}
        self._running = 0

    def read(self, line: str) -> None:
        if "##teamcity[" in line:
            for message, attributes in _messages(line):
                self._read(message, attributes)

    def _read(self, message: str, attributes: _Attributes) -> None:
        flow = self._flow(attributes)
        name = attributes.get("name", "")
        match message:
            case "flowStarted" | "flowFinished":
                self._read_flow(message, attributes)
            case "testSuiteStarted":
                if len(flow.suites) < _MOST_NESTED:
                    flow.suites.append(name)
            case "testSuiteFinished":
                self._end_suite(flow, name)
            case "testStarted":
                self._start(flow, name, attributes)
            case "testFailed":
                self._test(flow, name, attributes).failure = attributes
            case "testIgnored":
                self._ignore(flow, name, attributes)
            case "testFinished" if name in flow.tests:
                self._end(flow, name, attributes)
            case _:
                return

    def _flow(self, attributes: _Attributes) -> _Flow:
        """Return the flow of a message; one that was never announced stands within the suites of the main one."""
        number = attributes.get("flowId", "")
        flow = self._flows.get(number)
        if flow is None:
            flow = self._flows[number] = _Flow(list(self._flows[""].suites))
            check_open(len(self._flows))
        return flow

    def _read_flow(self, message: str, attributes: _Attributes) -> None:
        number = attributes.get("flowId", "")
        if message == "flowStarted":
            parent = self._flows.get(attributes.get("parent", ""), self._flows[""])
            self._flows[number].suites = list(parent.suites)
        elif number and not self._flows[number].tests:
            del self._flows[number]

    def _start(self, flow: _Flow, name: str, attributes: _Attributes) -> None:
        if name in flow.tests:
            self._end(flow, name, {})
        self._test(flow, name, attributes)

    def _test(self, flow: _Flow, name: str, attributes: _Attributes) -> _Test:
        if name not in flow.tests:
            self._running += 1
            check_open(self._running)
            flow.tests[name] = _Test(attributes)
        return flow.tests[name]

    def _ignore(self, flow: _Flow, name: str, attributes: _Attributes) -> None:
        """Read a skip: it stands within the test, or alone in place of it."""
        if name in flow.tests:
            flow.tests[name].is_skipped = True
        else:
            self._test(flow, name, attributes).is_skipped = True
            self._end(flow, name, attributes)

    def _end_suite(self, flow: _Flow, name: str) -> None:
        for test in tuple(flow.tests):
            self._end(flow, test, None)
        if name in flow.suites:
            del flow.suites[len(flow.suites) - 1 - flow.suites[::-1].index(name) :]

    def _end(self, flow: _Flow, name: str, attributes: _Attributes | None) -> None:
        """End a test; `attributes` are None where no message says that it ended."""
        test = flow.tests.pop(name)
        self._running -= 1
        outcome, message, stack = _judge(test, has_end=attributes is not None)
        milliseconds = (attributes or {}).get("duration", "")
        is_number = milliseconds.isascii() and milliseconds.isdecimal() and len(milliseconds) < 16
        suite, *inner = flow.suites or [""]
        self.executions.add(
            suite,
            _JOINT.join(inner) or suite,
            name,
            outcome,
            test.file,
            test.line,
            bounded_ms(int(milliseconds)) if is_number else None,
            message,
            stack,
        )

    def end(self) -> None:
        """End the tests of a file that was cut off."""
        for flow in self._flows.values():
            for name in tuple(flow.tests):
                self.is_cut = True
                self._end(flow, name, None)
        if self.is_cut:
            self.warnings.append("The file ends before its tests did.")


def _judge(test: _Test, *, has_end: bool) -> tuple[Outcome, str | None, str | None]:
    if test.failure is not None:
        details = test.failure.get("details", "").strip()
        message = test.failure.get("message", "").strip() or first_line(details)
        return Outcome.FAILED, message, details or test.failure.get("message")
    if test.is_skipped:
        return Outcome.SKIPPED, None, None
    return (Outcome.PASSED, None, None) if has_end else (Outcome.ERROR, NO_END, None)


def _messages(line: str) -> Iterator[tuple[str, _Attributes]]:
    for message in _MESSAGE.finditer(line):
        found = _ATTRIBUTE.finditer(message[2])
        yield message[1], {one[1]: _ESCAPE.sub(_unescaped, one[2]) if one[2] is not None else one[3] for one in found}


def _unescaped(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 16)) if escape[1] else _PLAIN.get(escape[2], escape[2])
