"""Buttons of our check, boxes of our comment, and what looks like them and is none of ours."""

import pytest

from app.jobs import PressButton
from app.queue import enqueue
from app.sandbox.github import ArtifactSpec, JobSpec
from tests.e2e.leavings import job_and_artifact, job_log, run_ci
from tests.e2e.test_a_flake_from_proof_to_quarantine import prove_flaky
from tests.e2e.test_issues_of_causes import EACH_ITS_OWN, calm, flake
from tests.e2e.test_set_up import check, set_policy


@pytest.fixture
async def pull(repo, bot):
    return await repo.open_pull(author="dana", branch="f", files={"a.py": "1"}, title="F")


@pytest.fixture
async def proposed(github, repo, bot):
    """A pull request that hits a known flake, with a proposal in its comment."""
    await prove_flaky(github, repo, bot)
    opened = await repo.open_pull(author="dana", branch="g", files={"b.py": "1"}, title="G")
    await run_ci(repo, bot, opened, failed=("test_3",))
    github.advance(minutes=5)
    return opened


def ours(repo, pull):
    return check(repo, pull.head_sha, "FlakeGuard")


async def say(repo, bot, number, text, by="dana"):
    """Comment, and return what we answered."""
    said = await repo.comment(number, by, f"/flakeguard {text}")
    await bot.settle()
    marker = f"<!-- flakeguard:answer {said.id} -->"
    answers = [one.body for one in repo.data.issues[number].comments if marker in one.body]
    return answers[0].replace("\u200b", "") if answers else None


async def delete_issue(github, repo, issue):
    del repo.data.issues[issue.number]
    await repo.send("issues", {"action": "deleted", "issue": github.render.issue(repo.data, issue)})


def attempts(run):
    return len(run.data.attempts)


async def test_the_failed_jobs_are_run_again_by_the_button_and_by_the_command(github, repo, bot, pull):
    run = await run_ci(repo, bot, pull, failed=("test_1",))
    await repo.press_button(ours(repo, pull), "rerun", "max")
    await bot.settle()
    assert attempts(run) == 1, "who may not write may not spend the repository's minutes"
    await repo.press_button(ours(repo, pull), "rerun", "dana")
    await bot.settle()
    assert attempts(run) == 2
    assert "Running again" in await say(repo, bot, pull.number, "rerun"), "it is, and is not asked for twice"
    assert attempts(run) == 2
    await run.complete()
    await bot.settle()
    assert f"Running again: [{run.id}]" in await say(repo, bot, pull.number, "rerun")
    assert attempts(run) == 3


async def test_what_github_will_not_run_again_is_told_in_its_own_words(github, repo, bot, pull):
    assert "No run of this pull request's head has failed" in await say(repo, bot, pull.number, "rerun")
    run = await run_ci(repo, bot, pull, failed=("test_1",))
    github.advance(days=31)
    assert "created over a month ago" in await say(repo, bot, pull.number, "rerun")
    run.expire()
    github.advance(days=-31)
    assert "cannot be retried" in await say(repo, bot, pull.number, "rerun")
    await repo.press_button(ours(repo, pull), "rerun", "dana")
    await bot.settle()
    assert attempts(run) == 1
    assert "asked for here with a button" in pull.comments[-1].body
    assert "cannot be retried" in pull.comments[-1].body


async def test_a_run_that_was_deleted_or_may_not_be_touched_keeps_no_other_command_from_being_obeyed(
    github, repo, bot, pull
):
    run = await run_ci(repo, bot, pull, failed=("test_1",))
    await github.permit(repo, actions="read")
    answer = await say(repo, bot, pull.number, "rerun\n/flakeguard status")
    assert "grant Actions: write" in answer
    assert "No test has shown a flake" in answer
    await github.permit(repo, actions="write")
    await bot.settle()
    del repo.data.runs[run.id]
    answer = await say(repo, bot, pull.number, "rerun\n/flakeguard status")
    assert "Not run again" in answer
    assert "No test has shown a flake" in answer


async def test_a_run_without_a_failure_is_not_run_again(repo, bot, pull):
    green = await run_ci(repo, bot, pull)
    red = await repo.start_run(
        workflow="Lint", head=pull, jobs=[JobSpec(name="lint", conclusion="failure", log=job_log(failed=True))]
    )
    await red.complete()
    await bot.settle()
    answer = await say(repo, bot, pull.number, "rerun")
    assert f"Running again: [{red.id}]" in answer
    assert (attempts(green), attempts(red)) == (1, 2)


