"""From no credentials to an App: what a person sees and presses, and what is kept of it."""

import json
import stat
from datetime import timedelta

import pytest

from app.settings import Settings
from app.web.setup.choice import BadChoice, Given, guess_public_url
from app.web.setup.keep import AlreadyKept, store
from tests.web.setup.conftest import titles


async def test_everything_leads_to_a_page_that_asks_for_the_code(page, browser):
    shown = await browser.get(f"{page.address}/")
    assert shown.url == f"{page.address}/setup"
    assert 'name="code"' in shown.text
    assert "FLAKEGUARD_PRIVATE_KEY_FILE" in shown.text


async def test_the_code_may_be_typed_in_small_letters_and_with_spaces(page, browser):
    asked = await browser.get(f"{page.address}/setup")
    typed = f" {page.codes[0].lower().replace('-', ' ')} "
    assert titles((await browser.press(asked, code=typed)).text) == ["Choose where it goes"]


async def test_an_app_is_made_kept_and_named_as_the_environment_would_name_it(page, browser, github):
    there = await page.at_github(browser, owner="organization", organization="acme")
    assert there.startswith(f"{page.address}/setup/callback?code=")
    async with browser.session.get(there, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/setup/first-run")
    made = page.made.result()
    assert made.variables == json.loads(page.file.read_text())
    settings = Settings.from_env({"FLAKEGUARD_DATA_DIR": str(page.file.parents[1])})
    assert settings.app_file == page.file
    assert (settings.app.app_id, settings.app.secrets) == (github.world.app_id, (github.webhooks.secret,))
    assert settings.app.private_key.strip() == github.private_key_pem.strip()
    assert (settings.public_url, settings.github_url) == (page.address, github.web_url)
    assert made.variables["FLAKEGUARD_CLIENT_ID"] == github.client_id
    assert made.variables["FLAKEGUARD_CLIENT_SECRET"] == github.client_secret
    assert github.webhook_url == f"{page.address}/webhooks/github"
    assert github.callback_urls == (f"{page.address}/login/callback",)
    assert github.world.registration.name == "FlakeGuard acme"


async def test_what_is_kept_is_for_nobody_elses_eyes_and_nothing_else_lies_about(page, browser):
    await browser.get(await page.at_github(browser))
    assert stat.S_IMODE(page.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(page.file.parent.stat().st_mode) == 0o700
    assert [one.name for one in page.file.parent.iterdir()] == ["app.json"]


async def test_for_a_secret_store_the_secrets_are_shown_once_and_not_kept(page, browser, github):
    shown = await browser.get(await page.at_github(browser, keeping="elsewhere"))
    assert titles(shown.text) == ["Put these where they belong"]
    for secret in (github.private_key_pem.splitlines()[1], github.client_secret, github.webhooks.secret):
        assert secret in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    assert not page.file.exists()
    assert page.made.result().variables["FLAKEGUARD_APP_ID"] == str(github.world.app_id)


async def test_secrets_that_cannot_be_written_are_shown_for_github_never_tells_them_again(page, browser, github):
    page.file.parent.write_text("a file where the folder would be")
    shown = await browser.get(await page.at_github(browser))
    assert "could not be written" in shown.text
    assert github.client_secret in shown.text
    assert page.made.done()


async def test_what_the_operator_has_set_is_not_asked(make_page, browser):
    page = await make_page(public_url="https://flakes.example.com")
    shown = await page.enter(browser)
    assert "https://flakes.example.com" in shown.text
    assert 'name="public_url"' not in shown.text
    assert 'name="github"' not in shown.text


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        ({"public_url": "flakes"}, "Write the address alone"),
        ({"public_url": "https://flakes.example/x"}, "Write the address alone"),
        ({"owner": "organization", "organization": ""}, "name as it stands"),
        ({"owner": "organization", "organization": "acme/../x"}, "name as it stands"),
        ({"owner": "somebody"}, "whose App"),
        ({"keeping": "nowhere"}, "secrets go"),
    ],
)
async def test_what_makes_no_sense_is_told_beside_its_field_and_the_rest_stays_filled_in(page, browser, chosen, says):
    shown = await page.choose(browser, **chosen)
    assert shown.status == 422
    assert says in shown.text
    assert 'role="alert"' in shown.text
    assert shown.form[1]["csrf"]


