"""`flakeguard score HISTORY.jsonl`: judges a history without a database."""

import argparse
import gc
import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from app.cli.occurrences import Occurrences, TestKey, UnreadableLine
from app.core.counts import count
from app.core.infra import find_dropped, tally
from app.core.model import FlakeScore, Grade, Standing
from app.core.score import Thresholds, judge

_DIGITS = 6


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("score", help="judge a history without a database")
    parser.add_argument("history", metavar="HISTORY.jsonl", type=Path)
    parser.add_argument("--policy", metavar="FILE", type=Path, help="take the thresholds from this policy file")
    parser.add_argument("--json", action="store_true", help="one JSON object a test on standard output")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print what we think of each test; returns 1 where a line could not be read, 2 where a file could not."""
    try:
        thresholds = _thresholds(args.policy)
        with _without_collector():
            occurrences, bad_lines = _load(args.history)
    except (OSError, _UnusablePolicy) as error:
        print(f"flakeguard score: {error}", file=sys.stderr)
        return 2
    scores = _judged(occurrences, thresholds)
    if args.json:
        for test, score in scores:
            print(json.dumps(_as_json(test, score), separators=(",", ":")))
    else:
        _print_table(list(scores))
    return 1 if bad_lines else 0


class _UnusablePolicy(ValueError):
    """The policy file is none; says where and why."""


def _thresholds(policy: Path | None) -> Thresholds:
    if policy is None:
        return Thresholds()
    # Only who names a policy pays for loading the parser of policies.
    from app.core.policy import BrokenPolicy, load  # noqa: PLC0415

    try:
        return load(policy.read_bytes()).thresholds
    except BrokenPolicy as broken:
        raise _UnusablePolicy(f"{policy}: {broken}") from broken


@contextmanager
def _without_collector() -> Iterator[None]:
    """Keep the collector of cycles from looking at half a million objects again and again: there are none among them."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _load(path: Path) -> tuple[Occurrences, int]:
    occurrences, bad_lines = Occurrences(), 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.isspace():
                continue
            try:
                occurrences.add(line)
            except UnreadableLine as error:
                bad_lines += 1
                print(f"{path}:{number}: {error}", file=sys.stderr)
    return occurrences, bad_lines


def _judged(occurrences: Occurrences, thresholds: Thresholds) -> Iterator[tuple[TestKey, FlakeScore]]:
    repository = occurrences.repository()
    dropped = find_dropped(tally(occurrences.tests.values()))
    for test, executions in sorted(occurrences.tests.items()):
        yield test, judge(executions, thresholds=thresholds, dropped=dropped, repository=repository)


def _as_json(test: TestKey, score: FlakeScore) -> dict[str, object]:
    suite, class_name, name = test
    grades = Counter(one.grade for one in score.evidence)
    return {
        "test": {"suite": suite, "class_name": class_name, "name": name},
        "score": round(score.score, _DIGITS),
        "flake_rate": round(score.flake_rate, _DIGITS),
        "low": round(score.low, _DIGITS),
        "high": round(score.high, _DIGITS),
        "standing": score.standing,
        "recommendation": score.recommendation,
        "runs": score.runs,
        "failures": score.failures,
        "evidence": {grade.value: grades[grade] for grade in Grade},
        "since": _since(score),
        "legs": msgspec.to_builtins(score.legs),
    }


def _since(score: FlakeScore) -> dict[str, object] | None:
    if score.since is None:
        return None
    kind = "broken" if score.standing is Standing.BROKEN else "flaky"
    plain: dict[str, object] = msgspec.to_builtins(score.since)
    return {"kind": kind} | plain


def _print_table(scores: list[tuple[TestKey, FlakeScore]]) -> None:
    """Print the tests that are not healthy, the surest first, and a line about all."""
    for test, score in sorted(scores, key=lambda row: (-row[1].score, row[0])):
        if score.standing is not Standing.HEALTHY:
            print(_row(test, score))
    counts = Counter(score.standing for _, score in scores)
    print(", ".join(f"{counts[standing]} {standing}" for standing in Standing))


def _row(test: TestKey, score: FlakeScore) -> str:
    grades = Counter(one.grade for one in score.evidence)
    why = " ".join(f"{grade}×{number}" for grade, number in sorted(grades.items()))
    rate = f"{score.flake_rate:.0%} ({score.low:.0%}–{score.high:.0%})"
    name = ".".join(part for part in test[1:] if part)
    return (
        f"{score.standing:8} {score.score:.2f}  flakes in {rate} of {count(score.runs, 'run')}  {name}  {why}".rstrip()
    )
