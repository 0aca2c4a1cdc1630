"""Reads what maven's surefire and failsafe print (2.x and 3.x): a line for each class, a block for each failure, totals.

A test that passed is named only where the report's format is `plain`, or where it failed before and was run again. Each
execution of the plugin ends with totals; a reactor holds as many sessions as modules.
"""

import re
from dataclasses import replace
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.jvm_dotnet import above_stack, is_frame, milliseconds, of_class
from app.core.logs.maven_names import bare, named, nested_class, titled
from app.core.logs.maven_summary import HEADERS, Summary
from app.core.logs.session import MOST_FAILURES, MOST_TESTS, Block, Session
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome, TestResult

_COUNTS = re.compile(
    r"Tests run: {0,3}(\d{1,9}), Failures: (\d{1,9}), Errors: (\d{1,9})(?:, Skipped: (\d{1,9}))?(?:, Flakes: (\d{1,9}))?"
)
_TIMED = ", Time elapsed: "
_IN = re.compile(r" --? in (\S.*)")
# GitHub's page shows some of the levels as words.
_LEVEL = re.compile(
    r"(?:[\d:.,TZ+-]{1,40} |\[[\w -]{1,40}\] ){0,2}\[(?:INFO|ERROR|WARNING)\](?: |$)|(?:Error|Warning): (?: |$)"
)
_SHOWN = ("Error:  ", "Warning:  ")
_RUNNING = re.compile(r"Running (\S.*)")
_ELAPSED = "Time elapsed: "
_OUTCOMES = {"FAILURE!": Outcome.FAILED, "ERROR!": Outcome.ERROR, "SKIPPED!": Outcome.SKIPPED}
_BANNER = " T E S T S"
# What only surefire prints above its closing list: where the head of the log is missing, the list is all there is.
_CLOSING = frozenset(
    {"[ERROR] Failures:", "[ERROR] Errors:", "[INFO] Results:", "Results :", "Error:  Failures:", "Error:  Errors:"}
)
_TIMED_OUT = "maven's tests ran out of time"
_CRASHES = (
    ("The forked VM terminated", "the forked VM of maven's tests crashed"),
    ("There was a timeout", _TIMED_OUT),
    ("There was an error in the forked process", "the forked VM of maven's tests failed"),
)
_CRASHED = "Crashed tests:"
_CLASS = re.compile(r"[\w$]{1,200}(?:\.[\w$]{1,200}){0,40}")
_SKIPPED_MODULE = re.compile(r"\S.{0,300} \.{2,100} SKIPPED")


