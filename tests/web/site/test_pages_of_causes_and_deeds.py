"""The pages about causes, runs, what was decided and the policy, and the API's own."""

import asyncio
import html
import re

import pytest

from app.web.api.routes import OPENAPI
from tests.e2e.leavings import names_of, run_ci

WEB = "/repos/acme/web"


@pytest.fixture
async def dana(browse, repo):
    browser = browse()
    await browser.sign_in("dana")
    return browser


async def csrf_of(browser, path):
    return (await browser.get(path)).text.partition('name="csrf" value="')[2].partition('"')[0]


async def table_of(browser, path):
    """Return the rows of a page's list, without tags."""
    text = (await browser.get(WEB + path)).text.partition("<tbody>")[2].partition("</tbody>")[0]
    return [" ".join(html.unescape(re.sub(r"<[^>]+>", " ", row)).split()) for row in text.split("</tr>")[:-1]]


async def decide(browser, bot, github, test, **said):
    """Decide an hour later: of two decisions at one time, one would be late."""
    github.advance(hours=1)
    csrf = await csrf_of(browser, f"{WEB}/tests/{test}")
    done = await browser.ask("POST", f"{WEB}/tests/{test}/decide", data={"csrf": csrf, **said})
    assert done.status == 303
    await bot.settle()


async def test_a_cause_is_told_with_its_tests_runs_and_signature(dana):
    [row] = re.findall(r'href="(/repos/acme/web/clusters/\d+)"', (await dana.get(f"{WEB}/clusters")).text)
    page = (await dana.get(row)).text
    assert re.search(r'class="mono">[0-9a-f]{32}', page)
    assert "It was seen in one test only." in page
    failures = page.partition("Latest failures")[2]
    assert re.search(r'href="/repos/acme/web/tests/\d+">test_3</a>', failures)
    assert 'href="/repos/acme/web/runs/10000002">10000002</a>' in failures


async def test_a_cause_that_took_many_tests_down_is_called_infrastructure_and_not_healthy(dana, repo, bot):
    sha = await repo.push(branch="main", files={"a.py": "2"}, message="more", author="dana")
    await run_ci(repo, bot, sha, failed=names_of(), message="ConnectionRefusedError: [Errno 111] Connection refused")
    [row] = [one for one in await table_of(dana, "/clusters") if "ConnectionRefusedError" in one]
    assert " infra " in row
    assert "healthy" not in row
    [there] = re.findall(
        r'href="(/repos/acme/web/clusters/\d+)">ConnectionRefused', (await dana.get(f"{WEB}/clusters")).text
    )
    assert "healthy" not in (await dana.get(there)).text


async def test_a_run_is_told_with_its_jobs_and_leads_to_what_was_said_of_it(dana):
    page = (await dana.get(f"{WEB}/runs/10000002")).text
    assert re.search(r'href="[^"]+/acme/web/runs/\d+">What FlakeGuard said of it', page)
    first, second = page.partition('id="attempt-2"')[::2]
    assert re.search(r"1 of \d+ tests failed", first)
    assert "test_3" in first
    assert "0 of" in second


async def test_the_quarantine_shows_what_is_open_and_by_its_state_what_has_ended(dana, bot, github):
    await decide(dana, bot, github, 4, action="quarantine", days="7", reason="known flake")
    [held] = await table_of(dana, "/quarantine")
    assert "known flake" in held
    assert "in quarantine" in held
    assert [held] == await table_of(dana, "/quarantine?state=ACTIVE")
    assert await table_of(dana, "/quarantine?state=PROPOSED") == ["Nothing is like that."]
    await decide(dana, bot, github, 4, action="release", reason="it was mended")
    assert "No test is in quarantine" in (await table_of(dana, "/quarantine"))[0]
    assert "it was mended" in (await table_of(dana, "/quarantine?state=RESOLVED"))[0]
    assert len(await table_of(dana, "/quarantine?is_open=false")) >= 2


