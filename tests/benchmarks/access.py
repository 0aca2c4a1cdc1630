"""What the time of an answer tells somebody who may not see a repository: `python -m tests.benchmarks.access [CALLS]`.

For each kind of address a private repository that we know and a name that nobody has are asked for in turn. The share of
pairs in which the private one took longer is 50 % where the time tells nothing; by chance alone 95 of 100 shares of
CALLS pairs lie within the band that is printed.
"""

import asyncio
import math
import random
import sys
import tempfile
import time
from pathlib import Path

from app.cli.running import apply_migrations, listen
from app.core.events import RepositoryRef
from app.db.connection import open_pool
from app.db.embedded import start_embedded
from app.db.repositories import save_repository
from app.github.people import OAuthClient
from app.github.wire import open_wire
from app.sandbox.github import SandboxGitHub
from app.server import make_app
from app.web.access.gate import Gate
from app.web.access.session import Cookies
from app.web.health import Health
from app.web.site import Site
from tests.e2e.processes import free_port
from tests.web.site.conftest import KEY, Browser

CALLS = 400
PATHS = ("/repos/{}", "/repos/{}/tests", "/repos/{}/runs/1", "/api/v1/repos/{}/tests?format=csv", "/badge/{}.svg")


def run(calls=CALLS):
    with tempfile.TemporaryDirectory(prefix="flakeguard-bench-") as folder:
        asyncio.run(_run(start_embedded(Path(folder) / "postgresql"), calls))


async def _run(url, calls):
    async with SandboxGitHub(app_id=1, app_slug="flakeguard", webhook_secret="secret") as github:
        await apply_migrations(url, lambda: github.now)
        secret = github.repository("acme/secret")
        secret.data.is_private = True
        github.stage.world.account("eve")
        async with await open_pool(url, size=4) as pool, open_wire(api_url=github.api_url, user_agent="bench") as wire:
            ref = RepositoryRef(
                id=secret.data.id,
                owner="acme",
                name="secret",
                default_branch="main",
                is_private=True,
                is_archived=False,
            )
            async with pool.acquire() as conn:
                await save_repository(conn, ref, None, github.now)
            port = free_port()
            app = make_app(None, Health(pool=pool), _site(github, pool, wire, f"http://127.0.0.1:{port}"))
            github.callback_urls = [f"http://127.0.0.1:{port}/login/callback"]
            async with listen(app, "127.0.0.1", port):
                await _compare(Browser(f"http://127.0.0.1:{port}"), calls)


def _site(github, pool, wire, address):
    return Site(
        # Nothing is kept: each answer is thought of anew.
        gate=Gate(pool=pool, api=wire, clock=lambda: github.now, kept_seconds=0.0),
        api=wire,
        web_url=github.web_url,
        keys=[KEY],
        cookies=Cookies([KEY], is_secure=False),
        client=OAuthClient(web=wire, client_id=github.client_id, client_secret=github.client_secret),
        public_url=address,
    )


async def _compare(eve, calls):
    band = 1.96 * math.sqrt(1 / (12 * calls) * 2 + 1 / (12 * calls**2))
    print(f"{'ms, median':36} private  nobody's   private is slower (50 % ± {band:.1%} by chance)")
    for who in ("nobody", "eve"):
        if who == "eve":
            await eve.sign_in("eve")
        for path in PATHS:
            private, absent = await _times(eve, path, calls)
            slower = sum((one > two) + (one == two) / 2 for one in private for two in absent) / calls**2
            middle = calls // 2
            print(f"{who + ' ' + path:36} {private[middle]:7.2f} {absent[middle]:9.2f}   {slower:6.1%}", flush=True)
    await eve.session.close()


async def _times(browser, path, calls):
    took = {"acme/secret": [], "acme/nobody": []}
    turns = [name for name in took for _ in range(calls)]
    random.Random(1).shuffle(turns)
    for name in turns:
        began = time.perf_counter()
        await browser.get(path.format(name))
        took[name].append((time.perf_counter() - began) * 1000)
    return [sorted(one) for one in took.values()]


if __name__ == "__main__":
    run(*map(int, sys.argv[1:]))
