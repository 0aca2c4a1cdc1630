"""JUnit XML, in the dialects of whoever writes it.

Counts in attributes are not believed: the cases are counted. Surefire's four elements of a re-run are executions of
their own, in the order in which they happened.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from app.core.model import Outcome, Report, TestResult
from app.core.reports.errors import MalformedReport
from app.core.reports.xml_repair import decode, is_plain, repair

MESSAGE_LIMIT = 4_000
STACK_LIMIT = 16_000

NAMELESS = "(no name)"
"""What a case is called that has neither name nor class name: it ran, so it counts."""

_SUITES = ("testsuites", "testsuite")
_ROOTS = (*_SUITES, "testcase")
_SKIPS = frozenset({"skipped", "skip", "ignored", "disabled"})
_BAD = {
    "failure": Outcome.FAILED,
    "error": Outcome.ERROR,
    "flakyfailure": Outcome.FAILED,
    "flakyerror": Outcome.ERROR,
    "rerunfailure": Outcome.FAILED,
    "rerunerror": Outcome.ERROR,
}
_PROBLEM_TEXT = frozenset({*_BAD, "message", "stacktrace"})
_SKIP_WORDS = frozenset({"notrun", "disabled", "skipped", "ignored", "pending", "suppressed", "skip"})
_FAIL_WORDS = {"failed": Outcome.FAILED, "fail": Outcome.FAILED, "failure": Outcome.FAILED, "error": Outcome.ERROR}


def read(data: bytes) -> Report | None:
    """Read a JUnit file; None where its root says that it is something else."""
    if not _may_be_junit(data):
        return None
    try:
        if is_plain(data):
            return Report(format="junit", results=_number(_parse(data, recover=False, wrapped=False)))
    except etree.XMLSyntaxError as error:
        return _read_repaired(data, f"not well-formed XML ({error.msg}); read as far as it could be mended")
    except _OtherRootError:
        return None
    return _read_repaired(data, "read again as text: it has a DOCTYPE or an unusual encoding")


def _may_be_junit(data: bytes) -> bool:
    head = decode(data[:65_536])
    return any(f"<{name}" in head or f":{name}" in head for name in _ROOTS)


def _read_repaired(data: bytes, why: str) -> Report | None:
    try:
        results = _number(_parse(repair(data), recover=True, wrapped=True))
    except _OtherRootError:
        return None
    except etree.XMLSyntaxError as error:
        raise MalformedReport(f"JUnit XML that cannot be read: {error.msg}") from error
    return Report(format="junit", results=results, warnings=(why,), repaired=True)


class _OtherRootError(Exception):
    """The document's first element is none of JUnit's."""


def _parse(data: bytes, *, recover: bool, wrapped: bool) -> list[TestResult]:
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
    parser.feed(data)
    parser.close()
    return target.results


def _number(results: list[TestResult]) -> tuple[TestResult, ...]:
    """Give executions of the same test their ordinals: retries and legitimate duplicates are kept apart by them."""
    seen: Counter[tuple[str, str, str]] = Counter()
    numbered = []
    for result in results:
        key = (result.suite, result.class_name, result.name)
        seen[key] += 1
        numbered.append(_with_ordinal(result, seen[key]))
    return tuple(numbered)


def _with_ordinal(result: TestResult, ordinal: int) -> TestResult:
    if ordinal == 1:
        return result
    return TestResult(
        suite=result.suite,
        class_name=result.class_name,
        name=result.name,
        outcome=result.outcome,
        ordinal=ordinal,
        file=result.file,
        line=result.line,
        duration_ms=result.duration_ms,
        message=result.message,
        stack_trace=result.stack_trace,
    )


@dataclass(slots=True)
class _Problem:
    """A failure, error or re-run element while it is read."""

    kind: str
    attributes: Mapping[str, str]
    text: list[str] = field(default_factory=list)
    kept: int = 0

    def keep(self, text: str) -> None:
        if self.kept < STACK_LIMIT:
            self.text.append(text)
            self.kept += len(text)


@dataclass(slots=True)
class _Case:
    attributes: Mapping[str, str]
    problems: list[_Problem] = field(default_factory=list)
    skipped: bool = False


class _Target:
    """Collects results from the parser's events; nothing of the document is kept but what they need."""

    def __init__(self, *, wrapped: bool) -> None:
        self.results: list[TestResult] = []
        self._wrapped = wrapped
        self._open: list[str] = []
        self._suites: list[Mapping[str, str]] = []
        self._case: _Case | None = None
        self._problem: _Problem | None = None

    def start(self, tag: str | bytes, attributes: Mapping[str, str]) -> None:
        name = str(tag).rpartition("}")[2]
        if len(self._open) == int(self._wrapped) and not self.results and name not in _ROOTS:
            raise _OtherRootError
        lowered = name.lower()
        parent = self._open[-1] if self._open else ""
        self._open.append(lowered)
        if name in _SUITES and self._case is None:
            self._suites.append(dict(attributes))
        elif name == "testcase" and parent in (*_SUITES, ""):
            self._case = _Case(dict(attributes))
        elif parent == "testcase" and self._case is not None:
            self._start_in_case(self._case, lowered, attributes)
        elif parent == "testsuite" and lowered in ("failure", "error"):
            self._problem = _Problem(lowered, dict(attributes))

    def _start_in_case(self, case: _Case, name: str, attributes: Mapping[str, str]) -> None:
        if name in _SKIPS:
            case.skipped = True
        elif name in _BAD:
            self._problem = _Problem(name, dict(attributes))
            case.problems.append(self._problem)

    def data(self, text: str | bytes) -> None:
        if self._problem is not None and self._open[-1] in _PROBLEM_TEXT:
            self._problem.keep(str(text))

    def end(self, _tag: str | bytes) -> None:
        name = self._open.pop()
        if name in _SUITES and self._case is None:
            self._suites.pop()
        elif name == "testcase" and self._case is not None and "testcase" not in self._open:
            self.results += _executions(self._case, self._suites)
            self._case = None
        elif self._problem is not None and name == self._problem.kind:
            self._end_problem(self._problem)

    def _end_problem(self, problem: _Problem) -> None:
        self._problem = None
        if self._case is None:
            # The class could not be loaded or set up: no case stands for it, so we make one, as Jenkins does.
            self.results += _executions(_Case({"name": "<init>"}, [problem]), self._suites)

    def close(self) -> None:
        """Keep the failure in whose middle a truncated file ends; a case cut before any word of its end is unknown."""
        if self._case is not None and self._case.problems:
            self.results += _executions(self._case, self._suites)


