"""The XML of doctest, the test framework for C++ (`-r=xml`)."""

from collections.abc import Mapping
from typing import ClassVar

from app.core.model import Outcome
from app.core.reports.executions import NO_END, Executions, milliseconds, shortened
from app.core.reports.xml_case import LONGEST_NAME, OpenCase, number, place
from app.core.reports.xml_records import Node

FORMAT = "doctest"
_DEEPEST = 50


class Doctest:
    """Names are those of doctest's own JUnit reporter: a case is one way through the subcases of a test case.

    On each way one subcase is entered a level, so each outermost one begins a way. What fails in a test case that
    succeeds all the same is an expected failure. A list of test cases has no suites around them, and no results.
    """

    known_as: ClassVar[str] = FORMAT
    roots: ClassVar[frozenset[str]] = frozenset({"doctest"})
    marks: ClassVar[tuple[str, ...]] = ()
    records: ClassVar[frozenset[str]] = frozenset(
        {"Options", "Expression", "Exception", "Message", "OverallResultsAsserts", "OverallResultsTestCases"}
    )

    __slots__ = ("_binary", "_depth", "_executions", "_has_suite", "_overall", "_test", "_ways")

    def __init__(self, executions: Executions) -> None:
        self._executions = executions
        self._binary = ""
        self._has_suite = False
        self._test: Mapping[str, str] | None = None
        self._depth = 0
        self._ways: list[tuple[list[str], OpenCase]] = []
        self._overall: Node | None = None

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "doctest":
            self._binary = attributes.get("binary", "")
        elif name == "TestSuite":
            self._has_suite = True
        elif name == "TestCase" and self._has_suite:
            self._test, self._overall, self._depth = attributes, None, 0
            self._ways = [([], OpenCase(attributes))]
        elif name == "SubCase" and self._test is not None:
            self._enter(attributes)

    def _enter(self, attributes: Mapping[str, str]) -> None:
        if self._depth == 0 and self._ways[-1][0]:
            self._ways.append(([], OpenCase(attributes)))
        self._depth += 1
        if self._depth <= _DEEPEST:
            self._ways[-1][0].append(attributes.get("name", ""))

    def record(self, node: Node) -> None:
        if self._test is None:
            return
        case = self._ways[-1][1]
        where = place(node, "filename")
        match node.name:
            case "Exception":
                case.went_wrong(Outcome.ERROR, node.text.strip(), *where)
            case "Expression" if node.get("success") == "false" and not node.get("type").startswith("WARN"):
                case.went_wrong(Outcome.FAILED, _expression(node), *where)
            case "Message" if node.get("type") != "WARNING":
                case.went_wrong(Outcome.FAILED, node.words("Text"), *where)
            case "OverallResultsAsserts":
                self._overall = node
            case _:
                pass

    def end(self, name: str) -> None:
        if name == "SubCase":
            self._depth = max(self._depth - 1, 0)
        elif name == "TestSuite":
            self._has_suite = False
        elif name == "TestCase" and self._test is not None:
            self._close(self._test)

    def finish(self) -> None:
        """Add the test case in whose middle the file ends: its program crashed there."""
        if self._test is not None:
            self._close(self._test)

    def _close(self, test: Mapping[str, str]) -> None:
        is_skipped = test.get("skipped") == "true"
        if not is_skipped:
            self._judge()
        took = self._overall.get("duration") if self._overall and len(self._ways) == 1 else ""
        file, name = test.get("filename", ""), shortened(test.get("name", "").strip(), LONGEST_NAME)
        for names, case in self._ways:
            outcome = Outcome.SKIPPED if is_skipped else case.outcome or Outcome.PASSED
            self._executions.add(
                self._binary,
                file,
                "/".join([name, *names]),
                outcome,
                file,
                number(test.get("line", "")),
                milliseconds(took),
                case.message if outcome.is_bad else None,
                case.stack_trace if outcome.is_bad else None,
            )
        self._test = None

    def _judge(self) -> None:
        """Hold what the ways say to what the test case says as a whole."""
        bad = [case for _, case in self._ways if case.outcome]
        if self._overall is None:
            self._ways[-1][1].went_wrong(Outcome.ERROR, NO_END)
        elif _succeeded(self._test or {}, self._overall, failed=bool(bad)):
            for case in bad:
                case.outcome = Outcome.SKIPPED
        elif not bad:
            # It took too long, or should have failed and did not.
            self._ways[-1][1].went_wrong(Outcome.FAILED, "the test case failed, and none of its assertions did")


def _succeeded(test: Mapping[str, str], overall: Node, *, failed: bool) -> bool:
    """Tell whether a test case as a whole succeeded.

    Older versions of doctest do not write it, so its decorators are weighed in the order in which doctest weighs them.
    """
    if written := overall.get("test_case_success"):
        return written == "true"
    if test.get("should_fail") == "true":
        return failed
    if failed and test.get("may_fail") == "true":
        return True
    if expected := overall.get("expected_failures"):
        return expected == overall.get("failures")
    return not failed


def _expression(node: Node) -> str:
    """Return what doctest prints of an assertion: as it was written, its values, what it threw, what was noted."""
    written = f"{node.get('type')}( {node.words('Original')} )"
    parts = [("values", "Expanded"), ("threw", "Exception"), ("expected", "ExpectedException")]
    said = [f"{word}: {node.words(name)}" for word, name in parts if node.words(name)]
    noted = [f"logged: {info.text.strip()}" for info in node.all("Info")]
    return "\n".join([written, *said, *noted])
