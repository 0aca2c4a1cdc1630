"""`flakeguard audit OWNER/REPO`: who did what to which test and why, and whether that was changed since."""

import argparse
import json
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, time

import msgspec

from app.cli.asking import NotThere, add_repository, ask, day, named_repository, named_tests
from app.cli.table import note, rest, table, text
from app.core.counts import count
from app.core.deeds_text import what_was_done, why_it_was_done
from app.core.model import RepoId
from app.core.pull_report import name_of
from app.core.text import shown
from app.db.audit import Break, StoredDeed, Verified, read_audit, verify_audit
from app.db.connection import Connection, Pool
from app.settings import Settings

_LONGEST_LOGIN = 39


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("audit", help="say who did what to which test and why")
    add_repository(parser)
    parser.add_argument("--test", metavar="NAME", help="a test's class.name, an end that only it has, or a glob")
    parser.add_argument("--since", metavar="DATE", type=day, help="what was done on that day (UTC) and later")
    parser.add_argument("--verify", action="store_true", help="look whether anything was changed since it was written")
    parser.add_argument("--json", action="store_true", help="one JSON object a row on standard output")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print what was done, newest first; with `--verify` return 1 where the chain breaks, and name the row."""
    if args.verify and (args.test or args.since):
        print("flakeguard audit: --verify reads the whole chain: leave out --test and --since", file=sys.stderr)
        return 2

    async def question(_: Settings, pool: Pool) -> int:
        # Without a transaction, which would stay open while a pager waits: rows only come at the end, in the order of their ids.
        async with pool.acquire() as conn:
            repo_id = await named_repository(conn, args.repository)
            if args.verify:
                return _say(await verify_audit(conn, repo_id), is_json=args.json)
            return await _list(conn, repo_id, args)

    return ask(question)


def _say(found: Verified, *, is_json: bool) -> int:
    broken = found.broken
    if is_json:
        said = {"rows": found.rows, "broken_at": broken and broken.row.id, "why": broken and broken.fault}
        print(json.dumps(said))
    elif broken is None:
        print(f"chain of {count(found.rows, 'row')} verifies")
    if broken is not None:
        print(_complaint(broken, found.rows), file=sys.stderr)
    return 0 if broken is None else 1


def _complaint(broken: Break, verified: int) -> str:
    row = broken.row
    which = f"row {row.id} ({row.at:%Y-%m-%d %H:%M:%S} UTC, {row.actor}: {what_was_done(row.action, row.detail)})"
    verifies = "verifies" if verified == 1 else "verify"
    return shown(f"{which} does not verify: {broken.fault}; {count(verified, 'row')} before it {verifies}")


async def _list(conn: Connection, repo_id: RepoId, args: argparse.Namespace) -> int:
    try:
        tests = None if args.test is None else list((await named_tests(conn, repo_id, args.test)).values())
    except NotThere as error:
        print(f"flakeguard audit: {error}", file=sys.stderr)
        return 1
    since = None if args.since is None else datetime.combine(args.since, time(), tzinfo=UTC)
    pages = read_audit(conn, repo_id, tests=tests, since=since)
    async for line in _json_lines(pages) if args.json else _text_lines(pages):
        print(line)
    return 0


async def _json_lines(pages: AsyncIterator[Sequence[StoredDeed]]) -> AsyncIterator[str]:
    async for page in pages:
        for row in page:
            yield json.dumps(_as_json(row))


def _as_json(row: StoredDeed) -> dict[str, object]:
    return {
        "id": row.id,
        "at": row.at.isoformat(),
        "actor": row.actor,
        "action": row.action,
        "test_id": row.test_id,
        "test": msgspec.to_builtins(row.case),
        "detail": row.detail,
        "previous_hash": row.previous_hash,
        "hash": row.hash,
    }


async def _text_lines(pages: AsyncIterator[Sequence[StoredDeed]]) -> AsyncIterator[str]:
    """Yield a table a page, so that the columns need not wait for the last row; a page is more than most trails have."""
    is_first = True
    async for page in pages:
        if not is_first:
            yield ""
        for line in _table(page):
            yield line
        is_first = False
    if is_first:
        yield "nothing found"


def _table(page: Sequence[StoredDeed]) -> Iterator[str]:
    """Yield the rows with their reasons below them, as far as a line goes: `--json` has them whole."""
    columns = (
        text("when (UTC)"), text("who", _LONGEST_LOGIN), text("what", 36), rest("test", is_name=True),
    )  # fmt: skip
    rows = [(f"{row.at:%Y-%m-%d %H:%M}", row.actor, what_was_done(row.action, row.detail), _test(row)) for row in page]
    headings, *lines = table(columns, rows)
    yield headings
    for row, line in zip(page, lines, strict=True):
        yield line
        if why := why_it_was_done(row.detail):
            yield note(why)


def _test(row: StoredDeed) -> str | None:
    if row.case is not None:
        return name_of(row.case)
    return None if row.test_id is None else f"test {row.test_id}, which is gone"