def _executions(case: _Case, suites: list[Mapping[str, str]]) -> Iterator[TestResult]:
    reruns = [p for p in case.problems if p.kind.startswith("rerun")]
    flakes = [p for p in case.problems if p.kind.startswith("flaky")]
    finals = [p for p in case.problems if p.kind in ("failure", "error")]
    for flake in flakes:
        yield _result(case, suites, _BAD[flake.kind], [flake])
    yield _result(case, suites, _outcome(case, finals), finals)
    for rerun in reruns:
        yield _result(case, suites, _BAD[rerun.kind], [rerun])


def _outcome(case: _Case, finals: list[_Problem]) -> Outcome:
    if finals:
        return _BAD[finals[0].kind]
    words = {case.attributes.get(key, "").lower() for key in ("status", "result")}
    if case.skipped or words & _SKIP_WORDS or case.attributes.get("skipped") == "true":
        return Outcome.SKIPPED
    return next((_FAIL_WORDS[word] for word in sorted(words) if word in _FAIL_WORDS), Outcome.PASSED)


def _result(case: _Case, suites: list[Mapping[str, str]], outcome: Outcome, problems: list[_Problem]) -> TestResult:
    own = case.attributes
    texts = ["".join(p.text).strip() for p in problems]
    messages = [p.attributes.get("message") or text.split("\n", 1)[0] for p, text in zip(problems, texts, strict=True)]
    stack = "\n\n".join(text for text in texts if text)[:STACK_LIMIT]
    return TestResult(
        suite=next((suite["name"] for suite in reversed(suites) if suite.get("name")), ""),
        class_name=own.get("classname") or own.get("class") or "",
        name=own.get("name", "").strip() or own.get("classname") or NAMELESS,
        outcome=outcome,
        file=_first(own, suites, ("file", "filepath", "filename")),
        line=_line(own.get("line") or own.get("lineno")),
        duration_ms=_milliseconds(problems[0].attributes.get("time") if problems else None)
        or _milliseconds(own.get("time")),
        message="\n".join(m for m in messages if m)[:MESSAGE_LIMIT] or None,
        stack_trace=stack or None,
    )


def _first(own: Mapping[str, str], suites: list[Mapping[str, str]], keys: tuple[str, ...]) -> str | None:
    return next((place[key] for place in (own, *reversed(suites)) for key in keys if place.get(key)), None)


def _line(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


def _milliseconds(text: str | None) -> int | None:
    """Read seconds as written: `1.5`, `1,234.5` (thousands) or `0,003` (a comma for a point); nonsense is None."""
    if not text:
        return None
    plain = text.replace(",", "") if "." in text else text.replace(",", ".")
    try:
        seconds = float(plain)
    except ValueError:
        return None
    if not math.isfinite(seconds) or not 0 <= seconds < 31_536_000:
        return None
    return round(seconds * 1000)
