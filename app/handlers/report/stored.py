"""Tell what a pull request's latest commit failed of by what is stored alone: whoever answers programs asks GitHub nothing."""

from app.core.model import is_of_pull
from app.core.pull_told import PullFailures, nothing_ran, tell_pull
from app.core.verdict import NoRuns, decide
from app.db.connection import Connection
from app.db.reports import find_report
from app.db.runs import StoredAttempt, find_latest_head_of_pull, list_attempts_of_head
from app.github.actions import RunInfo
from app.handlers.bot import LinkedRepo
from app.handlers.report.look import look_at_runs

_NO_FILES: frozenset[str] = frozenset()
"""Which files a pull request changes, GitHub alone knows."""


async def tell_stored_pull(conn: Connection, repo: LinkedRepo, number: int) -> PullFailures:
    """Return what the latest commit of a pull request failed of, as its check run judges it but for the changed files."""
    head_sha = await find_latest_head_of_pull(conn, repo.id, number)
    if head_sha is None:
        return nothing_ran(number)
    attempts = await list_attempts_of_head(conn, repo.id, head_sha)
    runs = [_as_listed(one) for one in attempts if not is_of_pull(one.event) or one.pull_number in (number, None)]
    latest = {run.id: run for run in runs}
    views = await look_at_runs(conn, repo, list(latest.values()), {number}, _NO_FILES)
    written = await find_report(conn, repo.id, "check", head_sha)
    verdict = decide(views, NoRuns.WAITING)
    return tell_pull(number, head_sha, verdict, written.external_id if written else None)


def _as_listed(attempt: StoredAttempt) -> RunInfo:
    """Return a run as GitHub would list it, as far as its latest attempt is stored."""
    return RunInfo(
        id=attempt.run_id,
        run_attempt=attempt.run_attempt,
        workflow_id=attempt.workflow_id,
        name=attempt.workflow_name,
        event=attempt.event,
        head_branch=attempt.head_branch,
        head_sha=attempt.head_sha,
        tree_sha=None,
        head_repository=attempt.head_repository,
        head_repository_id=None,
        head_owner=None,
        pulls=(),
        status=attempt.status,
        conclusion=attempt.conclusion,
        created_at=attempt.run_started_at,
        run_started_at=attempt.run_started_at,
        updated_at=attempt.completed_at or attempt.run_started_at,
        html_url=attempt.html_url,
    )