async def test_what_was_typed_is_there_when_the_page_is_loaded_again_also_after_an_error(page, browser):
    typed = {"public_url": "flakes", "owner": "account", "organization": "acme", "keeping": "elsewhere"}
    assert (await page.choose(browser, **typed)).status == 422
    again = await browser.get(f"{page.address}/setup")
    assert again.status == 200
    assert {name: again.form[1][name] for name in typed} == typed
    assert 'role="alert"' not in again.text
    chosen = await browser.press(again, public_url=page.address)
    assert titles(chosen.text) == ["Create the App on GitHub"]
    assert (await browser.get(f"{page.address}/setup")).form[1]["organization"] == "acme"


async def test_what_somebody_typed_is_shown_to_nobody_else_and_no_code_is_kept(page, browser, other):
    await page.choose(browser, owner="organization", organization="acme", code="ABCDE-FGHIJ")
    assert "ABCDE-FGHIJ" not in (await browser.get(f"{page.address}/setup")).text.replace(
        'placeholder="ABCDE-FGHIJ"', ""
    )
    assert 'value="acme"' not in (await other.get(f"{page.address}/setup")).text
    assert (await page.enter(other)).form[1]["organization"] == ""


GITHUB_COM = Given(public_url=None, github_url=None)
CHOSEN = {"public_url": "https://flakes.example.com/", "owner": "account", "keeping": "file"}


@pytest.mark.parametrize(
    ("given", "address", "form"),
    [
        ({}, "https://github.com", "https://github.com/settings/apps/new"),
        (
            {"github": "GitHub.example.com"},
            "https://github.example.com",
            "https://github.example.com/settings/apps/new",
        ),
        ({"github": "https://acme.ghe.com/"}, "https://acme.ghe.com", "https://acme.ghe.com/settings/apps/new"),
        (
            {"owner": "organization", "organization": "acme"},
            "https://github.com",
            "https://github.com/organizations/acme/settings/apps/new",
        ),
    ],
)
def test_each_github_takes_manifests_at_its_own_address(given, address, form):
    choice = GITHUB_COM.choose(CHOSEN | given)
    assert (choice.github_url, choice.form_address) == (address, form)
    assert choice.public_url == "https://flakes.example.com"


def test_a_public_address_that_github_cannot_reach_is_refused():
    for host in ("localhost:8080", "127.0.0.1", "[::1]:8080", "x.localhost"):
        with pytest.raises(BadChoice, match="cannot reach"):
            GITHUB_COM.choose(CHOSEN | {"public_url": f"http://{host}"})


@pytest.mark.parametrize(
    ("host", "guess"),
    [
        ("flakes.example.com", "https://flakes.example.com"),
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("[::1]:8080", "http://[::1]:8080"),
        ('evil"><script>', ""),
        ("a b", ""),
    ],
)
def test_the_address_to_begin_with_is_guessed_from_the_host(host, guess):
    assert guess_public_url(host) == guess


async def test_who_dawdles_begins_anew(page, browser):
    await page.enter(browser)
    page.now += timedelta(hours=1)
    assert 'name="code"' in (await browser.get(f"{page.address}/setup")).text


async def test_github_that_does_not_answer_is_asked_again_by_loading_the_page_again(page, browser, github):
    there = await page.at_github(browser)
    github.fail_next(502, path="/app-manifests/*")
    shown = await browser.get(there)
    assert (shown.status, "once more" in shown.text) == (502, True)
    async with browser.session.get(there, allow_redirects=False) as answer:
        assert answer.status == 303


@pytest.mark.parametrize("status", [401, 403])
async def test_what_github_says_against_it_is_told_with_a_way_that_goes_on(page, browser, github, status):
    there = await page.at_github(browser)
    github.fail_next(status, path="/app-manifests/*", message="Must authenticate to access this API")
    shown = await browser.get(there)
    assert shown.status == 502
    assert "Must authenticate to access this API. Load this page once more" in shown.text
    assert "docs/setup.md" in shown.text
    async with browser.session.get(there, allow_redirects=False) as answer:
        assert answer.status == 303


async def test_what_is_kept_is_never_written_over(tmp_path):
    file = tmp_path / "app" / "app.json"
    store(file, {"FLAKEGUARD_APP_ID": "1"})
    with pytest.raises(AlreadyKept):
        store(file, {"FLAKEGUARD_APP_ID": "2"})
    assert json.loads(file.read_text()) == {"FLAKEGUARD_APP_ID": "1"}
    assert [one.name for one in file.parent.iterdir()] == ["app.json"]


async def test_before_there_is_an_app_webhooks_are_refused_and_the_style_is_there(page, browser):
    assert (await browser.post(f"{page.address}/webhooks/github", b"{}")).status == 503
    style, script = [await browser.get(f"{page.address}/static/setup.{kind}") for kind in ("css", "js")]
    assert style.headers["Content-Type"].startswith("text/css")
    assert script.headers["Content-Type"].startswith("text/javascript")
