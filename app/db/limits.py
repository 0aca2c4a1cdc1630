"""What GitHub allows an installation, shared by all processes that ask as it: one row, one question a request.

Times are the server's real ones: here and in the queue, and nowhere else, SQL reads its clock.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.quota import APP, LONGEST_WRITE, Cost, News, Pace, Quota, Turn
from app.db.connection import Connection, Pool

_LOOK_AGAIN = timedelta(seconds=0.1)
"""After that somebody else's write is looked at again, where no pause between writes says when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What `take_turn` returns: seconds until the turn, and what the row says."""

    seconds: float
    is_taken: bool
    is_closed: bool
    strikes: int
    quota: int | None
    quota_left: int | None
    quota_resets_in: float | None
    writes_until: datetime | None


@dataclass(frozen=True, slots=True)
class SharedBudgets:
    """Gives installations budgets over a pool of their own, whose sessions need not wait for the disk."""

    pool: Pool
    pace: Pace

    def __call__(self, installation_id: int) -> "SharedBudget":
        return SharedBudget(self.pool, self.pace, installation_id)


@dataclass(frozen=True, slots=True)
class SharedBudget:
    """The budget of one installation (app.github.limits.Budget)."""

    pool: Pool
    pace: Pace
    installation_id: int

    async def take(self, cost: Cost, *, longest: float) -> Turn:
        async with self.pool.acquire() as conn:
            row = await take_turn(conn, self.installation_id, cost, self.pace, longest)
        quota = None
        if row.quota is not None:
            quota = Quota(limit=row.quota, remaining=row.quota_left or 0, resets_in=row.quota_resets_in or 0.0)
        return Turn(
            seconds=row.seconds,
            is_taken=row.is_taken,
            is_closed=row.is_closed,
            strikes=row.strikes,
            quota=quota,
            writes_until=row.writes_until,
        )

    async def tell(self, news: News) -> None:
        async with self.pool.acquire() as conn:
            await note_news(conn, self.installation_id, news)

    async def end_write(self, writes_until: datetime) -> None:
        async with self.pool.acquire() as conn:
            await end_write(conn, self.installation_id, writes_until, self.pace)


async def take_turn(conn: Connection, installation_id: int, cost: Cost, pace: Pace, longest: float) -> Row:
    """Find when the next turn is and reserve it, where it is so many seconds away at most.

    Each limit is a moment by which all that was spent would have been earned at its steady rate; a request may go out as
    soon as that moment is no further away than what may be saved up (the generic cell rate algorithm, ITU-T I.371). Where
    GitHub never told a limit, as an Enterprise Server without any, only its waits and the order of writes are kept, and of
    what is spent no more than a minute is remembered: enough for the requests before a first answer, and no debt of days.
    A turn to write is nobody's while another write is going on. The App itself writes nothing that people see. The release
    before knows nothing of a write that is going on: for it, the next one is due a pause after the beginning, too.
    """
    saved = pace.points_saved * pace.seconds_a_point
    while True:
        row = await conn.fetchrow(
            """
            UPDATE fg_github_limit AS own
            SET points_due = CASE WHEN next.is_taken THEN least(greatest(next.points_due, next.at) + $2, next.most + $3) ELSE next.points_due END,
                content_due = CASE WHEN next.is_taken THEN least(greatest(next.content_due, next.at) + $4, next.most + $5) ELSE next.content_due END,
                writing_until = CASE WHEN next.is_taken AND $6 THEN next.at + $7::interval ELSE next.writing_until END,
                write_due = CASE WHEN next.is_taken AND $6 THEN next.at + $9::interval ELSE next.write_due END
            FROM (
                SELECT found.*, found.at <= found.now + $8::interval AND NOT found.is_busy AS is_taken
                FROM (
                    SELECT seen.*, $6::boolean AND seen.writing_until > seen.now AS is_busy,
                           greatest(
                               seen.now,
                               seen.closed_until,
                               CASE WHEN $6 THEN greatest(seen.write_due, least(seen.writing_until, seen.now + greatest($9::interval, $10))) END,
                               CASE WHEN seen.quota IS NOT NULL AND $2::interval > '0' THEN seen.points_due - $3::interval END,
                               CASE WHEN seen.quota IS NOT NULL AND $4::interval > '0' THEN seen.content_due - $5::interval END
                           ) AS at
                    FROM (
                        SELECT *, clock_timestamp() AS now,
                               CASE WHEN quota IS NULL THEN clock_timestamp() + interval '1 minute' ELSE 'infinity' END AS most
                        FROM fg_github_limit
                        WHERE installation_id = $1
                        FOR UPDATE
                    ) AS seen
                ) AS found
            ) AS next
            WHERE own.installation_id = next.installation_id
            RETURNING extract(epoch FROM next.at - next.now)::double precision AS seconds, next.is_taken,
                      next.closed_until > next.now AS is_closed, own.strikes, own.quota,
                      CASE WHEN own.quota_resets_at <= next.now THEN own.quota ELSE own.quota_left END AS quota_left,
                      extract(epoch FROM own.quota_resets_at - next.now)::double precision AS quota_resets_in,
                      CASE WHEN next.is_taken AND $6 THEN own.writing_until END AS writes_until
            """,
            installation_id,
            timedelta(seconds=cost.points * pace.seconds_a_point),
            timedelta(seconds=saved / 2 if cost.is_background else saved),
            timedelta(seconds=pace.seconds_a_content if cost.creates_content else 0),
            timedelta(seconds=pace.content_saved * pace.seconds_a_content),
            cost.is_write and installation_id != APP,
            timedelta(seconds=LONGEST_WRITE),
            timedelta(seconds=longest),
            timedelta(seconds=pace.write_pause),
            _LOOK_AGAIN,
        )
        if row is not None:
            return Row(**row)
        await conn.execute(
            "INSERT INTO fg_github_limit (installation_id) VALUES ($1) ON CONFLICT DO NOTHING", installation_id
        )


