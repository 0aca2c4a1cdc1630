"""The log of GLib's gtester."""

from collections.abc import Mapping
from typing import ClassVar

from app.core.model import Outcome
from app.core.reports.executions import NO_END, Executions, milliseconds
from app.core.reports.xml_case import Records
from app.core.reports.xml_records import Node

FORMAT = "gtester"
_OUTCOMES = {
    "success": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "skipped": Outcome.SKIPPED,
    "incomplete": Outcome.SKIPPED,
}


class GTester(Records):
    """A test's path is split at its last slash, as Jenkins' xUnit plugin does; a test without a status crashed."""

    known_as: ClassVar[str] = FORMAT
    roots: ClassVar[frozenset[str]] = frozenset({"gtester"})
    marks: ClassVar[tuple[str, ...]] = ()
    records: ClassVar[frozenset[str]] = frozenset({"testcase"})

    __slots__ = ("_suite",)

    def __init__(self, executions: Executions) -> None:
        super().__init__(executions)
        self._suite = ""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "testbinary":
            self._suite = attributes.get("path", "")

    def record(self, node: Node) -> None:
        path = node.get("path").strip("/")
        folder, _, name = path.rpartition("/")
        outcome, message = _ended(node)
        errors = "\n".join(error.text.strip() for error in node.all("error"))
        self.executions.add(
            self._suite,
            (folder or path).replace("/", "."),
            name,
            outcome,
            duration_ms=milliseconds(node.words("duration")),
            message=(errors or message) if outcome.is_bad else None,
            stack_trace=errors if outcome.is_bad else None,
        )


def _ended(node: Node) -> tuple[Outcome, str]:
    if node.get("skipped"):
        return Outcome.SKIPPED, ""
    status = node.find("status")
    if status is None:
        return Outcome.ERROR, NO_END
    return _OUTCOMES.get(status.get("result"), Outcome.ERROR), f"exit status {status.get('exit-status')}"
