"""Reads what `make check` of Automake prints: a line for each test, believed where the counts of its summary follow.

With the parallel harness (the default since 1.13) that is a block of counts, with the older ones a sentence between rules.
What the tests printed stands in files, which `VERBOSE=1` shows before the counts.
"""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.session import MOST_TESTS, Block, Session
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_OUTCOMES = {
    "PASS": Outcome.PASSED,
    "FAIL": Outcome.FAILED,
    "ERROR": Outcome.ERROR,
    "XPASS": Outcome.FAILED,
    "XFAIL": Outcome.SKIPPED,
    "SKIP": Outcome.SKIPPED,
}
_STARTS = tuple(f"{word}: " for word in _OUTCOMES)
# A test is a file; where it tells of its points, their number and their words follow.
_TEST = re.compile(r"([A-Z]{4,5}): (\S{1,500}(?: \d{1,7}(?: \S.{0,1000})?)?)")
_DIRECTIVE = re.compile(r" {1,9}# ?(?:SKIP|TODO|AM_UNPLANNED)\b.*", re.IGNORECASE)
_DIRECTORY = re.compile(r"Making check in (\S{1,300})")
_SUMMARY = "Testsuite summary"
_COUNT = re.compile(r"# (TOTAL|PASS|SKIP|XFAIL|FAIL|XPASS|ERROR): {1,9}(\d{1,9})")
_SENTENCE = re.compile(
    r"(?:(\d{1,9}) of \d{1,9} tests? (?:failed|did not behave as expected \(\d{1,9} unexpected pass(?:es)?\))"
    r"|(?:All )?\d{1,9} tests? (?:passed|behaved as expected \(.{1,60}\)))"
)
_QUOTES = re.compile(r" {3}\S.{0,300}: \S{0,300}test-suite\.log")


class AutomakeReader:
    """Reads the test suites of Automake's in one step; each directory has one."""

    marks: ClassVar[tuple[bytes, ...]] = (
        b"Testsuite summary",
        b"did not behave as expected",
        b"behaved as expected",
        b" tests failed\n",
        b"1 test failed\n",
        b"test-suite.log",
    )

    def __init__(self) -> None:
        self._telling = Telling("automake")
        self._directory = ""
        self._start()

    def _start(self) -> None:
        self._tests: list[Told] = []
        self._is_quoting = self._is_after_rule = False
        self._counts: dict[str, int] | None = None

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if text.startswith(_STARTS):
            self._read_test(line)
        elif text.startswith(_SUMMARY):
            self._counts = {}
        elif self._counts is not None and text.startswith("# "):
            self._read_count(text, self._counts)
        elif self._is_after_rule and (sentence := _SENTENCE.fullmatch(text)):
            self._close(int(sentence[1] or 0), passes=sum(test.outcome is Outcome.PASSED for test in self._tests))
        elif text.endswith("test-suite.log") and _QUOTES.fullmatch(text):
            self._is_quoting = True
        elif text.startswith("Making check in ") and (directory := _DIRECTORY.fullmatch(text)):
            self._start()
            self._directory = "" if directory[1] == "." else directory[1]
        self._is_after_rule = text.startswith("=====") and not text.strip("=")

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._start()
        self._directory = ""
        return self._telling.take()

    def _read_test(self, line: Line) -> None:
        test = _TEST.fullmatch(line.text)
        if test is None or test[1] not in _OUTCOMES or self._is_quoting or len(self._tests) >= MOST_TESTS:
            return
        name, directory = _DIRECTIVE.sub("", test[2]), self._directory
        told = Told(suite=directory, class_name=directory, name=name, outcome=_OUTCOMES[test[1]], number=line.number)
        if told.outcome.is_bad:
            told.block = Block(name, line.number)
            told.message = "passed, which nobody expected" if test[1] == "XPASS" else None
        self._tests.append(told)

    def _read_count(self, text: str, counts: dict[str, int]) -> None:
        count = _COUNT.fullmatch(text)
        if count is None:
            return
        counts[count[1]] = int(count[2])
        if count[1] == "ERROR":
            bad = sum(counts.get(word, 0) for word in ("FAIL", "XPASS", "ERROR"))
            self._close(bad, passes=counts.get("PASS", 0))

    def _close(self, failures: int, *, passes: int) -> None:
        """End a suite; where more failed than it counts, something else spoke in its words, and none is believed."""
        if sum(test.outcome.is_bad for test in self._tests) <= failures:
            for test in self._tests:
                self._telling.add(test)
        self._telling.close(is_complete=True, passes=passes, failures=failures)
        self._start()
