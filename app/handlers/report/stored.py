"""Tell what a pull request's latest commit failed of by what is stored alone: whoever answers programs asks GitHub nothing."""

from app.core.model import is_of_pull
from app.core.pull_told import PullFailures, nothing_ran, tell_pull
from app.core.verdict import NoRuns, decide
from app.db.connection import Connection
from app.db.reports import find_report
from app.db.runs import find_latest_head_of_pull, list_attempts_of_head
from app.handlers.bot import LinkedRepo
from app.handlers.heads import as_listed
from app.handlers.report.look import look_at_runs

_NO_FILES: frozenset[str] = frozenset()
"""Which files a pull request changes, GitHub alone knows."""


async def tell_stored_pull(conn: Connection, repo: LinkedRepo, number: int) -> PullFailures:
    """Return what the latest commit of a pull request failed of, as its check run judges it but for the changed files."""
    head_sha = await find_latest_head_of_pull(conn, repo.id, number)
    if head_sha is None:
        return nothing_ran(number)
    attempts = await list_attempts_of_head(conn, repo.id, head_sha)
    runs = [as_listed(one) for one in attempts if not is_of_pull(one.event) or one.pull_number in (number, None)]
    latest = {run.id: run for run in runs}
    views = await look_at_runs(conn, repo, head_sha, list(latest.values()), {number}, _NO_FILES)
    written = await find_report(conn, repo.id, "check", head_sha)
    verdict = decide(views, NoRuns.WAITING)
    return tell_pull(number, head_sha, verdict, written.external_id if written else None)
