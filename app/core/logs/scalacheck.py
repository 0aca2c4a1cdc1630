"""Reads what ScalaCheck prints under sbt and mill: a line for each property, and below one that failed what it failed for."""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.sbt_levels import unlevelled
from app.core.logs.session import Block, Session
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_ENDS = (
    ("OK, p", Outcome.PASSED),
    ("Falsified after ", Outcome.FAILED),
    ("Gave up after only ", Outcome.FAILED),
    ("Exception raised on property evaluation", Outcome.ERROR),
)
_PROPERTY = re.compile(r"([+!]) (\S.{0,600}?): (.{5,300})")
_TOTALS = re.compile(r"(?:Passed|Failed): Total \d{1,9}, Failed \d{1,9}, Errors \d{1,9}.*")


class ScalacheckReader:
    """Reads the properties that one step checked; what other frameworks of the same build ran is theirs."""

    marks: ClassVar[tuple[bytes, ...]] = (
        b": OK, passed ",
        b": OK, proved ",
        b": Falsified after ",
        b": Gave up after only ",
        b": Exception raised on property",
    )

    def __init__(self) -> None:
        self._telling = Telling("scalacheck")
        self._block: Block | None = None

    def read(self, line: Line) -> None:
        """Take the next line."""
        _, said = unlevelled(line.text)
        if said[:2] in ("+ ", "! ") and (found := _PROPERTY.fullmatch(said)):
            self._read_property(found, line.number)
        elif said.startswith(("> ", "  ")) and self._block is not None:
            self._block.add(said.removeprefix("> "))
        elif self._telling.tests and _TOTALS.fullmatch(said):
            self._telling.close(is_complete=True)
            self._block = None
        else:
            self._block = None

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._block = None
        return self._telling.take()

    def _read_property(self, found: re.Match[str], number: int) -> None:
        """Take a property by the name of its group; ScalaCheck writes both as one, joined by a dot."""
        mark, label, end = found.groups()
        self._block = None
        outcome = next((outcome for words, outcome in _ENDS if end.startswith(words)), None)
        if outcome is None or outcome.is_bad != (mark == "!"):
            return
        group, _, name = label.partition(".")
        told = Told(
            suite=group if name else "",
            class_name=group if name else "",
            name=name or label,
            outcome=outcome,
            number=number,
        )
        if outcome.is_bad:
            told.block = self._block = Block(told.name, number)
            told.message = end
        self._telling.add(told)
