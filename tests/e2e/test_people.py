"""What people say to the bot, and what it does then."""

import pytest

from app.core.model import RepoId
from app.jobs import ObeyComment
from app.queue import enqueue
from app.sandbox.github.faults import Fault, Mischief
from tests.e2e.leavings import finish_run, run_ci
from tests.e2e.test_a_flake_from_proof_to_quarantine import prove_flaky


@pytest.fixture
async def pull(github, repo, bot):
    """A pull request that hits a known flake, with a proposal in its comment."""
    await prove_flaky(github, repo, bot)
    opened = await repo.open_pull(author="dana", branch="f", files={"a.py": "1"}, title="F")
    await run_ci(repo, bot, opened, failed=("test_3",))
    github.advance(minutes=5)
    return opened


def conclusion(repo, pull):
    [check] = [one for one in repo.check_runs(pull.head_sha) if one.name == "FlakeGuard"]
    return check.conclusion


def reactions(comment):
    return [one.content for one in comment.reactions]


async def test_a_ticked_box_quarantines_and_the_comment_says_so(repo, bot, pull):
    [ours] = pull.comments
    await repo.edit_comment(ours.id, "dana", ours.body.replace("- [ ]", "- [x]"))
    await bot.settle()
    assert conclusion(repo, pull) == "success"
    assert "- [" not in ours.body


async def test_a_box_ticked_without_write_access_is_undone(repo, bot, pull):
    [ours] = pull.comments
    await repo.edit_comment(ours.id, "max", ours.body.replace("- [ ]", "- [x]"))
    await bot.settle()
    assert conclusion(repo, pull) == "neutral"
    assert "- [ ]" in ours.body


async def test_a_command_without_write_access_gets_a_thumb_down_and_nothing_else(repo, bot, pull):
    said = await repo.comment(pull.number, "max", "/flakeguard quarantine test_3")
    await bot.settle()
    assert reactions(said) == ["-1"]
    assert conclusion(repo, pull) == "neutral"
    assert len(pull.comments) == 2


async def test_of_two_commands_the_one_that_is_refused_is_named_beside_the_answer_to_the_other(repo, bot, pull, conn):
    repo.grant("tina", "triage")
    said = await repo.comment(pull.number, "tina", "/flakeguard quarantine test_3 for 3d\n/flakeguard status")
    await bot.settle()
    assert reactions(said) == ["+1", "-1"]
    answer = pull.comments[-1].body.replace("\u200b", "")
    assert "`quarantine test_3`: that takes write access." in answer
    assert "Standing" in answer
    assert await conn.fetchval("SELECT count(*) FROM fg_quarantine_decision WHERE state = 'ACTIVE'") == 0
    said = await repo.comment(pull.number, "tina", "/flakeguard quarantine test_3\n/flakeguard rerun")
    await bot.settle()
    assert reactions(said) == ["-1"]
    assert pull.comments[-1] is said


async def test_the_author_of_a_pull_request_may_ask_without_write_access(github, repo, bot):
    await prove_flaky(github, repo, bot, runs=6)
    pull = await repo.open_pull(author="max", branch="g", files={"a.py": "1"}, title="G")
    said = await repo.comment(pull.number, "max", "/flakeguard help")
    await bot.settle()
    assert reactions(said) == ["+1"]
    assert "quarantine TEST" in pull.comments[-1].body


async def test_release_ends_a_quarantine_and_the_check_follows(github, repo, bot, pull):
    await repo.comment(pull.number, "dana", "/flakeguard quarantine test_3")
    await bot.settle()
    github.advance(minutes=1)
    await repo.comment(pull.number, "dana", "/flakeguard release test_3 because it is fixed")
    await bot.settle()
    assert conclusion(repo, pull) == "neutral"


async def test_a_dismissed_proposal_is_silent(github, repo, bot, pull, conn):
    await repo.comment(pull.number, "dana", "/flakeguard dismiss test_3")
    await bot.settle()
    assert "- [ ]" not in pull.comments[0].body
    github.advance(minutes=5)
    await run_ci(repo, bot, pull, failed=("test_3",))
    states = await conn.fetch("SELECT state::text FROM fg_quarantine_decision ORDER BY id")
    assert [row["state"] for row in states] == ["PROPOSED", "DISMISSED"]


async def test_a_test_that_nobody_knows_gets_an_answer_with_near_names(repo, bot, pull):
    said = await repo.comment(pull.number, "dana", "/flakeguard explain test_33")
    await bot.settle()
    assert reactions(said) == ["+1"]
    assert "test_3" in pull.comments[-1].body


