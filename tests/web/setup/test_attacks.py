"""Who has not the code gets nowhere, and who has it is led nowhere but where they chose."""

import pytest

from app.web.setup.choice import BadChoice, Given
from app.web.setup.door import TRIES
from tests.web.setup.conftest import minutes, titles

pytestmark = pytest.mark.attack("set-up")

ELSEWHERE = "https://evil.example"


async def try_codes(page, browser, number):
    asked = await browser.get(f"{page.address}/setup")
    return [(await browser.press(asked, code="AAAAA-AAAAA")).status for _ in range(number)]


@pytest.mark.parametrize("code", ["", "AAAAA-AAAAA", "A" * 5_000, "ÄÖÜ", "\0"])
async def test_a_wrong_code_opens_nothing(page, browser, code):
    shown = await browser.press(await browser.get(f"{page.address}/setup"), code=code)
    assert shown.status == 403
    assert "Set-Cookie" not in shown.headers


async def test_five_wrong_codes_lock_the_door_for_a_minute_even_to_the_right_one(page, browser, other):
    assert await try_codes(page, browser, TRIES) == [403] * TRIES
    shown = await page.enter(other)
    assert (shown.status, shown.headers["Retry-After"]) == (429, "61")
    assert await try_codes(page, browser, 1) == [429]
    page.now += minutes(1)
    assert titles((await page.enter(other)).text) == ["Choose where it goes"]


async def test_a_code_opens_once(page, browser, other):
    first = page.codes[0]
    await page.enter(browser)
    assert (await other.press(await other.get(f"{page.address}/setup"), code=first)).status == 403
    assert page.codes[1:] == [page.codes[-1]]
    assert page.codes[-1] != first


async def test_whoever_gives_the_next_code_ends_the_visit_before(page, browser, other):
    asked = await page.enter(browser)
    await page.enter(other)
    assert (await browser.press(asked, owner="account", public_url=page.address)).status == 403


@pytest.mark.parametrize("path", ["/setup/choice", "/setup/callback?code=abc&state=abc"])
async def test_without_the_code_there_is_no_way_past_the_door(page, browser, path):
    method = browser.post if path == "/setup/choice" else browser.get
    there = f"{page.address}{path}"
    shown = await (method(there, {"owner": "account"}) if method == browser.post else method(there))
    assert shown.status == 403
    assert not page.made.done()


async def test_a_form_without_the_visits_own_mark_is_refused(page, browser):
    asked = await page.enter(browser)
    for csrf in ("", "x" * 43, asked.form[1]["csrf"][:-1]):
        assert (await browser.press(asked, csrf=csrf, owner="account")).status == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": ELSEWHERE},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1"},
        {"Origin": "http://127.0.0.1:99999999"},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/setup/code", "/setup/choice"])
async def test_a_form_that_another_page_sent_is_refused(page, browser, headers, path):
    asked = await page.enter(browser)
    form = asked.form[1] | {"code": page.codes[-1], "owner": "account"}
    assert (await browser.post(f"{page.address}{path}", form, **headers)).status == 403
    assert len(page.codes) == 2


@pytest.mark.parametrize("path", ["/setup/code", "/setup/choice"])
async def test_forms_are_small_and_of_the_usual_kind(page, browser, path):
    there = f"{page.address}{path}"
    assert (await browser.post(there, {"code": "x" * 20_000})).status == 413
    assert (await browser.post(there, b"{}", **{"Content-Type": "application/json"})).status == 415

    async def endless():
        for _ in range(3):
            yield b"x" * 10_000

    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await browser.post(there, endless(), **form)).status == 413
    assert (await browser.post(there, b"a=1&" * 30, **form)).status == 400
    assert (await browser.post(there, b"a=\xff", **form)).status == 400


async def test_the_state_is_good_once(page, browser, other, github):
    there = await page.at_github(browser)
    github.fail_next(404, path="/app-manifests/*")
    assert [(await browser.get(there)).status for _ in range(2)] == [403, 403]
    assert not page.made.done()


async def test_the_state_is_good_in_the_browser_that_chose_alone(page, browser, other):
    there = await page.at_github(browser)
    assert (await other.get(there)).status == 403
    await page.enter(other)
    assert (await other.get(there)).status == 403
    assert (await browser.get(there)).status == 403
    assert not page.made.done()


@pytest.mark.parametrize(
    "change",
    [lambda url: url[:-1], lambda url: url.partition("&state")[0], lambda url: url + "x"],
    ids=["shorter", "none", "longer"],
)
async def test_another_state_is_refused(page, browser, change):
    assert (await browser.get(change(await page.at_github(browser)))).status == 403


@pytest.mark.parametrize("code", ["", "..%2F..%2Fapp", "a%2Fb", "x" * 300, "%00"])
async def test_a_code_that_is_none_is_taken_nowhere(page, browser, github, code):
    state = (await page.at_github(browser)).rpartition("state=")[2]
    before = len(github.requests)
    assert (await browser.get(f"{page.address}/setup/callback?code={code}&state={state}")).status == 403
    assert len(github.requests) == before


