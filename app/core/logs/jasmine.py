"""Reads what jasmine prints in node: dots, the lists of failures and of pending specs, the counts."""

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


class JasmineReader:
    """Reads the jasmine sessions of one step; a spec is named by its full name, which is all that jasmine prints."""

    marks: ClassVar[tuple[bytes, ...]] = (b" specs, ", b" spec, ", b"  Message:")

    def __init__(self) -> None:
        self._telling = Telling("jasmine")
        self._start()

    def _start(self) -> None:
        self._head: tuple[str, int, Outcome] | None = None
        self._block: Block | None = None
        self._is_pending = False

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if self._head is not None:
            self._read_after_head(self._head, line)
        if text in ("Failures:", "Pending:"):
            self._start()
            self._is_pending = text == "Pending:"
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
        is_message = line.text.strip() == _MESSAGE
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

    def _finish_blocks(self) -> None:
        for test in self._telling.tests:
            test.message = _message(test.block) if test.block else None


def _message(block: Block) -> str | None:
    """Return the first message, up to its stack."""
    said = block.lines[1:] if block.lines[:1] == [_MESSAGE] else block.lines
    end = next((at for at, line in enumerate(said) if line in _STACK), len(said))
    return cut(said[:end], LONGEST_MESSAGE)
