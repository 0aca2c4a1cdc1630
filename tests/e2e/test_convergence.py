"""Twice, late, out of order, after a lost answer: the same end state."""

import pytest

from tests.e2e.leavings import FLAKE, finish_run, job_and_artifact, rerun_ci, run_ci
from tests.e2e.test_a_flake_from_proof_to_quarantine import prove_flaky


def end_state(repo, pull):
    """What GitHub shows, without ids: the checks by commit, our comments, the issues."""
    checks = sorted(
        (one.head_sha, one.name, one.status, one.conclusion, one.title) for one in repo.data.checks.values()
    )
    comments = [one.body.splitlines()[2] for one in pull.comments if one.author == "flakeguard[bot]"]
    return checks, comments, [(one.title, one.state) for one in repo.issues]


async def stored_rows(conn):
    return await conn.fetchrow(
        """
        SELECT (SELECT count(*) FROM fg_occurrence) AS occurrences, (SELECT count(*) FROM fg_workflow_run) AS attempts,
               (SELECT count(*) FROM fg_evidence) AS evidence, (SELECT count(*) FROM fg_quarantine_decision) AS decisions,
               (SELECT max(score) FROM fg_flake_score) AS score
        """
    )


@pytest.mark.parametrize("seed", [1, 2])
async def test_webhooks_shuffled_and_tripled_come_to_the_same_as_in_order(github, repo, bot, conn, seed):
    await prove_flaky(github, repo, bot)
    pull = await repo.open_pull(author="dana", branch="feature", files={"feature.py": "1"}, title="Feature")
    await run_ci(repo, bot, pull, failed=("test_3",))
    first, rows = end_state(repo, pull), await stored_rows(conn)
    github.hold_webhooks()
    for delivery in [one for one in github.deliveries if one.event in ("workflow_run", "check_suite", "pull_request")]:
        await github.webhooks.deliver(delivery.event, delivery.payload)
    await github.release_webhooks(order="shuffled", seed=seed, copies=3)
    await bot.settle()
    assert end_state(repo, pull) == first
    assert await stored_rows(conn) == rows


async def test_runs_told_in_any_order_are_judged_alike(github, repo, bot, conn):
    github.hold_webhooks()
    for number in range(12):
        sha = await repo.push(branch="main", files={"code.py": f"v{number}"}, message=str(number), author="dana")
        run = await finish_run(repo, sha, failed=("test_3",) if number in (8, 10) else ())
        if number in (8, 10):
            job, artifact = job_and_artifact()
            await run.rerun_failed(jobs=[job], artifacts=[artifact])
        github.advance(hours=1)
    await github.release_webhooks(order="reversed")
    await bot.settle()
    score = await conn.fetchrow("SELECT score, standing, e2, runs FROM fg_flake_score ORDER BY score DESC LIMIT 1")
    assert (score["standing"], score["e2"], score["runs"]) == ("flaky", 2, 12)
    assert len(repo.issues) == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "*/check-runs"),
        ("PATCH", "*/check-runs/*"),
        ("POST", "*/issues/*/comments"),
        ("PATCH", "*/issues/comments/*"),
        ("POST", "*/issues"),
        ("POST", "*/reactions"),
    ],
)
async def test_a_lost_answer_makes_nothing_twice(github, repo, bot, method, path):
    github.lose_answer(method=method, path=path, times=2)
    await prove_flaky(github, repo, bot)
    pull = await repo.open_pull(author="dana", branch="feature", files={"feature.py": "1"}, title="Feature")
    await run_ci(repo, bot, pull, failed=("test_3",))
    await repo.comment(pull.number, "dana", "/flakeguard quarantine test_3\n/flakeguard status")
    await bot.settle()
    names = [(one.head_sha, one.name) for one in repo.data.checks.values()]
    assert len(names) == len(set(names))
    ours = [one.body for one in pull.comments if one.author == "flakeguard[bot]"]
    assert sum("<!-- flakeguard:pull -->" in body for body in ours) == 1
    assert sum("<!-- flakeguard:answer" in body for body in ours) == 1
    assert len(repo.issues) == 1
    [check] = repo.check_runs(pull.head_sha)
    assert check.conclusion == "success"


async def test_a_lost_answer_shows_no_annotation_twice(github, repo, bot):
    pull = await repo.open_pull(author="dana", branch="feature", files={"feature.py": "1"}, title="Feature")
    await bot.settle()
    github.lose_answer(method="PATCH", path="*/check-runs/*", times=3)
    await run_ci(repo, bot, pull, failed=("test_5", "test_6"), message="AssertionError: no")
    [check] = repo.check_runs(pull.head_sha)
    assert len(check.annotations) == len({str(one) for one in check.annotations}) == 2


async def test_a_github_that_fails_for_a_while_only_delays(github, repo, bot):
    await prove_flaky(github, repo, bot, runs=6)
    pull = await repo.open_pull(author="dana", branch="feature", files={"feature.py": "1"}, title="Feature")
    await bot.settle()
    for status in (500, 502, 503):
        github.fail_next(status, times=4)
    github.rate_limit(1, secondary=True, times=2)
    await run_ci(repo, bot, pull, failed=("test_5",), message="AssertionError: no")
    [check] = repo.check_runs(pull.head_sha)
    assert check.conclusion == "failure"


async def test_two_flakes_in_the_same_run_and_their_rerun_are_one_piece_of_evidence(github, repo, bot, conn):
    sha = await repo.push(branch="main", files={"code.py": "1"}, message="1", author="dana")
    run = await run_ci(repo, bot, sha, failed=("test_1", "test_2"), message=FLAKE)
    await rerun_ci(run, bot)
    rows = await conn.fetch("SELECT grade, count(*) AS n FROM fg_evidence WHERE test_id > 0 GROUP BY grade, test_id")
    assert [(row["grade"], row["n"]) for row in rows] == [("E2", 1), ("E2", 1)]
