"""`flakeguard cluster FAILURES.jsonl`: signatures and clusters without a database."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from app.core.cluster import Failure, Placement, place
from app.core.counts import count
from app.core.signature import title


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("cluster", help="group failures by their cause without a database")
    parser.add_argument("failures", metavar="FAILURES.jsonl", type=Path)
    parser.add_argument("--json", action="store_true", help="one JSON object a failure on standard output")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the cluster of each failure; returns 1 where a line could not be read, 2 where the file could not."""
    bad_lines: list[str] = []
    try:
        with args.failures.open("rb") as file:
            placed = ((failure, place(failure)) for failure in _failures(file, bad_lines))
            if args.json:
                _print_json(placed)
            else:
                _print_table(placed)
    except OSError as error:
        print(f"flakeguard cluster: {error}", file=sys.stderr)
        return 2
    for line in bad_lines:
        print(f"{args.failures}:{line}", file=sys.stderr)
    return 1 if bad_lines else 0


def _failures(lines: Iterable[bytes], bad_lines: list[str]) -> Iterator[Failure]:
    for number, line in enumerate(lines, start=1):
        if line.isspace():
            continue
        try:
            yield _failure(json.loads(line))
        except (ValueError, TypeError, AttributeError) as error:
            bad_lines.append(f"{number}: {error}")
        except KeyError as error:
            bad_lines.append(f"{number}: {error.args[0]} is missing")


def _failure(raw: dict[str, object]) -> Failure:
    key, message, stack_trace = raw["id"], raw.get("message"), raw.get("stack_trace")
    if not isinstance(key, str | int):
        raise TypeError("an id is a text or a number")
    if not isinstance(message, str | None) or not isinstance(stack_trace, str | None):
        raise TypeError("message and stack_trace are texts or null")
    return Failure(id=key, message=message, stack_trace=stack_trace)


def _print_json(placed: Iterable[tuple[Failure, Placement]]) -> None:
    for _, where in placed:
        print(json.dumps({"id": where.id, "signature": where.signature, "cluster": where.cluster}))


def _print_table(placed: Iterable[tuple[Failure, Placement]]) -> None:
    """Print the clusters, the largest first, each named by one of its failures."""
    sizes: Counter[str] = Counter()
    names: dict[str, str] = {}
    for failure, where in placed:
        sizes[where.cluster] += 1
        if where.cluster not in names:
            names[where.cluster] = title(failure.message or failure.stack_trace or "(says nothing)")
    for cluster, size in sorted(sizes.items(), key=lambda row: (-row[1], row[0])):
        print(f"{size:6}  {cluster}  {names[cluster]}")
    print(f"{count(sizes.total(), 'failure')}, {count(len(sizes), 'cluster')}")
