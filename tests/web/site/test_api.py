"""The API: what it describes is what it answers, and what makes no sense is told so."""

import csv
import io
import json
import re
from contextlib import suppress

import msgspec
import pytest
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st
from openapi_schema_validator import OAS31Validator

from app.core.paging import Page
from app.web.answering import Refusal
from app.web.api.csv_text import to_csv
from app.web.api.cursor import read_cursor, write_cursor
from app.web.api.resources import nothing_after, read_question
from app.web.api.routes import OPENAPI
from app.web.api.table import RESOURCES, TESTS
from tests.web.site.test_who_may_see import make_routes, make_token

ROOT = "/api/v1/repos/acme/web"


def resolved(schema):
    """Return a schema that brings all that it points to."""
    return {"components": OPENAPI["components"], **schema}


def check(schema, value):
    problems = [f"{list(one.path)}: {one.message}" for one in OAS31Validator(resolved(schema)).iter_errors(value)]
    assert problems == []


@pytest.fixture
async def dana(browse, repo):
    browser = browse()
    await browser.sign_in("dana")
    return browser


def answers():
    """Each path of a repository that is read, with its schema."""
    for path, operations in OPENAPI["paths"].items():
        if "get" in operations:
            content = operations["get"]["responses"]["200"]["content"]
            yield path, content["application/json"]["schema"]


def fill(path):
    path = path.replace("{owner}", "acme").replace("{repo}", "web").replace("{run_id}", "10000002")
    return "/api/v1" + re.sub(r"{\w+}", "1", path)


async def test_every_answer_is_as_described(dana):
    for path, schema in answers():
        seen = await dana.get(fill(path))
        assert seen.status == 200, (path, seen.text)
        assert seen.headers["Content-Type"].startswith("application/json")
        check(schema, json.loads(seen.text))
    described = json.loads((await dana.get("/api/v1/openapi.json")).text)
    assert described == json.loads(msgspec.json.encode(OPENAPI))


def test_every_operation_is_described():
    served = {
        (route.method, re.sub(r"^/api/v1", "", route.resource.canonical))
        for route in make_routes()
        if route.resource.canonical.startswith("/api/v1/") and route.method in ("GET", "POST")
    }
    described = {(method.upper(), path) for path, operations in OPENAPI["paths"].items() for method in operations}
    assert served - {("GET", "/openapi.json")} == described


async def test_every_list_is_the_same_by_parts_of_any_size_and_as_csv(dana):
    for one in RESOURCES:
        if not hasattr(one, "wanted"):
            continue
        path = fill(f"/repos/acme/web{one.path}")
        whole = json.loads((await dana.get(f"{path}?limit=200")).text)["items"]
        got, there = [], f"{path}?limit=3"
        while there:
            part = json.loads((await dana.get(there)).text)
            got += part["items"]
            there = f"{path}?limit=3&after={part['next']}" if part["next"] else None
        assert got == whole, one.path
        seen = await dana.get(f"{path}?format=csv")
        assert seen.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert "attachment" in seen.headers["Content-Disposition"]
        assert len(list(csv.reader(io.StringIO(seen.text)))) == 1 + len(whole)


async def test_the_repositories_are_told_with_their_figures(dana):
    [web] = json.loads((await dana.get("/api/v1/repos")).text)["items"]
    assert (web["name"], web["flaky"] + web["suspect"] > 0, web["runs"], web["runs_flaked"]) == ("web", True, 3, 2)
    [names, row] = csv.reader(io.StringIO((await dana.get("/api/v1/repos?format=csv")).text))
    assert dict(zip(names, row, strict=True))["runs_flaked"] == "2"
    assert (await dana.get("/api/v1/repos?format=xml")).status == 400


async def test_the_report_is_the_one_that_the_command_writes(dana):
    report = json.loads((await dana.get(f"{ROOT}/report")).text)
    assert report["repository"] == "acme/web"
    assert "test_3" in [one["name"] for one in report["tests"]]


async def test_what_has_not_changed_is_not_sent_again(dana):
    first = await dana.get(f"{ROOT}/tests")
    again = await dana.get(f"{ROOT}/tests", headers={"If-None-Match": first.headers["Etag"]})
    assert (again.status, again.text) == (304, "")
    assert again.headers["Etag"] == first.headers["Etag"]
    assert first.headers["Cache-Control"] == "private, no-cache"


