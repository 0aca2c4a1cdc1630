"""The sandbox answers, and the bot asks, as GitHub's own description says; the fixture `github` checks it at the end."""

import json
import re
from datetime import timedelta

import aiohttp
import jwt
import pytest

from app.github import actions, checks, conversations, downloads, installations, issues, repositories
from app.github.errors import Gone, Rejected, RerunRefused
from app.github.registration import convert_manifest
from app.github.wire import Wire
from app.sandbox.github import ArtifactSpec, JobSpec
from app.sandbox.github.doors import real_now
from app.sandbox.github.registering.manifest import read_manifest
from app.sandbox.github.routes import OPERATIONS
from tests.e2e import test_a_flake_from_proof_to_quarantine as story

CHECK = checks.CheckContent(
    title="All good",
    summary="Nothing failed.",
    text="more",
    status="in_progress",
    details_url="https://flakeguard.example/1",
    external_id="1",
    annotations=tuple(
        checks.Annotation(
            path="a.py", start_line=n, end_line=n, level="warning", message="m", title="t", raw_details="r"
        )
        for n in range(1, 61)
    ),
    actions=(checks.CheckAction(label="Re-run", description="Run failed jobs again", identifier="rerun"),),
)


@pytest.fixture
def place(github):
    """A repository with a person of some rights."""
    made = github.repository("acme/web")
    made.commit(branch="main", files={"README.md": "web", "docs/a b.md": "x"}, message="first", author="dana")
    made.grant("dana", "maintain")
    return made


@pytest.fixture
def ours(client, place):
    return client.repository(place.data.installation_id, "acme", "web")


async def test_the_app_and_its_installations(github, client, place, ours):
    await github.install(place)
    await github.permit(place, issues="write")
    assert (await installations.get_app(client.app)).slug == "flakeguard"
    [found] = await installations.list_installations(client.app)
    assert await installations.get_installation(client.app, found.id) == found
    assert await installations.get_repository_installation(client.app, "acme", "web") == found
    [repo] = await installations.list_installation_repositories(ours.client)
    assert repo == await repositories.get_repository(ours)
    await github.suspend(place)
    await github.unsuspend(place)
    await github.uninstall(place)
    with pytest.raises(Gone):
        await installations.get_installation(client.app, found.id)


async def test_webhook_deliveries_and_their_redelivery(github, client, place):
    github.webhook_url = "http://127.0.0.1:1/nobody"
    await place.push(branch="main", files={"a.py": "1"}, message="a", author="dana")
    since = github.now - timedelta(days=1)
    [tries] = [page async for page in installations.list_deliveries(client.app, since=since)]
    assert {one.event for one in tries} == {"push", "check_suite"}
    await installations.redeliver(client.app, tries[0].id)
    with pytest.raises(Gone):
        await installations.redeliver(client.app, 999)


async def test_files_and_rights(ours):
    assert (await repositories.get_contents(ours, "docs/a b.md", "main")).data == b"x"
    assert await repositories.get_contents(ours, "nothing", "main") is None
    assert await repositories.get_permission(ours, "dana") == "maintain"
    assert await repositories.get_permission(ours, "nobody-at-all") == "none"


async def test_pull_requests_of_branches_and_of_forks(place, ours):
    own = await place.open_pull(author="dana", branch="feature", files={"a.py": "1"}, title="Own", labels=["flaky"])
    await own.push(files={"a.py": "2", "README.md": "new"})
    await own.label("ready")
    fork = place.fork("eve")
    other = await place.open_pull(author="eve", branch="fix", files={"b.py": "1"}, title="Fork", from_fork=fork)
    assert (await repositories.get_pull(ours, own.number)).labels == ("flaky", "ready")
    assert [one.number for one in await repositories.list_pulls(ours, head="eve:fix")] == [other.number]
    assert [one.number for one in await repositories.list_commit_pulls(ours, own.head_sha)] == [own.number]
    assert [one.filename for one in await repositories.list_pull_files(ours, own.number)] == ["README.md", "a.py"]
    await own.close(merged=True)
    await other.close()


