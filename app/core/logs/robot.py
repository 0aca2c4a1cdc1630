"""Reads what Robot Framework prints: a row for each test between rules, and a suite's name between double ones.

Names that are too long for its console are cut there, always at the same place. Its dotted console tells of failures alone.
"""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.session import Block, Session
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_RULE, _LINE = "=" * 78, "-" * 78
_ROWS = {"| PASS |": Outcome.PASSED, "| FAIL |": Outcome.FAILED, "| SKIP |": Outcome.SKIPPED}
_LENGTH = 8
_COUNTS = re.compile(
    r"\d{1,7} (?:critical )?tests?(?: total)?, (\d{1,7}) passed, (\d{1,7}) failed(?:, \d{1,7} skipped)?"
)
_DOTTED = re.compile(r"Running suite '.{1,500}' with \d{1,7} tests?\.")
_FAILED = "FAIL: "
_END = "Output:  "
_DOCUMENTED = " :: "


class RobotReader:
    """Reads the sessions of Robot Framework in one step."""

    marks: ClassVar[tuple[bytes, ...]] = (b"=" * 78,)

    def __init__(self) -> None:
        self._telling = Telling("robot")
        self._start()

    def _start(self) -> None:
        self._suites: list[str] = []
        self._is_dotted = False
        self._head = ""
        self._lines = 0
        self._block: Block | None = None
        self._passes = self._failures = 0

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if text in (_RULE, _LINE):
            self._rule(is_double=text == _RULE)
            return
        self._lines += 1
        if text[-_LENGTH:] in _ROWS and self._suites:
            self._read_row(text[:-_LENGTH], _ROWS[text[-_LENGTH:]], line.number)
        elif self._lines == 1:
            self._read_head(line)
        elif self._block is not None:
            self._block.add(text)
        elif "ed" in text and (counts := _COUNTS.fullmatch(text)):
            self._passes, self._failures = int(counts[1]), int(counts[2])

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._start()
        return self._telling.take()

    def _rule(self, *, is_double: bool) -> None:
        """End what stands above a rule: a line alone between two double ones opens a suite."""
        if is_double and self._lines == 1 and self._head:
            self._suites.append(self._head)
        self._head, self._lines, self._block = "", 0, None

    def _read_head(self, line: Line) -> None:
        """Read the first line below a rule: a suite, a test that prints before it ends, or the end of all."""
        text = line.text
        if self._is_dotted and text.startswith(_FAILED):
            suite, _, name = text.removeprefix(_FAILED).rpartition(".")
            self._tell(suite, name, Outcome.FAILED, line.number)
        elif text.startswith(_END) and (self._suites or self._is_dotted):
            self._end()
        elif text.startswith("Running suite ") and _DOTTED.fullmatch(text):
            self._start()
            self._is_dotted = True
        else:
            self._head = text.split(_DOCUMENTED, 1)[0].strip()

    def _read_row(self, text: str, outcome: Outcome, number: int) -> None:
        name = text.split(_DOCUMENTED, 1)[0].strip() or self._head
        self._head = ""
        if name == self._suites[-1]:
            self._block = None
            if len(self._suites) > 1:
                self._suites.pop()
        elif name:
            self._tell(self._suites[-1], name, outcome, number)

    def _tell(self, suite: str, name: str, outcome: Outcome, number: int) -> None:
        told = Told(suite=suite, class_name=suite, name=name, outcome=outcome, number=number)
        told.block = Block(name, number) if outcome is not Outcome.PASSED else None
        self._block = self._telling.add(told)

    def _end(self) -> None:
        self._telling.close(is_complete=True, passes=self._passes, failures=self._failures)
        self._start()
