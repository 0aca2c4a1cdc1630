"""Keep the issue that stands for a flaky test: open it, bring it up to date, close and reopen it by evidence."""

from datetime import UTC, datetime, timedelta

import structlog

from app.core import issue
from app.core.comment import digest
from app.core.model import DecisionState, Standing, TestId
from app.core.seen import Sights, places_of
from app.db.cases import StoredCase, get_cases
from app.db.clusters import latest_cluster_of
from app.db.connection import Connection
from app.db.decisions import count_passes_since, has_failed_since, list_latest_decisions
from app.db.evidence import list_evidence
from app.db.issues import (
    IssueLink,
    add_issue_of_test,
    count_opened_since,
    find_issue_by_number,
    find_issue_of_test,
    forget_issue,
    mirror_state,
    note_issue,
)
from app.db.locks import IssueLock, lock_issue
from app.db.places import find_places
from app.db.scores import StoredScore, get_scores, healthy
from app.github.conversations import create_comment
from app.github.errors import Gone
from app.github.issues import IssueInfo, create_issue, edit_issue, get_issue, list_issues
from app.handlers.bot import Bot, Repo
from app.handlers.causes import guess_cause
from app.handlers.record import show_heads
from app.jobs import MirrorIssue, SyncIssue

CLOSES_AFTER = timedelta(days=1)
SILENT_FOR = timedelta(days=90)
_ANY_NEW = TestId(0)
"""No test has that number: its lock is that of opening an issue, whichever."""

_log = structlog.get_logger()


async def sync_issue(bot: Bot, job: SyncIssue) -> None:
    """Make the test's issue what the evidence says that it should be."""
    repo = await bot.open(job.repo_id)
    if not repo.policy.issues.enabled or not repo.may_write:
        return
    async with lock_issue(bot.pool, repo.id, job.test_id) as lock:
        link = await find_issue_of_test(lock.conn, repo.id, job.test_id)
        score = (await get_scores(lock.conn, repo.id, [job.test_id])).get(job.test_id, healthy(job.test_id))
        if link is None and not await _deserves(lock.conn, repo, job.test_id, score):
            return
        case = (await get_cases(lock.conn, repo.id, [job.test_id]))[job.test_id]
        await _sync(bot, repo, lock, case, score, link)


async def _deserves(conn: Connection, repo: Repo, test: TestId, score: StoredScore) -> bool:
    """Tell whether a test is to have an issue: it is flaky, or in quarantine."""
    if score.standing is Standing.FLAKY:
        return True
    latest = (await list_latest_decisions(conn, repo.id, [test])).get(test)
    return latest is not None and latest.is_open and latest.state is DecisionState.ACTIVE


async def _sync(
    bot: Bot, repo: Repo, lock: IssueLock, case: StoredCase, score: StoredScore, link: IssueLink | None
) -> None:
    key = link.key if link else issue.key_of(repo.row.external_id, lock.test_id)
    facts = await _facts(lock.conn, repo, case, score, key, link.opened_at if link else None)
    body = issue.render(facts)
    if link is None or link.number is None:
        await _open(bot, repo, lock, case, key, body)
    elif link.state == "open":
        await _go_on(bot, repo, lock, link, body, facts)
    elif _reopens(link, score, bot.clock()):
        await _change(repo, lock, link.number, key, body=body, state="open", reason="reopened", by=None)


async def _open(bot: Bot, repo: Repo, lock: IssueLock, case: StoredCase, key: str, body: str) -> None:
    """Open the issue, one at a time in a repository, so that those of a day can be counted."""
    async with lock_issue(bot.pool, repo.id, _ANY_NEW):
        await _open_alone(bot, repo, lock, case, key, body)


async def _open_alone(bot: Bot, repo: Repo, lock: IssueLock, case: StoredCase, key: str, body: str) -> None:
    """Open the issue, unless today's are enough, or it was opened already and the answer was lost."""
    today = bot.clock().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if await count_opened_since(lock.conn, repo.id, today) >= repo.policy.issues.max_per_day:
        _log.info("issue_not_opened", repo_id=repo.id, test_id=lock.test_id, reason="enough for today")
        return
    await add_issue_of_test(lock.conn, repo.id, lock.test_id, key)
    try:
        found = await _find(bot, repo, key)
        if found is None:
            labels = repo.policy.issues.labels
            found = await create_issue(repo.client, title=issue.title(case.case), body=body, labels=labels)
    except Gone:
        _log.info("issue_not_opened", repo_id=repo.id, reason="the repository has no issues")
        return
    await note_issue(
        lock.conn,
        repo.id,
        key,
        number=found.number,
        url=found.html_url,
        opened_at=bot.clock(),
        digest=digest(body) if found.body == body else None,
    )
    # Comments that were written before the issue can link to it now.
    await show_heads(lock.conn, repo.id, [lock.test_id], now=bot.clock())