async def test_runs_and_what_they_leave_behind(github, place, ours, tmp_path):
    pull = await place.open_pull(author="dana", branch="feature", files={"a.py": "1"}, title="Own")
    jobs = [JobSpec(name="test", conclusion="failure", log="boom"), JobSpec(name="lint")]
    run = await place.start_run(
        workflow="CI", head=pull, jobs=jobs, artifacts=[ArtifactSpec(name="junit", files={"a.xml": "<a/>"}, job="test")]
    )
    with pytest.raises(RerunRefused):
        await actions.rerun_failed_jobs(ours, run.id)
    await run.complete()
    await actions.rerun_failed_jobs(ours, run.id)
    await run.complete()
    assert (await actions.get_run(ours, run.id)).run_attempt == 2
    assert (await actions.get_run_attempt(ours, run.id, 1)).run_attempt == 1
    [found] = await actions.list_runs(ours, head_sha=pull.head_sha, branch="feature", event="pull_request")
    assert found.id == run.id
    [failed, _] = await actions.list_attempt_jobs(ours, run.id, 1)
    artifacts = await actions.list_artifacts(ours, run.id)
    assert [one.name for one in artifacts] == ["junit", "junit"]
    await downloads.download_artifact(ours, artifacts[0].id, tmp_path / "zip", 10_000)
    await downloads.download_job_log(ours, failed.id, tmp_path / "log", 10_000)
    run.expire()
    with pytest.raises(Gone):
        await downloads.download_artifact(ours, artifacts[0].id, tmp_path / "zip", 10_000)


async def test_checks(github, place, ours):
    sha = await place.push(branch="main", files={"a.py": "1"}, message="a", author="dana")
    run = await place.start_run(workflow="CI", head=sha, jobs=[JobSpec(name="test")])
    await run.complete()
    made = await checks.create_check_run(ours, "FlakeGuard", sha, CHECK)
    done = checks.CheckContent(title="Done", summary="s", conclusion="neutral")
    assert (await checks.update_check_run(ours, made.id, done)).conclusion == "neutral"
    assert [one.id for one in await checks.find_check_runs(ours, sha, name="FlakeGuard", app_id=4242)] == [made.id]
    assert {one.app_slug for one in await checks.list_check_suites(ours, sha)} == {"flakeguard", "github-actions"}
    [check] = place.check_runs(sha)
    await place.press_button(check, "rerun", "dana")
    await place.rerequest_check(check, "dana")
    await place.open_suite(sha, "main", "rerequested")


async def test_issues_comments_reactions_and_labels(place, ours):
    await issues.ensure_label(ours, "flaky test", color="ff0000", description="finds them")
    await issues.ensure_label(ours, "flaky test", color="ff0000", description="finds them")
    made = await issues.create_issue(ours, title="Flaky test: a", body="", labels=["flaky test"])
    assert [one.number for one in await issues.list_issues(ours, labels=["flaky test"], state="all")] == [made.number]
    assert await issues.get_issue(ours, made.number) == made
    comment = await conversations.create_comment(ours, made.number, "hello")
    await conversations.edit_comment(ours, comment.id, "hello again")
    assert (await conversations.get_comment(ours, comment.id)).app_id == 4242
    await conversations.add_reaction(ours, comment.id, "+1")
    await conversations.add_reaction(ours, comment.id, "+1")
    assert len(await conversations.list_reactions(ours, comment.id)) == 1
    _, etag = await conversations.poll_reactions(ours, comment.id, None)
    assert await conversations.poll_reactions(ours, comment.id, etag) is None
    said = await place.comment(made.number, "dana", "/flakeguard status")
    assert len(await conversations.list_comments(ours, made.number)) == 2
    await place.edit_comment(said.id, "dana", "never mind")
    await place.delete_comment(said.id, "dana")
    await conversations.delete_comment(ours, comment.id)
    with pytest.raises(Rejected):
        await conversations.create_comment(ours, made.number, "x" * 65_537)
    await issues.edit_issue(
        ours, made.number, title="Flaky test: b", body="b", state="closed", state_reason="not_planned"
    )
    await place.reopen_issue(made.number, "dana")
    await place.close_issue(made.number, "dana")


def a_jwt(github):
    now = int(real_now().timestamp())
    return jwt.encode({"iat": now - 60, "exp": now + 500, "iss": "4242"}, github.private_key_pem, algorithm="RS256")


