"""Reads what `dart test` and `flutter test` print: the compact and the expanded reporter, and the one for GitHub.

The first two write a line where a test starts, with the counts so far, and one with `[E]` where it failed; so only those are told.
"""

import re
from typing import ClassVar

from app.core.logs.clean import END_GROUP, GROUP, Line
from app.core.logs.session import MOST_FAILURES, Block, Session
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_LINE = re.compile(r"\d\d:\d\d(?::\d\d)? \+\d{1,6}(?: ~\d{1,6})?(?: -(\d{1,6}))?: (\S.*)")
_FAILED = " [E]"
_FILE = re.compile(r"(?:\[.{1,60}\] )?((?:[A-Za-z]:)?[^\s:]{1,500}_test\.dart): (\S.*)")
_LOADING = re.compile(r"loading (\S{1,500}\.dart)")
_MARKED = re.compile(r"(✅|❌|❎|⏭️?) ((?:[A-Za-z]:)?[^\s:]{1,500}\.dart): (\S.*?)(?: \((failed|skipped)\))?")
# Of one file alone the name is left out: what fails is a group with a mark like many a script's, and the total has to prove it.
_GROUPED = re.compile(r"❌ (\S.*) \(failed\)")
_ENDS = ("Some tests failed.", "All tests passed!", "All other tests passed!", "No tests ran.")
_TOTAL = re.compile(
    r"(?:🎉 )?\d{1,9} tests? passed(?:, \d{1,9} skipped)?(?:, (\d{1,9}) failed)?(?:, \d{1,9} skipped)?\."
)
_DETAILS, _METHOD, _END_OF_FAILURE = "Failure Details:", "Failure in method: ", "end of failure "
_AGAIN = "To run this test again: "


class DartReader:
    """Reads the sessions of Dart's test runner in one step."""

    marks: ClassVar[tuple[bytes, ...]] = (
        b" [E]",
        b"Some tests failed.",
        b"All tests passed!",
        b".dart: ",
        _METHOD.encode(),
        "❌ ".encode(),
    )

    def __init__(self) -> None:
        self._telling = Telling("dart test")
        self._is_driven = self._is_heard = False
        self._start()

    def _start(self) -> None:
        self._failed: dict[tuple[str, str], Told] = {}
        self._grouped: list[Told] = []
        self._again = 0
        self._block: Block | None = None
        self._is_group = False

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if text[2:3] == ":" and " +" in text[:12] and (started := _LINE.fullmatch(text)):
            self._read_line(started[2], int(started[1] or 0), line.number)
        elif text[:1] in "✅❌❎⏭" and text and (marked := _MARKED.fullmatch(text)):
            self._read_marked(marked, line.number)
            self._is_group = line.tag == GROUP
        elif line.tag == GROUP and (grouped := _GROUPED.fullmatch(text)):
            self._read_grouped(grouped[1], line.number)
        elif text.endswith(".") and " test" in text[:16] and (total := _TOTAL.fullmatch(text)):
            self._read_total(int(total[1] or 0))
        elif text.startswith(_METHOD) and self._is_driven:
            self._read_driven(text.removeprefix(_METHOD), line.number)
        elif text == _DETAILS or text.startswith(_END_OF_FAILURE):
            self._block, self._is_group = None, False
            self._is_driven = self._is_driven or text == _DETAILS
        elif self._is_group and line.tag == END_GROUP:
            self._block, self._is_group = None, False
        elif self._block is not None:
            self._keep(self._block, text)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._is_driven = self._is_heard = False
        self._start()
        return self._telling.take()

    def _close(self, failures: int) -> None:
        self._telling.close(is_complete=True, failures=max(failures - self._again, 0))
        self._start()

    def _keep(self, block: Block, text: str) -> None:
        if not self._is_group and (text.startswith(_AGAIN) or (text and text[:1] != " ")):
            self._block = None
        else:
            block.add(text.removeprefix("  "))

    def _read_line(self, said: str, failures: int, number: int) -> None:
        self._block, self._is_group = None, False
        if said in _ENDS:
            self._close(failures)
        elif said.endswith(_FAILED):
            self._is_heard = True
            title = said.removesuffix(_FAILED)
            loading = _LOADING.fullmatch(title)
            named = _FILE.fullmatch(title)
            file, name = (named[1], named[2]) if named else (loading[1] if loading else "", title)
            self._tell(file, name, Outcome.ERROR if loading else Outcome.FAILED, number)

    def _read_total(self, failures: int) -> None:
        for told in self._grouped:
            self._telling.add(told)
        if self._telling.tests:
            self._close(failures)

    def _read_grouped(self, name: str, number: int) -> None:
        self._block, self._is_group = None, True
        if len(self._grouped) < MOST_FAILURES:
            self._block = Block(name, number)
            self._grouped.append(
                Told(suite="", class_name="", name=name, outcome=Outcome.FAILED, number=number, block=self._block)
            )

    def _read_driven(self, name: str, number: int) -> None:
        """Read what `flutter drive` says of a test, by its name without its groups; a device that is heard told of it."""
        if not self._is_heard:
            self._tell("", name, Outcome.FAILED, number)
            self._is_group = True

    def _read_marked(self, marked: re.Match[str], number: int) -> None:
        mark, file, name, word = marked.groups()
        is_bad = mark in ("❌", "❎") and word != "skipped"
        outcome = Outcome.FAILED if is_bad else Outcome.PASSED if mark == "✅" else Outcome.SKIPPED
        self._block = None
        self._tell(file, name, outcome, number)

    def _tell(self, file: str, name: str, outcome: Outcome, number: int) -> None:
        """Tell of a test; one that fails again while it is torn down is the same execution."""
        told = self._failed.get((file, name))
        if told is None:
            told = Told(suite=file, class_name=file, name=name, outcome=outcome, number=number, file=file or None)
            if outcome.is_bad and len(self._failed) < MOST_FAILURES:
                self._failed[file, name] = told
                told.block = Block(name, number)
            self._telling.add(told)
        elif outcome.is_bad:
            # The same test on another platform, or its tear-down.
            self._again += 1
        self._block = told.block
