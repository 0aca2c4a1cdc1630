"""What could hide a failure from the check, and does not."""

from dataclasses import replace

from app.sandbox.github import ArtifactSpec, JobSpec
from tests.e2e.leavings import job_and_artifact, run_ci
from tests.e2e.test_a_flake_from_proof_to_quarantine import prove_flaky
from tests.e2e.test_people import conclusion
from tests.e2e.test_set_up import set_policy

REGRESSION = "AssertionError: total is None"


async def open_pull(repo, files=("a.py",)):
    return await repo.open_pull(author="dana", branch="f", files=dict.fromkeys(files, "1"), title="F")


async def test_a_failed_run_is_seen_behind_a_hundred_others_of_its_commit(github, repo, bot):
    pull = await open_pull(repo)
    await run_ci(repo, bot, pull, failed=("test_5",), message=REGRESSION)
    here, github.webhook_url = github.webhook_url, None
    for number in range(100):
        github.advance(minutes=1)
        if number == 99:
            github.webhook_url = here
        job = JobSpec(name="greet", uploads=False)
        run = await repo.start_run(workflow="Greet", head=pull, event="pull_request_review", jobs=[job])
        await run.complete()
    await bot.settle()
    assert conclusion(repo, pull) == "failure"


async def test_a_later_run_of_the_workflow_whose_jobs_were_skipped_hides_no_failure(github, repo, bot):
    pull = await open_pull(repo)
    await run_ci(repo, bot, pull, failed=("test_5",), message=REGRESSION)
    github.advance(minutes=5)
    skipped = JobSpec(name="test", conclusion="skipped", uploads=False)
    run = await repo.start_run(workflow="CI", head=pull, jobs=[skipped])
    await run.complete()
    await bot.settle()
    assert conclusion(repo, pull) == "failure"


async def test_who_releases_a_test_takes_back_that_its_failure_was_accepted(github, repo, bot):
    await prove_flaky(github, repo, bot)
    pull = await open_pull(repo)
    await run_ci(repo, bot, pull, failed=("test_3",), message=REGRESSION)
    github.advance(minutes=5)
    await repo.comment(pull.number, "dana", "/flakeguard quarantine test_3")
    await bot.settle()
    assert conclusion(repo, pull) == "success"
    github.advance(minutes=5)
    await repo.comment(pull.number, "dana", "/flakeguard release test_3 because it is a regression")
    await bot.settle()
    assert conclusion(repo, pull) == "failure"


async def test_a_step_that_failed_beside_the_tests_is_excused_by_no_flake_of_theirs(github, repo, bot):
    await prove_flaky(github, repo, bot)
    pull = await open_pull(repo)
    job, artifact = job_and_artifact(failed=("test_3",))
    job = replace(job, other_failed_steps=("Types",))
    run = await repo.start_run(workflow="CI", head=pull, jobs=[job], artifacts=[artifact])
    await run.complete()
    await bot.settle()
    assert conclusion(repo, pull) == "failure"
    [ours] = [one for one in pull.comments if one.author == "flakeguard[bot]"]
    assert "another step failed beside the tests" in ours.body


async def test_a_report_that_was_cut_explains_nothing_however_many_tests_are_left_of_it(github, repo, bot):
    await prove_flaky(github, repo, bot)
    pull = await open_pull(repo)
    job, artifact = job_and_artifact(failed=("test_3", "test_11"))
    whole = artifact.files["junit.xml"]
    cut = whole[: whole.index("</failure>", whole.index('name="test_11"')) - 40]
    artifact = replace(artifact, files={"junit.xml": cut})
    run = await repo.start_run(workflow="CI", head=pull, jobs=[job], artifacts=[artifact])
    await run.complete()
    await bot.settle()
    assert conclusion(repo, pull) == "failure"


async def test_where_no_log_is_read_a_job_whose_size_is_unknown_is_not_explained(github, repo, bot):
    await set_policy(repo, bot, "reports: {logs: never}\n")
    await prove_flaky(github, repo, bot)
    pull = await open_pull(repo)
    await run_ci(repo, bot, pull, failed=("test_3",), name="test, renamed")
    assert conclusion(repo, pull) == "failure"


SUREFIRE = (
    '<testsuite name="com.acme.CartTest"><testcase classname="com.acme.CartTest" name="total">{}</testcase></testsuite>'
)
FAILURE = '<failure message="timed out">at com.acme.CartTest.total(CartTest.java:17)</failure>'


async def run_maven(repo, bot, head, *, fails):
    def left(text, conclusion):
        job = JobSpec(name="test", conclusion=conclusion, log="2026-03-02T09:00:02.0000000Z mvn verify\n")
        return [job], [ArtifactSpec(name="reports", files={"TEST-com.acme.CartTest.xml": text})]

    bad, good = left(SUREFIRE.format(FAILURE), "failure"), left(SUREFIRE.format(""), "success")
    jobs, artifacts = bad if fails else good
    run = await repo.start_run(workflow="CI", head=head, jobs=jobs, artifacts=artifacts)
    await run.complete()
    if fails == "and passes":
        await run.rerun_failed(jobs=good[0], artifacts=good[1])
    await bot.settle()


async def test_a_change_of_a_tests_own_file_is_not_excused_where_its_report_names_only_the_class(github, repo, bot):
    for number in range(10):
        sha = await repo.push(branch="main", files={"code.py": str(number)}, message="m", author="dana")
        await run_maven(repo, bot, sha, fails="and passes" if number in (6, 8) else "")
        github.advance(hours=1)
    other = await open_pull(repo)
    await run_maven(repo, bot, other, fails="still")
    assert conclusion(repo, other) == "neutral"
    own = await repo.open_pull(
        author="dana", branch="g", files={"src/test/java/com/acme/CartTest.java": "class CartTest {}"}, title="G"
    )
    await run_maven(repo, bot, own, fails="still")
    assert conclusion(repo, own) == "failure"
