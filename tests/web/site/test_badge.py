"""Badges: open for public repositories, by a signed address for private ones, and silent for all else."""

import re
from xml.etree import ElementTree as ET

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from app.db.connection import open_pool
from app.db.repository_keys import find_key_by_name
from app.web.badge import Badges

KEY, OLDER = "a key of thirty-two characters and more", "the key before it, of many characters"
SEEN = ("Cache-Control", "Content-Type", "Cross-Origin-Resource-Policy", "ETag", "Vary")


@pytest.fixture
async def pool(database_url):
    async with await open_pool(database_url, size=2) as pool:
        yield pool


@pytest.fixture
async def shop(conn):
    """Two repositories, of which acme/shop is public, with two flaky tests and a broken one each; and one that was lost."""
    await conn.execute(
        """
        INSERT INTO fg_repository (external_id, owner, name, is_private, created_at, removed_at)
        VALUES (501, 'acme', 'shop', FALSE, now(), NULL), (502, 'acme', 'vault', TRUE, now(), NULL),
               (503, 'acme', 'lost', FALSE, now(), now())
        """
    )
    await conn.execute(
        """
        WITH test AS (
            INSERT INTO fg_test_case (repo_id, suite, class_name, name, first_seen_at, last_seen_at)
            SELECT repo.id, '', '', 'test ' || n, now(), now()
            FROM fg_repository AS repo CROSS JOIN generate_series(1, 4) AS n
            RETURNING repo_id, id, name
        )
        INSERT INTO fg_flake_score (repo_id, test_id, standing, score, flake_rate, low, high, window_n, runs, failures,
                                    scorer_version, last_updated_at)
        SELECT repo_id, id, CASE name WHEN 'test 1' THEN 'broken' WHEN 'test 4' THEN 'suspect' ELSE 'flaky' END::fg_standing,
               0.5, 0.1, 0.0, 0.2, 10, 10, 1, 1, now()
        FROM test
        """
    )


@pytest.fixture
async def ask(pool):
    """Return a function that asks for a path, and gives back status, text and the headers that matter."""
    app = web.Application()
    Badges(pool=pool, keys=[KEY, OLDER]).add_routes(app)
    async with TestClient(TestServer(app)) as client:

        async def get(path, **headers):
            there = client.make_url("/").join(URL(path, encoded=True))
            async with client.session.get(there, headers=headers) as seen:
                return seen.status, await seen.text(), {name: seen.headers.get(name) for name in SEEN}

        yield get


async def address(pool, name, *, key=KEY):
    async with pool.acquire() as conn:
        return Badges(pool=pool, keys=[key]).address(await find_key_by_name(conn, "acme", name))


