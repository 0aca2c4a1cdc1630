"""Reads what Microsoft.Testing.Platform prints, which MSTest, NUnit, xUnit v3 and TUnit may run on."""

import re
from dataclasses import replace
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.dotnet_names import place, split_name
from app.core.logs.jvm_dotnet import above_stack, milliseconds, of_class, without_namesakes
from app.core.logs.session import Block, Session
from app.core.logs.telling import Telling
from app.core.model import Outcome

_TEST = re.compile(r"(failed|passed|skipped)(?: \((?:canceled|timed out|error)\))? (\S.{0,2000}) \((\d[\w ]{0,40}s)\)")
_OUTCOMES = {"failed": Outcome.FAILED, "passed": Outcome.PASSED, "skipped": Outcome.SKIPPED}
_SUMMARY = re.compile(r"Test run summary: (\S.{0,200}?)!? ?(?:- .*)?")
_STOPS = {
    "Aborted": "the run of .NET's tests was aborted",
    "Test session was aborted": "the run of .NET's tests was aborted",
    "Canceled": "the run of .NET's tests was cancelled",
    "Zero tests ran": "no test of .NET's ran",
}
_COUNT = re.compile(r"  (failed|succeeded): (\d{1,9})")
_SOURCE = "  from "


class MtpReader:
    """Reads the sessions of Microsoft.Testing.Platform in one step."""

    marks: ClassVar[tuple[bytes, ...]] = (b"Test run summary: ", b"Running tests from ", b"Microsoft.Testing.Platform")

    def __init__(self) -> None:
        self._telling = Telling("microsoft.testing.platform", above_stack)
        self._start()

    def _start(self) -> None:
        self._block: Block | None = None

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if text.startswith(("failed ", "passed ", "skipped ")) and (test := _TEST.fullmatch(text)):
            self._read_test(test, line.number)
        elif text.startswith("Test run summary: ") and (summary := _SUMMARY.fullmatch(text)):
            self._telling.stopped = _STOPS.get(summary[1].partition(" - ")[0].rstrip("!"))
            self._close(is_complete=True)
        elif (
            self._telling.done and text.startswith(("  succeeded: ", "  failed: ")) and (said := _COUNT.fullmatch(text))
        ):
            done, number = self._telling.done, int(said[2])
            done[-1] = replace(done[-1], failures=number) if said[1] == "failed" else replace(done[-1], passes=number)
        elif self._block is not None:
            self._keep(text)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        if self._telling.tests:
            self._close(is_complete=False)
        return self._telling.take()

    def _keep(self, text: str) -> None:
        """Keep a line of a failure: all of them are indented, the assembly's name first."""
        if self._block is None or (text and not text.startswith(" ")):
            self._block = None
        elif not text.startswith(_SOURCE) or self._block.lines:
            self._block.add(text.removeprefix("  "))

    def _read_test(self, match: re.Match[str], number: int) -> None:
        names, took = split_name(match[2]), milliseconds(match[3])
        self._block = self._telling.add(of_class(*names, _OUTCOMES[match[1]], number, took))

    def _close(self, *, is_complete: bool) -> None:
        place(self._telling.tests)
        self._telling.tests = without_namesakes(self._telling.tests)
        self._telling.close(is_complete=is_complete)
        self._start()
