"""The weekly digest on GitHub: one issue, edited in place, and never another."""

import asyncio
from datetime import timedelta

import pytest

from app.core.grants import Feature, refusal_words
from app.core.weekly import CLOSED, MARKER, TITLE
from app.handlers.weekly import tell_week
from app.jobs import TellWeek
from app.queue import enqueue
from app.sandbox.github.login.registration import PERMISSIONS
from tests.e2e.leavings import finish_run, job_and_artifact, run_ci
from tests.e2e.test_a_flake_from_proof_to_quarantine import prove_flaky
from tests.e2e.test_set_up import check, set_policy

ON = "version: 1\ndigest: {issue: true}\n"
OFF = "version: 1\n"


def digests(repo):
    return [one for one in repo.issues if MARKER in one.body]


def writes(github):
    """What was written to issues, without the edits of the flaky test's own, whose figures are brought up to date once a day."""
    told = [one for one in github.requests if one.method != "GET" and "/issues" in one.path]
    return [(one.method, one.path) for one in told if one.method != "PATCH" or MARKER in str(one.response_body)]


def edits(github, issue):
    return sum(path.endswith(f"/issues/{issue.number}") for _, path in writes(github))


async def monday(github, bot, *, weeks=1):
    """Let so many Mondays go by and look what is due the day after the last of them."""
    days = weeks * 7 - github.now.weekday() + 1
    github.advance(hours=24 * days)
    await bot.sweep()
    await bot.settle()


async def tell(bot, repo, times=1):
    async with bot.pool.acquire() as conn:
        for _ in range(times):
            await enqueue(conn, TellWeek(repo_id=await conn.fetchval("SELECT id FROM fg_repository")))
    await bot.settle()


@pytest.fixture
async def told(github, repo, bot):
    """The digest of a repository with a flaky test, and a policy that asks for it."""
    await set_policy(repo, bot, ON)
    await prove_flaky(github, repo, bot)
    [issue] = digests(repo)
    return issue


async def test_the_issue_is_opened_when_the_policy_asks_for_it_and_edited_in_place_each_monday(github, repo, bot, told):
    assert (told.title, told.state) == (TITLE, "open")
    assert "The week from 2026-02-23 to 2026-03-01" in told.body
    await monday(github, bot)
    assert digests(repo) == [told]
    assert "The week from 2026-03-02 to 2026-03-08" in told.body
    assert "| Runs | 10 | 0 |" in told.body
    assert "| Runs that a flake hit | 2 (20%) | 0 |" in told.body
    assert "| New flaky tests | 1 | 0 |" in told.body
    assert told.body.count("`tests.test_api.test_3`") == 2, "it is new, and the worst"
    assert told.comments == []
    await monday(github, bot)
    assert "| Runs | 0 | 10 |" in told.body
    assert "| New flaky tests | 0 | 1 |" in told.body


async def test_a_week_is_told_once_however_often_somebody_asks(github, repo, bot, told):
    await monday(github, bot)
    before = edits(github, told), told.body
    await tell(bot, repo, times=3)
    await bot.sweep()
    await bot.settle()
    await run_ci(repo, bot, await repo.push(branch="main", files={"a.py": "1"}, message="a", author="dana"))
    await tell(bot, repo)
    assert (edits(github, told), told.body) == before


async def test_pushing_the_same_policy_again_writes_nothing(github, repo, bot, told):
    before = writes(github)
    await set_policy(repo, bot, f"{ON}# a word more\n")
    assert writes(github) == before


async def test_weeks_that_were_missed_are_told_of_by_one_edit(github, repo, bot, told):
    before = len(writes(github))
    await monday(github, bot, weeks=4)
    await bot.sweep()
    await bot.settle()
    assert len(writes(github)) == before + 1
    assert "The week from 2026-03-23 to 2026-03-29" in told.body


@pytest.mark.parametrize("times", [1, 2])
async def test_an_issue_whose_opening_was_not_answered_is_found_again(github, repo, bot, times):
    github.lose_answer(method="POST", path="*/issues", times=times)
    await set_policy(repo, bot, ON)
    assert len(digests(repo)) == 1
    await monday(github, bot)
    assert len(digests(repo)) == 1


async def test_an_edit_that_was_not_answered_is_not_made_again(github, repo, bot, told):
    before = len(writes(github))
    github.lose_answer(method="PATCH", path="*/issues/*")
    await monday(github, bot)
    assert len(writes(github)) == before + 1
    assert "The week from 2026-03-02" in told.body


async def test_an_issue_that_somebody_closed_is_left_alone_until_they_reopen_it(github, repo, bot, told):
    await repo.close_issue(told.number, "dana", reason="completed")
    before = told.body, writes(github)
    await monday(github, bot)
    await monday(github, bot)
    assert (told.state, told.body, writes(github), digests(repo)) == ("closed", *before, [told])
    await repo.reopen_issue(told.number, "dana")
    await monday(github, bot)
    assert (told.state, digests(repo)) == ("open", [told])
    assert "The week from 2026-03-16" in told.body


