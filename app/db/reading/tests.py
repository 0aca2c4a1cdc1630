"""The tests of a repository: the list, one test, and what the filters offer."""

import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from app.core.globs import expression_of
from app.core.model import CaseName, DecisionState, Legs, Recommendation, RepoId, Since, Standing, TestId
from app.core.paging import Mark, Page
from app.core.standing import recommend
from app.db.connection import Connection
from app.db.decisions import StoredDecision, list_latest_decisions
from app.db.reading.decisions import LONGEST_REASON
from app.db.reading.found_tests import (
    Found,
    TestFilter,
    find_by_failure,
    find_by_name,
    find_by_score,
    list_failed_on_branch,
)
from app.db.reading.marks import MOST_ROWS
from app.db.reading.parts import parts_of
from app.db.reading.wanted import Days, Words, patterns_of, since_days, text_if_any
from app.db.scores import StoredScore, get_scores, healthy

MOST_NAMES = 20
"""A test has hardly been renamed more often."""
_DAYS_OF_A_BRANCH = 30
_MOST_TEAMS = 500
_MOST_BRANCHES = 200
_LATEST_ATTEMPTS = 5_000
"""Branches without a run among so many are not offered: nobody looks for them in a menu."""
_WILD = frozenset("*?")


class TestOrder(StrEnum):
    """What the list of tests begins with: the highest score, the latest failure, or the first name."""

    __test__ = False

    SCORE = "score"
    FAILED = "failed"
    NAME = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class TestsWanted:
    """Which tests are asked for, and in which order.

    `q` is some words of the name, `file` the beginning of a path or a glob of one, `team` an owner as CODEOWNERS names
    it, `branch` one on which the test failed within `days` (30 unless said), as GitHub names it; without a branch,
    `days` is within how many the test was seen.
    """

    __test__ = False

    q: Annotated[Words | None, msgspec.Meta(description="Words of the test's name, in any order and case.")] = None
    file: Annotated[
        Words | None, msgspec.Meta(description="Beginning of the path of its file, or a glob such as `tests/**/*.py`.")
    ] = None
    team: Annotated[Words | None, msgspec.Meta(description="Owner by CODEOWNERS, such as `@org/team`.")] = None
    standing: Annotated[Standing | None, msgspec.Meta(description="Where the test stands.")] = None
    branch: Annotated[
        Words | None, msgspec.Meta(description="Branch on which it failed within `days`, 30 unless given.")
    ] = None
    days: Annotated[
        Days | None, msgspec.Meta(description="Seen, or failed on `branch`, so many days before the latest run.")
    ] = None
    order: Annotated[TestOrder, msgspec.Meta(description="What comes first.")] = TestOrder.SCORE


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedTest:
    """A test in the list.

    `owners` are those that CODEOWNERS names. `score` is 0..1 (how sure), `flake_rate` the share of the latest `runs` runs
    in which it flaked, with its 90 % interval `low`..`high`; `failures` counts the runs in which it failed. A test that did
    not fail in its latest runs has no score of its own: 0, and no `low`, `high` and `runs`. `last_flake_at` is the latest
    flake in those runs, `last_failed_at` the latest failure with a message, whenever it was. `decision` is the
    quarantine decision that is open, `quarantined_until` when an ACTIVE one expires.
    """

    id: int
    suite: str
    class_name: str
    name: str
    file: str | None
    owners: list[str]
    standing: Standing
    score: float
    flake_rate: float
    low: float | None
    high: float | None
    runs: int | None
    failures: int
    last_flake_at: datetime | None
    last_failed_at: datetime | None
    last_seen_at: datetime
    decision: DecisionState | None
    quarantined_until: datetime | None
    issue_number: int | None
    issue_url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTest(ListedTest):
    """A test with all that its page says at its top.

    `previous_names` are those that it had before it was renamed, latest first. `first_seen_at` and `last_seen_at` are to
    within a day. `e1` to `e5` count the evidence by grade, `passes_since_flake` the passes in a row since, of
    `passes_needed` that lead out of quarantine. `broken_since` is the head sha of the first failing commit of a broken
    test, `since` where it became broken or flaky, `legs` the jobs on which alone it flakes. `judged_at` is the start of
    the latest attempt that the score saw. Of the open decision: since when, by whom (None: a rule), and why.
    """

    line: int | None
    first_seen_at: datetime
    previous_names: tuple[CaseName, ...]
    recommendation: Recommendation
    e1: int
    e2: int
    e3: int
    e4: int
    e5: int
    passes_since_flake: int
    passes_needed: int
    broken_since: str | None
    since: Since | None
    legs: Legs | None
    judged_at: datetime | None
    decided_at: datetime | None
    decided_by: str | None
    decision_reason: str | None


