"""An App is made from a manifest and installed, on pages as GitHub's: with a code that is good once and for an hour."""

import html
import json
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import aiohttp
import pytest
import yaml

from tests.sandbox.conftest import Asker, sign

MANIFEST = yaml.safe_load((Path(__file__).parents[2] / "manifest.yml").read_text()) | {
    "redirect_url": "http://127.0.0.1:8080/setup/callback",
    "callback_urls": ["http://127.0.0.1:8080/login/callback"],
    "setup_url": "http://127.0.0.1:8080/setup/installed",
}


class Maker:
    """Makes an App as a person would, page by page."""

    def __init__(self, github, session):
        self.github = github
        self.session = session

    async def open(self, manifest, path="/settings/apps/new", state="s1"):
        text = manifest if isinstance(manifest, str) else json.dumps(manifest)
        there = f"{self.github.web_url}{path}?state={state}"
        async with self.session.post(there, data={"manifest": text}) as answer:
            return answer.status, await answer.text()

    async def press(self, page, **filled):
        """Press the button of a page: send all of its form, with what was filled in."""
        fields = {
            html.unescape(name): html.unescape(value)
            for name, value in re.findall(r'<input[^>]* name="(\w+)" value="([^"]*)"', page)
        }
        [action] = re.findall(r'action="([^"]*)"', page)
        async with self.session.post(
            f"{self.github.web_url}{action}", data=fields | filled, allow_redirects=False
        ) as answer:
            return answer.status, answer.headers.get("Location", "")

    async def make(self, manifest=MANIFEST, **filled):
        _, page = await self.open(manifest)
        status, location = await self.press(page, **filled)
        assert status == 302
        return dict(parse_qsl(urlsplit(location).query))["code"]

    async def convert(self, code):
        return await Asker(self.session, "")("POST", f"{self.github.api_url}/app-manifests/{code}/conversions")


@pytest.fixture
async def maker(github, repo):
    async with aiohttp.ClientSession() as session:
        yield Maker(github, session)


async def test_a_manifest_becomes_a_page_with_a_button_which_leads_back_with_a_code_and_the_state(maker):
    status, page = await maker.open(MANIFEST)
    assert status == 200
    assert "Create GitHub App" in page
    _, location = await maker.press(page)
    assert location.startswith(MANIFEST["redirect_url"] + "?code=")
    assert location.endswith("&state=s1")


async def test_the_code_is_traded_once_for_an_app_that_the_sandbox_is_from_then_on(github, maker):
    code = await maker.make(name="Our flakes")
    said = await maker.convert(code)
    assert said.status == 201
    made = said.body
    assert (made["slug"], made["name"], made["html_url"]) == (
        "our-flakes",
        "Our flakes",
        f"{github.web_url}/apps/our-flakes",
    )
    assert made["permissions"] == MANIFEST["default_permissions"]
    assert sorted(made["events"]) == sorted(MANIFEST["default_events"])
    assert (made["client_id"], made["client_secret"]) == (github.client_id, github.client_secret)
    assert github.callback_urls == ("http://127.0.0.1:8080/login/callback",)
    assert (made["webhook_secret"], github.webhook_url) == (
        github.webhooks.secret,
        MANIFEST["hook_attributes"]["url"],
    )
    app = Asker(maker.session, f"Bearer {sign(github, issuer=str(made['id']), key=made['pem'])}")
    assert (await app("GET", f"{github.api_url}/app")).body["slug"] == "our-flakes"
    assert (await app("GET", f"{github.api_url}/app/installations")).body == []
    assert (await maker.convert(code)).status == 404
    assert (await maker.convert("guessed")).status == 404


async def test_a_code_is_good_for_an_hour(github, maker):
    github.stage.pending.code_life = timedelta(0)
    assert (await maker.convert(await maker.make())).status == 404


async def test_an_organisations_app_is_made_by_the_organisation(maker):
    status, page = await maker.open(MANIFEST, "/organizations/acme/settings/apps/new")
    assert (status, "for acme" in page) == (200, True)
    assert (await maker.open(MANIFEST, "/organizations/nobody/settings/apps/new"))[0] == 404


@pytest.mark.parametrize(
    ("manifest", "says"),
    [
        ("{", "no JSON"),
        ("[]", "no object"),
        (MANIFEST | {"url": "flakeguard"}, "url must be a valid URL"),
        (MANIFEST | {"hook_attributes": {}}, "url must be a valid URL"),
        (MANIFEST | {"name": "x" * 35}, "too long"),
        (MANIFEST | {"name": ""}, "blank"),
        (MANIFEST | {"callback_urls": ["https://a.example"] * 11}, "10 callback URLs"),
        (MANIFEST | {"default_events": ["installation"]}, "unsupported: installation"),
    ],
)
async def test_a_manifest_that_github_would_not_take_is_refused(maker, manifest, says):
    status, page = await maker.open(manifest)
    assert status == 422
    assert says in page


async def test_who_installs_the_app_lets_it_into_the_accounts_repositories_and_is_led_to_its_set_up_address(
    github, maker, receiver
):
    await maker.convert(await maker.make())
    github.webhook_url = receiver.url
    there = f"{github.web_url}/apps/flakeguard/installations/new"
    async with maker.session.get(there) as answer:
        assert 'value="acme"' in await answer.text()
    form = {"target": "acme", "state": ""}
    async with maker.session.post(there.removesuffix("/new"), data=form, allow_redirects=False) as answer:
        assert answer.headers["Location"].startswith("http://127.0.0.1:8080/setup/installed?installation_id=")
    [(headers, body)] = receiver.taken
    told = json.loads(body)
    assert (headers["X-GitHub-Event"], told["action"]) == ("installation", "created")
    assert [one["full_name"] for one in told["repositories"]] == ["acme/web"]
    assert told["installation"]["permissions"] == MANIFEST["default_permissions"]


async def test_an_app_that_asks_for_it_has_who_installs_it_sign_in(github, maker):
    await maker.convert(await maker.make(MANIFEST | {"request_oauth_on_install": True}))
    github.stage.webhooks.url = None
    there = f"{github.web_url}/apps/flakeguard/installations"
    async with maker.session.post(there, data={"target": "acme"}, allow_redirects=False) as answer:
        query = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
    assert answer.headers["Location"].startswith(github.callback_urls[0])
    assert github.passes.take_code(query["code"]) is not None


async def test_another_apps_page_is_not_there(github, maker):
    async with maker.session.get(f"{github.web_url}/apps/somebody-elses/installations/new") as answer:
        assert answer.status == 404
