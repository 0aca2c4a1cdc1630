"""What only known flakes failed in is run again by itself where the policy says so: once, within the day's budget."""

from dataclasses import replace

import pytest

from app.sandbox.github.faults import Fault, Mischief
from tests.e2e.leavings import job_and_artifact, run_ci
from tests.e2e.test_a_flake_from_proof_to_quarantine import prove_flaky
from tests.e2e.test_set_up import set_policy

ON = "rerun: {enabled: true, max_per_day: 2}\n"


async def opened(repo, name="f"):
    return await repo.open_pull(author="dana", branch=name, files={f"{name}.py": "1"}, title=name)


async def asked(conn):
    rows = await conn.fetch("SELECT run_attempt, by_user, refusal FROM fg_rerun ORDER BY at, run_id, run_attempt")
    return [tuple(row) for row in rows]


async def start(repo, pull, **spec):
    job, artifact = job_and_artifact(**spec)
    return await repo.start_run(workflow="CI", head=pull, jobs=[job], artifacts=[artifact])


async def test_a_known_flake_is_run_again_once_and_its_attempts_are_kept(github, repo, bot, conn):
    await set_policy(repo, bot, ON)
    await prove_flaky(github, repo, bot)
    pull = await opened(repo)
    run = await start(repo, pull, failed=("test_3",))
    job, artifact = job_and_artifact(failed=("test_3",))
    run.plan_rerun(jobs=[job], artifacts=[artifact])
    await run.complete()
    await bot.settle()
    await run.complete()
    await bot.settle()
    # It failed in the second attempt, too, and is known in this way: that attempt is asked for once more, and no other.
    assert [one[0] for one in await asked(conn)] == [1, 2]
    assert {one[1:] for one in await asked(conn)} == {(None, None)}


async def test_without_the_switch_nothing_is_run_again(github, repo, bot, conn):
    await prove_flaky(github, repo, bot)
    await run_ci(repo, bot, await opened(repo), failed=("test_3",))
    assert await asked(conn) == []


async def test_beside_a_new_failure_nothing_is_run_again(github, repo, bot, conn):
    await set_policy(repo, bot, ON)
    await prove_flaky(github, repo, bot)
    await run_ci(repo, bot, await opened(repo), failed=("test_3", "test_5"))
    await run_ci(repo, bot, await opened(repo, "g"), failed=("test_5",))
    assert await asked(conn) == []


async def test_what_github_refused_is_never_asked_for_again(github, repo, bot, conn):
    await set_policy(repo, bot, ON)
    await prove_flaky(github, repo, bot)
    pull = await opened(repo)
    run = await start(repo, pull, failed=("test_3",))
    too_old = "Unable to retry this workflow run because it was created over a month ago"
    github.fail_next(403, method="POST", path="*/rerun-failed-jobs", message=too_old)
    await run.complete()
    await bot.settle()
    [(attempt, by, refusal)] = await asked(conn)
    assert (attempt, by) == (1, None)
    assert "over a month ago" in refusal
    await pull.label("again")
    await bot.settle()
    assert len(await asked(conn)) == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind=Mischief.FAIL, status=500, times=2),
        Fault(kind=Mischief.SECONDARY_LIMIT, status=403, seconds=1),
        Fault(kind=Mischief.LOSE_ANSWER),
    ],
    ids=lambda fault: fault.kind.value,
)
async def test_what_github_did_not_do_or_did_not_say_is_asked_for_until_it_is_done_once(github, repo, bot, conn, fault):
    await set_policy(repo, bot, "rerun: {enabled: true, max_per_day: 1}\n")
    await prove_flaky(github, repo, bot)
    pull = await opened(repo)
    run = await start(repo, pull, failed=("test_3",))
    github.plant(replace(fault, method="POST", path="*/rerun-failed-jobs"))
    await run.complete()
    await bot.settle()
    assert len(run.data.attempts) == 2
    assert await asked(conn) == [(1, None, None)]
    audit = await conn.fetch("SELECT actor, action FROM fg_audit WHERE action = 'rerun'")
    assert len(audit) == 1


async def test_a_day_has_a_budget_that_commands_share(github, repo, bot, conn):
    await set_policy(repo, bot, "rerun: {max_per_day: 1}\n")
    pulls = [await opened(repo, name) for name in ("f", "g")]
    for pull in pulls:
        await run_ci(repo, bot, pull, failed=("test_5",))
        await repo.comment(pull.number, "dana", "/flakeguard rerun")
        await bot.settle()
    assert [one[1] for one in await asked(conn)] == ["dana"]
    assert "today's 1 re-runs are used up" in pulls[1].comments[-1].body.replace("\u200b", "")
    audit = await conn.fetch("SELECT actor, action FROM fg_audit WHERE action = 'rerun'")
    assert [tuple(row) for row in audit] == [("dana", "rerun")]


async def test_who_asks_again_while_it_is_running_uses_up_nothing_more(repo, bot, conn):
    pull = await opened(repo)
    run = await run_ci(repo, bot, pull, failed=("test_5",))
    for _ in range(2):
        await repo.comment(pull.number, "dana", "/flakeguard rerun")
        await bot.settle()
        assert "Running again" in pull.comments[-1].body
    assert len(run.data.attempts) == 2
    assert await asked(conn) == [(1, "dana", None)]
