"""Delete all that is stored of a repository, in steps that are small enough for nobody to wait for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.model import RepoId
from app.db.connection import Connection, Record

EXECUTIONS_AT_ONCE = 20_000
_ATTEMPTS_AT_ONCE = 200
_TESTS_AT_ONCE = 100
_ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """How much of a repository was deleted, or is there to be; nothing in it names anything or anybody."""

    attempts: int
    executions: int
    tests: int


async def list_to_forget(conn: Connection, before: datetime) -> list[RepoId]:
    """Return the repositories that the App lost by that moment, and those whose deletion has begun."""
    rows = await conn.fetch(
        "SELECT id FROM fg_repository WHERE removed_at <= $1 OR external_id < 0 ORDER BY id", before
    )
    return [RepoId(row["id"]) for row in rows]


async def hold_repository(conn: Connection, repo_id: RepoId) -> None:
    """Let nobody change the repository's row until the transaction ends; who finds it again meanwhile waits, then makes a new one."""
    await conn.execute("SELECT FROM fg_repository WHERE id = $1 FOR UPDATE", repo_id)


async def begin_forgetting(conn: Connection, repo_id: RepoId, *, is_by_rule: bool, at: datetime) -> None:
    """Take all names from the repository, first of all, in the caller's transaction: from then on nothing finds it by them.

    So one that comes back gets a row of its own, and history of its own.
    """
    await conn.execute(
        """
        INSERT INTO fg_forgotten (id, is_by_rule, removed_at, began_at)
        SELECT id, $2, removed_at, $3
        FROM fg_repository
        WHERE id = $1
        ON CONFLICT (id) DO NOTHING
        """,
        repo_id,
        is_by_rule,
        at,
    )
    # What persons may do there is known by GitHub's id, which goes with the names.
    await conn.execute(
        "DELETE FROM fg_reader WHERE external_id = (SELECT external_id FROM fg_repository WHERE id = $1)", repo_id
    )
    await conn.execute(
        """
        UPDATE fg_repository
        SET external_id = -id, owner = '', name = '', former_names = '{}', default_branch = '', former_branches = '{}',
            installation_id = NULL, heard_installation_id = NULL, removed_at = coalesce(removed_at, $2),
            policy = NULL, policy_sha = NULL, policy_path = NULL, policy_error = NULL
        WHERE id = $1
        """,
        repo_id,
        at,
    )
    await conn.execute("DELETE FROM fg_codeowners WHERE repo_id = $1", repo_id)


async def forget_some(conn: Connection, repo_id: RepoId) -> bool:
    """Delete some of what is left of a repository, in a transaction of its own; say whether there was any.

    What is large goes in the order in which a step is cheap; the rest, a handful of rows, goes with the repository's row.
    """
    async with conn.transaction():
        return (
            await _forget_attempts(conn, repo_id)
            or await _forget_tests(conn, repo_id)
            or await _forget_clusters(conn, repo_id)
            or await _forget_reports(conn, repo_id)
            or await _forget_deeds(conn, repo_id)
        )


async def _forget_attempts(conn: Connection, repo_id: RepoId) -> bool:
    """Delete the oldest attempts with their executions.

    These are named with their time, so that no month is looked into but theirs. Left to the trigger, every one would be.
    """
    rows = await conn.fetch(
        """
        SELECT id, run_started_at, tests
        FROM fg_workflow_run
        WHERE repo_id = $1
        ORDER BY run_started_at
        LIMIT $2
        """,
        repo_id,
        _ATTEMPTS_AT_ONCE,
    )
    if not rows:
        return False
    attempts = _as_many_as_fit(rows)
    ids = [row["id"] for row in attempts]
    executions = await conn.execute(
        """
        DELETE FROM fg_occurrence
        WHERE repo_id = $1 AND created_at >= $3 AND created_at <= $4
          AND job IN (SELECT id FROM fg_job WHERE repo_id = $1 AND workflow_run = ANY ($2::bigint[]))
        """,
        repo_id,
        ids,
        attempts[0]["run_started_at"],
        attempts[-1]["run_started_at"],
    )
    await conn.execute("DELETE FROM fg_workflow_run WHERE repo_id = $1 AND id = ANY ($2::bigint[])", repo_id, ids)
    await _count(conn, repo_id, attempts=len(ids), executions=_number_in(executions))
    return True


