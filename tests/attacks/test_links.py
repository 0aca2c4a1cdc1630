"""Addresses that strangers give us: none of them is asked, and no token and no download goes where GitHub is not."""

import socket

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from app.core.addresses import Side, side_of
from app.github import reach
from app.github.client import GitHub, Patience
from app.github.downloads import download_artifact
from app.github.errors import UnexpectedAnswer
from app.github.reach import Forbidden, Reach
from app.github.wire import open_wire
from tests.github.conftest import FakeGitHub, Say, private_key, serve

__all__ = ["private_key"]

pytestmark = pytest.mark.attack("links")

REPO = "/repos/acme/shop"
ZIP = f"{REPO}/actions/artifacts/5/zip"
SIDES = {
    "140.82.112.3": Side.PUBLIC,
    "2606:50c0:8000::153": Side.PUBLIC,
    "::ffff:140.82.112.3": Side.PUBLIC,
    "64:ff9b::8c52:7003": Side.PUBLIC,
    "169.254.169.254": Side.LINK_LOCAL,
    "169.254.170.2": Side.LINK_LOCAL,
    "::ffff:169.254.169.254": Side.LINK_LOCAL,
    "::ffff:a9fe:a9fe": Side.LINK_LOCAL,
    "64:ff9b::a9fe:a9fe": Side.LINK_LOCAL,
    "2002:a9fe:a9fe::1": Side.LINK_LOCAL,
    "fe80::1": Side.LINK_LOCAL,
    "fe80::1%eth0": Side.LINK_LOCAL,
    "fd00:ec2::254": Side.LINK_LOCAL,
    "224.0.0.1": Side.LINK_LOCAL,
    "ff02::1": Side.LINK_LOCAL,
    "127.0.0.1": Side.LOOPBACK,
    "127.8.8.8": Side.LOOPBACK,
    "::1": Side.LOOPBACK,
    "::ffff:127.0.0.1": Side.LOOPBACK,
    "0.0.0.0": Side.LOOPBACK,
    "::": Side.LOOPBACK,
    "10.0.0.1": Side.PRIVATE,
    "172.31.255.255": Side.PRIVATE,
    "192.168.0.1": Side.PRIVATE,
    "100.64.0.1": Side.PRIVATE,
    "198.18.0.1": Side.PRIVATE,
    "::ffff:10.0.0.1": Side.PRIVATE,
    "fd12:3456::1": Side.PRIVATE,
    "255.255.255.255": Side.PRIVATE,
    "240.0.0.1": Side.PRIVATE,
    "100.100.100.200": Side.LINK_LOCAL,
    "168.63.129.16": Side.LINK_LOCAL,
    "192.0.0.192": Side.LINK_LOCAL,
    "fd20:ce::254": Side.LINK_LOCAL,
    "::a9fe:a9fe": Side.LINK_LOCAL,
    "::ffff:0:a9fe:a9fe": Side.LINK_LOCAL,
    "64:ff9b:1::a9fe:a9fe": Side.LINK_LOCAL,
    "2001:470:1::5efe:a9fe:a9fe": Side.LINK_LOCAL,
    "2001:0:4136:e378:8000:63bf:5601:5601": Side.LINK_LOCAL,
    "::7f00:1": Side.LOOPBACK,
    "::ffff:0:7f00:1": Side.LOOPBACK,
    "2002:7f00:1::": Side.LOOPBACK,
    "fec0::1": Side.PRIVATE,
    "3fff::1": Side.PRIVATE,
    "4000::1": Side.PRIVATE,
    "5f00::1": Side.PRIVATE,
    "2001:db8::1": Side.PRIVATE,
}


@pytest.mark.parametrize(("address", "side"), SIDES.items())
def test_an_address_is_where_it_is_however_it_is_written(address, side):
    assert side_of(address) is side