NONSENSE = (
    ("/tests?limit=0", 400, "`limit`"),
    ("/tests?limit=201", 400, "`limit`"),
    ("/tests?standing=odd", 400, "$.standing"),
    ("/tests?days=soon", 400, "$.days"),
    ("/tests?colour=red", 400, "`colour` is no parameter"),
    ("/tests?q=a&q=b", 400, "twice"),
    ("/tests?after=!", 400, "`after`"),
    ("/tests?after=WzFd", 400, "`after` belongs to another list"),
    ("/tests?format=xml", 400, "`format`"),
    ("/tests/999999", 404, "nothing here"),
    ("/tests/one", 404, "no such address"),
    ("/runs/999999", 404, "nothing here"),
    ("/nothing", 404, "no such address"),
    ("/decisions/1", 404, "no such address"),
)


async def test_what_makes_no_sense_is_told_as_a_problem(dana):
    for path, status, said in NONSENSE:
        seen = await dana.get(ROOT + path)
        assert seen.status == status, path
        assert seen.headers["Content-Type"] == "application/problem+json"
        problem = json.loads(seen.text)
        check({"$ref": "#/components/schemas/Problem"}, problem)
        assert said in problem["detail"], path


@pytest.mark.parametrize("name", ["%2e", "%2e%2e", "..", "."])
async def test_github_is_asked_for_no_repository_whose_name_would_climb(dana, github, name):
    before = len(github.requests)
    for path in ("/repos/acme/{}", "/repos/acme/{}/tests", "/api/v1/repos/acme/{}/tests"):
        assert (await dana.get(path.format(name))).status == 404
    assert len(github.requests) == before


async def test_a_person_with_write_access_decides_by_the_api_and_the_audit_tells(dana, bot, conn):
    [test] = [one for one in json.loads((await dana.get(f"{ROOT}/tests")).text)["items"] if one["name"] == "test_3"]
    asked = {"test_id": test["id"], "action": "quarantine", "days": 14, "reason": "known flake"}
    assert (await dana.ask("POST", f"{ROOT}/decisions", json=asked)).status == 403
    csrf = (await dana.get("/")).text.partition('name="csrf" value="')[2].partition('"')[0]
    head = {"X-CSRF-Token": csrf}
    taken = await dana.ask("POST", f"{ROOT}/decisions", json=asked, headers=head)
    assert taken.status == 202
    check({"$ref": "#/components/schemas/Accepted"}, json.loads(taken.text))
    await bot.settle()
    [open_one] = json.loads((await dana.get(f"{ROOT}/decisions?is_open=true")).text)["items"]
    assert (open_one["state"], open_one["by_user"], open_one["reason"]) == ("ACTIVE", "dana", "known flake")
    assert "known flake" in (await dana.get(f"{ROOT}/audit")).text
    for bad, status in (({"action": "quarantine"}, 400), ({**asked, "days": 0}, 400), ({**asked, "test_id": 999}, 404)):
        assert (await dana.ask("POST", f"{ROOT}/decisions", json=bad, headers=head)).status == status


async def test_a_reason_that_no_database_takes_holds_up_no_decision(dana, bot, github):
    csrf = (await dana.get("/")).text.partition('name="csrf" value="')[2].partition('"')[0]
    asked = {"test_id": 4, "action": "quarantine", "reason": "kno\0wn\0"}
    taken = await dana.ask("POST", f"{ROOT}/decisions", json=asked, headers={"X-CSRF-Token": csrf})
    assert taken.status == 202
    await bot.settle()
    [decided] = json.loads((await dana.get(f"{ROOT}/decisions?is_open=true")).text)["items"]
    assert (decided["test_id"], decided["reason"]) == (4, "known")
    github.advance(minutes=1)
    form = {"csrf": csrf, "action": "release", "reason": "\0"}
    assert (await dana.ask("POST", "/repos/acme/web/tests/4/decide", data=form)).status == 303
    await bot.settle()
    assert json.loads((await dana.get(f"{ROOT}/decisions?is_open=true")).text)["items"] == []


