"""Test cases, by name and by id."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cachetools import LRUCache

from app.core.model import CaseName, RepoId, TestId
from app.db.connection import Connection


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


_WITHIN = timedelta(days=1)
"""How exactly it is noted when a test was seen first and last: so most runs write nothing."""

_Known = tuple[int, str | None, datetime, datetime]
"""A test's id, its file, and when it was seen first and last."""


_UNKNOWN: _Known = (0, None, datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC))


class KnownCases:
    """The tests that this process looked up lately, so that a run of known tests asks the database for none of them.

    Bounded by the number of tests over all repositories; the repository that was not asked for longest goes first. Only
    what was committed comes in, and a test never changes its id, so nothing here can be wrong but the times, by a day.
    """

    def __init__(self, most: int = 100_000) -> None:
        self._repositories: LRUCache[RepoId, dict[CaseName, _Known]] = LRUCache(most, getsizeof=len)

    def of(self, repo_id: RepoId) -> Mapping[CaseName, _Known]:
        return self._repositories.get(repo_id, {})

    def add(self, repo_id: RepoId, found: Mapping[CaseName, _Known]) -> None:
        """Remember tests of a repository; of one that has more than there is room for, only these, or none."""
        known = {**self._repositories.pop(repo_id, {}), **found}
        for kept in (known, dict(found)):
            if len(kept) <= self._repositories.maxsize:
                self._repositories[repo_id] = kept
                return


async def ensure_cases(
    conn: Connection,
    repo_id: RepoId,
    files: Mapping[CaseName, str | None],
    seen_at: datetime,
    known: KnownCases | None = None,
) -> dict[CaseName, TestId]:
    """Return the ids of those tests, adding the ones that are new; the mapping gives each test's file where known.

    Called once in a transaction at most, so that what it finds there at first is committed and can be remembered. New
    names are inserted in one order everywhere, so that two workers cannot wait for each other.
    """
    remembered = known.of(repo_id) if known else {}
    found = {case: remembered.get(case, _UNKNOWN) for case in files}
    unknown = sorted(case for case, one in found.items() if one is _UNKNOWN)
    if unknown:
        looked_up = await _find(conn, repo_id, unknown)
        if len(looked_up) < len(unknown):
            await _insert(conn, repo_id, [(one, files[one]) for one in unknown if one not in looked_up], seen_at)
            found |= await _find(conn, repo_id, unknown)
        found |= looked_up
        if known:
            known.add(repo_id, looked_up)
    early, late = seen_at - _WITHIN, seen_at + _WITHIN
    stale = {
        case: one
        for (case, one), file in zip(found.items(), files.values(), strict=True)
        if (file is not None and file != one[1]) or one[2] > late or one[3] < early
    }
    if stale:
        await _touch(conn, repo_id, [(one[0], files[case]) for case, one in stale.items()], seen_at)
        if known:
            # Not those that were added just now, which are not committed yet.
            own = known.of(repo_id)
            known.add(repo_id, {case: _seen(own[case], files[case], seen_at) for case in stale if case in own})
    return {case: TestId(one[0]) for case, one in found.items()}


def _seen(one: _Known, file: str | None, seen_at: datetime) -> _Known:
    test_id, last_file, first, last = one
    return test_id, file or last_file, min(first, seen_at), max(last, seen_at)


async def _find(conn: Connection, repo_id: RepoId, wanted: Sequence[CaseName]) -> dict[CaseName, _Known]:
    rows = await conn.fetch(
        """
        SELECT wanted.position, test.id, test.file, test.first_seen_at, test.last_seen_at
        FROM unnest($2::text[], $3::text[], $4::text[])
            WITH ORDINALITY AS wanted (suite, class_name, name, position)
        JOIN fg_test_case AS test
          ON test.repo_id = $1 AND test.suite = wanted.suite AND test.class_name = wanted.class_name
         AND test.name = wanted.name
        """,
        repo_id,
        [case.suite for case in wanted],
        [case.class_name for case in wanted],
        [case.name for case in wanted],
    )
    return {wanted[position - 1]: (test_id, *rest) for position, test_id, *rest in rows}


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
            FOR NO KEY UPDATE OF locked
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
