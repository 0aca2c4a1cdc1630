"""The list of failures that closes a run of mocha, whichever its reporter: a number, the titles, a line each, the error."""

import re
from dataclasses import dataclass, field

from app.core.logs.clean import Line
from app.core.logs.session import LONGEST_MESSAGE, MOST_FAILURES, Block, cut

# Up to its version 3, which the first cypress brought along, mocha put a space for the suite that a test stands in none of.
_HEAD = re.compile(r"  (\d{1,6})\) {1,2}(\S.*)")
_FIRST_TITLE = 7
_MOST_TITLES = 40
_FRAME = "      at "
_DIFF = "+ expected - actual"


@dataclass(slots=True)
class Failure:
    """One failure of the list: titles from the outermost suite to the test, and the lines of its error."""

    titles: list[str]
    block: Block
    number: int

    def message(self) -> str | None:
        """Return what stands before the difference and the stack."""
        lines = self.block.lines
        end = next(
            (at for at, line in enumerate(lines) if line.startswith(_FRAME) or line.strip() == _DIFF), len(lines)
        )
        return cut([line.strip() for line in lines[:end]], LONGEST_MESSAGE)


@dataclass(slots=True)
class MochaFailures:
    """Reads the list line by line; `count` is how many failures the summary announced."""

    count: int
    told: dict[int, Failure] = field(default_factory=dict)
    _last: Failure | None = None
    _order: int = 0
    _in_titles: bool = False
    _blank: int = 0
    _has_stack: bool = False
    is_over: bool = False

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        head = _HEAD.fullmatch(text) if text.startswith("  ") and ") " in text[:10] else None
        if head is not None and int(head[1]) == self._order + 1 <= self.count:
            self._open(head[2], line.number)
        elif self._last is not None and not (self._in_titles and self._read_title(self._last, text)):
            self._in_titles = False
            self._keep(self._last, text)

    def end(self) -> bool:
        """End the list, and tell whether its last failure is whole: one whose titles were cut off is forgotten."""
        if self._last is not None and self._in_titles and not self._last.titles[-1].endswith(":"):
            self.told.pop(self._order, None)
            return False
        return True

    def _open(self, title: str, number: int) -> None:
        self._order += 1
        self._last = Failure([title], Block(title, number), number)
        self._in_titles, self._blank, self._has_stack = True, 0, False
        if len(self.told) < MOST_FAILURES:
            self.told[self._order] = self._last

    def _read_title(self, failure: Failure, text: str) -> bool:
        """Take a title of the next level, or what follows of one that has several lines; the last one ends with a colon."""
        indent = _FIRST_TITLE + 2 * (len(failure.titles) - 1)
        is_next = text[:indent].isspace() and text[indent : indent + 1].strip() != ""
        if is_next and len(failure.titles) < _MOST_TITLES:
            failure.titles.append(text[indent:])
        elif failure.titles[-1].endswith(":") or len(failure.titles[-1]) > LONGEST_MESSAGE:
            return False
        else:
            failure.titles[-1] += "\n" + text
        return True

    def _keep(self, failure: Failure, text: str) -> None:
        """Keep a line of the error; two empty lines, or one after the stack, end the last error of the list."""
        failure.block.add(text)
        self._has_stack = self._has_stack or text.startswith(_FRAME)
        self._blank = 0 if text else self._blank + 1
        if self._order == self.count and (self._blank > 1 or (self._blank and self._has_stack)):
            self.is_over = True


def titles_of(failure: Failure) -> list[str]:
    """Return the titles without the colon after the last one."""
    return [*failure.titles[:-1], failure.titles[-1].removesuffix(":")]
