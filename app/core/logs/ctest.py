"""Reads what CTest prints: a line for each test that ended, what the test said where it was asked for, and a closing list."""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.session import MOST_FAILURES, Block, Session
from app.core.logs.telling import Telling, Told, seconds_ms
from app.core.model import Outcome

_PROJECT = "Test project "
_ENDED = re.compile(r" {0,12}(?:(\d{1,9})/(\d{1,9}) )?(?:MemCheck|Test) {1,9}#(\d{1,9}): ")
_STARTED = re.compile(r" {0,30}Start {1,9}(\d{1,9}): ")
_TOOK = re.compile(r"(\d{1,9}\.\d{1,3}) sec(?:\*proc)?$")
_SAID = re.compile(r"(\d{1,9}): ?")
_VERBOSE = ("Test command:", "Working Directory:", "Test timeout computed to be:", "Environment variables:")
_TOTAL = re.compile(r"\d{1,3}% tests passed, (\d{1,9}) ")
_LISTED = re.compile(
    r"\d{1,9} - (\S.{0,500}?) \(((?:Failed|Timeout|SEGFAULT|Not Run|[A-Z][\w ]{1,30}))\)(?:\s{1,90}\S.{0,500})?"
)
_FAILED_LIST = "The following tests FAILED:"
_STOPPED = "The stop time has been passed."
_NOT_RUN = "Not Run"


class CtestReader:
    """Reads the CTest sessions of one step."""

    marks: ClassVar[tuple[bytes, ...]] = (
        b"% tests passed",
        b"Test project ",
        b"***Failed",
        b"***Exception",
        b"***Timeout",
        b"***Not Run",
        b"The following tests FAILED:",
    )

    def __init__(self) -> None:
        self._telling = Telling("ctest")
        self._start()

    def _start(self) -> None:
        self._has_begun = self._has_total = self._is_listing = False
        self._count = ("", "")
        self._failures = 0
        self._said: dict[str, Block] = {}
        self._block: Block | None = None
        self._bad: set[str] = set()

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        said = text.lstrip()
        if text.startswith(_PROJECT):
            self._close()
            self._has_begun = True
        elif "est" in text and " #" in text and (ended := _ENDED.match(text)):
            self._end(ended, text[ended.end() :], line.number)
        elif "% tests passed" in said and (total := _TOTAL.match(said)):
            # The end of a log alone, as a script shows it, has the totals and the list.
            self._has_begun = self._has_total = True
            self._failures, self._block = int(total[1]), None
        elif said.startswith("The following tests ") and (self._has_total or said == _FAILED_LIST):
            self._has_begun, self._is_listing = True, said == _FAILED_LIST
        elif not self._has_begun:
            return
        elif self._is_listing:
            self._read_list(line)
        elif "Start " in text and (started := _STARTED.match(text)):
            self._begin(started[1], line.number)
        else:
            self._keep(text)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._close()
        return self._telling.take()

    def _close(self) -> None:
        if self._has_total and self._count[0] != self._count[1]:
            self._telling.stopped = f"ctest ran {self._count[0]} of {self._count[1]} tests"
        if self._telling.tests or self._has_total:
            self._telling.close(is_complete=self._has_total, failures=self._failures)
        self._start()

    def _begin(self, number: str, at: int) -> None:
        self._block = None
        if len(self._said) < MOST_FAILURES:
            self._said[number] = Block("", at)

    def _end(self, ended: re.Match[str], rest: str, at: int) -> None:
        """Read the end of one execution; one that is repeated ends as often as it was run."""
        name, padding, said = rest.partition(" ...")
        took = _TOOK.search(said)
        if not padding or (took is None and "***" not in said):
            return
        self._has_begun = True
        self._count = (ended[1], ended[2]) if ended[1] else self._count
        outcome = _outcome(said)
        block = self._said.pop(ended[3], None) or Block("", at)
        self._block = block if outcome.is_bad else None
        reason = said[: took.start()] if took else said
        told = self._tell(name.strip(), outcome, at, reason.lstrip(".").replace("***", " ").strip(), block)
        told.duration_ms = seconds_ms(took[1]) if took else None

    def _tell(self, name: str, outcome: Outcome, at: int, reason: str, block: Block) -> Told:
        if outcome.is_bad:
            self._bad.add(name)
        told = Told(name=name, class_name=name, outcome=outcome, number=at, block=block)
        # Only a word that says more than that the test failed is worth more than what the test said itself.
        told.message = None if reason == "Failed" else " ".join(reason.split())
        self._telling.add(told)
        return told

    def _read_list(self, line: Line) -> None:
        """Read the closing list, which names what a quiet run did not show."""
        listed = _LISTED.fullmatch(line.text.lstrip()) if " - " in line.text else None
        if listed is not None and listed[1] not in self._bad:
            outcome = Outcome.ERROR if listed[2].startswith(_NOT_RUN) else Outcome.FAILED
            self._tell(listed[1], outcome, line.number, listed[2], Block("", line.number))
        elif listed is None and line.text.strip():
            self._is_listing = False

    def _keep(self, text: str) -> None:
        said = _SAID.match(text) if text[:1].isdigit() else None
        if said is not None and said[1] in self._said:
            words = text[said.end() :]
            if not words.startswith(_VERBOSE):
                self._said[said[1]].add(words)
        elif self._block is not None:
            if not (text.startswith("test ") and text[5:].isdigit()):
                self._block.add(text)
        elif text.startswith(_STOPPED):
            self._telling.stopped = "ctest's time had passed"


def _outcome(said: str) -> Outcome:
    """Return how a test ended by the words behind its name; one that could not be run counts as failed for CTest."""
    words = said.lstrip(".")
    if words.lstrip().startswith("Passed"):
        return Outcome.PASSED
    if "***Skipped" in words or "(Disabled)" in words:
        return Outcome.SKIPPED
    return Outcome.ERROR if f"***{_NOT_RUN}" in words else Outcome.FAILED
