"""Find the real failures that tests have caught lately, by what is stored of them."""

from collections.abc import Mapping, Sequence

from app.core.caught import Caught, find_caught
from app.core.evidence import evidence_in
from app.core.history import HORIZON, arrange
from app.core.model import TestId
from app.db.connection import Connection
from app.db.histories import read_histories
from app.db.outages import find_outages
from app.handlers.bot import KnownRepo
from app.handlers.judge import failing_attempts


async def list_caught(
    conn: Connection, repo: KnownRepo, tests: Sequence[TestId]
) -> Mapping[TestId, tuple[Caught, ...]]:
    """Return what each of those tests has caught in its window: for who decides about a few, not for every run."""
    window = repo.policy.thresholds.window_size
    histories = await read_histories(
        conn, repo.id, tests, default_branch=repo.row.default_branch, runs_each=HORIZON * window
    )
    dropped = await find_outages(conn, repo.id, failing_attempts(histories))
    found = {}
    for test, executions in histories.items():
        history = arrange(executions, window=window, dropped=dropped)
        found[test] = find_caught(history, evidence_in(history, repo.full_name))
    return found
