"""`flakeguard query NAME OWNER/REPO`: the seven questions of the data model, for a terminal or as JSON Lines."""

import argparse
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from app.cli import query_text
from app.cli.asking import NotThere, add_repository, ask, named_repository, named_tests, some_names
from app.core.model import RepoId, TestId
from app.db.connection import Connection, Pool
from app.db.queries.analyze_test_run_performance import MOST_DAYS, analyze_test_run_performance
from app.db.queries.find_flakiest_tests import find_flakiest_tests
from app.db.queries.find_similar_failures import find_similar_failures
from app.db.queries.get_quarantine_candidates import get_quarantine_candidates
from app.db.queries.get_quarantine_status import get_quarantine_status
from app.db.queries.get_repository_dashboard import get_repository_dashboard
from app.db.queries.get_test_history import get_test_history
from app.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """One question, as far as its repository is known."""

    conn: Connection
    repo_id: RepoId
    at: datetime
    args: argparse.Namespace

    def limit(self, usual: int) -> int:
        return usual if self.args.limit is None else int(self.args.limit)

    def days(self, usual: int) -> int:
        return usual if self.args.days is None else int(self.args.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What was found: each row becomes a line of JSON, or all of them together the text."""

    rows: Sequence[object]
    text: Iterable[str]


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("query", help="ask the database about a repository")
    parser.add_argument("name", metavar="NAME", choices=sorted(_QUESTIONS), help=", ".join(sorted(_QUESTIONS)))
    add_repository(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object a row on standard output")
    parser.add_argument("--limit", metavar="N", type=_positive, help="at most so many rows")
    parser.add_argument("--test", metavar="NAME", help="class.name of a test, or an end that only it has")
    parser.add_argument("--signature", metavar="S", help="signature of a failure")
    parser.add_argument("--days", metavar="N", type=_positive, help="how far to look back")
    parser.set_defaults(run=run)


def _positive(text: str) -> int:
    value = int(text)
    if value < 1 or value > 1_000_000:
        raise argparse.ArgumentTypeError(f"{text} is not between 1 and 1000000")
    return value


def run(args: argparse.Namespace) -> int:
    """Print the answer; returns 1 where the database has nothing of that name, 2 for a question that lacks something."""
    if wrong := _wrong_usage(args):
        print(f"flakeguard query {args.name}: {wrong}", file=sys.stderr)
        return 2

    async def question(settings: Settings, pool: Pool) -> int:
        async with pool.acquire() as conn:
            repo_id = await named_repository(conn, args.repository)
            asked = _Asked(conn=conn, repo_id=repo_id, at=settings.clock()(), args=args)
            return await _reply(asked)

    return ask(question)


def _wrong_usage(args: argparse.Namespace) -> str | None:
    match args.name:
        case "get_test_history" if args.test is None:
            return "--test NAME is missing"
        case "find_similar_failures" if args.signature is None:
            return "--signature S is missing"
        case "analyze_test_run_performance" if (args.days or 1) > MOST_DAYS:
            return f"--days must be at most {MOST_DAYS}: older passes may have been rolled up"
        case _:
            return None


async def _reply(asked: _Asked) -> int:
    try:
        answer = await _QUESTIONS[asked.args.name](asked)
    except NotThere as error:
        print(f"flakeguard query: {error}", file=sys.stderr)
        return 1
    if asked.args.json:
        for row in answer.rows:
            print(msgspec.json.encode(row).decode())
    else:
        for line in answer.text:
            print(line)
    return 0


def _of_kind(kind: str, rows: Iterable[object]) -> list[dict[str, Any]]:
    """Mark rows of an answer that has several kinds of them."""
    return [{"kind": kind, **msgspec.to_builtins(row)} for row in rows]


async def _flakiest(asked: _Asked) -> _Answer:
    tests = await find_flakiest_tests(asked.conn, asked.repo_id, limit=asked.limit(20))
    return _Answer(rows=tests, text=query_text.flakiest(tests))


async def _history(asked: _Asked) -> _Answer:
    test_id = await _named_test(asked)
    past = await get_test_history(asked.conn, asked.repo_id, test_id=test_id, limit=asked.limit(500))
    rows = _of_kind("execution", past.executions) + _of_kind("day", past.days)
    return _Answer(rows=rows, text=query_text.history(past))


async def _quarantine(asked: _Asked) -> _Answer:
    decisions = await get_quarantine_status(asked.conn, asked.repo_id, as_of=asked.at)
    return _Answer(rows=decisions, text=query_text.quarantine(decisions))


async def _similar(asked: _Asked) -> _Answer:
    signature = asked.args.signature
    cluster = await find_similar_failures(asked.conn, asked.repo_id, signature=signature, limit=asked.limit(50))
    if cluster is None:
        raise NotThere(f"no failure of the repository has the signature {signature}")
    return _Answer(rows=[cluster], text=query_text.similar(cluster))


async def _dashboard(asked: _Asked) -> _Answer:
    board = await get_repository_dashboard(asked.conn, asked.repo_id, as_of=asked.at, days=asked.days(30))
    return _Answer(rows=[board], text=query_text.dashboard(board))


async def _performance(asked: _Asked) -> _Answer:
    found = await analyze_test_run_performance(
        asked.conn, asked.repo_id, as_of=asked.at, days=asked.days(14), limit=asked.limit(20)
    )
    rows = _of_kind("job", found.jobs) + _of_kind("test", found.tests)
    return _Answer(rows=rows, text=query_text.performance(found))


async def _candidates(asked: _Asked) -> _Answer:
    found = await get_quarantine_candidates(asked.conn, asked.repo_id, as_of=asked.at, limit=asked.limit(20))
    return _Answer(rows=found, text=query_text.candidates(found))


_QUESTIONS: Mapping[str, Callable[[_Asked], Awaitable[_Answer]]] = {
    "find_flakiest_tests": _flakiest,
    "get_test_history": _history,
    "get_quarantine_status": _quarantine,
    "find_similar_failures": _similar,
    "get_repository_dashboard": _dashboard,
    "analyze_test_run_performance": _performance,
    "get_quarantine_candidates": _candidates,
}


async def _named_test(asked: _Asked) -> TestId:
    """Return the one test that is meant. Raises NotThere."""
    wanted = asked.args.test
    found = await named_tests(asked.conn, asked.repo_id, wanted)
    if len(found) > 1:
        raise NotThere(f"{wanted!r} is {len(found)} tests: {some_names(found)}")
    return next(iter(found.values()))
