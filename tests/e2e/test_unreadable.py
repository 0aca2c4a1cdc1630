"""What cannot be read is said where its results would stand, and holds nothing else up."""

import os
import signal
from functools import partial

import pytest

from app.handlers.ingest import read as reading
from app.sandbox.github import ArtifactSpec, JobSpec
from tests.e2e.leavings import job_and_artifact, job_log, junit, names_of, run_ci
from tests.e2e.test_a_flake_from_proof_to_quarantine import prove_flaky
from tests.e2e.test_set_up import check, set_policy


async def push(repo, text="1"):
    return await repo.push(branch="main", files={"code.py": text}, message=text, author="dana")


async def notes(conn):
    return await conn.fetchval("SELECT ingest_note FROM fg_workflow_run ORDER BY id DESC LIMIT 1") or ""


async def start(repo, sha, **spec):
    job, artifact = job_and_artifact(**spec)
    return await repo.start_run(workflow="CI", head=sha, jobs=[job], artifacts=[artifact])


async def test_an_artifact_that_has_expired_is_named_and_the_job_judged_by_its_end(github, repo, bot, conn):
    sha = await push(repo)
    github.hold_webhooks()
    run = await start(repo, sha, failed=("test_1",))
    await run.complete()
    github.advance(days=91)
    run.expire()
    await github.release_webhooks()
    await bot.settle()
    assert await notes(conn) == "artifact junit-test has expired; the log of test is not there"
    assert await conn.fetchval("SELECT count(*) FROM fg_occurrence") == 0
    assert check(repo, sha, "FlakeGuard").conclusion == "failure"


@pytest.mark.parametrize("is_expired", [False, True], ids=["deleted", "expired"])
async def test_an_artifact_that_goes_between_the_list_and_its_download_is_named(github, repo, bot, conn, is_expired):
    sha = await push(repo)
    run = await start(repo, sha, failed=("test_1",))

    def take_away(exchange):
        if exchange.path.partition("?")[0].endswith("/artifacts"):
            for artifact in run.data.artifacts:
                artifact.is_expired, artifact.is_listed = is_expired, is_expired

    github.observers.append(take_away)
    await run.complete()
    await bot.settle()
    assert await notes(conn) == "artifact junit-test is gone"
    assert check(repo, sha, "FlakeGuard").conclusion == "failure"


async def test_artifacts_and_logs_that_are_too_large_are_named(monkeypatch, github, repo, bot, conn):
    monkeypatch.setattr(reading, "LARGEST_ARTIFACT", 100)
    monkeypatch.setattr(reading, "LARGEST_LOG", 20)
    sha = await push(repo)
    run = await start(repo, sha, failed=("test_1",))
    await run.complete()
    # That a log is missing is said only once there is no hope left that it will appear.
    github.advance(hours=1)
    await bot.settle()
    said = await notes(conn)
    assert "artifact junit-test is larger than" in said
    assert "the log of test is larger than" in said
    assert check(repo, sha, "FlakeGuard").conclusion == "failure"


async def test_a_job_of_success_whose_log_is_gone_is_nothing_to_worry_about(github, repo, bot, conn):
    sha = await push(repo)
    run = await repo.start_run(workflow="CI", head=sha, jobs=[JobSpec(name="lint", log=None, uploads=False)])
    await run.complete()
    await bot.settle()
    assert await notes(conn) == ""
    assert check(repo, sha, "FlakeGuard").conclusion == "success"


def _killed_by(name, file, files, part, parts):
    """Read an artifact as always, unless it holds the file that kills its process."""
    with open(file, "rb") as opened:  # noqa: PTH123 - this runs in a process of its own
        if name in opened.read():
            os.kill(os.getpid(), signal.SIGKILL)
    from app.core.reading import read_part  # noqa: PLC0415 - as above

    return read_part(file, files, part, parts)


async def test_a_report_that_kills_its_process_is_named_and_takes_no_other_with_it(monkeypatch, repo, bot, conn):
    monkeypatch.setattr(reading, "read_part", partial(_killed_by, b"bad.xml"))
    sha = await push(repo)
    jobs, artifacts = [], []
    for name in ("bad", "good", "fine"):
        job, artifact = job_and_artifact(name=name)
        report = junit(passed=[f"{name}_{one}" for one in names_of(4)])
        jobs.append(job)
        artifacts.append(ArtifactSpec(name=artifact.name, files={f"{name}.xml": report}, job=name))
    run = await repo.start_run(workflow="CI", head=sha, jobs=jobs, artifacts=artifacts)
    await run.complete()
    await bot.settle()
    assert await notes(conn) == "artifact junit-bad could not be read (BrokenProcessPool)"
    assert await conn.fetchval("SELECT count(*) FROM fg_occurrence") == 8


