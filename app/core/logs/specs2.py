"""Reads what specs2 prints through sbt: bullets below the name of a specification and of its blocks, then totals.

Its bullets are ordinary signs, so that nothing is believed before the totals come.
"""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.sbt_levels import unlevelled
from app.core.logs.session import MOST_FAILURES, MOST_TESTS, Block, Session
from app.core.logs.told import ToldTest, milliseconds, result
from app.core.model import Outcome

_BULLETS = {
    "+": Outcome.PASSED,
    "x": Outcome.FAILED,
    "!": Outcome.ERROR,
    "o": Outcome.SKIPPED,
    "*": Outcome.SKIPPED,
}
_TITLE = "Total for specification "
_TOTALS = re.compile(r"\d{1,9} examples?, (?:\d{1,9} expectations?, )?\d{1,9} failures?, \d{1,9} errors?")
_TOOK = re.compile(r" \((\d[\w, ]{0,60}(?:ms|seconds?|minutes?))\)$")
_JOINT = "::"
_MOST_SCOPES = 100


class Specs2Reader:
    """Reads the specifications that one step ran; each is a session."""

    marks: ClassVar[tuple[bytes, ...]] = (b" examples, ", b"1 example, ")

    def __init__(self) -> None:
        self._done: list[Session] = []
        self._start()

    def _start(self) -> None:
        self._tests: list[ToldTest] = []
        self._title = ""
        self._scopes: list[tuple[int, str]] = []
        self._block: Block | None = None

    def read(self, line: Line) -> None:
        """Take the next line."""
        level, said = unlevelled(line.text)
        if not level:
            return
        body = said.lstrip(" ")
        indent = len(said) - len(body)
        if not body:
            self._block = None
        elif body[0] in _BULLETS and body[1:2] == " ":
            self._read_example(body, indent, line.number)
        elif body.startswith(_TITLE):
            self._title = body.removeprefix(_TITLE).strip()
        elif "example" in body and _TOTALS.match(body):
            self._close()
        elif level == "error" and self._block is not None:
            self._block.add(body)
        elif level == "info":
            self._open(indent, body)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        done, self._done = self._done, []
        self._start()
        return done

    def _open(self, indent: int, scope: str) -> None:
        self._block = None
        self._scopes = [one for one in self._scopes if one[0] < indent or not indent][-_MOST_SCOPES:]
        self._scopes.append((indent, scope))

    def _read_example(self, body: str, indent: int, number: int) -> None:
        self._block = None
        if len(self._tests) >= MOST_TESTS:
            return
        outcome, said = _BULLETS[body[0]], body[2:].strip()
        took = _TOOK.search(said) if said.endswith(")") else None
        name = _JOINT.join([*self._scopes_of(indent), said[: took.start()] if took else said])
        test = ToldTest("", name, outcome, number, duration_ms=milliseconds(took[1]) if took else None)
        if outcome.is_bad and len(self._tests) < MOST_FAILURES:
            test.block = self._block = Block(name, number)
        self._tests.append(test)

    def _scopes_of(self, indent: int) -> list[str]:
        """Return the blocks of an example, outermost first: of those at the left edge the last one is open.

        The first line of all is the name of the specification, which is the examples' class.
        """
        outer = [scope for depth, scope in self._scopes if not depth][1:][-1:]
        return outer + [scope for depth, scope in self._scopes if 0 < depth <= indent]

    def _close(self) -> None:
        title = self._title or next((scope for depth, scope in self._scopes if not depth), "")
        for test in self._tests:
            test.class_name = test.suite = title
        self._done.append(Session(runner="specs2", results=tuple(map(result, self._tests)), is_complete=True))
        self._start()
