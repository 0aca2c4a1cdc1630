"""The ways of failing that were proven to be flakes, kept for good."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.infra import AttemptKey
from app.core.model import RepoId, TestId
from app.db.connection import Connection

BRANCH = 0
"""Stands for "no pull request" in fg_proof.pull_number."""

ACCEPTED = -1
"""Stands there for a person's word, which can be taken back; what was proven besides is a row of its own."""

_MOST_FAILURES = 100
"""How many are looked through for one that no outage explains."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A way in which a test was proven to flake; `pull` is the pull request that it was seen on, None for a branch."""

    test_id: TestId
    loose_signature: str
    pull: int | None
    at: datetime
    accepted_by: str | None = None


async def save_proofs(conn: Connection, repo_id: RepoId, proofs: Sequence[Proof]) -> None:
    """Remember proofs for good: they excuse a failure after their evidence has left the window."""
    await conn.executemany(
        """
        INSERT INTO fg_proof AS old (repo_id, test_id, loose_signature, pull_number, proven_at, accepted_by)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (repo_id, test_id, loose_signature, pull_number) DO UPDATE
        SET proven_at = least(old.proven_at, excluded.proven_at),
            accepted_by = coalesce(old.accepted_by, excluded.accepted_by)
        """,
        [
            (repo_id, proof.test_id, proof.loose_signature, _number(proof), proof.at, proof.accepted_by)
            for proof in sorted(proofs, key=lambda one: (one.test_id, one.loose_signature, _number(one)))
        ],
    )


def _number(proof: Proof) -> int:
    return ACCEPTED if proof.accepted_by is not None else proof.pull or BRANCH


async def take_back_accepted(conn: Connection, repo_id: RepoId, test_id: TestId) -> None:
    """Forget the ways of failing of a test that people have accepted, but for those that an earlier release counted as proven."""
    await conn.execute(
        "DELETE FROM fg_proof WHERE repo_id = $1 AND test_id = $2 AND pull_number = $3", repo_id, test_id, ACCEPTED
    )


async def list_proofs(conn: Connection, repo_id: RepoId, tests: Sequence[int]) -> list[Proof]:
    rows = await conn.fetch(
        """
        SELECT test_id, loose_signature, pull_number, proven_at, accepted_by
        FROM fg_proof
        WHERE repo_id = $1 AND test_id = ANY ($2::bigint[])
        ORDER BY test_id, loose_signature, pull_number
        """,
        repo_id,
        list(tests),
    )
    return [
        Proof(
            test_id=TestId(row["test_id"]),
            loose_signature=row["loose_signature"],
            pull=row["pull_number"] if row["pull_number"] > BRANCH else None,
            at=row["proven_at"],
            accepted_by=row["accepted_by"],
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenFailure:
    """A failure in a way that was proven to be a flake of its test; `at` is the start of its attempt, `job` a variant."""

    run_id: int
    run_attempt: int
    head_branch: str | None
    job: str
    loose_signature: str
    at: datetime

    @property
    def attempt(self) -> AttemptKey:
        return self.run_id, self.run_attempt


async def list_proven_failures(
    conn: Connection,
    repo_id: RepoId,
    tests: Sequence[TestId],
    *,
    branches: Sequence[str],
    after: datetime,
    until: datetime,
) -> list[ProvenFailure]:
    """Return the oldest failures of those tests in that time, in ways that are proven, on branches that have one of those names.

    Those of pull requests are none of them, whatever their branch is called.
    """
    rows = await conn.fetch(
        """
        SELECT DISTINCT run.run_id, run.run_attempt, run.head_branch, job.variant AS job,
               o.failure_loose_signature AS loose_signature, o.created_at AS at
        FROM fg_occurrence AS o
        JOIN fg_workflow_run AS run ON run.repo_id = $1 AND run.id = o.workflow_run
        JOIN fg_job AS job ON job.repo_id = $1 AND job.id = o.job
        WHERE o.repo_id = $1 AND o.test_id = ANY ($2::bigint[]) AND o.outcome IN ('failed', 'error')
          AND o.created_at > $4 AND o.created_at <= $5 AND run.head_branch = ANY ($3::text[])
          AND NOT starts_with(run.event, 'pull_request')
          AND EXISTS (
              SELECT
              FROM fg_proof AS proof
              WHERE proof.repo_id = $1 AND proof.test_id = o.test_id
                AND proof.loose_signature = o.failure_loose_signature)
        ORDER BY at, run.run_id, run.run_attempt, job, loose_signature
        LIMIT $6
        """,
        repo_id,
        list(tests),
        list(branches),
        after,
        until,
        _MOST_FAILURES,
    )
    return [ProvenFailure(**row) for row in rows]
