"""Reads what uTest prints through mill and sbt: a line for each test with its whole path, then counts."""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.sbt_levels import unlevelled
from app.core.logs.session import MOST_FAILURES, MOST_TESTS, Block, Session
from app.core.logs.told import ToldTest, milliseconds, result
from app.core.model import Outcome

_TEST = re.compile(r"([+X]) ((?:[a-z_]\w{0,100}\.){0,40}[A-Z][\w$]{0,200})\.(\S.{0,1000}?) (\d{1,9}ms)(?: .*)?")
_COUNTS = re.compile(r"Tests: \d{1,9}, Passed: (\d{1,9}), Failed: (\d{1,9})")
_RESULTS = re.compile(r"-{5,60} (?:Results|Failures) -{5,60}")


class UtestReader:
    """Reads the uTest sessions of one step."""

    marks: ClassVar[tuple[bytes, ...]] = (b"- Running Tests -", b", Passed: ")

    def __init__(self) -> None:
        self._done: list[Session] = []
        self._start()

    def _start(self) -> None:
        self._tests: list[ToldTest] = []
        self._block: Block | None = None
        self._is_repeating = False

    def read(self, line: Line) -> None:
        """Take the next line. Below its headlines uTest repeats what it told."""
        _, said = unlevelled(line.text)
        if said.startswith(("+ ", "X ")) and (test := _TEST.fullmatch(said)):
            self._block = None
            if not self._is_repeating:
                self._add(test, line.number)
        elif said.startswith("Tests: ") and (counts := _COUNTS.match(said)):
            self._close(int(counts[1]), int(counts[2]))
        elif said.startswith("-----"):
            self._block = None
            self._is_repeating = _RESULTS.fullmatch(said) is not None
        elif self._block is not None:
            self._block.add(said)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them: without its counts uTest's signs are anybody's."""
        done, self._done = self._done, []
        self._start()
        return done

    def _add(self, match: re.Match[str], number: int) -> None:
        if len(self._tests) >= MOST_TESTS:
            return
        outcome = Outcome.PASSED if match[1] == "+" else Outcome.FAILED
        test = ToldTest(match[2], match[3], outcome, number, match[2], milliseconds(match[4]))
        if outcome.is_bad and len(self._tests) < MOST_FAILURES:
            test.block = self._block = Block(test.name, number)
        self._tests.append(test)

    def _close(self, passes: int, failures: int) -> None:
        results = tuple(map(result, self._tests))
        session = Session(runner="utest", results=results, is_complete=True, passes=passes, failures=failures)
        self._done.append(session)
        self._start()
