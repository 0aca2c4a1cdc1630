"""Reads what Julia's Test library prints: a block for each check that failed, named by its test set, and a table of counts."""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.session import MOST_FAILURES, Block, Session
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_HEAD = re.compile(r"(\S.{0,500}?): (Test Failed|Error During Test|Unexpected Pass) at (\S.{0,500}?):\d{1,7}")
# The runner of Julia's own tests, and those that copy it, write the test set in a line of its own.
_IN_TEST_SET = "Error in testset "
_BELOW = re.compile(r"(?:Test Failed|Error During Test|Unexpected Pass) at \S.{0,500}?:\d{1,7}")
_TABLE = re.compile(r"Test Summary: {1,200}\| .*")
_ENDED = re.compile(r"(?:ERROR: (?:LoadError: )?)?Some tests did not pass: \d+ passed, (\d+) failed, (\d+) errored, .*")


class JuliaReader:
    """Reads the test runs of Julia in one step; a test is a test set, since checks have no names."""

    marks: ClassVar[tuple[bytes, ...]] = (
        b"Test Summary:",
        b": Test Failed at ",
        b": Error During Test at ",
        b"Error in testset ",
    )

    def __init__(self) -> None:
        self._telling = Telling("julia")
        self._start()

    def _start(self) -> None:
        self._told: dict[tuple[str, str], Told] = {}
        self._block: Block | None = None
        self._has_table = False
        self._test_set = ""

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if self._test_set and _BELOW.fullmatch(text):
            text = f"{self._test_set}: {text}"
        self._test_set = text.removeprefix(_IN_TEST_SET).rstrip(":") if text.startswith(_IN_TEST_SET) else ""
        if self._test_set:
            self._block = None
        elif " at " in text and (head := _HEAD.fullmatch(text)):
            self._open(head, line.number)
        elif text.startswith("Test Summary:") and _TABLE.fullmatch(text):
            self._has_table, self._block = True, None
        elif "Some tests did not pass" in text and (ended := _ENDED.fullmatch(text)):
            # It counts checks, of which a test set may fail several.
            self._close(failures=min(int(ended[1]) + int(ended[2]), 1))
        elif self._block is not None:
            self._block.add(text)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._close()
        return self._telling.take()

    def _open(self, head: re.Match[str], number: int) -> None:
        if self._has_table:
            self._close()
        name, word, file = head.groups()
        outcome = Outcome.ERROR if word.startswith("Error") else Outcome.FAILED
        told = self._told.get((file, name))
        if told is None:
            told = Told(name=name, outcome=outcome, number=number, file=file, block=Block(name, number))
            if len(self._told) < MOST_FAILURES:
                self._told[file, name] = told
            self._telling.add(told)
        self._block = told.block

    def _close(self, *, failures: int = 0) -> None:
        if self._telling.tests or self._has_table:
            self._telling.close(is_complete=self._has_table, failures=failures)
        self._start()
