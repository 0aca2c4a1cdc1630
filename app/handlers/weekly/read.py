"""Read what the weekly digest tells of."""

from app.core.model import CaseName
from app.core.weekly import Over, Week, WeekFacts
from app.db.connection import Connection
from app.db.weekly import OverTest, list_over
from app.handlers.bot import KnownRepo
from app.handlers.flake_report import list_judged_tests, list_trend_days


async def read_week(conn: Connection, repo: KnownRepo, week: Week) -> WeekFacts:
    """Read the facts of that week and the one before, all of it as it stands at one moment."""
    async with conn.transaction(isolation="repeatable_read", readonly=True):
        return WeekFacts(
            week=week,
            tests=await list_judged_tests(conn, repo),
            trend=await list_trend_days(conn, repo.id, week.before.since, week.until),
            over=[_over(one) for one in await list_over(conn, repo.id, week.before.since, week.until)],
        )


def _over(one: OverTest) -> Over:
    case = CaseName(suite=one.suite, class_name=one.class_name, name=one.name)
    return Over(case=case, at=one.at, is_issue=one.is_issue)
