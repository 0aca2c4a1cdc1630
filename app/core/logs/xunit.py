"""Reads what xUnit.net's own console runners print (v1 to v3); under `dotnet test` VSTest tells the same, and is read."""

import re
from dataclasses import replace
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.dotnet_names import place, split_name
from app.core.logs.jvm_dotnet import above_stack, of_class
from app.core.logs.session import Block, Session
from app.core.logs.telling import Telling
from app.core.model import Outcome

_TEST = re.compile(r" {4}(\S.{0,2000}) \[(FAIL|SKIP|PASS)\]")
_OUTCOMES = {"FAIL": Outcome.FAILED, "SKIP": Outcome.SKIPPED, "PASS": Outcome.PASSED}
_BROKEN = re.compile(
    r"\[(?:Test (?:Assembly|Collection|Class|Case|Method) )?[\w ]{0,40}Cleanup Failure(?: \(.{0,1000}\))?\]"
)
_TOTAL = re.compile(
    r".{0,300}Total: {1,12}(\d{1,9}), Errors: {1,12}\d{1,9}, Failed: {1,12}(\d{1,9}), Skipped: {1,12}(\d{1,9})(?:, Not Run: {1,12}(\d{1,9}))?"
)
_BEGINS = ("  Discovering: ", "  Starting: ")


class XunitReader:
    """Reads the xUnit.net console sessions of one step."""

    marks: ClassVar[tuple[bytes, ...]] = (b"TEST EXECUTION SUMMARY", b"xUnit.net Console", b"xUnit.net v")

    def __init__(self) -> None:
        self._telling = Telling("xunit", above_stack)
        self._start()

    def _start(self) -> None:
        self._has_begun = self._is_after_total = False
        self._block: Block | None = None

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if text.startswith("    ") and text.endswith("]") and (test := _TEST.fullmatch(text)):
            self._read_test(test, line.number)
        elif "Errors: " in text and (total := _TOTAL.match(text)):
            self._read_total([int(count or 0) for count in total.groups()])
        elif text.startswith(_BEGINS):
            self._has_begun, self._is_after_total = True, False
            self._block = None
        elif self._block is not None:
            self._keep(text)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        if self._telling.tests:
            self._close(is_complete=False)
        self._start()
        return self._telling.take()

    def _keep(self, text: str) -> None:
        if self._block is None or (text and not text.startswith("     ")):
            self._block = None
        else:
            self._block.add(text.removeprefix("      "))

    def _read_test(self, match: re.Match[str], number: int) -> None:
        self._block = None
        if not self._has_begun:
            return
        outcome = Outcome.ERROR if _BROKEN.fullmatch(match[1]) else _OUTCOMES[match[2]]
        test = of_class(*split_name(match[1]), outcome, number)
        if outcome is Outcome.SKIPPED:
            test.block = Block(test.name, number)
        self._block = self._telling.add(test)

    def _read_total(self, counts: list[int]) -> None:
        """End a session; where several assemblies ran, all of their lines stand below the tests of all."""
        total, failed, *others = counts
        passes = max(total - failed - sum(others), 0)
        if self._is_after_total and self._telling.done:
            last = self._telling.done[-1]
            self._telling.done[-1] = replace(last, passes=last.passes + passes, failures=last.failures + failed)
        else:
            self._close(is_complete=True, passes=passes, failures=failed)
        self._is_after_total = True

    def _close(self, *, is_complete: bool, passes: int = 0, failures: int = 0) -> None:
        place(self._telling.tests)
        if self._telling.tests or self._has_begun:
            self._telling.close(is_complete=is_complete, passes=passes, failures=failures)
        self._block = None
