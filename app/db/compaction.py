"""Passes that no score can ask for any more leave fg_occurrence for one row a test and day in fg_daily.

A month is written anew without them beside the old one, and takes its place in a moment: a DELETE would leave as many
bytes behind as it found.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.core.model import RepoId
from app.core.upkeep import next_month, start_of
from app.db.connection import Connection, Pool
from app.db.partitions import briefly, name_of

WORTH_IT = 0.8
"""A month that would keep a greater share of its rows is left as it is until its tests have run further."""

AROUND = timedelta(days=31)
"""How far before and after the month a test's failures on a commit are looked for: as long as GitHub runs it again."""

_ROWS_A_RUN = (2, 40)
"""Later runs are counted among so many executions for each: most tests leave one a run, those of a large matrix many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compacted:
    """What a month held before, and what of it stayed. Equal where the roll-up was not worth it yet."""

    before: int
    kept: int


async def compact_month(pool: Pool, starts_on: date, horizons: Mapping[RepoId, int], now: datetime) -> Compacted:
    """Roll up a month's passes and skips; `horizons` says how many latest runs of a test each repository may ask for.

    Kept are failures; passes within a test's horizon; passes on a commit on which the test also failed; what evidence
    names; and what was executed since an open decision or issue of the test began. Attempts of that month that come
    meanwhile wait until it is done. Raises TooBusy.
    """
    name = name_of(starts_on)
    async with pool.acquire() as guard, pool.acquire() as conn, guard.transaction():
        await guard.execute(f"LOCK TABLE {name} IN SHARE MODE")
        await conn.execute("DROP TABLE IF EXISTS fg_occurrence_next")
        figures = await _write_anew(conn, starts_on, horizons)
        if figures.kept <= WORTH_IT * figures.before:
            await _roll_up(guard, starts_on)
            await _replace(guard, starts_on)
        else:
            await conn.execute("DROP TABLE fg_occurrence_next")
            figures = Compacted(before=figures.before, kept=figures.before)
        await _note(guard, starts_on, now, is_new=figures.kept < figures.before)
    return figures


async def _write_anew(conn: Connection, starts_on: date, horizons: Mapping[RepoId, int]) -> Compacted:
    """Write what stays of the month to a table of its own, and give it the month's indexes and bounds."""
    start, end = start_of(starts_on), start_of(next_month(starts_on))
    await conn.execute(
        "CREATE TEMPORARY TABLE fg_beyond (repo_id bigint, test_id bigint, PRIMARY KEY (repo_id, test_id))"
    )
    try:
        for rows in _ROWS_A_RUN:
            await _find_beyond(conn, starts_on, horizons, rows)
        await conn.execute("ANALYZE fg_beyond")
        await conn.execute(
            "CREATE TABLE fg_occurrence_next (LIKE fg_occurrence INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
        )
        kept = await _copy_what_stays(conn, starts_on)
    finally:
        await conn.execute("DROP TABLE fg_beyond")
    before = await conn.fetchval(
        "SELECT count(*) FROM fg_occurrence WHERE created_at >= $1 AND created_at < $2", start, end
    )
    await conn.execute("ALTER TABLE fg_occurrence_next ADD PRIMARY KEY (repo_id, job, test_id, ordinal, created_at)")
    await conn.execute("CREATE INDEX ON fg_occurrence_next (repo_id, test_id, created_at)")
    await conn.execute(
        "CREATE INDEX ON fg_occurrence_next (repo_id, failure_msg_signature) WHERE failure_msg_signature IS NOT NULL"
    )
    await conn.execute(
        "CREATE INDEX ON fg_occurrence_next (repo_id, workflow_run) WHERE outcome IN ('failed', 'error')"
    )
    await conn.execute(
        "ALTER TABLE fg_occurrence_next ADD CONSTRAINT bounds"
        f" CHECK (created_at >= '{start.isoformat()}' AND created_at < '{end.isoformat()}')"
    )
    return Compacted(before=before, kept=kept)


