"""What tells a failing test from a failing machine: how attempts failed as a whole, and how widely a message was seen."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.core.infra import (
    USUAL_OVER,
    AttemptKey,
    Dropped,
    infra_signatures,
    is_incident,
    is_mass_failure,
    usual_spread,
)
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
    signatures = await _wide_signatures(conn, repo_id, seen, await _spread(conn, repo_id, runs, numbers))
    wide = {(run_id, run_attempt) for run_id, run_attempt, _ in signatures}
    # Few are left to compare with what is usual: those that would be called so after attempts without any failure.
    suspects = [one for one in seen if one.key in wide or is_mass_failure(one.tests, one.failures, ())]
    earlier = await _earlier_shares(conn, repo_id, suspects)
    return Dropped(
        attempts=_those(suspects, lambda one: is_mass_failure(one.tests, one.failures, earlier.get(one.key, ()))),
        incidents=_those(
            [one for one in suspects if one.key in wide],
            lambda one: is_incident(one.tests, one.failures, earlier.get(one.key, ())),
        ),
        jobs=await _failed_jobs(conn, repo_id, runs, numbers),
        signatures=signatures,
    )


def _those(seen: Iterable[_Seen], is_so: Callable[[_Seen], bool]) -> frozenset[AttemptKey]:
    return frozenset(one.key for one in seen if is_so(one))


async def _wide_signatures(
    conn: Connection, repo_id: RepoId, seen: Sequence[_Seen], spread: Mapping[AttemptKey, Mapping[str, int]]
) -> frozenset[tuple[int, int, str]]:
    """Return the signatures that too many tests of an attempt share; what is usual is asked only of those that seem so."""
    tests = {one.key: one.tests for one in seen}
    wide = {key: infra_signatures(own, tests[key]) for key, own in spread.items() if key in tests}
    usual = await _usual_spreads(conn, repo_id, sorted((*key, one) for key, own in wide.items() for one in own))
    return frozenset(
        (*key, signature)
        for key, own in wide.items()
        for signature in infra_signatures({one: spread[key][one] for one in own}, tests[key], usual.get(key))
    )


async def _usual_spreads(
    conn: Connection, repo_id: RepoId, wide: Sequence[tuple[int, int, str]]
) -> dict[AttemptKey, dict[str, int]]:
    """Return on how many tests each of those signatures is seen in the median of the attempts before."""
    if not wide:
        return {}
    rows = await conn.fetch(
        """
        SELECT wanted.run_id, wanted.run_attempt, wanted.signature, earlier.attempts, earlier.seen
        FROM unnest($2::bigint[], $3::integer[], $4::text[]) AS wanted (run_id, run_attempt, signature)
        JOIN fg_workflow_run AS run
          ON run.repo_id = $1 AND run.run_id = wanted.run_id AND run.run_attempt = wanted.run_attempt
        CROSS JOIN LATERAL (
            SELECT count(*) AS attempts, coalesce(array_agg(spread.tests) FILTER (WHERE spread.tests > 0), '{}') AS seen
            FROM (
                SELECT id, run_started_at
                FROM fg_workflow_run
                WHERE repo_id = $1 AND run_started_at < run.run_started_at AND tests > 0
                ORDER BY run_started_at DESC, id DESC
                LIMIT $5
            ) AS latest
            CROSS JOIN LATERAL (
                SELECT count(DISTINCT o.test_id) AS tests
                FROM fg_occurrence AS o
                WHERE o.repo_id = $1 AND o.workflow_run = latest.id AND o.created_at = latest.run_started_at
                  AND o.outcome IN ('failed', 'error') AND o.failure_loose_signature = wanted.signature
            ) AS spread
        ) AS earlier
        """,
        repo_id,
        [run for run, _, _ in wide],
        [number for _, number, _ in wide],
        [signature for _, _, signature in wide],
        USUAL_OVER,
    )
    found: defaultdict[AttemptKey, dict[str, int]] = defaultdict(dict)
    for row in rows:
        found[row["run_id"], row["run_attempt"]][row["signature"]] = usual_spread(row["seen"], row["attempts"])
    return found


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


async def _earlier_shares(
    conn: Connection, repo_id: RepoId, seen: Sequence[_Seen]
) -> dict[AttemptKey, Sequence[float]]:
    """Return the shares of failing tests of the attempts before each of those, as many as say what is usual."""
    if not seen:
        return {}
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
        [one.run_id for one in seen],
        [one.run_attempt for one in seen],
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
