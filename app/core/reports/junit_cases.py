"""One case of a JUnit file, turned into the executions that it tells of."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from app.core.model import Outcome, TestResult

MESSAGE_LIMIT = 4_000
STACK_LIMIT = 16_000

NAMELESS = "(no name)"
"""What a case is called that has neither name nor class name: it ran, so it counts."""

PROBLEMS = {
    "failure": Outcome.FAILED,
    "error": Outcome.ERROR,
    "flakyfailure": Outcome.FAILED,
    "flakyerror": Outcome.ERROR,
    "rerunfailure": Outcome.FAILED,
    "rerunerror": Outcome.ERROR,
}
"""The elements, in lower case, that say that an execution went wrong, and how."""

_YEAR = 31_536_000
_SAYING = frozenset({"skipped", "status", "result"})
_SKIP_WORDS = frozenset({"notrun", "disabled", "skipped", "ignored", "pending", "suppressed", "skip"})
_FAIL_WORDS = {"failed": Outcome.FAILED, "fail": Outcome.FAILED, "failure": Outcome.FAILED, "error": Outcome.ERROR}


class Suite(NamedTuple):
    """What the cases of a suite take from it: the nearest name and the nearest file around them."""

    name: str
    file: str | None


def inner_suite(attributes: Mapping[str, str], outer: Suite) -> Suite:
    return Suite(attributes.get("name") or outer.name, _file(attributes) or outer.file)


@dataclass(slots=True)
class Problem:
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
class Case:
    """A case while it is read."""

    attributes: Mapping[str, str]
    problems: tuple[Problem, ...] = ()
    skipped: bool = False


class Executions:
    """The executions of one file, each with its ordinal: it keeps retries and legitimate duplicates apart."""

    def __init__(self) -> None:
        self.results: list[TestResult] = []
        self._seen: dict[tuple[str, str, str], int] = {}

    def add(self, case: Case, suite: Suite) -> None:
        """Add what a finished case tells of: its failures before a pass, itself, its re-runs, in this order."""
        if not case.problems:
            self._append(case.attributes, suite, _said(case), ())
            return
        for outcome, problems in _ends(case):
            self._append(case.attributes, suite, outcome, problems)

    def _append(self, own: Mapping[str, str], suite: Suite, outcome: Outcome, problems: tuple[Problem, ...]) -> None:
        """Append one execution. Most of a file's time is spent here, so nothing is built that a pass does not need."""
        get = own.get
        class_name = get("classname") or get("class") or ""
        name = get("name", "").strip() or get("classname") or NAMELESS
        key = (suite.name, class_name, name)
        ordinal = self._seen[key] = self._seen.get(key, 0) + 1
        line, took = get("line") or get("lineno"), get("time")
        message, stack_trace = _texts(problems) if problems else (None, None)
        if problems:
            took = problems[0].attributes.get("time") or took
        self.results.append(
            TestResult(
                suite=suite.name,
                class_name=class_name,
                name=name,
                outcome=outcome,
                ordinal=ordinal,
                file=get("file") or _file(own) or suite.file,
                line=_line(line) if line else None,
                duration_ms=_milliseconds(took) if took else None,
                message=message,
                stack_trace=stack_trace,
            )
        )


def _ends(case: Case) -> Iterator[tuple[Outcome, tuple[Problem, ...]]]:
    finals = tuple(p for p in case.problems if p.kind in ("failure", "error"))
    for problem in case.problems:
        if problem.kind.startswith("flaky"):
            yield PROBLEMS[problem.kind], (problem,)
    yield PROBLEMS[finals[0].kind] if finals else _said(case), finals
    for problem in case.problems:
        if problem.kind.startswith("rerun"):
            yield PROBLEMS[problem.kind], (problem,)


def _said(case: Case) -> Outcome:
    """Return the outcome of a case without a final failure."""
    own = case.attributes
    if case.skipped:
        return Outcome.SKIPPED
    if _SAYING.isdisjoint(own):
        return Outcome.PASSED
    if own.get("skipped") == "true":
        return Outcome.SKIPPED
    words = {own.get("status", "").lower(), own.get("result", "").lower()}
    if words & _SKIP_WORDS:
        return Outcome.SKIPPED
    return next((_FAIL_WORDS[word] for word in sorted(words) if word in _FAIL_WORDS), Outcome.PASSED)


def _texts(problems: tuple[Problem, ...]) -> tuple[str | None, str | None]:
    """Return message and stack trace; where an element has no message, its first line is one."""
    texts = ["".join(p.text).strip() for p in problems]
    messages = [p.attributes.get("message") or text.split("\n", 1)[0] for p, text in zip(problems, texts, strict=True)]
    message = "\n".join(m for m in messages if m)[:MESSAGE_LIMIT]
    stack_trace = "\n\n".join(text for text in texts if text)[:STACK_LIMIT]
    return message or None, stack_trace or None


def _file(attributes: Mapping[str, str]) -> str | None:
    get = attributes.get
    return get("file") or get("filepath") or get("filename")


def _line(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _milliseconds(text: str) -> int | None:
    """Read seconds as written: `1.5`, `1,234.5` (thousands) or `0,003` (a comma for a point); nonsense is None."""
    if "," in text:
        text = text.replace(",", "") if "." in text else text.replace(",", ".")
    try:
        seconds = float(text)
    except ValueError:
        return None
    # A comparison with what is no number is false, so this leaves out NaN, too.
    return round(seconds * 1000) if 0 <= seconds < _YEAR else None
