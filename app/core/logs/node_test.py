"""Reads what node's own test runner prints through its reporters spec and dot.

A suite opens with `▶` and ends with a line of its own, which is no test. After the counts each failure is told once more, with its
place. Its TAP is read as TAP.
"""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.session import LONGEST_MESSAGE, MOST_FAILURES, Block, Session, cut
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_TEST = re.compile(r"( {0,80})([✔✖﹣⚠▶]) (\S.*?)(?: \((\d{1,12}(?:\.\d{1,12})?)ms\))?(?: # (SKIP|TODO)(?: .*)?)?")
_COUNT = re.compile(r"ℹ (tests|pass|fail|cancelled|duration_ms) (\d{1,9})(?:\.\d{1,12})?")
_PLACE = re.compile(r"test at (\S.{0,400}?):\d{1,7}:\d{1,7}")
_LISTS = ("✖ failing tests:", "Failed tests:")
_FRAME = re.compile(r"\s{0,40}at \S")
_FILE = re.compile(r"\S{1,400}\.[cm]?[jt]sx?")
_FILE_FAILED = "test failed"
_SUBTESTS_FAILED = re.compile(r"'\d{1,7} subtests? failed'")
_CLASS = "test"


class NodeTestReader:
    """Reads the sessions of `node --test` of one step."""

    marks: ClassVar[tuple[bytes, ...]] = ("ℹ tests ".encode(), "ℹ pass ".encode(), "▶ ".encode(), b"Failed tests:")

    def __init__(self) -> None:
        self._telling = Telling("node:test")
        self._start()

    def _start(self) -> None:
        self._suites: list[str] = []
        self._tests: list[Told] = []
        self._counts: dict[str, int] = {}
        self._parents = 0
        self._is_listing = False
        self._block: Block | None = None
        self._indent = 0
        self._place: str | None = None
        self._listed: set[int] = set()
        self._whole: set[int] = set()
        self._bad = 0
        self._bad_before: list[int] = []
        self._suites_without: set[str] = set()

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        head = text.lstrip(" ")[:1]
        if head and head in "✔✖﹣⚠▶":
            self._read_test(line)
        elif head == "ℹ" and (count := _COUNT.fullmatch(text)):
            self._counts[count[1]] = int(count[2])
            self._block = None
        elif text == _LISTS[1]:
            self._list()
        elif text.startswith("test at ") and self._is_listing:
            place = _PLACE.fullmatch(text)
            self._place = place[1] if place else None
            self._block = None
        elif self._block is not None and (not text or len(text) - len(text.lstrip(" ")) > self._indent):
            self._block.add(text.strip())
        else:
            self._block = None

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._close()
        return self._telling.take()

    def _list(self) -> None:
        self._is_listing, self._block, self._place = True, None, None

    def _read_test(self, line: Line) -> None:
        if line.text == _LISTS[0]:
            self._list()
            return
        found = _TEST.fullmatch(line.text)
        if found is None:
            return
        indent, mark, name, duration, directive = found.groups()
        level = len(indent) // 2
        if mark == "▶":
            self._open_suite(level, name, is_end=duration is not None)
        elif self._is_listing and not level:
            self._block = None
            # The reporter dot lists what is yet to be done as well.
            if directive is None:
                self._tell(name, line.number)
        elif len(self._suites) > level and self._suites[level] == name:
            self._end_suite(level, name)
            self._block = None
        elif level <= len(self._suites):
            outcome = Outcome.SKIPPED if directive or mark == "﹣" else _OUTCOMES[mark]
            self._add(name, level, outcome, line.number, duration)

    def _open_suite(self, level: int, name: str, *, is_end: bool) -> None:
        """Open a suite; older runners end it with the same mark and the time that it took."""
        if self._is_listing or (self._counts and not level):
            self._close()
        self._block = None
        if is_end and self._suites[level : level + 1] == [name]:
            self._end_suite(level, name)
        elif level <= len(self._suites) and not is_end:
            self._suites[level:] = [name]
            self._bad_before[level:] = [self._bad]
            self._parents += 1

    def _end_suite(self, level: int, name: str) -> None:
        """End a suite; one in which no test failed may have failed itself, by a hook, as the closing list then says."""
        del self._suites[level:]
        if self._bad_before[level : level + 1] == [self._bad]:
            self._suites_without.add(name)

    def _add(self, name: str, level: int, outcome: Outcome, number: int, duration: str | None) -> None:
        if self._counts and not level:
            self._close()
        del self._suites[level:]
        test = Told(
            name=name,
            outcome=outcome,
            number=number,
            suite=self._suites[-1] if self._suites else "",
            class_name=_CLASS,
            duration_ms=round(float(duration)) if duration else None,
        )
        self._tests.append(test)
        self._bad += outcome.is_bad
        if duration and "." not in duration:
            self._whole.add(id(test))
        self._open(test, number, indent=2 * level)

    def _open(self, test: Told, number: int, indent: int) -> None:
        is_kept = test.outcome.is_bad and len(self._listed) < MOST_FAILURES
        self._block = test.block = Block(test.name, number) if is_kept else None
        self._indent = indent

    def _tell(self, name: str, number: int) -> None:
        """Take the head of a failure of the closing list: the next one of that name, or one that no line told of."""
        bad = (test for test in self._tests if test.outcome.is_bad and test.name == name)
        test = next((test for test in bad if id(test) not in self._listed), None)
        is_test = not self._counts or self._has_untold()
        if test is None and (is_test or name in self._suites_without):
            outcome = Outcome.FAILED if is_test else Outcome.ERROR
            test = Told(name=name, outcome=outcome, number=number, class_name=_CLASS)
            self._tests.append(test)
        if test is not None:
            self._listed.add(id(test))
            test.file = self._place
            self._open(test, number, indent=0)
        self._place = None

    def _has_untold(self) -> bool:
        """Say whether more failed than the lines tell, of which the first may be cut off."""
        return sum(test.outcome.is_bad for test in self._tests) < self._counts.get("fail", 0)

    def _close(self) -> None:
        """End the session; without counts only a list of failures proves that the lines were node's.

        Node writes fractions of milliseconds: among them a failure that took a whole number of them was printed by a test, and so
        was one without a time that its list of failures lacks.
        """
        is_complete = "fail" in self._counts
        if is_complete or self._is_listing or _are_nodes(self._tests):
            has_fractions = not self._whole.issuperset(map(id, self._tests))
            for test in map(_judged, self._tests):
                is_unlisted = bool(self._listed) and test.duration_ms is None and id(test) not in self._listed
                is_foreign = test.outcome.is_bad and (is_unlisted or (has_fractions and id(test) in self._whole))
                if not is_foreign and not (test.message and _SUBTESTS_FAILED.fullmatch(test.message)):
                    self._telling.add(test)
            if self._tests or is_complete:
                # It counts tests that failed by their subtests, too, and prints them as it does suites, which it does not count.
                fail = self._counts.get("fail", 0)
                failures = max(fail - self._parents, min(fail, 1))
                self._telling.close(is_complete=is_complete, passes=self._counts.get("pass", 0), failures=failures)
        self._start()


_OUTCOMES = {"✔": Outcome.PASSED, "✖": Outcome.FAILED, "⚠": Outcome.FAILED}


def _are_nodes(tests: list[Told]) -> bool:
    """Tell whether tests that nothing counts are of a suite that node opened."""
    return any(test.suite for test in tests)


def _judged(test: Told) -> Told:
    """Say what a failure said; a file that could not run is a test by the file's name whose only words are that it failed."""
    lines = test.block.lines if test.block else []
    if not test.outcome.is_bad:
        return test
    if not test.suite and _FILE.fullmatch(test.name) and any(line.strip("'") == _FILE_FAILED for line in lines):
        test.outcome, test.file, test.class_name = Outcome.ERROR, test.name, test.name
    end = next((at for at, line in enumerate(lines) if _FRAME.match(line)), len(lines))
    test.message = cut(lines[:end], LONGEST_MESSAGE)
    return test
