"""deploy/proxy: what a stranger reaches through it, how much of a body goes through, and how long it waits."""

import asyncio
import io
import os
import re
import signal
import socket
import sys
import time

import aiohttp
import pytest
from aiohttp import web

from app.web.access.visits import LARGEST_FORM
from app.web.pages.policy import REPLAY_SECONDS
from app.web.webhook import LARGEST_BODY, READ_SECONDS
from tests.deploy.on_machine import DEPLOY, done, text, tool
from tests.web.site.test_who_may_see import make_routes

GITHUB_WAITS = 10
"""Seconds, all in all."""

HURRY = 40

NGINX = text("proxy/nginx.conf")
CADDY = text("proxy/Caddyfile")
PAGES_BELOW = {"repos", "api", "static", "badge", "login", "logout", "account", "setup"}
"""What the first part of a page's address may be."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_bodies_as_large_as_githubs_largest_pass_and_no_larger_ones():
    assert LARGEST_BODY == 25 << 20
    assert re.findall(r"client_max_body_size (\w+);", NGINX) == ["25m", "26m", "256k"]
    assert re.findall(r"max_size (\w+)", CADDY) == ["25MiB", "26MiB", "256KiB"]
    assert LARGEST_FORM == 256 << 10


def test_no_wait_is_longer_than_githubs():
    hook = NGINX.partition("location = /webhooks/github")[2].partition("location = /api")[0]
    waits = re.findall(r"_timeout (\d+)s;", hook) + re.findall(r"(?:read_header|_timeout) (\d+)s", CADDY)
    assert len(waits) == 9
    # Caddy has one wait for all bodies: it is FlakeGuard that waits no longer for a webhook's.
    assert max(*map(int, waits), READ_SECONDS) < GITHUB_WAITS


def test_bodies_and_answers_have_the_time_that_the_slowest_of_them_takes():
    pages = NGINX.partition("location ~ ")[2]
    [answer] = re.findall(r"proxy_read_timeout (\d+)s;", pages)
    assert int(answer) > REPLAY_SECONDS
    [body] = re.findall(r"read_body (\d+)s", CADDY)
    assert int(body) > 8 * LARGEST_BODY / 2_000_000


@pytest.fixture
async def bot():
    """Something that answers everything as our web would answer webhooks; yields its port."""

    async def answer(request):
        size = len(await request.read())
        await asyncio.sleep(float(request.query.get("seconds", 0)))
        return web.json_response({"path": request.path, "bytes": size})

    site = web.Application(client_max_size=2 * LARGEST_BODY)
    site.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(site)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


def as_nginx(port, bot, folder):
    """Our file within what a distribution's nginx.conf has around it; without TLS, of which there is no certificate."""
    ours = re.sub(r" *(ssl_\w+|listen) .*;\n", "", NGINX).replace("127.0.0.1:8080", f"127.0.0.1:{bot}")
    ours = ours.replace("server {\n", f"server {{\n    listen 127.0.0.1:{port};\n", 1)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    # As root, nginx would hand its folders to a user who may not exist.
    user = "user root;" if os.geteuid() == 0 else ""
    file = folder / "nginx.conf"
    file.write_text(
        f"{user} daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ access_log off; {temporary}\n{ours}}}\n"
    )
    return [tool("nginx"), "-p", str(folder), "-c", str(file), "-e", str(folder / "error.log")]


def as_caddy(port, bot, folder):
    ours = CADDY.replace("127.0.0.1:8080", f"127.0.0.1:{bot}")
    ours = ours.replace("flakeguard.example {", f"http://127.0.0.1:{port} {{\n\tbind 127.0.0.1").replace(
        "{\n", "{\n\tadmin off\n", 1
    )
    file = folder / "Caddyfile"
    file.write_text(ours)
    return [tool("caddy"), "run", "--config", str(file), "--adapter", "caddyfile"]


async def _listens(port):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
            continue
        writer.close()
        return True
    return False


@pytest.fixture
def hurried(monkeypatch):
    """Make the proxies' waits for bodies and answers, not those for connections, shorter by the factor that it returns."""
    for name in ("NGINX", "CADDY"):
        monkeypatch.setitem(globals(), name, _hurried(globals()[name]))
    return HURRY


