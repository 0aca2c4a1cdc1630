"""The main path: a flake is proven on main, met on a pull request, quarantined by a person, and excused."""

from datetime import timedelta

from tests.e2e.leavings import finish_run, job_and_artifact, run_ci


async def prove_flaky(github, repo, bot, *, runs=10):
    """Two flakes of test_3 on main, each failing and passing on the same commit, among other runs that pass."""
    for number in range(runs):
        sha = await repo.push(branch="main", files={"code.py": f"v{number}"}, message=f"change {number}", author="dana")
        flakes = number in (runs - 4, runs - 2)
        run = await finish_run(repo, sha, failed=("test_3",) if flakes else ())
        if flakes:
            job, artifact = job_and_artifact()
            await run.rerun_failed(jobs=[job], artifacts=[artifact])
        github.advance(hours=1)
    await bot.settle()


async def test_a_known_flake_on_a_pull_request_is_told_from_a_regression_and_can_be_quarantined(github, repo, bot):
    await prove_flaky(github, repo, bot)
    pull = await repo.open_pull(author="dana", branch="feature", files={"feature.py": "1"}, title="Feature")
    await run_ci(repo, bot, pull, failed=("test_3",))

    [check] = [one for one in repo.check_runs(pull.head_sha) if one.name == "FlakeGuard"]
    assert check.conclusion == "neutral"
    [comment] = [one for one in pull.comments if one.author == "flakeguard[bot]"]
    assert "<!-- flakeguard:pull -->" in comment.body
    assert "test_3" in comment.body
    assert "- [ ]" in comment.body
    [issue] = repo.issues
    assert issue.title.startswith("Flaky test: ")

    await repo.comment(pull.number, "dana", "/flakeguard quarantine test_3 for 14d because the database is slow")
    await bot.settle()
    [check] = [one for one in repo.check_runs(pull.head_sha) if one.name == "FlakeGuard"]
    assert check.conclusion == "success"
    assert len([one for one in pull.comments if one.author == "flakeguard[bot]"]) == 1
    assert [one.content for one in pull.comments[-1].reactions] == ["+1"]


async def test_a_regression_on_a_pull_request_is_not_excused(github, repo, bot):
    await prove_flaky(github, repo, bot)
    pull = await repo.open_pull(author="dana", branch="feature", files={"feature.py": "1"}, title="Feature")
    await run_ci(repo, bot, pull, failed=("test_5",), message="AssertionError: expected 2 to be 3")
    [check] = [one for one in repo.check_runs(pull.head_sha) if one.name == "FlakeGuard"]
    assert check.conclusion == "failure"
    github.advance(minutes=5)
    await pull.push(files={"feature.py": "2"})
    await run_ci(repo, bot, pull)
    [comment] = [one for one in pull.comments if one.author == "flakeguard[bot]"]
    assert "test_5" not in comment.body
    assert timedelta(0) < github.now - comment.created_at
