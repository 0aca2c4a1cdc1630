"""What becomes of an issue that is closed, by what its tests did since."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.core.issue_life import Next, after_closing
from app.core.model import TestId
from app.db.connection import Connection
from app.db.issues import IssueLink, list_members_of_issue
from app.db.outages import find_outages
from app.db.proofs import list_proven_failures
from app.db.scores import get_scores
from app.handlers.bot import Repo


async def what_follows(conn: Connection, repo: Repo, link: IssueLink, login: str, now: datetime) -> Next:
    """Decide about an issue that may be closed; `login` is our own."""
    if link.state != "closed" or link.closed_at is None:
        return Next.LEAVE
    members = await list_members_of_issue(conn, repo.id, link.id)
    scores = await get_scores(conn, repo.id, members)
    by_us = link.closed_by == login
    return after_closing(
        closed_at=link.closed_at,
        reason=link.state_reason,
        by_us=by_us,
        last_flake_at=max((one.last_flake_at for one in scores.values() if one.last_flake_at), default=None),
        failed_as_before_at=await _failed_as_before_at(conn, repo, members, link.closed_at) if by_us else None,
        reopen_days=repo.policy.issues.reopen_days,
        now=now,
    )


async def _failed_as_before_at(
    conn: Connection, repo: Repo, tests: Sequence[TestId], closed_at: datetime
) -> datetime | None:
    """Return when one of the tests first failed on the default branch in a proven way, no outage being to blame.

    None where it did not while the issue may be reopened.
    """
    names = repo.row.names
    failures = await list_proven_failures(
        conn,
        repo.id,
        tests,
        branches=[names.default_branch, *names.former_branches],
        after=closed_at,
        until=closed_at + timedelta(days=repo.policy.issues.reopen_days),
    )
    failures = [one for one in failures if names.was_default(one.head_branch, one.at)]
    dropped = await find_outages(conn, repo.id, {one.attempt for one in failures})
    counting = (one.at for one in failures if not dropped.holds_of(one.attempt, one.job, one.loose_signature))
    return min(counting, default=None)
