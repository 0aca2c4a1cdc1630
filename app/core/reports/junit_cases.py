"""One case of a JUnit file, turned into the executions that it tells of."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from app.core.counts import count
from app.core.model import Outcome
from app.core.reports.ctest import could_not_run
from app.core.reports.executions import Executions, milliseconds
from app.core.reports.junit_messages import telling
from app.core.reports.quarantined import MESSAGE, TRACE, true_outcome

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
_VALUES = " | "
"""What Codeception writes between the title of a test and the values of one of its examples."""
_FLAKY = "flaky"
_FAILED_FOR_FLAKINESS = "flaky failure"
_TO_DO = "todo"
_EXPECTED_BY_PYTEST = "pytest.xfail"
_PASSED = Outcome.PASSED
_SKIP_WORDS = frozenset({"notrun", "disabled", "skipped", "ignored", "pending", "suppressed", "skip"})
_FAIL_WORDS = {"failed": Outcome.FAILED, "fail": Outcome.FAILED, "failure": Outcome.FAILED, "error": Outcome.ERROR}


_NOTHING: Mapping[str, str] = {}


class Suite(NamedTuple):
    """What the cases of a suite take from it: the nearest name and the nearest file around them.

    `bad` is how many failures and errors it counts itself, `before` how much was told when it began.
    """

    name: str
    file: str | None
    bad: int = 0
    before: int = 0


def inner_suite(attributes: Mapping[str, str], outer: Suite, executions: Executions) -> Suite:
    bad = _count(attributes.get("failures")) + _count(attributes.get("errors"))
    return Suite(attributes.get("name") or outer.name, _file(attributes) or outer.file, bad, _told(executions))


def end_suite(executions: Executions, suite: Suite) -> None:
    """Note what is missing where a suite counts failures and neither it nor any within it tells of a test."""
    if suite.bad and _told(executions) == suite.before:
        executions.miss(
            f"the suite {suite.name or 'without a name'} counts {count(suite.bad, 'test')} as failed and tells of none"
        )


def _told(executions: Executions) -> int:
    return len(executions.results) + len(executions.missing)


def _count(text: str | None) -> int:
    digits = text.replace(",", "") if text else ""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0


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
    executions: Executions,
    own: Mapping[str, str],
    suite: Suite,
    problems: tuple[Problem, ...],
    skip: Mapping[str, str] | None,
    ours: Mapping[str, str] = _NOTHING,
) -> None:
    """Add what a finished case tells of; `skip` are the attributes of the element that skips it, `ours` our properties.

    What node's runner calls still to do is skipped however it ended: it writes the failure of such a test beside that.
    """
    if ours and not problems and skip is not None and skip.get("type") == _EXPECTED_BY_PYTEST:
        _add_quarantined(executions, own, suite, ours)
        return
    if not problems or (skip is not None and skip.get("type") == _TO_DO):
        reason = _unrunnable(own, skip) if skip is not None else None
        outcome = Outcome.ERROR if reason else Outcome.SKIPPED if skip is not None else _said(own)
        _add(executions, own, suite, outcome, reason)
        return
    for outcome, ended in _ends(own, problems, is_skipped=skip is not None):
        message, stack_trace = _texts(ended, own)
        took = ended[0].attributes.get("time") if ended else None
        _add(executions, own, suite, outcome, message, stack_trace, took)


def _add_quarantined(executions: Executions, own: Mapping[str, str], suite: Suite, ours: Mapping[str, str]) -> None:
    """Add the failure that our plug-in made an expected one, and then the skip that it was to the job."""
    outcome = true_outcome(ours)
    if outcome is not None:
        _add(executions, own, suite, outcome, ours.get(MESSAGE), ours.get(TRACE))
        own = {**own, "time": ""}
    _add(executions, own, suite, Outcome.SKIPPED)


def _unrunnable(own: Mapping[str, str], skip: Mapping[str, str]) -> str | None:
    """Return why CTest could not run a test, which it writes like a skip and counts as failed; None for a real skip."""
    reason = skip.get("message", "")
    return reason if own.get("status") == "notrun" and could_not_run(reason) else None


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
    name = get("name", "").strip() or class_name
    executions.add(
        suite.name,
        class_name,
        name if "feature" not in own else _of_example(name, own["feature"]),
        outcome,
        get("file") or _file(own) or suite.file,
        _line(line) if line else None,
        milliseconds(took) if took else None,
        message,
        stack_trace,
    )


def _of_example(name: str, feature: str) -> str:
    """Name an example of Codeception's, all of which have the name of their method: one that failed is no retry of another."""
    values = feature.partition(_VALUES)[2]
    return f"{name}{_VALUES}{values}" if values else name


def _ends(
    own: Mapping[str, str], problems: tuple[Problem, ...], *, is_skipped: bool
) -> Iterator[tuple[Outcome, tuple[Problem, ...]]]:
    """Yield the executions: failures before a pass, the case itself, its re-runs, in this order.

    A pass that nextest was told to count as a failure (`flaky-result = "fail"`) comes before the failures instead: so
    the case is as flaky as it was, no execution is made up, and the last one has failed as the runner says.
    """
    flaky = [problem for problem in problems if problem.kind.startswith(_FLAKY)]
    finals = tuple(p for p in problems if p.kind in ("failure", "error"))
    is_pass_refused = bool(flaky and finals) and finals[0].attributes.get("type") == _FAILED_FOR_FLAKINESS
    if is_pass_refused:
        yield Outcome.PASSED, ()
    for problem in flaky:
        yield PROBLEMS[problem.kind], (problem,)
    if not is_pass_refused:
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


def _texts(problems: tuple[Problem, ...], own: Mapping[str, str]) -> tuple[str | None, str | None]:
    """Return message and stack trace."""
    texts = ["".join(p.text).strip() for p in problems]
    messages = [telling(p.attributes.get("message", ""), text, own) for p, text in zip(problems, texts, strict=True)]
    return "\n".join(m for m in messages if m), "\n\n".join(text for text in texts if text)


def _file(attributes: Mapping[str, str]) -> str | None:
    get = attributes.get
    return get("file") or get("filepath") or get("filename")


def _line(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
