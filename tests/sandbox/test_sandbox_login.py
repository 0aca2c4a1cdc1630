"""People sign in by the App as GitHub documents it, and their tokens open what both they and the App may read."""

import base64
import hashlib
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

import aiohttp
import pytest

from app.sandbox.github import ENTERPRISE_SERVER, SandboxGitHub
from tests.sandbox.conftest import START, Asker

CALLBACK = "http://127.0.0.1:8080/login/callback"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


class Browser:
    """Goes through the pages as a person's browser would, and asks for tokens as the App would."""

    def __init__(self, github, session):
        self.github = github
        self.session = session

    async def open(self, **query):
        asked = {"client_id": self.github.client_id, "redirect_uri": CALLBACK, "state": "s1"} | query
        there = f"{self.github.web_url}/login/oauth/authorize?{urlencode(asked)}"
        async with self.session.get(there, allow_redirects=False) as answer:
            return answer.status, answer.headers.get("Location"), await answer.text()

    async def code(self, login, **query):
        status, location, _ = await self.open(**query, **{"as": login})
        assert status == 302
        return dict(parse_qsl(urlsplit(location).query))["code"]

    async def exchange(self, **form):
        asked = {"client_id": self.github.client_id, "client_secret": self.github.client_secret} | form
        there = f"{self.github.web_url}/login/oauth/access_token"
        async with self.session.post(there, data=asked, headers={"Accept": "application/json"}) as answer:
            assert answer.status == 200
            return await answer.json()

    async def sign_in(self, login):
        given = await self.exchange(code=await self.code(login))
        return Asker(self.session, f"Bearer {given['access_token']}")


@pytest.fixture
async def browser(github, repo):
    github.callback_urls = [CALLBACK, "http://127.0.0.1:8080/other"]
    repo.grant("dana", "write")
    github.world.account("eve")
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(github.api_url, cookie_jar=jar) as session:
        yield Browser(github, session)


async def test_a_page_has_a_button_for_each_person_and_none_for_organisations(github, browser):
    status, _, text = await browser.open(login="eve")
    assert status == 200
    assert text.index("as=eve") < text.index("as=dana")
    assert "as=acme" not in text
    assert "state=s1" in text


async def test_who_has_said_it_once_is_led_back_at_once_until_asked_to_choose(browser):
    _, location, _ = await browser.open(**{"as": "dana"})
    assert location.startswith(f"{CALLBACK}?code=")
    assert location.endswith("&state=s1")
    assert (await browser.open())[0] == 302
    assert (await browser.open(prompt="select_account"))[0] == 200


async def test_a_person_who_does_not_exist_is_asked_who_they_are(browser):
    assert (await browser.open(**{"as": "nobody"}))[0] == 200


async def test_only_registered_addresses_are_led_to(github, browser):
    _, location, _ = await browser.open(redirect_uri="http://evil.example/", **{"as": "dana"})
    assert location.startswith(f"{CALLBACK}?error=redirect_uri_mismatch")
    assert (await browser.open(client_id="Iv23liSomebodyElse"))[0] == 404
    assert (await browser.open(code_challenge=CHALLENGE, code_challenge_method="plain"))[0] == 400


async def test_a_code_buys_one_token_for_eight_hours_and_the_means_to_renew_it(browser):
    code = await browser.code("dana")
    given = await browser.exchange(code=code, redirect_uri=CALLBACK)
    assert given["access_token"].startswith("ghu_")
    assert (given["token_type"], given["expires_in"], given["scope"]) == ("bearer", 28_800, "")
    assert (await browser.exchange(code=code))["error"] == "bad_verification_code"
    renewed = await browser.exchange(grant_type="refresh_token", refresh_token=given["refresh_token"])
    assert renewed["access_token"] not in (None, given["access_token"])
    again = await browser.exchange(grant_type="refresh_token", refresh_token=given["refresh_token"])
    assert again["error"] == "bad_refresh_token"