def _as_many_as_fit(rows: Sequence[Record]) -> Sequence[Record]:
    """Return the first rows, as many as have no more tests together than are deleted at once, one at least."""
    tests = 0
    for number, row in enumerate(rows):
        tests += row["tests"]
        if tests > EXECUTIONS_AT_ONCE:
            return rows[: max(number, 1)]
    return rows


async def _forget_tests(conn: Connection, repo_id: RepoId) -> bool:
    """Delete some tests with all that hangs on them: scores, proofs, decisions, days, issues."""
    rows = await conn.fetch("SELECT id FROM fg_test_case WHERE repo_id = $1 LIMIT $2", repo_id, _TESTS_AT_ONCE)
    if not rows:
        return False
    ids = [row["id"] for row in rows]
    await conn.execute(
        "UPDATE fg_test_case SET renamed_to = NULL WHERE repo_id = $1 AND renamed_to = ANY ($2::bigint[])", repo_id, ids
    )
    await conn.execute("DELETE FROM fg_test_case WHERE repo_id = $1 AND id = ANY ($2::bigint[])", repo_id, ids)
    await _count(conn, repo_id, tests=len(ids))
    return True


async def _forget_clusters(conn: Connection, repo_id: RepoId) -> bool:
    done = await conn.execute(
        """
        DELETE FROM fg_failure_cluster
        WHERE repo_id = $1 AND id IN (SELECT id FROM fg_failure_cluster WHERE repo_id = $1 LIMIT $2)
        """,
        repo_id,
        _ROWS_AT_ONCE,
    )
    return _number_in(done) > 0


async def _forget_reports(conn: Connection, repo_id: RepoId) -> bool:
    done = await conn.execute(
        """
        DELETE FROM fg_report
        WHERE repo_id = $1 AND (kind, subject) IN (SELECT kind, subject FROM fg_report WHERE repo_id = $1 LIMIT $2)
        """,
        repo_id,
        _ROWS_AT_ONCE,
    )
    return _number_in(done) > 0


async def _forget_deeds(conn: Connection, repo_id: RepoId) -> bool:
    done = await conn.execute(
        "DELETE FROM fg_audit WHERE repo_id = $1 AND id IN (SELECT id FROM fg_audit WHERE repo_id = $1 LIMIT $2)",
        repo_id,
        _ROWS_AT_ONCE,
    )
    return _number_in(done) > 0


async def _count(conn: Connection, repo_id: RepoId, *, attempts: int = 0, executions: int = 0, tests: int = 0) -> None:
    await conn.execute(
        """
        UPDATE fg_forgotten
        SET attempts = attempts + $2, executions = executions + $3, tests = tests + $4
        WHERE id = $1
        """,
        repo_id,
        attempts,
        executions,
        tests,
    )


def _number_in(done: str) -> int:
    """Read how many rows a statement was about from what PostgreSQL says of it, such as `DELETE 12`."""
    return int(done.rpartition(" ")[2])


async def end_forgetting(conn: Connection, repo_id: RepoId, at: datetime) -> Forgotten:
    """Delete the repository's row, with whatever hangs on it still, in the caller's transaction; returns how much there was."""
    await conn.execute("DELETE FROM fg_repository WHERE id = $1 AND external_id < 0", repo_id)
    await conn.execute("UPDATE fg_forgotten SET ended_at = $2 WHERE id = $1", repo_id, at)
    row = await conn.fetchrow("SELECT attempts, executions, tests FROM fg_forgotten WHERE id = $1", repo_id)
    return Forgotten(**row) if row else Forgotten(attempts=0, executions=0, tests=0)


async def count_stored(conn: Connection, repo_id: RepoId) -> Forgotten:
    """Count what would be deleted of a repository; reads all of its executions."""
    [row] = await conn.fetch(
        """
        SELECT (SELECT count(*) FROM fg_workflow_run WHERE repo_id = $1) AS attempts,
               (SELECT count(*) FROM fg_occurrence WHERE repo_id = $1) AS executions,
               (SELECT count(*) FROM fg_test_case WHERE repo_id = $1) AS tests
        """,
        repo_id,
    )
    return Forgotten(**row)
