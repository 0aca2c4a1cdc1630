"""The pages in a real browser: every page and filter, without a script, on a phone, by keyboard, and as axe sees them."""

import re

import pytest

from tests.web.site.test_who_may_see import OF_A_REPOSITORY, fill

PAGES = ["/", "/account", "/api/docs"] + [
    fill(path.replace("{run_id}", "10000002"))
    for method, path in OF_A_REPOSITORY
    if method == "GET" and path.startswith("/repos/")
]
LISTS = ("/tests", "/clusters", "/runs", "/quarantine", "/audit", "/tests/1")
PHONE = {"width": 360, "height": 740}


async def sign_in(page, bot, login="dana"):
    """Sign in as a person does: our button, then GitHub's page."""
    await page.goto(bot.address)
    await page.click("text=Sign in with GitHub")
    await page.click(f"text={login}")
    await page.wait_for_url(f"{bot.address}/")


async def look(page, bot, path):
    """Open a page, and listen for what goes wrong on it."""
    wrong = []
    page.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    outside = []
    page.on("request", lambda asked: outside.append(asked.url) if not asked.url.startswith(bot.address) else None)
    answer = await page.goto(bot.address + path)
    assert answer.status == 200, path
    await page.wait_for_load_state("networkidle")
    assert wrong == [], path
    assert [one for one in outside if not one.startswith("data:")] == [], path


@pytest.fixture
async def page(chromium, bot, repo):
    context = await chromium.new_context()
    opened = await context.new_page()
    await sign_in(opened, bot)
    yield opened
    await context.close()


async def test_every_page_opens_without_a_complaint_of_the_browser_s_and_asks_nobody_else(page, bot):
    for path in PAGES:
        await look(page, bot, path)
        assert await page.title() != ""
        assert await page.locator("h1").count() == 1, path


async def test_axe_finds_nothing_serious_in_light_and_dark(page, bot):
    axe = pytest.importorskip("axe_playwright_python.async_playwright")
    said = []
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        for path in PAGES:
            await page.goto(bot.address + path)
            said += [
                (path, scheme, one["id"], one["nodes"][0]["html"][:150])
                for one in (await axe.Axe().run(page)).response["violations"]
                if one["impact"] in ("serious", "critical")
            ]
    assert said == [], "\n".join(map(str, said))


async def test_on_a_phone_no_page_is_wider_than_the_screen(page, bot):
    await page.set_viewport_size(PHONE)
    for path in PAGES:
        await page.goto(bot.address + path)
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path


async def test_nothing_moves_while_a_page_loads(page, bot):
    for path in PAGES:
        await page.goto(bot.address + path)
        await page.wait_for_load_state("networkidle")
        shifted = await page.evaluate(
            """() => new Promise(done => {
                let sum = 0;
                new PerformanceObserver(list => list.getEntries().forEach(one => sum += one.value))
                    .observe({type: "layout-shift", buffered: true});
                setTimeout(() => done(sum), 50);
            })"""
        )
        assert shifted == 0, path


async def test_a_long_history_is_drawn_when_it_is_opened_and_not_loaded_before(page, bot):
    axe = pytest.importorskip("axe_playwright_python.async_playwright")
    complaints, asked = [], []
    page.on("console", lambda one: complaints.append(one.text) if one.type in ("error", "warning") else None)
    page.on("request", lambda one: asked.append(one.url))
    for path, pictures in (("/repos/acme/web", 2), ("/repos/acme/web/tests/4", 1)):
        await page.goto(bot.address + path)
        await page.wait_for_load_state("networkidle")
        assert not any("uPlot" in one for one in asked)
        chart = page.locator("details.chart").first
        await chart.locator("summary").focus()
        await page.keyboard.press("Enter")
        await chart.locator(".uplot canvas").nth(pictures - 1).wait_for()
        assert await chart.locator(".uplot").count() == pictures
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        said = (await axe.Axe().run(page)).response["violations"]
        assert [one["id"] for one in said if one["impact"] in ("serious", "critical")] == []
        asked.clear()
    assert complaints == []


async def test_every_filter_narrows_its_list_with_and_without_a_script(chromium, page, bot):
    state = await page.context.storage_state()
    plain = await chromium.new_context(java_script_enabled=False, storage_state=state)
    try:
        for looking, needs_button in ((page, False), (await plain.new_page(), True)):
            for path in LISTS:
                there = f"{bot.address}/repos/acme/web{path}"
                await looking.goto(there)
                names = [await one.get_attribute("name") for one in await looking.locator("form.filters [name]").all()]
                for name in [one for one in names if one not in ("csrf", "action", "reason", "order")]:
                    await looking.goto(there)
                    await choose(looking, name, needs_button=needs_button)
                    assert re.search(rf"[?&]{name}=\w", looking.url), (path, name, looking.url)
                    assert await looking.locator("#list").count() == 1
    finally:
        await plain.close()


async def choose(page, name, *, needs_button):
    """Set one filter to something, and have it applied."""
    form = page.locator("form.filters[method=get]").first
    field = form.locator(f"[name={name}]")
    if await field.evaluate("one => one.tagName") == "SELECT":
        options = await field.locator("option").evaluate_all("all => all.map(one => one.value).filter(Boolean)")
        await field.select_option(options[-1])
    else:
        await field.fill("7")
    if needs_button:
        await form.locator("button").click()
    else:
        await field.dispatch_event("change")
    await page.wait_for_url(re.compile(rf"[?&]{name}="))


async def test_a_person_decides_about_a_test_by_the_keyboard_alone(page, bot):
    await page.goto(f"{bot.address}/repos/acme/web/tests")
    await page.get_by_role("link", name="test_3").focus()
    await page.keyboard.press("Enter")
    await page.locator("summary", has_text="Decide").focus()
    await page.keyboard.press("Enter")
    await page.get_by_label("Because").focus()
    await page.keyboard.type("known flake")
    await page.keyboard.press("Enter")
    await page.wait_for_url(re.compile("decided="))
    await bot.settle()
    await page.goto(f"{bot.address}/repos/acme/web/quarantine")
    assert "known flake" in await page.locator("#list").inner_text()


async def test_the_first_page_is_small(page, bot):
    sizes = []
    page.on("response", lambda answer: sizes.append(answer))  # noqa: PLW0108 - Playwright marks what it is given
    await page.goto(f"{bot.address}/repos/acme/web")
    await page.wait_for_load_state("networkidle")
    total = 0
    for one in sizes:
        got = await one.request.sizes()
        total += got["responseBodySize"] + got["responseHeadersSize"]
    assert total < 60_000