async def test_a_digest_that_is_switched_off_is_closed_once_and_opened_again_when_it_is_switched_on(
    github, repo, bot, told
):
    await set_policy(repo, bot, OFF)
    assert (told.state, told.state_reason, told.body) == ("closed", "completed", CLOSED)
    before = writes(github)
    await monday(github, bot)
    await tell(bot, repo)
    assert writes(github) == before
    await set_policy(repo, bot, ON)
    assert (told.state, digests(repo)) == ("open", [told])
    assert "The week from 2026-03-02" in told.body


async def test_what_a_person_closed_is_not_opened_by_switching_off_and_on(github, repo, bot, told):
    await repo.close_issue(told.number, "dana", reason="not_planned")
    before = writes(github)
    for policy in (OFF, ON):
        await set_policy(repo, bot, policy)
    await monday(github, bot)
    assert (told.state, writes(github), digests(repo)) == ("closed", before, [told])


async def test_whoever_reopens_it_while_it_is_switched_off_is_not_argued_with(github, repo, bot, told):
    await set_policy(repo, bot, OFF)
    await repo.reopen_issue(told.number, "dana")
    before = writes(github)
    await monday(github, bot)
    assert (told.state, writes(github)) == ("open", before)


async def test_a_policy_that_does_not_ask_gets_none(github, repo, bot):
    await set_policy(repo, bot, OFF)
    await prove_flaky(github, repo, bot)
    await monday(github, bot)
    await tell(bot, repo)
    assert digests(repo) == []


async def test_one_that_was_deleted_is_made_anew_the_next_monday(github, repo, bot, told):
    del repo.data.issues[told.number]
    await monday(github, bot)
    [another] = digests(repo)
    assert another.number != told.number


async def test_without_the_right_to_write_issues_it_is_said_and_nothing_is_tried(github, repo, bot):
    await github.permit(repo, **(PERMISSIONS | {"issues": "read"}))
    await set_policy(repo, bot, f"{ON}issues: {{enabled: false}}\n")
    await monday(github, bot)
    sha = await repo.push(branch="main", files={"a.py": "1"}, message="a", author="dana")
    await run_ci(repo, bot, sha)
    assert refusal_words(Feature.ISSUES) in check(repo, sha, "FlakeGuard").summary
    assert (digests(repo), writes(github)) == ([], [])
    await github.permit(repo, **PERMISSIONS)
    await monday(github, bot)
    assert len(digests(repo)) == 1


async def test_many_who_tell_at_once_open_one_issue(github, repo, bot, conn):
    await set_policy(repo, bot, "version: 1\nissues: {enabled: false}\n")
    repo_id = await conn.fetchval("SELECT id FROM fg_repository")
    await conn.execute("UPDATE fg_repository SET policy = jsonb_set(policy, '{digest,issue}', 'true')")
    async with asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(tell_week(bot.bot, TellWeek(repo_id=repo_id)))
    assert len(digests(repo)) == 1
    assert len(writes(github)) == 1


async def test_a_quarantine_that_ends_soon_is_told_of_with_who_decided_it_and_why(github, repo, bot, told):
    pull = await repo.open_pull(author="dana", branch="f", files={"f.py": "1"}, title="F")
    await run_ci(repo, bot, pull, failed=("test_3",))
    await repo.comment(pull.number, "dana", "/flakeguard quarantine test_3 for 10d because the disk is slow")
    await bot.settle()
    until = github.now + timedelta(days=10)
    await monday(github, bot)
    [row] = [line for line in told.body.splitlines() if "the disk is slow" in line]
    assert row == f"| `tests.test_api.test_3` | {until:%Y-%m-%d} |  | `dana` | `the disk is slow` |"


async def test_a_test_whose_issue_was_closed_by_its_passes_is_gone(github, repo, bot):
    await set_policy(repo, bot, f"{ON}window_size: 10\nquarantine: {{mode: 'off'}}\n")
    await prove_flaky(github, repo, bot)
    for number in range(15):
        github.advance(hours=2)
        sha = await repo.push(branch="main", files={"calm.py": str(number)}, message="calm", author="dana")
        await finish_run(repo, sha)
    await bot.settle()
    await monday(github, bot)
    [issue] = digests(repo)
    gone = issue.body.partition("### Gone")[2].partition("###")[0]
    assert "| `tests.test_api.test_3` | 2026-03-04 | issue closed |" in gone
    assert "| Gone | 1 | 0 |" in issue.body


async def test_a_test_that_flakes_again_after_its_issue_was_closed_is_not_gone(github, repo, bot, told):
    [own] = [one for one in repo.issues if one is not told]
    await repo.close_issue(own.number, "dana", reason="completed")
    await bot.settle()
    github.advance(hours=1)
    sha = await repo.push(branch="main", files={"again.py": "1"}, message="again", author="dana")
    run = await finish_run(repo, sha, failed=("test_3",))
    job, artifact = job_and_artifact()
    await run.rerun_failed(jobs=[job], artifacts=[artifact])
    await bot.settle()
    await monday(github, bot)
    assert "| Gone | 0 | 0 |" in told.body
