"""What tells a failing test from a failing machine: how attempts failed as a whole, and how widely a message was seen."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from app.core.infra import USUAL_OVER, AttemptKey, Dropped, infra_signatures, is_mass_failure
from app.core.model import RepoId
from app.db.connection import Connection

_LEAST_SPREAD = 3
"""A message seen on fewer tests is never an outage's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    run_id: int
    run_attempt: int
    tests: int
    failures: int

    @property
    def key(self) -> AttemptKey:
        return self.run_id, self.run_attempt


async def find_outages(conn: Connection, repo_id: RepoId, attempts: Collection[AttemptKey]) -> Dropped:
    """Return the failures of those attempts that say nothing about any test."""
    keys = sorted(attempts)
    runs, numbers = [run for run, _ in keys], [number for _, number in keys]
    seen = await _seen(conn, repo_id, runs, numbers)
    spread = await _spread(conn, repo_id, runs, numbers)
    wide = {(*one.key, signature) for one in seen for signature in infra_signatures(spread.get(one.key, {}), one.tests)}
    return Dropped(
        attempts=await _mass_failures(conn, repo_id, seen),
        jobs=await _failed_jobs(conn, repo_id, runs, numbers),
        signatures=frozenset(wide),
    )


async def _seen(conn: Connection, repo_id: RepoId, runs: list[int], numbers: list[int]) -> list[_Seen]:
    rows = await conn.fetch(
        """
        SELECT run.run_id, run.run_attempt, run.tests, run.failures
        FROM unnest($2::bigint[], $3::integer[]) AS wanted (run_id, run_attempt)
        JOIN fg_workflow_run AS run
          ON run.repo_id = $1 AND run.run_id = wanted.run_id AND run.run_attempt = wanted.run_attempt
        """,
        repo_id,
        runs,
        numbers,
    )
    return [_Seen(**row) for row in rows]


async def _mass_failures(conn: Connection, repo_id: RepoId, seen: Sequence[_Seen]) -> frozenset[AttemptKey]:
    """Return the attempts that failed as a whole.

    One that would not be called so after a hundred attempts without a failure never is: few are left to compare with
    what is usual.
    """
    suspects = {one.key: one for one in seen if is_mass_failure(one.tests, one.failures, ())}
    if not suspects:
        return frozenset()
    usual = await _earlier_shares(conn, repo_id, [run for run, _ in suspects], [number for _, number in suspects])
    return frozenset(
        key for key, one in suspects.items() if is_mass_failure(one.tests, one.failures, usual.get(key, ()))
    )


async def _earlier_shares(
    conn: Connection, repo_id: RepoId, runs: list[int], numbers: list[int]
) -> dict[AttemptKey, Sequence[float]]:
    """Return the shares of failing tests of the attempts before each of those, as many as say what is usual."""
    rows = await conn.fetch(
        """
        SELECT run.run_id, run.run_attempt, coalesce(earlier.shares, '{}') AS shares
        FROM unnest($2::bigint[], $3::integer[]) AS wanted (run_id, run_attempt)
        JOIN fg_workflow_run AS run
          ON run.repo_id = $1 AND run.run_id = wanted.run_id AND run.run_attempt = wanted.run_attempt
        CROSS JOIN LATERAL (
            SELECT array_agg(latest.share) AS shares
            FROM (
                SELECT failures::double precision / tests AS share
                FROM fg_workflow_run
                WHERE repo_id = $1 AND run_started_at < run.run_started_at AND tests > 0
                ORDER BY run_started_at DESC, id DESC
                LIMIT $4
            ) AS latest
        ) AS earlier
        """,
        repo_id,
        runs,
        numbers,
        USUAL_OVER,
    )
    return {(row["run_id"], row["run_attempt"]): row["shares"] for row in rows}


async def _spread(
    conn: Connection, repo_id: RepoId, runs: list[int], numbers: list[int]
) -> dict[AttemptKey, dict[str, int]]:
    rows = await conn.fetch(
        """
        SELECT run.run_id, run.run_attempt, o.failure_loose_signature AS signature,
               count(DISTINCT o.test_id) AS tests
        FROM unnest($2::bigint[], $3::integer[]) AS wanted (run_id, run_attempt)
        JOIN fg_workflow_run AS run
          ON run.repo_id = $1 AND run.run_id = wanted.run_id AND run.run_attempt = wanted.run_attempt
        JOIN fg_occurrence AS o
          ON o.repo_id = $1 AND o.workflow_run = run.id AND o.created_at = run.run_started_at
        WHERE o.outcome IN ('failed', 'error') AND o.failure_loose_signature IS NOT NULL
        GROUP BY run.run_id, run.run_attempt, o.failure_loose_signature
        HAVING count(DISTINCT o.test_id) >= $4
        """,
        repo_id,
        runs,
        numbers,
        _LEAST_SPREAD,
    )
    found: defaultdict[AttemptKey, dict[str, int]] = defaultdict(dict)
    for row in rows:
        found[row["run_id"], row["run_attempt"]][row["signature"]] = row["tests"]
    return found


async def _failed_jobs(
    conn: Connection, repo_id: RepoId, runs: list[int], numbers: list[int]
) -> frozenset[tuple[int, int, str]]:
    """Return the jobs that were cancelled, ran out of time, or whose log names a failure of the machine."""
    rows = await conn.fetch(
        """
        SELECT run.run_id, run.run_attempt, job.variant
        FROM unnest($2::bigint[], $3::integer[]) AS wanted (run_id, run_attempt)
        JOIN fg_workflow_run AS run
          ON run.repo_id = $1 AND run.run_id = wanted.run_id AND run.run_attempt = wanted.run_attempt
        JOIN fg_job AS job ON job.repo_id = $1 AND job.workflow_run = run.id
        WHERE job.infra IS NOT NULL OR job.conclusion IN ('cancelled', 'timed_out')
        """,
        repo_id,
        runs,
        numbers,
    )
    return frozenset((row["run_id"], row["run_attempt"], row["variant"]) for row in rows)
