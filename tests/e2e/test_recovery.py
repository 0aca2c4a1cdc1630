"""What GitHub told while nobody listened, or never told at all, is found and done as if it had just come."""

import asyncio
import re
import sys
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from app.github.actions import list_runs_since
from app.handlers.look_for_runs import RESERVE
from app.jobs import IngestRun, RecoverDelivery
from app.metrics import DELIVERIES_RECOVERED, RUNS_FOUND
from app.queue import enqueue
from app.sandbox.github import Pull
from tests.e2e.leavings import finish_run, job_and_artifact, run_ci
from tests.e2e.test_a_flake_from_proof_to_quarantine import prove_flaky

FOR_EVER = 10**9


def go_down(github):
    """Let nobody be there: what GitHub sends from now on stands in its log as failed."""
    github.lose_webhooks(FOR_EVER)


async def come_back(github, bot):
    github.lose_webhooks(0)
    await bot.recover()
    await bot.settle()


def asked(github, since, path):
    """The requests since then that went to a part of the API."""
    return [(one.method, one.path) for one in github.requests[since:] if path in one.path]


def counted(metric, **labels):
    return (metric.labels(**labels) if labels else metric)._value.get()


async def work_for_two_hours(github, repo, runs):
    """Pushes to main with a run each, some of which flake and are run again, and a pull request whose author asks something."""
    shas = []
    for number in range(runs):
        sha = await repo.push(branch="main", files={"code.py": f"down {number}"}, message=str(number), author="dana")
        flakes = number % 5 == 4
        run = await finish_run(repo, sha, failed=("test_3",) if flakes else ())
        if flakes:
            job, artifact = job_and_artifact()
            await run.rerun_failed(jobs=[job], artifacts=[artifact])
        shas.append(sha)
        github.advance(minutes=120 / runs)
    pull = await repo.open_pull(author="dana", branch="feature", files={"feature.py": "1"}, title="Feature")
    await finish_run(repo, pull, failed=("test_5",), message="AssertionError: no")
    await repo.comment(pull.number, "dana", "/flakeguard status")
    return shas, pull


async def recover_two_hours(github, repo, bot, conn, runs):
    """Returns how many deliveries were missed, the requests to GitHub's log, and the seconds that it took."""
    go_down(github)
    since, sent = len(github.requests), len(github.deliveries)
    shas, pull = await work_for_two_hours(github, repo, runs)
    began = time.monotonic()
    await come_back(github, bot)
    took = time.monotonic() - began
    for sha in [*shas, pull.head_sha]:
        assert [one.name for one in repo.check_runs(sha)] == ["FlakeGuard"]
    [check] = repo.check_runs(pull.head_sha)
    assert check.conclusion == "failure"
    ours = [one.body for one in pull.comments if one.author == "flakeguard[bot]"]
    assert sum("<!-- flakeguard:pull -->" in body for body in ours) == 1
    assert sum("<!-- flakeguard:answer" in body for body in ours) == 1
    flakes = runs // 5
    assert await conn.fetchval("SELECT count(*) FROM fg_workflow_run WHERE run_attempt = 2") >= flakes
    assert await conn.fetchval("SELECT count(*) FROM fg_delivery WHERE processed_at IS NULL") == 0
    missed = [one for one in github.deliveries[sent:] if one.status == 0]
    return len(missed), asked(github, since, "/app/hook/deliveries"), took


async def test_what_was_missed_while_we_were_down_is_done_with_two_requests_each_at_most(github, repo, bot, conn):
    missed, requests, _ = await recover_two_hours(github, repo, bot, conn, 10)
    assert missed >= 60
    # One each, and the pages of the log.
    assert len(requests) <= missed + 3
    assert all(method == "GET" for method, _ in requests)


@pytest.mark.long
async def test_five_hundred_deliveries_that_were_missed_in_two_hours_are_done_within_five_minutes(
    github, repo, bot, conn
):
    await prove_flaky(github, repo, bot)
    missed, requests, took = await recover_two_hours(github, repo, bot, conn, 90)
    sys.stdout.write(f"{missed} missed, {len(requests)} requests to the log, all done after {took:.0f} s\n")
    assert missed >= 500
    assert len(requests) <= missed * 2
    assert took < 300


def shown(repo, pull):
    """What GitHub shows of a repository, without ids, hashes and the moment of an answer."""
    checks = sorted((one.name, one.status, one.conclusion, one.title) for one in repo.data.checks.values())
    said = [one.body.splitlines()[2] for one in pull.comments if one.author == "flakeguard[bot]"]
    comments = sorted(re.sub(r"as of [\d-]+ [\d:]+ UTC", "as of then", line) for line in said)
    return checks, comments, [(one.title, one.state) for one in repo.issues]


