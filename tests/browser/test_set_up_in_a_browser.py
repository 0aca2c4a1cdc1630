"""From no credentials to the first run that was received, as a person does it: by buttons, in Chromium, live."""

import re

import pytest

from app.sandbox.github import Repository
from tests.e2e.leavings import finish_run
from tests.e2e.test_from_nothing_to_a_verdict import github, processes

__all__ = ["github", "processes"]


async def assert_nothing_serious(page):
    axe = pytest.importorskip("axe_playwright_python.async_playwright")
    found = (await axe.Axe().run(page)).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
    assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


async def assert_what_was_typed_and_not_sent_yet_is_kept(page):
    await page.get_by_label("in a secret store").check()
    await page.reload()
    assert await page.get_by_label("Its name").input_value() == "acme"
    assert await page.get_by_label("in a secret store").is_checked()
    await page.get_by_label("here, in").check()


@pytest.mark.parametrize("has_script", [True, False], ids=["with a script", "without one"])
async def test_a_person_sets_it_up_and_sees_the_first_run_come(chromium, github, processes, has_script):
    github.world.repositories["acme/web"].roles["dana"] = "admin"
    github.world.account("dana")
    served = await processes.serve("all")
    context = await chromium.new_context(
        java_script_enabled=has_script, viewport={"width": 360, "height": 740} if has_script else None
    )
    page = await context.new_page()
    complaints = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    [code] = re.findall(r"/setup with the code (\S+)", served.log.read_text(encoding="utf-8"))
    await page.goto(served.address)
    if has_script:
        await assert_nothing_serious(page)
    await page.get_by_label("Code").fill(code)
    await page.get_by_role("button", name="Go on").click()
    if has_script:
        await assert_nothing_serious(page)
    await page.get_by_label("Its name").fill("acme")
    if has_script:
        await assert_what_was_typed_and_not_sent_yet_is_kept(page)
        assert code not in await page.evaluate("JSON.stringify(sessionStorage)")
    await page.get_by_role("button", name="Go on").click()
    await page.get_by_role("link", name="Back").click()
    assert await page.get_by_label("Its name").input_value() == "acme"
    await page.get_by_role("button", name="Go on").click()
    if has_script:
        await assert_nothing_serious(page)
    await page.get_by_role("button", name="Create the App on GitHub").click()
    await page.get_by_role("button", name=re.compile("Create GitHub App")).click()
    await page.wait_for_url(f"{served.address}/setup/first-run")
    await page.get_by_role("link", name="Install the App").click()
    await page.get_by_role("button", name=re.compile("Install")).first.click()
    await page.wait_for_url(f"{served.address}/setup/first-run")
    repo = Repository(github.stage, github.world.repositories["acme/web"])
    sha = await repo.push(branch="main", files={"a.py": "1"}, message="a", author="dana")
    await finish_run(repo, sha, failed=("test_3",))
    received = page.get_by_text("First run received:")
    if has_script:
        # Live: nobody loads the page again.
        await received.wait_for(timeout=60_000)
        await assert_nothing_serious(page)
    else:
        for _ in range(60):
            await page.get_by_role("link", name="Look again").click()
            if await received.count():
                break
            await page.wait_for_timeout(1_000)
    await page.get_by_role("link", name="Go to the dashboard").click()
    await page.get_by_role("link", name="Sign in with GitHub").click()
    await page.get_by_text("dana").first.click()
    await page.wait_for_url(f"{served.address}/")
    assert await page.get_by_role("link", name="web", exact=True).count() == 1
    assert complaints == []
    await context.close()
