"""Test cases, by name and by id."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.model import CaseName, RepoId, TestId
from app.db.connection import Connection, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCase:
    """One row of fg_test_case."""

    id: int
    suite: str
    class_name: str
    name: str
    file: str | None
    line: int | None
    owner_team: str | None

    @property
    def case(self) -> CaseName:
        return CaseName(suite=self.suite, class_name=self.class_name, name=self.name)


async def ensure_cases(
    conn: Connection, repo_id: RepoId, files: Mapping[CaseName, str | None], seen_at: datetime
) -> dict[CaseName, TestId]:
    """Return the ids of those tests, adding the ones that are new; the mapping gives each test's file where known.

    New names are inserted in one order everywhere, so that two workers cannot wait for each other.
    """
    ordered = sorted(files.items(), key=lambda item: (item[0].suite, item[0].class_name, item[0].name))
    known = await _find(conn, repo_id, ordered, seen_at)
    if len(known) < len(ordered):
        there = {position for position, _, _ in known}
        await _insert(conn, repo_id, [one for n, one in enumerate(ordered, 1) if n not in there], seen_at)
        known = await _find(conn, repo_id, ordered, seen_at)
    stale = [(test_id, ordered[position - 1][1]) for position, test_id, is_stale in known if is_stale]
    if stale:
        await _touch(conn, repo_id, stale, seen_at)
    return {ordered[position - 1][0]: TestId(test_id) for position, test_id, _ in known}


async def _find(
    conn: Connection, repo_id: RepoId, wanted: Sequence[tuple[CaseName, str | None]], seen_at: datetime
) -> list[Record]:
    """Return of each test that is known its place in the sequence, from 1, its id, and whether its row is stale.

    Its times are noted to within a day, so that most runs write nothing.
    """
    return await conn.fetch(
        """
        SELECT wanted.position, test.id,
               wanted.file IS DISTINCT FROM test.file AND wanted.file IS NOT NULL
               OR NOT $6::timestamptz BETWEEN test.first_seen_at - interval '1 day'
                                      AND test.last_seen_at + interval '1 day' AS is_stale
        FROM unnest($2::text[], $3::text[], $4::text[], $5::text[])
            WITH ORDINALITY AS wanted (suite, class_name, name, file, position)
        JOIN fg_test_case AS test
          ON test.repo_id = $1 AND test.suite = wanted.suite AND test.class_name = wanted.class_name
         AND test.name = wanted.name
        """,
        repo_id,
        [case.suite for case, _ in wanted],
        [case.class_name for case, _ in wanted],
        [case.name for case, _ in wanted],
        [file for _, file in wanted],
        seen_at,
    )


async def _insert(
    conn: Connection, repo_id: RepoId, new: Sequence[tuple[CaseName, str | None]], seen_at: datetime
) -> None:
    await conn.execute(
        """
        INSERT INTO fg_test_case (repo_id, suite, class_name, name, file, first_seen_at, last_seen_at)
        SELECT $1, new.suite, new.class_name, new.name, new.file, $6, $6
        FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS new (suite, class_name, name, file)
        ON CONFLICT (repo_id, suite, class_name, name) DO NOTHING
        """,
        repo_id,
        [case.suite for case, _ in new],
        [case.class_name for case, _ in new],
        [case.name for case, _ in new],
        [file for _, file in new],
        seen_at,
    )


async def _touch(conn: Connection, repo_id: RepoId, seen: Sequence[tuple[int, str | None]], seen_at: datetime) -> None:
    """Note when and in which files tests were seen, in whatever order the runs are read; locks the rows in one order."""
    await conn.execute(
        """
        UPDATE fg_test_case AS test
        SET first_seen_at = least(test.first_seen_at, $4::timestamptz),
            last_seen_at = greatest(test.last_seen_at, $4::timestamptz),
            file = coalesce(seen.file, test.file)
        FROM (
            SELECT locked.id, new.file
            FROM unnest($2::bigint[], $3::text[]) AS new (id, file)
            JOIN fg_test_case AS locked ON locked.repo_id = $1 AND locked.id = new.id
            ORDER BY locked.id
            FOR UPDATE OF locked
        ) AS seen
        WHERE test.repo_id = $1 AND test.id = seen.id
        """,
        repo_id,
        [test_id for test_id, _ in seen],
        [file for _, file in seen],
        seen_at,
    )


async def get_cases(conn: Connection, repo_id: RepoId, ids: Sequence[int]) -> dict[TestId, StoredCase]:
    rows = await conn.fetch(
        """
        SELECT id, suite, class_name, name, file, line, owner_team
        FROM fg_test_case
        WHERE repo_id = $1 AND id = ANY ($2::bigint[])
        """,
        repo_id,
        list(ids),
    )
    return {TestId(row["id"]): StoredCase(**row) for row in rows}


async def list_known_cases(
    conn: Connection, repo_id: RepoId, ids_first: Sequence[int], limit: int = 20_000
) -> list[StoredCase]:
    """Return the repository's tests for a command to choose from: those named first, then the latest seen."""
    rows = await conn.fetch(
        """
        SELECT id, suite, class_name, name, file, line, owner_team
        FROM fg_test_case
        WHERE repo_id = $1
        ORDER BY id = ANY ($2::bigint[]) DESC, last_seen_at DESC, id
        LIMIT $3
        """,
        repo_id,
        list(ids_first),
        limit,
    )
    return [StoredCase(**row) for row in rows]


async def list_failed_in_logs(
    conn: Connection, repo_id: RepoId, variant: str, *, before: datetime, limit: int = 2_000
) -> list[CaseName]:
    """Return the tests of a variant that a log has named as failed in the half year before that moment."""
    rows = await conn.fetch(
        """
        SELECT DISTINCT test.suite, test.class_name, test.name
        FROM fg_occurrence AS o
        JOIN fg_job AS job ON job.repo_id = o.repo_id AND job.id = o.job
        JOIN fg_test_case AS test ON test.repo_id = o.repo_id AND test.id = o.test_id
        WHERE o.repo_id = $1 AND job.variant = $2 AND o.source = 'log' AND o.outcome IN ('failed', 'error')
          AND o.created_at BETWEEN $3::timestamptz - interval '180 days' AND $3
        ORDER BY test.suite, test.class_name, test.name
        LIMIT $4
        """,
        repo_id,
        variant,
        before,
        limit,
    )
    return [CaseName(suite=row["suite"], class_name=row["class_name"], name=row["name"]) for row in rows]
