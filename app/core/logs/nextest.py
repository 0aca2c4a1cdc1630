"""Reads what `cargo nextest` prints: a line for each execution, what the failed ones printed, and all failures once more.

The words and their columns are those of nextest-runner's displayer; a status fills twelve columns, right-aligned.
"""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.rust_failures import file, message
from app.core.logs.session import MOST_TESTS, Block, Session
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_STATUS = re.compile(
    r" {0,11}(\S.{2,13}) \[ {0,12}(?:(\d{1,9}\.\d{1,9})s|duration| {0,12})\] "
    r"(?:\[\d{1,9}(?:/\d{1,9})?\] )?(?:\([ \d]{1,9}/ {0,8}\d{1,9}\) |\([\u2500-]{1,20}\) )?(\S{1,300}) +(\S.{0,1000})"
)
_PASSED = frozenset({"PASS", "LEAK", "TIMEOUT-PASS", "SLOW", "SLOW + LEAK", "SLOW+TMPASS", "TMPASS"})
_FAILED = frozenset({"FAIL", "FAIL + LEAK", "LEAK-FAIL", "LKFAIL", "FL+LK", "TIMEOUT", "TMT", "ABORT"})
_NO_EXECUTION = "XFAIL"
_SIGNALS = frozenset(
    [
        "HUP",
        "INT",
        "QUIT",
        "ILL",
        "TRAP",
        "ABRT",
        "BUS",
        "FPE",
        "KILL",
        "USR1",
        "SEGV",
        "USR2",
        "PIPE",
        "ALRM",
        "TERM",
        "STKFLT",
        "CHLD",
        "STOP",
        "XCPU",
        "XFSZ",
        "SYS",
    ]
)
_TRY = re.compile(r"TRY \d{1,4} (\S.*)")
_FLAKY = re.compile(r"(?:FLAKY|FLKY-FL) (\d{1,4})/\d{1,4}")
_SUMMARY = re.compile(r" +Summary \[[^\]]{1,20}\] +(\d{1,9})(?:/(\d{1,9}))? tests? run: (\d{1,9}) passed(.*)")
_NOT_PASSED = re.compile(r", (\d{1,9}) (?:failed|exec failed|timed out)")
_STRESS = re.compile(r" +Summary \[[^\]]{1,20}\] +(\d{1,9})(?:/(\d{1,9}))? stress run iterations?: .*")
_BEGIN = re.compile(r" +Starting \d{1,9} tests? across \d{1,9} binar(?:y|ies).*")
_RUN = " Nextest run ID "
_CANCELLED = re.compile(r" *Cancell?ing (?:\[[^\]]{1,20}\] )?due to ([\w -]{1,40})")
# Three generations of it: up to 2024, early in 2025, since then.
_OUTPUT = re.compile(
    r"--- (?:TRY \d{1,4} )?STD(?:OUT|ERR): .* ---"
    r"|\u2500{4} (?:TRY \d{1,4} )?(?:STDOUT|STDERR|OUTPUT): .*"
    r"|  (?:stdout|stderr|output) \u2500\u2500\u2500.*"
)
_OUTPUTS = ("  std", "  output ", "--- STD", "--- TRY ", "\u2500\u2500\u2500\u2500 ")
# Tests rule lines of their own, of other lengths.
_RULES = frozenset({"\u2500" * 12, "-" * 12})
_FIRST = frozenset(" -\u2500T")
_MOST_TRIES = 50


