"""JUnit XML, in the dialects of whoever writes it.

Counts in attributes are not believed: the cases are counted. Surefire's four elements of a re-run are executions of
their own, in the order in which they happened.
"""

from collections.abc import Mapping

from lxml import etree

from app.core.model import Report, TestResult
from app.core.reports.errors import MalformedReport
from app.core.reports.junit_cases import PROBLEMS, Case, Executions, Problem, Suite, inner_suite
from app.core.reports.xml_repair import decode, is_plain, repair

_FORMAT = "junit"
_PIECE = 1 << 15
_SUITES = ("testsuites", "testsuite")
_ROOTS = (*_SUITES, "testcase")
_AROUND_A_CASE = (*_ROOTS, "")
_SKIPS = frozenset({"skipped", "skip", "ignored", "disabled"})
_PROBLEM_TEXT = frozenset({*PROBLEMS, "message", "stacktrace"})


def read(data: bytes) -> Report | None:
    """Read a JUnit file; None where its root says that it is something else.

    Raises MalformedReport where it is broken and no case can be got out of it: an empty report would look like success.
    """
    if not _may_be_junit(data):
        return None
    try:
        if not is_plain(data):
            return _mended(data, "read again as text: it has a DOCTYPE or an unusual encoding")
        return Report(format=_FORMAT, results=_parse(data, recover=False, wrapped=False))
    except _OtherRootError:
        return None
    except etree.XMLSyntaxError as error:
        return _read_broken(data, error.msg)


def _may_be_junit(data: bytes) -> bool:
    head = decode(data[:65_536])
    return any(f"<{name}" in head or f":{name}" in head for name in _ROOTS)


def _read_broken(data: bytes, why: str) -> Report | None:
    try:
        report = _mended(data, f"not well-formed XML ({why}); read as far as it could be mended")
    except (_OtherRootError, etree.XMLSyntaxError):
        return None
    if not report.results:
        raise MalformedReport(f"JUnit XML that cannot be read: {why}", known_as=_FORMAT)
    return report


def _mended(data: bytes, warning: str) -> Report:
    results = _parse(repair(data), recover=True, wrapped=True)
    return Report(format=_FORMAT, results=results, warnings=(warning,), repaired=True)


class _OtherRootError(Exception):
    """The document's first element is none of JUnit's."""


def _parse(data: bytes, *, recover: bool, wrapped: bool) -> tuple[TestResult, ...]:
    target = _Target(wrapped=wrapped)
    parser = etree.XMLParser(
        target=target,  # type: ignore[arg-type]  # the stubs ask for comment and pi, lxml does not
        recover=recover,
        # Neither a plain nor a repaired document defines any: this is about &amp; and its like.
        resolve_entities="internal",  # type: ignore[arg-type]  # lxml 5 and later; the stubs are older
        no_network=True,
        load_dtd=False,
        # Output of 10 MB in one element is real; what its limits guard against, entities, cannot be defined here.
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
    )
    # Fed at once, the parser would copy the whole document first.
    for start in range(0, len(data), _PIECE):
        parser.feed(data[start : start + _PIECE])
    parser.close()
    return tuple(target.executions.results)


class _Target:
    """Collects executions from the parser's events; nothing of the document is kept but what they need.

    `_open` holds the names of the open elements, in lower case and without their namespaces.
    """

    def __init__(self, *, wrapped: bool) -> None:
        self.executions = Executions()
        self._outermost = int(wrapped)
        self._names: dict[str, str] = {}
        self._open: list[str] = []
        self._suites = [Suite("", None)]
        self._case: Case | None = None
        self._outer_cases: list[Case] = []
        self._problem: Problem | None = None

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = self._names.get(tag) or self._learn(tag)
        parent = self._open[-1] if self._open else ""
        self._open.append(name)
        if name == "testcase":
            if parent in _AROUND_A_CASE:
                self._start_case(attributes)
        elif name in _SUITES:
            self._suites.append(inner_suite(attributes, self._suites[-1]))
        elif self._case is not None:
            if parent == "testcase":
                self._start_in_case(self._case, name, attributes)
        elif parent == "testsuite" and name in ("failure", "error"):
            self._problem = Problem(name, attributes)

    def _start_case(self, attributes: Mapping[str, str]) -> None:
        if self._case is not None:
            self._outer_cases.append(self._case)
        self._case = Case(attributes)

    def _learn(self, tag: str) -> str:
        """Remember what a tag is called. Who begins with another root is none of JUnit's documents."""
        local = str(tag).rpartition("}")[2]
        if len(self._open) == self._outermost and local not in _ROOTS and not self.executions.results:
            raise _OtherRootError
        self._names[tag] = local.lower()
        return self._names[tag]

    def _start_in_case(self, case: Case, name: str, attributes: Mapping[str, str]) -> None:
        if name in _SKIPS:
            case.skipped = True
        elif name in PROBLEMS:
            self._problem = Problem(name, attributes)
            case.problems += (self._problem,)

    def data(self, text: str) -> None:
        if self._problem is not None and self._open[-1] in _PROBLEM_TEXT:
            self._problem.keep(text)

    def end(self, _tag: str) -> None:
        name = self._open.pop()
        if self._problem is not None and name == self._problem.kind:
            self._end_problem(self._problem)
        elif name == "testcase":
            if self._case is not None and (self._open[-1] if self._open else "") in _AROUND_A_CASE:
                self.executions.add(self._case, self._suites[-1])
                self._case = self._outer_cases.pop() if self._outer_cases else None
        elif name in _SUITES:
            self._suites.pop()

    def _end_problem(self, problem: Problem) -> None:
        self._problem = None
        if self._case is None:
            # The class could not be loaded or set up: no case stands for it, so we make one, as Jenkins does.
            self.executions.add(Case({"name": "<init>"}, (problem,)), self._suites[-1])

    def close(self) -> None:
        """Keep the failure in whose middle a truncated file ends; a case cut before any word of its end is unknown."""
        if self._case is not None and self._case.problems:
            self.executions.add(self._case, self._suites[-1])
