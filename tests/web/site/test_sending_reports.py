"""Reports that builds send us: from who may, once each, and what becomes of them."""

import asyncio
import gzip
import hashlib
import io
import json
import zipfile
from datetime import timedelta
from urllib.parse import urlsplit

import aiohttp
import pytest
from structlog.testing import capture_logs

from app.sandbox.github import JobSpec
from app.web.access.job_tokens import JobTokens
from app.web.body import LARGEST_BODY
from tests.e2e.leavings import junit
from tests.web.site.test_job_tokens import bearer, claims_of, issuer, signed

__all__ = ["issuer"]

REPORTS = "/api/v1/reports"
GREEN, RED = junit(passed=("test_1", "test_3")), junit(passed=("test_1",), failed=("test_3",))


@pytest.fixture
def job_tokens(issuer):
    return JobTokens(issuer=issuer.address, audience="https://flakeguard.example")


@pytest.fixture
async def token(bot, github, repo, conn):
    """A token of dana's with the scope `upload`, for acme/web alone."""
    return await make(conn, github, "dana", ["upload"], [repo.data.id])


async def make(conn, github, login, scopes, repositories):
    person = github.stage.world.account(login).id
    text = f"fgt_{login}-{'-'.join(scopes)}-{len(repositories)}"
    await conn.execute(
        "INSERT INTO fg_person (id, login, signed_in_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        person, login, github.now,
    )  # fmt: skip
    await conn.execute(
        """
        INSERT INTO fg_token (person_id, name, digest, scopes, repositories, created_at, expires_at)
        VALUES ($1, 'ci', $2, $3, $4, $5, $6)
        """,
        person, hashlib.sha256(text.encode()).digest(), scopes, repositories, github.now, github.now + timedelta(days=9),
    )  # fmt: skip
    return {"Authorization": f"Bearer {text}"}


def about(sha, **more):
    return "&".join(f"{name}={value}" for name, value in {"commit": sha, "ci": "Jenkins", "build": "7", **more}.items())


async def send(browser, token, query, body):
    return await browser.ask("POST", f"{REPORTS}?{query}", data=body, headers=token)


async def test_a_build_elsewhere_is_judged_like_a_run(repo, browse, bot, token, github):
    sender, dana = browse(), browse()
    sha = await repo.push(branch="main", files={"code.py": "new"}, message="new", author="dana")
    red = await send(sender, token, about(sha, job="unit", branch="main", url="https://ci.example/7"), RED)
    assert red.status == 202
    taken = json.loads(red.text)
    assert (taken["is_new"], taken["run_attempt"]) == (True, 1)
    await bot.settle()
    github.advance(minutes=5)
    again = await send(sender, token, about(sha, job="unit", branch="main", attempt=2), GREEN)
    assert json.loads(again.text)["run_id"] == taken["run_id"]
    await bot.settle()
    await dana.sign_in("dana")
    run = json.loads((await dana.get(f"/api/v1/repos/acme/web/runs/{taken['run_id']}")).text)
    assert [(one["conclusion"], one["failures"]) for one in run["attempts"]] == [("failure", 1), ("success", 0)]
    assert run["workflow_name"] == "Jenkins"
    [test] = json.loads((await dana.get("/api/v1/repos/acme/web/tests?q=test_3")).text)["items"]
    pairs = json.loads((await dana.get(f"/api/v1/repos/acme/web/tests/{test['id']}/evidence")).text)["items"]
    assert taken["run_id"] in [one["failed"]["run_id"] for one in pairs], "failed, then passed on the same commit"
    [check] = [one for one in repo.check_runs(sha) if one.name == "FlakeGuard"]
    assert check.conclusion == "success"
    assert (await dana.get(f"/repos/acme/web/runs/{taken['run_id']}")).status == 200


def zipped(report):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("report.xml", report)
    return packed.getvalue()


def gzipped(report):
    return gzip.compress(report.encode())


@pytest.mark.parametrize("pack", [zipped, gzipped])
async def test_reports_that_are_packed_may_be_the_whole_body(repo, browse, bot, token, pack):
    sender = browse()
    sha = await repo.push(branch="main", files={"code.py": "new"}, message="new", author="dana")
    taken = json.loads((await send(sender, token, about(sha), pack(RED))).text)
    await bot.settle()
    await sender.sign_in("dana")
    run = json.loads((await sender.get(f"/api/v1/repos/acme/web/runs/{taken['run_id']}")).text)
    assert [(one["conclusion"], one["failures"]) for one in run["attempts"]] == [("failure", 1)]


