"""The `flakeguard` command."""

import argparse
import os
import sys
from collections.abc import Sequence

from app.cli import (
    audit,
    cluster,
    clusters,
    demo,
    forget,
    migrate,
    parse,
    policy,
    query,
    recompute,
    report,
    score,
    seed,
    serve,
)

_COMMANDS = (
    serve, migrate, demo, parse, score, cluster, clusters, policy, query, audit, forget, seed, report, recompute,
)  # fmt: skip

INTERRUPTED = 130
"""What shells expect of a program that Ctrl-C ended: 128 and the signal's number."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name; returns its exit status (0 done, 1 done but …, 2 wrong usage)."""
    parser = argparse.ArgumentParser(prog="flakeguard", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add_parser(commands)
    args = parser.parse_args(argv)
    try:
        return int(args.run(args))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has read enough; Python would complain once more when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
