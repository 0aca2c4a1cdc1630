"""Each operation is asked of a server that answers with GitHub's own example.

It is held to GitHub's own description of the API, and to the permissions that our manifest asks for.
"""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from app.github import actions, checks, conversations, installations, issues, repositories
from app.github.checks import Annotation, CheckAction, CheckContent
from app.github.errors import Gone, NotAllowed, Rejected, RerunRefused, TooLarge, UnexpectedAnswer
from app.github.registration import convert_manifest
from app.github.wire import Wire

REPO = "/repos/acme/shop"
SHA = "6dcb09b5b57875f334f61aebed695e2e4193db5e"


MANIFEST = yaml.safe_load((Path(__file__).parents[2] / "manifest.yml").read_text())


def is_permitted(needed):
    """Tell whether our manifest fulfils one of the sets of permissions that will do."""
    granted = MANIFEST["default_permissions"]
    levels = ["read", "write"]
    return needed in ("jwt", "none") or any(
        all(name in granted and levels.index(granted[name]) >= levels.index(level) for name, level in some.items())
        for some in needed
    )


@pytest.fixture
def checked(connect, contract, permissions):
    """Our side of the connection with every exchange held to GitHub's description and to our permissions."""
    problems = []

    class CheckedWire(Wire):
        async def _request(self, method, url, headers, body=b""):
            status, got, content = await super()._request(method, url, headers, body)
            parts = urlsplit(url)
            problems.extend(
                str(problem)
                for problem in contract.check(
                    method, f"{parts.path}?{parts.query}", request_body=json.loads(body) if body else None
                )
                # The description calls it a time; GitHub's text and practice say a range in the search syntax.
                if problem.where != "query.created"
            )
            return status, got, content

    def count(what, status):
        if status < 300 and not is_permitted(permissions["operations"][what]):
            problems.append(f"{what}: the manifest asks for no right to that")

    yield connect(wire=CheckedWire, on_request=count)
    assert problems == []


@pytest.fixture
def checked_repo(checked):
    return checked.repository(9, "acme", "shop")


@pytest.fixture
def exemplary(fake, examples, say):
    """Let the server answer with GitHub's own example."""

    def tell(method, path):
        status, body = examples(method, path)
        fake.says(method, path, say(status, body))
        return body

    return tell


async def test_a_run_is_read(checked_repo, exemplary):
    body = exemplary("GET", f"{REPO}/actions/runs/5")
    run = await actions.get_run(checked_repo, 5)
    assert (run.id, run.head_sha, run.tree_sha) == (body["id"], body["head_sha"], body["head_commit"]["tree_id"])
    assert (run.head_repository, run.head_owner) == (body["head_repository"]["full_name"], "octocat")
    assert run.created_at == datetime(2020, 1, 22, 19, 33, 8, tzinfo=UTC)


async def test_an_attempt_of_a_run_is_read(checked_repo, exemplary):
    body = exemplary("GET", f"{REPO}/actions/runs/5/attempts/2")
    assert (await actions.get_run_attempt(checked_repo, 5, 2)).id == body["id"]


async def test_runs_are_listed_by_commit_and_time(checked_repo, fake, exemplary):
    exemplary("GET", f"{REPO}/actions/runs")
    found = await actions.list_runs(checked_repo, head_sha="abc", created=">=2026-01-31", branch="main", event="push")
    assert len(found) == 1
    assert fake.asked[-1].query == {
        "head_sha": "abc",
        "created": ">=2026-01-31",
        "branch": "main",
        "event": "push",
        "per_page": "100",
    }


async def test_no_more_runs_are_listed_than_asked_for(repo, fake, examples, say):
    _, body = examples("GET", f"{REPO}/actions/runs")
    link = f'<{fake.url(f"{REPO}/actions/runs?page=2")}>; rel="next"'
    fake.says("GET", f"{REPO}/actions/runs", say(body=body, headers={"Link": link}))
    assert len(await actions.list_runs(repo, limit=3)) == 3
    assert len(fake.without_minting) == 3


async def test_the_jobs_of_an_attempt_are_read_with_their_steps(checked_repo, exemplary):
    body = exemplary("GET", f"{REPO}/actions/runs/5/attempts/2/jobs")
    jobs = await actions.list_attempt_jobs(checked_repo, 5, 2)
    assert [job.id for job in jobs] == [job["id"] for job in body["jobs"]]
    assert [step.number for step in jobs[0].steps] == [step["number"] for step in body["jobs"][0]["steps"]]
    assert jobs[0].labels == tuple(body["jobs"][0]["labels"])


