"""How long a quiet repository's runs wait while another one floods the queue: the real queue, work of a few milliseconds."""

import asyncio
import random
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, quantiles

from app.cli.running import apply_migrations
from app.core.model import RepoId
from app.db.connection import connect, open_pool
from app.db.embedded import start_embedded
from app.jobs import IngestRun
from app.queue import enqueue
from app.queue.consuming import consume

QUIET = 499
RUNS = 5_000
FLOOD = 15_000
NOISY = RepoId(1)
WORK_SECONDS = 0.004
AT_ONCE = 8
WORKERS = 2
TIMES = 3


def run():
    """Print when the runs of 499 repositories are done with and without 15,000 queued runs of one more."""
    with tempfile.TemporaryDirectory(prefix="flakeguard-bench-") as folder:
        url = start_embedded(Path(folder) / "postgresql")
        asyncio.run(_run(url))


async def _run(url):
    await apply_migrations(url, lambda: datetime.now(UTC))  # noqa: TID251 - the benchmark's own clock
    # A job takes less than a millisecond of each core: in turns, a noisy machine is noisy for both; the best turn counts.
    turns = [(await _until_done(url, flood=0), await _until_done(url, flood=FLOOD)) for _ in range(TIMES)]
    alone, beside = (min(all_, key=mean) for all_ in zip(*turns, strict=True))
    for name, of in (("mean", mean), ("p50", lambda all_: quantiles(all_, n=100)[49]), ("last", max)):
        print(
            f"fairness      {name}: a quiet repository's run is done after {of(alone):.1f} s alone,"
            f" {of(beside):.1f} s beside {FLOOD} runs of a noisy one: {of(beside) / of(alone):.2f} times (reach 0.8 to 1.2)"
        )


async def _until_done(url, *, flood):
    """Queue everything, then work it off; returns the seconds after which each quiet run was done."""
    chance = random.Random(7)
    jobs = [NOISY] * flood + [RepoId(2 + n % QUIET) for n in range(RUNS)]
    chance.shuffle(jobs)
    async with await open_pool(url, size=8) as pool:
        await pool.execute("TRUNCATE pgqueuer, pgqueuer_log")
        async with pool.acquire() as conn:
            began = time.perf_counter()
            for number, repo_id in enumerate(jobs):
                await enqueue(conn, IngestRun(repo_id=repo_id, run_id=number))
            print(
                f"fairness      {len(jobs)} jobs queued, {(time.perf_counter() - began) / len(jobs) * 1e3:.2f} ms each"
            )
        # What the server has put off of so much writing would be done beside the work, and more of it for more jobs.
        await pool.execute("CHECKPOINT")
    done, stop = [], asyncio.Event()
    start = time.perf_counter()

    async def handle(pick):
        await asyncio.sleep(WORK_SECONDS)
        if pick.job.repo_id != NOISY:
            done.append(time.perf_counter() - start)
            if len(done) == RUNS:
                stop.set()

    await asyncio.gather(*(_work(url, handle, stop) for _ in range(WORKERS)))
    return done


async def _work(url, handle, stop):
    conn = await connect(url)
    await consume(conn, handle, stop, at_once=AT_ONCE)
    await conn.close()


if __name__ == "__main__":
    run()
