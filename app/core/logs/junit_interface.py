"""Reads what sbt's bridges to JUnit print: junit-interface and jupiter-interface.

They say when a test starts only if they are verbose, and how it ended only where it did not pass.
"""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.jvm_dotnet import above_stack, milliseconds, of_class
from app.core.logs.sbt_levels import total_passes, unlevelled
from app.core.logs.session import MOST_TESTS, Block, Session
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_RUN = "Test run "
_STARTED = re.compile(r"Test (\S.{0,1000}) started")
_IGNORED = re.compile(r"Test (\S.{0,1000}) (?:ignored|skipped)(?:: .*)?")
_FAILED = re.compile(r"Test (\S.{0,1000}?) failed: (.*)")
_TOOK = re.compile(r", took (\d{1,9}(?:\.\d{1,9})? ?s)(?:ec)?$")
_FINISHED = re.compile(r"Test run (?:\S{1,500} )?finished: (\d{1,9}) failed, \d{1,9} ignored, \d{1,9} total")
_QUALIFIED = re.compile(r"([\w.$]{1,500})[.#]([\w$]{1,300}(?:[\[({].*)?)")


class JunitInterfaceReader:
    """Reads the JUnit runs of one step under sbt; each class is a run, and a session."""

    marks: ClassVar[tuple[bytes, ...]] = (
        b"Test run started",
        b"Test run finished: ",
        b" finished: ",
        b"[error] Test ",
    )

    def __init__(self) -> None:
        self._telling = Telling("junit-interface", above_stack)
        self._start()

    def _start(self) -> None:
        self._tests: dict[tuple[str, str], Told] = {}
        self._block: Block | None = None

    def read(self, line: Line) -> None:
        """Take the next line."""
        level, said = unlevelled(line.text)
        if not level:
            return
        if said.startswith("Test "):
            self._read_test(said, line.number)
        elif total_passes(said) is not None:
            self._end_quiet_run()
        elif self._block is not None and level == "error":
            self._block.add(said)
        else:
            self._block = None

    def _end_quiet_run(self) -> None:
        """End a run that showed its failures alone, which sbt's totals do: only a verbose one tells of starts and ends."""
        self._block = None
        if self._tests and all(test.outcome.is_bad for test in self._tests.values()):
            self._close(is_complete=True)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them; a test that still ran did not pass."""
        self._close(is_complete=False)
        return self._telling.take()

    def _read_test(self, said: str, number: int) -> None:
        self._block = None
        if said.startswith(_RUN):
            finished = _FINISHED.match(said)
            self._close(is_complete=finished is not None, failures=int(finished[1]) if finished else 0)
        elif started := _STARTED.fullmatch(said):
            self._add(started[1], Outcome.PASSED, number)
        elif failed := _FAILED.fullmatch(said):
            test = self._add(failed[1], Outcome.FAILED, number)
            took = _TOOK.search(failed[2])
            message = failed[2][: took.start()] if took else failed[2]
            test.duration_ms = milliseconds(took[1]) if took else None
            self._block = test.block
            if self._block is not None:
                self._block.add(message)
        elif ignored := _IGNORED.fullmatch(said):
            self._add(ignored[1], Outcome.SKIPPED, number)

    def _add(self, label: str, outcome: Outcome, number: int) -> Told:
        """Take a test, or how one ended that was seen to start."""
        qualified = _QUALIFIED.fullmatch(label.removesuffix("()"))
        class_name, name = (qualified[1], qualified[2]) if qualified else (label, label)
        outcome = Outcome.ERROR if outcome is Outcome.FAILED and (not qualified or name[0].isupper()) else outcome
        test = of_class(class_name, name, outcome, number)
        if test.key in self._tests or len(self._tests) < MOST_TESTS:
            self._tests[test.key] = test
        return test

    def _close(self, *, is_complete: bool, failures: int = 0) -> None:
        for test in self._tests.values():
            if is_complete or test.outcome is not Outcome.PASSED:
                self._telling.add(test)
        if self._telling.tests or is_complete:
            self._telling.close(is_complete=is_complete, failures=failures)
        self._start()
