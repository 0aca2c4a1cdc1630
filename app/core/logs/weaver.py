"""Reads what weaver-test prints through sbt and mill: what failed is told behind all suites, below a headline of stars."""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.jvm_dotnet import above_stack, milliseconds, of_class
from app.core.logs.sbt_levels import total_passes, unlevelled
from app.core.logs.session import Block, Session
from app.core.logs.telling import Telling
from app.core.model import Outcome

_HEADLINE = "*************FAILURES**************"
_SUITE = re.compile(r"(?:[a-z_]\w{0,100}\.){0,40}[A-Z][\w$]{0,200}")
_TEST = re.compile(r"- (\S.{0,1500}?)(?: (\d{1,9}(?::\d\d)?(?:ms|s|:?min)))?")


class WeaverReader:
    """Reads the weaver suites of one step; a project's suites are one session."""

    marks: ClassVar[tuple[bytes, ...]] = (_HEADLINE.encode(),)

    def __init__(self) -> None:
        self._telling = Telling("weaver", above_stack)
        self._start()

    def _start(self) -> None:
        self._is_telling = False
        self._suite = ""
        self._block: Block | None = None

    def read(self, line: Line) -> None:
        """Take the next line."""
        _, said = unlevelled(line.text)
        if said == _HEADLINE:
            self._is_telling, self._suite, self._block = True, "", None
        elif not self._is_telling:
            return
        elif (passes := total_passes(said)) is not None:
            self._close(is_complete=True, passes=passes)
        elif said.startswith("- ") and self._suite and (test := _TEST.fullmatch(said)):
            took = milliseconds(test[2]) if test[2] and ":" not in test[2] else None
            self._block = self._telling.add(of_class(self._suite, test[1], Outcome.FAILED, line.number, took))
        elif said[:1].strip():
            suite = _SUITE.fullmatch(said)
            self._suite, self._block = suite[0] if suite else "", None
        elif self._block is not None:
            self._block.add(said.removeprefix("  "))

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._close(is_complete=False)
        return self._telling.take()

    def _close(self, *, is_complete: bool, passes: int = 0) -> None:
        if self._telling.tests:
            self._telling.close(is_complete=is_complete, passes=passes)
        self._start()