def place(address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return family, socket.SOCK_STREAM, 0, "", (address, 443)


def may_download(address, *, github):
    known = Reach()
    known.open_to_github(place(github)).close()
    try:
        known.open_to_storage(place(address)).close()
    except Forbidden:
        return False
    return True


@pytest.mark.parametrize("address", SIDES)
def test_from_github_com_downloads_come_from_public_addresses_only(address):
    assert may_download(address, github="140.82.112.3") is (SIDES[address] is Side.PUBLIC)


@pytest.mark.parametrize("address", SIDES)
def test_from_a_server_in_a_private_network_they_may_come_from_there_too(address):
    assert may_download(address, github="10.1.2.3") is (SIDES[address] in (Side.PUBLIC, Side.PRIVATE))


@pytest.mark.parametrize("address", [one for one, side in SIDES.items() if side is Side.LINK_LOCAL])
def test_where_clouds_give_out_credentials_nothing_is_ever_fetched(address):
    assert not may_download(address, github="169.254.1.1")


@pytest.fixture
async def fake():
    started = await serve(FakeGitHub(prefix="/api/v3"))
    yield started
    await started.server.close()


@pytest.fixture
def connect(fake, private_key):
    """Make the client that the bot has."""

    def make(wire):
        patience = Patience(fresh=(0,), reads=(0,), write_pause=0)
        return GitHub(wire, app_id=1, private_key=private_key, patience=patience).repository(9, "acme", "shop")

    return make


@pytest.fixture
async def wire(fake):
    async with open_wire(api_url=fake.url(), user_agent="FlakeGuard/test") as opened:
        yield opened


@pytest.fixture
def repo(connect, wire):
    return connect(wire)


@pytest.fixture
async def elsewhere():
    """A server that is not GitHub's; it remembers what it was asked."""
    asked = []

    async def answer(request):
        asked.append(request.path)
        return web.Response(body=b"x")

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", answer)
    async with TestServer(app) as server:
        server.asked = asked
        yield server


async def download(fake, repo, tmp_path, location):
    """Ask for an artifact of which GitHub says that it is there."""
    fake.says("GET", ZIP, Say(302, headers={"Location": location}))
    try:
        await download_artifact(repo, 5, tmp_path / "a.zip", limit=1_000)
    except UnexpectedAnswer:
        assert not (tmp_path / "a.zip").exists()
        raise


SCHEMES = {
    "a file": "file:///etc/passwd",
    "a file of a host": "file://evil/etc/passwd",
    "gopher": "gopher://127.0.0.1:6379/_FLUSHALL",
    "ftp": "ftp://evil.example/x",
    "data": "data:application/zip;base64,UEs=",
    "a script": "javascript:alert(1)",
    "a socket": "unix:///var/run/docker.sock",
    "a web socket": "ws://evil.example/",
    "a port that is none": "http://evil.example:99999/",
    "port zero": "http://127.0.0.1:0/",
}


@pytest.mark.parametrize("location", SCHEMES.values(), ids=SCHEMES)
async def test_a_download_is_of_the_web_or_none(fake, repo, tmp_path, location):
    with pytest.raises(UnexpectedAnswer):
        await download(fake, repo, tmp_path, location)


async def test_a_storage_over_plain_http_is_none_of_a_github_over_https(fake, wire, repo, tmp_path):
    wire.root = wire.root.with_scheme("https")
    with pytest.raises(UnexpectedAnswer, match="redirected to http"):
        await download(fake, repo, tmp_path, "http://storage.example/x")


INSIDE = {
    "metadata of a cloud": "http://169.254.169.254/latest/meta-data/",
    "metadata of a cloud, within IPv6": "http://[::ffff:169.254.169.254]/",
    "metadata of a cloud over IPv6": "http://[fd00:ec2::254]/",
    "a private address": "http://10.0.0.1/",
    "a private address with a password": "http://a:b@192.168.0.1:8080/",
}


@pytest.mark.parametrize("location", INSIDE.values(), ids=INSIDE)
async def test_a_download_from_where_github_is_not_is_refused_before_anything_is_sent(fake, repo, tmp_path, location):
    with pytest.raises(UnexpectedAnswer, match="a network that is not GitHub's"):
        await download(fake, repo, tmp_path, location)


@pytest.mark.parametrize("location", INSIDE.values(), ids=INSIDE)
async def test_a_storage_that_sends_us_on_cannot_send_us_there(fake, repo, tmp_path, location):
    fake.says("GET", "/on", Say(302, headers={"Location": location}))
    with pytest.raises(UnexpectedAnswer, match="a network that is not GitHub's"):
        await download(fake, repo, tmp_path, fake.url("/on"))


class AtGitHubCom(Reach):
    """As if GitHub had been reached at a public address."""

    def open_to_github(self, where):
        return reach._open(where)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "0", "[::ffff:127.0.0.1]"])
