"""Where the App is installed, and what repositories are called, changes under our feet."""

import pytest

from tests.e2e.leavings import job_and_artifact, run_ci
from tests.e2e.test_set_up import check


@pytest.fixture
def installation(github, repo):
    return github.world.installations[repo.data.installation_id]


async def known(conn):
    """The repositories that we know: name, default branch, whether we may work there."""
    rows = await conn.fetch(
        """
        SELECT repo.name, repo.default_branch,
               repo.removed_at IS NULL AND home.deleted_at IS NULL AND home.suspended_at IS NULL AS is_ours
        FROM fg_repository AS repo JOIN fg_installation AS home ON home.id = repo.installation_id
        ORDER BY repo.name
        """
    )
    return [tuple(row) for row in rows]


async def push(repo, text):
    return await repo.push(branch="main", files={"code.py": text}, message=text, author="dana")


async def tell_repositories(github, installation, *, added=(), removed=()):
    """Say that an installation covers more or fewer repositories than before."""
    render = github.render
    payload = {
        "action": "added" if added else "removed",
        "installation": render.installation(installation),
        "repository_selection": "selected",
        "repositories_added": [render.installed_repository(one.data) for one in added],
        "repositories_removed": [render.installed_repository(one.data) for one in removed],
        "sender": render.user(github.world.account("dana")),
    }
    for one in added:
        one.data.installation_id = installation.id
    for one in removed:
        one.data.installation_id = None
    await github.webhooks.deliver("installation_repositories", payload)


async def change(github, repo, action, *, name=None, **fields):
    """Change a repository and tell it as GitHub does, under its new name."""
    del github.world.repositories[repo.full_name]
    repo.data.name = name or repo.data.name
    for field, value in fields.items():
        setattr(repo.data, field, value)
    github.world.repositories[repo.full_name] = repo.data
    await repo.send("repository", {"action": action})


async def test_an_installation_brings_its_repositories_with_their_policies(github, repo, bot, conn):
    other = github.repository("acme/api", private=True)
    other.commit(branch="main", files={".github/flakeguard.yml": "min_runs: 7\n"}, message="first", author="dana")
    await github.install(repo)
    await bot.settle()
    assert await known(conn) == [("api", "main", True), ("web", "main", True)]
    assert await conn.fetchval("SELECT policy->>'min_runs' FROM fg_repository WHERE name = 'api'") == "7"
    row = await conn.fetchrow("SELECT account_login, account_type, permissions->>'checks' FROM fg_installation")
    assert tuple(row) == ("acme", "Organization", "write")


async def test_nothing_is_done_while_an_installation_is_suspended_and_all_again_afterwards(github, repo, bot, conn):
    await github.install(repo)
    await bot.settle()
    await github.suspend(repo)
    await bot.settle()
    assert await known(conn) == [("web", "main", False)]
    await github.unsuspend(repo)
    await bot.settle()
    assert await known(conn) == [("web", "main", True)]
    sha = await push(repo, "1")
    await run_ci(repo, bot, sha)
    assert check(repo, sha, "FlakeGuard").conclusion == "success"


async def test_a_deleted_installation_takes_its_repositories_with_it_and_a_new_one_brings_them_back(
    github, repo, bot, conn
):
    sha = await push(repo, "1")
    await run_ci(repo, bot, sha)
    await github.uninstall(repo)
    await bot.settle()
    assert await known(conn) == [("web", "main", False)]
    repo.data.installation_id = github.world.install(repo.data.owner).id
    await github.install(repo)
    await bot.settle()
    assert await known(conn) == [("web", "main", True)]
    # What was stored before is there still: a repository is known by GitHub's id of it.
    assert await conn.fetchval("SELECT count(*) FROM fg_occurrence") == 12


async def test_repositories_come_to_an_installation_and_leave_it(github, repo, bot, conn, installation):
    await github.install(repo)
    other = github.repository("acme/api", installed=False)
    await tell_repositories(github, installation, added=[other])
    await bot.settle()
    assert await known(conn) == [("api", "main", True), ("web", "main", True)]
    await tell_repositories(github, installation, removed=[other])
    await bot.settle()
    assert await known(conn) == [("api", "main", False), ("web", "main", True)]