async def test_what_our_client_never_asks_for_keeps_to_the_description_as_well(github, place):
    github.webhook_url = "http://127.0.0.1:1/nobody"
    await place.push(branch="main", files={"a.py": "1"}, message="a", author="dana")
    pull = await place.open_pull(author="dana", branch="feature", files={"a.py": "1"}, title="Own")
    root = f"{github.api_url}/"
    async with aiohttp.ClientSession(root, headers={"Authorization": f"Bearer {a_jwt(github)}"}) as app:
        async with app.get("app/hook/deliveries/1") as answer:
            assert (await answer.json())["request"]["payload"]["ref"] == "refs/heads/main"
        minting = f"app/installations/{place.data.installation_id}/access_tokens"
        async with app.post(minting, json={"repositories": ["web"], "permissions": {"checks": "write"}}) as answer:
            token = (await answer.json())["token"]
    async with aiohttp.ClientSession(root, headers={"Authorization": f"token {token}"}) as narrow:
        check = {"name": "x", "head_sha": pull.head_sha, "output": {"title": "t", "summary": "s", "annotations": []}}
        check["output"]["annotations"] = [
            {"path": "a", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"}
        ]
        async with narrow.post("repos/acme/web/check-runs", json=check) as answer:
            number = (await answer.json())["id"]
        async with narrow.get(f"repos/acme/web/check-runs/{number}/annotations") as answer:
            assert answer.status == 200
        async with narrow.get("repos/acme/web/issues") as answer:
            assert answer.status == 403


async def test_what_a_person_is_told_who_signed_in_by_the_app(github, contracts, place):
    github.callback_urls = ["http://127.0.0.1:1/login/callback"]
    token = str(github.passes.give(github.world.account("dana"))["access_token"])
    async with aiohttp.ClientSession(f"{github.api_url}/", headers={"Authorization": f"Bearer {token}"}) as dana:
        async with dana.get("user") as answer:
            user = await answer.json()
        async with dana.get("user/installations") as answer:
            [installation] = (await answer.json())["installations"]
        async with dana.get(f"user/installations/{installation['id']}/repositories") as answer:
            assert (await answer.json())["repositories"][0]["permissions"]["maintain"] is True
        async with dana.get("repos/acme/web") as answer:
            assert (await answer.json())["permissions"]["maintain"] is True
    contract, alone = contracts[github.world.edition], f"{github.world.edition.prefix}/app/installations/1"
    assert not contract.check("GET", alone, status=200, response_body=installation)
    assert not list(contract._schema_errors("response", {"$ref": "#/components/schemas/simple-user"}, user))


async def test_a_manifests_conversion(github):
    manifest = {
        "name": "FlakeGuard",
        "url": "https://flakeguard.example",
        "redirect_url": "https://flakeguard.example/setup/callback",
        "hook_attributes": {"url": "https://flakeguard.example/webhooks/github"},
    }
    code = github.stage.pending.add(read_manifest(json.dumps(manifest)), github.world.account("dana"))
    async with aiohttp.ClientSession() as session:
        made = await convert_manifest(
            Wire(session, storage=session, api_url=github.api_url, user_agent="FlakeGuard/test"), code
        )
        with pytest.raises(Gone):
            await convert_manifest(
                Wire(session, storage=session, api_url=github.api_url, user_agent="FlakeGuard/test"), code
            )
    assert (made.id, made.private_key) == (github.world.app_id, github.private_key_pem)


async def test_the_bots_own_requests_in_a_whole_story(github, repo, bot):
    await story.test_a_known_flake_on_a_pull_request_is_told_from_a_regression_and_can_be_quarantined(github, repo, bot)
    assert len(github.requests) > 50


def test_each_operation_asks_for_the_rights_that_github_asks_for(needed):
    for method, path, _, right in OPERATIONS:
        name = re.sub(r"\{(\w+):[^}]+\}", r"{\1}", path).replace("/zip", "/{archive_format}")
        asked = needed[f"{method} {name}"]
        if right is None:
            assert asked == "jwt", name
        elif right != "metadata:read":
            assert [f"{k}:{v}" for some in asked for k, v in some.items()] == right.split(), name
