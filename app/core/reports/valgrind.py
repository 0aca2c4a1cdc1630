"""Valgrind's XML: one program under one tool, which found errors or did not."""

import re
from typing import ClassVar

from app.core.model import Outcome
from app.core.reports.executions import NO_END, Executions
from app.core.reports.xml_case import OpenCase, Records, number
from app.core.reports.xml_records import Node

FORMAT = "valgrind"
_SEPARATOR = re.compile(r"([=:,\s])")
_MOST_ARGUMENTS = 50


class Valgrind(Records):
    """The program is the test, as for Jenkins' xUnit plugin; what decides are the tool's errors.

    A signal that ended the process is none of them: a death test's child ends by one on purpose.
    What comes last, the end of the program or the list of suppressions, tells that no error is missing.
    """

    known_as: ClassVar[str] = FORMAT
    roots: ClassVar[frozenset[str]] = frozenset({"valgrindoutput"})
    marks: ClassVar[tuple[str, ...]] = ()
    records: ClassVar[frozenset[str]] = frozenset({"args", "tool", "error", "status", "suppcounts"})

    __slots__ = ("_case", "_is_complete", "_name", "_program", "_tool")

    def __init__(self, executions: Executions) -> None:
        super().__init__(executions)
        self._case = OpenCase({})
        self._is_complete = False
        self._name = self._program = self._tool = ""

    def record(self, node: Node) -> None:
        if node.name == "args":
            self._name = _command(node)
            self._program = _base(node.words("argv", "exe"))
        elif node.name == "tool":
            self._tool = node.text.strip()
        elif node.name == "error":
            self._error(node)
        elif node.name == "suppcounts" or node.words("state") == "FINISHED":
            self._is_complete = True

    def _error(self, node: Node) -> None:
        """Take one error; the innermost frame in the program itself is its place, since the others' are in libraries."""
        what = node.words("what") or node.words("xwhat", "text")
        frames = [frame for stack in node.all("stack") for frame in stack.all("frame")]
        trace = "\n".join(_frame(frame) for frame in frames)
        own = next(
            (frame for frame in frames if _base(frame.words("obj")) == self._program and frame.find("file")), None
        )
        self._case.went_wrong(Outcome.FAILED, f"{node.words('kind')}: {what}\n{trace}".rstrip())
        if own and not self._case.file:
            folder, file = own.words("dir"), own.words("file")
            self._case.file = f"{folder}/{file}" if folder else file
            self._case.line = number(own.words("line"))

    def finish(self) -> None:
        if not self._name and not self._tool:
            return
        case = self._case
        if case.outcome is None and not self._is_complete:
            case.went_wrong(Outcome.ERROR, NO_END)
        suite, outcome = f"valgrind-{self._tool}", case.outcome or Outcome.PASSED
        self.executions.add(suite, "", self._name, outcome, case.file, case.line, None, case.message, case.stack_trace)


def _frame(frame: Node) -> str:
    file, line = frame.words("file"), frame.words("line")
    return f"    at {frame.words('fn') or frame.words('obj')}" + (f" ({file}:{line})" if file else "")


def _command(args: Node) -> str:
    """Return the program and its arguments without the folders in them, which differ from machine to machine."""
    program = args.find("argv")
    words = [part.text.strip() for part in program.children[:_MOST_ARGUMENTS]] if program else []
    pieces = _SEPARATOR.split(" ".join(words)[:4000])
    return "".join(_base(piece) for piece in pieces)


def _base(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]
