"""Pull requests of forks, checks, rights, and what is too long to be said."""

import pytest


async def test_runs_and_commits_of_forks_name_no_pull_request(github, repo, ask, start):
    fork = repo.fork("eve")
    pull = await repo.open_pull(author="eve", branch="fix", files={"b.py": "1"}, title="Fix", from_fork=fork)
    run = await start(pull)
    body = (await ask("GET", f"/repos/acme/web/actions/runs/{run.id}")).body
    assert body["pull_requests"] == []
    assert body["head_repository"]["full_name"] == "eve/web"
    assert (await ask("GET", f"/repos/acme/web/commits/{pull.head_sha}/pulls")).body == []
    [found] = (await ask("GET", "/repos/acme/web/pulls?head=eve:fix")).body
    assert (found["number"], found["head"]["sha"]) == (pull.number, pull.head_sha)
    assert "check_suite" not in {one.event for one in github.deliveries}


async def test_runs_and_commits_of_own_branches_name_their_pull_request(repo, ask, start):
    pull = await repo.open_pull(author="dana", branch="fix", files={"b.py": "1"}, title="Fix")
    run = await start(pull)
    body = (await ask("GET", f"/repos/acme/web/actions/runs/{run.id}")).body
    assert [one["number"] for one in body["pull_requests"]] == [pull.number]
    listed = (await ask("GET", f"/repos/acme/web/commits/{pull.head_sha}/pulls")).body
    assert [one["number"] for one in listed] == [pull.number]


async def test_a_check_can_be_written_on_a_forks_head(repo, ask):
    pull = await repo.open_pull(
        author="eve", branch="fix", files={"b.py": "1"}, title="Fix", from_fork=repo.fork("eve")
    )
    said = await ask("POST", "/repos/acme/web/check-runs", {"name": "x", "head_sha": pull.head_sha})
    assert said.status == 201
    assert said.body["pull_requests"] == []
    assert (await ask("POST", "/repos/acme/web/check-runs", {"name": "x", "head_sha": "f" * 40})).status == 422


def notes(count):
    one = {"path": "a", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"}
    return {"output": {"title": "t", "summary": "s", "annotations": [one] * count}}


async def test_annotations_come_fifty_at_a_time_and_add_up(repo, ask):
    sha = repo.data.branches["main"]
    made = (await ask("POST", "/repos/acme/web/check-runs", {"name": "x", "head_sha": sha} | notes(50))).body
    where = f"/repos/acme/web/check-runs/{made['id']}"
    assert (await ask("PATCH", where, notes(51))).status == 422
    assert (await ask("PATCH", where, notes(20))).body["output"]["annotations_count"] == 70


async def test_a_refused_check_is_not_changed_in_part(repo, ask):
    sha = repo.data.branches["main"]
    made = (await ask("POST", "/repos/acme/web/check-runs", {"name": "x", "head_sha": sha})).body
    where = f"/repos/acme/web/check-runs/{made['id']}"
    long = {"output": {"title": "t", "summary": "s" * 65_536}, "conclusion": "success"}
    assert (await ask("PATCH", where, long)).status == 422
    button = {"label": "x" * 21, "description": "d", "identifier": "i"}
    assert (await ask("PATCH", where, {"actions": [button], "conclusion": "success"})).status == 422
    [check] = repo.check_runs(sha)
    assert (check.status, check.title) == ("queued", None)


async def test_bodies_that_are_too_long_are_refused(ask):
    long = "x" * 65_537
    said = await ask("POST", "/repos/acme/web/issues", {"title": "a", "body": long})
    assert said.status == 422
    assert "body is too long" in said.body["errors"][0]["message"]
    await ask("POST", "/repos/acme/web/issues", {"title": "a", "body": long[1:]})
    comments = "/repos/acme/web/issues/1/comments"
    assert (await ask("POST", comments, {"body": long})).status == 422
    assert (await ask("POST", comments, {"body": " "})).status == 422
    made = (await ask("POST", comments, {"body": "short"})).body
    assert (await ask("PATCH", f"/repos/acme/web/issues/comments/{made['id']}", {"body": long})).status == 422


async def test_a_repository_without_issues_is_a_410(repo, ask):
    repo.data.has_issues = False
    assert (await ask("POST", "/repos/acme/web/issues", {"title": "a"})).status == 410


@pytest.mark.parametrize(
    ("role", "based_on", "permission", "rights"),
    [
        ("triage", None, "read", ["pull", "triage"]),
        ("maintain", None, "write", ["maintain", "pull", "push", "triage"]),
        ("releaser", "write", "write", ["pull", "push", "triage"]),
        ("none", None, "none", []),
    ],
)
async def test_a_role_that_the_old_words_lack_is_told_in_both(repo, ask, role, based_on, permission, rights):
    repo.grant("tess", role, based_on=based_on)
    body = (await ask("GET", "/repos/acme/web/collaborators/tess/permission")).body
    assert (body["permission"], body["role_name"], body["user"]["role_name"]) == (permission, role, role)
    assert sorted(name for name, is_given in body["user"]["permissions"].items() if is_given) == rights


async def test_a_bot_is_no_user_and_has_no_role(github, ask):
    github.world.account("renovate[bot]", "Bot")
    said = await ask("GET", "/repos/acme/web/collaborators/renovate[bot]/permission")
    assert (said.status, said.body["message"]) == (404, "renovate[bot] is not a user")
