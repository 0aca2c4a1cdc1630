"""Reads what mocha prints, whichever its reporter, and cypress, which runs it once for each file.

A run ends with its counts (`3 passing (1s)`, `1 failing`) and the list of its failures. What the tree names is believed as far
as the counts bear it out, since anything may print a tree.
"""

import re
from dataclasses import replace
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.cypress import CRASHES, TURNS, CypressRun, Place
from app.core.logs.mocha_failures import Failure, MochaFailures, titles_of
from app.core.logs.mocha_tree import Leaf, MochaTree
from app.core.logs.session import Session
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_PASSING = re.compile(r"  (\d{1,9}) passing(?: \(\d{1,9}(?:ms|s|m|h|d)\))?")
_OTHERS = re.compile(r"  (\d{1,9}) (pending|failing)")
_OF_JAVASCRIPT = re.compile(r"npm|npx|yarn|pnpm|node|js|mocha|cypress|web|frontend|ui", re.IGNORECASE)
_HOOK = re.compile(r'"(?:before|after) (?:all|each)" hook')
_COULD_NOT_LOAD = ("✖ ERROR: ", " Exception during run:")
_ASIDES = (*_COULD_NOT_LOAD, *CRASHES)


class MochaReader:
    """Reads the runs of mocha and of cypress of one step."""

    marks: ClassVar[tuple[bytes, ...]] = (b" passing", b"(Run Starting)", "✓ ".encode(), "✔ ".encode())

    def __init__(self) -> None:
        self._telling = Telling("mocha")
        self._is_gradle = False
        self._cypress = CypressRun()
        self._start()

    def _start(self) -> None:
        self._tree = MochaTree()
        self._counts: dict[str, int] | None = None
        self._failures: MochaFailures | None = None

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if text.startswith("> Task :"):
            self._is_gradle = _OF_JAVASCRIPT.search(text) is None
        if self._is_gradle:
            # Gradle's test logger can print like mocha does.
            return
        is_indented = text.startswith("  ")
        if is_indented and " passing" in text and (passing := _PASSING.fullmatch(text)):
            self._open_counts(int(passing[1]))
        elif self._failures is not None:
            self._failures.read(line)
            if self._failures.is_over:
                self._close()
        elif self._counts is not None and not self._read_count(text):
            self._counted()
        elif is_indented:
            self._read_indented(line)
        else:
            self._tree.interrupt(text)
            if text.startswith(_ASIDES):
                self._read_aside(line)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._end_run()
        self._is_gradle = False
        run, self._cypress = self._cypress, CypressRun()
        if run.is_running and run.place is not Place.OVER:
            self._telling.close(is_complete=False)
        sessions = self._telling.take()
        return [replace(one, runner="cypress") for one in sessions] if run.is_running else sessions

    def _read_indented(self, line: Line) -> None:
        if line.text.startswith(TURNS) and self._cypress.is_turn(line.text):
            self._end_run()
            self._cypress.turn(line.text)
        elif self._cypress.place in (Place.NOWHERE, Place.TESTS):
            self._tree.read(line)
        elif broken := self._cypress.broken(line):
            self._add(broken)
            self._telling.stopped = f"cypress could not run {broken.name} to its end"
            self._telling.close(is_complete=False)

    def _read_aside(self, line: Line) -> None:
        if line.text.startswith(_COULD_NOT_LOAD) and not self._tree.leaves:
            self._telling.stopped = "mocha could not load its tests"
        elif self._cypress.is_running:
            self._cypress.read_aside(line)

    def _add(self, test: Told) -> None:
        self._cypress.has_failed = self._cypress.has_failed or test.outcome.is_bad
        self._telling.add(test)

    def _open_counts(self, passing: int) -> None:
        if self._failures is not None:
            self._close()
        self._counts = {"passing": passing}

    def _read_count(self, text: str) -> bool:
        count = _OTHERS.fullmatch(text) if text.startswith("  ") else None
        if count is not None and self._counts is not None:
            self._counts[count[2]] = int(count[1])
        return count is not None

    def _counted(self) -> None:
        """End the counts; what counts fewer failures than were seen was printed by a test."""
        counts = self._counts or {}
        failing = counts.get("failing", 0)
        if self._tree.failed > failing:
            self._counts = None
        elif failing:
            self._failures = MochaFailures(failing)
        else:
            self._close()

    def _end_run(self) -> None:
        """End what is being read where nothing more will come of it."""
        if self._counts is not None and self._failures is None:
            self._counted()
        if self._failures is not None:
            self._close()
        elif self._tree.leaves and (self._cypress.is_running or self._tree.has_numbered_failure()):
            for test in _without_contradictions([self._told(leaf) for leaf in self._tree.leaves], self._tree.leaves):
                self._add(test)
            self._telling.close(is_complete=False)
        self._start()

    def _close(self) -> None:
        counts = self._counts or {}
        is_whole = self._failures.end() if self._failures else True
        failures = dict(self._failures.told) if self._failures else {}
        leaves = [] if self._tree.is_list else _borne_out(self._tree.leaves, counts)
        if self._tree.failed != counts.get("failing", 0):
            leaves = [leaf for leaf in leaves if not leaf.order or leaf.order in failures]
        told = [self._told(leaf, failures.pop(leaf.order, None)) for leaf in leaves]
        for test in _without_contradictions(told, leaves):
            self._add(test)
        for failure in failures.values():
            self._add(self._told(None, failure))
        passes, failing = counts.get("passing", 0), counts.get("failing", 0)
        self._telling.close(is_complete=is_whole, passes=passes, failures=failing)
        self._start()

    def _told(self, leaf: Leaf | None, failure: Failure | None = None) -> Told:
        """Name the test as mocha-junit-reporter does, which cypress brings along: its full title, and its own as the class."""
        *describes, title = _path(leaf, failure)
        outcome = leaf.outcome if leaf else Outcome.FAILED
        place = failure or leaf
        return Told(
            name=" ".join([*describes, title]),
            outcome=Outcome.ERROR if outcome.is_bad and _HOOK.search(title) else outcome,
            number=place.number if place else 1,
            suite=describes[-1] if describes else "",
            class_name=title,
            file=self._cypress.spec,
            duration_ms=leaf.duration_ms if leaf else None,
            block=failure.block if failure else None,
            message=failure.message() if failure else None,
        )


