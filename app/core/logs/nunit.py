"""Reads what NUnit's console and NUnitLite print: a numbered list of what did not pass, and counts (versions 2 and 3)."""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.dotnet_names import own_frame, split_name
from app.core.logs.session import MOST_FAILURES, Block, Session
from app.core.logs.told import ToldTest, result
from app.core.model import Outcome

_LISTS = ("Errors, Failures and Warnings", "Errors and Failures", "Tests Not Run", "Tests not run")
_ENTRY = re.compile(
    r"\d{1,7}\) (?:(?:Test )?(Failed|Failure|Error|Invalid|Warning|Ignored|Explicit|Skipped|Inconclusive)(?: on \w{1,40})?) : (\S.{0,2000})"
)
_OUTCOMES = {
    "Failed": Outcome.FAILED,
    "Failure": Outcome.FAILED,
    "Error": Outcome.ERROR,
    "Invalid": Outcome.ERROR,
    "Warning": Outcome.PASSED,
    "Inconclusive": Outcome.SKIPPED,
    "Ignored": Outcome.SKIPPED,
    "Explicit": Outcome.SKIPPED,
    "Skipped": Outcome.SKIPPED,
}
_NEW_COUNTS = re.compile(
    r" {1,8}(?:Test Count|Tests run): \d{1,9}, Pass(?:ed)?: (\d{1,9}), (?:Fail(?:ed|ures)?|Errors): \d{1,9}"
)
_OLD_COUNTS = re.compile(r"Tests run: \d{1,9}, Errors: \d{1,9}, Failures: \d{1,9}, Inconclusive: \d{1,9}")
_ENDS = ("Run Settings", "Test Run Summary", "Test Settings", "Test Files")
_FAILED = re.compile(r", (?:Fail(?:ed|ures)?|Errors): (\d{1,9})")
_OF_FIXTURE = "OneTimeSetUp"
_STOPPED = "Execution terminated after first error"


class NunitReader:
    """Reads the NUnit console sessions of one step."""

    marks: ClassVar[tuple[bytes, ...]] = (
        b"Errors, Failures and Warnings",
        b"Errors and Failures",
        b"Test Count: ",
        b", Inconclusive: ",
    )

    def __init__(self) -> None:
        self._done: list[Session] = []
        self._start()

    def _start(self) -> None:
        self._tests: list[ToldTest] = []
        self._is_listing = False
        self._is_counted = False
        self._passes = self._failures = 0
        self._block: Block | None = None
        self._stopped: str | None = None

    def read(self, line: Line) -> None:
        """Take the next line. Version 2 counts before its lists, version 3 after them."""
        text = line.text
        if text.startswith(_LISTS):
            self._is_listing, self._block = True, None
        elif text.startswith("Tests run: ") and _OLD_COUNTS.match(text):
            self._close()
            self._is_counted = True
            self._failures = sum(map(int, _FAILED.findall(text)))
        elif text.startswith(" ") and ", Pass" in text and (counts := _NEW_COUNTS.match(text)):
            self._is_counted = True
            self._passes = int(counts[1])
            self._failures = sum(map(int, _FAILED.findall(text)))
            self._close()
        elif _STOPPED in text:
            self._stopped = "NUnit stopped at the first failure"
        elif self._is_listing:
            self._read_listed(text, line.number)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._close()
        done, self._done = self._done, []
        return done

    def _read_listed(self, text: str, number: int) -> None:
        entry = _ENTRY.fullmatch(text) if ") " in text[:10] else None
        if entry is not None:
            self._add(entry[2], _OUTCOMES[entry[1]], number)
        elif text.startswith(_ENDS):
            self._is_listing, self._block = False, None
        elif self._block is not None:
            self._block.add(text)

    def _add(self, label: str, outcome: Outcome, number: int) -> None:
        self._block = None
        if len(self._tests) < MOST_FAILURES:
            class_name, name = split_name(label)
            test = ToldTest(class_name, name, outcome, number, class_name)
            test.block = self._block = Block(name, number)
            self._tests.append(test)

    def _close(self) -> None:
        for test in self._tests:
            if test.block is not None and test.outcome.is_bad:
                class_name, test.file = own_frame(test.block, test.name)
                test.class_name = test.suite = test.class_name or class_name
        # The tests of a fixture that could not be set up are counted, and not named.
        has_fixture = any(_OF_FIXTURE in line for one in self._tests if one.block for line in one.block.lines)
        if self._tests or self._is_counted:
            session = Session(
                runner="nunit",
                results=tuple(map(result, self._tests)),
                is_complete=self._is_counted,
                stopped_early=self._stopped,
                passes=self._passes,
                failures=0 if has_fixture else self._failures,
            )
            self._done.append(session)
        self._start()
