"""Reads what Ruby's test-unit prints: a block between two rules for each fault, verbose lines, and the counts."""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.session import LONGEST_MESSAGE, Block, Session, cut
from app.core.logs.telling import Telling, Told, seconds_ms
from app.core.model import Outcome

_FAULT = re.compile(
    r"(Failure|Error|Omission|Pending): (.{1,600}?)\(([A-Z]\w{0,300}(?:::[^()]{1,300})?)\)(?::? ?(.*))?"
)
_CLASS_FAULT = re.compile(r"(Failure|Error): (([A-Z]\w{0,300}(?:::\w{1,300}){0,20})): (.*)")
"""What the start or the end of a whole class said."""
_WORDS = {
    "Failure": Outcome.FAILED,
    "Error": Outcome.ERROR,
    "Omission": Outcome.SKIPPED,
    "Pending": Outcome.SKIPPED,
}
_NUMBER = re.compile(r"\d{1,6}\) (?=Failure: |Error: |Omission: |Pending: |Notification: )")
"""So the faults stand in a list at the end, where they are not shown at once."""
_RULE = "=" * 20
_COUNTS = re.compile(
    r"(\d{1,9}) tests, \d{1,9} assertions, (\d{1,9}) failures, (\d{1,9}) errors, (\d{1,9}) pendings, (\d{1,9}) omissions"
    r"(?:, \d{1,9} notifications)?"
)
_CLASS = re.compile(r" {0,20}([A-Z][\w:]{1,300}):")
_VERBOSE = re.compile(r" {1,30}(test.{0,600}?):[\s.]{1,120}: \((\d{1,9}\.\d{1,9})\)")
_FRAME = re.compile(r"\S{1,500}\.\w{1,6}:\d{1,7}:in |\s{0,8}(?:=> )?\s{0,6}\d{1,7}: ")


class TestUnitReader:
    """Reads the test-unit sessions of one step."""

    __test__ = False
    marks: ClassVar[tuple[bytes, ...]] = (b" pendings, ", b"Loaded suite ")

    def __init__(self) -> None:
        self._telling = Telling("test-unit")
        self._start()

    def _start(self) -> None:
        self._has_begun = self._is_after_rule = False
        self._class = ""
        self._block: Block | None = None

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        is_rule = text.startswith(_RULE) and not text.strip("=")
        if text.startswith("Loaded suite "):
            self._close(is_complete=False)
            self._has_begun = True
        elif " pendings, " in text and (counts := _COUNTS.fullmatch(text)):
            tests, *others = map(int, counts.groups())
            self._has_begun = True
            self._close(is_complete=True, passes=tests - sum(others), failures=others[0] + others[1])
        elif self._is_after_rule and self._block is None and (fault := _fault(text)):
            self._read_fault(fault, line.number)
        elif self._has_begun and text[:1].isdigit() and (numbered := _NUMBER.match(text)):
            self._read_numbered(text[numbered.end() :], line)
        elif is_rule:
            self._block = None
        elif self._block is not None:
            self._block.add(text)
        elif self._has_begun:
            self._read_verbose(line)
        self._is_after_rule = is_rule

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._close(is_complete=False)
        return self._telling.take()

    def _close(self, *, is_complete: bool, passes: int = 0, failures: int = 0) -> None:
        for told in self._telling.tests:
            if told.block is not None:
                told.message = told.message or _message(told.block.lines)
        if self._telling.tests or is_complete:
            self._telling.close(is_complete=is_complete, passes=passes, failures=failures)
        self._start()

    def _read_fault(self, fault: re.Match[str], number: int) -> None:
        word, name, class_name, said = fault.groups()
        self._block = Block(name, number)
        if said:
            self._block.add(said)
        self._add(class_name, name, _WORDS[word], number).block = self._block

    def _read_numbered(self, text: str, line: Line) -> None:
        self._block = None
        if (fault := _fault(text)) is not None:
            self._read_fault(fault, line.number)

    def _read_verbose(self, line: Line) -> None:
        text = line.text
        if text.endswith(":") and (named := _CLASS.fullmatch(text)):
            self._class = named[1]
        elif self._class and text.endswith(")") and (passed := _VERBOSE.fullmatch(text)):
            told = self._add(self._class, passed[1], Outcome.PASSED, line.number)
            told.duration_ms = seconds_ms(passed[2])

    def _add(self, class_name: str, name: str, outcome: Outcome, number: int) -> Told:
        told = Told(suite=class_name, class_name=class_name, name=name, outcome=outcome, number=number)
        self._telling.add(told)
        return told


def _fault(text: str) -> re.Match[str] | None:
    return (_FAULT.fullmatch(text) or _CLASS_FAULT.fullmatch(text)) if ": " in text else None


def _message(lines: list[str]) -> str | None:
    """Return what a fault says: of a failure it stands below the place and an excerpt of the code, of an error above."""
    first = next((index for index, line in enumerate(lines) if _FRAME.match(line)), len(lines))
    said = lines[:first] if any(line.strip() for line in lines[:first]) else _below(lines[first:])
    return cut([line.rstrip() for line in said], LONGEST_MESSAGE)


def _below(lines: list[str]) -> list[str]:
    return [line for line in lines if not _FRAME.match(line)]
