"""The tests of one pytest session: each told up to three times, and brought together here.

The full name stands in verbose progress and in the short summary, message and traceback under a header that lacks the file.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from app.core.logs.pytest_blocks import (
    crashed_test,
    is_sum_of_subtests,
    key_of,
    made_up_id,
    message,
    traceback,
)
from app.core.logs.pytest_names import OUTCOMES, RERUN, SUITE, is_id, split_id, title_of, without_subtest
from app.core.logs.session import LONGEST_MESSAGE, LONGEST_STACK, MOST_FAILURES, MOST_TESTS, Block, cut
from app.core.model import Outcome, TestResult


@dataclass(slots=True)
class Execution:
    """One execution as far as it is known while its session is read; `word` is pytest's for how it ended."""

    word: str
    number: int
    message: str = ""
    block: Block | None = None

    @property
    def outcome(self) -> Outcome:
        return OUTCOMES[self.word]


class Tests:
    """Collects what a session says about its tests; `take`, `rerun` and `open` in the order of the log, then `results`."""

    __test__ = False

    def __init__(self) -> None:
        self._tests: dict[str, deque[Execution]] = {}
        self._failures: defaultdict[str, deque[Block]] = defaultdict(deque)
        self._reruns: defaultdict[str, deque[Block]] = defaultdict(deque)
        self._subtests: defaultdict[str, deque[Block]] = defaultdict(deque)
        self._in_progress: set[str] = set()
        self._told = 0
        self._ends: Counter[str] = Counter()
        self.root = ""

    def __bool__(self) -> bool:
        return bool(self._tests)

    @property
    def bad_ends(self) -> int:
        """Return how often the session told of a failure or an error, in whichever way it told of most."""
        return max(self._ends.values(), default=0)

    def take_progress(self, node: str, execution: Execution) -> None:
        """Note what verbose progress says; it tells of every execution in its order."""
        self._in_progress.add(node)
        self._count("progress", execution)
        self._take(node, execution)

    def take_summary(self, node: str, execution: Execution) -> None:
        """Note what the short summary says, which repeats progress and has an order of its own: reruns came first."""
        self._count("summary", execution)
        if execution.word != RERUN:
            self._take(node, execution)
        elif node not in self._in_progress:
            self._executions(node).appendleft(execution)

    def open(self, block: Block, *, is_rerun: bool) -> None:
        """Keep the block of a failure under its title."""
        self._told += 1
        self._ends["headers"] += not is_rerun
        if self._told > MOST_FAILURES:
            return
        key = key_of(block.title)
        (self._reruns if is_rerun else self._failures)[key].append(block)
        if (test := without_subtest(key)) != key and not is_rerun:
            self._subtests[test].append(block)

    def results(self, *, is_complete: bool) -> tuple[TestResult, ...]:
        """Return all executions, of each test in their order; call it once."""
        self._name_crashes()
        for node, executions in self._tests.items():
            self._bind(node, executions)
            if executions and executions[-1].word == RERUN and is_complete:
                # The summary names what failed in the end: what it does not name passed when it was run again.
                executions.append(Execution("PASSED", executions[-1].number))
        self._tests |= dict(self._nameless())
        return tuple(_result(node, one) for node, executions in self._tests.items() for one in executions)

    def _count(self, where: str, execution: Execution) -> None:
        self._ends[where] += execution.outcome.is_bad and execution.word != RERUN

    def _executions(self, node: str) -> deque[Execution]:
        if len(self._tests) >= MOST_TESTS:
            return self._tests.get(node, deque())
        return self._tests.setdefault(node, deque())

    def _take(self, node: str, execution: Execution) -> None:
        """Note an end; without a rerun between them two ends, as of call and teardown, belong to one execution."""
        executions = self._executions(node)
        last = executions[-1] if executions else None
        if last is None or RERUN in {last.word, execution.word}:
            executions.append(execution)
            return
        last.message = last.message or execution.message
        if execution.outcome.is_bad and not last.outcome.is_bad:
            last.word, last.number = execution.word, execution.number

    def _name_crashes(self) -> None:
        for blocks in list(self._failures.values()):
            for block in list(blocks):
                node = crashed_test(block)
                if node and is_id(node):
                    blocks.remove(block)
                    self._take(node, Execution("FAILED", block.number))
                    self._failures[title_of(node)].append(block)

    def _bind(self, node: str, executions: Iterable[Execution]) -> None:
        key = title_of(node)
        for execution in executions:
            if not execution.outcome.is_bad:
                continue
            blocks = (self._reruns if execution.word == RERUN else self._failures).get(key)
            execution.block = blocks.popleft() if blocks else None
            subtests = self._subtests.get(key)
            if subtests and (execution.block is None or is_sum_of_subtests(execution.block)):
                execution.block = subtests.popleft()

    def _nameless(self) -> Iterator[tuple[str, deque[Execution]]]:
        """Yield the failures that only their headers name: old versions and some options print no summary."""
        known = {title_of(node) for node in self._tests}
        for key, blocks in self._failures.items():
            test = without_subtest(key)
            if not blocks or key in known or test in known or (test != key and test in self._failures):
                continue
            block = blocks[-1]
            word = "ERROR" if block.title.startswith("ERROR ") else "FAILED"
            yield made_up_id(block, self.root), deque([Execution(word, block.number, block=block)])


def _result(node: str, execution: Execution) -> TestResult:
    file, class_name, name = split_id(node)
    result = TestResult(
        suite=SUITE,
        class_name=class_name,
        name=name,
        outcome=execution.outcome,
        file=file or None,
        line=execution.number,
    )
    if not execution.outcome.is_bad:
        return result
    block = execution.block
    return replace(
        result,
        line=block.number if block else execution.number,
        message=(message(block) if block else None) or execution.message[:LONGEST_MESSAGE] or None,
        stack_trace=cut(traceback(block), LONGEST_STACK) if block else None,
    )