async def test_rights_that_are_granted_later_are_noted(github, repo, bot, conn):
    await github.permit(repo, issues="read")
    await bot.settle()
    assert await conn.fetchval("SELECT permissions->>'issues' FROM fg_installation") == "read"


async def test_a_renamed_repository_keeps_its_history_and_another_may_take_its_name(github, repo, bot, conn):
    await run_ci(repo, bot, await push(repo, "1"))
    await change(github, repo, "renamed", name="shop")
    successor = github.repository("acme/web")
    successor.commit(branch="main", files={"README.md": "new"}, message="first", author="dana")
    sha = await push(successor, "2")
    await run_ci(successor, bot, sha)
    assert await known(conn) == [("shop", "main", True), ("web", "main", True)]
    assert await conn.fetchval("SELECT count(*) FROM fg_occurrence") == 24
    assert check(successor, sha, "FlakeGuard").conclusion == "success"
    sha = await push(repo, "3")
    await run_ci(repo, bot, sha)
    assert check(repo, sha, "FlakeGuard").conclusion == "success"


async def test_another_default_branch_brings_its_own_policy(github, repo, bot, conn):
    repo.commit(branch="next", files={".github/flakeguard.yml": "min_runs: 9\n"}, message="policy", author="dana")
    await github.install(repo)
    await change(github, repo, "edited", default_branch="next")
    await bot.settle()
    assert await known(conn) == [("web", "next", True)]
    assert await conn.fetchval("SELECT policy->>'min_runs' FROM fg_repository") == "9"


async def test_an_archived_repository_is_known_as_such_until_it_is_worked_on_again(github, repo, bot, conn):
    await change(github, repo, "archived", is_archived=True)
    await bot.settle()
    assert await conn.fetchval("SELECT archived_at FROM fg_repository") is not None
    await change(github, repo, "unarchived", is_archived=False)
    await bot.settle()
    assert await conn.fetchval("SELECT archived_at FROM fg_repository") is None


async def test_a_deleted_repository_is_ours_no_more(github, repo, bot, conn):
    await push(repo, "1")
    await bot.settle()
    del github.world.repositories[repo.full_name]
    await repo.send("repository", {"action": "deleted"})
    await bot.settle()
    assert await known(conn) == [("web", "main", False)]


async def run_until(github, repo, bot, step, then):
    """A failed run of which `then` befalls the bot right after its request to a path with `step` in it."""
    sha = await push(repo, "1")
    await bot.settle()

    def watch(exchange):
        if step in exchange.path:
            then()

    github.observers.append(watch)
    job, artifact = job_and_artifact(failed=("test_1",))
    run = await repo.start_run(workflow="CI", head=sha, jobs=[job], artifacts=[artifact])
    await run.complete()
    await bot.settle()


@pytest.mark.parametrize("step", ["/jobs", "/artifacts", "/check-runs/"])
async def test_a_suspension_in_the_middle_of_a_job_drops_it(github, repo, bot, conn, installation, step):
    def suspend():
        installation.suspended_at = github.now

    await run_until(github, repo, bot, step, suspend)
    assert installation.suspended_at is not None
    assert await bot.held_jobs() == []
    assert await conn.fetchval("SELECT count(*) FROM fg_delivery WHERE processed_at IS NULL") == 0


async def test_jobs_of_an_app_that_is_uninstalled_in_the_middle_are_dropped(github, repo, bot, conn, installation):
    sha = await push(repo, "1")
    await bot.settle()
    job, artifact = job_and_artifact(failed=("test_1",))
    run = await repo.start_run(workflow="CI", head=sha, jobs=[job], artifacts=[artifact])

    def uninstall(exchange):
        if "/artifacts" in exchange.path:
            installation.is_deleted = True

    github.observers.append(uninstall)
    await run.complete()
    # GitHub calls the token bad from then on, as it does for a moment with tokens that are new: jobs wait at first.
    await github.uninstall(repo)
    await bot.settle()
    assert await bot.held_jobs() == []
    assert await conn.fetchval("SELECT count(*) FROM fg_occurrence") == 0
    assert await conn.fetchval("SELECT count(*) FROM fg_delivery WHERE processed_at IS NULL") == 0
