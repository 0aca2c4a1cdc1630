"""What the pages show of what is stored, and of what strangers call things."""

import json
import re
from html.parser import HTMLParser

import pytest

from tests.e2e.leavings import finish_run

EVIL = "test_<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


class Tags(HTMLParser):
    """Notes what a browser would make of a page."""

    def __init__(self, text):
        super().__init__()
        self.seen = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))


def assert_harmless(text):
    """Look that nothing runs, and that nothing is fetched that is not ours."""
    for tag, attributes in Tags(text).seen:
        assert tag not in ("b", "i", "iframe", "object", "embed", "style"), tag
        assert not [name for name in attributes if name.startswith("on") or name == "style"], attributes
        if tag in ("script", "img", "link"):
            assert (attributes.get("src") or attributes.get("href")).startswith(("/static/", "/badge/")), attributes
        assert not attributes.get("href", "").lower().startswith(("javascript:", "data:", "//")), attributes


@pytest.fixture
async def dana(browse, repo):
    browser = browse()
    await browser.sign_in("dana")
    return browser


async def test_the_pages_show_what_is_known(dana, bot):
    assert "in 14 days 2 of 3 runs flaked" in (await dana.get("/")).text
    front = (await dana.get("/repos/acme/web")).text
    assert "test_3" in front
    assert "<svg" in front
    assert front.count('<p class="legend">') == 3, "one for each chart, and one for the lines of the table"
    assert '<p class="legend">' in (await dana.get("/")).text
    tests = (await dana.get("/repos/acme/web/tests?q=test_3")).text
    [there] = set(re.findall(r'href="(/repos/acme/web/tests/\d+)"', tests))
    test = (await dana.get(there)).text
    assert "failed and passed on the same code" in test
    assert "TimeoutError" in test
    assert test.count('<p class="legend">') == 1 + test.count('<svg class="chart"') + test.count(
        '<svg class="interval"'
    )
    assert re.search(r'<td><a href="http[^"]+/job/\d+">test</a>', test), "each execution leads to its job at GitHub"
    past = [
        (await dana.get(f"{there}{asked}")).text.count("run, attempt") for asked in ("", "?branch=main", "?branch=x")
    ]
    assert past[0] == past[1] > past[2] == 0
    assert past[0] > (await dana.get(f"{there}?outcome=failed")).text.count("run, attempt") == 2
    for page in (front, test):
        links = [one.replace("&amp;", "&") for one in re.findall(r'href="(/api/v1/repos/[^"]+)"', page)]
        assert len(links) >= 2
        assert [(await dana.get(one)).status for one in links] == [200] * len(links)
    [cause] = set(re.findall(r'href="(/repos/acme/web/clusters/\d+)"', test))
    assert "test_3" in (await dana.get(cause)).text
    run = (await dana.get("/repos/acme/web/runs/10000002")).text
    assert run.index("Attempt 1") < run.index("Attempt 2")
    assert "in force or proposed" in (await dana.get("/repos/acme/web/quarantine")).text


async def test_a_proof_within_one_job_has_one_link_and_says_which_try_passed(dana, repo, bot):
    sha = await repo.push(branch="main", files={"a.py": "2"}, message="more", author="dana")
    await finish_run(repo, sha, flaky=("test_5",))
    await bot.settle()
    [there] = set(
        re.findall(r'href="(/repos/acme/web/tests/\d+)"', (await dana.get("/repos/acme/web/tests?q=test_5")).text)
    )
    evidence = (await dana.get(there)).text.partition("<h2>Evidence</h2>")[2].partition("</table>")[0]
    assert "the same job, try 2" in evidence
    assert evidence.count("/job/") == 1


async def test_what_is_not_there_is_404_and_a_filter_that_makes_no_sense_is_told(dana):
    for path in ("tests/999999", "clusters/999999", "runs/999999", "nothing"):
        assert (await dana.get(f"/repos/acme/web/{path}")).status == 404, path
    told = await dana.get("/repos/acme/web/tests?standing=odd")
    assert told.status == 400
    assert "standing" in told.text


