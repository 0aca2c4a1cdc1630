"""Reads what stestr and testrepository print: a line for each test with its worker's number, and the totals.

Names are told as subunit2junitxml writes them: the last part of the identifier is the test, what stands before it its class.
"""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.session import LONGEST_MESSAGE, MOST_FAILURES, Block, Session, cut
from app.core.logs.telling import Telling, Told, seconds_ms
from app.core.model import Outcome

_ENDED = re.compile(
    r"(?:\{\d{1,4}\} )?(\S.{0,1000}?)(?: \[(\d{1,9}\.\d{1,9})s\])? \.\.\. (ok|FAILED|SKIPPED(?:: .{0,1000})?|inprogress|xfail|uxsuccess)"
)
_TIME = re.compile(r"\[\d{1,9}\.\d{1,9}s\] \.\.\. ")
_TITLE = re.compile(r"(?:setUpClass|tearDownClass|setUpModule|tearDownModule) \((.{1,500})\)")
_CAPTURED = re.compile(r"Captured [\w.:-]{1,60}:")
_OUTCOMES = {
    "ok": Outcome.PASSED,
    "FAILED": Outcome.FAILED,
    "inprogress": Outcome.ERROR,
    "xfail": Outcome.PASSED,
    "uxsuccess": Outcome.FAILED,
}
_PASSED = re.compile(r" - Passed: \d+")
_FAILED = re.compile(r" - Failed: (\d+)")
_RAN = re.compile(r"Ran: \d+ tests? in .{1,40} sec\.")


class StestrReader:
    """Reads the stestr sessions of one step."""

    marks: ClassVar[tuple[bytes, ...]] = (b"s] ... FAILED", b"s] ... ok", b"] ... ")

    def __init__(self) -> None:
        self._telling = Telling("stestr")
        self._start()

    def _start(self) -> None:
        self._block: Block | None = None
        self._blocks: list[tuple[Told, Block]] = []
        self._has_ran = self._is_counted = False

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if " ... " in text and (text[:1] == "{" or _TIME.search(text)) and (ended := _ENDED.fullmatch(text)):
            self._read_end(ended, line.number)
        elif text.startswith("Ran: ") and _RAN.fullmatch(text):
            self._has_ran, self._block = True, None
        elif self._has_ran and _PASSED.fullmatch(text):
            self._is_counted = True
        elif self._is_counted and (failed := _FAILED.fullmatch(text)):
            self._close(is_complete=True, failures=int(failed[1]))
        elif self._block is not None:
            self._keep(self._block, text)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._close(is_complete=self._is_counted)
        return self._telling.take()

    def _read_end(self, ended: re.Match[str], number: int) -> None:
        word = ended[3]
        outcome = Outcome.SKIPPED if word.startswith("SKIPPED") else _OUTCOMES[word]
        group = _TITLE.fullmatch(ended[1])
        class_name, _, name = (
            ended[1].rpartition(".") if group is None and "(" not in ended[1] else _split(ended[1], group)
        )
        told = Told(suite="", class_name=class_name, name=name, outcome=outcome, number=number)
        told.duration_ms = seconds_ms(ended[2])
        told.outcome = Outcome.ERROR if group is not None and outcome.is_bad else outcome
        self._block = None
        if outcome.is_bad and len(self._blocks) < MOST_FAILURES:
            told.block = self._block = Block(ended[1], number)
            self._blocks.append((told, self._block))
        self._telling.add(told)

    def _keep(self, block: Block, text: str) -> None:
        """Keep what stands below a failure, captured logs and the traceback, up to the next test or the totals."""
        if text and not text.strip("="):
            self._block = None
        else:
            block.add(text)

    def _close(self, *, is_complete: bool, failures: int = 0) -> None:
        for told, block in self._blocks:
            told.message = _message(block.lines)
        if self._telling.tests or is_complete:
            self._telling.close(is_complete=is_complete, failures=failures)
        self._start()


def _split(title: str, group: re.Match[str] | None) -> tuple[str, str, str]:
    """Return class and name where the identifier holds more than dots: scenarios and data in brackets, or a fixture."""
    if group is not None:
        return group[1], ".", title.partition(" ")[0]
    head, bracket, tail = title.partition("(")
    class_name, _, name = head.rpartition(".")
    return class_name, ".", f"{name}{bracket}{tail}"


def _message(lines: list[str]) -> str | None:
    """Return the end of the traceback.

    testtools indents all of it by four more and sets an empty line before the error; other results are shown as they are.
    """
    frames = [index for index, line in enumerate(lines) if line.lstrip().startswith('File "')]
    if not frames:
        return None
    last, rest = lines[frames[-1]], lines[frames[-1] + 1 :]
    if last.startswith("      "):
        start = next((index + 1 for index, line in enumerate(rest) if not line), len(rest))
    else:
        start = next((index for index, line in enumerate(rest) if line[:1].strip()), len(rest))
    end = next((index for index in range(start, len(rest)) if not rest[index]), len(rest))
    return cut([line.strip() for line in rest[start:end]], LONGEST_MESSAGE)
