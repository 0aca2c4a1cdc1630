"""Reads what NUnit's console and NUnitLite print: a numbered list of what did not pass, and counts (versions 2 and 3)."""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.dotnet_names import place, split_name
from app.core.logs.jvm_dotnet import above_stack, of_class
from app.core.logs.session import Block, Session
from app.core.logs.telling import Telling
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
        self._telling = Telling("nunit", above_stack)
        self._start()

    def _start(self) -> None:
        self._telling.forget()
        self._is_listing = False
        self._is_counted = False
        self._passes = self._failures = 0
        self._block: Block | None = None

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
            self._telling.stopped = "NUnit stopped at the first failure"
        elif self._is_listing:
            self._read_listed(text, line.number)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._close()
        return self._telling.take()

    def _read_listed(self, text: str, number: int) -> None:
        entry = _ENTRY.fullmatch(text) if ") " in text[:10] else None
        if entry is not None:
            test = of_class(*split_name(entry[2]), _OUTCOMES[entry[1]], number)
            test.block = test.block or Block(test.name, number)
            self._block = self._telling.add(test)
        elif text.startswith(_ENDS):
            self._is_listing, self._block = False, None
        elif self._block is not None:
            self._block.add(text)

    def _close(self) -> None:
        tests = self._telling.tests
        place(tests)
        # The tests of a fixture that could not be set up are counted, and not named.
        has_fixture = any(_OF_FIXTURE in line for one in tests if one.block for line in one.block.lines)
        if tests or self._is_counted:
            failures = 0 if has_fixture else self._failures
            self._telling.close(is_complete=self._is_counted, passes=self._passes, failures=failures)
        self._start()
