"""Reads the lines in which gotestsum names tests one by one: formats testname and github-actions; and its last line.

Its closing list, which all formats share, is read with go test's own lines. A package is named by what is left of its
import path behind the module's: of the module's root a dot, which is left out before a test.
"""

import re
from collections import Counter
from dataclasses import dataclass

from app.core.logs.go_failures import GoTest
from app.core.logs.session import Block
from app.core.model import Outcome

_OUTCOMES = {"PASS": Outcome.PASSED, "FAIL": Outcome.FAILED, "SKIP": Outcome.SKIPPED}
_TESTS = ("Test", "Example", "Fuzz", "Benchmark")
_ROOT = "."
# A test that never ended took less than no time.
_TIME = re.compile(r"(-?\d{1,9}\.\d{1,9})s\)")
_RERUN = re.compile(r" \(re-run \d{1,4}\)$")
_TEST = re.compile(r"(?:^|\.)(?=(?:Test|Example|Fuzz|Benchmark)(?:[^a-z.]|$))")
_END = re.compile(r"DONE (?:(\d{1,6}) runs, )?(\d{1,9}) tests?\b(.{0,120})")
_SKIPPED, _FAILED = re.compile(r", (\d{1,9}) skipped"), re.compile(r", (\d{1,9}) failure")


@dataclass(frozen=True, slots=True)
class NamedTest:
    """One execution on a line of its own."""

    package: str
    name: str
    outcome: Outcome
    duration_ms: int | None


@dataclass(frozen=True, slots=True)
class End:
    """gotestsum's last line: how often it ran what had failed, and how many executions passed and failed."""

    runs: int
    passes: int
    failures: int


def named_test(text: str) -> NamedTest | None:
    """Read `PASS pkg.TestA/sub (re-run 1) (0.00s)`; None where it is anything else, as a package's own line is."""
    word, _, rest = text.strip().partition(" ")
    whole, _, took = rest.rpartition(" (")
    time = _TIME.fullmatch(took)
    if word not in _OUTCOMES or time is None:
        return None
    whole = _RERUN.sub("", whole)
    start = _TEST.search(whole)
    if " " in whole or start is None:
        return None
    duration = round(float(time[1]) * 1000)
    return NamedTest(
        whole[: start.start()] or _ROOT, whole[start.end() :], _OUTCOMES[word], duration if duration >= 0 else None
    )


def end_of(text: str) -> End | None:
    """Read `DONE 2 runs, 10 tests, 1 skipped, 1 failure in 0.2s`; None where it is no such line."""
    end = _END.match(text)
    if end is None:
        return None
    skipped, failed = (int(count[1]) if count else 0 for count in (_SKIPPED.search(end[3]), _FAILED.search(end[3])))
    return End(runs=int(end[1] or 1), passes=max(int(end[2]) - skipped - failed, 0), failures=failed)


def passed_again(told: list[tuple[str, GoTest]], runs: int) -> list[tuple[str, GoTest]]:
    """Return the passes that the closing list implies: each run but the first is of what failed in the one before.

    A test with fewer failures than there were runs has passed in the run behind its last failure.
    """
    failures = Counter((package, test.name) for package, test in told if test.outcome.is_bad)
    last = {(package, test.name): test for package, test in told if test.outcome.is_bad}
    return [
        (package, GoTest(name, Outcome.PASSED, test.number, Block("", test.number)))
        for (package, name), test in last.items()
        if failures[package, name] < runs and name.startswith(_TESTS)
    ]
