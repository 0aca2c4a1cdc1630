"""What headers say is a stranger's until the body's signature is right, and mere text even then."""

import pytest
from aiohttp import web

from app.server import make_app
from app.web.access.gate import Gate
from app.web.access.job_tokens import JobTokens
from app.web.health import Health
from app.web.setup.browser import Visit, is_same
from app.web.site import Site
from tests.attacks.conftest import NOW, Door, headers_of

pytestmark = pytest.mark.attack("headers")

BODY = b'{"zen": "", "action": "created"}'


@pytest.mark.parametrize(
    "event",
    [
        *("star", "Ping", "ping ", "workflow_run.completed", "*", "__class__", "../ping", "workflow_job", "x" * 7_000),
        *(b"ping\xff", b"\xd9\xa3", "<img src=x>", "'; DROP TABLE fg_delivery; --", "{event}", "%s"),
    ],
    ids=lambda event: repr(event[:30]),
)
async def test_an_event_that_nobody_knows_is_none_of_ours_and_no_series_of_its_own(door, event):
    status, _ = await door.deliver(BODY, event=event)
    assert status == 200
    series = await metrics(door)
    assert "DROP" not in series
    assert "\udcff" not in series
    assert {line.split('event="')[1].split('"')[0] for line in series.splitlines() if "webhooks_total{" in line} <= {
        "other",
        *("check_run", "check_suite", "installation", "installation_repositories", "issue_comment", "issues", "ping"),
        *("pull_request", "push", "repository", "workflow_run"),
    }


async def metrics(door):
    _, text = await door.raw(b"GET /metrics HTTP/1.1\r\nHost: bot\r\nConnection: close\r\n\r\n")
    return text


INJECTED = {
    "a header behind the event": ("X-GitHub-Event", b"star\r\nX-GitHub-Event: ping"),
    "a line end without a return": ("X-GitHub-Event", b"star\nX-Evil: 1"),
    "a return without a line end": ("X-GitHub-Event", b"star\rX-Evil: 1"),
    "NUL": ("X-GitHub-Event", b"star\0"),
    "a header that is folded": ("X-GitHub-Event", b"star\r\n ping"),
    "a blank before the colon": ("X-Evil ", b"1"),
    "a name of no characters": ("", b"1"),
    "a name that is not ASCII": ("X-Ä", b"1"),
    "a second request": ("X-Evil", b"1\r\n\r\nGET /metrics HTTP/1.1\r\nHost: bot"),
    "a hundred kilobytes": ("X-Evil", b"x" * 100_000),
    "a hundred kilobytes of name": ("X" * 100_000, b"1"),
}


@pytest.mark.parametrize(("name", "value"), INJECTED.values(), ids=INJECTED)
async def test_headers_within_headers_get_nothing_done(door, name, value):
    """Whatever the server makes of them: with them, nothing is taken as an event of ours."""
    said = headers_of(BODY, event="workflow_run") | {name: value}
    assert (await door.send(BODY, said))[0] in (0, 200, 400, 401)


async def test_ten_thousand_headers_are_too_many(door):
    said = [*headers_of(BODY).items(), *((f"X-{number}", "1") for number in range(10_000))]
    assert (await door.send(BODY, said))[0] in (0, 400)


TYPES = {
    "a form": ("application/x-www-form-urlencoded", 415),
    "a form with a character set": ("application/x-www-form-urlencoded; charset=utf-8", 415),
    "a form in capitals": ("APPLICATION/X-WWW-FORM-URLENCODED", 415),
    "a form of parts": ("multipart/form-data; boundary=x", 200),
    "XML": ("application/xml", 200),
    "none": ("", 200),
    "no type": ("/", 200),
    "a character set that cannot be": ("application/json; charset=klingon", 200),
    "parameters without end": ("application/json; " + "a=b; " * 1_000, 200),
    "an unclosed quote": ('application/json; charset="', 200),
}


@pytest.mark.parametrize(("kind", "status"), TYPES.values(), ids=TYPES)
async def test_the_body_is_json_whatever_its_type_says_and_never_a_form(door, kind, status):
    assert (await door.deliver(BODY, **{"Content-Type": kind}))[0] == status


METHODS = ("GET", "PUT", "DELETE", "TRACE", "CONNECT", "OPTIONS", "PATCH", "HEAD", "FOO")


@pytest.mark.parametrize("method", METHODS)
async def test_only_a_post_brings_anything(door, method):
    head = "".join(f"{name}: {value}\r\n" for name, value in headers_of(BODY).items())
    request = f"{method} /webhooks/github HTTP/1.1\r\nHost: bot\r\nConnection: close\r\n{head}Content-Length: 0\r\n\r\n"
    status, text = await door.raw(request.encode())
    assert status in (0, 400, 404, 405)
    assert "sha256" not in text


PATHS = (
    "/webhooks/github/",
    "/webhooks//github",
    "/webhooks/%67ithub/../x",
    "/webhooks/github;x",
    "//evil/webhooks/github",
)


@pytest.mark.parametrize("path", PATHS)
async def test_there_is_no_other_way_in(door, path):
    head = "".join(f"{name}: {value}\r\n" for name, value in headers_of(BODY).items())
    request = f"POST {path} HTTP/1.1\r\nHost: bot\r\nConnection: close\r\n{head}Content-Length: {len(BODY)}\r\n\r\n"
    assert (await door.raw(request.encode() + BODY))[0] in (400, 404)


async def test_who_says_whose_hook_it_is_changes_nothing(door):
    said = {"X-GitHub-Hook-Installation-Target-ID": "1", "X-GitHub-Enterprise-Host": "evil.example"}
    assert await door.deliver({"zen": ""}, **said) == await door.deliver({"zen": ""})


@pytest.fixture
async def pages():
    """Pages and API of a place where nobody can sign in, and behind which there is no database."""
    jobs = JobTokens(issuer="https://token.github.test", audience="https://flakeguard.test")
    gate = Gate(pool=None, api=None, clock=lambda: NOW, job_tokens=jobs)
    site = Site(gate=gate, api=None, web_url="https://github.test")
    runner = web.AppRunner(make_app(None, Health(pool=None), site), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield Door(runner.addresses[0][1])
    await runner.cleanup()


NO_TEXT = {
    "a token": (b"bot", b"Bearer fgt_\xff\xfe"),
    "the token of a job": (b"bot", b"Bearer eyJ\xff.eyJ.x"),
    "a way to prove oneself": (b"bot", b"\xff x"),
    "a host": (b"\xff", b""),
    "a host that is no address": (b"[::", b""),
    "a port": (b"bot:99999999", b""),
}


@pytest.mark.parametrize(("host", "proof"), NO_TEXT.values(), ids=NO_TEXT)
@pytest.mark.parametrize("path", ["/account", "/api/v1/repos", "/repos/acme/web"])
async def test_a_header_that_is_no_text_is_refused_as_any_other(pages, path, host, proof):
    lines = b"Host: " + host + (b"\r\nAuthorization: " + proof if proof else b"")
    request = b"GET " + path.encode() + b" HTTP/1.1\r\n" + lines + b"\r\nConnection: close\r\n\r\n"
    assert (await pages.raw(request))[0] == 401


def test_a_cookie_that_is_no_text_is_not_the_visits():
    assert not is_same(b"\xff".decode("utf-8", "surrogateescape"), Visit(began_at=NOW).token)