async def test_a_badge_tells_of_a_public_repository_to_everybody(shop, ask):
    status, text, headers = await ask("/badge/Acme/SHOP.svg")
    assert (status, headers["Cache-Control"]) == (200, "public, max-age=300")
    assert headers["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert ET.fromstring(text)[0].text == "flaky tests: 1 broken, 2 flaky"


async def test_what_has_not_changed_is_not_sent_again_and_may_still_be_shown_elsewhere(shop, ask):
    _, _, headers = await ask("/badge/acme/shop.svg")
    for known in ("{}", "W/{}", '"other", {}', "*"):
        status, text, again = await ask("/badge/acme/shop.svg", **{"If-None-Match": known.format(headers["ETag"])})
        assert (status, text) == (304, ""), known
        assert again | {"Content-Type": None} == headers | {"Content-Type": None}
        assert again["Cross-Origin-Resource-Policy"] == "cross-origin"


async def test_another_number_has_another_etag(shop, ask, conn):
    _, _, headers = await ask("/badge/acme/shop.svg")
    await conn.execute("UPDATE fg_flake_score SET standing = 'healthy'")
    status, text, _ = await ask("/badge/acme/shop.svg", **{"If-None-Match": headers["ETag"]})
    assert (status, ET.fromstring(text)[0].text) == (200, "flaky tests: none")


async def test_a_private_one_is_shown_to_who_has_its_signed_address_also_while_the_key_is_changed(shop, ask, pool):
    for key in (KEY, OLDER):
        status, text, headers = await ask(await address(pool, "vault", key=key))
        assert (status, headers["Cache-Control"]) == (200, "private, max-age=300")
        assert ET.fromstring(text)[0].text == "flaky tests: 1 broken, 2 flaky"


async def test_a_signed_address_is_found_by_the_new_name_after_a_rename(shop, ask, pool, conn):
    before = await address(pool, "vault")
    await conn.execute("UPDATE fg_repository SET name = 'safe' WHERE name = 'vault'")
    status, _, _ = await ask(before.replace("vault", "safe"))
    assert status == 200


async def test_without_keys_a_private_repository_has_no_badge(shop, pool):
    async with pool.acquire() as conn:
        assert Badges(pool=pool, keys=[]).address(await find_key_by_name(conn, "acme", "vault")) is None


REFUSED = [
    "/badge/acme/vault.svg",
    "/badge/acme/vault.svg?key=",
    "/badge/acme/vault.svg?key=0",
    "/badge/acme/vault.svg?key=" + "0" * 40,
    "/badge/acme/vault.svg?key=" + "a" * 7_000,
    "/badge/acme/vault.svg?key=502-",
    "/badge/acme/vault.svg?key=502-" + "0" * 40,
    "/badge/acme/vault.svg?key=502-%C3%A9",
    "/badge/acme/vault.svg?key=%D9%A5%D9%A0%D9%A2-" + "0" * 40,
    "/badge/acme/vault.svg?key=" + "5" * 7_000 + "-0",
    "/badge/acme/vault.svg?key=%ff%fe%00",
    "/badge/acme/vault.svg?key=%ED%A0%80",
    "/badge/acme/vault.svg?key=%C3%A9",
    "/badge/acme/vault.svg?key=a&key=b",
    "/badge/acme/vault.svg?key[]=a",
    "/badge/acme/nothing.svg",
    "/badge/nobody/vault.svg",
    "/badge/acme/lost.svg",
    "/badge/acme/.svg.svg",
    "/badge/acme/...svg",
    "/badge/acme/vault.svg.svg",
]


@pytest.mark.attack("access")
async def test_who_has_no_key_cannot_tell_a_private_repository_from_none(shop, ask):
    absent = await ask("/badge/nobody/nothing.svg")
    assert [path for path in REFUSED if await ask(path) != absent] == []
    assert (absent[0], absent[2]["Cache-Control"], absent[2]["ETag"]) == (404, "no-store", None)
    assert ET.fromstring(absent[1])[0].text == "flaky tests: unknown"


@pytest.mark.attack("access")
async def test_a_key_of_one_repository_opens_no_other(shop, ask, pool, conn):
    await conn.execute("UPDATE fg_repository SET is_private = TRUE")
    key = (await address(pool, "shop")).partition("?")[2]
    assert (await ask(f"/badge/acme/shop.svg?{key}"))[0] == 200
    assert (await ask(f"/badge/acme/vault.svg?{key}"))[0] == 404


@pytest.mark.attack("access")
async def test_for_who_is_refused_no_test_is_counted_so_that_time_does_not_tell_of_them(shop, ask, conn):
    await conn.execute("ALTER TABLE fg_flake_score RENAME TO fg_away")
    assert (await ask("/badge/acme/vault.svg"))[0] == 404
    assert (await ask("/badge/acme/shop.svg"))[0] == 500


HOSTILE = [
    "/badge/acme/%3Cscript%3Ealert(1)%3C%2Fscript%3E.svg",
    "/badge/%22onload=%22x/shop.svg",
    "/badge/acme/..%2f..%2fetc%2fpasswd.svg",
    "/badge/acme/%00.svg",
    "/badge/acme/shop.svg%0d%0aX:1",
    "/badge/acme/' OR 1=1 --.svg",
    "/badge/acme/" + "a" * 7_000 + ".svg",
    "/badge/" + "a" * 7_000 + "/shop.svg",
    "/badge/acme/%E2%80%AEgvs.svg",
]


@pytest.mark.attack("paths")
async def test_a_name_that_no_repository_can_have_is_not_even_looked_for(shop, ask):
    for path in HOSTILE:
        assert (await ask(path.replace(" ", "%20")))[:2] == (404, "404: Not Found"), path[:60]


@pytest.mark.attack("paths")
async def test_an_address_of_a_hundred_kilobytes_is_refused(shop, ask):
    status, _, _ = await ask("/badge/acme/" + "a" * 100_000 + ".svg")
    assert status in (400, 414)
    assert (await ask("/badge/acme/shop.svg"))[0] == 200


async def test_the_page_of_a_private_repository_names_its_signed_address(repo, browse, conn):
    # Proven flaky without the ten runs that this takes.
    await conn.execute("UPDATE fg_flake_score SET standing = 'flaky'")
    dana, stranger = browse(), browse()
    await dana.sign_in("dana")
    page = (await dana.get("/repos/acme/web")).text
    seen = await stranger.get(re.search(r"/badge/acme/web\.svg\?key=[\w-]+", page)[0])
    assert (seen.status, ET.fromstring(seen.text)[0].text) == (200, "flaky tests: 1")