async def test_artifacts_are_read(checked_repo, exemplary):
    body = exemplary("GET", f"{REPO}/actions/runs/5/artifacts")
    found = await actions.list_artifacts(checked_repo, 5)
    assert [one.id for one in found] == [one["id"] for one in body["artifacts"]]
    assert [one.is_expired for one in found] == [one["expired"] for one in body["artifacts"]]


async def test_failed_jobs_are_run_again(checked_repo, fake, say):
    fake.says("POST", f"{REPO}/actions/runs/5/rerun-failed-jobs", say(201, {}))
    await actions.rerun_failed_jobs(checked_repo, 5)


@pytest.mark.parametrize(
    ("message", "kind", "asked"),
    [
        ("This workflow run cannot be retried", RerunRefused, 1),
        ("This workflow is already running", RerunRefused, 1),
        ("Unable to retry this workflow run because it was created over a month ago", RerunRefused, 1),
        ("Resource not accessible by integration", NotAllowed, 4),
    ],
)
async def test_a_run_that_cannot_run_again_is_told_from_one_that_we_may_not_touch(
    repo, fake, say, message, kind, asked
):
    where = f"{REPO}/actions/runs/5/rerun-failed-jobs"
    fake.says("POST", where, say(403, {"message": message}))
    with pytest.raises(kind) as caught:
        await actions.rerun_failed_jobs(repo, 5)
    assert type(caught.value) is kind
    assert caught.value.said == message
    assert len(fake.asked_for(where)) == asked


async def test_a_run_that_is_gone_is_gone(repo, fake):
    with pytest.raises(Gone):
        await actions.rerun_failed_jobs(repo, 5)


def content(annotations=0, **more):
    return CheckContent(
        title="1 test failed",
        summary="It is flaky.",
        annotations=tuple(
            Annotation(path="a.py", start_line=n, end_line=n, level="failure", message="boom", title="t")
            for n in range(1, annotations + 1)
        ),
        **more,
    )


async def test_a_check_run_is_made_with_its_buttons(checked_repo, fake, exemplary):
    body = exemplary("POST", f"{REPO}/check-runs")
    actions_ = (CheckAction(label="Run again", description="Run failed jobs", identifier="rerun"),)
    shown = content(status="completed", conclusion="failure", details_url="https://x.example", actions=actions_)
    made = await checks.create_check_run(checked_repo, "FlakeGuard", "abc", shown)
    assert (made.id, made.app_id) == (body["id"], body["app"]["id"])
    assert fake.asked[-1].body["actions"] == [
        {"label": "Run again", "description": "Run failed jobs", "identifier": "rerun"}
    ]


async def test_annotations_go_out_fifty_at_a_time(checked_repo, fake, exemplary):
    made = exemplary("POST", f"{REPO}/check-runs")
    exemplary("PATCH", f"{REPO}/check-runs/{made['id']}")
    await checks.create_check_run(checked_repo, "FlakeGuard", "abc", content(120, status="in_progress"))
    sent = [asked.body["output"]["annotations"] for asked in fake.without_minting]
    assert [len(some) for some in sent] == [50, 50, 20]
    assert [one["start_line"] for some in sent for one in some] == list(range(1, 121))


async def test_a_check_run_is_brought_up_to_date(checked_repo, fake, exemplary):
    exemplary("PATCH", f"{REPO}/check-runs/4")
    await checks.update_check_run(checked_repo, 4, content(51, conclusion="neutral", text="more", external_id="7"))
    assert [len(asked.body["output"]["annotations"]) for asked in fake.without_minting] == [50, 1]
    assert fake.without_minting[0].body["conclusion"] == "neutral"


async def test_our_check_is_told_from_one_of_the_same_name(checked_repo, fake, exemplary):
    body = exemplary("GET", f"{REPO}/commits/abc/check-runs")
    ours = body["check_runs"][0]["app"]["id"]
    assert len(await checks.find_check_runs(checked_repo, "abc", name="FlakeGuard", app_id=ours)) == 1
    assert await checks.find_check_runs(checked_repo, "abc", name="FlakeGuard", app_id=ours + 1) == ()
    assert fake.asked[-1].query["check_name"] == "FlakeGuard"


async def test_check_suites_are_listed(checked_repo, exemplary):
    body = exemplary("GET", f"{REPO}/commits/abc/check-suites")
    found = await checks.list_check_suites(checked_repo, "abc")
    assert [one.app_slug for one in found] == [one["app"]["slug"] for one in body["check_suites"]]