_Find = Callable[[Connection, RepoId, TestFilter, Mark | None, int], Coroutine[Any, Any, Sequence[Found]]]
_FINDERS: Mapping[TestOrder, _Find] = {
    TestOrder.SCORE: find_by_score,
    TestOrder.FAILED: find_by_failure,
    TestOrder.NAME: find_by_name,
}


async def list_tests(
    conn: Connection, repo_id: RepoId, wanted: TestsWanted, after: Mark | None, limit: int
) -> Page[ListedTest]:
    """Return a page of the tests that are wanted. Raises NotAMark."""
    size = min(limit, MOST_ROWS)
    found = await _FINDERS[wanted.order](conn, repo_id, await _filter(conn, repo_id, wanted), after, size + 1)
    shown = found[:size]
    tests = await read_tests(conn, repo_id, [one.id for one in shown])
    return Page(items=tuple(tests), after=shown[-1].mark if len(found) > size else None)


async def _filter(conn: Connection, repo_id: RepoId, wanted: TestsWanted) -> TestFilter:
    branch, file, team = text_if_any(wanted.branch), text_if_any(wanted.file), text_if_any(wanted.team)
    since = await since_days(conn, repo_id, wanted.days or (_DAYS_OF_A_BRANCH if branch else None))
    failed = await list_failed_on_branch(conn, repo_id, branch, since) if branch and since else [] if branch else None
    return TestFilter(
        patterns=patterns_of(wanted.q),
        file=_expression(file) if file else None,
        team=team.lower() if team else None,
        standing=wanted.standing,
        seen_since=None if branch else since,
        failed=failed,
    )


def _expression(file: str) -> str:
    return expression_of(file) if _WILD & set(file) else f"^{re.escape(file)}"


