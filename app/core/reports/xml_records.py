"""XML formats other than JUnit: each is handed its records, one small tree at a time, and never the whole document."""

from collections.abc import Callable, Iterator, Mapping
from typing import ClassVar, Protocol

from app.core.reports.executions import Executions, TooManyError

MOST_NODES = 100_000
MOST_DEPTH = 1_000
_MOST_TEXT = 64_000
_MOST_RECORD_TEXT = 4_000_000


class Node:
    """An element of a record: its name and those of its attributes without namespaces, its text, its children.

    `text` is the element's own, up to 64,000 characters, and of a whole record up to 4,000,000; what stands in its children
    is theirs.
    """

    __slots__ = ("_kept", "_texts", "attributes", "children", "name")

    def __init__(self, name: str, attributes: Mapping[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.children: list[Node] = []
        self._texts: list[str] = []
        self._kept = 0

    @property
    def text(self) -> str:
        return "".join(self._texts)

    def get(self, attribute: str) -> str:
        """Return an attribute, or an empty text where there is none."""
        return self.attributes.get(attribute, "")

    def all(self, name: str) -> Iterator["Node"]:
        """Yield the children of that name."""
        return (child for child in self.children if child.name == name)

    def find(self, *path: str) -> "Node | None":
        """Return the first descendant on the path of names; None where there is none."""
        if not path:
            return self
        return next((found for child in self.all(path[0]) if (found := child.find(*path[1:]))), None)

    def words(self, *path: str) -> str:
        """Return the text of the first descendant on the path, without white space around it; empty where there is none."""
        found = self.find(*path)
        return found.text.strip() if found else ""

    def keep(self, text: str) -> int:
        """Keep a piece of text as far as there is room; return how many characters were kept."""
        kept = text[: _MOST_TEXT - self._kept]
        if kept:
            self._texts.append(kept)
            self._kept += len(kept)
        return len(kept)


class Format(Protocol):
    """Reads one XML format. Made anew for each document; names are without namespaces."""

    known_as: ClassVar[str]
    """As in Report.format."""
    roots: ClassVar[frozenset[str]]
    """What the first element may be called."""
    marks: ClassVar[tuple[str, ...]]
    """Words of which one stands in the first 64 KiB, where formats share a root; none where the root is enough."""
    records: ClassVar[frozenset[str]]
    """Elements that are handed over whole; one inside another is a part of the outer one."""

    def __init__(self, executions: Executions) -> None:
        """Begin a document, whose executions go there."""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Take the start of an element that is no part of a record."""

    def end(self, name: str) -> None:
        """Take the end of such an element."""

    def record(self, node: Node) -> None:
        """Take a record; one in whose middle a truncated document ends is not handed over."""

    def finish(self) -> None:
        """Take note that the document ends here, complete or not."""


class RecordTarget:
    """Turns a parser's events into the calls of a format."""

    def __init__(self, make: Callable[[Executions], Format]) -> None:
        self.executions = Executions()
        self._format = make(self.executions)
        self._open: list[Node] = []
        self._nodes = 0
        self._beyond = self._kept = self._depth = 0
        self._is_inside = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise TooManyError(f"elements more than {MOST_DEPTH} deep, what follows is left out")
        name = tag.rpartition("}")[2]
        if not self._is_inside and name in self._format.roots:
            self._is_inside = True
        if not self._open and name not in self._format.records:
            if self._is_inside:
                self._format.start(name, attributes)
            return
        if self._nodes >= MOST_NODES:
            self._beyond += 1
            return
        node = Node(name, {key.rpartition("}")[2]: value for key, value in attributes.items()})
        self._nodes += 1
        if self._open:
            self._open[-1].children.append(node)
        self._open.append(node)

    def data(self, text: str) -> None:
        if self._open and not self._beyond and self._kept < _MOST_RECORD_TEXT:
            self._kept += self._open[-1].keep(text)

    def end(self, tag: str) -> None:
        self._depth -= 1
        if self._beyond:
            self._beyond -= 1
        elif not self._open:
            if self._is_inside:
                self._format.end(tag.rpartition("}")[2])
        elif len(self._open) > 1:
            self._open.pop()
        else:
            self._nodes = self._kept = 0
            self._format.record(self._open.pop())

    def close(self) -> None:
        self._format.finish()
