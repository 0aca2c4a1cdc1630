"""Reads what `dotnet test` and vstest.console print: tests with their times, blocks of failures, totals of an assembly.

Under the terminal logger failures are build errors (TESTERROR). xUnit's own lines (`[xUnit.net 00:00:01.23] x [FAIL]`) only
announce what is told right after, and are all that names a failure where the verbosity is quiet.
"""

import re
from collections.abc import Callable
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.dotnet_names import place, split_name
from app.core.logs.jvm_dotnet import above_stack, milliseconds, of_class, without_namesakes
from app.core.logs.session import MOST_FAILURES, Block, Session
from app.core.logs.telling import Telling
from app.core.model import Outcome

_OUTCOMES = {
    "Passed": Outcome.PASSED,
    "Failed": Outcome.FAILED,
    "Skipped": Outcome.SKIPPED,
    "V": Outcome.PASSED,
    "√": Outcome.PASSED,
    "X": Outcome.FAILED,
    "!": Outcome.SKIPPED,
}
_TIMED = re.compile(r"  (Passed|Failed|Skipped|[VX√!]) (\S.{0,2000}?) \[((?:< )?\d[\w ]{0,30})\]")
_UNTIMED = re.compile(r"  ([X!]|Skipped) (\S.{0,2000})")
_OLD = re.compile(r"(Passed {3}|Failed {3}|Skipped {2})(\S.{0,2000})")
# Where the beginning of a run is cut off, the totals have to prove it.
_OLD_HEADLESS = re.compile(r"(Failed {3})([^\W\d]\w{0,200}(?:[.+]\w{1,200}){1,20}(?:\(.{0,1000}\))?)")
_LOGGED = "error TESTERROR:"
_ERROR = re.compile(r"\s{0,12}(\S.{0,2000}?) \(((?:< )?\d[\w ]{0,30})\): (?:[^:]{1,40}:)? ?(.*)")
# Said by vstest.console, too, which names no assembly.
_HEAD = "Starting test execution, please wait..."
_STARTS = re.compile(r"Test run for \S.{0,1000}(?:\.dll|\.exe)")
_ANNOUNCED = re.compile(r"\[xUnit\.net [\d:.]{5,20}\] {5}(\S.{0,2000}) \[FAIL\]")
_COUNTS = re.compile(
    r"(?:Failed|Passed|Skipped)! {1,2}- Failed: {1,9}(?P<failed>\d{1,9}), Passed: {1,9}(?P<passed>\d{1,9}),"
)
_TOTAL = re.compile(r"Total tests: \d{1,9}(?:\. Passed: (?P<passed>\d{1,9})\..{0,100})?")
_PASSED = re.compile(r" {3,9}Passed: (\d{1,9})")
_LOGGED_TOTAL = re.compile(r"Test summary: total: \d{1,9}, failed: \d{1,9}, succeeded: (?P<passed>\d{1,9})")
_NO_TESTS = "No test is available in "
_ABORTS = ("Test Run Aborted", "The active test run was aborted", "Testhost process", "The test run was aborted")
# The names stand on the lines below, to the first empty one.
_RUNNING = ("The test running when the crash occurred:", "The tests running when the crash occurred:")
_NAME = re.compile(r"\s{0,8}([^\W\d]\w{0,200}(?:[.+]\w{1,200}){1,20}(?:\(.{0,1000}\))?)")
_BOUNDS = ("Test run for ", "Total tests:", "Test Run ", "Failed!  -", "Passed!  -", "Results File:", "Attachments:")


