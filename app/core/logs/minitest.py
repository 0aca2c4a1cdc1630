"""Reads what minitest prints, alone, in Rails and with minitest-reporters: blocks of failures, verbose lines, the counts."""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.minitest_names import Named, after_retries, head_of, line_of, message
from app.core.logs.session import MOST_FAILURES, MOST_TESTS, Block, Session
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_HEAD = re.compile(r"(?: {0,3}\d{1,6}\) )?(Failure|Error|Skipped):")
_WORDS = {"Failure": Outcome.FAILED, "Error": Outcome.ERROR, "Skipped": Outcome.SKIPPED}
_COUNTS = re.compile(
    r"(\d{1,9}) (?:runs|tests), \d{1,9} assertions, (\d{1,9}) failures, (\d{1,9}) errors(?:, (\d{1,9}) skips)?"
)
_RETRY = re.compile(r"\[MinitestRetry\] retry '(.{1,600}?)' count: \d{1,6}, {1,2}msg: (.*)")
_BEGIN = ("Run options: ", "# Running:", "Started with run options")
_INTERRUPTED = "Interrupted. Exiting..."
_RARE = (*_BEGIN, _INTERRUPTED)
_RERUN = ("bin/rails test ", "rails test ", "bin/test ")
_LINES_BEFORE_NAME = 3


class MinitestReader:
    """Reads the minitest sessions of one step."""

    marks: ClassVar[tuple[bytes, ...]] = (b" assertions, ", b"#test_", b"[MinitestRetry]", b"Run options: ")

    def __init__(self) -> None:
        self._telling = Telling("minitest")
        self._last: list[int] = []
        self._start()

    def _start(self) -> None:
        self._known: dict[tuple[str, str], Told] = {}
        self._retries: list[Told] = []
        self._head: tuple[Outcome, int, int] | None = None
        self._class = ""
        self._block: Block | None = None
        self._is_indented = self._is_blank = False

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        was_blank, self._is_blank = self._is_blank, not text
        if self._head is not None and self._read_name(*self._head, text):
            return
        if text.endswith(("Failure:", "Error:", "Skipped:")) and (head := _HEAD.fullmatch(text)):
            self._head, self._block = (_WORDS[head[1]], line.number, _LINES_BEFORE_NAME), None
        elif "test_" in text and (named := line_of(text, self._class)):
            self._read_line(named, line.number)
        elif " assertions, " in text and (counts := _COUNTS.fullmatch(text)):
            self._read_counts([int(count or 0) for count in counts.groups()])
        elif "[MinitestRetry] " in text:
            self._read_retry(line)
        elif text.startswith(_RARE):
            if text.startswith(_INTERRUPTED):
                self._telling.stopped = "minitest was interrupted"
            else:
                self._begin()
        else:
            self._keep(text, was_blank=was_blank)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._begin()
        return self._telling.take()

    def _read_counts(self, counts: list[int]) -> None:
        """End a session; where a reporter and Rails both count, the second line says nothing new."""
        is_repeated = counts == self._last and not self._telling.tests
        if not is_repeated:
            self._close(is_complete=True, passes=counts[0] - sum(counts[1:]), failures=counts[1] + counts[2])
            self._last = counts

    def _begin(self) -> None:
        # Both lines of a beginning stand before any test; another process may begin while one has tests of its own.
        if self._telling.tests or self._retries:
            self._close(is_complete=False)
        self._start()
        self._last = []

    def _close(self, *, is_complete: bool, passes: int = 0, failures: int = 0) -> None:
        tests = self._telling.tests
        for told in tests:
            told.message = message(told.block.lines) if told.block else None
        self._telling.tests = []
        for told in after_retries(self._retries, tests, is_complete=is_complete):
            self._telling.add(told)
        self._telling.close(is_complete=is_complete, passes=passes, failures=failures)
        self._start()

    def _keep(self, text: str, *, was_blank: bool) -> None:
        if text and text[0] != " " and (was_blank or text[0] == "#" or text[0].isupper()):
            # Only a line at the margin may be the class whose tests the spec reporter prints below it; that of a
            # specification has any words, below an empty line.
            self._class = text[:400]
        if self._block is None:
            return
        if text.startswith((*_RERUN, "Finished in ")) or (self._is_indented and text[:1] not in ("", " ")):
            self._block = None
        else:
            self._block.add(text)

    def _read_name(self, outcome: Outcome, number: int, left: int, text: str) -> bool:
        """Look for the name below a head; what other processes print may come in between."""
        named = head_of(text)
        if named is not None:
            self._head = None
            self._open(named, outcome, number)
            return True
        self._head = (outcome, number, left - 1) if left > 1 else None
        return False

    def _open(self, named: Named, outcome: Outcome, number: int) -> None:
        """Begin a failure's block; a test that has several, or whose line was seen before, is one execution."""
        told = self._known.get((named.class_name, named.name))
        if told is None:
            told = self._add(named, outcome, number)
        elif outcome.is_bad and not told.outcome.is_bad:
            told.outcome = outcome
        told.file = told.file or named.file
        if told.block is None:
            told.block = Block(named.name, number)
        elif told.block.lines:
            told.block.add("")
        self._block, self._is_indented = told.block, False

    def _read_line(self, named: Named, number: int) -> None:
        self._block = None
        told = self._known.get((named.class_name, named.name))
        if told is None and named.outcome is not None:
            told = self._add(named, named.outcome, number)
        if told is not None and told.outcome.is_bad:
            # The reporters indent what they say of a failure.
            told.block = self._block = told.block or Block(named.name, number)
            self._is_indented = True

    def _add(self, named: Named, outcome: Outcome, number: int) -> Told:
        told = Told(
            suite=named.class_name, class_name=named.class_name, name=named.name, outcome=outcome, number=number
        )
        told.duration_ms = named.duration_ms
        self._telling.add(told)
        if len(self._known) < MOST_TESTS:
            self._known[named.class_name, named.name] = told
        return told

    def _read_retry(self, line: Line) -> None:
        retry = _RETRY.search(line.text)
        if retry is None or len(self._retries) >= MOST_FAILURES:
            return
        told = Told(name=retry[1], outcome=Outcome.FAILED, number=line.number, message=retry[2].strip() or None)
        self._retries.append(told)
        self._block = Block(retry[1], line.number)