async def _find(bot: Bot, repo: Repo, key: str) -> IssueInfo | None:
    """Find our issue by its marker and our own login: anybody can write the marker."""
    mine = await list_issues(repo.client, creator=await bot.login(), state="all")
    return next((one for one in mine if issue.marker(key) in one.body), None)


async def _go_on(bot: Bot, repo: Repo, lock: IssueLock, link: IssueLink, body: str, facts: issue.IssueFacts) -> None:
    if link.number is None:
        return
    if await _is_over(lock, repo, link, facts, bot.clock()):
        await _change(
            repo, lock, link.number, link.key, body=body, state="closed", reason="completed", by=await bot.login()
        )
        await create_comment(repo.client, link.number, issue.closing_words(facts.passes_since_flake))
    elif link.body_digest != digest(body):
        await _change(repo, lock, link.number, link.key, body=body, state=None, reason=None, by=None)


async def _change(  # noqa: PLR0913 - what an issue can become
    repo: Repo,
    lock: IssueLock,
    number: int,
    key: str,
    *,
    body: str,
    state: str | None,
    reason: str | None,
    by: str | None,
) -> None:
    try:
        now = await edit_issue(repo.client, number, body=body, state=state, state_reason=reason)
    except Gone:
        await forget_issue(lock.conn, repo.id, number)
        return
    await note_issue(
        lock.conn, repo.id, key, number=number, url=now.html_url, opened_at=now.created_at, digest=digest(body)
    )
    await mirror_state(
        lock.conn, repo.id, number, state=now.state, reason=now.state_reason, closed_at=now.closed_at, by=by
    )


async def _is_over(lock: IssueLock, repo: Repo, link: IssueLink, facts: issue.IssueFacts, now: datetime) -> bool:
    """Tell whether enough passes, and a day, lie behind the test's last failure and the issue's opening.

    They are counted among the executions, since what is left of the flake in the score ends with the window. A test in
    quarantine keeps its issue: when it leaves by its passes, the issue is looked at again.
    """
    if facts.standing is Standing.BROKEN or facts.decision is DecisionState.ACTIVE:
        return False
    a_day_ago = now - CLOSES_AFTER
    if facts.passes_since_flake < facts.passes_needed or link.opened_at is None or link.opened_at > a_day_ago:
        return False
    return not await has_failed_since(lock.conn, repo.id, lock.test_id, a_day_ago)


def _reopens(link: IssueLink, score: StoredScore, now: datetime) -> bool:
    """Tell whether a closed issue opens again: a new flake refutes a fix, but "not planned" is heard for 90 days."""
    if score.last_flake_at is None or link.closed_at is None:
        return False
    if link.state_reason == "not_planned" and now < link.closed_at + SILENT_FOR:
        return False
    return score.last_flake_at > link.closed_at


async def _facts(
    conn: Connection, repo: Repo, case: StoredCase, score: StoredScore, key: str, opened_at: datetime | None
) -> issue.IssueFacts:
    test = TestId(case.id)
    latest = (await list_latest_decisions(conn, repo.id, [test])).get(test)
    is_open = latest is not None and latest.is_open
    cluster = await latest_cluster_of(conn, repo.id, test)
    passes = await count_passes_since(conn, repo.id, {} if opened_at is None else {test: opened_at})
    window = repo.policy.thresholds.window_size
    evidence = await list_evidence(conn, repo.id, test)
    places = await find_places(conn, repo.id, test, places_of(evidence))
    return issue.IssueFacts(
        key=key,
        case=case.case,
        file=case.file,
        owner=case.owner_team,
        standing=score.standing,
        score=score.score,
        flake_rate=score.flake_rate,
        low=score.low,
        high=score.high,
        runs=score.runs,
        window=window,
        failures=score.failures,
        evidence=evidence,
        passes_since_flake=passes.get(test, 0),
        passes_needed=issue.passes_to_end(
            decided=latest.flake_rate if latest else None, current=score.flake_rate, window=window
        ),
        last_flake_at=score.last_flake_at,
        broken_since=score.broken_since,
        decision=latest.state if latest is not None and is_open else None,
        until=latest.until if latest is not None and is_open else None,
        message=cluster.example_message if cluster else None,
        stack_trace=cluster.example_stack_trace if cluster else None,
        sights=Sights(places=places, run_url=repo.run_url),
        since=score.since,
        legs=score.flaky_legs,
        cause=await guess_cause(conn, repo.id, test),
    )


async def mirror_issue(bot: Bot, job: MirrorIssue) -> None:
    """Note what became of an issue of ours; an issue that is none of ours is nothing to us."""
    repo = await bot.open(job.repo_id)
    async with bot.pool.acquire() as conn:
        link = await find_issue_by_number(conn, repo.id, job.number)
        if link is None:
            return
        try:
            now = await get_issue(repo.client, job.number)
        except Gone:
            await forget_issue(conn, repo.id, job.number)
            return
        await mirror_state(
            conn,
            repo.id,
            job.number,
            state=now.state,
            reason=now.state_reason,
            closed_at=now.closed_at,
            by=job.sender,
        )