async def stored(conn, repo):
    row = await conn.fetchrow(
        """
        SELECT (SELECT count(*) FROM fg_occurrence AS o WHERE o.repo_id = repo.id) AS occurrences,
               (SELECT count(*) FROM fg_workflow_run AS run WHERE run.repo_id = repo.id) AS attempts,
               (SELECT count(*) FROM fg_proof AS p WHERE p.repo_id = repo.id) AS proofs,
               (SELECT count(*) FROM fg_quarantine_decision AS d WHERE d.repo_id = repo.id) AS decisions,
               (SELECT max(score) FROM fg_flake_score AS s WHERE s.repo_id = repo.id) AS score
        FROM fg_repository AS repo
        WHERE repo.name = $1
        """,
        repo.data.name,
    )
    return tuple(row)


@pytest.mark.long
async def test_after_two_hours_without_us_all_is_as_if_we_had_been_there(github, repo, bot, conn):
    twin = github.repository("acme/twin")
    twin.commit(branch="main", files={"README.md": "twin"}, message="first", author="dana")
    twin.grant("dana", "write")
    await prove_flaky(github, twin, bot)
    await prove_flaky(github, repo, bot)
    began = github.now
    _, pull = await work_for_two_hours(github, twin, 20)
    await bot.settle()
    undisturbed = shown(twin, pull), await stored(conn, twin)
    github.now = began
    await recover_two_hours(github, repo, bot, conn, 20)
    assert (shown(repo, Pull(repo, max(repo.data.pulls))), await stored(conn, repo)) == undisturbed


# --- deliveries ---


async def push(repo, text="1"):
    return await repo.push(branch="main", files={"code.py": text}, message=text, author="dana")


async def is_checked(repo, sha):
    return [one.status for one in repo.check_runs(sha)] == ["completed"]


async def miss_a_run(github, repo, **spec):
    """A run of which we hear nothing."""
    go_down(github)
    sha = await push(repo)
    await finish_run(repo, sha, **spec)
    return sha


async def test_what_is_known_of_is_not_fetched_again(github, repo, bot):
    sha = await miss_a_run(github, repo)
    await come_back(github, bot)
    assert await is_checked(repo, sha)
    since = len(github.requests)
    await bot.recover()
    await bot.settle()
    # The log is read back a little further than before, since a try may appear in it late.
    assert asked(github, since, "/app/") == [("GET", "/app/hook/deliveries")]


async def test_of_events_that_are_none_of_ours_not_even_the_payload_is_fetched(github, repo, bot):
    go_down(github)
    since = len(github.requests)
    for event, payload in (
        ("workflow_job", {"action": "queued"}),
        ("workflow_job", {"action": "completed"}),
        ("star", {"action": "created"}),
        ("pull_request", {"action": "assigned"}),
    ):
        await repo.send(event, payload)
    await come_back(github, bot)
    assert asked(github, since, "/app/") == [("GET", "/app/hook/deliveries")]


async def test_what_was_sent_again_by_hand_meanwhile_is_not_fetched(github, repo, bot):
    sha = await miss_a_run(github, repo)
    github.lose_webhooks(0)
    for one in [one for one in github.deliveries if one.status == 0]:
        await github.redeliver(one.guid)
    await bot.settle()
    assert await is_checked(repo, sha)
    since = len(github.requests)
    await bot.recover()
    await bot.settle()
    assert asked(github, since, "/app/") == [("GET", "/app/hook/deliveries")]


async def test_a_delivery_that_fails_again_when_it_is_sent_again_is_recovered_once(github, repo, bot, conn):
    sha = await miss_a_run(github, repo)
    guids = [one.guid for one in github.deliveries if one.status == 0]
    for guid in guids:
        await github.redeliver(guid)
    since = len(github.requests)
    await come_back(github, bot)
    assert await is_checked(repo, sha)
    assert len(asked(github, since, "/app/hook/deliveries/")) <= len(guids)


async def test_deliveries_that_came_with_a_secret_that_we_had_not_are_done_once_we_have_it(github, repo, bot):
    github.webhooks.secret = "the new one, which nobody told us"
    sha = await push(repo)
    await finish_run(repo, sha)
    assert {one.status for one in github.deliveries} == {401}
    await bot.settle()
    assert repo.check_runs(sha) == []
    github.webhooks.secret = "secret"
    await come_back(github, bot)
    assert await is_checked(repo, sha)


async def test_a_delivery_of_unknown_shape_is_fetched_once_and_never_again(github, repo, bot, conn):
    await repo.send("workflow_run", {"action": "completed", "workflow_run": {"id": "seven"}})
    assert github.deliveries[-1].status == 400
    since = len(github.requests)
    for _ in range(2):
        await come_back(github, bot)
    assert len(asked(github, since, "/app/hook/deliveries/")) == 1
    assert await conn.fetchval("SELECT processed_at IS NOT NULL FROM fg_delivery")