async def test_what_the_check_does_not_cover_is_not_run_again(github, repo, bot, pull):
    async def fail(workflow, event="pull_request"):
        job = JobSpec(name=workflow, conclusion="failure", log=job_log(failed=True), uploads=False)
        run = await repo.start_run(workflow=workflow, head=pull, event=event, jobs=[job])
        await run.complete()
        await bot.settle()
        github.advance(minutes=1)
        return run

    deploy = await fail("Deploy", "workflow_dispatch")
    await repo.press_button(ours(repo, pull), "rerun", "dana")
    assert "No run of this pull request's head has failed" in await say(repo, bot, pull.number, "rerun")
    overtaken, latest = await fail("CI"), await fail("CI")
    await repo.press_button(ours(repo, pull), "rerun", "dana")
    await bot.settle()
    assert f"Running again: [{latest.id}]" in await say(repo, bot, pull.number, "rerun")
    assert [attempts(run) for run in (deploy, overtaken, latest)] == [1, 1, 2]


async def test_a_run_that_a_later_one_has_overtaken_is_not_run_again_though_that_has_not_ended(repo, bot, pull):
    overtaken = await run_ci(repo, bot, pull, failed=("test_1",))
    await repo.start_run(workflow="CI", head=pull, jobs=[JobSpec(name="test")])
    await bot.settle()
    await say(repo, bot, pull.number, "rerun")
    assert attempts(overtaken) == 1


async def test_a_button_that_could_do_nothing_is_not_shown_and_says_so_where_it_still_stood(
    github, repo, bot, proposed
):
    assert [one["identifier"] for one in ours(repo, proposed).actions] == ["quarantine", "rerun"]
    await delete_issue(github, repo, repo.issues[0])
    await set_policy(repo, bot, "issues: {enabled: false}\n")
    await github.permit(repo, actions="read")
    await bot.settle()
    await repo.press_button(ours(repo, proposed), "issue", "dana")
    await repo.press_button(ours(repo, proposed), "rerun", "dana")
    await bot.settle()
    issue, rerun = told_of(proposed)
    assert "the policy switches issues off (`issues.enabled: false`)" in issue
    assert "grant Actions: write" in rerun
    await run_ci(repo, bot, proposed, failed=("test_3",))
    assert [one["identifier"] for one in ours(repo, proposed).actions] == ["quarantine"]


async def test_the_issue_button_opens_an_issue_for_a_flake_and_none_for_a_new_failure(github, repo, bot, proposed):
    await delete_issue(github, repo, repo.issues[0])
    await repo.press_button(ours(repo, proposed), "issue", "max")
    await bot.settle()
    assert repo.issues == []
    await repo.press_button(ours(repo, proposed), "issue", "dana")
    await bot.settle()
    github.advance(minutes=5)
    await repo.press_button(ours(repo, proposed), "issue", "dana")
    await repo.press_button(ours(repo, proposed), "no such button", "dana")
    await bot.settle()
    assert len(repo.issues) == 1


def told_of(pull):
    """What we said on a pull request of what was refused."""
    return [one.body.replace("\u200b", "") for one in pull.comments if "flakeguard:notice refused" in one.body]


@pytest.fixture
async def two_proposed(github, repo, bot):
    """A pull request with two proposals, where the policy lets one test into quarantine."""
    await set_policy(repo, bot, "quarantine: {max_tests: 1}\n")
    await calm(github, repo, bot, 10)
    await flake(github, repo, bot, ("test_1", "test_2"), times=2, message=EACH_ITS_OWN)
    opened = await repo.open_pull(author="dana", branch="g", files={"b.py": "1"}, title="G")
    await run_ci(repo, bot, opened, failed=("test_1", "test_2"), message=EACH_ITS_OWN)
    github.advance(minutes=1)
    return opened


async def test_what_a_box_or_a_button_is_refused_is_told_once_for_each_edit_and_press(
    github, repo, bot, conn, two_proposed
):
    [comment] = two_proposed.comments
    ticked = comment.body.replace("- [ ]", "- [x]")
    await repo.edit_comment(comment.id, "max", ticked)
    await bot.settle()
    assert told_of(two_proposed) == [], "without write access nothing is told"
    await repo.edit_comment(comment.id, "dana", ticked)
    await bot.settle()
    [told] = told_of(two_proposed)
    assert "Of what `dana` asked for here with a box" in told
    assert told.count("quarantine is full: 1 of the 1 that `quarantine.max_tests` allows") == 1
    assert await conn.fetchval("SELECT count(*) FROM fg_quarantine_decision WHERE state = 'ACTIVE'") == 1
    async with bot.pool.acquire() as own:
        press = PressButton(
            repo_id=1, head_sha=two_proposed.head_sha, identifier="quarantine", sender="dana", delivery="g"
        )
        await enqueue(own, press, press)
    await bot.settle()
    assert [("with a box" in one, "with a button" in one) for one in told_of(two_proposed)] == [
        (True, False),
        (False, True),
    ]
    await repo.press_button(ours(repo, two_proposed), "quarantine", "max")
    await bot.settle()
    assert len(told_of(two_proposed)) == 2
    await repo.press_button(ours(repo, two_proposed), "quarantine", "dana")
    await bot.settle()
    assert len(told_of(two_proposed)) == 3


