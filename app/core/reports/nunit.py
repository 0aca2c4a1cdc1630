"""NUnit 2 (`test-results`) and NUnit 3 (`test-run`), and a lone `test-suite` of either.

One reader for both, since what others write under these names (Unity, DUnitX, loggers of vstest) mixes them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from app.core.model import Outcome
from app.core.reports.dotnet import failure_texts, module_name, split_full_name
from app.core.reports.executions import Executions, milliseconds
from app.core.reports.open_elements import OpenElements
from app.core.reports.xml_records import Node

FORMAT = "nunit"
_WORDS = {
    "success": Outcome.PASSED,
    "passed": Outcome.PASSED,
    "warning": Outcome.PASSED,
    "failure": Outcome.FAILED,
    "failed": Outcome.FAILED,
    "error": Outcome.ERROR,
    "cancelled": Outcome.ERROR,
    "notrunnable": Outcome.ERROR,
    "invalid": Outcome.ERROR,
}
"""Whatever else there is (Ignored, Skipped, Inconclusive, Explicit) says nothing about the test."""

_ERROR_LABELS = frozenset({"error", "invalid", "cancelled"})
_HOOKS = frozenset({"setup", "teardown", "parent"})
_ELSEWHERE = frozenset({"child", "parent"})
_OF_CHILDREN = frozenset({"one or more child tests had errors", "child test failed"})
_METHODS = frozenset({"parameterizedmethod", "parameterizedtest", "theory", "genericmethod"})
_ASSEMBLIES = (".dll", ".exe")


@dataclass(slots=True)
class _Suite:
    """A suite whose end was not seen yet."""

    attributes: Mapping[str, str]
    assembly: str
    fixture: str
    why: Node | None = None
    has_bad: bool = False


class NUnitFormat:
    """Names a case by assembly, fixture and test; a suite that failed without a failing case is one error."""

    known_as: ClassVar[str] = FORMAT
    roots: ClassVar[frozenset[str]] = frozenset({"test-results", "test-run", "test-suite"})
    marks: ClassVar[tuple[str, ...]] = ("<test-case", "<test-results", "<test-run", "testcasecount=", "asserts=")
    records: ClassVar[frozenset[str]] = frozenset({"test-case", "failure", "reason"})

    def __init__(self, executions: Executions) -> None:
        self._executions = executions
        self._outside = _Suite({}, "", "")
        self._suites = OpenElements[_Suite]()

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name in self.roots:
            self._suites.begin(_inner(dict(attributes), self._suites.innermost or self._outside))

    def end(self, name: str) -> None:
        ended = self._suites.end() if name in self.roots else None
        if ended is None:
            return
        if name == "test-suite" and not ended.has_bad and _failed_itself(ended):
            self._add_suite(ended)
        (self._suites.innermost or self._outside).has_bad |= ended.has_bad

    def record(self, node: Node) -> None:
        suite = self._suites.innermost or self._outside
        if node.name != "test-case":
            suite.why = suite.why or node
            return
        outcome = _outcome(node.attributes, has_failure=node.find("failure") is not None)
        class_name, name = _names(node, suite)
        message, stack_trace = failure_texts(node.find("failure") or node.find("reason"))
        suite.has_bad |= outcome.is_bad
        self._executions.add(
            suite.assembly,
            class_name,
            name,
            outcome,
            duration_ms=milliseconds(node.get("duration") or node.get("time")),
            message=(message or node.get("label")) if outcome.is_bad else None,
            stack_trace=stack_trace if outcome.is_bad else None,
        )

    def finish(self) -> None:
        """Take note of the end; a suite that a truncated file leaves open has said nothing of itself."""

    def _add_suite(self, suite: _Suite) -> None:
        suite.has_bad = True
        message, stack_trace = failure_texts(suite.why)
        name = module_name(suite.attributes.get("name", ""))
        class_name = "" if name == suite.assembly else suite.fixture
        self._executions.add(suite.assembly, class_name, name, Outcome.ERROR, message=message, stack_trace=stack_trace)


def _inner(attributes: Mapping[str, str], outer: _Suite) -> _Suite:
    kind, name = attributes.get("type", "").lower(), attributes.get("name", "")
    full = attributes.get("fullname") or name
    if kind == "assembly" or name.lower().endswith(_ASSEMBLIES) or not outer.assembly:
        return _Suite(attributes, module_name(name or full), outer.fixture or module_name(name))
    return _Suite(attributes, outer.assembly, outer.fixture if kind in _METHODS else full)


def _names(case: Node, suite: _Suite) -> tuple[str, str]:
    """Return class and name: NUnit 3 writes both, NUnit 2 the full name alone."""
    name, full = case.get("name").strip(), case.get("fullname").strip()
    if name and full.endswith(f".{name}"):
        # Unlike `classname` this holds the arguments of the fixture, by which two of one class differ.
        return full[: -len(name) - 1], name
    if case.get("classname"):
        return case.get("classname"), name or full
    class_name, method = split_full_name(name or full)
    return class_name or suite.fixture, method


def _outcome(attributes: Mapping[str, str], *, has_failure: bool) -> Outcome:
    word, detail = _result(attributes)
    if not word:
        return _without_result(attributes, has_failure=has_failure)
    outcome = _WORDS.get(word, Outcome.SKIPPED)
    return Outcome.ERROR if outcome is Outcome.FAILED and _is_error(attributes, detail) else outcome


def _is_error(attributes: Mapping[str, str], detail: str) -> bool:
    """Whether a failure is none of an assertion: NUnit says so by its label, a sentence where it timed out, or its site."""
    label = attributes.get("label", "").lower()
    is_labelled = label in _ERROR_LABELS or "timeout" in label or detail in _ERROR_LABELS
    return is_labelled or attributes.get("site", "").lower() in _HOOKS


def _result(attributes: Mapping[str, str]) -> tuple[str, str]:
    """Return the result and what some writers put behind it, `Failed(Child)` or `Failed:Error`, in lower case."""
    word, detail, *_ = [*re.split(r"[:(]", attributes.get("result", ""), maxsplit=1), ""]
    return word.strip().lower(), detail.strip(" )").lower()


def _without_result(attributes: Mapping[str, str], *, has_failure: bool) -> Outcome:
    """Return what NUnit before 2.5 says by `executed` and `success`."""
    if attributes.get("executed", "").lower() == "false":
        return Outcome.SKIPPED
    is_bad = has_failure or attributes.get("success", "").lower() == "false"
    return Outcome.FAILED if is_bad else Outcome.PASSED


def _failed_itself(suite: _Suite) -> bool:
    """Whether a suite failed by its own doing: a set-up, a tear-down, an assembly that could not be loaded."""
    word, detail = _result(suite.attributes)
    if {detail, suite.attributes.get("site", "").lower()} & _ELSEWHERE:
        return False
    message = failure_texts(suite.why)[0]
    is_own = message != "" and message.lower() not in _OF_CHILDREN
    return is_own and _WORDS.get(word or "failed", Outcome.SKIPPED).is_bad and _has_run(suite)


def _has_run(suite: _Suite) -> bool:
    """Whether a suite of NUnit before 2.5 that gives a message gives that of a failure and not of having been ignored."""
    return "result" in suite.attributes or (suite.why is not None and suite.why.name == "failure")