async def test_a_new_failure_of_a_build_fails_the_check(repo, browse, bot, token):
    sha = await repo.push(branch="main", files={"code.py": "worse"}, message="worse", author="dana")
    await send(browse(), token, about(sha), junit(passed=("test_1",), failed=("test_2",)))
    await bot.settle()
    [check] = [one for one in repo.check_runs(sha) if one.name == "FlakeGuard"]
    assert check.conclusion == "failure"
    assert "its failed test is not excused" in check.summary


async def test_a_build_that_failed_without_a_failed_test_is_never_green(repo, browse, bot, token):
    sha = await repo.push(branch="main", files={"code.py": "odd"}, message="odd", author="dana")
    await send(browse(), token, about(sha, conclusion="success"), GREEN)
    await bot.settle()
    await send(browse(), token, about(sha, conclusion="failure"), junit(passed=("test_9",)))
    await bot.settle()
    [check] = [one for one in repo.check_runs(sha) if one.name == "FlakeGuard"]
    assert check.conclusion == "failure"


async def test_what_is_sent_again_is_known_by_its_content(repo, browse, bot, token, conn):
    sender = browse()
    sha = await repo.push(branch="main", files={"code.py": "new"}, message="new", author="dana")
    first, again = [json.loads((await send(sender, token, about(sha), RED)).text) for _ in range(2)]
    assert (first["id"], first["is_new"], again["id"], again["is_new"]) == (first["id"], True, first["id"], False)
    await bot.settle()
    await send(sender, token, about(sha), RED)
    await bot.settle()
    assert await conn.fetchval("SELECT count(*) FROM fg_upload") == 1
    counted = (
        "SELECT count(*) FROM fg_occurrence WHERE workflow_run = (SELECT id FROM fg_workflow_run WHERE run_id = $1)"
    )
    assert await conn.fetchval(counted, first["run_id"]) == 2


async def test_a_form_brings_several_files_and_says_what_the_address_does_not(repo, browse, bot, token, conn):
    sha = await repo.push(branch="main", files={"code.py": "new"}, message="new", author="dana")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("c.xml", junit(passed=("test_c",)))
    form = aiohttp.FormData()
    for name, value in (("commit", sha), ("ci", "Buildkite"), ("build", "b/1"), ("job", "web (3.12)")):
        form.add_field(name, value)
    for name, body in (("../../a.xml", junit(passed=("test_a",))), ("b\\..\\b.xml", junit(passed=("test_b",)))):
        form.add_field("report", body, filename=name)
    form.add_field("report", packed.getvalue(), filename="more.zip")
    seen = await browse().ask("POST", REPORTS, data=form, headers=token)
    assert seen.status == 202, seen.text
    await bot.settle()
    rows = await conn.fetch("SELECT name FROM fg_test_case WHERE name IN ('test_a', 'test_b', 'test_c')")
    assert len(rows) == 3
    assert await conn.fetchval("SELECT name FROM fg_job WHERE name LIKE 'web%'") == "web (3.12)"


def form_about(sha, **more):
    form = aiohttp.FormData()
    for name, value in {"commit": sha, "ci": "Jenkins", "build": "7", **more}.items():
        form.add_field(name, value)
    form.add_field("report", RED, filename="junit.xml")
    return form


async def test_a_form_names_the_repository_where_the_token_is_for_several(repo, browse, conn, github):
    sender, ours = browse(), {"repository": "Acme/web"}
    several = await make(conn, github, "dana", ["upload"], [repo.data.id, 501])
    reading = await make(conn, github, "dana", ["read"], [repo.data.id, 501])
    for token, more, status in (
        (several, {}, 400),
        (several, {"repository": "acme/secret"}, 404),
        (reading, ours, 403),
        (several, ours, 202),
    ):
        seen = await sender.ask("POST", REPORTS, data=form_about("a" * 40, **more), headers=token)
        assert seen.status == status, seen.text
    assert await conn.fetchval("SELECT count(*) FROM fg_upload") == 1


