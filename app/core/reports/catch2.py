"""Catch2's native XML (`-r xml`), of version 2 (`Catch`) and version 3 (`Catch2TestRun`)."""

from collections.abc import Mapping
from typing import ClassVar

from app.core.model import Outcome
from app.core.reports.executions import NO_END, Executions, milliseconds
from app.core.reports.xml_case import Nest, OpenCase, number, place
from app.core.reports.xml_records import Node

FORMAT = "catch2"
_PROBLEMS = {"Failure": Outcome.FAILED, "Exception": Outcome.ERROR, "FatalErrorCondition": Outcome.ERROR}
_HARMLESS = frozenset({"CHECK_NOFAIL", "CHECKED_IF", "CHECKED_ELSE"})
"""Assertions that are reported as failures and fail nothing."""


class Catch2:
    """Names are those of Catch2's own JUnit reporter: a test case, and each section in it that checks something.

    A section that is entered again, for a sibling in it or for a generator, is the same one. An assertion that fails in
    a case that succeeds all the same is an expected failure (`[!mayfail]`, `[!shouldfail]`).
    """

    known_as: ClassVar[str] = FORMAT
    roots: ClassVar[frozenset[str]] = frozenset({"Catch", "Catch2TestRun"})
    marks: ClassVar[tuple[str, ...]] = ()
    records: ClassVar[frozenset[str]] = frozenset(
        {*_PROBLEMS, "Expression", "Skip", "Info", "Warning", "BenchmarkResults", "OverallResult", "OverallResults"}
    )

    __slots__ = ("_durations", "_executions", "_is_open", "_name", "_path", "_sections", "_skips", "_suite")

    def __init__(self, executions: Executions) -> None:
        self._executions = executions
        self._suite = self._name = ""
        self._is_open = False
        self._path = Nest("/")
        self._sections: dict[str, OpenCase] = {}
        self._durations: dict[str, int] = {}
        self._skips: set[str] = set()

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name in self.roots:
            self._suite = attributes.get("name", "")
        elif name == "TestCase":
            self._is_open = True
            self._path, self._sections, self._durations, self._skips = Nest("/"), {}, {}, set()
            self._enter(attributes)
            self._name = self._path.joined
        elif name == "Section" and self._is_open:
            self._enter(attributes)

    def _enter(self, attributes: Mapping[str, str]) -> None:
        """Open a case or a section in it."""
        self._path.push(attributes.get("name", "").strip())
        path = self._path.joined
        if path not in self._sections:
            self._sections[path] = OpenCase(
                attributes, attributes.get("filename", ""), number(attributes.get("line", ""))
            )

    def record(self, node: Node) -> None:
        if not self._is_open:
            return
        section = self._sections[self._path.joined]
        match node.name:
            case "Failure" | "Exception" | "FatalErrorCondition":
                section.went_wrong(_PROBLEMS[node.name], node.text.strip(), *place(node, "filename"))
            case "Expression" if node.get("success") == "false" and node.get("type") not in _HARMLESS:
                outcome = (
                    Outcome.ERROR if node.find("Exception") or node.find("FatalErrorCondition") else Outcome.FAILED
                )
                section.went_wrong(outcome, _expression(node), *place(node, "filename"))
            case "Skip":
                self._skips.add(self._path.joined)
            case "OverallResults":
                self._end_section(node)
            case "OverallResult":
                self._end_case(node)
            case _:
                pass

    def _end_section(self, node: Node) -> None:
        took = milliseconds(node.get("durationInSeconds"))
        path = self._path.joined
        if took is not None:
            self._durations[path] = self._durations.get(path, 0) + took
        if node.get("skipped") == "true":
            self._skips.add(path)

    def _end_case(self, node: Node) -> None:
        took = milliseconds(node.get("durationInSeconds"))
        if took is not None:
            self._durations[self._name] = took
        if node.get("skips") not in ("", "0"):
            self._skips.add(self._name)
        is_success = node.get("success") == "true"
        bad = any(case.outcome for case in self._sections.values())
        if not is_success and not bad:
            self._sections[self._name].went_wrong(
                Outcome.FAILED, "the test case failed, and none of its assertions did"
            )
        self._close(is_success=is_success)

    def end(self, name: str) -> None:
        if name == "Section" and len(self._path) > 1:
            self._path.pop()
        elif name == "TestCase" and self._is_open:
            self._lost()

    def finish(self) -> None:
        """Add the case in whose middle the file ends: its program crashed there."""
        if self._is_open:
            self._lost()

    def _lost(self) -> None:
        self._sections[self._path.joined].went_wrong(Outcome.ERROR, NO_END)
        self._close(is_success=False)

    def _close(self, *, is_success: bool) -> None:
        self._is_open = False
        for path, case in self._sections.items():
            outcome = case.outcome or (Outcome.SKIPPED if path in self._skips else Outcome.PASSED)
            if is_success and outcome.is_bad:
                outcome = Outcome.SKIPPED
            self._executions.add(
                self._suite,
                f"{self._suite}.global",
                path,
                outcome,
                case.file,
                case.line,
                self._durations.get(path),
                case.message if outcome.is_bad else None,
                case.stack_trace if outcome.is_bad else None,
            )


def _expression(node: Node) -> str:
    """Return what Catch2 prints of an assertion: as it was written, as it was meant, and what it threw."""
    written = f"{node.get('type')}( {node.words('Original')} )"
    threw = node.words("Exception") or node.words("FatalErrorCondition")
    expanded = node.words("Expanded")
    return written + (f"\nwith expansion:\n  {expanded}" if expanded else "") + (f"\n{threw}" if threw else "")
