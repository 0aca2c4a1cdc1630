"""`flakeguard clusters`: a repository's causes of failures; merges two of them, or undoes that."""

import argparse
import json
import sys
from dataclasses import asdict

from app.cli.asking import add_repository, ask, known_repository
from app.cli.table import number, rest, table, text
from app.core.decisions import Refusal
from app.db.clusters import ListedCluster, list_clusters
from app.db.connection import Connection, Pool
from app.handlers.bot import KnownRepo
from app.handlers.recluster import OPERATOR, merge_clusters, split_cluster
from app.settings import Settings

LISTED = 100


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("clusters", help="list a repository's causes of failures, merge two, undo that")
    add_repository(parser)
    deed = parser.add_mutually_exclusive_group()
    deed.add_argument("--merge", nargs=2, type=int, metavar=("ID", "INTO"), help="make one cause of two")
    deed.add_argument("--split", type=int, metavar="ID", help="undo all that was merged into this one")
    parser.add_argument("--by", metavar="LOGIN", default=OPERATOR, help="who stands in the audit trail for it")
    parser.add_argument("--json", action="store_true", help="one JSON object a cluster on standard output")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """List the clusters, after doing what was asked; returns 1 where that could not be done, and says why."""

    async def question(settings: Settings, pool: Pool) -> int:
        async with pool.acquire() as conn, conn.transaction():
            repo = await known_repository(conn, args.repository)
            refusal = await _do(conn, repo, args, settings)
            if refusal is not None:
                print(f"flakeguard clusters: {refusal.why}", file=sys.stderr)
                return 1
            _print(await list_clusters(conn, repo.id, LISTED), is_json=args.json)
        return 0

    return ask(question)


async def _do(conn: Connection, repo: KnownRepo, args: argparse.Namespace, settings: Settings) -> Refusal | None:
    now = settings.clock()()
    if args.merge:
        return await merge_clusters(conn, repo, *args.merge, by=args.by, now=now)
    if args.split is not None:
        return await split_cluster(conn, repo, args.split, by=args.by, now=now)
    return None


def _print(found: list[ListedCluster], *, is_json: bool) -> None:
    if is_json:
        for one in found:
            print(json.dumps(asdict(one) | {"kind": one.kind}, default=str))
        return
    columns = (number("id"), text("kind"), number("tests"), number("failures"), text("last seen"), rest("cause"))
    rows = [
        (one.id, one.kind, one.test_count, one.occurrence_count, f"{one.last_seen_at:%Y-%m-%d}", one.title)
        for one in found
    ]
    for line in table(columns, rows):
        print(line)