async def test_reports_for_another_repository_than_the_tokens_are_not_taken_for_its_own(repo, browse, token, conn):
    form = form_about("a" * 40, repository="acme/other")
    assert (await browse().ask("POST", REPORTS, data=form, headers=token)).status == 404
    assert await conn.fetchval("SELECT count(*) FROM fg_upload") == 0


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "rot13"])
async def test_a_part_of_a_form_that_is_packed_by_its_header_is_refused(repo, browse, token, conn, encoding):
    part = b'Content-Disposition: form-data; name="report"; filename="a.xml"\r\nContent-Encoding: ' + encoding.encode()
    body = b"--x\r\n" + part + b"\r\n\r\n" + gzip.compress(RED.encode()) + b"\r\n--x--\r\n"
    head = {**token, "Content-Type": "multipart/form-data; boundary=x"}
    assert (await browse().ask("POST", f"{REPORTS}?{about('a' * 40)}", data=body, headers=head)).status == 400
    assert await conn.fetchval("SELECT count(*) FROM fg_upload") == 0


async def test_what_a_job_of_actions_sends_is_read_with_its_run(repo, browse, bot, issuer, conn, github):
    sha = await repo.push(branch="main", files={"code.py": "new"}, message="new", author="dana")
    jobs = [JobSpec(name=name, conclusion="success", log="done") for name in ("test", "docs")]
    run = await repo.start_run(workflow="CI", head=sha, jobs=jobs)
    mine = {"repository_id": str(repo.data.id), "run_id": str(run.id), "run_attempt": "1", "sha": sha}
    early = {"Authorization": f"Bearer {signed(claims_of(issuer, check_run_id=None, **mine))}"}
    assert (await browse().ask("POST", REPORTS, data=junit(passed=("test_sent",)), headers=early)).status == 202
    await bot.settle()
    assert await conn.fetchval("SELECT count(*) FROM fg_workflow_run WHERE run_id = $1", run.id) == 0
    await run.complete()
    await bot.settle()
    assert await job_of(conn, "test_sent") < 0, "GitHub did not say which job it was"
    [job, _] = run.data.jobs
    late = {"Authorization": f"Bearer {signed(claims_of(issuer, check_run_id=str(job.id), **mine))}"}
    assert (await browse().ask("POST", REPORTS, data=junit(passed=("test_late",)), headers=late)).status == 202
    await bot.settle()
    assert await job_of(conn, "test_late") == job.id
    assert await conn.fetchval("SELECT count(*) FROM fg_workflow_run WHERE run_id = $1", run.id) == 1


LEGS = ("test (3.11)", "test (3.12)")


@pytest.mark.parametrize(
    "case",
    [
        (["unit"], "", "unit"),
        (LEGS, "job=test%20(3.12)", "test (3.12)"),
        (LEGS, "job=test", None),
        (LEGS, "", None),
    ],
)
async def test_a_job_whose_token_does_not_say_which_it_is_is_the_only_one_or_the_one_that_it_names(
    repo, browse, bot, issuer, conn, case
):
    """The tokens of an Enterprise Server have no `check_run_id`."""
    names, said, expected = case
    sha = await repo.push(branch="main", files={"code.py": "new"}, message="new", author="dana")
    run = await repo.start_run(workflow="CI", head=sha, jobs=[JobSpec(name=name, log="done") for name in names])
    mine = {"repository_id": str(repo.data.id), "run_id": str(run.id), "run_attempt": "1", "sha": sha}
    token = {"Authorization": f"Bearer {signed(claims_of(issuer, check_run_id=None, **mine))}"}
    assert (await send(browse(), token, said, junit(passed=("test_sent",)))).status == 202
    await run.complete()
    await bot.settle()
    numbers = {job.name: job.id for job in run.data.jobs}
    found = await job_of(conn, "test_sent")
    assert found == numbers[expected] if expected else found < 0


async def job_of(conn, test):
    return await conn.fetchval(
        """
        SELECT job.job_id
        FROM fg_occurrence AS o
        JOIN fg_test_case AS test ON test.id = o.test_id
        JOIN fg_job AS job ON job.id = o.job
        WHERE test.name = $1
        """,
        test,
    )


