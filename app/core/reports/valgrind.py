"""Valgrind's XML: one program under one tool, which found errors or did not."""

import re
from typing import ClassVar

from app.core.model import Outcome
from app.core.reports.executions import Executions
from app.core.reports.xml_case import OpenCase, Records, number
from app.core.reports.xml_records import Node

FORMAT = "valgrind"
_SEPARATOR = re.compile(r"([=:,\s])")
_MOST_ARGUMENTS = 50


class Valgrind(Records):
    """The program is the test, as for Jenkins' xUnit plugin; what decides are the tool's errors.

    A signal that ended the process is none of them: a death test's child ends by one on purpose.
    The errors only begin after `args`, and the document's end tells that there will be no more.
    """

    known_as: ClassVar[str] = FORMAT
    roots: ClassVar[frozenset[str]] = frozenset({"valgrindoutput"})
    marks: ClassVar[tuple[str, ...]] = ()
    records: ClassVar[frozenset[str]] = frozenset({"args", "tool", "error"})

    __slots__ = ("_case", "_name", "_tool")

    def __init__(self, executions: Executions) -> None:
        super().__init__(executions)
        self._case = OpenCase({})
        self._name = self._tool = ""

    def record(self, node: Node) -> None:
        if node.name == "args":
            self._name = _command(node)
        elif node.name == "tool":
            self._tool = node.text.strip()
        else:
            self._error(node)

    def _error(self, node: Node) -> None:
        what = node.words("what") or node.words("xwhat", "text")
        stacks = "\n".join(_frame(frame) for stack in node.all("stack") for frame in stack.all("frame"))
        own = next((frame for frame in _frames(node) if frame.words("dir")), None)
        self._case.went_wrong(Outcome.FAILED, f"{node.words('kind')}: {what}\n{stacks}")
        if own and not self._case.file:
            self._case.file = f"{own.words('dir')}/{own.words('file')}"
            self._case.line = number(own.words("line"))

    def finish(self) -> None:
        if not self._name and not self._tool:
            return
        case = self._case
        outcome = case.outcome or Outcome.PASSED
        suite = f"valgrind-{self._tool}"
        self.executions.add(suite, "", self._name, outcome, case.file, case.line, None, case.message, case.stack_trace)


def _frames(node: Node) -> list[Node]:
    return [frame for stack in node.all("stack") for frame in stack.all("frame")]


def _frame(frame: Node) -> str:
    file, line = frame.words("file"), frame.words("line")
    return f"    at {frame.words('fn') or frame.words('obj')}" + (f" ({file}:{line})" if file else "")


def _command(args: Node) -> str:
    """Return the program and its arguments without the folders in them, which differ from machine to machine."""
    program = args.find("argv")
    words = [part.text.strip() for part in program.children[:_MOST_ARGUMENTS]] if program else []
    pieces = _SEPARATOR.split(" ".join(words)[:4000])
    return "".join(piece.replace("\\", "/").rpartition("/")[2] for piece in pieces)
