"""Guess at the cause of a test's flakes by what is stored of it."""

from app.core.causes import Behaviour, Cause, guess
from app.core.model import RepoId, TestId
from app.core.order import find_order_dependence
from app.db.behaviour import list_failures_seen, list_neighbours, list_passes
from app.db.connection import Connection


async def guess_cause(conn: Connection, repo_id: RepoId, test: TestId) -> Cause | None:
    """Return the probable cause of a test's flakes, None where nothing speaks for any.

    Reads up to twenty failing and twenty passing jobs whole: for who writes about one test, not for every run.
    """
    failures = await list_failures_seen(conn, repo_id, test)
    if not failures:
        return None
    passes = await list_passes(conn, repo_id, test)
    jobs, neighbours = await list_neighbours(conn, repo_id, test)
    return guess(
        Behaviour(
            failures=failures,
            pass_durations=passes.durations,
            pass_times=passes.times,
            order=find_order_dependence(neighbours, jobs),
        )
    )