async def note_news(conn: Connection, installation_id: int, news: News) -> None:
    """Note what an answer says about limits. A wait is on the disk before this returns, whatever else is quick.

    Several refusals in answer to requests that were under way together are one strike, and a good answer forgives none
    that it did not know of.
    """
    quota = news.quota
    await conn.execute(
        """
        INSERT INTO fg_github_limit AS own (installation_id, closed_until, strikes, quota, quota_left, quota_resets_at)
        VALUES ($1, coalesce(clock_timestamp() + $2::interval, '-infinity'), $4, $5, $6, clock_timestamp() + $7::interval)
        ON CONFLICT (installation_id) DO UPDATE
        SET closed_until = greatest(own.closed_until, excluded.closed_until),
            strikes = CASE WHEN own.strikes = $3::integer THEN excluded.strikes ELSE own.strikes END,
            quota = coalesce(excluded.quota, own.quota),
            quota_left = coalesce(excluded.quota_left, own.quota_left),
            quota_resets_at = coalesce(excluded.quota_resets_at, own.quota_resets_at)
        RETURNING CASE WHEN $2 IS NOT NULL THEN set_config('synchronous_commit', 'on', true) END
        """,
        installation_id,
        news.wait,
        news.strikes_before,
        news.strikes,
        quota.limit if quota else None,
        quota.remaining if quota else None,
        timedelta(seconds=quota.resets_in) if quota else None,
    )


async def end_write(conn: Connection, installation_id: int, writes_until: datetime, pace: Pace) -> None:
    """Let the next write go out after the pause; a write that lasted so long that another took its place changes nothing."""
    await conn.execute(
        """
        UPDATE fg_github_limit
        SET writing_until = '-infinity', write_due = greatest(write_due, clock_timestamp() + $3::interval)
        WHERE installation_id = $1 AND writing_until = $2
        """,
        installation_id,
        writes_until,
        timedelta(seconds=pace.write_pause),
    )


async def list_left(conn: Connection) -> dict[int, int]:
    """Return how many requests each installation has left, as GitHub last told any process; none once that hour is over."""
    rows = await conn.fetch(
        """
        SELECT installation_id, quota_left
        FROM fg_github_limit
        WHERE installation_id <> $1 AND quota_left IS NOT NULL AND quota_resets_at > clock_timestamp()
        ORDER BY installation_id
        """,
        APP,
    )
    return {row["installation_id"]: row["quota_left"] for row in rows}
