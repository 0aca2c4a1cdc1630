"""What the readers of native XML formats share: a case while its elements come in, and a format that needs its records only."""

from collections.abc import Mapping

from app.core.model import Outcome
from app.core.reports.executions import Executions, first_line, shortened
from app.core.reports.xml_records import Node

_MOST_TEXTS = 50
_DEEPEST = 50
LONGEST_NAME = 600


class Records:
    """A format all of whose cases are records: what stands around them says nothing."""

    __slots__ = ("executions",)

    def __init__(self, executions: Executions) -> None:
        self.executions = executions

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Take the start of an element that is no part of a record."""

    def end(self, name: str) -> None:
        """Take the end of such an element."""

    def finish(self) -> None:
        """Take note that the document ends here, complete or not."""


class Nest:
    """The names of the elements that are open, each joined to those around it.

    What stands in many elements repeats their names, so that these are short, and those that are nested too deeply are
    one with what they stand in: a small file cannot grow by them.
    """

    __slots__ = ("_joined", "_separator")

    def __init__(self, separator: str) -> None:
        self._separator = separator
        self._joined: list[str] = []

    def __len__(self) -> int:
        return len(self._joined)

    @property
    def joined(self) -> str:
        """The innermost name with all around it; empty where none is open."""
        return self._joined[-1] if self._joined else ""

    def push(self, name: str) -> None:
        outer = self.joined
        if len(self._joined) < _DEEPEST:
            outer = shortened(f"{outer}{self._separator}{name}" if outer and name else outer or name, LONGEST_NAME)
        self._joined.append(outer)

    def pop(self) -> None:
        if self._joined:
            self._joined.pop()


class OpenCase:
    """What is known of a case before its end: all that went wrong, of which the first decides.

    `outcome` is None as long as nothing went wrong.
    """

    __slots__ = ("_texts", "attributes", "file", "line", "message", "outcome")

    def __init__(self, attributes: Mapping[str, str], file: str = "", line: int | None = None) -> None:
        self.attributes = attributes
        self.file = file
        self.line = line
        self.outcome: Outcome | None = None
        self.message: str | None = None
        self._texts: list[str] = []

    def went_wrong(self, outcome: Outcome, text: str, file: str = "", line: int | None = None) -> None:
        """Take one thing that went wrong, and where; a case of no place of its own takes that one."""
        if self.outcome is None:
            self.outcome, self.message = outcome, first_line(text)
            if not self.file:
                self.file, self.line = file, line
        if len(self._texts) < _MOST_TEXTS:
            self._texts.append(f"{file}:{line}: {text}" if file and line is not None else text)

    @property
    def stack_trace(self) -> str | None:
        """All that went wrong, one below the other, each with its place."""
        return "\n\n".join(self._texts) or None


def number(text: str) -> int | None:
    """Read a line number; None for what is none, and for 0, which C++ writes for an unknown line."""
    text = text.strip()
    return (int(text) or None) if text.isascii() and text.isdigit() and len(text) < 10 else None


def place(node: Node, file: str = "file") -> tuple[str, int | None]:
    """Return file and line of an element's attributes."""
    return node.get(file), number(node.get("line"))