@pytest.mark.attack("markdown")
async def test_what_a_stranger_calls_a_test_and_says_in_it_does_nothing_on_any_page(dana, repo, bot):
    pull = await repo.open_pull(author="eve", branch='x"><b>', files={"f.py": "1"}, title="<i>")
    await finish_run(repo, pull, failed=(EVIL,), message=f"{EVIL}\n</pre><script>alert(3)</script>\u202eevil")
    await bot.settle()
    tests = (await dana.get("/repos/acme/web/tests?order=failed")).text
    paths = ["", "/tests?order=failed", "/clusters", "/runs", "/audit"]
    paths += re.findall(r'href="/repos/acme/web(/tests/\d+)"', tests)
    paths += re.findall(r'href="/repos/acme/web(/clusters/\d+)"', (await dana.get("/repos/acme/web/clusters")).text)
    paths += re.findall(r'href="/repos/acme/web(/runs/\d+)"', (await dana.get("/repos/acme/web/runs")).text)
    seen = [(await dana.get(f"/repos/acme/web{path}")).text for path in dict.fromkeys(paths)]
    assert sum("&lt;script&gt;" in text for text in seen) >= 4
    for text in seen:
        assert_harmless(text)
        assert "\u202e" not in text


async def test_a_policy_is_tried_and_nothing_is_changed_by_that(dana, bot):
    page = (await dana.get("/repos/acme/web/policy")).text
    assert "quarantine_threshold" in page
    csrf = page.partition('name="csrf" value="')[2].partition('"')[0]
    wrong = await dana.ask("POST", "/repos/acme/web/policy", data={"csrf": csrf, "policy": "version: 1\nmin_runs: 0\n"})
    assert "Line 2, column 11" in wrong.text
    assert (await dana.ask("POST", "/repos/acme/web/policy", data={"policy": "version: 1\n"})).status == 403
    tried = await dana.ask(
        "POST", "/repos/acme/web/policy", data={"csrf": csrf, "policy": "version: 1\nmin_runs: 1\nmin_failures: 1\n"}
    )
    assert tried.status == 200
    assert "would have done in the last 30 days" in tried.text
    assert "test_3" in tried.text
    assert "min_runs</th><td>10" in re.sub(r"\s+", "", (await dana.get("/repos/acme/web/policy")).text)


async def test_a_decision_made_on_a_page_is_carried_out_and_shown(dana, bot):
    page = (await dana.get("/repos/acme/web/tests/4")).text
    name = re.search(r"<h1>(\S+)", page)[1]
    csrf = page.partition('name="csrf" value="')[2].partition('"')[0]
    there = "/repos/acme/web/tests/4/decide"
    form = {"csrf": csrf, "action": "quarantine", "days": "7", "reason": "<b>known</b>"}
    assert (await dana.ask("POST", there, data=form | {"days": "0"})).status == 400
    assert (await dana.ask("POST", there, data=form | {"action": "delete"})).status == 400
    done = await dana.ask("POST", there, data=form)
    assert done.status == 303
    assert done.location.startswith("/repos/acme/web/tests/4?decided=20")
    await bot.settle()
    after = (await dana.get(done.location)).text
    assert "It was done." in after
    assert "It will be done in a moment" in (await dana.get("/repos/acme/web/tests/4?decided=2026-01-01")).text
    assert re.findall(r'<option value="(\w+)">[^<]* it', page) == ["quarantine"], "nothing is decided yet"
    assert re.findall(r'<option value="(\w+)">[^<]* it', after) == ["release", "quarantine"]
    assert after.count("&lt;b&gt;known&lt;/b&gt;") == 3, "as the open decision, in what was decided, and in the audit"
    shown = (await dana.get("/repos/acme/web/quarantine")).text
    assert name in shown
    assert "&lt;b&gt;known&lt;/b&gt;" in shown


async def test_who_decides_on_a_page_reads_why_the_policy_refused_it(dana, bot):
    page = (await dana.get("/repos/acme/web/tests/4")).text
    csrf = page.partition('name="csrf" value="')[2].partition('"')[0]
    done = await dana.ask("POST", "/repos/acme/web/tests/4/decide", data={"csrf": csrf, "action": "release"})
    await bot.settle()
    assert "It was not done: this test is not in quarantine." in (await dana.get(done.location)).text
    [refused] = json.loads((await dana.get("/api/v1/repos/acme/web/audit?action=refused")).text)["items"]
    assert (refused["actor"], refused["why"]) == ("dana", "this test is not in quarantine")
    assert "was refused to release it" in (await dana.get("/repos/acme/web/audit")).text