async def test_a_delivery_whose_payload_github_does_not_show_is_sent_again_once(github, repo, bot, conn):
    sha = await miss_a_run(github, repo)
    for one in github.deliveries:
        one.is_shown_whole = False
    since = len(github.requests)
    await come_back(github, bot)
    assert await is_checked(repo, sha)
    posts = [path for method, path in asked(github, since, "/attempts") if method == "POST"]
    assert len(posts) == len(set(posts)) > 0
    since = len(github.requests)
    await come_back(github, bot)
    assert asked(github, since, "/attempts") == []


async def test_a_delivery_that_has_left_the_log_is_given_up(github, repo, bot, conn):
    gone = counted(DELIVERIES_RECOVERED, result="gone")
    async with bot.pool.acquire() as connection:
        await enqueue(connection, RecoverDelivery(try_id=999, guid="guid", event="push"))
    await bot.settle()
    assert counted(DELIVERIES_RECOVERED, result="gone") == gone + 1


async def test_a_try_that_appears_in_the_log_late_is_found_all_the_same(github, repo, bot):
    sha = await miss_a_run(github, repo)
    late = [one for one in github.deliveries if one.status == 0]
    for one in late:
        one.status = None
    github.advance(minutes=5)
    github.lose_webhooks(0)
    await push(repo, "2")
    await come_back(github, bot)
    assert repo.check_runs(sha) == []
    for one in late:
        one.status = 0
    await come_back(github, bot)
    assert await is_checked(repo, sha)


@pytest.mark.parametrize("fault", ["failing", "cut off", pytest.param("limited", marks=pytest.mark.long)])
async def test_a_log_that_cannot_be_read_is_looked_at_again_soon(github, repo, bot, conn, fault):
    sha = await miss_a_run(github, repo)
    path = "/app/hook/deliveries*"
    match fault:
        case "failing":
            github.fail_next(502, times=7, path=path)
        case "cut off":
            github.lose_answer(method="GET", path=path, times=7)
        case "limited":
            github.rate_limit(1, secondary=True, times=1)
    await bot.recover()
    await bot.settle()
    github.lose_webhooks(0)
    await asyncio.sleep(1.1 if fault == "limited" else 0)
    for _ in range(3):
        await bot.recover()
        await bot.settle()
    assert await is_checked(repo, sha)
    assert await conn.fetchval("SELECT count(*) FROM fg_delivery WHERE processed_at IS NULL") == 0


async def test_several_processes_that_look_at_once_do_nothing_twice(github, repo, bot, conn):
    sha = await miss_a_run(github, repo)
    since = len(github.requests)
    github.lose_webhooks(0)
    await asyncio.gather(*(bot.recover() for _ in range(4)))
    await bot.settle()
    assert await is_checked(repo, sha)
    fetched = asked(github, since, "/app/hook/deliveries/")
    assert len(fetched) == len(set(fetched)) > 0


# --- runs ---


async def test_a_run_of_which_github_tells_nothing_at_all_is_found(github, repo, bot, conn):
    await run_ci(repo, bot, await push(repo))
    sha = await push(repo, "2")
    await bot.settle()
    github.forget_webhooks(FOR_EVER)
    await finish_run(repo, sha)
    github.advance(minutes=10)
    found = counted(RUNS_FOUND)
    await bot.look_for_runs()
    await bot.settle()
    assert await is_checked(repo, sha)
    assert counted(RUNS_FOUND) == found + 1
    await bot.look_for_runs()
    await bot.settle()
    assert counted(RUNS_FOUND) == found + 1


async def look(github, bot):
    """Look for runs; returns the requests that it made to the list of runs, as (created, status)."""
    since = len(github.requests)
    await bot.look_for_runs()
    await bot.settle()
    return [(one.query["created"], one.status) for one in github.requests[since:] if "created" in one.query]


async def test_an_hour_in_which_nothing_happened_costs_nothing(github, repo, bot):
    await run_ci(repo, bot, await push(repo))
    await bot.sweep()
    await bot.settle()
    github.advance(hours=1)
    asked_first = await look(github, bot)
    github.advance(hours=1)
    asked_then = await look(github, bot)
    assert [status for _, status in asked_first + asked_then] == [200, 304]
    assert asked_first[0][0] == asked_then[0][0]
    await finish_run(repo, await push(repo, "2"))
    assert [status for _, status in await look(github, bot)] == [200]


