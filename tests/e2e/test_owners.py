"""Tests have the owners that CODEOWNERS of the default branch gives them, and an issue names them."""

import re

from tests.e2e.leavings import run_ci
from tests.e2e.test_a_flake_from_proof_to_quarantine import prove_flaky


async def own(repo, bot, text, path=".github/CODEOWNERS", branch="main"):
    sha = await repo.push(branch=branch, files={path: text}, message="owners", author="dana")
    await bot.settle()
    return sha


async def owners(conn):
    return {row["owner_team"] for row in await conn.fetch("SELECT owner_team FROM fg_test_case WHERE name = 'test_3'")}


async def test_an_issue_names_the_owner(github, repo, bot, conn):
    await own(repo, bot, "* @acme/all\n/tests/ @acme/quality\n")
    await prove_flaky(github, repo, bot)
    assert await owners(conn) == {"@acme/quality"}
    [issue] = repo.issues
    assert await conn.fetchval("SELECT impact -> 'teams' FROM fg_quarantine_decision LIMIT 1") == ["@acme/quality"]
    # The text that opens the issue calls the owner, a later one does not.
    assert re.search(r"- Owner `?@\u200b?acme/quality`?\n", issue.body)


async def test_owners_follow_the_file(github, repo, bot, conn):
    await prove_flaky(github, repo, bot)
    assert await owners(conn) == {None}
    await own(repo, bot, "tests/ @acme/one\n", path="CODEOWNERS")
    assert await owners(conn) == {"@acme/one"}
    await own(repo, bot, "tests/ @acme/two\n", path="CODEOWNERS")
    assert await owners(conn) == {"@acme/two"}
    sha = await own(repo, bot, "# nobody\n", path="CODEOWNERS")
    assert await owners(conn) == {None}
    assert [one.name for one in repo.check_runs(sha)] in ([], ["FlakeGuard"])


async def test_owners_that_do_not_all_fit_are_left_out_whole(github, repo, bot, conn):
    teams = [f"@acme/{letter * 58}" for letter in "bcd"]
    await own(repo, bot, f"tests/ {' '.join(teams)} @acme/quality\n", path="CODEOWNERS")
    await prove_flaky(github, repo, bot)
    assert await owners(conn) == {" ".join(teams)}


async def test_a_branch_that_is_not_merged_owns_nothing(repo, bot, conn):
    await run_ci(
        repo, bot, (await repo.open_pull(author="dana", branch="f", files={"a.py": "1"}, title="F")), failed=("test_3",)
    )
    await own(repo, bot, "* @mallory\n", branch="f")
    assert await owners(conn) == {None}
    assert await conn.fetchval("SELECT count(*) FROM fg_codeowners") == 0
