"""The `flakeguard` command."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

_COMMANDS = (
    "serve", "migrate", "demo", "parse", "score", "cluster", "clusters", "policy", "query", "audit", "jobs", "seed", "report",
    "recompute", "backfill", "forget", "mcp", "analyze", "digest",
)  # fmt: skip

INTERRUPTED = 130
"""What shells expect of a program that Ctrl-C ended: 128 and the signal's number."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name; returns its exit status (0 done, 1 done but …, 2 wrong usage)."""
    parser = argparse.ArgumentParser(prog="flakeguard", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    given = sys.argv[1:] if argv is None else argv
    # One command needs a fraction of what all of them need: what a process never does takes none of its memory.
    for name in given[:1] if given and given[0] in _COMMANDS else _COMMANDS:
        import_module(f"app.cli.{name}").add_parser(commands)
    args = parser.parse_args(given)
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
