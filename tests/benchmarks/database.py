"""The database at the size of a large organisation, beside bare statements in the same run: `make bench-db`.

On a server of its own, or on an empty database of the one that FLAKEGUARD_DATABASE_URL names.
"""

import asyncio
import os
import random
import resource
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from app.cli.running import apply_migrations
from app.core.history import HORIZON
from app.db.compaction import compact_month
from app.db.connection import connect, open_pool
from app.db.embedded import start_embedded
from app.db.occurrences import list_tests_to_score
from app.db.partitions import drop_month, ensure_month, reindex_month
from app.db.queries.find_flakiest_tests import find_flakiest_tests
from app.db.queries.get_quarantine_candidates import get_quarantine_candidates
from app.db.queries.get_repository_dashboard import get_repository_dashboard
from app.db.repositories import list_repositories
from app.db.runs import get_attempt
from app.handlers.bot import know
from app.handlers.clusters import cluster_failures
from app.handlers.judge import rejudge
from app.handlers.recompute import recompute_repository_flake_scores
from tests.benchmarks.ingesting import Ingesting
from tests.benchmarks.years import END, MONTHS, START, Size, build
from tests.db.test_every_query import QUERIES

TIMES = 9
CALLS = 300
NOW = END + timedelta(days=60)
ORGANISATION = Size()
LARGE_REPOSITORY = Size(repositories=1, tests=10_000, runs=900, one_in=100)


def run():
    """Print each figure beside what is to be reached."""
    given = os.environ.get("FLAKEGUARD_DATABASE_URL")
    if given:
        asyncio.run(_run(given))
        return
    with tempfile.TemporaryDirectory(prefix="flakeguard-bench-") as folder:
        asyncio.run(_run(start_embedded(Path(folder) / "postgresql")))


async def _run(url):
    await apply_migrations(url, lambda: START)
    async with await open_pool(url, size=6) as pool:
        ingesting = await Ingesting.begin(pool)
        async with pool.acquire() as conn:
            await ensure_month(conn, ingesting.at)
        small = await _ingest(ingesting, "with 100,000 occurrences there")
        async with pool.acquire() as conn:
            repositories = await build(conn, ORGANISATION)
            await _show_bytes(conn, "open", MONTHS[-1], 270)
        await _ingest(ingesting, f"with {ORGANISATION.occurrences:,} more", before=small)
        await _recompute_all(pool, repositories)
        await _ask(pool, repositories)
        await _keep(pool, url)
        await _recompute_large(pool, url)


async def _ingest(ingesting, where, before=None):
    """Store runs of ten thousand known tests in turn with bare copies of the same rows."""
    await ingesting.store()
    ours, bare = [], []
    for _ in range(TIMES):
        ours.append(await ingesting.store())
        bare.append(await ingesting.copy())
    took, copied = statistics.median(ours), statistics.median(bare)
    print(f"ingest of a run of 10,000 known tests, {where}: {took * 1000:.0f} ms,"
          f" {took / copied:.1f} times a bare COPY of {copied * 1000:.0f} ms (reach 5)")  # fmt: skip
    if before is not None:
        print(f"  which is {took / before:.2f} times what it took before (reach 2)", flush=True)
    return took


async def _rescore(ingesting, attempts):
    """Judge run after run of a large repository: the tests of each that have failed in their windows."""
    took, causes = [], []
    async with ingesting.pool.acquire() as conn:
        for _ in range(attempts):
            await ingesting.store()
            attempt = await get_attempt(conn, ingesting.repo.id, await ingesting.last_attempt(conn))
            began = time.perf_counter()
            tests = await list_tests_to_score(conn, ingesting.repo.id, attempt.id, attempt.run_started_at)
            async with conn.transaction():
                await rejudge(conn, ingesting.repo, tests)
            took.append(time.perf_counter() - began)
            causes.append(await _seconds(cluster_failures, conn, ingesting.repo, attempt))
    print(
        f"rescoring after a run of 10,000 tests, {len(tests)} of them judged: {statistics.median(took) * 1000:.0f} ms (reach 150),"
        f" and {statistics.median(causes) * 1000:.0f} ms for the causes that it showed",
        flush=True,
    )


async def _recompute_all(pool, repositories):
    began = time.perf_counter()
    for repo_id in repositories:
        async with pool.acquire() as conn:
            repo = await know(conn, repo_id)
        await recompute_repository_flake_scores(pool, repo)
    print(f"recompute of {len(repositories)} repositories: {time.perf_counter() - began:.1f} s", flush=True)


async def _ask(pool, repositories):
    chance = random.Random(1)
    async with pool.acquire() as conn:
        asked = {
            "find_flakiest_tests": (20, lambda repo: find_flakiest_tests(conn, repo)),
            "get_quarantine_candidates": (20, lambda repo: get_quarantine_candidates(conn, repo, as_of=END)),
            "get_repository_dashboard": (50, lambda repo: get_repository_dashboard(conn, repo, as_of=END)),
        }
        for name, (reach, ask) in asked.items():
            took = sorted([await _seconds(ask, chance.choice(repositories)) for _ in range(CALLS)])
            print(f"{name}: median {took[CALLS // 2] * 1000:.1f} ms, p95 {took[CALLS * 95 // 100] * 1000:.1f} ms (reach {reach})",
                  flush=True)  # fmt: skip
        await _ask_for_tests(conn, repositories, chance)


