"""The `flakeguard` command."""

import argparse
import sys
from collections.abc import Sequence

from app.cli import cluster, demo, migrate, parse, policy, score, serve


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name; returns its exit status (0 done, 1 done but …, 2 wrong usage)."""
    parser = argparse.ArgumentParser(prog="flakeguard", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (serve, migrate, demo, parse, score, cluster, policy):
        command.add_parser(commands)
    args = parser.parse_args(argv)
    return int(args.run(args))


if __name__ == "__main__":
    sys.exit(main())