def _path(leaf: Leaf | None, failure: Failure | None) -> tuple[str, ...]:
    """Return suites and title; older mochas list a failure by one title, whose parts only the tree shows."""
    if failure is None:
        return leaf.path if leaf else ("",)
    titles = titles_of(failure)
    if leaf is None or len(titles) > 1:
        return tuple(titles)
    if " ".join(leaf.path) == titles[0]:
        return leaf.path
    around = titles[0].removesuffix(leaf.path[-1])
    return (around.strip(), leaf.path[-1]) if around.endswith(" ") else (titles[0],)


def _borne_out(leaves: list[Leaf], counts: dict[str, int]) -> list[Leaf]:
    """Leave out what the counts do not know: passes before the run's own, a list that is not of its pending tests."""
    passing = [leaf for leaf in leaves if leaf.outcome is Outcome.PASSED and not leaf.is_attempt]
    foreign = set(map(id, passing[: max(len(passing) - counts.get("passing", 0), 0)]))
    pending = sum(leaf.outcome is Outcome.SKIPPED for leaf in leaves)
    has_pending = pending == counts.get("pending", 0)
    return [leaf for leaf in leaves if id(leaf) not in foreign and (has_pending or leaf.outcome is not Outcome.SKIPPED)]


def _without_contradictions(tests: list[Told], leaves: list[Leaf]) -> list[Told]:
    """Drop the pass of a test that failed afterwards without being retried: it called back twice, or a namesake passed."""
    attempts = {" ".join(leaf.path) for leaf in leaves if leaf.is_attempt}
    bad = {test.name for test in tests if test.outcome.is_bad and test.name not in attempts}
    return [test for test in tests if test.outcome is not Outcome.PASSED or test.name not in bad]
