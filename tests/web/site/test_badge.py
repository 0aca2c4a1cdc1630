"""Badges: open for public repositories, by a signed address for private ones, and silent for all else."""

import re


async def prove(conn):
    """Let the one test that has failed be flaky, without the ten runs that this takes."""
    await conn.execute("UPDATE fg_flake_score SET standing = 'flaky'")


async def test_a_badge_tells_of_a_public_repository_to_everybody(repo, bot, browse, conn):
    await prove(conn)
    repo.data.is_private = False
    await repo.push(branch="main", files={"a.py": "1"}, message="m", author="dana")
    await bot.settle()
    seen = await browse().get("/badge/acme/web.svg")
    assert (seen.status, seen.headers["Cache-Control"]) == (200, "public, max-age=300")
    assert seen.headers["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert "flaky tests: 1" in seen.text
    again = await browse().get("/badge/acme/web.svg", headers={"If-None-Match": seen.headers["Etag"]})
    assert (again.status, again.text) == (304, "")


async def test_a_private_one_is_shown_to_who_has_its_signed_address_and_else_like_one_that_is_not_there(
    repo, browse, conn
):
    await prove(conn)
    dana, stranger = browse(), browse()
    await dana.sign_in("dana")
    page = (await dana.get("/repos/acme/web")).text
    there = re.search(r"/badge/acme/web\.svg\?key=\w+", page)[0]
    seen = await stranger.get(there)
    assert (seen.status, seen.headers["Cache-Control"]) == (200, "private, max-age=300")
    assert "flaky tests: 1" in seen.text
    refused = [
        await stranger.get(one)
        for one in ("/badge/acme/web.svg", "/badge/acme/web.svg?key=0", "/badge/acme/nothing.svg", f"{there}0")
    ]
    assert {(one.status, one.text, one.headers["Cache-Control"]) for one in refused} == {
        (404, refused[0].text, "no-store")
    }
    assert "unknown" in refused[0].text
