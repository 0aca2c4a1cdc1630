"""Reads what ZIO Test prints, through sbt, mill or alone: a tree of suites and tests, totals, and all failures again.

A suite is marked like a test, so that the tree is read when the totals are there: what has nothing below it is a test.
"""

import re
from itertools import zip_longest
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.jvm_dotnet import above_stack, milliseconds, of_class
from app.core.logs.sbt_levels import unlevelled
from app.core.logs.session import MOST_FAILURES, MOST_TESTS, Block, Session
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_NODE = re.compile(r"( {0,60})([+-]) (\S.{0,1500}?)(?: - (\d{1,9} m?s))?")
_IGNORED = " - ignored"
_TOTALS = re.compile(r" {0,4}(\d{1,9}) tests? passed\. (\d{1,9}) tests? failed\. \d{1,9} tests? ignored\.")
_JOINT = " - "


class ZiotestReader:
    """Reads the ZIO Test sessions of one step."""

    marks: ClassVar[tuple[bytes, ...]] = (b" tests passed. ", b"1 test passed. ")

    def __init__(self) -> None:
        self._telling = Telling("zio-test", above_stack)
        self._start()

    def _start(self) -> None:
        self._nodes: list[tuple[int, Told]] = []
        self._block: Block | None = None

    def read(self, line: Line) -> None:
        """Take the next line."""
        _, said = unlevelled(line.text)
        body = said.lstrip(" ")
        if body.startswith(("+ ", "- ")):
            self._read_node(said, line.number)
        elif " passed. " in said and (totals := _TOTALS.match(said)):
            self._close(int(totals[1]), int(totals[2]))
        elif body and body == said:
            # What stands at the left edge ends a tree: lists and traces of a shell look like one.
            self._start()
        elif self._block is not None:
            self._block.add(body)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._start()
        return self._telling.take()

    def _read_node(self, said: str, number: int) -> None:
        node = _NODE.fullmatch(said)
        self._block = None
        if node is None or len(self._nodes) >= MOST_TESTS:
            return
        indent, sign, name, took = node.groups()
        outcome = Outcome.PASSED if sign == "+" else Outcome.FAILED
        if name.endswith(_IGNORED):
            name, outcome = name.removesuffix(_IGNORED), Outcome.SKIPPED
        test = of_class("", name, outcome, number, milliseconds(took) if took else None)
        if len(self._nodes) >= MOST_FAILURES:
            test.block = None
        self._block = test.block
        self._nodes.append((len(indent), test))

    def _close(self, passes: int, failures: int) -> None:
        """Keep the leaves of the tree, named by their suites: the outermost one is their class."""
        path: list[tuple[int, str]] = []
        for (depth, test), following in zip_longest(self._nodes, self._nodes[1:]):
            path = [one for one in path if one[0] < depth]
            if following is not None and following[0] > depth:
                path.append((depth, test.name))
                continue
            suites = [name for _, name in path]
            test.class_name = test.suite = suites[0] if suites else ""
            test.name = _JOINT.join([*suites[1:], test.name])
            self._telling.add(test)
        self._telling.close(is_complete=True, passes=passes, failures=failures)
        self._start()
