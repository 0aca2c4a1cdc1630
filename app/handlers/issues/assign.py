"""Which issue tells of a test: that of its cause where several tests share it, else one of its own."""

from collections.abc import Sequence
from datetime import datetime

from app.core import issue
from app.core.clustered import MOST_PEERS
from app.core.issue_life import Next
from app.core.issue_members import first_members, issue_to_join, needs_issue
from app.core.model import DecisionState, TestId
from app.db.cases import get_cases
from app.db.cluster_scores import list_members
from app.db.clusters import MainCause, find_main_causes
from app.db.connection import Connection
from app.db.decisions import list_latest_decisions
from app.db.issues import (
    IssueLink,
    add_issue,
    count_issues_of,
    drop_issue,
    find_issue_of_cluster,
    find_issue_of_test,
    get_issue_link,
    give_to_cluster,
    join_issue,
    list_issues_of_tests,
    list_members_of_issue,
    lock_issues,
)
from app.db.scores import get_scores, healthy
from app.handlers.bot import KnownRepo, Repo
from app.handlers.issues.closed import what_follows


async def assign(conn: Connection, repo: Repo, test: TestId, login: str, now: datetime) -> IssueLink | None:
    """Return the issue that tells of a test, None where it needs none; in the caller's transaction.

    It may be one that was closed. One that is yet to be opened has no number, and is dropped where nobody needs it any more.
    """
    await lock_issues(conn, repo.id)
    link = await find_issue_of_test(conn, repo.id, test)
    if link is None:
        needing = await needing_issues(conn, repo, [test])
        return None if test not in needing else await _begin(conn, repo, test, now)
    if link.number is None and not await needing_issues(
        conn, repo, await list_members_of_issue(conn, repo.id, link.id)
    ):
        await drop_issue(conn, repo.id, link.id)
        return None
    if await what_follows(conn, repo, link, login, now) is Next.FOLLOW:
        return await _follow(conn, repo, link, test, now)
    return link


async def needing_issues(conn: Connection, repo: Repo, tests: Sequence[TestId]) -> set[TestId]:
    """Return those of the tests that are to have an issue: they are flaky or in quarantine, or what they share is flaky."""
    scores = await get_scores(conn, repo.id, tests)
    latest = await list_latest_decisions(conn, repo.id, tests)
    causes = await find_main_causes(conn, repo.id, tests)
    cases = await get_cases(conn, repo.id, tests)
    active = {test for test, one in latest.items() if one.is_open and one.state is DecisionState.ACTIVE}
    return {
        test
        for test, case in cases.items()
        if needs_issue(
            scores.get(test, healthy(test)).standing,
            causes[test].shared_standing if test in causes else None,
            is_active=test in active,
            is_excluded=repo.policy.is_excluded(case.file),
        )
    }


async def _begin(conn: Connection, repo: Repo, test: TestId, now: datetime) -> IssueLink:
    cause = (await find_main_causes(conn, repo.id, [test])).get(test)
    if cause is not None and cause.is_shared:
        return await _begin_shared(conn, repo, test, cause, now)
    return await _add(conn, repo, [test], test_id=test, cluster_id=None, now=now)


async def _begin_shared(conn: Connection, repo: Repo, test: TestId, cause: MainCause, now: datetime) -> IssueLink:
    """Join the issue of the cause; else that of another test with the same one; else begin one for all of them."""
    peers = await peers_of(conn, repo, cause.cluster_id)
    of_cause = await find_issue_of_cluster(conn, repo.id, cause.cluster_id)
    of_peers = await list_issues_of_tests(conn, repo.id, peers)
    link = issue_to_join(of_cause, of_peers.values())
    if link is None:
        tests = first_members(test, peers, await needing_issues(conn, repo, peers))
        if len(tests) == 1:
            return await _add(conn, repo, tests, test_id=tests[0], cluster_id=None, now=now)
        return await _add(conn, repo, tests, test_id=None, cluster_id=cause.cluster_id, now=now)
    if link.test_id is not None:
        await give_to_cluster(conn, repo.id, link.id, cause.cluster_id, at=now)
        link = await _get(conn, repo, link.id)
    await join_issue(conn, repo.id, link.id, [test], now)
    return link


async def peers_of(conn: Connection, repo: KnownRepo, cluster_id: int) -> list[TestId]:
    """Return the tests that have this as their main cause."""
    hit = await list_members(conn, repo.id, cluster_id, MOST_PEERS)
    causes = await find_main_causes(conn, repo.id, hit)
    return [one for one in hit if one in causes and causes[one].cluster_id == cluster_id]


async def _follow(conn: Connection, repo: Repo, old: IssueLink, test: TestId, now: datetime) -> IssueLink | None:
    """Begin a new issue that names the old one, for those of its tests that need one."""
    members = await list_members_of_issue(conn, repo.id, old.id)
    needing = await needing_issues(conn, repo, members)
    tests = [one for one in members if one in needing]
    if test not in tests:
        return old
    if len(tests) == 1:
        return await _add(conn, repo, tests, test_id=test, cluster_id=None, now=now, old=old)
    return await _add(conn, repo, tests, test_id=old.test_id, cluster_id=old.cluster_id, now=now, old=old)


async def _add(
    conn: Connection,
    repo: Repo,
    tests: Sequence[TestId],
    *,
    test_id: int | None,
    cluster_id: int | None,
    now: datetime,
    old: IssueLink | None = None,
) -> IssueLink:
    nth = 1 + await count_issues_of(conn, repo.id, test_id=test_id, cluster_id=cluster_id)
    outside = repo.row.external_id
    key = (
        issue.key_of_cause(outside, cluster_id, issue=nth)
        if cluster_id is not None
        else issue.key_of(outside, test_id or 0, issue=nth)
    )
    link_id = await add_issue(
        conn, repo.id, key, test_id=test_id, cluster_id=cluster_id, at=now, follows=old.number if old else None
    )
    await join_issue(conn, repo.id, link_id, tests, now)
    return await _get(conn, repo, link_id)


async def _get(conn: Connection, repo: Repo, link_id: int) -> IssueLink:
    link = await get_issue_link(conn, repo.id, link_id)
    if link is None:
        raise LookupError(f"issue {link_id} of repository {repo.id} is not there, though nobody else may take it away")
    return link
