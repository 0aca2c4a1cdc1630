"""`flakeguard jobs`: the jobs that were given up, and what is to become of them."""

import argparse
import json
import sys
from collections.abc import Sequence

from app.cli.asking import ask
from app.cli.table import note, number, rest, table, text
from app.core.text import shown
from app.db.connection import Connection, Pool
from app.db.repositories import name_repositories
from app.queue.held import HeldJob, drop_held, list_held, retry_held
from app.queue.state import QueueState, read_state
from app.settings import Settings

LISTED = 200
_DEEDS = {"retry": retry_held, "drop": drop_held}
_DONE = {"retry": "put back into the queue", "drop": "dropped"}
_STATES = (("queued", "to be done now"), ("waiting", "put off"), ("picked", "being done"), ("failed", "held"))


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("jobs", help="list the jobs that were given up, try them again or drop them")
    parser.add_argument("deed", nargs="?", choices=("list", *_DEEDS), default="list")
    parser.add_argument("ids", nargs="*", type=int, metavar="ID", help="numbers of held jobs, as listed")
    parser.add_argument("--all", action="store_true", help="all that are held")
    parser.add_argument("--json", action="store_true", help="one JSON object a held job on standard output")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """List, or do what was asked; returns 1 where a job was not held, 2 where it is not said which are meant."""
    if wrong := _misuse(args):
        print(f"flakeguard jobs: {wrong}", file=sys.stderr)
        return 2

    async def question(_: Settings, pool: Pool) -> int:
        async with pool.acquire() as conn:
            if args.deed == "list":
                await _list(conn, is_json=args.json)
                return 0
            return await _do(conn, args.deed, None if args.all else args.ids)

    return ask(question)


def _misuse(args: argparse.Namespace) -> str | None:
    if args.deed == "list":
        return "list takes no numbers" if args.ids or args.all else None
    if bool(args.ids) == args.all:
        return f"{args.deed} takes the numbers of held jobs, or --all"
    return None


async def _do(conn: Connection, deed: str, ids: Sequence[int] | None) -> int:
    done = await _DEEDS[deed](conn, ids)
    for one in done:
        print(f"job {one} {_DONE[deed]}")
    missing = sorted(set(ids or ()) - set(done))
    for one in missing:
        print(f"flakeguard jobs: no job {one} is held", file=sys.stderr)
    return 1 if missing else 0


async def _list(conn: Connection, *, is_json: bool) -> None:
    held = await list_held(conn, LISTED)
    names = await name_repositories(conn, [one.repo_id for one in held if one.repo_id is not None])
    if is_json:
        for one in held:
            print(json.dumps(_plain(one, names.get(one.repo_id or 0)), ensure_ascii=True))
        return
    print(_summary(await read_state(conn)))
    for line in _lines(held, names):
        print(line)


def _plain(one: HeldJob, repository: str | None) -> dict[str, object]:
    return {
        "id": one.id,
        "kind": one.kind,
        "repository": repository,
        "job": dict(one.fields),
        "created_at": one.created_at.isoformat(),
        "held_at": one.held_at.isoformat(),
        "failures": one.failures,
        "error": one.error,
    }


def _summary(state: QueueState) -> str:
    counted = ", ".join(f"{state.jobs.get(name, 0)} {words}" for name, words in _STATES)
    return f"{counted}; the oldest has waited {state.oldest_seconds:.0f} s"


def _lines(held: Sequence[HeldJob], names: dict[int, str]) -> list[str]:
    columns = (number("id"), text("kind"), text("held since"), number("failures"), rest("repository"))
    rows = [
        (one.id, one.kind, f"{one.held_at:%Y-%m-%d %H:%M}", one.failures, names.get(one.repo_id or 0)) for one in held
    ]
    lines = list(table(columns, rows))
    # Below each job what it failed with, since that is what an admin is after.
    errors = [note(shown(one.error)) for one in held]
    return lines[:1] + [line for pair in zip(lines[1:], errors, strict=True) for line in pair]