class NextestReader:
    """Reads the nextest runs of one step."""

    marks: ClassVar[tuple[bytes, ...]] = (
        b" Summary",
        b"Nextest run ID",
        b" across ",
        b"    FAIL",
        b" TRY ",
        b"    SIG",
    )

    def __init__(self) -> None:
        self._telling = Telling("nextest")
        self._start()

    def _start(self) -> None:
        self._known: dict[tuple[str, str], Told] = {}
        self._block: Block | None = None
        self._is_output = self._is_old_output = self._is_final = False
        self._passes = self._failures = 0

    @property
    def is_quoting(self) -> bool:
        """Say whether nextest is repeating what a test printed, which is the output of a whole libtest run."""
        return self._is_output

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if text[:1] not in _FIRST and not self._is_output:
            return
        if text[12:14] in (" [", "[ ") or text[13:15] == " [":
            status = _STATUS.fullmatch(text)
            if status is not None and self._read_status(status, line.number):
                return
        if self._known and text.startswith(_OUTPUTS) and _OUTPUT.fullmatch(text):
            self._is_output, self._is_old_output = True, not text.startswith(" ")
        elif "Summary [" in text[:20] and (summary := _SUMMARY.fullmatch(text)):
            self._end(summary[1], summary[2], int(summary[3]))
            self._failures = sum(map(int, _NOT_PASSED.findall(summary[4])))
        elif "Summary [" in text[:20] and (stress := _STRESS.fullmatch(text)):
            # It counts runs of all tests; each execution has its own line above.
            self._end(stress[1], stress[2], 0)
        elif text.startswith(_RUN) or ("Starting " in text[:14] and _BEGIN.fullmatch(text)):
            self._begin()
        elif "ancel" in text[:12] and (cancelled := _CANCELLED.match(text)):
            self._is_output = False
            self._telling.stopped = f"nextest was cancelled: {cancelled[1].strip()}"
        else:
            self._read_output(text)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._close()
        self._start()
        return self._telling.take()

    def _begin(self) -> None:
        # Both lines of a beginning come one after the other: only the first ends what was read before.
        if self._known or self._is_final:
            self._close()
        self._start()

    def _close(self) -> None:
        for told in self._telling.tests:
            if told.block is not None and told.block.lines:
                told.message, told.file = message(told.block.lines), file(told.block.lines)
        if self._is_final:
            self._telling.close(is_complete=True, passes=self._passes, failures=self._failures)
        elif self._telling.tests:
            self._telling.close(is_complete=False)

    def _end(self, ran: str, of: str | None, passes: int) -> None:
        if self._is_final:
            self._begin()
        if of is not None and ran != of:
            self._telling.stopped = self._telling.stopped or f"nextest ran {ran} of {of}"
        self._is_final, self._is_output, self._block = True, False, None
        self._passes = passes

    def _read_output(self, text: str) -> None:
        if not self._is_output:
            return
        if text in _RULES:
            self._is_output = False
        elif self._is_old_output or not text or text.startswith("    "):
            if self._block is not None:
                self._block.add(text if self._is_old_output else text.removeprefix("    "))
        else:
            self._is_output = False

    def _read_status(self, status: re.Match[str], number: int) -> bool:
        """Read the line of one execution; tell whether it is one."""
        word, seconds, binary, name = status.groups()
        tried = _TRY.fullmatch(word)
        flaky = _FLAKY.fullmatch(word)
        outcome = Outcome.PASSED if flaky else _outcome(tried[1] if tried else word)
        if outcome is None or (word.startswith("SLOW") and not self._is_final):
            return False
        self._is_output, self._block = False, None
        known = self._known.get((binary, name))
        if self._is_final and known is not None:
            # The closing list repeats; what failed may be told at length only there.
            self._block = known.block if known.block and not known.block.lines else None
            return True
        for _ in range(min(int(flaky[1]) - 1, _MOST_TRIES) if flaky else 0):
            self._add(binary, name, Outcome.FAILED, number)
        told = self._add(binary, name, outcome, number)
        told.duration_ms = round(float(seconds) * 1000) if seconds else None
        return True

    def _add(self, binary: str, name: str, outcome: Outcome, number: int) -> Told:
        """Name a test as nextest's own JUnit report does: its binary is suite and class."""
        told = Told(suite=binary, class_name=binary, name=name, outcome=outcome, number=number)
        if outcome.is_bad:
            told.block = self._block = Block(name, number)
        self._telling.add(told)
        if len(self._known) < MOST_TESTS:
            self._known[binary, name] = told
        return told


def _outcome(word: str) -> Outcome | None:
    if word in _PASSED:
        return Outcome.PASSED
    if word in _FAILED or word.removeprefix("SIG").strip() in _SIGNALS or word.startswith("SIG "):
        return Outcome.FAILED
    if word == _NO_EXECUTION:
        return Outcome.ERROR
    return Outcome.SKIPPED if word == "SKIP" else None