async def test_neither_a_name_nor_an_odd_spelling_hides_where_it_leads(
    fake, connect, elsewhere, tmp_path, monkeypatch, host
):
    monkeypatch.setattr("app.github.wire.Reach", AtGitHubCom)
    async with open_wire(api_url=fake.url(), user_agent="FlakeGuard/test") as wire:
        with pytest.raises(UnexpectedAnswer, match=r"a network that is not GitHub's|a redirect to nowhere"):
            await download(fake, connect(wire), tmp_path, f"http://{host}:{elsewhere.port}/x")
    assert elsewhere.asked == []


async def test_a_server_in_our_own_network_has_its_storage_there(fake, repo, elsewhere, tmp_path):
    await download(fake, repo, tmp_path, str(elsewhere.make_url("/artifact")))
    assert elsewhere.asked == ["/artifact"]


AWAY = {
    "another host": "http://evil.example/api/v3/repositories/7",
    "another port": "http://127.0.0.1:1/api/v3/repositories/7",
    "another scheme": "https://127.0.0.1:{port}/api/v3/repositories/7",
    "a host without a scheme": "//evil.example/api/v3/repositories/7",
    "a user": "http://127.0.0.1@evil.example/api/v3/repositories/7",
    "a password": "http://127.0.0.1:{port}@evil.example/api/v3/repositories/7",
    "a user at our own host": "http://evil@127.0.0.1:{port}/api/v3/repositories/7",
    "a host that begins like ours": "http://127.0.0.1.evil.example:{port}/api/v3/repositories/7",
    "a path beside the API": "/login",
    "a path that begins like the API's": "/api/v3evil/repositories/7",
    "a path that climbs": "/api/v3/../../login",
    "a path that climbs in disguise": "/api/v3/%2e%2e/%2e%2e/login",
    "a file": "file:///etc/passwd",
    "another name of our host": "http://localhost:{port}/api/v3/repositories/7",
}


@pytest.mark.parametrize("location", AWAY.values(), ids=AWAY)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_the_token_goes_nowhere_but_to_the_api(fake, repo, method, location):
    fake.says(method, REPO, Say(307, headers={"Location": location.format(port=fake.server.port)}))
    with pytest.raises(UnexpectedAnswer, match="redirected out of the API"):
        await (repo.client.get(repo.route("")) if method == "GET" else repo.client.post(repo.route(""), {}))
    assert {one.path for one in fake.without_minting} == {f"/api/v3{REPO}"}


@pytest.mark.parametrize("location", ["http://evil.example/api/v3/x?page=2", "//evil.example/api/v3/x", "/login", "x"])
async def test_a_next_page_elsewhere_is_asked_of_nobody_else(fake, repo, location):
    fake.says("GET", f"{REPO}/labels", Say(body=[{"id": 1}], headers={"Link": f'<{location}>; rel="next"'}))
    fake.says("GET", "/x", Say(body=[]))
    try:
        assert [one.number("id") async for one in repo.client.get_all(repo.route("/labels"))] == [1]
    except UnexpectedAnswer as refused:
        assert "outside of the API" in str(refused)  # noqa: PT017 - either will do
    assert {one.path.removeprefix("/api/v3") for one in fake.without_minting} <= {f"{REPO}/labels", "/x"}
