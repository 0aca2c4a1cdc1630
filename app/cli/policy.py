"""`flakeguard policy check [FILE]` and `policy schema`: policies without a database or GitHub; `policy replay` asks one."""

import argparse
import json
import sys
from pathlib import Path

from app.cli import policy_replay
from app.core.policy import BrokenPolicy, Policy, load, schema

_USUAL_PLACE = Path(".github/flakeguard.yml")


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "policy", help="check a policy file, say what it would have done, or print the schema"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="say what is wrong with a policy file, and where")
    check.add_argument("file", nargs="?", type=Path, default=_USUAL_PLACE, metavar="FILE")
    check.set_defaults(run=run, policy_command="check")
    replayed = commands.add_parser("replay", help="say what a policy file would have done in the last 30 days")
    replayed.add_argument("file", type=Path, metavar="FILE")
    policy_replay.add_arguments(replayed)
    replayed.set_defaults(run=run, policy_command="replay")
    printed = commands.add_parser("schema", help="print the JSON Schema of policy files")
    printed.set_defaults(run=run, policy_command="schema")


def run(args: argparse.Namespace) -> int:
    """Do what the arguments say; returns 1 where the file is no policy, 2 where it cannot be read."""
    if args.policy_command == "schema":
        print(json.dumps(schema(), indent=2))
        return 0
    policy = _load(args.file)
    if isinstance(policy, int):
        return policy
    if args.policy_command == "replay":
        return policy_replay.run(args, policy)
    print(f"{args.file}: fine")
    return 0


def _load(file: Path) -> Policy | int:
    """Return the policy, or the exit status where there is none: what is wrong is said."""
    try:
        return load(file.read_bytes())
    except OSError as error:
        print(f"{file}: {error.strerror}", file=sys.stderr)
        return 2
    except BrokenPolicy as broken:
        for problem in broken.problems:
            print(f"{file}:{problem.line}:{problem.column}: {problem.message}", file=sys.stderr)
        return 1
