"""`flakeguard policy replay FILE OWNER/REPO`: what a policy would have done in the last 30 days."""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator

from app.cli.asking import add_repository, ask, known_repository
from app.core.counts import count, noun
from app.core.policy import Policy
from app.core.replay import Event, Replay
from app.core.replay_text import render
from app.db.connection import Pool
from app.handlers.replay import replay_policy
from app.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_repository(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object an event on standard output")


def run(args: argparse.Namespace, policy: Policy) -> int:
    """Print what the policy would have done; returns 1 where the repository is not known, or tests were left out."""

    async def question(settings: Settings, pool: Pool) -> int:
        async with pool.acquire() as conn:
            repo = await known_repository(conn, args.repository)
        found = await replay_policy(pool, repo, policy, settings.clock()())
        _print(found, is_json=args.json)
        return 1 if found.left_out else 0

    return ask(question)


def _print(found: Replay, *, is_json: bool) -> None:
    if not is_json:
        print(render(found))
        return
    for row in (*_rows(found, found.asked, "asked"), *_rows(found, found.in_force, "in force")):
        print(json.dumps(row, separators=(",", ":"), ensure_ascii=False))
    if found.left_out:
        print(
            f"flakeguard policy replay: {count(found.left_out, 'test')} {noun(found.left_out, 'was', 'were')} not looked at",
            file=sys.stderr,
        )


def _rows(found: Replay, events: Iterable[Event], policy: str) -> Iterator[dict[str, object]]:
    for one in events:
        case = found.cases[one.test]
        run_id, run_attempt = one.attempt or (None, None)
        yield {
            "policy": policy,
            "at": one.at.isoformat(),
            "test": {"suite": case.suite, "class_name": case.class_name, "name": case.name},
            "what": one.what,
            "why": one.why,
            "cause": one.cause,
            "run_id": run_id,
            "run_attempt": run_attempt,
        }
