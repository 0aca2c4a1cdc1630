"""The tree that mocha's spec reporter prints while its tests run, and cypress with it: two spaces a level, a mark before each test."""

import re
from dataclasses import dataclass

from app.core.logs.clean import Line
from app.core.logs.session import MOST_TESTS
from app.core.model import Outcome

_PASS, _FAIL = "✓✔√✅", "✖✗×"
_MARKS = f"{_PASS}{_FAIL}-(0123456789"
_LEAF = re.compile(
    rf"(?:(?P<order>\d{{1,6}})\) |(?P<mark>[{_PASS}{_FAIL}])(?: |(?=\(Attempt ))|(?P<pending>- )|(?=\(Attempt ))"
    r"(?P<attempt>\(Attempt \d{1,4} of \d{1,4}\) )?(?P<title>\S.*)"
)
_DURATION = re.compile(r" \((\d{1,9})ms\)$")
_DEEPEST = 60
# The list reporter writes full titles and no tree.
_LISTED = re.compile(rf"  [{_PASS}] \S.*: \d{{1,9}}ms$")


@dataclass(slots=True)
class Leaf:
    """One execution as the tree shows it: its describes, outermost first, and its title.

    `order` is the number that the closing list gives a failure, 0 where it has none. An attempt is followed by another or,
    where it has a mark of its own, by the verdict on all of them.
    """

    path: tuple[str, ...]
    outcome: Outcome
    number: int
    order: int = 0
    duration_ms: int | None = None
    is_attempt: bool = False
    is_marked: bool = False


class MochaTree:
    """The executions of the run that is being read, in order; `is_list` where they are the lines of a list and no tree."""

    def __init__(self) -> None:
        self.leaves: list[Leaf] = []
        self.failed = 0
        self.is_list = False
        self._describes: list[str] = []
        self._is_root_place = True

    def interrupt(self, text: str) -> None:
        """Take a line that stands at no level: a suite of the first level has an empty line before it."""
        self._is_root_place = not text

    def read(self, line: Line) -> None:
        """Take a line with two spaces before it at least."""
        if line.text.endswith("ms") and _LISTED.search(line.text):
            self.is_list = True
        text = line.text.lstrip(" ")
        indent = len(line.text) - len(text)
        level = indent // 2 - 1
        leaf = _LEAF.fullmatch(text) if text[0] in _MARKS and indent <= _DEEPEST else None
        if leaf is not None:
            self._add(leaf, level, line.number)
            self._is_root_place = level == 0
        elif level <= len(self._describes) and indent % 2 == 0 and (level or self._is_root_place):
            self._describes[level:] = [text]
            self._is_root_place = False

    def has_numbered_failure(self) -> bool:
        """Tell whether it can be mocha's alone: a failure with a number within a suite, beside a test that passed."""
        outcomes = {leaf.outcome for leaf in self.leaves}
        return Outcome.PASSED in outcomes and any(leaf.order and len(leaf.path) > 1 for leaf in self.leaves)

    def _add(self, found: re.Match[str], level: int, number: int) -> None:
        order = int(found["order"] or 0)
        if len(self.leaves) >= MOST_TESTS or (order and order != self.failed + 1):
            return
        title = found["title"]
        duration = _DURATION.search(title) if title.endswith("ms)") else None
        leaf = Leaf(
            path=(*self._describes[:level], title[: duration.start()] if duration else title),
            outcome=_outcome(found),
            number=number,
            order=order,
            duration_ms=int(duration[1]) if duration else None,
            is_attempt=found["attempt"] is not None,
            is_marked=found["mark"] is not None,
        )
        if level <= len(self._describes) or order:
            self.failed = order or self.failed
            self._put(leaf)

    def _put(self, leaf: Leaf) -> None:
        """Add the execution; where each attempt has its own mark, what follows is the verdict and no execution."""
        before = self.leaves[-1] if self.leaves else None
        if before and before.is_attempt and before.is_marked and before.path == leaf.path and not leaf.is_attempt:
            return
        self.leaves.append(leaf)


def _outcome(found: re.Match[str]) -> Outcome:
    if found["pending"]:
        return Outcome.SKIPPED
    mark = found["mark"]
    return Outcome.PASSED if mark and mark in _PASS else Outcome.FAILED
