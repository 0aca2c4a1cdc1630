"""What a replay of policies asks for: which tests it is about, and how matters stood when it begins."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.infra import AttemptKey
from app.core.model import RepoId, Standing, TestId
from app.db.connection import Connection
from app.db.decisions import StoredDecision


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A test that a replay may be about: how many executions it has in its time, and how many such tests there are."""

    test_id: int
    executions: int
    of: int


async def list_tests_to_replay(
    conn: Connection, repo_id: RepoId, since: datetime, *, failed_since: datetime, failures: int, limit: int
) -> list[Weighed]:
    """Return the tests with a decision or issue that was open at `since`, and those that failed in so many attempts since `failed_since`.

    So are those that failed then by what other tests fail by, too. The former come first, then those that failed the most.
    """
    rows = await conn.fetch(
        """
        WITH bad AS (
            SELECT test_id, count(DISTINCT workflow_run) AS failures
            FROM fg_occurrence
            WHERE repo_id = $1 AND created_at >= $3 AND outcome IN ('failed', 'error')
            GROUP BY test_id
        ), shared AS (
            SELECT DISTINCT member.test_id
            FROM fg_failure_cluster_test AS member
            JOIN fg_failure_cluster AS cluster ON cluster.repo_id = member.repo_id AND cluster.id = member.cluster_id
            WHERE member.repo_id = $1 AND member.last_seen_at >= $3 AND cluster.kind <> 'infra'
              AND cluster.test_count > 1 AND cluster.first_seen_at < cluster.last_seen_at
        ), decided AS (
            SELECT DISTINCT test_id
            FROM fg_quarantine_decision
            WHERE repo_id = $1 AND state IN ('PROPOSED', 'ACTIVE') AND decided_at < $2
              AND (ended_at IS NULL OR ended_at >= $2)
            UNION
            SELECT member.test_id
            FROM fg_issue_member AS member
            JOIN fg_issue_link AS link ON link.repo_id = member.repo_id AND link.id = member.link_id
            WHERE member.repo_id = $1 AND link.opened_at < $2 AND (link.closed_at IS NULL OR link.closed_at >= $2)
        ), worst AS (
            SELECT test.id, count(*) OVER () AS of, row_number() OVER (
                ORDER BY decided.test_id IS NULL, coalesce(bad.failures, 0) DESC, test.id) AS place
            FROM fg_test_case AS test
            LEFT JOIN bad ON bad.test_id = test.id
            LEFT JOIN decided ON decided.test_id = test.id
            LEFT JOIN shared ON shared.test_id = test.id
            WHERE test.repo_id = $1
              AND (bad.failures >= $4 OR decided.test_id IS NOT NULL OR shared.test_id IS NOT NULL)
            ORDER BY place
            LIMIT $5
        )
        SELECT worst.id AS test_id, worst.of, (
            SELECT count(*)
            FROM fg_occurrence AS o
            WHERE o.repo_id = $1 AND o.test_id = worst.id AND o.created_at >= $2) AS executions
        FROM worst
        ORDER BY worst.place
        """,
        repo_id,
        since,
        failed_since,
        failures,
        limit,
    )
    return [Weighed(**row) for row in rows]


