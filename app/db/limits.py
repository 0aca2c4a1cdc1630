"""What GitHub allows an installation, shared by all processes that ask as it: one row, one question a request.

Times are the server's real ones: here and in the queue, and nowhere else, SQL reads its clock.
"""

from dataclasses import dataclass
from datetime import timedelta

from app.core.quota import APP, Cost, Pace, Quota, Turn
from app.db.connection import Connection, Pool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What `take_turn` returns: seconds until the turn, and what the row says."""

    seconds: float
    is_closed: bool
    strikes: int
    quota: int | None
    quota_left: int | None
    quota_resets_in: float | None


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
        return Turn(seconds=row.seconds, is_closed=row.is_closed, strikes=row.strikes, quota=quota)

    async def close(self, wait: timedelta) -> None:
        async with self.pool.acquire() as conn:
            await close_until(conn, self.installation_id, wait)

    async def tell(self, quota: Quota | None, *, strikes: int) -> None:
        async with self.pool.acquire() as conn:
            await note_limits(conn, self.installation_id, quota, strikes)


async def take_turn(conn: Connection, installation_id: int, cost: Cost, pace: Pace, longest: float) -> Row:
    """Find when the next turn is and reserve it, where it is so many seconds away at most.

    Each limit is a moment by which all that was spent would have been earned at its steady rate; a request may go out as
    soon as that moment is no further away than what may be saved up (the generic cell rate algorithm, ITU-T I.371). Where
    GitHub never told a limit, as an Enterprise Server without any, only its waits and the pause between writes count.
    """
    while True:
        row = await conn.fetchrow(
            """
            UPDATE fg_github_limit AS own
            SET points_due = CASE WHEN next.at <= next.latest THEN greatest(next.points_due, next.at) + $2 ELSE next.points_due END,
                content_due = CASE WHEN next.at <= next.latest THEN greatest(next.content_due, next.at) + $4 ELSE next.content_due END,
                write_due = CASE WHEN next.at <= next.latest AND $6 THEN next.at + $7 ELSE next.write_due END
            FROM (
                SELECT seen.*, seen.now + $8::interval AS latest,
                       greatest(
                           seen.now,
                           seen.closed_until,
                           CASE WHEN $6::boolean THEN seen.write_due END,
                           CASE WHEN seen.quota IS NOT NULL AND $2::interval > '0' THEN seen.points_due - $3::interval END,
                           CASE WHEN seen.quota IS NOT NULL AND $4::interval > '0' THEN seen.content_due - $5::interval END
                       ) AS at
                FROM (
                    SELECT *, clock_timestamp() AS now FROM fg_github_limit WHERE installation_id = $1 FOR UPDATE
                ) AS seen
            ) AS next
            WHERE own.installation_id = next.installation_id
            RETURNING extract(epoch FROM next.at - next.now)::double precision AS seconds,
                      next.closed_until > next.now AS is_closed, own.strikes, own.quota,
                      CASE WHEN own.quota_resets_at <= next.now THEN own.quota ELSE own.quota_left END AS quota_left,
                      extract(epoch FROM own.quota_resets_at - next.now)::double precision AS quota_resets_in
            """,
            installation_id,
            timedelta(seconds=cost.points * pace.seconds_a_point),
            timedelta(seconds=pace.points_saved * pace.seconds_a_point),
            timedelta(seconds=pace.seconds_a_content if cost.creates_content else 0),
            timedelta(seconds=pace.content_saved * pace.seconds_a_content),
            cost.is_write,
            timedelta(seconds=0 if installation_id == APP else pace.write_pause),
            timedelta(seconds=longest),
        )
        if row is not None:
            return Row(**row)
        await conn.execute(
            "INSERT INTO fg_github_limit (installation_id) VALUES ($1) ON CONFLICT DO NOTHING", installation_id
        )


async def close_until(conn: Connection, installation_id: int, wait: timedelta) -> None:
    """Let no request out before that time is over."""
    await conn.execute(
        """
        INSERT INTO fg_github_limit AS own (installation_id, closed_until)
        VALUES ($1, clock_timestamp() + $2::interval)
        ON CONFLICT (installation_id) DO UPDATE SET closed_until = greatest(own.closed_until, excluded.closed_until)
        """,
        installation_id,
        wait,
    )


async def note_limits(conn: Connection, installation_id: int, quota: Quota | None, strikes: int) -> None:
    """Note what GitHub says is left of the hour, and how often in a row it named no time to wait."""
    await conn.execute(
        """
        INSERT INTO fg_github_limit AS own (installation_id, strikes, quota, quota_left, quota_resets_at)
        VALUES ($1, $2, $3, $4, clock_timestamp() + $5::interval)
        ON CONFLICT (installation_id) DO UPDATE
        SET strikes = excluded.strikes,
            quota = coalesce(excluded.quota, own.quota),
            quota_left = coalesce(excluded.quota_left, own.quota_left),
            quota_resets_at = coalesce(excluded.quota_resets_at, own.quota_resets_at)
        """,
        installation_id,
        strikes,
        quota.limit if quota else None,
        quota.remaining if quota else None,
        timedelta(seconds=quota.resets_in) if quota else None,
    )
