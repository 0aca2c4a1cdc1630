"""The rows that vitest prints while its tests run: one for each file, and one for each test that is worth telling.

Which they are depends on version and reporter: all of them (verbose), those of a file that failed (default, tree), none (dot).
A row names the test by its whole path, by its path within the file, or within a tree by its title alone.
"""

import re
from dataclasses import dataclass

from app.core.model import Outcome

JOINT = " > "
_PASS, _FAIL, _SKIP = "✓√", "×❯", "↓□"
MARKS = _PASS + _FAIL + _SKIP
_LABEL = r"(?:\|[^|]{1,80}\| | (?:[\w.@/-][\w.@/ -]{0,78}[\w.@/-]|\w)  )?"
_FILE = re.compile(
    rf" [{MARKS}·] {_LABEL}(\S.{{0,500}}?) {{1,2}}\(\d{{1,7}} tests?[ |\w]{{0,80}}\)(?: \d{{1,9}}ms)?(?: .{{0,40}})?"
)
_ROW = re.compile(
    rf"( {{1,60}})([{MARKS}]) {_LABEL}(\S.*?)(?: {{1,2}}(\d{{1,9}})ms)?(?: \(retry x(\d{{1,3}})\))?"
    r"(?: \(repeat x\d{1,4}\))?(?: \d{1,6} MB heap used)?"
)
_DESCRIBE = re.compile(r"(\S.*?) \(\d{1,7}\)(?: \d{1,9}ms)?")
_WHOLE_PATH = re.compile(r"(\S{1,300}\.[\w.]{1,20}) > (\S.*)")
_TREE_INDENT = 3


@dataclass(slots=True)
class Row:
    """One test as a row tells it; `is_partial` where the suites around its title are not known."""

    file: str
    name: str
    outcome: Outcome
    duration_ms: int | None
    retries: int
    is_partial: bool


class VitestRows:
    """Reads the rows; a row belongs to the file whose row stands above it without any other line between them."""

    def __init__(self) -> None:
        self._file: str | None = None
        self._describes: list[str] = []

    def interrupt(self) -> None:
        """Take a line that is no row."""
        self._file = None

    def read(self, text: str) -> Row | None:
        """Return the test that a row tells of, None where it tells of none."""
        if text[1:3].strip() and ") " in f"{text} " and (file := _FILE.fullmatch(text)):
            self._file, self._describes = file[1], []
            return None
        row = _ROW.fullmatch(text)
        if row is None:
            if not text.lstrip(" ").startswith(("→ ", "· ")):
                self._file = None
            return None
        whole = _WHOLE_PATH.fullmatch(row[3]) if len(row[1]) <= _TREE_INDENT else None
        if whole is not None and (len(row[1]) == 1 or whole[1] == self._file):
            return _row(row, whole[1], whole[2], is_partial=False)
        return self._read_below(row, self._file) if self._file is not None and len(row[1]) >= _TREE_INDENT else None

    def _read_below(self, row: re.Match[str], file: str) -> Row | None:
        level = (len(row[1]) - _TREE_INDENT) // 2
        describe = _DESCRIBE.fullmatch(row[3]) if level <= len(self._describes) else None
        if describe is not None and row[2] in "❯✓↓":
            self._describes[level:] = [describe[1]]
            return None
        is_partial = level > len(self._describes)
        return _row(row, file, JOINT.join([*self._describes[:level], row[3]]), is_partial=is_partial)


def _row(row: re.Match[str], file: str, name: str, *, is_partial: bool) -> Row:
    mark = row[2]
    outcome = Outcome.PASSED if mark in _PASS else Outcome.SKIPPED if mark in _SKIP else Outcome.FAILED
    duration = int(row[4]) if row[4] else None
    return Row(file, name, outcome, duration, int(row[5] or 0), is_partial)