async def test_comments_are_written_read_edited_and_deleted(checked_repo, fake, exemplary, say):
    exemplary("POST", f"{REPO}/issues/3/comments")
    exemplary("GET", f"{REPO}/issues/3/comments")
    exemplary("GET", f"{REPO}/issues/comments/8")
    exemplary("PATCH", f"{REPO}/issues/comments/8")
    fake.says("DELETE", f"{REPO}/issues/comments/8", say(204))
    made = await conversations.create_comment(checked_repo, 3, "hello")
    (listed,) = await conversations.list_comments(checked_repo, 3)
    assert listed == await conversations.get_comment(checked_repo, 8)
    assert (listed.author, listed.body, listed.issue_number) == ("octocat", "Me too", 1347)
    assert made.id == (await conversations.edit_comment(checked_repo, 8, "bye")).id
    await conversations.delete_comment(checked_repo, 8)


async def test_a_comment_whose_author_is_gone_has_none(repo, fake, examples, say):
    _, body = examples("GET", f"{REPO}/issues/comments/8")
    fake.says(
        "GET", f"{REPO}/issues/comments/8", say(body=body | {"user": None, "performed_via_github_app": {"id": 4}})
    )
    read = await conversations.get_comment(repo, 8)
    assert (read.author, read.app_id) == (None, 4)


async def test_reactions_are_read_and_given(checked_repo, fake, exemplary, say):
    exemplary("GET", f"{REPO}/issues/comments/8/reactions")
    exemplary("POST", f"{REPO}/issues/comments/8/reactions")
    (found,) = await conversations.list_reactions(checked_repo, 8)
    assert (found.content, found.user) == ("heart", "octocat")
    await conversations.add_reaction(checked_repo, 8, "+1")
    assert fake.asked[-1].body == {"content": "+1"}


async def test_reactions_that_did_not_change_are_not_read_again(checked_repo, fake, examples, say):
    where = f"{REPO}/issues/comments/8/reactions"
    _, body = examples("GET", where)
    fake.says("GET", where, say(body=body, headers={"ETag": 'W/"a"'}), say(304))
    found, etag = await conversations.poll_reactions(checked_repo, 8, None)
    assert [one.content for one in found] == ["heart"]
    assert await conversations.poll_reactions(checked_repo, 8, etag) is None
    assert [asked.headers.get("if-none-match") for asked in fake.without_minting] == [None, 'W/"a"']


async def test_issues_are_listed_without_pull_requests(checked_repo, fake, examples, say):
    _, (issue, *_) = examples("GET", f"{REPO}/issues")
    plain = {name: value for name, value in issue.items() if name != "pull_request"}
    fake.says("GET", f"{REPO}/issues", say(body=[issue | {"pull_request": {"url": "x"}}, plain]))
    (found,) = await issues.list_issues(checked_repo, labels=["bug", "b c"], creator="flakeguard[bot]", state="all")
    assert (found.number, found.labels) == (issue["number"], ("bug",))
    assert fake.asked[-1].query == {
        "labels": "bug,b c",
        "creator": "flakeguard[bot]",
        "state": "all",
        "per_page": "100",
    }


async def test_an_issue_is_opened_read_and_closed(checked_repo, fake, exemplary):
    body = exemplary("POST", f"{REPO}/issues")
    exemplary("GET", f"{REPO}/issues/3")
    exemplary("PATCH", f"{REPO}/issues/3")
    made = await issues.create_issue(checked_repo, title="Flaky test: x", body="…", labels=["flaky-test"])
    assert made == await issues.get_issue(checked_repo, 3)
    assert (made.title, made.author) == (body["title"], "octocat")
    await issues.edit_issue(checked_repo, 3, state="closed", state_reason="completed")
    assert fake.asked[-1].body == {"state": "closed", "state_reason": "completed"}


async def test_a_label_is_made_only_where_there_is_none(checked_repo, fake, exemplary):
    exemplary("POST", f"{REPO}/labels")
    await issues.ensure_label(checked_repo, "flaky-test", color="d93f0b", description="Sometimes fails")
    assert fake.asked[-1].body == {"name": "flaky-test", "color": "d93f0b", "description": "Sometimes fails"}
    exemplary("GET", f"{REPO}/labels/flaky-test")
    await issues.ensure_label(checked_repo, "flaky-test", color="d93f0b", description="Sometimes fails")
    assert len([asked for asked in fake.asked if asked.path == f"{REPO}/labels"]) == 1


async def test_a_label_that_somebody_made_meanwhile_is_good_enough(repo, fake, say):
    fake.says("GET", f"{REPO}/labels/a", say(404, {"message": "Not Found"}), say(body={"name": "a"}))
    fake.says("POST", f"{REPO}/labels", say(422, {"message": "Validation Failed"}))
    await issues.ensure_label(repo, "a", color="ffffff", description="")


