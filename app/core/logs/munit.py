"""Reads what MUnit prints through sbt and mill."""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.jvm_dotnet import above_stack, milliseconds, of_class
from app.core.logs.sbt_levels import total_passes, unlevelled
from app.core.logs.session import Block, Session
from app.core.logs.telling import Telling
from app.core.model import Outcome

_SUITE = re.compile(r"((?:[\w$]{1,100}\.){0,40}[\w$]{1,200}):")
_PASSED = re.compile(r"  \+ (\S.{0,1500}) (\d{1,9}\.\d{1,9}s)")
_FAILED = re.compile(r"==> (X) (\S.{0,1500}?) {1,2}(\d{1,9}\.\d{1,9}s)(?: (.*))?")
_NOT_RUN = re.compile(r"==> ([is]) (\S.{0,1500}?) (?:ignored|skipped)(?: {1,2}(\d{1,9}\.\d{1,9}s))?( .*)?")
_NAME = re.compile(r"((?:[a-z_][\w$]{0,100}\.){0,40}[A-Z][\w$]{0,200})\.(\S.*)")
_OUTCOMES = {"X": Outcome.FAILED, "i": Outcome.SKIPPED, "s": Outcome.SKIPPED}


class MunitReader:
    """Reads the MUnit suites of one step; a project's suites are one session."""

    marks: ClassVar[tuple[bytes, ...]] = (b"==> X", b"==> i", b"==> s")

    def __init__(self) -> None:
        self._telling = Telling("munit", above_stack)
        self._start()

    def _start(self) -> None:
        self._suite = ""
        self._block: Block | None = None

    def read(self, line: Line) -> None:
        """Take the next line."""
        _, said = unlevelled(line.text)
        if said.startswith("==> "):
            self._read_other(said, line.number)
        elif said.startswith("  + ") and self._suite:
            self._read_passed(said, line.number)
        elif said.endswith(":") and (suite := _SUITE.fullmatch(said)):
            self._suite, self._block = suite[1], None
        elif (passes := total_passes(said)) is not None:
            self._close(is_complete=True, passes=passes)
        elif self._block is not None:
            self._keep(said)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._close(is_complete=False)
        return self._telling.take()

    def _close(self, *, is_complete: bool, passes: int = 0) -> None:
        # Passes alone are not enough to know MUnit by: other frameworks print them alike.
        if any(test.outcome is not Outcome.PASSED for test in self._telling.tests):
            self._telling.close(is_complete=is_complete, passes=passes)
        self._telling.forget()
        self._start()

    def _keep(self, said: str) -> None:
        if self._block is not None and (not said or said.startswith((" ", "\t"))):
            self._block.add(said.strip())
        elif self._block is not None and self._block.lines and len(self._block.lines) < 40:
            self._block.add(said)

    def _read_other(self, said: str, number: int) -> None:
        other = _FAILED.fullmatch(said) or _NOT_RUN.fullmatch(said)
        if other is None:
            return
        mark, label, seconds, message = other.groups()
        took = milliseconds(seconds) if seconds else None
        self._block = self._telling.add(of_class(*self._named(label), _OUTCOMES[mark], number, took))
        if message and self._block is not None:
            self._block.add(message)

    def _read_passed(self, said: str, number: int) -> None:
        passed = _PASSED.fullmatch(said)
        if passed is not None:
            took = milliseconds(passed[2])
            self._block = self._telling.add(of_class(self._suite, passed[1], Outcome.PASSED, number, took))

    def _named(self, label: str) -> tuple[str, str]:
        if self._suite and label.startswith(f"{self._suite}."):
            return self._suite, label[len(self._suite) + 1 :]
        named = _NAME.fullmatch(label)
        return (named[1], named[2]) if named else (self._suite, label)
