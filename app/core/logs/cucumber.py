"""Reads what Cucumber and its kin print: a list of the scenarios that failed, then counts of scenarios and steps.

Cucumber of Ruby, of Java and of JavaScript each have a list of their own; behave (Python), Behat (PHP) and godog have others.
"""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.session import MOST_FAILURES, Block, Session
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_LISTS = {
    "Failing Scenarios:": Outcome.FAILED,
    "Failing scenarios:": Outcome.FAILED,
    "Failed scenarios:": Outcome.FAILED,
    "--- Failed scenarios:": Outcome.FAILED,
    "Errored scenarios:": Outcome.ERROR,
    "Ambiguous scenarios:": Outcome.ERROR,
}
_FLAKY = ("Flaky Scenarios:", "Flaky scenarios:")
_BLOCKS = {"Failures:": True, "Warnings:": False}
_STEPS = "--- Failed steps:"
# Behind the place: `# Scenario: name` of Ruby, `# name` of Java, two blanks and the name of behave, nothing of Behat.
_LISTED = re.compile(
    r" {0,8}(cucumber (?:-\S{1,100} (?:[^\s.]{1,100} )?){0,5})?(\S{1,400}\.feature:\d{1,7}(?::\d{1,7}){0,50})(?: ?# {0,2}| {2})?(\S.*)?"
)
_BLOCK = re.compile(r"\d{1,6}\) Scenario: (\S.*)")
_ATTEMPT = re.compile(r" \(attempt \d{1,4}(, retried)?\)$")
_PLACE = re.compile(r"\S.{0,400}\.feature:\d{1,7}")
_LINES = re.compile(r"(?::\d{1,7}){1,51}$")
_KEYWORD = re.compile(r"(?:Scenario(?: Outline)?|Example): ")
_OF_STEP = re.compile(r" {2}Scenario: |\d{3} (?:Scenario|Example): ")
_COUNTS = re.compile(r"\d{1,9} [Ss]cenarios? \((.{1,200})\)")
_COUNTS_OF_BEHAVE = re.compile(r"(\d{1,9}) scenarios? passed, (\d{1,9}) failed(?:, (\d{1,9}) error)?.{0,100}")
_COUNT = re.compile(r"(\d{1,9}) (passed|failed|ambiguous|flaky)")
# What surefire and `go test` say of the same scenarios, by the names that their reports have.
_WRAPPED = re.compile(r"(?:\[(?:ERROR|WARNING|INFO)\] )?Tests run: {0,3}\d| {0,40}--- FAIL: ")
_DEEP, _TEXT = "      ", '"""'
_MOST_KNOWN, _MOST_WORDS = 20_000, 1_000


