"""Who may not see a private repository learns nothing of it: every route, by every kind of visitor."""

import asyncio
import hashlib
import re
from datetime import timedelta

import pytest

from app.db.people import add_token, note_sign_in
from app.sandbox.github.faults import Fault, Mischief
from app.server import make_app
from app.web.access.gate import Gate
from app.web.access.session import Cookies
from app.web.health import Health
from app.web.site import Site
from tests.web.site.conftest import KEY

SECRET = ("acme/web", "acme", "test_3", "alpha", "10000001")
"""Words that only somebody who may see the repository should read."""

ABSENT = "acme/nothing"


def make_routes():
    """All routes, as the router has them."""
    site = Site(
        gate=Gate(pool=None, api=None, clock=None),
        api=None,
        web_url="https://github.test",
        cookies=Cookies([KEY], is_secure=False),
        client=object(),
        public_url="https://flakeguard.test",
    )
    return list(make_app(None, Health(pool=None), site).router.routes())


def routes():
    """Method and path of all routes that are looked at by people and programs."""
    found = []
    for route in make_routes():
        path = route.resource.canonical
        if route.method in ("GET", "POST") and not path.startswith(("/webhooks", "/livez", "/readyz", "/metrics")):
            found.append((route.method, path))
    return found


OF_A_REPOSITORY = [(method, path) for method, path in routes() if "{repo}" in path]


def fill(path, repository="acme/web"):
    owner, name = repository.split("/")
    path = path.replace("{owner}", owner).replace("{repo}", name)
    return re.sub(r"{\w+}", "1", path)


def same(seen):
    """Return what can be told from an answer: all of it but what differs by the address asked for, and by the time."""
    kept = {name: text for name, text in seen.headers.items() if name not in ("Date", "Content-Length", "Location")}
    return seen.status, seen.text, kept


def blind(seen, name):
    status, text, headers = same(seen)
    where = (seen.location or "").replace(name.replace("/", "%2F"), "X").replace(name, "X")
    return status, text.replace(name, "X").replace(name.replace("/", "%2F"), "X"), headers, where


def test_there_are_routes_to_try():
    assert len(OF_A_REPOSITORY) >= 15
    assert {method for method, _ in OF_A_REPOSITORY} == {"GET", "POST"}


async def make_token(bot, person, *repositories, scopes=("read",)):
    """Make a token of a person without the form."""
    text = f"fgt_{person.login}_{'_'.join(map(str, repositories))}_{'_'.join(scopes)}"
    now = bot.bot.clock()
    async with bot.pool.acquire() as conn:
        await note_sign_in(conn, person.id, person.login, now)
        await add_token(
            conn,
            person.id,
            name="t",
            digest=hashlib.sha256(text.encode()).digest(),
            scopes=scopes,
            repositories=repositories,
            at=now,
            until=now + timedelta(days=1),
        )
    return text


@pytest.fixture
async def visitors(github, repo, bot, browse):
    """Everybody who may not see acme/web, each as the arguments of a request."""
    world = github.stage.world
    eve, dana = browse(), browse()
    await eve.sign_in("eve")
    await dana.sign_in("dana")
    # Of a person who can see another repository of the same bot.
    other = github.repository("other/place")
    other.commit(branch="main", files={"README.md": "x"}, message="x", author="eve")
    other.grant("eve", "admin")
    eves = await make_token(bot, world.account("eve"), other.data.id)
    lost = await make_token(bot, world.account("max"), repo.data.id)
    repo.data.roles.pop("max")
    return {
        "nobody": (browse(), {}),
        "a stranger": (eve, {}),
        "a stranger's program": (browse(), {"headers": {"Authorization": f"Bearer {eves}"}}),
        "the program of one who has left": (browse(), {"headers": {"Authorization": f"Bearer {lost}"}}),
        "a wrong token": (browse(), {"headers": {"Authorization": "Bearer fgt_wrong"}}),
        "another scheme": (browse(), {"headers": {"Authorization": "Basic ZGFuYTp4"}}),
        "a cookie that somebody made up": (browse(), {"headers": {"Cookie": "flakeguard=gAAAAA"}}),
    }


@pytest.mark.attack("access")
async def test_by_no_route_does_anybody_learn_of_a_repository_that_github_does_not_show_them(visitors):
    for who, (browser, more) in visitors.items():
        for method, path in OF_A_REPOSITORY:
            there = await browser.ask(method, fill(path), **more)
            absent = await browser.ask(method, fill(path, ABSENT), **more)
            what = f"{who}: {method} {path}: {there.status} {there.text[:200]}"
            assert there.status in (303, 401, 403, 404), what
            assert blind(there, "acme/web") == blind(absent, ABSENT), what
            assert not any(word in there.text.replace("acme/web", "") for word in SECRET[1:]), what


async def test_who_may_read_sees_every_page_and_may_decide_nothing(github, repo, browse):
    browser = browse()
    await browser.sign_in("max")
    for method, path in OF_A_REPOSITORY:
        if method == "GET" and "badge" not in path:
            seen = await browser.get(_known(path))
            assert seen.status == 200, (path, seen.text[:300])
    csrf = (await browser.get("/")).text.partition('name="csrf" value="')[2].partition('"')[0]
    asked = {"test_id": 1, "action": "quarantine"}
    refused = await browser.ask("POST", "/api/v1/repos/acme/web/decisions", json=asked, headers={"X-CSRF-Token": csrf})
    assert refused.status == 403


