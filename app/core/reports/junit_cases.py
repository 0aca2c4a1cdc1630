"""One case of a JUnit file, turned into the executions that it tells of."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from app.core.model import Outcome
from app.core.reports.executions import Executions, milliseconds

PROBLEMS = {
    "failure": Outcome.FAILED,
    "error": Outcome.ERROR,
    "flakyfailure": Outcome.FAILED,
    "flakyerror": Outcome.ERROR,
    "rerunfailure": Outcome.FAILED,
    "rerunerror": Outcome.ERROR,
}
"""The elements, in lower case, that say that an execution went wrong, and how."""

FIRST_LOAD: Mapping[str, str] = {"name": "<init>"}
"""The case that stands for a class that could not be loaded."""

_KEPT = 16_000
_PASSED = Outcome.PASSED
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
        if self.kept < _KEPT:
            self.text.append(text[:_KEPT])
            self.kept += len(text)


def add_case(
    executions: Executions, own: Mapping[str, str], suite: Suite, problems: tuple[Problem, ...], *, is_skipped: bool
) -> None:
    """Add what a finished case tells of: its failures before a pass, itself, its re-runs, in this order."""
    if not problems:
        _add(executions, own, suite, Outcome.SKIPPED if is_skipped else _said(own))
        return
    for outcome, ended in _ends(own, problems, is_skipped=is_skipped):
        message, stack_trace = _texts(ended)
        took = ended[0].attributes.get("time") if ended else None
        _add(executions, own, suite, outcome, message, stack_trace, took)


def _add(
    executions: Executions,
    own: Mapping[str, str],
    suite: Suite,
    outcome: Outcome,
    message: str | None = None,
    stack_trace: str | None = None,
    took: str | None = None,
) -> None:
    """Add one execution. Most of a file's time is spent here, so nothing is built that a pass does not need."""
    get = own.get
    took = took or get("time")
    line = get("line") or get("lineno")
    class_name = get("classname") or get("class") or ""
    executions.add(
        suite.name,
        class_name,
        get("name", "").strip() or class_name,
        outcome,
        get("file") or _file(own) or suite.file,
        _line(line) if line else None,
        milliseconds(took) if took else None,
        message,
        stack_trace,
    )


def _ends(
    own: Mapping[str, str], problems: tuple[Problem, ...], *, is_skipped: bool
) -> Iterator[tuple[Outcome, tuple[Problem, ...]]]:
    finals = tuple(p for p in problems if p.kind in ("failure", "error"))
    for problem in problems:
        if problem.kind.startswith("flaky"):
            yield PROBLEMS[problem.kind], (problem,)
    yield PROBLEMS[finals[0].kind] if finals else Outcome.SKIPPED if is_skipped else _said(own), finals
    for problem in problems:
        if problem.kind.startswith("rerun"):
            yield PROBLEMS[problem.kind], (problem,)


def _said(own: Mapping[str, str]) -> Outcome:
    """Return the outcome of a case without a final failure."""
    if "status" not in own and "result" not in own and "skipped" not in own:
        return _PASSED
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
    return "\n".join(m for m in messages if m), "\n\n".join(text for text in texts if text)


def _file(attributes: Mapping[str, str]) -> str | None:
    get = attributes.get
    return get("file") or get("filepath") or get("filename")


def _line(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