async def test_a_body_that_is_too_long_is_rejected_with_githubs_words(repo, fake, say):
    told = {"message": "Validation Failed", "errors": [{"message": "body is too long (maximum is 65536 characters)"}]}
    fake.says("POST", f"{REPO}/issues/3/comments", say(422, told))
    with pytest.raises(Rejected) as caught:
        await conversations.create_comment(repo, 3, "x")
    assert caught.value.said == "Validation Failed: body is too long (maximum is 65536 characters)"


async def test_a_repository_and_the_rights_there_are_read(checked_repo, fake, exemplary, say):
    body = exemplary("GET", REPO)
    found = await repositories.get_repository(checked_repo)
    assert (found.id, found.owner, found.name, found.default_branch) == (body["id"], "octocat", "Hello-World", "master")
    rights = f"{REPO}/collaborators/ann%5Bbot%5D/permission"
    told = say(body={"permission": "write", "role_name": "maintain", "user": None})
    fake.says("GET", f"{REPO}/collaborators/ann[bot]/permission", told, say(404, {"message": "Not Found"}))
    assert await repositories.get_permission(checked_repo, "ann[bot]") == "maintain"
    assert fake.asked[-1].raw_path == rights
    assert await repositories.get_permission(checked_repo, "ann[bot]") == "none"


@pytest.mark.parametrize(
    ("permission", "rights", "role"),
    [
        ("write", {"push": True, "triage": True}, "write"),
        ("read", {"push": False, "triage": True}, "triage"),
        ("read", {"push": False, "triage": False}, "read"),
        ("admin", {}, "admin"),
    ],
)
async def test_a_role_of_the_organisation_s_own_counts_as_the_one_it_builds_on(
    repo, fake, say, permission, rights, role
):
    told = {"permission": permission, "role_name": "releaser", "user": {"permissions": rights}}
    fake.says("GET", f"{REPO}/collaborators/ann/permission", say(body=told))
    assert await repositories.get_permission(repo, "ann") == role


async def test_a_pull_request_is_read(checked_repo, exemplary):
    body = exemplary("GET", f"{REPO}/pulls/3")
    pull = await repositories.get_pull(checked_repo, 3)
    assert (pull.number, pull.head_sha, pull.base_ref) == (body["number"], body["head"]["sha"], "master")
    assert (pull.head_repository, pull.author, pull.labels) == ("octocat/Hello-World", "octocat", ("bug",))


async def test_a_pull_request_whose_fork_is_gone_has_no_head_repository(repo, fake, examples, say):
    _, body = examples("GET", f"{REPO}/pulls/3")
    fake.says("GET", f"{REPO}/pulls/3", say(body=body | {"head": body["head"] | {"repo": None}}))
    assert (await repositories.get_pull(repo, 3)).head_repository is None


async def test_the_pull_request_of_a_forks_branch_is_found(checked_repo, fake, exemplary):
    exemplary("GET", f"{REPO}/pulls")
    assert len(await repositories.list_pulls(checked_repo, head="ann:feature/a", state="all")) == 1
    assert fake.asked[-1].query == {"head": "ann:feature/a", "state": "all", "per_page": "100"}


async def test_the_files_of_a_pull_request_are_listed(checked_repo, exemplary):
    exemplary("GET", f"{REPO}/pulls/3/files")
    (file,) = await repositories.list_pull_files(checked_repo, 3)
    assert (file.filename, file.status) == ("file1.txt", "added")


FILE = f"{REPO}/contents/.github/flakeguard.yml"


def stored(data, **more):
    encoded = base64.encodebytes(data).decode()
    return {"type": "file", "encoding": "base64", "content": encoded, "sha": "b10b", "size": len(data)} | more


async def test_a_file_is_read_at_a_commit(checked_repo, fake, say):
    fake.says("GET", FILE, say(body=stored(b"version: 1\n" * 20)))
    found = await repositories.get_contents(checked_repo, ".github/flakeguard.yml", "main")
    assert (found.data, found.sha) == (b"version: 1\n" * 20, "b10b")
    assert fake.asked[-1].query == {"ref": "main"}


async def test_a_large_file_takes_a_second_request(repo, fake, say):
    fake.says("GET", FILE, say(body=stored(b"", encoding="none", content="")), say(body=b"\xffraw"))
    assert (await repositories.get_contents(repo, ".github/flakeguard.yml", "main")).data == b"\xffraw"
    assert fake.asked[-1].headers["accept"] == "application/vnd.github.raw+json"


