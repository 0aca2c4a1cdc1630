"""Reads what ScalaTest's reporter prints: through sbt with levels, through maven, gradle and mill without.

A suite is a name with a colon, a test a line that begins with a dash; the scopes of a test stand above it. Without levels
what a test prints looks like a scope, so that tests are named by their own words there.
"""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.jvm_dotnet import above_stack, milliseconds, of_class
from app.core.logs.sbt_levels import unlevelled
from app.core.logs.session import Block, Session
from app.core.logs.telling import Telling
from app.core.model import Outcome

_SUITE = re.compile(r"((?:[\w$]{1,100}\.){0,40}[\w$]{1,200}):")
_TOOK = re.compile(
    r" \((\d[\d.]{0,12} (?:milli)?(?:second|minute|hour)s?(?:, \d{1,6} (?:milli)?(?:second|minute)s?){0,3})\)$"
)
_ENDINGS = {
    " *** FAILED ***": Outcome.FAILED,
    " !!! IGNORED !!!": Outcome.SKIPPED,
    " !!! CANCELED !!!": Outcome.SKIPPED,
    " (pending)": Outcome.SKIPPED,
}
_ABORTED = " *** ABORTED ***"
# Said without sbt only, where what was printed before may look like tests.
_STARTS = "Run starting. Expected test count is: "
_OPENINGS = (":", _ABORTED)
_WITH_CLASS = re.compile(r".{0,200}class name: ([\w.$]{1,400})$")
_TOTALS = re.compile(r"Tests: succeeded (\d{1,9}), failed (\d{1,9})")
_OF_SBT = (
    "Compiling ",
    "compiling ",
    "done compiling",
    "Resolving ",
    "Updating ",
    "loading ",
    "Packaging ",
    "Set current ",
)
_DEEPEST = 60
_FEATURE, _SCENARIO = "Feature: ", "Scenario: "


class ScalatestReader:
    """Reads the ScalaTest sessions of one step."""

    marks: ClassVar[tuple[bytes, ...]] = (b"*** FAILED ***", b"Tests: succeeded ", b"*** ABORTED ***")

    def __init__(self) -> None:
        self._telling = Telling("scalatest", above_stack)
        self._start()

    def _start(self) -> None:
        self._telling.forget()
        self._suite = ""
        self._scopes: list[tuple[int, str]] = []
        self._has_feature = False
        self._block: Block | None = None
        self._indent = 0
        self._last: tuple[int, str] | None = None

    def read(self, line: Line) -> None:
        """Take the next line."""
        if not self._suite and self._block is None and not line.text.endswith(_OPENINGS) and "Tests: " not in line.text:
            return
        level, said = unlevelled(line.text)
        body = said.lstrip(" ")
        indent = len(said) - len(body)
        if not body or indent > _DEEPEST:
            self._block = self._block if body else None
        elif body.startswith("- ") or (body.startswith(_SCENARIO) and (self._scopes or self._has_feature)):
            self._read_test(body.removeprefix("- "), indent, line.number)
        elif body.startswith("Tests: succeeded") and (totals := _TOTALS.match(body)):
            self._telling.close(is_complete=True, passes=int(totals[1]), failures=int(totals[2]))
            self._start()
        elif body.startswith(_STARTS):
            self._start()
        elif body.endswith(_ABORTED):
            self._read_aborted(body.removesuffix(_ABORTED), line.number)
        elif not indent and body.endswith(":") and (suite := _SUITE.fullmatch(body)):
            self._suite, self._scopes, self._block, self._has_feature = suite[1], [], None, False
        elif self._block is not None and indent > self._indent:
            self._block.add(body)
            self._last = (indent, body)
        elif level == "info" and self._suite and not body.startswith(("+ ", *_OF_SBT)):
            self._open(indent, body)
        else:
            self._block = None
            self._has_feature = self._has_feature or (not level and body.startswith(_FEATURE))

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them.

        Of a run without its totals only failures are certain; after the totals they are reminders of what was told.
        """
        telling = self._telling
        known = {(one.class_name, one.name) for session in telling.done for one in session.results}
        telling.tests = [test for test in telling.tests if test.outcome.is_bad and test.key not in known]
        sessions = telling.take()
        self._start()
        return sessions

    def _open(self, indent: int, scope: str) -> None:
        self._block = None
        self._scopes = [one for one in self._scopes if one[0] < indent]
        self._scopes.append((indent, scope))

    def _read_test(self, said: str, indent: int, number: int) -> None:
        if not self._suite:
            return
        is_scenario = said.startswith(_SCENARIO)
        if self._last is not None and self._last[0] == indent and self._block is not None and not is_scenario:
            # What stands right above a test, as deep as it, is its scope and not the end of the failure before.
            self._block.lines.pop()
            self._open(*self._last)
        took = _TOOK.search(said) if said.endswith(")") else None
        said = said[: took.start()] if took else said
        ending = next((ending for ending in _ENDINGS if said.endswith(ending)), "")
        scopes = [scope for depth, scope in self._scopes if depth <= indent]
        name = " ".join([*scopes, said.removesuffix(ending)])
        duration = milliseconds(took[1]) if took else None
        # The words of a failure stand as deep as the scenario.
        self._indent, self._last = indent - is_scenario, None
        outcome = _ENDINGS.get(ending, Outcome.PASSED)
        self._block = self._telling.add(of_class(self._suite, name, outcome, number, duration))

    def _read_aborted(self, said: str, number: int) -> None:
        named = _WITH_CLASS.fullmatch(said)
        name = named[1] if named else said
        if named or _SUITE.fullmatch(f"{said}:"):
            self._indent, self._last = 0, None
            self._block = self._telling.add(of_class(name, name, Outcome.ERROR, number))
