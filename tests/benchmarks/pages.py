"""Whole pages, as a browser gets them over a connection that is open: how long until the last byte, and how many bytes."""

import random
import time

import aiohttp

from app.cli.running import listen
from app.db.connection import open_pool
from app.github.wire import open_wire
from app.server import make_app
from app.web.access.gate import Gate
from app.web.health import Health
from app.web.site import Site
from tests.benchmarks.years import END

CALLS = 100
REACH_MS, REACH_KB = 100, 60
YARDSTICK = "/livez"


async def ask_pages(url, asked):
    """Print for each page the median, the 95th percentile and the slowest in milliseconds, and its largest in kilobytes."""
    async with (
        await open_pool(url, size=4) as pool,
        open_wire(api_url="http://127.0.0.1:9", user_agent="bench") as wire,
    ):
        site = Site(
            gate=Gate(pool=pool, api=wire, clock=lambda: END, is_demo=True), api=wire, web_url="https://github.com"
        )
        app = make_app(None, Health(pool=pool), site)
        async with listen(app, "127.0.0.1", 0) as port, aiohttp.ClientSession(f"http://127.0.0.1:{port}") as browser:
            await _ask(pool, browser, asked)


async def _ask(pool, browser, asked):
    chance = random.Random(1)
    turns = [asked[0], asked[1], chance.choice(asked[2:])]
    names = {
        one.repo_id: await pool.fetchval("SELECT owner || '/' || name FROM fg_repository WHERE id = $1", one.repo_id)
        for one in turns
    }
    print(f"{'ms':52} median    p95    max     kB  (reach {REACH_MS} at p95, {REACH_KB} kB)")
    for name, address in _pages(chance).items():
        kinds = [
            await _time(browser, kind, lambda one=one, address=address: address(one, f"/repos/{names[one.repo_id]}"))
            for kind, one in zip(("large", "busy", "ordinary"), turns, strict=True)
        ]
        p95, median, longest, size, kind = max(kinds)
        print(
            f"{name:40} {kind:11} {median:6.1f} {p95:6.1f} {longest:6.1f} {max(one[3] for one in kinds):6.1f}",
            "" if p95 < REACH_MS and size < REACH_KB else "  <<<",
            flush=True,
        )


async def _time(browser, kind, address):
    took, sizes = [], []
    for turn in range(CALLS + 1):
        began = time.perf_counter()
        async with browser.get(address(), headers={"Accept-Encoding": "gzip"}, auto_decompress=False) as answer:
            body = await answer.read()
        answer.raise_for_status()
        if turn:  # The first reads templates.
            took.append((time.perf_counter() - began) * 1000)
        sizes.append(len(body) / 1000)
    took.sort()
    return took[CALLS * 95 // 100], took[CALLS // 2], took[-1], max(sizes), kind


def _pages(chance):
    def below(path):
        return lambda _, repo: f"{repo}{path}"

    return {
        YARDSTICK: lambda *_: YARDSTICK,
        "overview": lambda *_: "/",
        "repository": below(""),
        "tests": below("/tests"),
        "tests by failure on a branch": below("/tests?branch=main&order=failed"),
        "tests q that nothing has": below("/tests?q=nothing_is_called_so"),
        "test, flaky": lambda one, repo: f"{repo}/tests/{chance.choice(one.flaky)}",
        "test, any": lambda one, repo: f"{repo}/tests/{chance.choice(one.tests)}",
        "causes": below("/clusters"),
        "cause": lambda one, repo: f"{repo}/clusters/{chance.choice(one.clusters)}",
        "runs": below("/runs"),
        "run": lambda one, repo: f"{repo}/runs/{chance.choice(one.runs)}",
        "quarantine": below("/quarantine"),
        "audit": below("/audit"),
        "policy": below("/policy"),
        "API's words": lambda *_: "/api/docs",
    }