async def test_a_page_says_of_when_its_figures_are_and_how_far_a_quarantine_is(dana, bot, github, repo):
    [test] = set(re.findall(rf'href="{WEB}/tests/(\d+)"', (await dana.get(f"{WEB}/tests?q=test_3")).text))
    await decide(dana, bot, github, test, action="quarantine", days="7", reason="known flake")
    assert "<dd>0 since the decision; " in (await dana.get(f"{WEB}/tests/{test}")).text
    github.advance(hours=1)
    sha = await repo.push(branch="main", files={"a.py": "2"}, message="more", author="dana")
    ran = github.now
    await run_ci(repo, bot, sha)
    page = (await dana.get(f"{WEB}/tests/{test}")).text
    assert "<dd>1 since the decision; " in page
    assert f"{ran:%Y-%m-%d %H:%M} UTC, the latest run that these figures are of" in page
    for path in ("", "/tests"):
        assert f"As of {github.now:%Y-%m-%d %H:%M} UTC" in (await dana.get(WEB + path)).text


async def test_the_audit_tells_who_did_what_in_words_and_is_narrowed_by_either(dana, bot, github):
    await decide(dana, bot, github, 4, action="quarantine", days="7", reason="known flake")
    await decide(dana, bot, github, 4, action="release", reason="it was mended")
    released, held, *_ = await table_of(dana, "/audit?actor=dana")
    assert "dana took out of quarantine" in released
    assert "it was mended" in released
    assert re.search(r"dana put in quarantine until \d{4}-\d\d-\d\d", held)
    assert await table_of(dana, "/audit?action=RESOLVED&actor=&test=4") == [released.replace(" all about it", "")]
    assert "Nothing was done" in (await table_of(dana, "/audit?actor=max"))[0]


async def test_the_policy_page_tells_what_each_key_means_and_offers_what_is_in_force_to_be_changed(dana):
    page = html.unescape((await dana.get(f"{WEB}/policy")).text)
    assert "days until a quarantine ends by itself" in page
    assert "<code>propose</code>: a person decides" in page
    assert "warn_threshold: 0.3\nquarantine_threshold: 0.6\n" in page.partition("<textarea")[2]
    assert "<textarea" not in (await in_view_of_max(dana)).text


async def in_view_of_max(dana):
    await dana.sign_in("max")
    return await dana.get(f"{WEB}/policy")


async def test_one_policy_is_tried_at_a_time_and_what_was_written_stays(dana):
    csrf = await csrf_of(dana, f"{WEB}/policy")
    text = "version: 1\nmin_runs: 1\n# mine\n"
    seen = await asyncio.gather(
        *(dana.ask("POST", f"{WEB}/policy", data={"csrf": csrf, "policy": text}) for _ in range(2))
    )
    assert sorted(one.status for one in seen) == [200, 503]
    [waits] = [one for one in seen if one.status == 503]
    assert "Another policy is being tried just now" in waits.text
    assert "# mine" in waits.text
    large = await dana.ask("POST", f"{WEB}/policy", data={"csrf": csrf, "policy": "#" * 70_000})
    assert "Line 1, column 1" in large.text


async def test_the_api_s_page_tells_how_to_call_each_operation(dana, bot):
    page = html.unescape((await dana.get("/api/docs")).text)
    calls = re.findall(r"<pre>(curl .+)</pre>", page)[1:]
    assert len(calls) == sum(len(operations) for operations in OPENAPI["paths"].values())
    assert all(f"'{bot.address}/api/v1/re" in one and "{" not in one.rpartition("'http")[2] for one in calls)
    assert any("""-d '{"test_id": 17, "action": "quarantine\"""" in one for one in calls)
    named = set(re.findall(r'href="#(\w+)"', page))
    assert named - {"main"} <= set(re.findall(r'<p id="(\w+)"', page))