def _known(path):
    """Fill a path with what the story has: the run of the first push, the first test and cause."""
    return fill(path.replace("{run_id}", "10000002"))


async def test_overview_and_list_show_what_a_person_may_see_and_nothing_else(github, repo, visitors, browse):
    dana = browse()
    await dana.sign_in("dana")
    assert "/repos/acme/web" in (await dana.get("/")).text
    assert '"name":"web"' in (await dana.get("/api/v1/repos")).text
    for who, (browser, more) in visitors.items():
        for path in ("/", "/api/v1/repos", "/account"):
            seen = await browser.get(path, **more)
            assert not any(word in seen.text for word in SECRET), (who, path)


@pytest.mark.parametrize("kept_seconds", [0.0])
async def test_what_github_said_is_forgotten_and_asked_anew(github, repo, browse, kept_seconds):
    browser = browse()
    await browser.sign_in("max")
    assert (await browser.get("/repos/acme/web")).status == 200
    repo.data.roles.pop("max")
    assert (await browser.get("/repos/acme/web")).status == 404
    assert "acme" not in (await browser.get("/")).text


def asked_by_people(github):
    """Return how many requests GitHub had for repositories that a person may see."""
    paths = ("/user/installations", "/repos/acme/web")
    return len([one for one in github.requests if one.path.partition("?")[0] in paths])


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize(
    ("page", "path"), [("/repos/acme/web", "/repos/acme/web"), ("/", "/user/installations")], ids=["one", "all"]
)
async def test_who_asked_too_much_waits_as_long_as_github_says_and_is_not_taken_for_a_stranger(
    github, repo, browse, status, page, path
):
    slow, other = browse(), browse()
    await slow.sign_in("max")
    await other.sign_in("dana")
    github.rate_limit(2, secondary=True, status=status, path=path)
    assert (await slow.get(page)).status == 503
    asked = asked_by_people(github)
    assert [(await slow.get(one)).status for one in ("/repos/acme/web", "/", "/repos/acme/web/tests")] == [503] * 3
    assert asked_by_people(github) == asked
    assert (await other.get("/repos/acme/web")).status == 200
    await asyncio.sleep(2)
    assert [(await slow.get(one)).status for one in ("/repos/acme/web", "/")] == [200, 200]


async def test_a_limit_that_names_no_time_is_a_limit_too(github, repo, browse):
    browser = browse()
    await browser.sign_in("max")
    fault = Fault(kind=Mischief.SECONDARY_LIMIT, status=403, path="/repos/acme/web", is_named=False)
    github.plant(fault)
    assert [(await browser.get("/repos/acme/web")).status for _ in range(2)] == [503, 503]


@pytest.fixture
def opens_public(request):
    return getattr(request, "param", False)


@pytest.mark.parametrize("opens_public", [True], indirect=True)
async def test_public_repositories_may_be_open_to_all_and_private_ones_stay_shut(github, bot, browse):
    for name, is_private in (("open", False), ("shut", True)):
        one = github.repository(f"acme/{name}")
        one.data.is_private = is_private
        await one.push(branch="main", files={"a.py": "1"}, message="m", author="dana")
    await bot.settle()
    browser = browse()
    assert (await browser.get("/repos/acme/open")).status == 200
    assert (await browser.get("/api/v1/repos/acme/open/tests")).status == 200
    assert (await browser.get("/repos/acme/shut")).status == 303
    assert (await browser.get("/api/v1/repos/acme/shut/tests")).status == 401
    assert "shut" not in (await browser.get("/")).text
    assert "shut" not in (await browser.get("/api/v1/repos")).text


@pytest.mark.parametrize("opens_public", [True], indirect=True)
async def test_what_was_public_is_open_to_nobody_from_when_that_may_be_otherwise(github, bot, browse, conn):
    one = github.repository("acme/open")
    await one.push(branch="main", files={"a.py": "1"}, message="m", author="dana")
    await bot.settle()
    browser = browse()

    async def seen():
        paths = ("/repos/acme/open", "/api/v1/repos/acme/open/tests", "/badge/acme/open.svg")
        return [(await browser.get(path)).status for path in paths]

    shut = [303, 401, 404]
    assert await seen() == [200, 200, 200]
    # The event is here, and no worker has asked GitHub yet.
    await conn.execute("UPDATE fg_repository SET heard_installation_id = installation_id")
    assert await seen() == shut
    await one.push(branch="main", files={"a.py": "2"}, message="m", author="dana")
    await bot.settle()
    assert await seen() == [200, 200, 200]
    # Of what becomes of it while the App is suspended nobody tells us, and nobody can be asked.
    await github.suspend(one)
    await bot.settle()
    assert await seen() == shut
    assert "open" not in (await browser.get("/api/v1/repos")).text
    await github.unsuspend(one)
    await bot.settle()
    assert await seen() == [200, 200, 200]


async def test_every_answer_keeps_browsers_from_doing_more_than_showing_it(repo, browse):
    browser = browse()
    await browser.sign_in("dana")
    for method, path in routes():
        if method != "GET":
            continue
        seen = await browser.get(_known(path.replace("{name}", "style.css")))
        policy = seen.headers.get("Content-Security-Policy", "")
        assert "default-src 'none'" in policy, path
        assert "unsafe" not in policy, path
        assert seen.headers["X-Content-Type-Options"] == "nosniff"