async def test_a_storage_that_fails_for_long_is_waited_for_and_gives_no_job_up(github, repo, bot, conn):
    sha = await push(repo)
    github.fail_next(503, times=18, path="*/zip")
    run = await start(repo, sha, failed=("test_1",))
    await run.complete()
    await bot.settle()
    assert await bot.held_jobs() == []
    assert await notes(conn) == ""
    assert await conn.fetchval("SELECT count(*) FROM fg_occurrence") == 12


class NotText(str):
    """A file of the sandbox whose bytes are no UTF-8."""

    __slots__ = ()

    def encode(self, *_):
        return b"min_runs: 7 # gr\xfc\xdfe\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("#" * 70_000, "65,536 are the most"),
        (NotText("latin"), "UTF-8"),
        ("a: &a [*b]", ""),
        ("- version: 1", ""),
        ("version: 1\nversion: 1\n", ""),
    ],
    ids=["too large", "not UTF-8", "an alias of nothing", "a list", "a key twice"],
)
async def test_a_policy_that_is_no_policy_is_told_on_the_commit_and_the_last_good_one_stays(
    repo, bot, conn, text, said
):
    await set_policy(repo, bot, "version: 1\nmin_runs: 7\n")
    sha = await set_policy(repo, bot, text)
    told = check(repo, sha, "FlakeGuard policy")
    assert told.conclusion == "failure"
    assert said in told.annotations[0]["message"]
    assert await conn.fetchval("SELECT policy->>'min_runs' FROM fg_repository") == "7"
    sha = await set_policy(repo, bot, "version: 1\nmin_runs: 8\n")
    assert check(repo, sha, "FlakeGuard policy").conclusion == "success"
    assert await conn.fetchval("SELECT policy->>'min_runs' FROM fg_repository") == "8"


async def test_a_repository_without_issues_gets_none_and_everything_else(github, repo, bot):
    repo.data.has_issues = False
    await prove_flaky(github, repo, bot)
    pull = await repo.open_pull(author="dana", branch="f", files={"a.py": "1"}, title="F")
    await run_ci(repo, bot, pull, failed=("test_3",))
    assert repo.issues == []
    assert check(repo, pull.head_sha, "FlakeGuard").conclusion == "neutral"
    # The issue is opened as soon as there can be one.
    repo.data.has_issues = True
    await run_ci(repo, bot, pull, failed=("test_3",))
    assert len(repo.issues) == 1


async def test_a_comment_about_very_many_tests_with_long_messages_is_short_enough_for_github(repo, bot):
    pull = await repo.open_pull(author="dana", branch="f", files={"a.py": "1"}, title="F")
    failed = [f"test_{'x' * 180}_{number}" for number in range(600)]
    report = junit(failed=failed, message="AssertionError: " + "y" * 5_000)
    job = JobSpec(name="test", conclusion="failure", log=job_log(failed=True))
    run = await repo.start_run(
        workflow="CI", head=pull, jobs=[job], artifacts=[ArtifactSpec(name="r", files={"r.xml": report}, job="test")]
    )
    await run.complete()
    await bot.settle()
    [comment] = pull.comments
    assert 10_000 < len(comment.body) <= 65_536
    assert check(repo, pull.head_sha, "FlakeGuard").conclusion == "failure"


async def test_an_issue_about_a_test_of_endless_name_and_message_is_short_enough_for_github(github, repo, bot):
    name, message = "test_" + "n" * 2_000, "TimeoutError: " + "m" * 70_000
    for number in range(14):
        passed = names_of(12)
        sha = await push(repo, str(number))
        specs = [junit(passed=[*passed, name])]
        if number in (8, 11):
            specs.insert(0, junit(passed=passed, failed=[name], message=message))
        run = None
        for report in specs:
            is_bad = report is not specs[-1]
            job = JobSpec(name="test", conclusion="failure" if is_bad else "success", log=job_log(is_bad))
            artifact = ArtifactSpec(name="junit", files={"junit.xml": report}, job="test")
            if run is None:
                run = await repo.start_run(workflow="CI", head=sha, jobs=[job], artifacts=[artifact])
                await run.complete()
            else:
                await run.rerun_failed(jobs=[job], artifacts=[artifact])
        github.advance(hours=1)
    await bot.settle()
    [issue] = repo.issues
    assert len(issue.title) <= 256
    assert len(issue.body) <= 65_536


async def test_a_run_that_was_deleted_before_it_was_read_is_dropped(github, repo, bot, conn):
    sha = await push(repo)
    github.hold_webhooks()
    run = await start(repo, sha)
    await run.complete()
    del repo.data.runs[run.id]
    await github.release_webhooks()
    await bot.settle()
    assert await conn.fetchval("SELECT count(*) FROM fg_workflow_run") == 0
    assert await conn.fetchval("SELECT count(*) FROM fg_delivery WHERE processed_at IS NULL") == 0
