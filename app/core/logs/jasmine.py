"""Reads what jasmine prints in node: dots, the lists of failures and of pending specs, the counts.

jasmine-spec-reporter, which the tests of Angular's projects and protractor bring along, puts a box over each list.
"""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.session import LONGEST_MESSAGE, Block, Session, cut
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_HEAD = re.compile(r" {0,2}\d{1,6}\) (\S.*)")
_SUITE = "Suite error: "
_TOTALS = re.compile(r"(\d{1,7}) specs?, (\d{1,7}) failures?(?:, (\d{1,7}) pending specs?)?")
_MESSAGE, _STACK = "Message:", ("Stack:", "Stacktrace:")
_INCOMPLETE = "Incomplete: "
_BOX = re.compile(r"\* {2,60}(Failures|Errors|Pending|Summary) {2,60}\*")
_OF_BOX = "  - "
_EXECUTED = re.compile(
    r"Executed (\d{1,7}) of \d{1,7} specs?(?: INCOMPLETE)?(?: SUCCESS)?(?: ?\(\d{1,7} ERRORS?\))?(?: ?\((\d{1,7}) FAILED\))?"
    r"(?: ?\(\d{1,7} (?:PENDING|SKIPPED)\)){0,2}(?: in .{1,60})?"
)


class JasmineReader:
    """Reads the jasmine sessions of one step; a spec is named by its full name, which is all that jasmine prints."""

    marks: ClassVar[tuple[bytes, ...]] = (b" specs, ", b" spec, ", b"  Message:", b"   Failures   ")

    def __init__(self) -> None:
        self._telling = Telling("jasmine")
        self._start()

    def _start(self) -> None:
        self._head: tuple[str, int, Outcome] | None = None
        self._block: Block | None = None
        self._is_pending = False
        self._box = ""

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if self._head is not None:
            self._read_after_head(self._head, line)
        if text in ("Failures:", "Pending:"):
            self._start()
            self._is_pending = text == "Pending:"
        elif text.startswith("*") and (box := _BOX.fullmatch(text)):
            self._block, self._box, self._is_pending = None, box[1], box[1] == "Pending"
        elif self._box and text.startswith("Executed ") and (executed := _EXECUTED.fullmatch(text)):
            self._close_box(int(executed[1]), int(executed[2] or 0))
        elif ") " in text[:9] and (head := _HEAD.fullmatch(text)):
            self._head = (head[1], line.number, Outcome.SKIPPED if self._is_pending else Outcome.FAILED)
        elif text.startswith(_SUITE):
            self._head = (text.removeprefix(_SUITE), line.number, Outcome.ERROR)
        elif " spec" in text and (totals := _TOTALS.fullmatch(text)):
            self._close(int(totals[1]), int(totals[2]), int(totals[3] or 0))
        elif text.startswith(_INCOMPLETE):
            self._telling.stopped = f"jasmine: {text[:200]}"
        elif self._block is not None:
            self._block.add(text.strip())

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._finish_blocks()
        self._start()
        return self._telling.take()

    def _read_after_head(self, head: tuple[str, int, Outcome], line: Line) -> None:
        """Believe a head by what follows it: a message after a failure, the reason after a pending spec."""
        (name, number, outcome), self._head = head, None
        # What broke outside of any spec stands in the box of failures, too.
        is_listed = self._box == "Failures" and line.text.startswith(_OF_BOX)
        is_message = line.text.strip() == _MESSAGE or is_listed
        if is_message and outcome.is_bad:
            self._block = Block(name, number)
            self._telling.add(Told(name=name, outcome=outcome, number=number, suite="", block=self._block))
        elif outcome is Outcome.SKIPPED and line.text.startswith("  "):
            self._telling.add(Told(name=name, outcome=outcome, number=number))

    def _close(self, specs: int, failures: int, pending: int) -> None:
        """End the session: what is neither pending nor failed has passed."""
        self._finish_blocks()
        failed = sum(test.outcome is Outcome.FAILED for test in self._telling.tests)
        self._telling.close(is_complete=True, passes=specs - failed - pending, failures=failures)
        self._start()

    def _close_box(self, executed: int, failures: int) -> None:
        self._finish_blocks()
        self._telling.close(is_complete=True, passes=executed - failures, failures=failures)
        self._start()

    def _finish_blocks(self) -> None:
        for test in self._telling.tests:
            test.message = _message(test.block) if test.block else None


def _message(block: Block) -> str | None:
    """Return the first message, up to its stack; in a box all of them."""
    if block.lines[:1] and block.lines[0].startswith("- "):
        end = next((at for at, line in enumerate(block.lines) if line.startswith(("at ", "***"))), len(block.lines))
        return cut([line.removeprefix("- ") for line in block.lines[:end]], LONGEST_MESSAGE)
    said = block.lines[1:] if block.lines[:1] == [_MESSAGE] else block.lines
    end = next((at for at, line in enumerate(said) if line in _STACK), len(said))
    return cut(said[:end], LONGEST_MESSAGE)
