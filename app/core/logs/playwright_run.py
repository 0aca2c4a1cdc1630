"""One run of playwright as its rows, its blocks and its closing lists tell it together."""

import re
from dataclasses import dataclass, field

from app.core.logs.session import LONGEST_MESSAGE, MOST_FAILURES, MOST_TESTS, Block, cut
from app.core.logs.telling import Told
from app.core.model import Outcome

_JOINT = " › "
_TITLE = re.compile(r"(?:\[([^\]]{1,200})\] › )?(\S[^›]{0,400}?):(\d{1,7}):\d{1,6}(?: › (\S.*))?")
_AFTER_MESSAGE = re.compile(r"\s{0,40}(?:>? {0,8}\d{1,7} \||at \S|attachment #|Error Context: )")
_INTERRUPTED = "Test was interrupted."
_BAD_LISTS = ("failed", "flaky", "interrupted")


@dataclass(slots=True)
class Attempt:
    """One execution: the test's title as playwright writes it, with project and place, and the number of the retry."""

    title: str
    retry: int
    outcome: Outcome
    number: int
    duration_ms: int | None = None
    block: Block | None = None


@dataclass(slots=True)
class PlaywrightRun:
    """What was read of a run; `listed` holds the titles of each closing list with their lines, `counts` what they counted."""

    rows: list[Attempt] = field(default_factory=list)
    blocks: dict[tuple[str, int], Block] = field(default_factory=dict)
    listed: dict[str, dict[str, int]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    begun: set[str] = field(default_factory=set)
    repeated: int = 0

    def begin(self, title: str) -> None:
        """Note a test of which it is only told that it began."""
        if len(self.begun) < MOST_TESTS:
            self.begun.add(title)

    def put_on_list(self, name: str, title: str, number: int) -> None:
        """Take a title of a closing list; a test that is repeated has the same one each time."""
        titles = self.listed.setdefault(name, {})
        self.repeated += title in titles
        titles[title] = number

    def add(self, attempt: Attempt) -> None:
        """Add an execution that has a row."""
        if len(self.rows) < MOST_TESTS:
            self.rows.append(attempt)

    def open_block(self, title: str, retry: int, number: int) -> Block | None:
        """Return the block of a failed execution; None where it is told once more, or one too many."""
        key = (title, retry)
        if len(self.blocks) >= MOST_FAILURES or (key in self.blocks and self.blocks[key].lines):
            return None
        self.blocks[key] = Block(title, number)
        return self.blocks[key]

    def attempts(self) -> list[Attempt]:
        """Return all executions, in order of time as far as it is known."""
        attempts = list(self.rows)
        untold = {(one.title, one.retry): one for one in reversed(attempts)}
        titles = (
            self.begun
            | {one.title for one in attempts}
            | {title for titles in self.listed.values() for title in titles}
        )
        for (said, retry), block in self.blocks.items():
            title = _known_title(said, titles)
            attempt = untold.get((title, retry))
            if attempt is None:
                attempt = Attempt(title, retry, Outcome.FAILED, block.number)
                attempts.append(attempt)
                untold[title, retry] = attempt
            attempt.block, attempt.number = block, block.number
        self._add_untold(attempts)
        return [self._judged(attempt) for attempt in attempts] if self.counts else attempts

    def _add_untold(self, attempts: list[Attempt]) -> None:
        """Add what no row told: the pass that makes a test flaky, and failures that have no block."""
        passed = {one.title for one in attempts if one.outcome is Outcome.PASSED}
        known = {one.title for one in attempts}
        failed = {title: line for title, line in self.listed.get("failed", {}).items() if title not in known}
        flaky = {title: line for title, line in self.listed.get("flaky", {}).items() if title not in passed}
        attempts += [Attempt(title, 0, Outcome.FAILED, line) for title, line in failed.items()]
        attempts += [Attempt(title, 1, Outcome.PASSED, line) for title, line in flaky.items()]

    def _judged(self, attempt: Attempt) -> Attempt:
        """Let the closing lists decide: a test that was to fail and did passed, one that did not failed."""
        bad = [name for name in _BAD_LISTS if attempt.title in self.listed.get(name, ())]
        if attempt.outcome is Outcome.FAILED and (not bad or _is_interrupted(attempt) or bad == ["interrupted"]):
            attempt.outcome = Outcome.PASSED if not bad else Outcome.SKIPPED
        elif attempt.outcome is Outcome.PASSED and bad == ["failed"]:
            attempt.outcome = Outcome.FAILED
        return attempt


def is_title(text: str) -> bool:
    """Tell whether it is a test as playwright writes it: the project where it has a name, the place, the titles."""
    return _TITLE.fullmatch(text) is not None


def told(attempt: Attempt) -> Told:
    """Name the test as playwright's JUnit reporter does with its projects' names: suite and class are the file."""
    title = _TITLE.fullmatch(attempt.title)
    project, file, _, name = title.groups() if title else (None, "", None, attempt.title)
    name = name or file
    return Told(
        name=f"[{project}] {name}" if project else name,
        outcome=attempt.outcome,
        number=attempt.number,
        suite=file,
        class_name=file,
        file=file,
        duration_ms=attempt.duration_ms,
        block=attempt.block,
        message=_message(attempt.block) if attempt.block else None,
    )


def _known_title(said: str, titles: set[str]) -> str:
    """Return the title of the test: the head of a block names the steps within it as well."""
    title = said
    while title and title not in titles:
        title = title.rpartition(_JOINT)[0]
    return title or said


def _is_interrupted(attempt: Attempt) -> bool:
    lines = attempt.block.lines if attempt.block else []
    return next((line.strip() for line in lines if line.strip()), "") == _INTERRUPTED


def _message(block: Block) -> str | None:
    end = next((at for at, line in enumerate(block.lines) if _AFTER_MESSAGE.match(line)), len(block.lines))
    return cut([line.rstrip() for line in block.lines[:end]], LONGEST_MESSAGE)
