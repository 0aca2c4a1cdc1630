"""SonarQube's generic test execution report, which runners of many languages can write."""

from collections.abc import Mapping
from typing import ClassVar

from app.core.model import Outcome
from app.core.reports.executions import Executions, bounded_ms, first_line
from app.core.reports.xml_case import Records
from app.core.reports.xml_records import Node

FORMAT = "sonarqube"
_OUTCOMES = {"error": Outcome.ERROR, "failure": Outcome.FAILED, "skipped": Outcome.SKIPPED}


class SonarQube(Records):
    """A case's duration is in milliseconds; `message` is short, the element's text is the long one.

    Source: the schema in SonarQube's documentation, "Generic test data".
    """

    known_as: ClassVar[str] = FORMAT
    roots: ClassVar[frozenset[str]] = frozenset({"testExecutions", "unitTest"})
    marks: ClassVar[tuple[str, ...]] = ()
    records: ClassVar[frozenset[str]] = frozenset({"testCase"})

    __slots__ = ("_file",)

    def __init__(self, executions: Executions) -> None:
        super().__init__(executions)
        self._file = ""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "file":
            self._file = attributes.get("path", "")

    def record(self, node: Node) -> None:
        """Take one case; one that both failed and was skipped failed."""
        problems = {child.name: child for child in reversed(node.children) if child.name in _OUTCOMES}
        outcome = next((_OUTCOMES[kind] for kind in _OUTCOMES if kind in problems), Outcome.PASSED)
        problem = problems.get("error") or problems.get("failure")
        text = problem.text.strip() if problem else ""
        self.executions.add(
            self._file,
            "",
            node.get("name"),
            outcome,
            self._file,
            duration_ms=_milliseconds(node.get("duration")),
            message=problem.get("message") or first_line(text) if problem else None,
            stack_trace=text,
        )


def _milliseconds(text: str) -> int | None:
    try:
        return bounded_ms(float(text))
    except ValueError:
        return None
