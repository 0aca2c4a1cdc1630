"""Runs, jobs, artifacts and logs: late, gone, guarded, and what a re-run does to them."""

from urllib.parse import urlsplit

import pytest

from app.sandbox.github import ArtifactSpec, JobSpec

RUNS = "/repos/acme/web/actions/runs"


async def artifacts_of(ask, run):
    return (await ask("GET", f"{RUNS}/{run.id}/artifacts")).body["artifacts"]


async def jobs_of(ask, run, attempt):
    return (await ask("GET", f"{RUNS}/{run.id}/attempts/{attempt}/jobs")).body["jobs"]


async def link_to_log(ask, job):
    return (await ask("GET", f"/repos/acme/web/actions/jobs/{job['id']}/logs")).headers["location"]


async def fetch(session, link, **headers):
    async with session.get(link, headers=headers) as answer:
        return answer.status, await answer.read()


async def test_artifacts_are_listed_only_some_time_after_the_run_if_they_lag(github, ask, start):
    github.artifacts_lag(20)
    run = await start()
    await run.complete()
    assert await artifacts_of(ask, run) == []
    github.advance(seconds=19)
    assert await artifacts_of(ask, run) == []
    github.advance(seconds=1)
    [artifact] = await artifacts_of(ask, run)
    assert artifact["name"] == "junit"
    assert artifact["created_at"] < "2026-03-02T09:03:00Z"


async def test_a_log_that_lags_is_linked_to_but_not_stored_yet(github, ask, session, start):
    github.logs_lag(5)
    run = await start()
    await run.complete()
    [job, _] = await jobs_of(ask, run, 1)
    assert await fetch(session, await link_to_log(ask, job)) == (404, b"BlobNotFound")
    github.advance(seconds=5)
    assert await fetch(session, await link_to_log(ask, job)) == (200, b"boom")


async def test_the_storage_is_another_host_and_refuses_who_shows_a_token(ask, session, start):
    run = await start()
    await run.complete()
    [job, _] = await jobs_of(ask, run, 1)
    link = await link_to_log(ask, job)
    assert urlsplit(link).hostname != "127.0.0.1"
    assert (await fetch(session, link, **ask.headers))[0] == 403
    assert (await fetch(session, link))[0] == 200


async def test_a_link_is_good_for_a_minute_and_only_as_it_was_given(github, ask, session, start):
    run = await start()
    await run.complete()
    [job, other] = await jobs_of(ask, run, 1)
    link = await link_to_log(ask, job)
    assert (await fetch(session, link.replace(str(job["id"]), str(other["id"]))))[0] == 403
    assert (await fetch(session, link.replace("se=", "se=9")))[0] == 403
    github.links_live(0)
    assert (await fetch(session, await link_to_log(ask, job)))[0] == 403


async def test_what_github_keeps_no_longer_is_a_410(ask, start):
    run = await start()
    await run.complete()
    [artifact] = await artifacts_of(ask, run)
    [job, _] = await jobs_of(ask, run, 1)
    run.expire()
    assert (await ask("GET", f"/repos/acme/web/actions/artifacts/{artifact['id']}/zip")).status == 410
    assert (await ask("GET", f"/repos/acme/web/actions/jobs/{job['id']}/logs")).status == 410
    assert [one["expired"] for one in await artifacts_of(ask, run)] == [True]


async def test_a_rerun_of_failed_jobs_keeps_artifacts_and_gives_jobs_new_ids(ask, start):
    run = await start()
    await run.complete()
    await run.rerun_failed(jobs=[JobSpec(name="test")], artifacts=[ArtifactSpec(name="junit", job="test")])
    assert [one["name"] for one in await artifacts_of(ask, run)] == ["junit", "junit"]
    first, second = await jobs_of(ask, run, 1), await jobs_of(ask, run, 2)
    assert [one["name"] for one in second] == ["test"]
    assert not {one["id"] for one in first} & {one["id"] for one in second}
    latest = (await ask("GET", f"{RUNS}/{run.id}")).body
    assert (latest["id"], latest["run_attempt"], latest["conclusion"]) == (run.id, 2, "success")
    assert latest["run_started_at"] > latest["created_at"]


async def test_a_rerun_of_everything_makes_earlier_artifacts_vanish(ask, start):
    run = await start()
    await run.complete()
    [old] = await artifacts_of(ask, run)
    await run.rerun_all(jobs=[JobSpec(name="test")], artifacts=[ArtifactSpec(name="again", job="test")])
    assert [one["name"] for one in await artifacts_of(ask, run)] == ["again"]
    assert (await ask("GET", f"/repos/acme/web/actions/artifacts/{old['id']}/zip")).status == 404


async def test_a_rerun_through_the_api_begins_an_attempt_that_ends_as_the_story_planned(github, ask, start):
    run = await start()
    await run.complete()
    run.plan_rerun(jobs=[JobSpec(name="test", conclusion="success")])
    said = await ask("POST", f"{RUNS}/{run.id}/rerun-failed-jobs")
    assert (said.status, said.body) == (201, {})
    begun = (await ask("GET", f"{RUNS}/{run.id}")).body
    assert (begun["run_attempt"], begun["status"], begun["conclusion"]) == (2, "in_progress", None)
    await run.complete()
    assert (await ask("GET", f"{RUNS}/{run.id}")).body["conclusion"] == "success"
    told = [one.payload["workflow_run"]["run_attempt"] for one in github.deliveries if one.event == "workflow_run"]
    assert told == [1, 1, 1, 2, 2]


async def test_a_rerun_that_nobody_planned_fails_as_before(ask, start):
    run = await start()
    await run.complete()
    await ask("POST", f"{RUNS}/{run.id}/rerun-failed-jobs")
    await run.complete()
    assert [(one["name"], one["conclusion"]) for one in await jobs_of(ask, run, 2)] == [("test", "failure")]


@pytest.mark.parametrize("why", ["already running", "cannot be retried", "created over a month ago"])
async def test_a_rerun_is_refused_in_githubs_words(github, ask, start, why):
    run = await start()
    if why != "already running":
        await run.complete("success")
    if why == "cannot be retried":
        run.expire()
    if why == "created over a month ago":
        github.advance(days=31)
    said = await ask("POST", f"{RUNS}/{run.id}/rerun-failed-jobs")
    assert said.status == 403
    assert why in said.body["message"]
    assert len(run.data.attempts) == 1


async def test_a_run_is_run_again_fifty_times_at_most(ask, start):
    run = await start()
    await run.complete()
    for _ in range(50):
        assert (await ask("POST", f"{RUNS}/{run.id}/rerun-failed-jobs")).status == 201
        await run.complete()
    assert (await ask("POST", f"{RUNS}/{run.id}/rerun-failed-jobs")).status == 403


async def test_runs_are_found_by_commit_event_branch_and_time(github, ask, start):
    first = await start()
    github.advance(days=2)
    second = await start()
    sha = second.data.head_sha

    async def found(query):
        return [one["id"] for one in (await ask("GET", f"{RUNS}?{query}")).body["workflow_runs"]]

    assert await found("") == [second.id, first.id]
    assert await found(f"head_sha={sha}") == [second.id]
    assert await found("event=pull_request") == []
    assert await found("created=%3E%3D2026-03-03") == [second.id]
    assert await found("created=2026-03-01..2026-03-03") == [first.id]
    assert await found("status=in_progress&branch=main") == [second.id, first.id]
