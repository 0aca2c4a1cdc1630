"""An issue closes by the passes that are stored since, also when its evidence has long left the window."""

from tests.e2e.leavings import finish_run, names_of
from tests.e2e.test_a_flake_from_proof_to_quarantine import prove_flaky
from tests.e2e.test_set_up import set_policy

SMALL_WINDOW = "version: 1\nwindow_size: 10\n"
UNDECIDED = SMALL_WINDOW + "quarantine: {mode: off}\n"


async def pass_again(github, repo, bot, times, *, hours=2):
    for _ in range(times):
        github.advance(hours=hours)
        sha = await repo.push(branch="main", files={"code.py": str(github.now)}, message="calm", author="dana")
        await finish_run(repo, sha)
    await bot.settle()


async def test_an_issue_closes_after_more_passes_than_the_window_holds_and_its_score_is_forgotten(
    github, repo, bot, conn
):
    await set_policy(repo, bot, SMALL_WINDOW)
    await prove_flaky(github, repo, bot)
    [issue] = repo.issues
    await pass_again(github, repo, bot, 13)
    assert await conn.fetchval("SELECT count(*) FROM fg_flake_score") == 0, "its failures have left the window"
    assert issue.state == "open"
    await pass_again(github, repo, bot, 1)
    assert issue.state == "closed"
    assert "passed 14 times in a row" in issue.comments[-1].body


async def test_an_issue_stays_open_for_a_day_after_the_last_failure_however_often_its_test_passes(github, repo, bot):
    await set_policy(repo, bot, SMALL_WINDOW)
    await prove_flaky(github, repo, bot)
    [issue] = repo.issues
    await pass_again(github, repo, bot, 15, hours=1)
    assert issue.state == "open"
    await pass_again(github, repo, bot, 1, hours=12)
    assert issue.state == "closed"


async def test_without_a_decision_the_goal_stays_where_the_last_flake_has_set_it(github, repo, bot, conn):
    await set_policy(repo, bot, UNDECIDED)
    await prove_flaky(github, repo, bot)
    [issue] = repo.issues
    assert "after 14 passes in a row" in issue.body, "it had flaked in two of ten runs"
    await pass_again(github, repo, bot, 13)
    assert await conn.fetchval("SELECT count(*) FROM fg_flake_score") == 0, "its failures have left the window"
    assert await conn.fetchval("SELECT count(*) FROM fg_quarantine_decision") == 0
    assert issue.state == "open"
    assert "after 14 passes in a row (" in issue.body, "its count is brought up to date once a day"
    assert "No failure in the latest 10 runs of each job" in issue.body
    await pass_again(github, repo, bot, 1)
    assert issue.state == "closed"


async def test_the_passes_that_end_a_quarantine_are_the_same_number_in_its_issue_and_count_from_the_decision(
    github, repo, bot
):
    await set_policy(repo, bot, SMALL_WINDOW)
    await prove_flaky(github, repo, bot)
    [issue] = repo.issues
    await pass_again(github, repo, bot, 5)
    await repo.comment(issue.number, "dana", "/flakeguard quarantine test_3 for 30d because it is slow")
    await bot.settle()
    assert "the quarantine ends, and with it this issue" in issue.body
    assert "passes in a row (0 so far, since the decision)" in issue.body, "the five before it are no part of it"
    await pass_again(github, repo, bot, 1, hours=24)
    assert "passes in a row (1 so far, since the decision)" in issue.body


async def test_a_merged_pull_request_that_says_fixes_claims_a_fix_which_passes_from_then_on_prove(github, repo, bot):
    await set_policy(repo, bot, UNDECIDED)
    await prove_flaky(github, repo, bot)
    [issue] = repo.issues
    await pass_again(github, repo, bot, 10)
    pull = await repo.open_pull(author="dana", branch="fix", files={"code.py": "mended"}, title="Wait for the answer")
    await pull.edit(f"It asked too early.\n\nFixes #{issue.number}")
    await finish_run(repo, pull)
    await bot.settle()
    assert issue.state == "open"
    assert pull.comments == []
    await finish_run(repo, await pull.merge("mary"))
    await bot.settle()
    assert (issue.state, issue.state_reason) == ("closed", "completed")
    [told] = [one.body for one in issue.comments]
    assert "I take this as fixed and look on: 14 passes in a row from here on prove it" in told
    await pass_again(github, repo, bot, 12)
    assert len(issue.comments) == 1, "none of the passes before it counts"
    await pass_again(github, repo, bot, 2)
    assert "The fix holds: 14 passes" in issue.comments[1].body


async def test_a_flake_after_a_merged_fix_reopens_its_issue(github, repo, bot):
    await prove_flaky(github, repo, bot)
    [issue] = repo.issues
    pull = await repo.open_pull(author="dana", branch="fix", files={"code.py": "mended"}, title="Wait for the answer")
    await pull.edit(f"resolves: #{issue.number}, and has nothing to do with #{pull.number}")
    github.advance(hours=1)
    await finish_run(repo, await pull.merge())
    await bot.settle()
    assert issue.state == "closed"
    github.advance(hours=1)
    await prove_flaky(github, repo, bot, runs=6)
    assert issue.state == "open"
    assert len(repo.issues) == 1


async def close_by_passes(github, repo, bot):
    await set_policy(repo, bot, UNDECIDED)
    await prove_flaky(github, repo, bot)
    await pass_again(github, repo, bot, 14)
    [issue] = repo.issues
    assert (issue.state, issue.comments[-1].author) == ("closed", "flakeguard[bot]")
    return issue


async def fail_once(github, repo, bot, *, hours=2, **spec):
    github.advance(hours=hours)
    sha = await repo.push(branch="main", files={"code.py": str(github.now)}, message="change", author="dana")
    await finish_run(repo, sha, **{"failed": ("test_3",)} | spec)
    await bot.settle()


async def test_one_failure_as_before_on_the_default_branch_reopens_what_we_closed(github, repo, bot):
    issue = await close_by_passes(github, repo, bot)
    assert "fails on the default branch as it did before" in issue.comments[-1].body
    await fail_once(github, repo, bot)
    assert issue.state == "open"
    assert len(repo.issues) == 1
    await pass_again(github, repo, bot, 14)
    assert issue.state == "open"
    assert "after 29 passes in a row" in issue.body, "what failed once among passes has flaked in one of ten runs"


async def test_a_failure_in_another_way_may_be_a_regression_and_does_not_reopen_it(github, repo, bot):
    issue = await close_by_passes(github, repo, bot)
    await fail_once(github, repo, bot, message="AssertionError: expected 2 to be 3")
    assert issue.state == "closed"


async def test_a_failure_of_a_pull_request_does_not_reopen_it(github, repo, bot):
    issue = await close_by_passes(github, repo, bot)
    github.advance(hours=2)
    pull = await repo.open_pull(author="dana", branch="feature", files={"feature.py": "1"}, title="Feature")
    await finish_run(repo, pull, failed=("test_3",))
    await bot.settle()
    assert issue.state == "closed"


async def test_an_outage_does_not_reopen_it(github, repo, bot):
    issue = await close_by_passes(github, repo, bot)
    await fail_once(github, repo, bot, failed=names_of(12))
    assert issue.state == "closed"


async def test_a_failure_as_before_after_the_grace_period_does_not_reopen_it(github, repo, bot):
    issue = await close_by_passes(github, repo, bot)
    await fail_once(github, repo, bot, hours=24 * 11)
    assert issue.state == "closed"
    assert len(repo.issues) == 1
