"""`flakeguard policy check [FILE]` and `flakeguard policy schema`: policies without a database or GitHub."""

import argparse
import json
import sys
from pathlib import Path

from app.core.policy import BrokenPolicy, load, schema

_USUAL_PLACE = Path(".github/flakeguard.yml")


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("policy", help="check a policy file, or print the schema of policy files")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="say what is wrong with a policy file, and where")
    check.add_argument("file", nargs="?", type=Path, default=_USUAL_PLACE, metavar="FILE")
    check.set_defaults(run=run, policy_command="check")
    printed = commands.add_parser("schema", help="print the JSON Schema of policy files")
    printed.set_defaults(run=run, policy_command="schema")


def run(args: argparse.Namespace) -> int:
    """Do what the arguments say; returns 1 where the file is no policy, 2 where it cannot be read."""
    if args.policy_command == "schema":
        print(json.dumps(schema(), indent=2))
        return 0
    return _check(args.file)


def _check(file: Path) -> int:
    try:
        load(file.read_bytes())
    except OSError as error:
        print(f"{file}: {error.strerror}", file=sys.stderr)
        return 2
    except BrokenPolicy as broken:
        for problem in broken.problems:
            print(f"{file}:{problem.line}:{problem.column}: {problem.message}", file=sys.stderr)
        return 1
    print(f"{file}: fine")
    return 0