async def _find_beyond(conn: Connection, starts_on: date, horizons: Mapping[RepoId, int], rows: int) -> None:
    """Note the tests of the month that have run as often since as their horizon reaches back.

    A run whose first attempt is not among the later ones began in the month, perhaps, and is not counted.
    """
    await conn.execute(
        """
        INSERT INTO fg_beyond (repo_id, test_id)
        SELECT seen.repo_id, seen.test_id
        FROM (
            SELECT DISTINCT repo_id, test_id
            FROM fg_occurrence
            WHERE created_at >= $1 AND created_at < $2
        ) AS seen
        JOIN unnest($3::bigint[], $4::integer[]) AS reach (repo_id, runs) ON reach.repo_id = seen.repo_id
        CROSS JOIN LATERAL (
            SELECT count(*) AS runs
            FROM (
                SELECT run.run_id
                FROM (
                    SELECT o.workflow_run
                    FROM fg_occurrence AS o
                    WHERE o.repo_id = seen.repo_id AND o.test_id = seen.test_id AND o.created_at >= $2
                      AND o.outcome <> 'skipped'
                    ORDER BY o.created_at
                    LIMIT reach.runs * $5::integer
                ) AS later
                JOIN fg_workflow_run AS run ON run.repo_id = seen.repo_id AND run.id = later.workflow_run
                GROUP BY run.run_id
                HAVING min(run.run_attempt) = 1
            ) AS begun
        ) AS newer
        WHERE newer.runs >= reach.runs
          AND NOT EXISTS (
              SELECT FROM fg_beyond AS known WHERE known.repo_id = seen.repo_id AND known.test_id = seen.test_id)
        """,
        start_of(starts_on),
        start_of(next_month(starts_on)),
        list(horizons),
        list(horizons.values()),
        rows,
    )


async def _copy_what_stays(conn: Connection, starts_on: date) -> int:
    done = await conn.execute(
        """
        WITH failed AS (
            SELECT DISTINCT o.repo_id, o.test_id, run.head_sha
            FROM fg_occurrence AS o
            JOIN fg_workflow_run AS run ON run.repo_id = o.repo_id AND run.id = o.workflow_run
            WHERE o.outcome IN ('failed', 'error') AND o.created_at >= $3 AND o.created_at < $4
        ), named AS (
            SELECT DISTINCT repo_id, test_id, passed_run_id
            FROM fg_evidence
            WHERE test_id IS NOT NULL AND passed_run_id IS NOT NULL
        ), open AS (
            SELECT repo_id, test_id, min(since) AS since
            FROM (
                SELECT repo_id, test_id, decided_at AS since
                FROM fg_quarantine_decision
                WHERE ended_at IS NULL
                UNION ALL
                SELECT member.repo_id, member.test_id, link.opened_at
                FROM fg_issue_member AS member
                JOIN fg_issue_link AS link ON link.repo_id = member.repo_id AND link.id = member.link_id
                WHERE link.state = 'open' AND link.opened_at IS NOT NULL
            ) AS begun
            GROUP BY repo_id, test_id
        )
        INSERT INTO fg_occurrence_next
        SELECT o.*
        FROM fg_occurrence AS o
        JOIN fg_workflow_run AS run ON run.repo_id = o.repo_id AND run.id = o.workflow_run
        LEFT JOIN fg_beyond AS beyond ON beyond.repo_id = o.repo_id AND beyond.test_id = o.test_id
        LEFT JOIN failed
          ON failed.repo_id = o.repo_id AND failed.test_id = o.test_id AND failed.head_sha = run.head_sha
        LEFT JOIN named
          ON named.repo_id = o.repo_id AND named.test_id = o.test_id AND named.passed_run_id = run.run_id
        LEFT JOIN open ON open.repo_id = o.repo_id AND open.test_id = o.test_id
        WHERE o.created_at >= $1 AND o.created_at < $2
          AND (o.outcome IN ('failed', 'error') OR beyond.test_id IS NULL OR failed.test_id IS NOT NULL
               OR named.test_id IS NOT NULL OR o.created_at >= open.since)
        ORDER BY o.repo_id, o.test_id, o.created_at
        """,
        start_of(starts_on),
        start_of(next_month(starts_on)),
        start_of(starts_on) - AROUND,
        start_of(next_month(starts_on)) + AROUND,
    )
    return int(done.split()[-1])