async def test_explain_shows_what_the_score_is_made_of(repo, bot, pull):
    await repo.comment(pull.number, "dana", "/flakeguard explain test_3")
    await bot.settle()
    assert "E2" in pull.comments[-1].body


async def test_a_comment_that_a_person_deletes_stays_away_until_the_status_is_asked_for(github, repo, bot, pull):
    [ours] = pull.comments
    await repo.delete_comment(ours.id, "dana")
    await bot.settle()
    github.advance(minutes=5)
    await pull.push(files={"a.py": "2"})
    await run_ci(repo, bot, pull, failed=("test_3",))
    assert pull.comments == []
    await repo.comment(pull.number, "dana", "/flakeguard status")
    await bot.settle()
    assert sum("<!-- flakeguard:pull -->" in one.body for one in pull.comments) == 1


async def test_the_button_quarantines_all_that_is_proposed(repo, bot, pull):
    [check] = [one for one in repo.check_runs(pull.head_sha) if one.name == "FlakeGuard"]
    await repo.press_button(check, "quarantine", "dana")
    await bot.settle()
    assert conclusion(repo, pull) == "success"


async def test_a_quarantine_ends_when_its_time_is_over(github, repo, bot, pull):
    await repo.comment(pull.number, "dana", "/flakeguard quarantine test_3 for 2d")
    await bot.settle()
    github.advance(days=3)
    await bot.sweep()
    await bot.settle()
    assert conclusion(repo, pull) == "neutral"


async def test_a_test_in_quarantine_that_fails_in_a_new_way_turns_the_check_red(github, repo, bot, pull):
    await repo.comment(pull.number, "dana", "/flakeguard quarantine test_3")
    await bot.settle()
    github.advance(minutes=5)
    await pull.push(files={"a.py": "2"})
    await run_ci(repo, bot, pull, failed=("test_3",), message="AssertionError: expected 1 to be 2")
    assert conclusion(repo, pull) == "failure"


async def test_the_trail_of_a_test_says_who_closed_and_reopened_its_issue(github, repo, bot, pull, conn):
    [issue] = repo.issues
    await repo.close_issue(issue.number, "dana", "not_planned")
    await bot.settle()
    github.advance(hours=1)
    await repo.reopen_issue(issue.number, "max")
    await bot.settle()
    rows = await conn.fetch(
        "SELECT actor, action, detail ->> 'why' FROM fg_audit WHERE action IN ('closed', 'reopened') ORDER BY id"
    )
    number = f"#{issue.number}"
    assert [tuple(row) for row in rows] == [
        ("dana", "closed", f"{number}, not_planned"),
        ("max", "reopened", number),
    ]
    assert "closed its issue" not in issue.body


async def test_a_command_that_two_workers_obey_at_once_is_answered_once(github, repo, bot, pull, conn):
    """A job is picked again while the worker that had it goes on: it was only slow."""
    await repo.comment(pull.number, "dana", "/flakeguard status")
    await bot.settle()
    [answer] = [one for one in pull.comments if "flakeguard:answer" in one.body]
    repo.data.issues[pull.number].comments.remove(answer)
    [asked] = [one for one in pull.comments if one.body == "/flakeguard status"]
    repo_id = RepoId(await conn.fetchval("SELECT id FROM fg_repository"))
    github.plant(Fault(kind=Mischief.SLOW, seconds=0.3, times=3, method="GET", path="*/comments"))
    await enqueue(conn, *(ObeyComment(repo_id=repo_id, number=pull.number, comment_id=asked.id) for _ in range(3)))
    await bot.settle()
    assert sum("flakeguard:answer" in one.body for one in pull.comments) == 1


async def test_an_issue_closed_as_not_planned_stays_closed(github, repo, bot, pull):
    [issue] = repo.issues
    await repo.close_issue(issue.number, "dana", "not_planned")
    await bot.settle()
    github.advance(hours=1)
    await prove_flaky(github, repo, bot, runs=6)
    assert issue.state == "closed"


async def test_an_issue_closed_as_completed_is_reopened_by_the_next_proof(github, repo, bot, pull):
    [issue] = repo.issues
    await repo.close_issue(issue.number, "dana", "completed")
    await bot.settle()
    github.advance(hours=1)
    await prove_flaky(github, repo, bot, runs=6)
    assert issue.state == "open"
    assert len(repo.issues) == 1


async def test_an_issue_is_closed_after_enough_passes(github, repo, bot, pull):
    await pull.close()
    for number in range(32):
        github.advance(hours=2)
        sha = await repo.push(branch="main", files={"code.py": f"w{number}"}, message="x", author="dana")
        await finish_run(repo, sha)
    await bot.settle()
    [issue] = repo.issues
    assert (issue.state, issue.state_reason) == ("closed", "completed")
