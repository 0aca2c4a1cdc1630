"""Reads what `deno test` prints since 1.22: a line for each test and step, the errors, a list of failures, and the counts.

A step is named by its path, and the tests and steps around it fail with it, as deno's JUnit report has them.
"""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.session import LONGEST_MESSAGE, MOST_FAILURES, Block, Session, cut
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_RUNNING = re.compile(r"running (\d{1,7}) tests? from (\S.{0,500})")
_ROW = re.compile(
    r"( {0,60})(\S.{0,2000}?) \.\.\. (ok|FAILED|ignored|cancelled)(?: \(due to [^)]{1,60}\))?(?: \((\d[\d.]{0,12})(µs|ms|s|m)[\dms]{0,12}\))?"
)
_OPENED = re.compile(r"( {0,60})(\S.{0,2000}?) \.\.\.")
_UNCAUGHT = re.compile(r"Uncaught error from (\S.{0,500}) FAILED")
_HEAD = re.compile(r"(\S.{0,2000}) => (\S.{0,500}?):\d{1,7}:\d{1,7}")
_HEAD_OF_FILE = re.compile(r"(\S.{0,500}) \(uncaught error\)")
_OUTPUT = re.compile(r"-{7} (?:pre-test |post-test )?output -{7}")
_OUTPUT_END = re.compile(r".{0,600}-{5} (?:pre-test |post-test )?output end -{5}")
_SECTIONS = (" ERRORS", " FAILURES")
_END = re.compile(
    r"(?:ok|FAILED) \| (\d{1,9}) passed(?: \((\d{1,9}) steps?\))? \| (\d{1,9}) failed(?: \((\d{1,9}) steps?\))?( \| .{1,200})?(?: \(.{1,40}\))?"
)
_IGNORED = re.compile(r"(\d{1,9}) (?:ignored|filtered out)")
_OUTCOMES = {"ok": Outcome.PASSED, "FAILED": Outcome.FAILED, "ignored": Outcome.SKIPPED, "cancelled": Outcome.SKIPPED}
_MILLISECONDS = {"µs": 0.001, "ms": 1, "s": 1_000, "m": 60_000}
_WITHIN, _JOINT = " ... ", " > "
_FRAME = re.compile(r"\s{1,10}at \S")
_DEEPEST = 50


class DenoReader:
    """Reads the sessions of `deno test` in one step."""

    marks: ClassVar[tuple[bytes, ...]] = (b" test from ", b" tests from ", b" passed | ", b" passed (")

    def __init__(self) -> None:
        self._telling = Telling("deno test")
        self._start()

    def _start(self) -> None:
        self._is_running = self._is_output = False
        self._file = self._section = ""
        self._outer: list[str] = []
        self._known: dict[tuple[str, str], Told] = {}
        self._block: Block | None = None
        self._announced = 0

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if text.startswith("running ") and (running := _RUNNING.fullmatch(text)):
            self._is_running, self._is_output = True, False
            self._section, self._outer = "", []
            self._file = running[2]
            self._announced += int(running[1])
        elif text in _SECTIONS:
            self._section, self._block = text, None
        elif text.startswith(("ok | ", "FAILED | ")) and (end := _END.fullmatch(text)):
            self._end(end)
        elif self._section:
            self._read_told(line)
        elif self._is_output or (text.startswith("-------") and _OUTPUT.fullmatch(text)):
            # What a test printed stands between two rules.
            self._is_output = self._is_running and _OUTPUT_END.fullmatch(text) is None
        elif " ..." in text:
            self._read_row(line)
        elif text.startswith("Uncaught error from ") and (uncaught := _UNCAUGHT.fullmatch(text)):
            self._tell(uncaught[1], uncaught[1], Outcome.ERROR, line.number)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them; without a beginning or an end it is nobody's."""
        if not self._is_running:
            self._telling.tests = []
        self._settle()
        self._start()
        return self._telling.take()

    def _read_row(self, line: Line) -> None:
        """Read the end of a test or a step, or where one with steps begins; parallel runs write file and path before it."""
        row = _ROW.fullmatch(line.text)
        opened = _OPENED.fullmatch(line.text) if row is None and line.text.endswith(" ...") else None
        if row is None and opened is None:
            return
        indent, title = (row or opened or line.text)[1], (row or opened or line.text)[2]
        depth = len(indent) // 2
        if depth > len(self._outer):
            return
        del self._outer[depth:]
        if row is None:
            if depth < _DEEPEST and self._is_running:
                self._outer.append(title)
            return
        file, arrow, path = title.partition(" => ")
        if arrow and not indent and not self._file:
            self._is_running = True
            told = self._tell(file, path.replace(_WITHIN, _JOINT), _OUTCOMES[row[3]], line.number)
        elif self._file:
            told = self._tell(self._file, _JOINT.join([*self._outer, title]), _OUTCOMES[row[3]], line.number)
        else:
            return
        told.duration_ms = round(float(row[4]) * _MILLISECONDS[row[5]]) if row[4] else None

    def _read_told(self, line: Line) -> None:
        """Read a line of the two closing sections: only there a reporter of dots names what failed."""
        text = line.text
        head = _HEAD.fullmatch(text) if " => " in text else None
        of_file = _HEAD_OF_FILE.fullmatch(text) if text.endswith(" (uncaught error)") else None
        if head is not None:
            self._open(head[2], head[1].split(_WITHIN), line.number)
        elif of_file is not None:
            told = self._known.get((of_file[1], of_file[1]))
            told = told or self._tell(of_file[1], of_file[1], Outcome.ERROR, line.number)
            self._block = told.block = told.block or Block("", line.number)
        elif self._block is not None and self._section == _SECTIONS[0]:
            self._block.add(text)

    def _open(self, file: str, path: list[str], number: int) -> None:
        """Open the error of a test; the place may be a helper's, so that its name alone finds one that was told."""
        name = _JOINT.join(path)
        told = self._known.get((file, name)) or next(
            (one for (_, known), one in self._known.items() if known == name and one.outcome.is_bad), None
        )
        if told is None:
            for end in range(1, len(path)):
                around = _JOINT.join(path[:end])
                if (file, around) not in self._known:
                    self._tell(file, around, Outcome.FAILED, number)
            told = self._tell(file, name, Outcome.FAILED, number)
        self._block = None
        if told.block is None:
            self._block = told.block = Block(name, number)

    def _tell(self, file: str, name: str, outcome: Outcome, number: int) -> Told:
        told = Told(suite=file, class_name=file, name=name, outcome=outcome, number=number, file=file)
        if outcome.is_bad and len(self._known) < MOST_FAILURES:
            self._known[file, name] = told
        self._telling.add(told)
        return told

    def _settle(self) -> None:
        for told in self._telling.tests:
            told.message = _message(told.block) if told.block is not None else None

    def _end(self, end: re.Match[str]) -> None:
        passes, passed_steps, failures, failed_steps = (int(count or 0) for count in end.groups()[:4])
        ran = passes + failures + sum(map(int, _IGNORED.findall(end[5] or "")))
        if ran < self._announced:
            self._telling.stopped = f"deno ran {ran} of {self._announced} tests"
        self._settle()
        self._telling.close(is_complete=True, passes=passes + passed_steps, failures=failures + failed_steps)
        self._start()


def _message(block: Block) -> str | None:
    end = next((at for at, line in enumerate(block.lines) if _FRAME.match(line)), len(block.lines))
    if end and block.lines[end - 1].strip() == "^":
        # The line of code that threw, and what points into it.
        end = max(end - 2, 1)
    return cut([line.removeprefix("error: ") for line in block.lines[:end]], LONGEST_MESSAGE)