async def test_a_file_over_the_limit_is_not_fetched(repo, fake, say):
    fake.says("GET", FILE, say(body=stored(b"", encoding="none", content="", size=100_000_000)))
    with pytest.raises(TooLarge):
        await repositories.get_contents(repo, ".github/flakeguard.yml", "main")
    with pytest.raises(TooLarge):
        await repositories.get_contents(repo, ".github/flakeguard.yml", "main", limit=99_999_999)
    assert len(fake.without_minting) == 2


@pytest.mark.parametrize("body", [[], {"type": "symlink", "sha": "x"}, {"type": "submodule", "sha": "x"}, None])
async def test_what_is_no_file_is_nothing(repo, fake, say, body):
    fake.says("GET", FILE, say(404, {"message": "Not Found"}) if body is None else say(body=body))
    assert await repositories.get_contents(repo, ".github/flakeguard.yml", "main") is None


async def test_the_app_and_its_installations_are_read(checked, fake, exemplary):
    body = exemplary("GET", "/app")
    exemplary("GET", "/app/installations")
    exemplary("GET", "/app/installations/1")
    exemplary("GET", f"{REPO}/installation")
    app = await installations.get_app(checked.app)
    assert (app.id, app.slug) == (body["id"], body["slug"])
    (listed,) = await installations.list_installations(checked.app)
    assert listed.account == "octocat"
    assert (await installations.get_installation(checked.app, 1)).permissions["checks"] == "write"
    assert (await installations.get_repository_installation(checked.app, "acme", "shop")).account == "github"
    assert all(asked.headers["authorization"].startswith("Bearer ") for asked in fake.asked)


async def test_an_installations_repositories_are_listed(checked, exemplary):
    body = exemplary("GET", "/installation/repositories")
    found = await installations.list_installation_repositories(checked.installation(9))
    assert [one.id for one in found] == [one["id"] for one in body["repositories"]]


async def test_missed_deliveries_are_listed_and_sent_again(checked, fake, exemplary, say):
    body = exemplary("GET", "/app/hook/deliveries")
    fake.says("POST", f"/app/hook/deliveries/{body[0]['id']}/attempts", say(202, {}))
    [found] = [page async for page in installations.list_deliveries(checked.app, since=None)]
    assert [one.guid for one in found] == [one["guid"] for one in body]
    assert not [
        page async for page in installations.list_deliveries(checked.app, since=datetime(2100, 1, 1, tzinfo=UTC))
    ]
    await installations.redeliver(checked.app, found[0].id)


async def test_what_was_sent_with_a_delivery_can_be_had(checked, exemplary, fake, say):
    body = exemplary("GET", "/app/hook/deliveries/12345678")
    assert await installations.get_delivered_payload(checked.app, 12345678) == body["request"]["payload"]
    hidden = body | {"request": {"headers": None, "payload": None}}
    fake.says("GET", "/app/hook/deliveries/12345679", say(body=hidden))
    assert await installations.get_delivered_payload(checked.app, 12345679) is None


async def test_a_manifest_becomes_an_app_without_any_authorization(checked, fake, exemplary, say):
    body = exemplary("POST", "/app-manifests/c0de/conversions")
    made = await convert_manifest(checked.app.wire, "c0de")
    assert (made.id, made.private_key, made.webhook_secret) == (body["id"], body["pem"], body["webhook_secret"])
    assert made.client_secret not in repr(made)
    assert "authorization" not in fake.asked[0].headers
    with pytest.raises(Gone):
        await convert_manifest(checked.app.wire, "used")


@pytest.mark.parametrize("content", ["A", "=AAA"])
async def test_a_file_that_is_no_base64_is_an_answer_we_did_not_expect(repo, fake, say, content):
    fake.says("GET", FILE, say(body=stored(b"", content=content)))
    with pytest.raises(UnexpectedAnswer, match="no Base64"):
        await repositories.get_contents(repo, ".github/flakeguard.yml", "main")


async def test_the_pull_requests_of_a_commit_are_listed(checked_repo, exemplary):
    exemplary("GET", f"{REPO}/commits/{SHA}/pulls")
    [pull] = await repositories.list_commit_pulls(checked_repo, SHA)
    assert (pull.number, pull.state) == (1347, "open")


@pytest.mark.parametrize("status", [404, 422])
async def test_a_commit_that_the_repository_does_not_have_is_part_of_no_pull_request(repo, fake, say, status):
    fake.says("GET", f"{REPO}/commits/{SHA}/pulls", say(status, {"message": f"No commit found for SHA: {SHA}"}))
    assert await repositories.list_commit_pulls(repo, SHA) == ()