async def test_without_the_labels_that_the_policy_asks_for_no_button_accepts_what_no_box_shows(
    github, repo, bot, conn, proposed
):
    def offered():
        return "quarantine" in [one["identifier"] for one in ours(repo, proposed).actions]

    active = "SELECT count(*) FROM fg_quarantine_decision WHERE state = 'ACTIVE'"
    assert offered()
    await set_policy(repo, bot, "quarantine: {labels_required: [flaky]}\n")
    await repo.press_button(ours(repo, proposed), "quarantine", "dana")
    await bot.settle()
    [comment] = [one for one in proposed.comments if "- [ ]" in one.body]
    await repo.edit_comment(comment.id, "dana", comment.body.replace("- [ ]", "- [x]"))
    await bot.settle()
    told, again = told_of(proposed)
    assert "asked for here with a box" in again
    assert "pull requests that carry all of `flaky` (`quarantine.labels_required`)" in told
    await run_ci(repo, bot, proposed, failed=("test_3",))
    assert (offered(), await conn.fetchval(active)) == (False, 0)
    assert "waits for an answer" not in ours(repo, proposed).summary
    await proposed.label("flaky")
    await bot.settle()
    assert offered()
    await repo.press_button(ours(repo, proposed), "quarantine", "dana")
    await bot.settle()
    assert await conn.fetchval(active) == 1


async def test_a_box_that_names_no_open_proposal_quarantines_nothing_and_is_taken_away(
    github, repo, bot, conn, proposed
):
    [comment] = proposed.comments
    before = comment.body
    made_up = "- [x] Quarantine `everything` <!-- flakeguard:decision 987654 -->"
    await repo.edit_comment(comment.id, "dana", f"{before}\n{made_up}")
    await bot.settle()
    assert "everything" not in comment.body
    assert await conn.fetchval("SELECT count(*) FROM fg_quarantine_decision WHERE state = 'ACTIVE'") == 0
    # A box is that of a proposal that is open now: ticked again after somebody has dismissed it, it says nothing.
    await repo.comment(proposed.number, "dana", "/flakeguard dismiss test_3")
    await bot.settle()
    github.advance(minutes=1)
    await repo.edit_comment(comment.id, "dana", before.replace("- [ ]", "- [x]"))
    await bot.settle()
    assert await conn.fetchval("SELECT count(*) FROM fg_quarantine_decision WHERE state = 'ACTIVE'") == 0
    assert "- [" not in comment.body


async def test_somebody_elses_comment_with_our_marker_is_none_of_ours(repo, bot, conn, proposed):
    [comment] = proposed.comments
    forged = await repo.comment(proposed.number, "max", comment.body.replace("- [ ]", "- [x]"))
    await bot.settle()
    await repo.edit_comment(forged.id, "dana", forged.body)
    await bot.settle()
    assert await conn.fetchval("SELECT count(*) FROM fg_quarantine_decision WHERE state = 'ACTIVE'") == 0
    assert "- [x]" in forged.body
    await repo.delete_comment(forged.id, "max")
    await bot.settle()
    await repo.press_button(ours(repo, proposed), "quarantine", "dana")
    await bot.settle()
    assert "- [" not in comment.body, "to delete a stranger's comment is not to silence ours"


async def test_a_comment_that_is_gone_before_it_is_read_is_nothing(github, repo, bot, proposed):
    [comment] = proposed.comments
    github.hold_webhooks()
    said = await repo.comment(proposed.number, "dana", "/flakeguard help")
    await repo.edit_comment(comment.id, "dana", comment.body)
    proposed.issue.comments.clear()
    await github.release_webhooks()
    await bot.settle()
    assert said.reactions == []
    assert proposed.comments == []


