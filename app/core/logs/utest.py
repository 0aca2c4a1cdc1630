"""Reads what uTest prints through mill and sbt: a line for each test with its whole path, then counts."""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.jvm_dotnet import above_stack, milliseconds, of_class
from app.core.logs.sbt_levels import unlevelled
from app.core.logs.session import Block, Session
from app.core.logs.telling import Telling
from app.core.model import Outcome

_TEST = re.compile(r"([+X]) ((?:[a-z_]\w{0,100}\.){0,40}[A-Z][\w$]{0,200})\.(\S.{0,1000}?) (\d{1,9}ms)(?: .*)?")
# Before version 0.5: a line for each test in its turn, and the counts one below the other.
_OLD = re.compile(
    r"\d{1,7}/\d{1,7} {1,40}((?:[a-z_]\w{0,100}\.){0,40}[A-Z][\w$]{0,200})(?:\.(\S.{0,1000}?))?\t{1,2}(Success|Failure\((.*)\))"
)
_OLD_COUNT = re.compile(r"(Passed|Failed): (\d{1,9})")
_COUNTS = re.compile(r"Tests: \d{1,9}, Passed: (\d{1,9}), Failed: (\d{1,9})")
_RESULTS = re.compile(r"-{5,60} (?:Results|Failures) -{5,60}")


class UtestReader:
    """Reads the uTest sessions of one step."""

    marks: ClassVar[tuple[bytes, ...]] = (b"- Running Tests -", b", Passed: ", b"\tFailure(")

    def __init__(self) -> None:
        self._telling = Telling("utest", above_stack)
        self._start()

    def _start(self) -> None:
        self._telling.forget()
        self._block: Block | None = None
        self._is_repeating = False
        self._old_passes: int | None = None

    def read(self, line: Line) -> None:
        """Take the next line. Below its headlines uTest repeats what it told."""
        _, said = unlevelled(line.text)
        if said.startswith(("+ ", "X ")) and (test := _TEST.fullmatch(said)):
            self._block = None
            if not self._is_repeating:
                outcome = Outcome.PASSED if test[1] == "+" else Outcome.FAILED
                told = of_class(test[2], test[3], outcome, line.number, milliseconds(test[4]))
                self._block = self._telling.add(told)
        elif said.startswith("Tests: ") and (counts := _COUNTS.match(said)):
            self._telling.close(is_complete=True, passes=int(counts[1]), failures=int(counts[2]))
            self._start()
        elif said.startswith("-----"):
            self._block = None
            self._is_repeating = _RESULTS.fullmatch(said) is not None
        elif "\t" in said and (old := _OLD.fullmatch(said)):
            self._read_old(old, line.number)
        elif said.startswith(("Passed: ", "Failed: ")) and (count := _OLD_COUNT.fullmatch(said)):
            self._read_count(count)
        elif self._block is not None:
            self._block.add(said)

    def _read_old(self, old: re.Match[str], number: int) -> None:
        class_name, name, word, failure = old.groups()
        self._block = None
        if name or failure:
            outcome = Outcome.PASSED if word == "Success" else Outcome.FAILED
            block = self._telling.add(of_class(class_name, name or class_name, outcome, number))
            if block is not None and failure:
                block.add(failure.strip("'"))

    def _read_count(self, count: re.Match[str]) -> None:
        if count[1] == "Passed":
            self._old_passes = int(count[2])
        elif self._old_passes is not None and self._telling.tests:
            self._telling.close(is_complete=True, passes=self._old_passes, failures=int(count[2]))
            self._start()

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them: without its counts uTest's signs are anybody's."""
        self._start()
        return self._telling.take()
