"""Reads what Python's own doctest prints (`python -m doctest`, `doctest.testmod()`, Sphinx): a block for each example that failed.

A test is a docstring, which holds several examples; the list behind the blocks names each that failed once. Blocks without
such a list are another runner's, which tells of its tests itself.
"""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.session import LONGEST_MESSAGE, MOST_FAILURES, Block, Session, cut
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_RULE = re.compile(r"\*{60,80}")
_PLACE = re.compile(r'File "([^"]{1,400})", line \d{1,9}, in (\S{1,300})')
_COUNT = re.compile(r"(\d{1,6}) items? had failures:")
_ITEM = re.compile(r" {0,4}\d{1,7} of {1,6}\d{1,7} in (\S{1,300})")


class PythonDoctestReader:
    """Reads the runs of Python's doctest of one step; each list of failures ends one."""

    marks: ClassVar[tuple[bytes, ...]] = (b" had failures:",)

    def __init__(self) -> None:
        self._telling = Telling("python doctest")
        self._start()

    def _start(self) -> None:
        self._blocks: dict[str, tuple[str, Block]] = {}
        self._block: Block | None = None
        self._is_ruled = False
        self._listed = self._left = 0

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if self._left:
            self._read_item(line)
        elif text.startswith("****") and _RULE.fullmatch(text):
            self._is_ruled, self._block = True, None
        elif self._is_ruled:
            self._is_ruled = False
            if (place := _PLACE.fullmatch(text)) and len(self._blocks) < MOST_FAILURES:
                self._block = self._blocks.setdefault(place[2], (place[1], Block(place[2], line.number)))[1]
            elif count := _COUNT.fullmatch(text):
                self._listed = self._left = int(count[1])
        elif self._block is not None:
            self._block.add(text)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._close()
        return self._telling.take()

    def _read_item(self, line: Line) -> None:
        item = _ITEM.fullmatch(line.text)
        if item is not None:
            self._left -= 1
            self._telling.add(self._told(item[1], line.number))
        if item is None or not self._left:
            self._close()

    def _told(self, name: str, number: int) -> Told:
        """Name a docstring by its path; the groups that Sphinx makes are those of a document."""
        file, block = self._blocks.get(name, (None, None))
        return Told(
            class_name=name.rpartition(".")[0] or file or "",
            name=name,
            outcome=Outcome.FAILED,
            number=block.number if block else number,
            file=file,
            block=block,
            message=cut(block.lines, LONGEST_MESSAGE) if block else None,
        )

    def _close(self) -> None:
        if self._listed:
            self._telling.close(is_complete=True, failures=self._listed)
        self._start()
