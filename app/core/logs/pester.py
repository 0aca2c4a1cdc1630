"""Reads what Pester prints for PowerShell (versions 4 and 5): a tree of blocks, or failed tests by their whole path.

On GitHub it writes a failure as an annotation, and its words as a group.
"""

import re
from typing import ClassVar

from app.core.logs.clean import ERROR, Line
from app.core.logs.jvm_dotnet import above_stack, milliseconds, of_class
from app.core.logs.session import Block, Session
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_TEST = re.compile(
    r"( {0,60})\[([+\-!?])\] (\S.{0,2000}?)(?:,? is (?:skipped|pending|inconclusive).{0,500}|, because .{0,500})?"
    r" (\d[\d.,]{0,12} ?m?s)(?: \(.{0,60}\))?"
)
_OUTCOMES = {"+": Outcome.PASSED, "-": Outcome.FAILED, "!": Outcome.SKIPPED, "?": Outcome.SKIPPED}
_BLOCK = re.compile(r"( {0,60})(?:Describing|Context) (\S.{0,1000})")
_BROKEN = re.compile(
    r" {0,60}\[-\] (?:Discovery in (\S.{0,1000}) failed with:|(\S.{0,1000}?\.Tests\.ps1) failed with:|(?:Describe|Context) (\S.{0,1000}) failed)"
)
_FILE = re.compile(r"(?:Running tests from|Executing script) '?(\S.{0,1000}?\.Tests\.ps1)'?(?: .*)?")
_OF_BLOCK = "Error occurred in "
_TOTALS = re.compile(r"Tests Passed: (\d{1,9}), Failed: (\d{1,9}), Skipped: \d{1,9}")


class PesterReader:
    """Reads the Pester sessions of one step."""

    marks: ClassVar[tuple[bytes, ...]] = (b"Tests Passed: ", b"Pester", b".Tests.ps1")

    def __init__(self) -> None:
        self._telling = Telling("pester", above_stack)
        self._start()

    def _start(self) -> None:
        self._telling.forget()
        self._blocks: list[tuple[int, str]] = []
        self._file = ""
        self._block: Block | None = None
        self._indent = 0

    def read(self, line: Line) -> None:
        """Take the next line."""
        if line.tag and line.tag != ERROR:
            return
        text = line.text
        body = text.lstrip(" ")
        if body.startswith("[") and body[2:4] == "] ":
            self._read_bullet(line)
        elif body.startswith(("Describing ", "Context ")) and (block := _BLOCK.fullmatch(text)):
            self._blocks = [one for one in self._blocks if one[0] < len(block[1])]
            self._blocks.append((len(block[1]), block[2]))
            self._block = None
        elif body.startswith("Tests Passed: ") and (totals := _TOTALS.match(body)):
            self._close(is_complete=True, passes=int(totals[1]), failures=int(totals[2]))
        elif body.startswith("Tests completed in "):
            self._block = None
        elif body.startswith(("Running tests from ", "Executing script ")) and (file := _FILE.fullmatch(body)):
            self._file, self._blocks, self._block = file[1], [], None
        elif self._block is not None:
            self._block.add(body)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them; without Pester's own words there are none."""
        if any(test.outcome.is_bad for test in self._telling.tests) and (self._file or self._blocks):
            self._close(is_complete=False)
        self._start()
        return self._telling.take()

    def _read_bullet(self, line: Line) -> None:
        self._block = None
        broken = _BROKEN.fullmatch(line.text)
        test = _TEST.fullmatch(line.text) if broken is None else None
        if broken is not None:
            name = broken[1] or broken[2] or broken[3]
            file = broken[1] or broken[2] or self._file
            self._add(of_class(file, name, Outcome.ERROR, line.number))
        elif test is not None and not test[3].endswith(".ps1"):
            # The blocks of a test stand less far to the right, the outermost ones of version 5 at the left edge.
            # On GitHub a failure is an error annotation.
            is_annotation = line.tag == ERROR and not test[1]
            path = [name for depth, name in self._blocks if depth < len(test[1]) or is_annotation]
            name = ".".join([*path, test[3]])
            is_block = test[3].startswith(_OF_BLOCK)
            outcome = Outcome.ERROR if is_block else _OUTCOMES[test[2]]
            self._add(of_class(self._file, name, outcome, line.number, milliseconds(test[4])))

    def _add(self, test: Told) -> None:
        test.file = test.class_name or None
        self._block = self._telling.add(test)

    def _close(self, *, is_complete: bool, passes: int = 0, failures: int = 0) -> None:
        # The tests of a block that failed are counted, and not named.
        is_whole = not any(test.outcome is Outcome.ERROR for test in self._telling.tests)
        self._telling.close(is_complete=is_complete, passes=passes, failures=failures if is_whole else 0)
        self._start()
