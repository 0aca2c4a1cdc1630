"""Qt Test's XML (`-o FILE,xml`)."""

from collections.abc import Mapping
from operator import itemgetter
from typing import ClassVar

from app.core.model import Outcome
from app.core.reports.executions import NO_END, Executions, bounded_ms
from app.core.reports.xml_case import OpenCase, place
from app.core.reports.xml_records import Node

FORMAT = "qtest"
_OUTCOMES = {
    "pass": Outcome.PASSED,
    "bpass": Outcome.PASSED,
    "fail": Outcome.FAILED,
    "xpass": Outcome.FAILED,
    "skip": Outcome.SKIPPED,
    "xfail": Outcome.SKIPPED,
    "bfail": Outcome.SKIPPED,
    "bxfail": Outcome.SKIPPED,
    "bxpass": Outcome.SKIPPED,
}
"""What incidents mean. `b` is for a test that the platform's blacklist lets fail."""

_FATAL = frozenset({"qfatal", "system"})
_FIRST_BY_ROW = 6


class QTest:
    """A case is a function; since Qt 6 one is each row of its data, as in the JUnit file of the same Qt.

    An expected failure is followed by the pass of its row, which is what counts. A skip is a message up to Qt 6.5,
    an incident later. Durations are those of whole functions.
    """

    known_as: ClassVar[str] = FORMAT
    roots: ClassVar[frozenset[str]] = frozenset({"TestCase"})
    marks: ClassVar[tuple[str, ...]] = ("<TestFunction", "<QtVersion", "<QTestVersion", "<Incident")
    records: ClassVar[frozenset[str]] = frozenset({"Environment", "Incident", "Message", "Duration", "BenchmarkResult"})

    __slots__ = ("_class_name", "_duration", "_ends", "_executions", "_function", "_is_by_row", "_last_fatal", "_rows")

    def __init__(self, executions: Executions) -> None:
        self._executions = executions
        self._class_name = ""
        self._function: str | None = None
        self._is_by_row = False
        self._rows: dict[str, OpenCase] = {}
        self._ends: dict[str, tuple[int, Outcome]] = {}
        self._duration: int | None = None
        self._last_fatal = ""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "TestCase":
            self._class_name = attributes.get("name", "")
        elif name == "TestFunction":
            self._function = attributes.get("name", "")
            self._rows, self._ends = {}, {}
            self._duration = None
            self._last_fatal = ""

    def record(self, node: Node) -> None:
        match node.name:
            case "Environment":
                self._is_by_row = _major(node.words("QtVersion")) >= _FIRST_BY_ROW
            case "Duration":
                self._duration = _milliseconds(node.get("msecs"))
            case "Incident":
                self._take(node, _OUTCOMES.get(node.get("type"), Outcome.ERROR))
            case "Message" if node.get("type") == "skip":
                self._take(node, Outcome.SKIPPED)
            case "Message" if node.get("type") in _FATAL:
                self._last_fatal = node.words("Description")

    def _take(self, node: Node, outcome: Outcome) -> None:
        """Take one incident; of those of one case the weightiest decides."""
        tag = node.words("DataTag")
        key = tag if self._is_by_row else ""
        row = self._rows.setdefault(key, OpenCase({}))
        if outcome.is_bad:
            shown = f"[{tag}] " if tag and not self._is_by_row else ""
            said = shown + node.words("Description")
            # Qt's first line only says that two values differ.
            message = said if row.outcome is None else row.message
            row.went_wrong(outcome, said, *place(node))
            row.message = message
        weighed = _weight(node.get("type"), outcome), outcome
        self._ends[key] = max(self._ends.get(key, weighed), weighed, key=itemgetter(0))

    def end(self, name: str) -> None:
        if name == "TestFunction" and self._function is not None:
            self._close()

    def finish(self) -> None:
        """Add the function in which the program crashed."""
        if self._function is not None:
            self._close()

    def _close(self) -> None:
        if not self._rows:
            lost = self._rows.setdefault("", OpenCase({}))
            lost.went_wrong(Outcome.ERROR, self._last_fatal or NO_END)
        for tag, row in self._rows.items():
            self._executions.add(
                self._class_name,
                self._class_name,
                f"{self._function}({tag})" if tag else self._function or "",
                row.outcome or self._ends[tag][1],
                row.file,
                row.line,
                self._duration if len(self._rows) == 1 else None,
                row.message,
                row.stack_trace,
            )
        self._function = None


def _weight(kind: str, outcome: Outcome) -> int:
    """Weigh an incident: a function one of whose rows was skipped is skipped, as for Jenkins' xUnit plugin."""
    return 3 if outcome.is_bad else 2 if kind == "skip" else 1 if outcome is Outcome.PASSED else 0


def _major(version: str) -> int:
    major = version.partition(".")[0]
    return int(major) if major.isascii() and major.isdigit() and len(major) < 4 else 0


def _milliseconds(text: str) -> int | None:
    try:
        return bounded_ms(float(text.replace(",", ".")))
    except ValueError:
        return None
