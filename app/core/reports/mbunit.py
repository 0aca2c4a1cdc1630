"""MbUnit 2: `report-result`."""

from collections.abc import Mapping
from typing import ClassVar

from app.core.model import Outcome
from app.core.reports.dotnet import failure_texts
from app.core.reports.executions import Executions, milliseconds
from app.core.reports.xml_records import Node

FORMAT = "mbunit"
_OUTCOMES = {"success": Outcome.PASSED, "failure": Outcome.FAILED, "error": Outcome.ERROR}
"""Whatever else there is (ignore, skip) did not run."""


class MbunitFormat:
    """Names a run by assembly, fixture and test; a set-up or tear-down counts where it failed."""

    known_as: ClassVar[str] = FORMAT
    roots: ClassVar[frozenset[str]] = frozenset({"report-result"})
    marks: ClassVar[tuple[str, ...]] = ()
    records: ClassVar[frozenset[str]] = frozenset({"run", "set-up", "tear-down"})

    def __init__(self, executions: Executions) -> None:
        self._executions = executions
        self._assembly = ""
        self._fixture: Mapping[str, str] = {}

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "assembly":
            self._assembly = attributes.get("name", "")
        elif name == "fixture":
            self._fixture = dict(attributes)

    def end(self, name: str) -> None:
        if name == "fixture":
            self._fixture = {}

    def record(self, node: Node) -> None:
        outcome = _OUTCOMES.get(node.get("result").lower(), Outcome.SKIPPED)
        if node.name != "run":
            if not outcome.is_bad:
                return
            outcome = Outcome.ERROR
        fixture = self._fixture.get("name", "")
        message, stack_trace = failure_texts(node.find("exception")) if outcome.is_bad else ("", "")
        self._executions.add(
            self._assembly,
            self._fixture.get("type") or fixture,
            (node.get("name") or node.name).removeprefix(f"{fixture}."),
            outcome,
            duration_ms=milliseconds(node.get("duration")),
            message=message,
            stack_trace=stack_trace,
        )

    def finish(self) -> None:
        """Take note of the end, at which nothing is left to say."""
