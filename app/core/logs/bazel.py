"""Reads the closing list of `bazel test`, a line for each target that did not pass, and the output shown of its tests."""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.session import MOST_FAILURES, Block, Session
from app.core.logs.telling import Telling, Told, seconds_ms
from app.core.model import Outcome

_TARGET = re.compile(
    r"(@{0,2}[\w.~+-]{0,200}//[^\s:]{0,300}:\S{1,300}) {1,200}(?:\(cached\) )?"
    r"(PASSED|FAILED TO BUILD|FAILED|TIMEOUT|FLAKY|NO STATUS|REMOTE FAILURE|INCOMPLETE|SKIPPED|BLAZE HALTED BEFORE TESTING)"
    r"(?:,? (?:failed )?in (\d{1,6}) out of (\d{1,6}))?(?: in (\d{1,9}(?:\.\d{1,3})?)s)?"
)
_OUTPUT = re.compile(r"={10,40} Test output for (\S{1,500}?)(?: \(.{1,80}\))?:")
_OUTPUT_END = "=" * 80
_EXECUTED = re.compile(r"Executed (\d{1,9}) out of (\d{1,9}) tests?\b(.{0,200})")
_FAILS = re.compile(r" (\d{1,9}) fails? (?:locally|remotely)")
_MOST_ATTEMPTS = 10
_BAD = {
    "FAILED": Outcome.FAILED,
    "TIMEOUT": Outcome.FAILED,
    "INCOMPLETE": Outcome.ERROR,
    "REMOTE FAILURE": Outcome.ERROR,
}
_STOPPED = {
    "FAILED TO BUILD": "a test did not build",
    "NO STATUS": "bazel did not run all tests",
    "BLAZE HALTED BEFORE TESTING": "bazel did not run all tests",
}


class BazelReader:
    """Reads the `bazel test` sessions of one step."""

    marks: ClassVar[tuple[bytes, ...]] = (b"Executed ", b"/test.log", b" Test output for ")

    def __init__(self) -> None:
        self._telling = Telling("bazel")
        self._start()

    def _start(self) -> None:
        self._output: dict[str, Block] = {}
        self._block: Block | None = None
        self._bad: set[str] = set()

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if "//" in text and text[:1] in "@/" and (target := _TARGET.match(text)):
            self._read_target(target, line.number)
        elif text.startswith("====="):
            self._read_output(text, line.number)
        elif text.startswith("Executed ") and (executed := _EXECUTED.match(text)):
            self._close(executed[1], executed[2], sum(map(int, _FAILS.findall(executed[3]))))
        elif self._block is not None:
            self._block.add(text)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._start()
        return self._telling.take()

    def _read_output(self, text: str, number: int) -> None:
        output = _OUTPUT.fullmatch(text)
        if output is not None:
            # Of a target that was run several times the last output is kept.
            self._block = Block(output[1], number)
            if len(self._output) < MOST_FAILURES:
                self._output[output[1]] = self._block
        elif text == _OUTPUT_END:
            self._block = None

    def _read_target(self, target: re.Match[str], number: int) -> None:
        name, word, failed, runs, seconds = target.groups()
        if word in _STOPPED:
            self._telling.stopped = self._telling.stopped or _STOPPED[word]
        elif word in _BAD:
            self._tell(name, _BAD[word], number, seconds, said=word)
        elif word == "FLAKY":
            # It failed so often, and then it passed.
            for _ in range(min(int(failed or 1), _MOST_ATTEMPTS)):
                self._tell(name, Outcome.FAILED, number, None, said=f"failed in {failed or 1} out of {runs or 2}")
            self._tell(name, Outcome.PASSED, number, seconds)
        else:
            self._tell(name, Outcome.PASSED if word == "PASSED" else Outcome.SKIPPED, number, seconds)

    def _tell(self, name: str, outcome: Outcome, number: int, seconds: str | None, said: str = "") -> None:
        block = self._output.get(name) if outcome.is_bad else None
        package = name.partition(":")[0]
        told = Told(suite=package, class_name=package, name=name, outcome=outcome, number=number, block=block)
        told.duration_ms = seconds_ms(seconds)
        told.message = said if block is None or said == "TIMEOUT" else None
        self._telling.add(told)

    def _close(self, executed: str, of: str, failures: int) -> None:
        if executed == "0" and not self._telling.tests and self._telling.stopped is None:
            self._telling.stopped = f"bazel executed 0 of {of} tests"
        self._telling.close(is_complete=True, failures=failures)
        self._start()
