"""Signing in with GitHub, and what a browser keeps of it."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web.access.seal import Seal
from app.web.access.session import mask, unmask
from app.web.access.sign_in import own_path


async def test_who_signs_in_comes_back_to_where_they_wanted_to_be(repo, browse):
    browser = browse()
    asked = await browser.get("/repos/acme/web?standing=flaky")
    assert (asked.status, asked.location) == (303, "/login?next=%2Frepos%2Facme%2Fweb%3Fstanding%3Dflaky")
    back = await browser.sign_in("dana", then="%2Frepos%2Facme%2Fweb%3Fstanding%3Dflaky")
    assert (back.status, back.location) == (303, "/repos/acme/web?standing=flaky")
    assert "dana" in (await browser.get("/")).text


async def test_the_browser_keeps_a_cookie_that_no_script_reads_and_nobody_opens(repo, browse):
    browser = browse()
    back = await browser.sign_in("dana")
    said = back.headers["Set-Cookie"]
    assert all(word in said for word in ("HttpOnly", "SameSite=Lax", "Path=/"))
    token = browser.cookies()["flakeguard"]
    assert "dana" not in token
    assert "ghu_" not in token


async def test_github_is_asked_with_a_challenge_and_a_state_of_this_browser(bot, browse):
    begun = await browse().get("/login")
    asked = parse_qs(urlsplit(begun.location).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["state"][0]) >= 32
    assert asked["redirect_uri"] == [f"{bot.address}/login/callback"]


async def test_an_answer_of_github_is_good_in_the_browser_that_asked_for_it_alone(repo, browse):
    hers, his = browse(), browse()
    begun = await hers.get("/login")
    granted = await hers.get(f"{begun.location}&as=dana")
    back = urlsplit(granted.location)
    assert (await his.get(f"{back.path}?{back.query}")).status == 400
    await his.get("/login")
    assert (await his.get(f"{back.path}?{back.query}")).status == 400
    assert his.cookies().keys() <= {"flakeguard-sign-in"}


async def test_a_code_is_good_once(repo, browse):
    browser = browse()
    begun = await browser.get("/login")
    granted = await browser.get(f"{begun.location}&as=dana")
    back = urlsplit(granted.location)
    assert (await browser.get(f"{back.path}?{back.query}")).status == 303
    assert (await browser.get(f"{back.path}?{back.query}")).status == 400


async def test_who_says_no_at_github_is_told_and_not_signed_in(bot, browse):
    browser = browse()
    begun = await browser.get("/login")
    state = parse_qs(urlsplit(begun.location).query)["state"][0]
    said = await browser.get(f"/login/callback?error=access_denied&state={state}")
    assert said.status == 403
    assert "flakeguard" not in browser.cookies()


@pytest.mark.parametrize(
    "there", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:x", "/a\nb", ""]
)
def test_nobody_is_led_elsewhere_by_signing_in(there):
    assert own_path(there) == "/"


async def test_signing_out_takes_a_form_of_ours(repo, browse, github):
    browser = browse()
    await browser.sign_in("dana")
    assert (await browser.ask("POST", "/logout")).status == 403
    assert (await browser.ask("POST", "/logout", data={"csrf": "wrong"})).status == 403
    csrf = (await browser.get("/")).text.partition('name="csrf" value="')[2].partition('"')[0]
    cookie = browser.cookies()["flakeguard"]
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    assert (await browser.ask("POST", "/logout", data={"csrf": csrf}, headers=elsewhere)).status == 403
    assert (await browser.ask("POST", "/logout", data={"csrf": csrf})).status == 303
    assert "flakeguard" not in browser.cookies()
    # Who copied the cookie has nothing of it: GitHub has taken the token back.
    copied = browse()
    copied.jar.update_cookies({"flakeguard": cookie})
    assert (await copied.get("/repos/acme/web")).status == 303


@pytest.mark.attack("access")
@pytest.mark.parametrize("path", ["/logout", "/logout/everywhere"])
async def test_a_form_of_another_site_which_comes_without_the_cookie_ends_no_session(repo, browse, path):
    seen = await browse().ask("POST", path, headers={"Sec-Fetch-Site": "cross-site"})
    assert "Set-Cookie" not in seen.headers


async def test_signing_out_everywhere_ends_every_session(repo, browse, github):
    first, second = browse(), browse()
    await first.sign_in("dana")
    await second.sign_in("dana")
    assert (await second.get("/repos/acme/web")).status == 200
    github.advance(minutes=1)
    csrf = (await first.get("/")).text.partition('name="csrf" value="')[2].partition('"')[0]
    assert (await first.ask("POST", "/logout/everywhere", data={"csrf": csrf})).status == 303
    assert (await second.get("/repos/acme/web")).status == 303
    github.advance(minutes=1)
    await second.sign_in("dana")
    assert (await second.get("/repos/acme/web")).status == 200


async def test_a_session_ends_with_the_day_s_work(repo, browse, github):
    browser = browse()
    await browser.sign_in("dana")
    github.advance(hours=8, minutes=1)
    assert (await browser.get("/repos/acme/web")).status == 303


@given(st.text(max_size=40))
def test_a_masked_secret_is_read_again_and_never_written_alike(secret):
    assert unmask(mask(secret)) == secret
    if len(secret) >= 8:
        assert mask(secret) != mask(secret)


@given(st.text(max_size=40))
def test_what_was_not_masked_reads_as_some_text(text):
    assert isinstance(unmask(text), str)


async def test_pages_come_compressed(bot, browse):
    assert (await browse().get("/")).headers["Content-Encoding"] in ("deflate", "gzip")


def test_what_was_sealed_for_one_purpose_or_by_another_key_does_not_open():
    mine, other, foreign = Seal(["k" * 32], "a"), Seal(["k" * 32], "b"), Seal(["j" * 32], "a")
    text = mine.close([1])
    assert mine.open(text, list[int], seconds=60) == [1]
    assert mine.open(text, list[str], seconds=60) is None
    assert other.open(text, list[int], seconds=60) is None
    assert foreign.open(text, list[int], seconds=60) is None
    assert mine.open(text[:-4] + "AAA=", list[int], seconds=60) is None


def test_a_key_can_be_changed_without_signing_anybody_out():
    text = Seal(["old" * 12], "a").close([1])
    assert Seal(["new" * 12, "old" * 12], "a").open(text, list[int], seconds=60) == [1]


def test_a_session_of_yesterday_is_none(monkeypatch):
    seal = Seal(["k" * 32], "a")
    text = seal._fernet.encrypt_at_time(b"[1]", 0).decode()
    assert seal.open(text, list[int], seconds=int(timedelta(days=1).total_seconds())) is None