async def _ask_for_tests(conn, repositories, chance):
    """Time the two questions about one test by the server's own clock, as EXPLAIN tells it."""
    [history] = [query.sql for query in QUERIES if query.function == "_list_executions"]
    await conn.execute(f"PREPARE look_up AS {_LOOK_UP}")
    await conn.execute(f"PREPARE history AS {history}")
    looked_up, read = [], []
    for _ in range(CALLS):
        repo_id = chance.choice(repositories)
        test = await conn.fetchrow(
            "SELECT id, suite, class_name, name FROM fg_test_case WHERE repo_id = $1 LIMIT 1 OFFSET $2",
            repo_id,
            chance.randrange(ORGANISATION.tests),
        )
        name = f"'{test['suite']}', '{test['class_name']}', '{test['name']}'"
        looked_up.append(await _server_ms(conn, f"look_up ({repo_id}, {name})"))
        read.append(await _server_ms(conn, f"history ({repo_id}, {test['id']}, '{START}', '{END}', 500)"))
    read.sort()
    print(f"a test by its name: median {statistics.median(looked_up):.2f} ms of the server's time (reach 1)")
    print(
        f"get_test_history of 500: median {read[CALLS // 2]:.1f} ms, p95 {read[CALLS * 95 // 100]:.1f} ms of the server's"
        " time (reach 5)",
        flush=True,
    )


_LOOK_UP = "SELECT id FROM fg_test_case WHERE repo_id = $1 AND suite = $2 AND class_name = $3 AND name = $4"


async def _server_ms(conn, statement):
    plan = await conn.fetch(f"EXPLAIN (ANALYZE, TIMING OFF) EXECUTE {statement}")
    return float(plan[-1][0].split()[-2])


async def _keep(pool, url):
    """Index anew, roll up and drop months, with one who writes beside it."""
    async with pool.acquire() as conn:
        await reindex_month(conn, MONTHS[-1].date(), NOW)
        await _show_bytes(conn, "closed and indexed anew", MONTHS[-1], 200)
        horizons = dict.fromkeys(await list_repositories(conn), HORIZON * 50)
    began = time.perf_counter()
    figures = await compact_month(pool, MONTHS[0].date(), horizons, NOW)
    took = time.perf_counter() - began
    async with pool.acquire() as conn:
        await conn.execute("VACUUM ANALYZE fg_daily")
        size = await conn.fetchval(
            "SELECT pg_total_relation_size('fg_daily') + pg_total_relation_size('fg_occurrence_2025_09')"
        )
        print(f"roll-up of a month of {figures.before:,}: {took:.0f} s, {figures.kept:,} stay;"
              f" {size / figures.before:.1f} bytes an occurrence (reach 20)", flush=True)  # fmt: skip
        await _drop(conn, url)


async def _drop(conn, url):
    rows = await conn.fetchval(
        "SELECT count(*) FROM fg_occurrence WHERE created_at >= $1 AND created_at < $2", *MONTHS[1:3]
    )
    stop, waits = asyncio.Event(), []
    writer = asyncio.create_task(_write(url, stop, waits))
    await asyncio.sleep(1)
    usual = max(waits)
    waits.clear()
    took = await _seconds(drop_month, conn, MONTHS[1].date())
    await asyncio.sleep(0.3)
    stop.set()
    await writer
    print(f"dropping a month of {rows:,}: {took * 1000:.0f} ms (reach 1,000); a writer beside it waited {max(waits) * 1000:.0f} ms"
          f" at most (reach 100), {usual * 1000:.0f} ms before", flush=True)  # fmt: skip


async def _write(url, stop, waits):
    """Write an occurrence to the last month, over and over."""
    own = await connect(url)
    last = await own.fetchrow(
        "SELECT * FROM fg_occurrence WHERE created_at >= $1 AND outcome = 'passed' LIMIT 1", MONTHS[-1]
    )
    values = list(last.values())
    place = list(last.keys()).index("ordinal")
    sql = f"INSERT INTO fg_occurrence VALUES ({', '.join(f'${n + 1}' for n in range(len(values)))})"
    while not stop.is_set():
        values[place] += 1
        waits.append(await _seconds(own.execute, sql, *values))
    await own.close()


async def _recompute_large(pool, url):
    """Recompute a large repository by the command, in a process of its own, twice."""
    async with pool.acquire() as conn:
        [repo_id] = await build(conn, LARGE_REPOSITORY)
        name = await conn.fetchval("SELECT owner || '/' || name FROM fg_repository WHERE id = $1", repo_id)
        seconds, stored = [], []
        for _ in range(2):
            await conn.execute("DELETE FROM fg_flake_score WHERE repo_id = $1", repo_id)
            began = time.perf_counter()
            command = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "app", "recompute", name, env=os.environ | {"FLAKEGUARD_DATABASE_URL": url}
            )
            assert await command.wait() == 0
            seconds.append(time.perf_counter() - began)
            stored.append(await conn.fetch("SELECT * FROM fg_flake_score WHERE repo_id = $1 ORDER BY test_id", repo_id))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    await _rescore(await Ingesting.into(pool, repo_id, END - timedelta(minutes=59)), attempts=10 + TIMES)
    print(
        f"recompute of {LARGE_REPOSITORY.tests:,} tests with {LARGE_REPOSITORY.runs} runs each: {max(seconds):.1f} s (reach 60),"
        f" at most {peak:.0f} MiB (reach 300), the same twice: {stored[0] == stored[1]}",
        flush=True,
    )


async def _show_bytes(conn, state, month, reach):
    name = f"fg_occurrence_{month:%Y_%m}"
    rows, table, indexes = await conn.fetchrow(
        f"SELECT count(*), pg_table_size('{name}'), pg_indexes_size('{name}') FROM {name}"
    )
    print(f"a month of {rows:,}, {state}: {(table + indexes) / rows:.0f} bytes an occurrence,"
          f" {indexes / rows:.0f} of them indexes (reach {reach})", flush=True)  # fmt: skip


async def _seconds(function, *args):
    began = time.perf_counter()
    await function(*args)
    return time.perf_counter() - began


if __name__ == "__main__":
    run()