class MavenReader:
    """Reads the surefire and failsafe sessions of one step."""

    marks: ClassVar[tuple[bytes, ...]] = (
        _BANNER.encode(),
        b"<<< FAILURE!",
        b"<<< ERROR!",
        b"maven-surefire-plugin",
        *(words.encode() for words in sorted(_CLOSING)),
    )

    def __init__(self) -> None:
        self._telling = Telling("maven", above_stack)
        self._begin()

    def _begin(self) -> None:
        self._stopped: str | None = None
        self._crashed: dict[str, int] | None = None
        self._running: dict[str, int] = {}
        self._unended: dict[str, int] = {}
        self._start()

    def _start(self) -> None:
        self._is_open = False
        self._suite = ""
        self._classes: dict[str, str] = {}
        self._block: Block | None = None
        self._bare: Told | None = None
        self._has_frames = False
        self._has_levels = False
        self._summary: Summary | None = None

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if "Tests run: " in text and (counts := _COUNTS.search(text)):
            self._read_counts(counts, text[counts.end() :])
        elif _ELAPSED in text and self._read_test(line):
            return
        elif "SKIPPED" in text or "fork" in text or _CRASHED in text or "There was a timeout" in text:
            self._read_end(line)
        elif text == _BANNER or text.endswith((f"]{_BANNER}", f"] {_BANNER}")):
            self._close(is_complete=False)
            self._is_open = True
            self._running.clear()
        elif self._is_open or text in _CLOSING:
            self._is_open = True
            self._read_within(line)
        elif self._crashed is not None:
            self._read_crashed(line)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._close(is_complete=False)
        done = self._telling.take()
        crashed = tuple(
            TestResult(suite=name, class_name=name, name=name, outcome=Outcome.ERROR, line=number)
            for name, number in {**self._unended, **(self._crashed or {})}.items()
            if not any(one.class_name == name and one.outcome.is_bad for s in done for one in s.results)
        )
        if crashed and not done:
            done = [Session(runner="maven", results=(), is_complete=False)]
        if done and (self._stopped or crashed):
            done[-1] = replace(
                done[-1], results=done[-1].results + crashed, stopped_early=done[-1].stopped_early or self._stopped
            )
        self._begin()
        return done

    def _close(self, *, is_complete: bool, passes: int = 0, failures: int = 0) -> None:
        if self._summary is not None and self._has_levels and not is_complete:
            # The log was cut off before the totals.
            self._telling.tests = self._summary.settle(self._telling.tests, MOST_FAILURES, self._classes)
        if self._is_open and (self._telling.tests or is_complete or self._classes):
            self._telling.close(is_complete=is_complete, passes=passes, failures=failures)
        self._start()

    def _read_counts(self, counts: re.Match[str], rest: str) -> None:
        """Read the line that ends a class, or the one that ends them all."""
        if rest.startswith(_TIMED):
            place = _IN.search(rest)
            if place is not None:
                self._enter(place[1].partition(" (of ")[0])
                self._running.pop(self._suite, None)
            self._block = None
        elif not rest.strip() and self._is_open:
            failures = int(counts[2]) + int(counts[3])
            if self._summary is not None:
                self._telling.tests = self._summary.settle(self._telling.tests, failures, self._classes)
            self._close(is_complete=True, passes=int(counts[1]) - failures - int(counts[4] or 0), failures=failures)

    def _enter(self, suite: str) -> None:
        self._is_open = True
        self._suite = suite
        if len(self._classes) < MOST_TESTS:
            self._classes[re.split(r"[.$]", suite)[-1]] = suite

    def _read_test(self, line: Line) -> bool:
        """Read the head of a failure, or in the plain format of any test."""
        label, _, rest = line.text.rpartition(_ELAPSED)
        elapsed, _, word = rest.partition("<<< ")
        duration = milliseconds(elapsed)
        if duration is None or (word not in _OUTCOMES and (word or not self._is_open)):
            return False
        outcome = _OUTCOMES.get(word, Outcome.PASSED)
        label = _unlevelled(label)
        names = bare(label, self._suite) if word else None
        is_bare = names is not None
        names = names or named(label, self._suite)
        if names is None and word:
            names = titled(label, self._suite)
        if names is None or (outcome is Outcome.PASSED and names[0] != self._suite):
            return False
        self._is_open = True
        test = of_class(*names, outcome, line.number, duration)
        test.suite = self._suite or test.class_name
        self._block, self._has_frames = self._telling.add(test), False
        self._bare = test if is_bare else None
        return True

    def _read_within(self, line: Line) -> None:
        """Read a line between the banner and the totals: of a block, of the closing list, or of what a test printed."""
        text = line.text
        level = _LEVEL.match(text) if "[" in text[:60] or text.startswith(_SHOWN) else None
        said = text[level.end() :] if level else text
        self._has_levels = self._has_levels or level is not None
        if said.startswith("Running ") and (running := _RUNNING.match(said)):
            self._block = None
            self._enter(running[1])
            if len(self._running) < MOST_FAILURES:
                self._running[running[1]] = line.number
        elif said.startswith(HEADERS) and (level is not None or not self._has_levels or line.tag):
            self._block = None
            self._summary = self._summary or Summary()
            self._summary.open(said, line.number)
        elif self._summary is not None:
            # Where lines have levels, one without is the rest of a message.
            if level is not None or not self._has_levels or line.tag:
                self._summary.read(said, line.number)
        elif level is not None and said.endswith(" skipped") and self._suite and self._suite in said:
            self._read_skipped(said.removesuffix(" skipped"), line.number)
        elif self._block is not None:
            self._read_block(text, has_level=level is not None)

    def _read_skipped(self, label: str, number: int) -> None:
        names = named(label, self._suite)
        # Some versions name no more than the class, once for each of its tests.
        if names is not None and names[0] != names[1]:
            test = of_class(*names, Outcome.SKIPPED, number)
            test.suite = self._suite
            self._block, self._has_frames = self._telling.add(test), False

    def _read_block(self, text: str, *, has_level: bool) -> None:
        """Keep a line of a failure: it ends with a message of maven's own, or with the empty line after its stack."""
        if self._block is None or has_level or (not text and self._has_frames):
            self._block = None
            return
        self._has_frames = self._has_frames or is_frame(text)
        self._block.add(text)
        if self._bare is not None and "$" in text and (nested := nested_class(text, self._bare)):
            self._bare.class_name, self._bare = nested, None

    def _read_end(self, line: Line) -> None:
        """Read why maven did not run all tests."""
        said = _unlevelled(line.text)
        if _CRASHED in said:
            self._crashed = self._crashed or {}
            self._close(is_complete=False)
        elif "SKIPPED" in said and _SKIPPED_MODULE.match(said):
            self._stopped = self._stopped or "maven did not come to all modules"
        else:
            words = next((words for sign, words in _CRASHES if sign in said), None)
            is_own = words is not None and (said != line.text or line.tag == "error")
            self._stopped = words if words and is_own else self._stopped
            if is_own and words == _TIMED_OUT:
                self._unended.update(self._running)
        if self._is_open:
            self._read_within(line)

    def _read_crashed(self, line: Line) -> None:
        said = _unlevelled(line.text).strip()
        if self._crashed is not None and _CLASS.fullmatch(said) and "." in said and len(self._crashed) < MOST_FAILURES:
            self._crashed.setdefault(said, line.number)


def _unlevelled(text: str) -> str:
    """Cut the level before a line, and whatever a test printed before it without an end of line."""
    level = _LEVEL.match(text)
    if level is not None:
        return text[level.end() :]
    return text.rpartition("[ERROR] ")[2]
