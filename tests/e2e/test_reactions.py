"""A thumb on our comment is an answer: GitHub tells nobody of it, so it is looked for."""

import pytest

from app.jobs import LookAtReactions
from app.queue import enqueue
from tests.e2e.leavings import run_ci
from tests.e2e.test_issues_of_causes import EACH_ITS_OWN, calm, flake
from tests.e2e.test_people import conclusion, pull  # noqa: F401 - a fixture
from tests.e2e.test_set_up import set_policy


async def look(bot, repo_id=1, number=None, turn=None):
    async with bot.pool.acquire() as conn:
        turn = turn or await conn.fetchval("SELECT turn FROM fg_watch WHERE pull_number = $1", number)
        await enqueue(conn, LookAtReactions(repo_id=repo_id, number=number, turn=turn))
    await bot.settle()


async def states(conn):
    rows = await conn.fetch("SELECT state, by_user FROM fg_quarantine_decision ORDER BY id")
    return [(row["state"], row["by_user"]) for row in rows]


async def test_a_thumb_up_of_somebody_with_write_access_approves_the_only_proposal(repo, bot, pull, conn):  # noqa: F811
    [ours] = pull.comments
    repo.react(ours.id, "dana", "+1")
    await look(bot, number=pull.number)
    assert await states(conn) == [("PROPOSED", None), ("ACTIVE", "dana")]
    assert conclusion(repo, pull) == "success"
    assert "- [" not in ours.body
    assert await conn.fetchval("SELECT count(*) FROM fg_watch") == 0, "nothing is proposed there any more"


async def test_a_thumb_down_dismisses_and_others_thumbs_and_hearts_mean_nothing(repo, bot, pull, conn):  # noqa: F811
    [ours] = pull.comments
    repo.react(ours.id, "max", "+1")
    repo.react(ours.id, "dana", "heart")
    await look(bot, number=pull.number)
    assert await states(conn) == [("PROPOSED", None)]
    repo.react(ours.id, "dana", "-1")
    await look(bot, number=pull.number)
    assert await states(conn) == [("PROPOSED", None), ("DISMISSED", "dana")]


async def test_a_look_that_another_one_has_overtaken_is_left_out(repo, bot, pull, conn):  # noqa: F811
    [ours] = pull.comments
    repo.react(ours.id, "dana", "+1")
    await look(bot, number=pull.number, turn=999)
    assert await states(conn) == [("PROPOSED", None)]


async def test_pauses_grow_while_nothing_happens_and_begin_anew_with_an_event(repo, bot, pull, conn):  # noqa: F811
    pause = "SELECT pause_seconds FROM fg_watch"
    assert await conn.fetchval(pause) == 60
    await look(bot, number=pull.number)
    await look(bot, number=pull.number)
    assert await conn.fetchval(pause) == 240
    await pull.label("later")
    await bot.settle()
    assert await conn.fetchval(pause) == 60


@pytest.mark.parametrize("thumb", ["+1", "-1"])
async def test_with_two_proposals_a_thumb_up_is_answered_once_and_a_thumb_down_dismisses_both(
    github, repo, bot, conn, thumb
):
    await calm(github, repo, bot, 10)
    await flake(github, repo, bot, ("test_1", "test_2"), times=2, message=EACH_ITS_OWN)
    opened = await repo.open_pull(author="dana", branch="f", files={"a.py": "1"}, title="F")
    await run_ci(repo, bot, opened, failed=("test_1", "test_2"), message=EACH_ITS_OWN)
    [ours] = opened.comments
    github.advance(minutes=1)
    repo.react(ours.id, "dana", thumb)
    await look(bot, number=opened.number)
    await look(bot, number=opened.number)
    if thumb == "-1":
        assert [state for state, _ in await states(conn)] == ["PROPOSED", "PROPOSED", "DISMISSED", "DISMISSED"]
        return
    assert [state for state, _ in await states(conn)] == ["PROPOSED", "PROPOSED"]
    assert ["please tick the boxes" in one.body for one in opened.comments] == [False, True]


async def test_what_the_comment_does_not_show_for_want_of_a_label_no_thumb_approves(github, repo, bot, pull, conn):  # noqa: F811
    await set_policy(repo, bot, "quarantine: {labels_required: [flaky]}\n")
    [ours] = pull.comments
    repo.react(ours.id, "dana", "+1")
    await look(bot, number=pull.number, turn=1)
    await bot.settle()
    assert await states(conn) == [("PROPOSED", None)]


async def test_a_thumb_counts_from_those_who_may_decide_and_from_nobody_else(repo, bot, pull, conn):  # noqa: F811
    [ours] = pull.comments
    for login, weak in (("reader", "read"), ("sorter", "triage")):
        repo.grant(login, weak)
        repo.react(ours.id, login, "+1")
    repo.react(ours.id, "outsider", "+1")
    repo.react(ours.id, "helper[bot]", "+1")
    await look(bot, number=pull.number)
    assert await states(conn) == [("PROPOSED", None)]
    repo.grant("decider", "maintain")
    repo.react(ours.id, "decider", "-1")
    await look(bot, number=pull.number)
    assert await states(conn) == [("PROPOSED", None), ("DISMISSED", "decider")]


async def test_a_thumb_up_that_is_refused_is_told_why_once(repo, bot, pull, conn):  # noqa: F811
    await set_policy(repo, bot, "quarantine: {max_tests: 0}\n")
    [ours] = pull.comments
    repo.react(ours.id, "dana", "+1")
    await look(bot, number=pull.number)
    repo.react(ours.id, "max", "heart")
    await look(bot, number=pull.number)
    assert await states(conn) == [("PROPOSED", None)]
    [told] = [one.body for one in pull.comments if one is not ours]
    assert "Of what `dana` asked for here with a 👍" in told
    assert "quarantine is full" in told