class VstestReader:
    """Reads the VSTest runs of one step; the assemblies that it runs side by side are one session."""

    marks: ClassVar[tuple[bytes, ...]] = (
        b"Test run for ",
        b"  - Failed: ",
        b"Total tests: ",
        b"TESTERROR",
        b"Test Run Failed",
        b"Starting test execution, please wait",
    )

    def __init__(self) -> None:
        self._telling = Telling("vstest", above_stack)
        self._start()

    def _start(self) -> None:
        self._telling.forget()
        self._block: Block | None = None
        self._awaited: Callable[[Line], None] | None = None
        self._begun = self._ended = self._passes = self._failed = 0
        self._has_head = False
        self._announced: list[tuple[str, int]] = []

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if self._awaited is not None:
            self._awaited(line)
        elif text.startswith("  ") and text[2:3] in "PFSVX√!" and self._read_test(line):
            return
        elif text.startswith(("Test", "Total", "Starting ", "Failed", "Passed", "Skipped", "The ", _NO_TESTS)):
            self._read_edge(line)
        elif self._ended and text.startswith("   ") and (passed := _PASSED.fullmatch(text)):
            self._passes += int(passed[1])
        elif _LOGGED in text:
            self._block, self._awaited = None, self._read_error
            rest = text.partition(_LOGGED)[2]
            if rest.strip():
                self._read_error(line._replace(text=rest))
        elif text.startswith("[xUnit.net "):
            announced = _ANNOUNCED.fullmatch(text) if text.endswith("]") else None
            if announced is not None and len(self._announced) < MOST_FAILURES:
                self._announced.append((announced[1], line.number))
        elif self._block is not None:
            self._keep(text)

    def finish(self) -> list[Session]:
        """Return the session of the step that ends here, and forget it."""
        self._drop_unproven()
        self._tell_announced()
        telling, ended = self._telling, self._ended
        place(telling.tests)
        telling.tests = without_namesakes(telling.tests)
        if telling.tests or ended:
            is_complete = ended >= max(self._begun, 1) and telling.stopped is None
            telling.close(is_complete=is_complete, passes=self._passes, failures=self._failed)
        self._start()
        return telling.take()

    def _drop_unproven(self) -> None:
        """Forget the failures without a time that neither a beginning nor totals prove to be VSTest's."""
        if not (self._begun or self._ended or self._has_head):
            self._telling.tests = [test for test in self._telling.tests if test.duration_ms is not None]

    def _tell_announced(self) -> None:
        """Tell the failures that are only announced: those that are counted, and all of a run that was cut off."""
        bad = [test for test in self._telling.tests if test.outcome.is_bad]
        is_cut_off = self._ended < self._begun
        if self._failed <= len(bad) and not is_cut_off:
            return
        told = {test.key for test in bad}
        only_announced = [one for one in self._announced if split_name(one[0]) not in told]
        missing = len(only_announced) if is_cut_off else self._failed - len(bad)
        for label, number in only_announced[:missing]:
            self._add(label, Outcome.FAILED, number, None)

    def _keep(self, text: str) -> None:
        if self._block is None:
            return
        if text.startswith(_BOUNDS):
            self._block = None
        else:
            self._block.add(text)

    def _read_test(self, line: Line) -> bool:
        match = _TIMED.fullmatch(line.text) if line.text.endswith("]") else None
        match = match or _UNTIMED.fullmatch(line.text)
        if match is None or (match.re is _UNTIMED and not (self._begun or self._has_head)):
            return False
        took = milliseconds(match[3]) if match.re is _TIMED else None
        self._add(match[2], _OUTCOMES[match[1]], line.number, took)
        return True

    def _read_edge(self, line: Line) -> None:
        """Read a line at the left edge: of a run's beginning or end, or a test as VSTest wrote it until 16."""
        text = line.text
        old = (_OLD if self._begun or self._has_head else _OLD_HEADLESS).fullmatch(text)
        if old is not None:
            self._add(old[2], _OUTCOMES[old[1].strip()], line.number, None)
        elif text.startswith("Test run for ") and _STARTS.match(text):
            self._drop_unproven()
            self._begun += 1
            self._block = None
        elif text == _HEAD:
            self._has_head = True
            self._block = None
        elif counts := (_COUNTS.match(text) or _TOTAL.fullmatch(text) or _LOGGED_TOTAL.match(text)):
            self._ended += 1
            self._passes += int(counts["passed"] or 0)
            self._failed += int(counts.groupdict().get("failed") or 0)
            self._block = None
        elif text.startswith(_NO_TESTS):
            self._ended += 1
        elif text.startswith(_ABORTS):
            self._telling.stopped = "the run of .NET's tests was aborted"
            self._block = None
        elif text.startswith(_RUNNING):
            self._block = None
            self._read_running(line._replace(text=text.partition(":")[2] or " "))
        else:
            self._keep(text)

    def _read_running(self, line: Line) -> None:
        """Read the name of a test that ran when the host of the tests crashed."""
        name = _NAME.fullmatch(line.text)
        if name is not None:
            self._add(name[1], Outcome.ERROR, line.number, None)
            if self._block is not None:
                self._block.add("The test host crashed while it ran this test.")
            self._block = None
        self._awaited = self._read_running if name is not None or line.text == " " else None

    def _read_error(self, line: Line) -> None:
        """Read a failure as the terminal logger tells it, on the line of the error or on the next one."""
        self._awaited = None
        error = _ERROR.fullmatch(line.text)
        # The build repeats its errors when it ends.
        if error is None or split_name(error[1]) in {test.key for test in self._telling.tests if test.outcome.is_bad}:
            return
        self._add(error[1], Outcome.FAILED, line.number, milliseconds(error[2]))
        if self._block is not None:
            self._block.add(error[3])

    def _add(self, label: str, outcome: Outcome, number: int, took: int | None) -> None:
        self._block = self._telling.add(of_class(*split_name(label), outcome, number, took))