REFUSED = {
    "no commit": ("ci=Jenkins&build=7", 400),
    "a short commit": ("commit=abc&ci=Jenkins&build=7", 400),
    "no CI": (f"commit={'a' * 40}&build=7", 400),
    "what nobody knows": (f"commit={'a' * 40}&ci=Jenkins&build=7&colour=red", 400),
    "two lines": (f"commit={'a' * 40}&ci=Jenkins&build=7%0a8", 400),
    "an address of a script": (f"commit={'a' * 40}&ci=Jenkins&build=7&url=javascript:alert(1)", 400),
    "no attempt": (f"commit={'a' * 40}&ci=Jenkins&build=7&attempt=0", 400),
    "a word for a number": (f"commit={'a' * 40}&ci=Jenkins&build=7&pull=x", 400),
    "another conclusion": (f"commit={'a' * 40}&ci=Jenkins&build=7&conclusion=maybe", 400),
    "another repository": (f"commit={'a' * 40}&ci=Jenkins&build=7&repository=acme/secret", 404),
    "no repository": (f"commit={'a' * 40}&ci=Jenkins&build=7&repository=..%2f..", 404),
}


@pytest.mark.attack("access")
async def test_who_may_not_send_is_refused_and_nothing_is_stored(repo, browse, bot, conn, github, issuer):
    sender, sha = browse(), "a" * 40
    reading = await make(conn, github, "dana", ["read"], [repo.data.id])
    reader = await make(conn, github, "max", ["upload"], [repo.data.id])
    stranger = await make(conn, github, "eve", ["upload"], [repo.data.id])
    several = await make(conn, github, "dana", ["upload"], [repo.data.id, 501])
    good = await make(conn, github, "dana", ["upload"], [repo.data.id])
    for headers, status in ((reading, 403), (reader, 403), (stranger, 404), (several, 400), ({}, 401)):
        assert (await send(sender, headers, about(sha), RED)).status == status
    assert (await send(sender, bearer(issuer, "501"), "", RED)).status == 404
    own = bearer(issuer, str(repo.data.id))
    assert (await send(sender, own, about(sha), RED)).status == 400, "a job's token says which commit it is"
    person = browse()
    await person.sign_in("dana")
    assert (await send(person, {}, about(sha), RED)).status == 401, "other sites can have browsers send forms"
    for name, (query, status) in REFUSED.items():
        assert (await send(sender, good, query, RED)).status == status, name
    assert (await send(sender, good, about(sha), b"")).status == 400
    assert await conn.fetchval("SELECT count(*) FROM fg_upload") == 0


@pytest.mark.attack("archives")
async def test_what_is_too_large_or_no_form_is_refused(repo, browse, token, conn):
    sender, sha = browse(), "a" * 40

    async def endless():
        for _ in range(LARGEST_BODY // (1 << 20) + 2):
            yield b"a" * (1 << 20)

    assert (await send(sender, token, about(sha), endless())).status == 413
    for body in (
        b"",
        b"--x\r\n\r\n",
        b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x--\r\n",
        b"\xff" * 99,
    ):
        head = {**token, "Content-Type": "multipart/form-data; boundary=x"}
        assert (await sender.ask("POST", f"{REPORTS}?{about(sha)}", data=body, headers=head)).status == 400
    head = {**token, "Content-Type": "multipart/form-data"}
    assert (await sender.ask("POST", f"{REPORTS}?{about(sha)}", data=b"--", headers=head)).status == 400
    assert await conn.fetchval("SELECT count(*) FROM fg_upload") == 0


async def test_reports_of_a_commit_that_the_repository_lacks_are_left(repo, browse, bot, token, conn):
    assert (await send(browse(), token, about("d" * 40), RED)).status == 202
    assert (await send(browse(), token, about("d" * 40), b"no report at all")).status == 202
    await bot.settle()
    assert await bot.held_jobs() == []
    assert await conn.fetchval("SELECT count(*) FROM fg_workflow_run WHERE head_sha = $1", "d" * 40) == 0
    assert await conn.fetchval("SELECT count(*) FROM fg_upload WHERE read_at IS NULL") == 0


async def test_a_build_that_hangs_up_in_the_middle_is_not_taken_for_a_database_that_is_away(bot, repo, token, conn):
    where = urlsplit(bot.address)
    with capture_logs() as lines:
        _, writer = await asyncio.open_connection(where.hostname, where.port)
        head = f"POST {REPORTS}?{about('a' * 40)} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"
        writer.write(f"{head}Authorization: {token['Authorization']}\r\n\r\n<testsuite".encode())
        await writer.drain()
        await asyncio.sleep(1)
        writer.close()
        await asyncio.sleep(0.5)
    assert [line for line in lines if line["event"] == "page_not_shown"] == []
    assert await conn.fetchval("SELECT count(*) FROM fg_upload") == 0
