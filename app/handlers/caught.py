"""Find the real failures that tests have caught lately, by what is stored of them."""

import asyncio
from collections.abc import Mapping, Sequence

from app.core.caught import Caught, find_caught
from app.core.evidence import evidence_in
from app.core.history import arrange
from app.core.model import TestId
from app.db.connection import Connection
from app.handlers.bot import KnownRepo
from app.handlers.judge import Past, read_past


async def list_caught(
    conn: Connection, repo: KnownRepo, tests: Sequence[TestId]
) -> Mapping[TestId, tuple[Caught, ...]]:
    """Return what each of those tests has caught in its window: for who decides about a few, not for every run."""
    past = await read_past(conn, repo, tests)
    return await asyncio.to_thread(_caught, past, repo.policy.thresholds.window_size, repo.full_name)


def _caught(past: Past, window: int, full_name: str) -> dict[TestId, tuple[Caught, ...]]:
    found = {}
    for test, executions in past.histories.items():
        history = arrange(executions, window=window, dropped=past.dropped)
        found[test] = find_caught(history, evidence_in(history, full_name))
    return found