async def test_githubs_code_of_before_makes_no_second_app(page, browser, github):
    first = await page.at_github(browser)
    async with browser.session.post(f"{github.api_url}/app-manifests/{first.partition('code=')[2][:40]}/conversions"):
        pass
    assert (await browser.get(first)).status == 403
    assert not page.made.done()


async def test_after_set_up_there_is_no_set_up(page, browser, other):
    there = await page.at_github(browser)
    async with browser.session.get(there, allow_redirects=False):
        pass
    for path in ("/", "/setup", there.removeprefix(page.address)):
        assert (await other.get(page.address + path)).status == 404
        assert (await browser.get(page.address + path)).status == 404
    assert (await browser.post(f"{page.address}/setup/code", {"code": page.codes[-1]})).status == 404


async def test_who_is_second_leaves_what_the_first_one_kept(make_page, browser, other):
    first, second = await make_page(), await make_page()
    late = await second.at_github(other)
    await browser.get(await first.at_github(browser))
    kept = first.file.read_text()
    shown = await other.get(late)
    assert (shown.status, first.file.read_text()) == (409, kept)
    assert not second.made.done()


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80@x", '127.0.0.1:1"><script>alert(1)</script>'])
async def test_the_host_that_a_request_names_is_a_proposal_and_never_written_unescaped(page, browser, host):
    await page.enter(browser)
    shown = await browser.get(f"{page.address}/setup", Host=host)
    assert "<script>alert" not in shown.text
    assert 'name="public_url"' in shown.text


async def test_a_public_address_that_is_not_where_the_browser_is_gets_no_button(page, browser):
    shown = await page.choose(browser, public_url="http://127.0.0.1:1")
    assert shown.status == 422
    assert "begin there" in shown.text


async def test_forwarded_hosts_are_not_believed(page, browser):
    asked = await page.enter(browser)
    form = asked.form[1] | {"owner": "account", "keeping": "file", "public_url": page.address}
    shown = await browser.post(
        f"{page.address}/setup/choice", form, **{"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    )
    assert "evil.example" not in shown.text


NOT_A_SERVER = [
    "http://github.example.com", "https://user:pass@github.example.com", "github.example.com/path", "github.example.com?x",
    "github.example.com#x", "javascript:alert(1)", "file:///etc/passwd", "localhost", "127.0.0.1", "127.0.0.1:5432",
    "[::1]", "0.0.0.0", "169.254.169.254", "224.0.0.1", "github.example.com:99999999", "a..b", "-a.example", "a b.example",
    "github.example.com\r\nX: y", "x" * 400, "api.localhost", "git\u200bhub.com", "//github.com", "https://https://x",
    "github.com%2f@evil.example", "\\\\github.com",
]  # fmt: skip


@pytest.mark.parametrize("github", NOT_A_SERVER)
def test_what_is_no_server_of_githubs_is_never_asked(github):
    form = {"public_url": "https://flakes.example.com", "owner": "account", "keeping": "file", "github": github}
    with pytest.raises(BadChoice) as caught:
        Given(public_url=None, github_url=None).choose(form)
    assert caught.value.field == "github"


NOT_AN_ADDRESS = [
    "", "flakes.example.com", "ftp://flakes.example.com", "https://user@flakes.example.com", "https://flakes.example.com/a",
    "https://flakes.example.com?x=1", "https://flakes.example.com#x", "javascript:alert(1)", "https://", "https://a b",
    'https://x"><script>', "https://x\r\nSet-Cookie: a=b", "https://" + "x" * 400,
]  # fmt: skip


@pytest.mark.parametrize("address", NOT_AN_ADDRESS)
def test_what_is_no_public_address_is_told_to_nobody(address):
    with pytest.raises(BadChoice) as caught:
        Given(public_url=None, github_url=None).choose({"public_url": address, "owner": "account", "keeping": "file"})
    assert caught.value.field == "public_url"


async def test_every_answer_lets_nothing_in_from_elsewhere(page, browser, github):
    shown = [
        await browser.get(f"{page.address}/setup"),
        await browser.press(await browser.get(f"{page.address}/setup"), code="wrong"),
        await page.enter(browser),
        await page.choose(browser),
        await browser.get(f"{page.address}/setup/callback"),
        await browser.get(f"{page.address}/static/setup.css"),
    ]
    for one in shown:
        policy = one.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; ")
        assert policy.endswith("frame-ancestors 'none'; base-uri 'none'")
        assert one.headers["Cache-Control"] == "no-store"
        assert " style=" not in one.text
        assert "<script>" not in one.text
    assert [one.headers["Content-Security-Policy"].count(github.web_url) for one in shown] == [0, 0, 0, 1, 0, 0]


async def test_the_cookie_is_for_this_browser_and_these_pages_alone(make_page, browser):
    page = await make_page(public_url="https://flakes.example.com")
    asked = await browser.get(f"{page.address}/setup")
    async with browser.session.post(
        f"{page.address}/setup/code", data={"code": page.codes[-1]}, allow_redirects=False
    ) as answer:
        cookie = answer.headers["Set-Cookie"]
    assert asked.status == 200
    for word in ("HttpOnly", "SameSite=Lax", "Path=/setup", "Secure"):
        assert word in cookie
