"""Surefire's closing list: what failed, in shortened names, and how tests fared that were run again.

It mostly repeats what was told before, and is all there is where `printSummary` or `useFile` keep the blocks out of the log.
Its one-line format is described in surefire's own documentation (newerrorsummary).
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.core.logs.jvm_dotnet import of_class
from app.core.logs.maven_names import named
from app.core.logs.session import MOST_FAILURES
from app.core.logs.telling import Told
from app.core.model import Outcome

_HEADERS = {
    "Failed tests:": Outcome.FAILED,
    "Failures:": Outcome.FAILED,
    "Tests in error:": Outcome.ERROR,
    "Errors:": Outcome.ERROR,
    "Flakes:": Outcome.FAILED,
    "Flaked tests:": Outcome.FAILED,
}
HEADERS = tuple(_HEADERS)
_FLAKY = ("Flakes:", "Flaked tests:")
_RUN = re.compile(r"  Run \d{1,6}: (.*)")
_FULL = re.compile(r"(?:[\w$]{1,200}\.){1,40}\S")
_WENT_WELL = "PASS"
_NO_METHOD = ".null"
"""What failed in no test but in the class as a whole, where the tests are run again."""
_SHORT = re.compile(r"([\w$]{1,300})(?:>[\w$]{1,300})?\.([^\s:]{1,500})(?::\d{1,7}\S{0,300})?(?: |$)")
_PLACED = re.compile(
    r"([\w$]{1,300})(?:>[\w$]{1,300})?\.(\S[^:]{0,500}):\d{1,7}(?:->[\w$.]{1,300}(?::\d{1,7})?){0,9}(?: |$)"
)
_OLD = re.compile(r"(\S.{0,500}?)\(([\w$.]{1,400})\)(?:: |$)")
_OLD_WHOLE = re.compile(r"(\S.{0,1500})\(([\w$.]{1,400})\)")
"""What was run again, as 2.x lists it where its tests are JUnit 4's or TestNG's: `pkg.Class.name(pkg.Class)`."""


@dataclass(slots=True)
class _Entry:
    """One test of the list, with a line for each of its runs where it was run again."""

    text: str
    outcome: Outcome
    number: int
    is_flaky: bool = False
    runs: list[str] = field(default_factory=list)


class Summary:
    """Gathers the closing list of one session."""

    def __init__(self) -> None:
        self._outcome = Outcome.FAILED
        self._is_flaky = False
        self._single: list[_Entry] = []
        self._repeated: list[_Entry] = []

    def open(self, text: str, number: int) -> None:
        """Take a headline; before 2.13 the first test stands behind it."""
        header = next(header for header in _HEADERS if text.startswith(header))
        self._outcome, self._is_flaky = _HEADERS[header], header in _FLAKY
        rest = text.removeprefix(header).strip()
        if rest:
            self.read(f"  {rest}", number)

    def read(self, text: str, number: int) -> None:
        """Take a line below a headline."""
        if not text.strip() or len(self._single) + len(self._repeated) >= MOST_FAILURES:
            return
        run = _RUN.match(text) if text.startswith("  Run ") else None
        entry = _Entry(text.strip(), self._outcome, number, self._is_flaky)
        if run is not None and self._repeated and len(self._repeated[-1].runs) < MOST_FAILURES:
            self._repeated[-1].runs.append(run[1])
        elif text.startswith("  ") and not text.startswith("   "):
            self._single.append(entry)
        elif not text.startswith(" ") and _FULL.match(text):
            entry.text = _without_class(entry.text)
            self._repeated.append(entry)

    def settle(self, tests: list[Told], failures: int, classes: Mapping[str, str]) -> list[Told]:
        """Return the tests with what the list adds: the passes of tests that were run again, failures not told before.

        `failures` is what the totals say; `classes` gives the full names of the classes that were seen running.
        """
        tests = self._with_repeated(tests)
        bad = {test.key for test in tests if test.outcome.is_bad} - {
            t.key for t in tests if t.outcome is Outcome.PASSED
        }
        if len(bad) >= failures:
            return tests
        known = {(_last(test.class_name), _bare(test.name)) for test in tests}
        # What kept a whole class from running is told by its name, and in the list by that of the method.
        whole = {_last(class_name) for class_name, name in bad if class_name == name}
        for entry in self._single:
            names = _short_names(entry.text, classes)
            if names is None or _last(names[0]) in whole:
                continue
            if (_last(names[0]), _bare(names[1])) not in known:
                tests.append(_told(entry, *names, entry.outcome, _said(entry.text)))
        return tests

    def _with_repeated(self, tests: list[Told]) -> list[Told]:
        """Put the executions of each test that was run again in the order of its runs."""
        by_name: defaultdict[str, list[Told]] = defaultdict(list)
        for test in tests:
            by_name[f"{test.class_name}.{test.name}"].append(test)
        again: list[Told] = []
        moved: set[int] = set()
        for entry in self._repeated:
            if entry.runs:
                if entry.text.endswith(_NO_METHOD):
                    class_name = entry.text.removesuffix(_NO_METHOD)
                    entry.text = f"{class_name}.{class_name}"
                seen = by_name[entry.text]
                moved.update(map(id, seen))
                again += _in_order(entry, seen)
        return [*(test for test in tests if id(test) not in moved), *again]


def _without_class(text: str) -> str:
    old = _OLD_WHOLE.fullmatch(text) if text.endswith(")") else None
    return old[1] if old is not None and old[1].startswith(f"{old[2]}.") else text


def _in_order(entry: _Entry, seen: list[Told]) -> list[Told]:
    bad = [test for test in seen if test.outcome.is_bad]
    first = bad[0] if bad else None
    names = first.key if first else named(entry.text, "") or ("", entry.text)
    executions = []
    # What passed among the failures is another invocation of a test with parameters, and no later try.
    for said in (said for said in entry.runs if entry.is_flaky or said != _WENT_WELL):
        if said == _WENT_WELL:
            executions.append(_told(entry, *names, Outcome.PASSED, ""))
        else:
            executions.append(bad.pop(0) if bad else _told(entry, *names, entry.outcome, said))
        executions[-1].suite = first.suite if first else executions[-1].suite
    return executions + bad


def _told(entry: _Entry, class_name: str, name: str, outcome: Outcome, said: str) -> Told:
    test = of_class(class_name, name, outcome, entry.number)
    if test.block is not None:
        test.block.add(said)
    return test


def _short_names(text: str, classes: Mapping[str, str]) -> tuple[str, str] | None:
    old = _OLD.match(text)
    if old is not None and "." in old[2]:
        return old[2], old[1]
    short = _PLACED.match(text) or _SHORT.match(text)
    if short is None:
        return (old[2], old[1]) if old else None
    class_name = classes.get(_last(short[1]), short[1])
    return class_name, short[2].partition("->")[0].strip()


def _said(text: str) -> str:
    """Return the list's words of a failure without the names before them, where they can be told apart."""
    names = _PLACED.match(text) or _OLD.match(text)
    return text[names.end() :].lstrip("» ") if names and names.end() < len(text) else text


def _last(class_name: str) -> str:
    return re.split(r"[.$]", class_name)[-1]


def _bare(name: str) -> str:
    """Cut the parameters, which the list leaves out."""
    return re.split(r"[\[({]", name, maxsplit=1)[0].strip()