@pytest.mark.long
async def test_once_a_day_the_whole_week_is_looked_at_for_reruns_of_older_runs(github, repo, bot, conn):
    run = await run_ci(repo, bot, await push(repo), failed=("test_3",))
    await bot.sweep()
    await bot.settle()
    for text in "23":
        github.advance(days=2)
        await run_ci(repo, bot, await push(repo, text))
        await look(github, bot)
    github.forget_webhooks(FOR_EVER)
    job, artifact = job_and_artifact()
    await run.rerun_failed(jobs=[job], artifacts=[artifact])
    github.advance(hours=2)
    await look(github, bot)
    attempts = "SELECT count(*) FROM fg_workflow_run WHERE run_attempt = 2 AND ingested_at IS NOT NULL"
    assert await conn.fetchval(attempts) == 0
    github.advance(days=1)
    await look(github, bot)
    assert await conn.fetchval(attempts) == 1


async def test_a_run_that_takes_long_is_waited_for_and_one_that_ended_just_now_is_left_to_its_delivery(
    github, repo, bot, conn
):
    job, artifact = job_and_artifact()
    job = replace(job, minutes=10 * 60)
    slow = await repo.start_run(workflow="CI", head=await push(repo), jobs=[job], artifacts=[artifact])
    await bot.settle()
    await bot.sweep()
    await bot.settle()
    for text in "234":
        github.advance(hours=3)
        await run_ci(repo, bot, await push(repo, text))
        await look(github, bot)
    github.forget_webhooks(FOR_EVER)
    await slow.complete()
    await look(github, bot)
    assert await conn.fetchval("SELECT count(*) FROM fg_workflow_run WHERE ingested_at IS NOT NULL") == 3
    github.advance(minutes=6)
    await look(github, bot)
    assert await conn.fetchval("SELECT count(*) FROM fg_workflow_run WHERE ingested_at IS NOT NULL") == 4


async def test_a_run_that_could_not_start_is_found_and_fails_the_check(github, repo, bot):
    await run_ci(repo, bot, await push(repo))
    await bot.sweep()
    await bot.settle()
    pull = await repo.open_pull(author="dana", branch="feature", files={"feature.py": "1"}, title="Feature")
    await bot.settle()
    github.forget_webhooks(FOR_EVER)
    run = await repo.start_run(workflow="CI", head=pull, jobs=[])
    await run.complete("startup_failure")
    github.advance(minutes=10)
    await look(github, bot)
    [check] = repo.check_runs(pull.head_sha)
    assert (check.status, check.conclusion) == ("completed", "failure")


async def test_runs_that_wait_in_the_queue_are_not_queued_again(github, repo, bot, conn):
    await run_ci(repo, bot, await push(repo))
    github.forget_webhooks(FOR_EVER)
    run = await finish_run(repo, await push(repo, "2"))
    repo_id = await conn.fetchval("SELECT id FROM fg_repository")
    async with bot.pool.acquire() as connection:
        await enqueue(connection, IngestRun(repo_id=repo_id, run_id=run.id), after=timedelta(hours=1))
    github.advance(minutes=10)
    found = counted(RUNS_FOUND)
    await look(github, bot)
    assert counted(RUNS_FOUND) == found


async def test_nobody_looks_while_the_rate_limit_is_nearly_used_up(github, repo, bot):
    await run_ci(repo, bot, await push(repo))
    github.api.used[repo.data.installation_id] = github.api.limit - RESERVE
    await run_ci(repo, bot, await push(repo, "2"))
    assert await look(github, bot) == []


async def test_the_runs_of_three_days_are_caught_up_with_once_a_suspension_ends(github, repo, bot, conn):
    await github.install(repo)
    await run_ci(repo, bot, await push(repo))
    await github.suspend(repo)
    await bot.settle()
    shas = []
    for text in "23456":
        github.advance(hours=20)
        shas.append(await push(repo, text))
        await finish_run(repo, shas[-1])
    github.advance(minutes=1)
    await github.unsuspend(repo)
    await bot.settle()
    assert [await is_checked(repo, sha) for sha in shas] == [False, True, True, True, True]


@pytest.mark.long
async def test_more_runs_than_github_gives_of_one_search_are_listed_all(github, repo, bot):
    first = (await run_ci(repo, bot, await push(repo))).data
    for number in range(1, 1150):
        created = first.created_at + timedelta(seconds=number // 2)
        repo.data.runs[first.id + number] = replace(first, id=first.id + number, created_at=created)
    client = bot.bot.github.repository(repo.data.installation_id, "acme", "web")
    listed = await list_runs_since(client, first.created_at, etag=None)
    assert {run.id for run in listed.runs} == set(repo.data.runs)
    assert listed.etag is None, "it would speak for the first page only"
