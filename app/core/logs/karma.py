"""Reads what karma prints through its reporters dots, progress, mocha and spec.

Dots and progress name each failure on a line of its own with its browser (`Chrome 90.0 (Linux) suite test FAILED`), the other two
print a tree; all but mocha count on a line for each browser.
"""

import re
from dataclasses import dataclass
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.mocha_tree import Leaf, MochaTree
from app.core.logs.session import MOST_FAILURES, Block, Session
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_BROWSER = r"(?:[A-Z][\w.]{0,30} ){1,4}\d[\w.]{0,30} \([^()]{1,60}\)"
# Of a test outside of any suite the suite's name is empty, and the space behind it stays.
_FAILED = re.compile(rf"({_BROWSER}) {{1,2}}(\S.*) FAILED")
_EXECUTED = re.compile(
    rf"({_BROWSER}): Executed (\d{{1,7}}) of (\d{{1,7}})(?: \((\d{{1,7}}) FAILED\))?(?: \(skipped (\d{{1,7}})\))?"
    r"(?: (SUCCESS|ERROR|DISCONNECTED|FAILED))*(?: \(.{1,60}\))?"
)
_ERROR = re.compile(rf"({_BROWSER}) ERROR")
_COMPLETED = re.compile(r"✔ (\d{1,7}) tests? completed")
_SKIPPED = " (skipped)"
_FAILED_LIST = "FAILED TESTS:"


@dataclass(slots=True)
class _Counts:
    """What the last line of a browser counts; `is_broken` where the browser was lost or could not run its tests."""

    executed: int
    of: int
    failed: int
    skipped: int
    is_broken: bool


class KarmaReader:
    """Reads the karma sessions of one step."""

    marks: ClassVar[tuple[bytes, ...]] = (b": Executed ", b"[karma", b"FAILED TESTS:")

    def __init__(self) -> None:
        self._telling = Telling("karma")
        self._start()

    def _start(self) -> None:
        self._counts: dict[str, _Counts] = {}
        self._completed: int | None = None
        self._tree: MochaTree | None = None
        self._is_listing = False
        self._block: Block | None = None
        self._told: dict[str, Told] = {}
        self._blocks: dict[int, Block] = {}
        self._leaf: Leaf | None = None

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if text.startswith("\t"):
            self._keep(text)
        elif text.startswith("  "):
            self._read_tree(line)
        elif text.endswith(" FAILED") and (failed := _FAILED.fullmatch(text)):
            self._read_failed(failed, line.number)
        elif ": Executed " in text and (executed := _EXECUTED.fullmatch(text)):
            self._read_counts(executed)
        elif text == "START:" or (self._tree is None and ("[karma" in text or "[launcher]" in text)):
            self._open(text)
        elif text.startswith("✔ ") and (completed := _COMPLETED.fullmatch(text)):
            self._completed = int(completed[1])
        elif text == _FAILED_LIST:
            self._is_listing = True
        elif text.endswith(" ERROR") and _ERROR.fullmatch(text):
            self._telling.stopped = self._telling.stopped or f"karma: {text}"
        elif self._tree is not None:
            # Unlike mocha's own, this tree has no empty line before each suite.
            self._tree.interrupt("")

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._close()
        return self._telling.take()

    def _open(self, text: str) -> None:
        if text == "START:" and (self._completed is not None or self._counts):
            self._close()
        self._tree = self._tree or MochaTree()

    def _keep(self, text: str) -> None:
        """Keep a line of an error; the tree's reporter indents it by a tab, as the others do."""
        leaf = self._leaf
        if (
            leaf is not None
            and self._block is None
            and leaf.outcome is Outcome.FAILED
            and len(self._blocks) < MOST_FAILURES
        ):
            self._block = self._blocks[id(leaf)] = Block("", leaf.number)
        if self._block is not None:
            self._block.add(text.removeprefix("\t"))

    def _read_tree(self, line: Line) -> None:
        if self._is_listing:
            self._read_listed(line.text.strip())
        elif self._tree is not None and self._completed is None:
            before = len(self._tree.leaves)
            self._tree.read(line)
            if len(self._tree.leaves) > before:
                self._leaf, self._block = self._tree.leaves[-1], None

    def _read_listed(self, text: str) -> None:
        """Read the closing list of the mocha reporter, which repeats the tree with the errors below each test."""
        if text.startswith("✖ ") and self._tree is not None:
            title = text.removeprefix("✖ ")
            leaves = (leaf for leaf in self._tree.leaves if leaf.outcome is Outcome.FAILED and leaf.path[-1] == title)
            leaf = next((leaf for leaf in leaves if id(leaf) not in self._blocks), None)
            self._block = Block(title, leaf.number) if leaf and len(self._blocks) < MOST_FAILURES else None
            if leaf is not None and self._block is not None:
                self._blocks[id(leaf)] = self._block
        elif self._block is not None and not re.fullmatch(_BROWSER, text):
            self._block.add(text)

    def _read_failed(self, failed: re.Match[str], number: int) -> None:
        browser, name = failed.groups()
        self._block = Block(name, number)
        test = Told(name=name, outcome=Outcome.FAILED, number=number, suite=browser, block=self._block)
        self._told[name] = test
        self._telling.add(test)

    def _read_counts(self, executed: re.Match[str]) -> None:
        browser, *counts, word = executed.groups()
        ran, of, failed, skipped = (int(count or 0) for count in counts)
        if browser in self._counts and self._counts[browser].executed > ran:
            self._close()
            self._open("")
        self._counts[browser] = _Counts(ran, of, failed, skipped, word in ("ERROR", "DISCONNECTED"))
        self._block = None

    def _close(self) -> None:
        """End the session: a test that the tree names and a line of its own as well is one execution."""
        is_over = self._completed is not None or bool(self._counts)
        leaves = self._tree.leaves if self._tree is not None and is_over else []
        for leaf in leaves:
            name = " ".join(leaf.path).removesuffix(_SKIPPED)
            if leaf.outcome is not Outcome.FAILED or name not in self._told:
                self._telling.add(self._leaf_told(leaf, name))
        broken = next((name for name, one in self._counts.items() if one.is_broken), None)
        if broken is not None:
            self._telling.stopped = self._telling.stopped or f"karma: {broken} did not run all of its tests"
        if self._telling.tests or is_over:
            done = all(one.executed + one.skipped >= one.of for one in self._counts.values())
            passes = sum(one.executed - one.failed for one in self._counts.values()) or self._completed or 0
            # Each of several browsers counts a test that a tree names once.
            failures = max((one.failed for one in self._counts.values()), default=0)
            is_complete = is_over and done and broken is None
            self._telling.close(is_complete=is_complete, passes=passes, failures=failures)
        self._start()

    def _leaf_told(self, leaf: Leaf, name: str) -> Told:
        browsers = list(self._counts)
        is_skipped = leaf.path[-1].endswith(_SKIPPED)
        return Told(
            name=name,
            outcome=Outcome.SKIPPED if is_skipped else leaf.outcome,
            number=leaf.number,
            suite=browsers[0] if len(browsers) == 1 else "",
            duration_ms=leaf.duration_ms,
            block=self._blocks.get(id(leaf)),
        )
