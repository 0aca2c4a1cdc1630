"""Reads what Boost.Test prints on a console: a line for each check that failed, with the path of its test, and a total."""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.session import MOST_FAILURES, Block, Session
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_CHECK = re.compile(
    r"\*{0,60}([^\s*].{0,500}?)(?:\(\d{1,7}\)|:\d{1,7}): (fatal error|error):? in \"([^\"]{1,500})\": (.*)"
)
_TOTAL = re.compile(
    r"\*\*\* (?:\d{1,9} failures? (?:is|are) detected|No errors detected|\d{1,9} failures? detected|.{0,80}errors? detected).*"
)
_NONE = "*** No errors detected"
_UNKNOWN = "unknown location"


class BoostReader:
    """Reads the Boost.Test programs of one step, one session each."""

    marks: ClassVar[tuple[bytes, ...]] = (
        b'error: in "',
        b'error in "',
        b"detected in the test module",
        b"*** No errors detected",
    )

    def __init__(self) -> None:
        self._telling = Telling("boost.test")
        self._is_owed = False
        self._start()

    def _start(self) -> None:
        self._failed: dict[str, Told] = {}
        self._block: Block | None = None

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if ('error: in "' in text or 'error in "' in text) and (check := _CHECK.fullmatch(text)):
            self._fail(check, line.number)
        elif text.startswith("*** ") and _TOTAL.fullmatch(text):
            self._total(has_failed=not text.startswith(_NONE))
        elif self._block is not None:
            self._keep(self._block, text)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._pay()
        self._start()
        return self._telling.take()

    def _total(self, *, has_failed: bool) -> None:
        """End a program; a total that comes before its checks, by the other of two streams, waits for them."""
        self._pay()
        if has_failed and not self._telling.tests:
            self._is_owed = True
        else:
            # It counts checks, of which a test may fail several.
            self._telling.close(is_complete=True, failures=int(has_failed))
        self._start()

    def _pay(self) -> None:
        if self._is_owed:
            self._telling.close(is_complete=True, failures=1)
            self._is_owed = False
            self._start()

    def _keep(self, block: Block, text: str) -> None:
        """Keep what stands below a check: its context, and the last place that an exception was near."""
        if text.startswith((" ", "Failure occurred in")) or "last checkpoint" in text:
            block.add(text)
        else:
            self._block = None

    def _fail(self, check: re.Match[str], number: int) -> None:
        """Take one check that failed; all those of one test are one execution."""
        file, word, path, said = check.groups()
        told = self._failed.get(path)
        if told is None:
            suite, _, name = path.rpartition("/")
            outcome = Outcome.ERROR if word == "fatal error" and file == _UNKNOWN else Outcome.FAILED
            told = Told(suite=suite, class_name=suite.replace("/", "."), name=name, outcome=outcome, number=number)
            told.file = None if file == _UNKNOWN else file
            told.message, told.block = said, Block(path, number)
            if len(self._failed) < MOST_FAILURES:
                self._failed[path] = told
            self._telling.add(told)
        self._block = told.block
        if self._block is not None:
            self._block.add(check[0])