async def test_a_program_may_do_what_its_token_and_its_person_may(github, repo, bot, browse):
    program, person = browse(), github.stage.world.account("dana")
    reading = {"headers": {"Authorization": "Bearer " + await make_token(bot, person, repo.data.id)}}
    deciding = {
        "headers": {"Authorization": "Bearer " + await make_token(bot, person, repo.data.id, scopes=("read", "decide"))}
    }
    assert (await program.get(f"{ROOT}/tests", **reading)).status == 200
    assert '"name":"web"' in (await program.get("/api/v1/repos", **reading)).text
    asked = {"test_id": 1, "action": "quarantine"}
    assert (await program.ask("POST", f"{ROOT}/decisions", json=asked, **reading)).status == 403
    assert (await program.ask("POST", f"{ROOT}/decisions", json=asked, **deciding)).status == 202
    # They are no member any more: within ten minutes, their programs are not, either.
    repo.data.roles.pop("dana")
    github.advance(minutes=11)
    assert (await program.get(f"{ROOT}/tests", **reading)).status == 404


async def test_a_token_made_on_the_account_page_is_shown_once_works_and_is_revoked(dana, browse, repo):
    page = (await dana.get("/account")).text
    csrf = page.partition('name="csrf" value="')[2].partition('"')[0]
    form = {"csrf": csrf, "name": "<b>ci</b>", "days": "30", "scope": "read", "repository": str(repo.data.id)}
    made = await dana.ask("POST", "/account/tokens", data=form)
    token = re.search(r"fgt_[\w-]+", made.text)[0]
    assert made.headers["Cache-Control"] == "no-store"
    program, bearer = browse(), {"headers": {"Authorization": f"Bearer {token}"}}
    assert (await program.get(f"{ROOT}/tests", **bearer)).status == 200
    page = (await dana.get("/account")).text
    assert token not in page
    assert "&lt;b&gt;ci&lt;/b&gt;" in page
    revoke = re.search(r"/account/tokens/\d+/revoke", page)[0]
    assert (await dana.ask("POST", revoke)).status == 403
    assert (await dana.ask("POST", revoke, data={"csrf": csrf})).status == 303
    assert (await program.get(f"{ROOT}/tests", **bearer)).status == 401
    for wrong in ({"name": ""}, {"days": "0"}, {"days": "x"}, {"scope": "all"}, {"repository": "77"}):
        assert (await dana.ask("POST", "/account/tokens", data=form | wrong)).status == 400


scalars = st.one_of(st.none(), st.text(max_size=20), st.integers(-(2**63), 2**63), st.floats(allow_nan=False))


@given(st.lists(scalars.filter(lambda one: one not in (float("inf"), float("-inf"))), max_size=4).map(tuple))
def test_a_cursor_brings_back_what_was_put_in(mark):
    assert read_cursor(write_cursor(mark)) == mark


@given(st.text(max_size=60))
def test_what_is_no_cursor_is_refused_and_nothing_worse(text):
    with suppress(Refusal):
        assert isinstance(read_cursor(text), tuple)


@given(st.lists(st.integers(), max_size=30), st.integers(1, 10))
def test_a_short_list_is_the_same_by_parts(rows, limit):
    got, after = [], None
    while True:
        page = nothing_after(rows, after, limit)
        got += page.items
        after = page.after
        if after is None:
            break
    assert got == rows
    assert nothing_after([], None, 5) == Page(items=(), after=None)


def test_fields_left_empty_in_a_form_are_left_out():
    request = make_mocked_request("GET", "/tests?q=&standing=+&limit=&format=")
    with pytest.raises(Refusal):
        read_question(request, TESTS.wanted)
    question = read_question(request, TESTS.wanted, is_form=True)
    assert (question.wanted, question.limit, question.after) == (TESTS.wanted(), 50, None)


class Row(msgspec.Struct):
    name: str
    tags: tuple[str, ...] = ()
    number: float | None = None


@pytest.mark.attack("spreadsheets")
@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_a_spreadsheet_runs_nothing_that_a_test_is_called(name):
    [_, [cell, tags, number]] = csv.reader(io.StringIO(to_csv(Row, [Row(name, ("a",))]), newline=""))
    assert cell.startswith("'")
    assert (tags, number) == ('["a"]', "")