def _hurried(file):
    waits = r"\b((?:proxy_read|client_body|response_header)_timeout|read_body) (\d+)s"
    return re.sub(waits, lambda found: f"{found[1]} {int(found[2]) * 1000 // HURRY}ms", file)


@pytest.fixture(params=[as_nginx, as_caddy], ids=["nginx", "caddy"])
async def proxy(request, bot, tmp_path):
    """The proxy itself before the bot; yields its address."""
    port = free_port()
    command = request.param(port, bot, tmp_path)
    environ = os.environ | {"XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path)}
    running = await asyncio.create_subprocess_exec(*command, env=environ, stdout=sys.stderr)
    try:
        assert await _listens(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        running.send_signal(signal.SIGTERM)
        await asyncio.wait_for(running.wait(), 20)


def test_what_is_let_through_is_what_there_is():
    served = {route.resource.canonical.split("/")[1] for route in make_routes()}
    assert served - {"", "webhooks", "metrics", "livez", "readyz"} == PAGES_BELOW
    assert set(re.search(r"\^/\(([a-z|]+)\)", NGINX)[1].split("|")) == PAGES_BELOW
    named = re.search(r"@pages path (.+)", CADDY)[1].split()
    assert {one.strip("/*") for one in named} == {"", *PAGES_BELOW}


async def test_webhooks_come_through_whole_and_pages_and_nothing_else_comes_through(proxy):
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{proxy}/webhooks/github", data=io.BytesIO(b"x" * LARGEST_BODY)) as answer:
            assert await answer.json() == {"path": "/webhooks/github", "bytes": LARGEST_BODY}
        for path in ("/", "/repos/acme/web", "/api/v1/repos", "/static/style.css", "/badge/acme/web.svg", "/login"):
            async with session.get(f"{proxy}{path}") as answer:
                assert (await answer.json())["path"] == path
        for path in ("/metrics", "/readyz", "/livez", "/webhooks/github/", "/webhooks/github/../../metrics"):
            async with session.get(f"{proxy}{path}") as answer:
                assert answer.status == 404, path
        async with session.get(f"{proxy}/webhooks/github") as answer:
            assert answer.status in (403, 404)


async def test_reports_come_through_whole_and_no_form_of_a_page_that_is_as_large(proxy):
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{proxy}/api/v1/reports?build=1", data=io.BytesIO(b"x" * LARGEST_BODY)) as answer:
            assert await answer.json() == {"path": "/api/v1/reports", "bytes": LARGEST_BODY}
        try:
            async with session.post(f"{proxy}/login", data=io.BytesIO(b"x" * (LARGEST_FORM + 1))) as answer:
                assert answer.status in (413, 502)
        except aiohttp.ClientConnectionError:
            # It may close before all was sent, and its answer is lost on the way.
            return


async def test_a_report_may_take_as_long_as_a_slow_line_needs_and_an_answer_as_long_as_a_policy_is_tried(
    hurried, proxy
):
    async def slowly():
        for _ in range(26):
            await asyncio.sleep(90 / hurried / 26)
            yield b"x" * 1024

    async with aiohttp.ClientSession() as session:
        async with session.post(f"{proxy}/api/v1/reports?build=1", data=slowly()) as answer:
            assert await answer.json() == {"path": "/api/v1/reports", "bytes": 26 * 1024}
        tried = f"{proxy}/repos/acme/web/policy?seconds={REPLAY_SECONDS / hurried}"
        async with session.post(tried, data=b"x" * 1024) as answer:
            assert await answer.json() == {"path": "/repos/acme/web/policy", "bytes": 1024}


async def test_a_body_that_is_larger_than_githubs_largest_is_refused(proxy):
    async with aiohttp.ClientSession() as session:
        try:
            async with session.post(f"{proxy}/webhooks/github", data=io.BytesIO(b"x" * (LARGEST_BODY + 1))) as answer:
                assert answer.status in (413, 502)
        except aiohttp.ClientConnectionError:
            # It may close before all was sent, and its answer is lost on the way.
            return


def test_caddy_has_nothing_to_complain_of():
    done(tool("caddy"), "validate", "--config", "Caddyfile", "--adapter", "caddyfile", cwd=DEPLOY / "proxy")
