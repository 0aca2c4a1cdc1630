"""UnitTest++'s XML."""

import re
from typing import ClassVar

from app.core.model import Outcome
from app.core.reports.executions import milliseconds
from app.core.reports.xml_case import OpenCase, Records, number
from app.core.reports.xml_records import Node

FORMAT = "unittest++"
_PLACED = re.compile(r"([^()\n]{1,1000})\((\d{1,9})\) : (.*)", re.DOTALL)


class UnitTestPP(Records):
    """Every failed check of a test is a child of its element, with its place in front of its message."""

    known_as: ClassVar[str] = FORMAT
    roots: ClassVar[frozenset[str]] = frozenset({"unittest-results"})
    marks: ClassVar[tuple[str, ...]] = ()
    records: ClassVar[frozenset[str]] = frozenset({"test"})

    __slots__ = ()

    def record(self, node: Node) -> None:
        case = OpenCase(node.attributes)
        for failure in node.all("failure"):
            placed = _PLACED.fullmatch(failure.get("message"))
            if placed:
                case.went_wrong(_outcome(placed[3]), placed[3], placed[1], number(placed[2]))
            else:
                case.went_wrong(_outcome(failure.get("message")), failure.get("message"))
        self.executions.add(
            node.get("suite"),
            node.get("suite"),
            node.get("name"),
            case.outcome or Outcome.PASSED,
            case.file,
            case.line,
            milliseconds(node.get("time")),
            case.message,
            case.stack_trace,
        )


def _outcome(message: str) -> Outcome:
    """Tell what UnitTest++ itself says of a test that ended otherwise than by a check."""
    is_error = message.startswith(("Unhandled exception", "System exception", "Global time constraint failed"))
    return Outcome.ERROR if is_error else Outcome.FAILED
