"""Reads what PostgreSQL's pg_regress and its kin printed before version 16; since then they print TAP."""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.session import Session
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_BEGUN = "running regression test queries"
_ENDED = re.compile(
    r"(?:test |     {0,9})(\S{1,200}) {1,90}\.\.\. (ok|FAILED|failed \(ignored\))(?: \(test process exited with exit code \d+\))?(?: {1,20}(\d{1,9}) ms)?"
)
_TOTAL = re.compile(
    r" ?(?:(\d{1,6}) of \d{1,6} tests failed.*|All \d{1,6} tests passed\.? ?|\d{1,6} of \d{1,6} tests passed,.*)"
)
_OUTCOMES = {"ok": Outcome.PASSED, "FAILED": Outcome.FAILED}


class PgRegressReader:
    """Reads the pg_regress sessions of one step."""

    marks: ClassVar[tuple[bytes, ...]] = (_BEGUN.encode(),)

    def __init__(self) -> None:
        self._telling = Telling("pg_regress")
        self._has_begun = False

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if _BEGUN in text and text.startswith("==="):
            self._has_begun = True
        elif not self._has_begun:
            return
        elif " ... " in text and (ended := _ENDED.fullmatch(text)):
            outcome = _OUTCOMES.get(ended[2], Outcome.SKIPPED)
            told = Told(name=ended[1], outcome=outcome, number=line.number)
            told.duration_ms = int(ended[3]) if ended[3] else None
            told.message = ended[2]
            self._telling.add(told)
        elif " tests " in text and (total := _TOTAL.fullmatch(text)):
            self._telling.close(is_complete=True, failures=int(total[1] or 0))
            self._has_begun = False

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._has_begun = False
        return self._telling.take()