async def test_on_one_of_our_issues_commands_are_obeyed_and_on_other_issues_not(github, repo, bot, conn, proposed):
    [issue] = repo.issues
    github.advance(minutes=1)
    assert "no pull request" in await say(repo, bot, issue.number, "rerun")
    assert await say(repo, bot, issue.number, "quarantine test_3") is None
    assert await conn.fetchval("SELECT count(*) FROM fg_quarantine_decision WHERE state = 'ACTIVE'") == 1
    assert "In quarantine" in await say(repo, bot, issue.number, "status")
    other = github.world.issue(repo.data, "A question", "", github.world.account("max"))
    assert await say(repo, bot, other.number, "help") is None


async def test_what_is_not_understood_or_could_be_several_tests_is_asked_back(repo, bot, proposed):
    assert "help" in await say(repo, bot, proposed.number, "quarrantine test_3")
    sha = await repo.push(branch="main", files={"code.py": "other"}, message="other", author="dana")
    job, artifact = job_and_artifact()
    report = artifact.files["junit.xml"].replace('classname="tests.test_api"', 'classname="tests.test_other"')
    artifact = ArtifactSpec(name="other", files={"junit.xml": report}, job="test")
    await (await repo.start_run(workflow="CI", head=sha, jobs=[job], artifacts=[artifact])).complete()
    await bot.settle()
    answer = await say(repo, bot, proposed.number, "explain test_5")
    assert "tests.test_other" in answer
    assert "please name one in full" in answer
    assert "I know no test" in await say(repo, bot, proposed.number, "release nothing_like_it")
    assert "test_5" in await say(repo, bot, proposed.number, "release tests.test_api.test_5")
    assert "score 0.00" in await say(repo, bot, proposed.number, "explain tests.test_api.test_5")


async def test_an_answer_that_was_written_already_is_brought_up_to_date_and_not_repeated(github, repo, bot, proposed):
    said = await repo.comment(proposed.number, "dana", "/flakeguard status")
    await bot.settle()
    [first] = [one for one in proposed.comments if "flakeguard:answer" in one.body]
    first.body += "\n\nsomething that only the first answer said"
    delivery = next(one for one in reversed(github.deliveries) if one.event == "issue_comment")
    await github.webhooks.deliver(delivery.event, delivery.payload)
    await bot.settle()
    assert [one for one in proposed.comments if "flakeguard:answer" in one.body] == [first]
    assert "only the first answer" not in first.body
    assert [one.content for one in said.reactions] == ["+1"]


async def test_an_issue_that_somebody_deletes_is_forgotten_and_opened_anew_when_it_is_due(github, repo, bot, proposed):
    await delete_issue(github, repo, repo.issues[0])
    await bot.settle()
    assert repo.issues == []
    await run_ci(repo, bot, proposed, failed=("test_3",))
    assert len(repo.issues) == 1


async def test_no_more_issues_are_opened_in_a_day_than_the_policy_allows(github, repo, bot):
    await set_policy(repo, bot, "version: 1\nissues: {max_per_day: 1}\n")
    for number in range(12):
        sha = await repo.push(branch="main", files={"code.py": f"v{number}"}, message="x", author="dana")
        bad = ("test_1", "test_2") if number in (8, 10) else ()
        run = await run_ci(repo, bot, sha, failed=bad, message=EACH_ITS_OWN)
        if bad:
            job, artifact = job_and_artifact()
            await run.rerun_failed(jobs=[job], artifacts=[artifact])
            await bot.settle()
        github.advance(minutes=20)
    first, digest = repo.issues
    assert digest.title == "Flaky tests that wait for an issue of their own"
    assert "1 flaky test more than the 1 a day" in digest.body
    github.advance(days=1)
    await bot.sweep()
    await bot.settle()
    titles = [one.title for one in (first, *repo.issues[2:])]
    assert sorted(titles) == ["Flaky test: tests.test_api.test_1", "Flaky test: tests.test_api.test_2"]
    await bot.sweep()
    await bot.settle()
    assert (digest.state, len(repo.issues)) == ("closed", 3)
    assert "Nothing waits any more" in digest.body


async def test_whoever_edits_the_comment_has_not_agreed_to_what_others_ticked(repo, bot, proposed):
    [ours_] = [one for one in proposed.comments if one.author == "flakeguard[bot]"]
    ticked = ours_.body.replace("- [ ]", "- [x]")
    # Both are on their way before the first is looked at.
    await repo.edit_comment(ours_.id, "max", ticked)
    await repo.edit_comment(ours_.id, "dana", ticked + "\n\nthank you")
    await bot.settle()
    assert ours(repo, proposed).conclusion == "neutral"
    assert "- [ ]" in ours_.body
