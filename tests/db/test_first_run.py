"""What there is of a new App so far."""

from datetime import UTC, datetime, timedelta

from app.db.connection import open_pool
from app.db.first_run import FirstRun, count_installations, count_repositories, find_first_run
from app.web.setup.browser import Visit
from app.web.setup.waiting import Waiting

SINCE = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = SINCE + timedelta(minutes=5)
BEFORE = SINCE - timedelta(days=9)


async def add_installation(conn, number, at, deleted_at=None):
    await conn.execute(
        "INSERT INTO fg_installation (id, account_login, created_at, updated_at, deleted_at) VALUES ($1, $2, $3, $3, $4)",
        *(number, f"account-{number}", at, deleted_at),
    )
    return await conn.fetchval(
        "INSERT INTO fg_repository (external_id, owner, name, installation_id, created_at)"
        " VALUES ($1, 'acme', 'web', $1, $2) RETURNING id",
        *(number, at),
    )


async def add_run(conn, repo_id, number, ingested_at):
    await conn.execute(
        """
        INSERT INTO fg_workflow_run (repo_id, run_id, run_attempt, workflow_id, workflow_name, event, head_sha, status,
            run_started_at, ingested_at, tests, failures, html_url)
        VALUES ($1, $2, 1, 1, 'CI', 'push', 'abc', 'completed', $3, $4, 12, 1, 'https://github.example/run')
        """,
        *(repo_id, number, BEFORE, ingested_at),
    )


async def test_only_what_came_since_the_app_was_made_counts(conn):
    old = await add_installation(conn, 1, BEFORE)
    new = await add_installation(conn, 2, LATER)
    await add_installation(conn, 3, LATER, deleted_at=LATER)
    await add_run(conn, old, 1, BEFORE)
    await add_run(conn, new, 2, None)
    assert (await count_installations(conn, SINCE), await count_repositories(conn, SINCE)) == (1, 1)
    assert await find_first_run(conn, SINCE) is None
    await add_run(conn, new, 3, LATER)
    assert await find_first_run(conn, SINCE) == FirstRun(tests=12, failures=1)


async def test_while_the_database_is_away_nothing_is_told(database_url):
    async with await open_pool(database_url, size=1) as pool:
        waiting = Waiting(pool=pool, visit=Visit(began_at=SINCE), app_url="https://github.com/apps/x", since=SINCE)
        request = _Request(waiting.visit.token)
        assert (await waiting._look(request)).installations == 0
    assert await waiting._look(request) is None


class _Request:
    def __init__(self, token):
        self.cookies = {"flakeguard-setup": token}
