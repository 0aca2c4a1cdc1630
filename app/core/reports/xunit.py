"""xUnit.net: `assemblies` of version 2 and later, a lone `assembly` of version 1, and what writes like them (Fixie)."""

from collections.abc import Mapping
from typing import ClassVar

from app.core.counts import count
from app.core.model import Outcome
from app.core.reports.dotnet import failure_texts, line_number, module_name, without_class
from app.core.reports.executions import Executions, milliseconds
from app.core.reports.xml_records import Node

FORMAT = "xunit"
_OUTCOMES = {"pass": Outcome.PASSED, "fail": Outcome.FAILED}
"""Whatever else there is (Skip, NotRun) did not run."""


class XunitFormat:
    """Names a test by assembly, class and display name; what failed outside of tests is an error of its own."""

    known_as: ClassVar[str] = FORMAT
    roots: ClassVar[frozenset[str]] = frozenset({"assemblies", "assembly"})
    # Manifests of Windows and assembly descriptors of Maven have an `assembly` as their root, too.
    marks: ClassVar[tuple[str, ...]] = (
        "test-framework=",
        "run-date=",
        "<assemblies timestamp=",
        "schema-version=",
        "<assemblies>",
        "<assemblies/>",
        "<assemblies />",
    )
    records: ClassVar[frozenset[str]] = frozenset({"test", "error", "failure"})

    def __init__(self, executions: Executions) -> None:
        self._executions = executions
        self._assembly = ""
        self._class_name = ""
        self._counted = self._bad = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "assembly":
            self._assembly, self._class_name = module_name(attributes.get("name", "")), ""
            self._counted, self._bad = line_number(attributes.get("failed", "")) or 0, 0
        elif name == "class":
            self._class_name = attributes.get("name", "")

    def end(self, name: str) -> None:
        if name == "class":
            self._class_name = ""
        elif name == "assembly" and self._bad < self._counted:
            # The runner counts what it writes down, so a failure that is counted alone was lost later.
            told = str(self._bad) if self._bad else "none"
            self._executions.miss(
                f"the assembly {self._assembly or 'without a name'} counts {count(self._counted, 'test')} as failed and tells of {told}"
            )

    def record(self, node: Node) -> None:
        match node.name:
            case "test":
                self._add_test(node)
            case "error":
                self._add_error("", _error_name(node), node.find("failure") or node)
            case _:
                # Version 1 writes the failure of a fixture into its class.
                self._add_error(self._class_name, self._class_name or self._assembly, node)

    def finish(self) -> None:
        """Take note of the end, at which nothing is left to say."""

    def _add_test(self, node: Node) -> None:
        failure = node.find("failure")
        outcome = _outcome(node, failure)
        class_name = node.get("type") or self._class_name
        self._bad += outcome.is_bad
        message, stack_trace = failure_texts(failure) if outcome.is_bad else ("", "")
        self._executions.add(
            self._assembly,
            class_name,
            without_class(node.get("name").strip() or node.get("method"), class_name),
            outcome,
            file=node.get("source-file"),
            line=line_number(node.get("source-line")),
            duration_ms=milliseconds(node.get("time")),
            message=message,
            stack_trace=stack_trace,
        )

    def _add_error(self, class_name: str, name: str, failure: Node) -> None:
        self._bad += 1
        message, stack_trace = failure_texts(failure)
        self._executions.add(self._assembly, class_name, name, Outcome.ERROR, message=message, stack_trace=stack_trace)


def _outcome(test: Node, failure: Node | None) -> Outcome:
    outcome = _OUTCOMES.get(test.get("result").lower(), Outcome.SKIPPED)
    if outcome is Outcome.FAILED and failure and failure.get("exception-type").endswith("TestTimeoutException"):
        return Outcome.ERROR
    return outcome


def _error_name(error: Node) -> str:
    """Return the name under which xUnit's adapter tells vstest of the same failure: its kind, and what it was about."""
    kind = error.get("type").replace("-", " ").title() or "Environment"
    about = module_name(error.get("name"))
    return f"[{kind} Failure ({about})]" if about else f"[{kind} Failure]"