class CucumberReader:
    """Reads the runs of one step; each ends with its counts."""

    marks: ClassVar[tuple[bytes, ...]] = (
        *(heading.encode() for heading in _LISTS),
        *(heading.encode() for heading in _FLAKY),
        b") Scenario: ",
        _STEPS.encode(),
    )

    def __init__(self) -> None:
        # Runs that have the terminal for themselves, and those that a build tool may have begun.
        self._alone, self._within = Telling("cucumber"), Telling("cucumber")
        self._is_wrapped = False
        self._start()

    def _start(self) -> None:
        self._telling = self._alone
        self._outcome: Outcome | None = None
        self._is_flaky = self._is_of_steps = self._is_text = False
        self._is_failing: bool | None = None
        self._block: Block | None = None
        self._names: dict[str, str] = {}
        self._words: dict[str, Block] = {}
        self._place = ""
        self._told: set[tuple[str, str]] = set()
        self._again: list[Told] = []

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if not text:
            return
        if text in _LISTS or text in _FLAKY or text in _BLOCKS or text == _STEPS:
            self._open(text)
        elif (self._outcome is not None or self._is_flaky) and self._read_listed(text, line.number):
            return
        elif ") Scenario: " in text[:20] and (block := _BLOCK.fullmatch(text)):
            self._read_block(block[1], line.number)
        elif "cenario" in text and (counts := _COUNTS.fullmatch(text) or _COUNTS_OF_BEHAVE.fullmatch(text)):
            self._close(counts)
        elif "# " in text and ".feature:" in text:
            self._read_scenario(text, line.number)
        elif self._block is not None:
            self._block.add(text.removeprefix("   "))
        else:
            self._read_other(text, line.number)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._repeat()
        alone, within = self._alone.take(), self._within.take()
        is_wrapped, self._is_wrapped = self._is_wrapped, False
        self._start()
        return alone if is_wrapped else alone + within

    def _open(self, heading: str) -> None:
        self._outcome, self._is_flaky, self._block = _LISTS.get(heading), heading in _FLAKY, None
        self._is_failing = _BLOCKS.get(heading)
        self._is_of_steps = heading == _STEPS
        if heading in ("Failed scenarios:", _STEPS) and not self._alone.tests:
            self._telling = self._within

    def _read_listed(self, text: str, number: int) -> bool:
        listed = _LISTED.fullmatch(text)
        if listed is None:
            self._outcome, self._is_flaky = None, False
            return False
        of_ruby, place, name = listed.groups()
        if name and of_ruby:
            name = name.partition(": ")[2] or name
        elif name and (keyword := _KEYWORD.match(name)):
            name = name[keyword.end() :]
        name = name or self._names.get(place) or place
        self._tell(place, name, self._outcome or Outcome.FAILED, number)
        if self._is_flaky:
            self._note_again(self._told_of(place, name, Outcome.PASSED, number))
        return True

    def _read_block(self, said: str, number: int) -> None:
        """Read the head of a block of JavaScript's: those of the warnings tell of tries that were run again, too."""
        self._block = None
        if self._is_failing is None:
            return
        name, _, place = said.rpartition(" # " if " # " in said else " - ")
        if not _PLACE.fullmatch(place):
            name, place = said, ""
        attempt = _ATTEMPT.search(name)
        name = name[: attempt.start()] if attempt else name
        if self._is_failing:
            self._block = self._tell(place, name, Outcome.FAILED, number).block
        elif attempt and attempt[1]:
            is_bad = (place, name) in self._told
            self._block = self._tell(place, name, Outcome.FAILED, number).block
            self._note_again(self._told_of(place, name, Outcome.FAILED if is_bad else Outcome.PASSED, number))

    def _read_scenario(self, text: str, number: int) -> None:
        """Read a line that names a scenario or a step, and the place of it."""
        head, _, place = text.rpartition("# ")
        self._is_text = False
        if self._is_of_steps and _OF_STEP.match(text) and _PLACE.fullmatch(place):
            name = head.partition(": ")[2].strip()
            self._names.setdefault(place, name)
            # Behat's have numbers, and no build tool around them.
            self._telling = self._within if text.startswith("  ") else self._alone
            self._block = self._tell(place, name, Outcome.FAILED, number).block
        elif self._block is None and ": " in head and head[:5].strip() and _PLACE.fullmatch(place):
            self._place = place
            if len(self._names) < _MOST_KNOWN:
                self._names[place] = head.partition(": ")[2].strip()

    def _read_other(self, text: str, number: int) -> None:
        """Keep what a step of the scenario above said, and see whether somebody else tells of the scenarios."""
        if text.startswith(_DEEP):
            said = text.strip()
            self._is_text ^= said.startswith(_TEXT)
            if self._place and not self._is_text and not said.startswith((_TEXT, "|")):
                if self._place not in self._words and len(self._words) < _MOST_WORDS:
                    self._words[self._place] = Block(self._place, number)
                if self._place in self._words:
                    self._words[self._place].add(text.removeprefix(_DEEP))
        elif not self._is_wrapped and ("Tests run:" in text or " FAILED" in text or "--- FAIL: " in text):
            of_gradle = text.endswith(" FAILED") and " > " in text
            self._is_wrapped = of_gradle or _WRAPPED.match(text) is not None

    def _tell(self, place: str, name: str, outcome: Outcome, number: int) -> Told:
        told = self._told_of(place, name, outcome, number)
        told.block = self._words.get(place) or Block(name, number)
        if (place, name) not in self._told:
            self._told.add((place, name))
            self._telling.add(told)
        return told

    def _told_of(self, place: str, name: str, outcome: Outcome, number: int) -> Told:
        file = _LINES.sub("", place).removeprefix("classpath:").removeprefix("file://")
        return Told(suite=file, class_name=file, name=name, outcome=outcome, number=number, file=file or None)

    def _note_again(self, told: Told) -> None:
        if len(self._again) < MOST_FAILURES:
            self._again.append(told)

    def _repeat(self) -> None:
        """Tell the last executions of what failed first and passed then."""
        for told in self._again:
            self._telling.add(told)
        self._again = []

    def _close(self, counts: re.Match[str]) -> None:
        if counts.re is _COUNTS_OF_BEHAVE:
            passed, failed = int(counts[1]), int(counts[2]) + int(counts[3] or 0)
        else:
            found = {word: int(number) for number, word in _COUNT.findall(counts[1])}
            passed = found.get("passed", 0)
            failed = found.get("failed", 0) + found.get("ambiguous", 0)
        self._repeat()
        self._telling.close(is_complete=True, passes=passed, failures=failed)
        self._start()