async def list_decisions_at(
    conn: Connection, repo_id: RepoId, tests: Sequence[TestId], at: datetime
) -> dict[TestId, StoredDecision]:
    """Return the latest decision of each of those tests as it was at that moment: what ended it later is not known yet."""
    rows = await conn.fetch(
        """
        SELECT DISTINCT ON (test_id)
               id, test_id, state, rationale, by_user, until, decided_at,
               CASE WHEN ended_at < $3 THEN ended_at END AS ended_at, flake_rate, impact
        FROM fg_quarantine_decision
        WHERE repo_id = $1 AND test_id = ANY ($2::bigint[]) AND decided_at < $3
        ORDER BY test_id, id DESC
        """,
        repo_id,
        list(tests),
        at,
    )
    return {TestId(row["test_id"]): StoredDecision(**row) for row in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldAt:
    """A test that an issue told of, the test or cluster that the issue stands for now, and how it stood.

    `member` is None for an issue that told of no test any more, from which one goes on that waited. `is_given_since`: it
    was one test's then, and has been given to the cluster since. `opened_at` is None where it waited, `closed_at` where it was not
    closed; else `state_reason` and `by_app` say as what, and whether by an App. `passes_needed` end it for the test, as its
    flake at `flaked_at` has set it; both are None where it had not flaked.
    """

    link_id: int
    test_id: int | None
    cluster_id: int | None
    is_given_since: bool
    follows: int | None
    member: int | None
    opened_at: datetime | None
    closed_at: datetime | None
    state_reason: str | None
    by_app: bool
    flaked_at: datetime | None
    passes_needed: int | None


async def list_told_at(conn: Connection, repo_id: RepoId, at: datetime) -> list[ToldAt]:
    """Return what the issues told of at that moment, those that waited among them, in the order in which they were begun.

    A test that was moved since was told of by the issue before; but of several moves since the latest is known. What an issue
    tells of that was begun since, and goes on from an older one, the older one told of: an earlier release moved it. Of an
    issue that such a release began is only known when it was opened. A person's login has no brackets.
    """
    rows = await conn.fetch(
        """
        WITH RECURSIVE link AS (
            SELECT now.id, now.test_id, now.cluster_id, old.id AS follows,
                   coalesce(now.given_at >= $2, false) AS is_given_since,
                   CASE WHEN now.opened_at < $2 THEN now.opened_at END AS opened_at,
                   CASE WHEN past.link_id IS NOT NULL THEN past.closed_at
                        WHEN now.closed_at < $2 THEN now.closed_at END AS closed_at,
                   CASE WHEN past.link_id IS NOT NULL THEN past.state_reason ELSE now.state_reason END AS state_reason,
                   coalesce(CASE WHEN past.link_id IS NOT NULL THEN past.closed_by ELSE now.closed_by END LIKE '%[bot]',
                            false) AS by_app,
                   coalesce(least(now.begun_at, now.opened_at) < $2, false) AS was_there
            FROM fg_issue_link AS now
            LEFT JOIN fg_issue_closing AS past
              ON past.repo_id = now.repo_id AND past.link_id = now.id AND past.closed_at < $2 AND past.reopened_at >= $2
            LEFT JOIN fg_issue_link AS old
              ON old.repo_id = now.repo_id AND old.provider = 'github' AND old.number = now.follows
            WHERE now.repo_id = $1
        ), told AS (
            SELECT CASE WHEN member.moved_at >= $2 THEN member.before_id ELSE member.link_id END AS link_id,
                   member.test_id AS member, member.flaked_at, member.passes_needed
            FROM fg_issue_member AS member
            WHERE member.repo_id = $1 AND (member.joined_at IS NULL OR member.joined_at < $2)
            UNION ALL
            SELECT link.follows, told.member, told.flaked_at, told.passes_needed
            FROM told
            JOIN link ON link.id = told.link_id
            WHERE NOT link.was_there AND link.follows IS NOT NULL
        )
        SELECT link.id AS link_id, link.test_id, link.cluster_id, link.is_given_since, link.follows, told.member,
               link.opened_at, link.closed_at, link.state_reason, link.by_app,
               CASE WHEN told.flaked_at < $2 THEN told.flaked_at END AS flaked_at,
               CASE WHEN told.flaked_at < $2 THEN told.passes_needed END AS passes_needed
        FROM link
        LEFT JOIN told ON told.link_id = link.id
        WHERE link.was_there AND (told.member IS NOT NULL OR EXISTS (
            SELECT FROM link AS next WHERE next.follows = link.id AND next.was_there AND next.opened_at IS NULL))
        ORDER BY link.id, told.member
        """,
        repo_id,
        at,
    )
    return [ToldAt(**row) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class HitAt:
    """How often a cluster had hit a test by a moment, and the starts of the first and the latest attempt in which it did.

    `standing` is what is thought of the cluster now, None where it has hit any test since.
    """

    cluster_id: int
    signature: str
    test_id: int
    count: int
    first_at: datetime | None
    last_at: datetime | None
    standing: Standing | None


async def list_hits_at(conn: Connection, repo_id: RepoId, tests: Sequence[TestId], at: datetime) -> list[HitAt]:
    """Return what by now is known to have hit those tests, infrastructure apart, counted as it was known at that moment.

    An attempt is known from its end on.
    """
    rows = await conn.fetch(
        """
        WITH hit AS (
            SELECT cluster.id AS cluster_id, cluster.failure_msg_signature AS signature, member.test_id,
                   CASE WHEN cluster.last_seen_at < $3 THEN score.standing END AS standing
            FROM fg_failure_cluster_test AS member
            JOIN fg_failure_cluster AS cluster ON cluster.repo_id = member.repo_id AND cluster.id = member.cluster_id
            LEFT JOIN fg_cluster_score AS score ON score.repo_id = cluster.repo_id AND score.cluster_id = cluster.id
            WHERE member.repo_id = $1 AND member.test_id = ANY ($2::bigint[]) AND cluster.kind <> 'infra'
        ), counted AS (
            SELECT o.failure_msg_signature AS signature, o.test_id, count(*)::integer AS count, min(o.created_at) AS first_at,
                   max(o.created_at) AS last_at
            FROM fg_occurrence AS o
            JOIN fg_workflow_run AS run ON run.repo_id = $1 AND run.id = o.workflow_run
            WHERE o.repo_id = $1 AND o.failure_msg_signature = ANY (SELECT signature FROM hit)
              AND coalesce(run.completed_at, run.run_started_at) <= $3
            GROUP BY o.failure_msg_signature, o.test_id
        )
        SELECT hit.cluster_id, hit.signature, hit.test_id, coalesce(counted.count, 0) AS count, counted.first_at,
               counted.last_at, hit.standing
        FROM hit
        LEFT JOIN counted USING (signature, test_id)
        ORDER BY hit.cluster_id, hit.test_id
        """,
        repo_id,
        list(tests),
        at,
    )
    return [HitAt(**row) for row in rows]


async def list_ends(conn: Connection, repo_id: RepoId, attempts: Collection[AttemptKey]) -> dict[AttemptKey, datetime]:
    """Return when each of those attempts ended; its start where GitHub did not say."""
    rows = await conn.fetch(
        """
        SELECT run.run_id, run.run_attempt, coalesce(run.completed_at, run.run_started_at) AS ended
        FROM unnest($2::bigint[], $3::integer[]) AS wanted (run_id, run_attempt)
        JOIN fg_workflow_run AS run
          ON run.repo_id = $1 AND run.run_id = wanted.run_id AND run.run_attempt = wanted.run_attempt
        """,
        repo_id,
        [run for run, _ in attempts],
        [number for _, number in attempts],
    )
    return {(row["run_id"], row["run_attempt"]): row["ended"] for row in rows}