async def _roll_up(conn: Connection, starts_on: date) -> None:
    """Add to each test's days what is in the month and not in the table that takes its place."""
    await conn.execute(
        """
        INSERT INTO fg_daily AS old (repo_id, test_id, day, passed, skipped, timed, duration_ms, slowest_ms)
        SELECT o.repo_id, o.test_id, (o.created_at AT TIME ZONE 'UTC')::date,
               count(*) FILTER (WHERE o.outcome = 'passed'),
               count(*) FILTER (WHERE o.outcome = 'skipped'),
               count(o.duration_ms) FILTER (WHERE o.outcome = 'passed'),
               coalesce(sum(o.duration_ms) FILTER (WHERE o.outcome = 'passed'), 0),
               max(o.duration_ms) FILTER (WHERE o.outcome = 'passed')
        FROM fg_occurrence AS o
        LEFT JOIN fg_occurrence_next AS kept
          ON kept.repo_id = o.repo_id AND kept.job = o.job AND kept.test_id = o.test_id AND kept.ordinal = o.ordinal
         AND kept.created_at = o.created_at
        WHERE o.created_at >= $1 AND o.created_at < $2 AND kept.repo_id IS NULL
        GROUP BY o.repo_id, o.test_id, 3
        ORDER BY o.repo_id, o.test_id, 3
        ON CONFLICT (repo_id, test_id, day) DO UPDATE
        SET passed = old.passed + excluded.passed,
            skipped = old.skipped + excluded.skipped,
            timed = old.timed + excluded.timed,
            duration_ms = old.duration_ms + excluded.duration_ms,
            slowest_ms = greatest(old.slowest_ms, excluded.slowest_ms)
        """,
        start_of(starts_on),
        start_of(next_month(starts_on)),
    )


async def _replace(conn: Connection, starts_on: date) -> None:
    """Put the table that was written anew in the month's place, under the names of the one that goes."""
    name, start, end = name_of(starts_on), start_of(starts_on), start_of(next_month(starts_on))
    await briefly(
        conn,
        f"DROP TABLE {name};"
        f"ALTER TABLE fg_occurrence_next RENAME TO {name};"
        f"ALTER TABLE fg_occurrence ATTACH PARTITION {name}"
        f" FOR VALUES FROM ('{start.isoformat()}') TO ('{end.isoformat()}');"
        f"ALTER TABLE {name} DROP CONSTRAINT bounds",
    )
    for index in await conn.fetch(
        "SELECT indexrelid::regclass::text AS name FROM pg_index WHERE indrelid = to_regclass($1)", name
    ):
        await conn.execute(f"ALTER INDEX {index['name']} RENAME TO {index['name'].replace('fg_occurrence_next', name)}")


async def _note(conn: Connection, starts_on: date, now: datetime, *, is_new: bool) -> None:
    await conn.execute(
        """
        INSERT INTO fg_month AS month (starts_on, weighed_at, compacted_at, reindexed_at)
        VALUES ($1, $2::timestamptz, CASE WHEN $3 THEN $2 END, CASE WHEN $3 THEN $2 END)
        ON CONFLICT (starts_on) DO UPDATE
        SET weighed_at = excluded.weighed_at,
            compacted_at = coalesce(excluded.compacted_at, month.compacted_at),
            reindexed_at = coalesce(excluded.reindexed_at, month.reindexed_at)
        """,
        starts_on,
        now,
        is_new,
    )