async def test_who_does_not_ask_for_json_gets_a_form(github, browser, session):
    form = {"client_id": github.client_id, "client_secret": github.client_secret, "code": "made-up"}
    async with session.post(f"{github.web_url}/login/oauth/access_token", data=form) as answer:
        assert dict(parse_qsl(await answer.text()))["error"] == "bad_verification_code"


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"client_secret": "guessed"}, "incorrect_client_credentials"),
        ({"client_id": "guessed"}, "incorrect_client_credentials"),
        ({"code": "guessed"}, "bad_verification_code"),
        ({"code_verifier": "w" * 43}, "bad_verification_code"),
        ({"redirect_uri": "http://127.0.0.1:8080/other"}, "redirect_uri_mismatch"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
async def test_what_is_wrong_is_told_as_github_tells_it(browser, wrong, error):
    code = await browser.code("dana", code_challenge=CHALLENGE, code_challenge_method="S256")
    said = await browser.exchange(**{"code": code, "code_verifier": VERIFIER} | wrong)
    assert said["error"] == error
    assert said["error_description"]
    assert said["error_uri"].endswith(error.replace("_", "-"))


async def test_a_code_with_a_challenge_is_good_for_whoever_has_its_verifier(browser):
    code = await browser.code("dana", code_challenge=CHALLENGE, code_challenge_method="S256")
    assert "access_token" in await browser.exchange(code=code, code_verifier=VERIFIER)
    code = await browser.code("dana", code_challenge=CHALLENGE)
    assert (await browser.exchange(code=code))["error"] == "bad_verification_code"


async def test_codes_and_tokens_grow_old(github, browser):
    github.passes.code_life = timedelta(0)
    assert (await browser.exchange(code=await browser.code("dana")))["error"] == "bad_verification_code"
    github.passes.code_life, github.passes.token_life = timedelta(minutes=10), timedelta(0)
    dana = await browser.sign_in("dana")
    assert (await dana("GET", "/user")).status == 401


async def test_planted_failures_strike_the_exchange_as_well(github, browser, session):
    github.fail_next(502, path="/login/oauth/access_token")
    async with session.post(f"{github.web_url}/login/oauth/access_token", data={}) as answer:
        assert answer.status == 502


async def test_a_token_tells_whose_it_is(browser):
    dana = await browser.sign_in("dana")
    assert (await dana("GET", "/user")).body["login"] == "dana"


async def test_who_may_read_a_private_repository_sees_it_and_nobody_else_learns_of_it(github, browser):
    secret = github.repository("umbrella/secret", private=True)
    secret.grant("dana", "triage")
    dana, eve = await browser.sign_in("dana"), await browser.sign_in("eve")
    seen = await dana("GET", "/repos/umbrella/secret")
    assert seen.body["permissions"] == {
        "pull": True,
        "triage": True,
        "push": False,
        "maintain": False,
        "admin": False,
    }
    assert (await eve("GET", "/repos/umbrella/secret")).status == 404
    assert (await eve("GET", "/repos/acme/web")).body["permissions"]["push"] is False
    secret.grant("dana", "none")
    assert (await dana("GET", "/repos/umbrella/secret")).status == 404


async def test_a_role_of_the_organisations_own_gives_the_rights_that_it_builds_on(github, browser):
    secret = github.repository("umbrella/secret", private=True)
    secret.grant("dana", "release crew", based_on="write")
    dana = await browser.sign_in("dana")
    assert (await dana("GET", "/repos/umbrella/secret")).body["permissions"]["push"] is True


async def test_what_is_private_is_seen_only_where_the_app_is_installed_and_what_is_public_everywhere(github, browser):
    private = github.repository("zoe/private", private=True, installed=False)
    github.repository("zoe/public", installed=False)
    private.grant("dana", "admin")
    dana = await browser.sign_in("dana")
    assert (await dana("GET", "/repos/zoe/private")).status == 404
    assert (await dana("GET", "/repos/zoe/public")).status == 200
    await github.suspend(secret := github.repository("umbrella/secret", private=True))
    secret.grant("dana", "read")
    assert (await dana("GET", "/repos/umbrella/secret")).status == 404


async def test_lists_have_what_a_person_was_given_explicitly_by_pages(github, browser, repo):
    for number in range(3):
        github.repository(f"acme/p{number}", private=True).grant("dana", "read")
    github.repository("acme/public")
    github.repository("umbrella/secret", private=True)
    dana, eve = await browser.sign_in("dana"), await browser.sign_in("eve")
    listed = await dana("GET", "/user/installations")
    assert [one["account"]["login"] for one in listed.body["installations"]] == ["acme"]
    there = f"/user/installations/{repo.data.installation_id}/repositories"
    page = await dana("GET", f"{there}?per_page=3")
    assert page.body["total_count"] == 4
    assert [one["name"] for one in page.body["repositories"]] == ["web", "p0", "p1"]
    assert page.body["repositories"][0]["permissions"]["push"] is True
    assert 'page=2>; rel="next"' in page.headers["link"]
    assert (await eve("GET", "/user/installations")).body["total_count"] == 0
    assert (await eve("GET", there)).status == 404


async def test_a_persons_token_opens_nothing_that_is_the_apps_or_an_installations(browser, app, ask):
    dana = await browser.sign_in("dana")
    assert (await dana("GET", "/app")).status == 401
    assert (await dana("GET", "/installation/repositories")).status == 403
    assert (await dana("POST", "/repos/acme/web/issues", {"title": "x"})).status == 403
    assert (await app("GET", "/user")).status == 401
    assert (await ask("GET", "/user")).status == 401


async def test_the_app_takes_tokens_back_one_by_one_or_all_of_a_person(github, browser, session):
    first, second, third = [await browser.sign_in("dana") for _ in range(3)]
    basic = base64.b64encode(f"{github.client_id}:{github.client_secret}".encode()).decode()
    us = Asker(session, f"Basic {basic}")
    own = f"/applications/{github.client_id}"

    def shown(who):
        return {"access_token": who.headers["Authorization"].removeprefix("Bearer ")}

    assert (await first("DELETE", f"{own}/token", shown(second))).status == 401
    assert (await us("DELETE", f"{own}/token", shown(first))).status == 204
    assert [(await one("GET", "/user")).status for one in (first, second)] == [401, 200]
    assert (await us("DELETE", f"{own}/token", shown(first))).status == 422
    assert (await us("DELETE", "/applications/other/token", shown(second))).status == 404
    assert (await us("DELETE", f"{own}/grant", shown(second))).status == 204
    assert [(await one("GET", "/user")).status for one in (second, third)] == [401, 401]


async def test_an_enterprise_server_signs_people_in_at_its_own_address(session):
    async with SandboxGitHub(edition=ENTERPRISE_SERVER, callback_urls=[CALLBACK]) as server:
        server.now = START
        server.repository("acme/web", private=True).grant("dana", "read")
        dana = await Browser(server, session).sign_in("dana")
        assert (await dana("GET", f"{server.api_url}/user")).body["login"] == "dana"
        assert (await dana("GET", f"{server.api_url}/repos/acme/web")).status == 200
