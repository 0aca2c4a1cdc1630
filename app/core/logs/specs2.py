"""Reads what specs2 prints through sbt and mill: bullets below the name of a specification and of its blocks, then totals.

Its bullets are ordinary signs, so that nothing is believed before the totals come, and nothing that stands above the name
of the specification: another framework's tests, or, without sbt's levels, the trace of a shell.
"""

import re
from dataclasses import dataclass
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.jvm_dotnet import above_stack, milliseconds, of_class
from app.core.logs.sbt_levels import unlevelled
from app.core.logs.session import MOST_FAILURES, MOST_TESTS, Block, Session
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_BULLETS = {
    "+": Outcome.PASSED,
    "x": Outcome.FAILED,
    "!": Outcome.ERROR,
    "o": Outcome.SKIPPED,
    "*": Outcome.SKIPPED,
}
_TITLE = "Total for specification "
_TOTALS = re.compile(r"\d{1,9} examples?, (?:\d{1,9} expectations?, )?(\d{1,9}) failures?, (\d{1,9}) errors?")
_TOOK = re.compile(r" \((\d[\w, ]{0,60}(?:ms|seconds?|minutes?))\)$")
_JOINT = "::"
_MOST_SCOPES = 100
_MOST_HEADS = 10_000
_OF_BLOOP = re.compile(r"\[E\](?: |$)")
"""What bloop writes before the lines of a failure, where sbt writes a level before each line."""


@dataclass(slots=True)
class _Example:
    """A test that waits for the name of its specification: until then nobody knows which line above is that."""

    outer: str
    scopes: list[str]
    test: Told


class Specs2Reader:
    """Reads the specifications that one step ran; each is a session."""

    marks: ClassVar[tuple[bytes, ...]] = (b" examples, ", b"1 example, ")

    def __init__(self) -> None:
        self._telling = Telling("specs2", above_stack)
        # What a test prints has no level under sbt, so that it must not mix with what sbt levels.
        self._levelled, self._plain = _Specification(), _Specification()

    def read(self, line: Line) -> None:
        """Take the next line."""
        level, said = unlevelled(line.text)
        if level:
            specification = self._levelled
        else:
            specification = self._plain
            if marked := _OF_BLOOP.match(said):
                level, said = "error", said[marked.end() :]
        told = specification.read(said, level, line.number)
        if told is not None:
            self._telling.tests = told
            self._telling.close(is_complete=True, failures=specification.failures)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._levelled, self._plain = _Specification(), _Specification()
        return self._telling.take()


class _Specification:
    """What may be a specification, until its totals come."""

    def __init__(self) -> None:
        self.failures = 0
        self._start()

    def _start(self) -> None:
        self._examples: list[_Example] = []
        self._title = self._first = self._outer = ""
        # The lines at the left edge, with how many examples stood above the first of that name.
        self._heads: dict[str, int] = {}
        self._scopes: list[tuple[int, str]] = []
        self._block: Block | None = None
        self._indent = 0

    def read(self, said: str, level: str, number: int) -> list[Told] | None:
        """Take the next line; return the examples of a specification that it ends."""
        body = said.lstrip(" ")
        indent = len(said) - len(body)
        if not body:
            self._block = None
        elif body[0] in _BULLETS and body[1:2] == " ":
            self._read_example(body, indent, number)
        elif body.startswith(_TITLE):
            self._title = body.removeprefix(_TITLE).strip()
        elif "example" in body and (totals := _TOTALS.match(body)):
            self.failures = int(totals[1]) + int(totals[2])
            return self._end(is_plain=not level)
        elif self._block is not None and (level == "error" or (not level and indent > self._indent)):
            self._block.add(body)
        elif level in {"info", ""}:
            self._open(indent, body)
        return None

    def _open(self, indent: int, scope: str) -> None:
        self._block = None
        if indent:
            self._scopes = [one for one in self._scopes if one[0] < indent][-_MOST_SCOPES:]
            self._scopes.append((indent, scope))
            return
        self._scopes = []
        self._first, self._outer = self._first or scope, scope
        self._heads.setdefault(scope, len(self._examples))
        if len(self._heads) > _MOST_HEADS:
            del self._heads[next(iter(self._heads))]

    def _read_example(self, body: str, indent: int, number: int) -> None:
        self._block, self._indent = None, indent
        if len(self._examples) >= MOST_TESTS:
            return
        outcome, said = _BULLETS[body[0]], body[2:].strip()
        took = _TOOK.search(said) if said.endswith(")") else None
        name = said[: took.start()] if took else said
        test = of_class("", name, outcome, number, milliseconds(took[1]) if took else None)
        if len(self._examples) >= MOST_FAILURES:
            test.block = None
        self._block = test.block
        scopes = [scope for depth, scope in self._scopes if depth <= indent]
        self._examples.append(_Example(self._outer, scopes, test))

    def _end(self, *, is_plain: bool) -> list[Told] | None:
        """Return the examples below the specification's name, named by their blocks; that name is their class.

        Old versions print no such line: there the first one at the left edge is none of the blocks.
        """
        title = self._title or self._first
        head = title if title in self._heads else self._first
        examples = self._examples[self._heads.get(title, 0) :]
        is_believed = not is_plain or (bool(self._title) and self._title in self._heads)
        self._start()
        if not is_believed:
            return None
        for one in examples:
            outer = [one.outer] if one.outer != head else []
            one.test.class_name = one.test.suite = title
            one.test.name = _JOINT.join([*outer, *one.scopes, one.test.name])
        return [one.test for one in examples]
