"""Reads what Microsoft.Testing.Platform prints, which MSTest, NUnit, xUnit v3 and TUnit may run on."""

import re
from dataclasses import replace
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.dotnet_names import own_frame, split_name
from app.core.logs.session import MOST_FAILURES, MOST_TESTS, Block, Session
from app.core.logs.told import ToldTest, milliseconds, result, without_namesakes
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
        self._done: list[Session] = []
        self._start()

    def _start(self) -> None:
        self._tests: list[ToldTest] = []
        self._block: Block | None = None

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if text.startswith(("failed ", "passed ", "skipped ")) and (test := _TEST.fullmatch(text)):
            self._add(test, line.number)
        elif text.startswith("Test run summary: ") and (summary := _SUMMARY.fullmatch(text)):
            self._close(stopped=_STOPS.get(summary[1].partition(" - ")[0].rstrip("!")), is_complete=True)
        elif self._done and text.startswith(("  succeeded: ", "  failed: ")) and (count := _COUNT.fullmatch(text)):
            last, number = self._done[-1], int(count[2])
            self._done[-1] = replace(last, failures=number) if count[1] == "failed" else replace(last, passes=number)
        elif self._block is not None:
            self._keep(text)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        if self._tests:
            self._close(stopped=None, is_complete=False)
        done, self._done = self._done, []
        return done

    def _keep(self, text: str) -> None:
        """Keep a line of a failure: all of them are indented, the assembly's name first."""
        if self._block is None or (text and not text.startswith(" ")):
            self._block = None
        elif not text.startswith(_SOURCE) or self._block.lines:
            self._block.add(text.removeprefix("  "))

    def _add(self, match: re.Match[str], number: int) -> None:
        self._block = None
        if len(self._tests) >= MOST_TESTS:
            return
        class_name, name = split_name(match[2])
        test = ToldTest(class_name, name, _OUTCOMES[match[1]], number, class_name, milliseconds(match[3]))
        if test.outcome.is_bad and len(self._tests) < MOST_FAILURES:
            test.block = self._block = Block(name, number)
        self._tests.append(test)

    def _close(self, *, stopped: str | None, is_complete: bool) -> None:
        for test in self._tests:
            if test.block is not None:
                class_name, test.file = own_frame(test.block, test.name)
                test.class_name = test.suite = test.class_name or class_name
        results = tuple(map(result, without_namesakes(self._tests)))
        self._done.append(
            Session(
                runner="microsoft.testing.platform", results=results, is_complete=is_complete, stopped_early=stopped
            )
        )
        self._start()
