"""TUSAR, the format into which Thales' tools turn results of tests."""

from collections.abc import Mapping
from typing import ClassVar

from app.core.model import Outcome
from app.core.reports.executions import Executions, first_line, milliseconds
from app.core.reports.xml_case import Records
from app.core.reports.xml_records import Node

FORMAT = "tusar"
_OUTCOMES = {"error": Outcome.ERROR, "failure": Outcome.FAILED, "skipped": Outcome.SKIPPED}


class Tusar(Records):
    """JUnit's elements with attributes of other names."""

    known_as: ClassVar[str] = FORMAT
    roots: ClassVar[frozenset[str]] = frozenset({"tusar"})
    marks: ClassVar[tuple[str, ...]] = ()
    records: ClassVar[frozenset[str]] = frozenset({"testcase"})

    __slots__ = ("_suite",)

    def __init__(self, executions: Executions) -> None:
        super().__init__(executions)
        self._suite = ""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "testsuite":
            self._suite = attributes.get("name", "")

    def record(self, node: Node) -> None:
        problem = next((child for child in node.children if child.name in _OUTCOMES), None)
        outcome = _OUTCOMES[problem.name] if problem else Outcome.PASSED
        text = problem.text.strip() if problem and outcome.is_bad else ""
        self.executions.add(
            self._suite,
            node.get("fulltestname") or node.get("filepath"),
            node.get("testname"),
            outcome,
            node.get("filepath"),
            duration_ms=milliseconds(node.get("time")),
            message=problem.get("message") or first_line(text) if problem and outcome.is_bad else None,
            stack_trace=text,
        )