async def read_tests(conn: Connection, repo_id: RepoId, tests: Sequence[int]) -> list[ListedTest]:
    """Return those tests that there are, in the order in which they are named."""
    rows = await conn.fetch(
        """
        SELECT test.id, test.suite, test.class_name, test.name, test.file,
               coalesce(string_to_array(test.owner_team, ' '), '{}') AS owners,
               coalesce(s.standing, 'healthy') AS standing, coalesce(s.score, 0) AS score,
               coalesce(s.flake_rate, 0) AS flake_rate, s.low, s.high, s.runs, coalesce(s.failures, 0) AS failures,
               s.last_flake_at, failed.at AS last_failed_at, test.last_seen_at, decision.state AS decision,
               decision.until AS quarantined_until, issue.number AS issue_number, issue.url AS issue_url
        FROM unnest($2::bigint[]) WITH ORDINALITY AS wanted (id, place)
        JOIN fg_test_case AS test ON test.repo_id = $1 AND test.id = wanted.id
        LEFT JOIN fg_flake_score AS s ON s.repo_id = $1 AND s.test_id = test.id
        LEFT JOIN fg_quarantine_decision AS decision
          ON decision.repo_id = $1 AND decision.test_id = test.id AND decision.ended_at IS NULL
        CROSS JOIN LATERAL (
            SELECT max(last_seen_at) AS at
            FROM fg_failure_cluster_test
            WHERE repo_id = $1 AND test_id = test.id
        ) AS failed
        LEFT JOIN LATERAL (
            SELECT link.number, link.url
            FROM fg_issue_member AS member
            JOIN fg_issue_link AS link ON link.repo_id = member.repo_id AND link.id = member.link_id
            WHERE member.repo_id = $1 AND member.test_id = test.id
        ) AS issue ON true
        ORDER BY wanted.place
        """,
        repo_id,
        list(tests),
    )
    return [ListedTest(**row) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    line: int | None
    first_seen_at: datetime


async def get_test(conn: Connection, repo_id: RepoId, test_id: TestId) -> ShownTest | None:
    """Return one test; None where the repository has none of that number."""
    place = await _find_place(conn, repo_id, test_id)
    if place is None:
        return None
    [listed] = await read_tests(conn, repo_id, [test_id])
    score = (await get_scores(conn, repo_id, [test_id])).get(test_id) or healthy(test_id)
    decision = (await list_latest_decisions(conn, repo_id, [test_id])).get(test_id)
    names = await _list_previous_names(conn, repo_id, test_id)
    return _shown(listed, place, names, score, decision if decision is not None and decision.is_open else None)


def _shown(
    listed: ListedTest,
    place: _Place,
    names: tuple[CaseName, ...],
    score: StoredScore,
    decision: StoredDecision | None,
) -> ShownTest:
    return ShownTest(
        **parts_of(listed),
        line=place.line,
        first_seen_at=place.first_seen_at,
        previous_names=names,
        recommendation=recommend(score.standing),
        e1=score.e1,
        e2=score.e2,
        e3=score.e3,
        e4=score.e4,
        e5=score.e5,
        passes_since_flake=score.passes_since_flake,
        passes_needed=score.passes_needed,
        broken_since=score.broken_since,
        since=score.since,
        legs=score.flaky_legs,
        judged_at=score.judged_at,
        decided_at=decision.decided_at if decision else None,
        decided_by=decision.by_user if decision else None,
        decision_reason=decision.rationale[:LONGEST_REASON] if decision else None,
    )


async def _find_place(conn: Connection, repo_id: RepoId, test_id: TestId) -> _Place | None:
    row = await conn.fetchrow(
        "SELECT line, first_seen_at FROM fg_test_case WHERE repo_id = $1 AND id = $2", repo_id, test_id
    )
    return _Place(**row) if row else None


async def _list_previous_names(conn: Connection, repo_id: RepoId, test_id: TestId) -> tuple[CaseName, ...]:
    rows = await conn.fetch(
        """
        SELECT suite, class_name, name
        FROM fg_test_case
        WHERE repo_id = $1 AND renamed_to = $2
        ORDER BY last_seen_at DESC, id
        LIMIT $3
        """,
        repo_id,
        test_id,
        MOST_NAMES,
    )
    return tuple(CaseName(suite=row["suite"], class_name=row["class_name"], name=row["name"]) for row in rows)


async def list_teams(conn: Connection, repo_id: RepoId) -> tuple[str, ...]:
    """Return the owners of the repository's tests, each by itself; 500 at most."""
    rows = await conn.fetch(
        """
        SELECT DISTINCT team
        FROM (SELECT DISTINCT owner_team FROM fg_test_case WHERE repo_id = $1 AND owner_team IS NOT NULL) AS own
        CROSS JOIN LATERAL unnest(string_to_array(own.owner_team, ' ')) AS team
        ORDER BY team
        LIMIT $2
        """,
        repo_id,
        _MOST_TEAMS,
    )
    return tuple(row["team"] for row in rows)


async def list_branches(conn: Connection, repo_id: RepoId) -> tuple[str, ...]:
    """Return the default branch and then those that ran last, of the latest 5,000 attempts; 200 at most."""
    rows = await conn.fetch(
        """
        SELECT latest.head_branch AS branch
        FROM (
            SELECT head_branch, run_started_at
            FROM fg_workflow_run
            WHERE repo_id = $1
            ORDER BY run_started_at DESC
            LIMIT $2
        ) AS latest
        JOIN fg_repository AS repo ON repo.id = $1
        WHERE latest.head_branch IS NOT NULL
        GROUP BY latest.head_branch, repo.default_branch
        ORDER BY latest.head_branch = repo.default_branch DESC, max(latest.run_started_at) DESC, latest.head_branch
        LIMIT $3
        """,
        repo_id,
        _LATEST_ATTEMPTS,
        _MOST_BRANCHES,
    )
    return tuple(row["branch"] for row in rows)
