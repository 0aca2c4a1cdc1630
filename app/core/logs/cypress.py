"""What cypress prints around the runs of mocha: which file it runs, and a table of the file's counts."""

import re
from enum import StrEnum

from app.core.logs.clean import Line
from app.core.logs.session import Block
from app.core.logs.telling import Told
from app.core.model import Outcome

_RUNNING = "  Running:  "
TURNS = ("  (R", _RUNNING)
"""How the lines begin that cypress prints between the files."""
CRASHES = ("We detected that the ", "The browser process running your tests just ", "The Test Runner unexpectedly ")
_FAILING = re.compile(r"  │ Failing: {2,100}[1-9]\d{0,6} {1,100}│")


class Place(StrEnum):
    """Where in its output cypress is: nowhere, in the tests of a file, in its results, past the end."""

    NOWHERE = "nowhere"
    TESTS = "tests"
    RESULTS = "results"
    OVER = "over"


class CypressRun:
    """One `cypress run`; `spec` is the file whose tests are being run, `has_failed` says whether one of them did."""

    def __init__(self) -> None:
        self.place = Place.NOWHERE
        self.spec: str | None = None
        self.has_failed = False
        self._crash: Block | None = None

    @property
    def is_running(self) -> bool:
        """Say whether this is cypress at all."""
        return self.place is not Place.NOWHERE

    def is_turn(self, text: str) -> bool:
        """Tell whether a line ends what mocha said of a file."""
        if text == "  (Run Starting)":
            return True
        known = text in ("  (Results)", "  (Run Finished)") or (text.startswith(_RUNNING) and text.endswith(")"))
        return known and self.is_running

    def turn(self, text: str) -> None:
        """Go on to what a line announces."""
        if text.startswith(_RUNNING):
            self.spec = text.removeprefix(_RUNNING).rpartition("(")[0].strip()
            self.place, self.has_failed, self._crash = Place.TESTS, False, None
        elif text == "  (Run Finished)":
            self.place = Place.OVER
        else:
            self.place = Place.RESULTS

    def broken(self, line: Line) -> Told | None:
        """Return the failure of a file that counts failures though none of its tests did: it could not be run to its end."""
        if self.place is not Place.RESULTS or self.has_failed or not self.spec or not _FAILING.fullmatch(line.text):
            return None
        self.has_failed = True
        return Told(
            name=self.spec,
            outcome=Outcome.ERROR,
            number=self._crash.number if self._crash else line.number,
            class_name=self.spec,
            file=self.spec,
            block=self._crash,
        )

    def read_aside(self, line: Line) -> None:
        """Take a line that is not indented: the words with which a browser crashed."""
        if self.place is Place.TESTS and self._crash is None and line.text.startswith(CRASHES):
            self._crash = Block("", line.number)
            self._crash.add(line.text)
