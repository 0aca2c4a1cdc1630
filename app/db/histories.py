"""The executions of tests over time, as judging needs them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from math import ceil

from app.core.history import ROWS_A_RUN
from app.core.model import Attempt, Execution, Outcome, RepoId, TestId, is_of_pull
from app.core.names import Names
from app.db.connection import Connection, Record


async def read_histories(
    conn: Connection, repo_id: RepoId, tests: Sequence[TestId], *, names: Names, runs_each: int
) -> dict[TestId, list[Execution]]:
    """Return the executions of each test, in any order: of its latest `runs_each` runs, but ten times as many at most.

    Others may be among them, but none from before the last day of the test that was rolled up: what is left there has
    lost its passes. An attempt is given whole or not at all, so that the same rows give the same history in
    whatever order they came. Durations are left out.
    """
    found: dict[TestId, list[Execution]] = {}
    wanted = list(tests)
    for factor in ROWS_A_RUN:
        limit = ceil(runs_each * factor)
        found |= await _read(conn, repo_id, wanted, names, limit)
        wanted = [test for test in wanted if len(found[test]) >= limit and _runs_in(found[test]) < runs_each]
        if not wanted:
            break
    return found


async def read_histories_since(
    conn: Connection,
    repo_id: RepoId,
    since: Mapping[TestId, datetime],
    *,
    names: Names,
    runs_each: int,
) -> dict[TestId, list[Execution]]:
    """Return all executions of each test since its moment, in any order, and as many before it as `read_histories` would."""
    found: dict[TestId, list[Execution]] = {}
    wanted = list(since)
    for factor in ROWS_A_RUN:
        limit = ceil(runs_each * factor)
        rows = await _read_executions_since(conn, repo_id, {test: since[test] for test in wanted}, limit)
        found |= await _told(conn, repo_id, wanted, names, rows)
        before = {test: [one for one in found[test] if one.attempt.at < since[test]] for test in wanted}
        wanted = [test for test in wanted if len(before[test]) >= limit and _runs_in(before[test]) < runs_each]
        if not wanted:
            break
    return found


def _runs_in(executions: list[Execution]) -> int:
    return len({one.attempt.run_id for one in executions if one.outcome is not Outcome.SKIPPED})


async def _read(
    conn: Connection, repo_id: RepoId, tests: Sequence[TestId], names: Names, limit: int
) -> dict[TestId, list[Execution]]:
    rows = await _read_executions(conn, repo_id, tests, limit)
    return await _told(conn, repo_id, tests, names, rows)


async def _told(
    conn: Connection, repo_id: RepoId, tests: Sequence[TestId], names: Names, rows: Sequence[Record]
) -> dict[TestId, list[Execution]]:
    """Return the executions of each test that those rows are, without those whose attempt is not there: no key forbids them.

    Attempts and jobs are fetched by themselves, since thousands of executions share a few of each; and the passes of
    all tests of one job are one value, since nothing tells them apart that a score would ask for.
    """
    attempts = await _read_attempts(conn, repo_id, {row["workflow_run"] for row in rows}, names)
    variants = await _read_variants(conn, repo_id, {row["job"] for row in rows})
    found: dict[TestId, list[Execution]] = {test: [] for test in tests}
    made: dict[tuple[object, ...], Execution] = {}
    for row in rows:
        told = row[1:]
        one = made.get(told)
        if one is None:
            run, job, ordinal, outcome, signature, loose_signature, is_implied = told
            if run not in attempts:
                continue
            one = made[told] = Execution(
                attempt=attempts[run],
                job=variants[job],
                ordinal=ordinal,
                outcome=Outcome(outcome),
                signature=signature,
                loose_signature=loose_signature,
                is_implied=is_implied,
            )
        found[row["test_id"]].append(one)
    return found


async def _read_executions(conn: Connection, repo_id: RepoId, tests: Sequence[TestId], limit: int) -> list[Record]:
    return await conn.fetch(
        """
        SELECT o.test_id, o.workflow_run, o.job, o.ordinal, o.outcome::text, o.failure_msg_signature,
               o.failure_loose_signature, o.source = 'implied' AS is_implied
        FROM unnest($2::bigint[]) AS wanted (id)
        CROSS JOIN LATERAL (
            SELECT coalesce((max(day) + 1)::timestamp AT TIME ZONE 'UTC', '-infinity') AS since
            FROM fg_daily
            WHERE repo_id = $1 AND test_id = wanted.id
        ) AS whole
        CROSS JOIN LATERAL (
            SELECT *
            FROM fg_occurrence
            WHERE repo_id = $1 AND test_id = wanted.id AND created_at >= whole.since
            ORDER BY created_at DESC
            FETCH FIRST $3 ROWS WITH TIES
        ) AS o
        """,
        repo_id,
        list(tests),
        limit,
    )


async def _read_executions_since(
    conn: Connection, repo_id: RepoId, since: Mapping[TestId, datetime], limit: int
) -> list[Record]:
    return await conn.fetch(
        """
        SELECT o.test_id, o.workflow_run, o.job, o.ordinal, o.outcome::text, o.failure_msg_signature,
               o.failure_loose_signature, o.source = 'implied' AS is_implied
        FROM unnest($2::bigint[], $3::timestamptz[]) AS wanted (id, since)
        CROSS JOIN LATERAL (
            SELECT coalesce((max(day) + 1)::timestamp AT TIME ZONE 'UTC', '-infinity') AS since
            FROM fg_daily
            WHERE repo_id = $1 AND test_id = wanted.id
        ) AS whole
        CROSS JOIN LATERAL (
            SELECT coalesce((
                SELECT created_at
                FROM fg_occurrence
                WHERE repo_id = $1 AND test_id = wanted.id AND created_at < wanted.since
                ORDER BY created_at DESC
                OFFSET $4 - 1
                LIMIT 1), '-infinity') AS at
        ) AS oldest
        JOIN fg_occurrence AS o
          ON o.repo_id = $1 AND o.test_id = wanted.id AND o.created_at >= greatest(whole.since, oldest.at)
        """,
        repo_id,
        list(since),
        list(since.values()),
        limit,
    )


async def _read_variants(conn: Connection, repo_id: RepoId, jobs: Collection[int]) -> dict[int, str]:
    rows = await conn.fetch(
        "SELECT id, variant FROM fg_job WHERE repo_id = $1 AND id = ANY ($2::bigint[])", repo_id, list(jobs)
    )
    return {row["id"]: row["variant"] for row in rows}


async def _read_attempts(
    conn: Connection, repo_id: RepoId, attempts: Collection[int], names: Names
) -> dict[int, Attempt]:
    rows = await conn.fetch(
        """
        SELECT id, run_id, run_attempt, event, head_sha, base_sha, tree_sha, head_repository, head_branch, pull_number,
               workflow_id, run_started_at
        FROM fg_workflow_run
        WHERE repo_id = $1 AND id = ANY ($2::bigint[])
        """,
        repo_id,
        list(attempts),
    )
    return {row["id"]: _attempt(row, names) for row in rows}


def _attempt(row: Record, names: Names) -> Attempt:
    return Attempt(
        run_id=row["run_id"],
        run_attempt=row["run_attempt"],
        event=row["event"],
        head_sha=row["head_sha"],
        base_sha=row["base_sha"],
        tree_sha=row["tree_sha"],
        head_repository=names.today(row["head_repository"], row["run_started_at"]),
        branch=row["head_branch"],
        is_default_branch=names.was_default(row["head_branch"], row["run_started_at"]) and not is_of_pull(row["event"]),
        pull=row["pull_number"],
        at=row["run_started_at"],
        workflow_id=row["workflow_id"],
    )
