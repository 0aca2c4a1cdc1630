"""JUnit XML, in the dialects of whoever writes it.

Counts in attributes are not believed: the cases are counted; but a suite that counts failures and tells of no test has
lost them. Surefire's four elements of a re-run are executions of their own, in the order in which they happened.
"""

from collections.abc import Mapping
from typing import NamedTuple

from app.core.model import Report
from app.core.reports.document import Document
from app.core.reports.executions import Executions, TooManyError
from app.core.reports.junit_cases import FIRST_LOAD, PROBLEMS, Problem, Suite, add_case, end_suite, inner_suite
from app.core.reports.pytest_reruns import without_reruns
from app.core.reports.quarantined import PROPERTIES
from app.core.reports.xml_records import MOST_DEPTH
from app.core.reports.xml_source import read_xml

FORMAT = "junit"
_SUITES = frozenset({"testsuites", "testsuite"})
ROOTS = _SUITES | {"testcase"}
_AROUND_A_CASE = ROOTS | {""}
_SKIPS = frozenset({"skipped", "skip", "ignored", "disabled"})
_TELLING = _SKIPS | PROBLEMS.keys()
_PROBLEM_TEXT = frozenset({*PROBLEMS, "message", "stacktrace"})
_OF_A_CASE = ["testcase", "properties"]
_MOST_PROBLEMS = 200
MOST_NAMES = 10_000
_NO_PROBLEMS: tuple[Problem, ...] = ()
_NO_PROPERTIES: Mapping[str, str] = {}


def read(document: Document) -> Report:
    """Read a document whose root is one of ROOTS; raises MalformedReport as read_xml does."""
    return without_reruns(read_xml(document, _Target, known_as=FORMAT))


class _Case(NamedTuple):
    """What is kept of a case while one within it is read."""

    case: Mapping[str, str]
    skip: Mapping[str, str] | None
    problems: tuple[Problem, ...]
    ours: Mapping[str, str]


class _Names(dict[str, str]):
    """What each tag is called: in lower case, without its namespace. The parser keeps the tags as well."""

    def __missing__(self, tag: str) -> str:
        if len(self) >= MOST_NAMES:
            raise TooManyError(f"more than {MOST_NAMES:,} kinds of tags, what follows is left out")
        self[tag] = tag.rpartition("}")[2].lower()
        return self[tag]


class _Target:
    """Collects executions from the parser's events; nothing of the document is kept but what they need.

    `_open` holds the names of the open elements, in lower case and without their namespaces; `_case` the attributes of
    the innermost open case, `_skip` those of the element that says that it was skipped, `_ours` the properties that our
    plug-in gave it.
    """

    __slots__ = (
        "_case",
        "_names",
        "_open",
        "_ours",
        "_outer",
        "_problem",
        "_problems",
        "_skip",
        "_suites",
        "executions",
    )

    def __init__(self) -> None:
        self.executions = Executions()
        self._names = _Names()
        self._open: list[str] = [""]
        self._suites = [Suite("", None)]
        self._case: Mapping[str, str] | None = None
        self._skip: Mapping[str, str] | None = None
        self._problems = _NO_PROBLEMS
        self._ours = _NO_PROPERTIES
        self._outer: list[_Case] = []
        self._problem: Problem | None = None

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = self._names[tag]
        parent = self._open[-1]
        self._open.append(name)
        if len(self._open) > MOST_DEPTH:
            raise TooManyError(f"elements more than {MOST_DEPTH} deep, what follows is left out")
        if name == "testcase":
            if parent in _AROUND_A_CASE:
                if self._case is not None:
                    self._outer.append(_Case(self._case, self._skip, self._problems, self._ours))
                self._case, self._skip, self._problems, self._ours = attributes, None, _NO_PROBLEMS, _NO_PROPERTIES
        elif name in _SUITES:
            self._suites.append(inner_suite(attributes, self._suites[-1], self.executions))
        elif parent == "testcase":
            if name in _TELLING and self._case is not None:
                self._start_in_case(name, attributes)
        elif parent == "testsuite" and name in ("failure", "error"):
            self._problem = Problem(name, attributes)
        elif name == "property" and attributes.get("name") in PROPERTIES and self._open[-3:-1] == _OF_A_CASE:
            self._ours = {**self._ours, attributes["name"]: attributes.get("value", "")}

    def _start_in_case(self, name: str, attributes: Mapping[str, str]) -> None:
        if name in _SKIPS:
            self._skip = attributes
        elif len(self._problems) < _MOST_PROBLEMS:
            self._problem = Problem(name, attributes)
            self._problems += (self._problem,)

    def data(self, text: str) -> None:
        if self._problem is not None and self._open[-1] in _PROBLEM_TEXT:
            self._problem.keep(text)

    def end(self, _tag: str) -> None:
        name = self._open.pop()
        if name == "testcase":
            if self._case is not None and self._open[-1] in _AROUND_A_CASE:
                add_case(self.executions, self._case, self._suites[-1], self._problems, self._skip, self._ours)
                self._case = None
                if self._outer:
                    self._case, self._skip, self._problems, self._ours = self._outer.pop()
        elif self._problem is not None and name == self._problem.kind:
            self._end_problem(self._problem)
        elif name in _SUITES:
            end_suite(self.executions, self._suites.pop())

    def _end_problem(self, problem: Problem) -> None:
        self._problem = None
        if self._case is None:
            # The class could not be loaded or set up: no case stands for it, so we make one, as Jenkins does.
            add_case(self.executions, FIRST_LOAD, self._suites[-1], (problem,), None)

    def close(self) -> None:
        """Keep the failure in whose middle a truncated file ends; a case cut before any word of its end is unknown."""
        if self._case is not None and self._problems:
            add_case(self.executions, self._case, self._suites[-1], self._problems, skip=self._skip)
