"""Who installs the App may grant fewer rights than it asks for: what takes one is left out and said, and the rest goes on."""

import json
from dataclasses import dataclass

import pytest

from app.core.grants import Feature, refusal_words
from app.github.errors import NotAllowed
from app.jobs import ReportHead
from app.queue.consuming import Pick
from app.sandbox.github.login.registration import PERMISSIONS
from app.worker import Worker
from tests.e2e.leavings import finish_run, run_ci
from tests.e2e.test_a_flake_from_proof_to_quarantine import prove_flaky
from tests.e2e.test_installing import push
from tests.e2e.test_life_of_an_installation import nothing_is_left_to_do, ours, writes
from tests.e2e.test_set_up import check


@dataclass(frozen=True)
class Seen:
    """What comes of a known flake on a pull request, and of a command there, with some right missing."""

    check: bool = True
    comment: bool = True
    is_answered: bool = True
    reacts: bool = True
    rerun: bool = True
    is_told_why: bool = False
    said: tuple[Feature, ...] = ()


TABLE = [
    ({}, Seen()),
    ({"checks": "read"}, Seen(check=False, said=(Feature.CHECK,))),
    ({"checks": None}, Seen(check=False, said=(Feature.CHECK,))),
    ({"issues": "read"}, Seen(reacts=False, said=(Feature.ISSUES,))),
    ({"issues": None}, Seen(reacts=False, said=(Feature.ISSUES,))),
    ({"pull_requests": "read"}, Seen(comment=False, is_answered=False, said=(Feature.COMMENT,))),
    ({"actions": "read"}, Seen(rerun=False, is_told_why=True)),
    ({"contents": None}, Seen(said=(Feature.FILES,))),
    (
        dict.fromkeys(PERMISSIONS, "read"),
        Seen(check=False, comment=False, is_answered=False, reacts=False, rerun=False),
    ),
]


async def look(github, repo, bot, number):
    """A pull request that hits the known flake, and dana's words on it; what came of both, and what we were refused."""
    asked = len(github.requests)
    pull = await repo.open_pull(author="dana", branch=f"f{number}", files={f"{number}.py": "1"}, title=f"F{number}")
    run = await finish_run(repo, pull, failed=("test_3",))
    await bot.settle()
    shown = check(repo, pull.head_sha, "FlakeGuard")
    conclusion = shown.conclusion if shown else None
    command = await repo.comment(pull.number, "dana", "/flakeguard status\n/flakeguard rerun")
    await bot.settle()
    texts = [one.body for one in ours(pull)]
    everything = "\n".join([*texts, shown.summary if shown else ""])
    seen = Seen(
        check=conclusion == "neutral",
        comment=any("flakeguard:pull" in one for one in texts),
        is_answered=any("Standing" in one for one in texts),
        reacts=bool(command.reactions),
        rerun=len(run.data.attempts) == 2,
        is_told_why=any(
            "Not run again: `FlakeGuard may not run jobs again here: grant Actions: write`" in t for t in texts
        ),
        said=tuple(one for one in Feature if f"{refusal_words(one)}." in everything),
    )
    assert all(everything.count(refusal_words(one)) == 1 for one in seen.said)
    return seen, [one.path for one in github.requests[asked:] if one.status == 403]


async def test_what_takes_a_right_that_is_missing_is_left_out_and_said_once_and_the_rest_goes_on(
    github, repo, bot, conn
):
    await github.permit(repo, issues="read")
    await prove_flaky(github, repo, bot)
    assert repo.issues == []
    for number, (granted, expected) in enumerate(TABLE):
        await github.permit(repo, **(PERMISSIONS | granted))
        await bot.settle()
        assert await look(github, repo, bot, number) == (expected, []), granted
    await nothing_is_left_to_do(bot, conn)


async def test_a_right_taken_back_unheard_is_named_like_one_that_was_never_granted(github, repo, bot):
    pull = await repo.open_pull(author="dana", branch="f", files={"f.py": "1"}, title="F")
    await run_ci(repo, bot, pull, failed=("test_3",))
    github.lose_webhooks(1)
    await github.permit(repo, actions="read")
    await repo.comment(pull.number, "dana", "/flakeguard rerun")
    await bot.settle()
    assert sum(f"Not run again: `{refusal_words(Feature.RERUN)}`" in one.body for one in ours(pull)) == 1


async def test_an_app_that_may_only_read_stores_and_scores_and_tries_nothing(github, repo, bot, conn):
    await github.permit(repo, **dict.fromkeys(PERMISSIONS, "read"))
    await prove_flaky(github, repo, bot)
    assert await conn.fetchval("SELECT standing FROM fg_flake_score") == "flaky"
    assert writes(github) == []
    assert [one.path for one in github.requests if one.status == 403] == []
    # Granted later, it goes on with all that it has seen.
    await github.permit(repo, **PERMISSIONS)
    seen, _ = await look(github, repo, bot, 1)
    assert seen == Seen()
    assert [one.title for one in repo.issues] == ["Flaky test: tests.test_api.test_3"]


async def test_without_the_right_to_read_pull_requests_no_failure_on_them_is_excused(github, repo, bot, conn):
    await prove_flaky(github, repo, bot)
    await github.permit(repo, pull_requests=None)
    await bot.settle()
    pull = await repo.open_pull(author="dana", branch="f", files={"f.py": "1"}, title="F")
    await run_ci(repo, bot, pull, failed=("test_3",))
    shown = check(repo, pull.head_sha, "FlakeGuard")
    assert shown.conclusion == "failure"
    assert "nothing is excused" in shown.summary
    sha = await push(repo, "2")
    await run_ci(repo, bot, sha, failed=("test_3",))
    assert check(repo, sha, "FlakeGuard").conclusion == "neutral"
    assert [one.path for one in github.requests if one.status == 403] == []
    await nothing_is_left_to_do(bot, conn)


async def test_without_the_right_to_read_files_nobody_knows_what_is_wanted_and_only_that_is_said_once(
    github, repo, bot, conn
):
    await github.permit(repo, contents=None)
    shas = [await push(repo, "1"), await push(repo, "2")]
    for sha in shas:
        await run_ci(repo, bot, sha, failed=("test_1",))
    assert await conn.fetchval("SELECT count(*) FROM fg_occurrence") == 24
    said = [one for sha in shas for one in repo.check_runs(sha)]
    assert [(one.name, one.conclusion) for one in said] == [("FlakeGuard policy", "neutral")]
    assert refusal_words(Feature.FILES) in said[0].summary
    await github.permit(repo, contents="read")
    await bot.settle()
    await repo.open_suite(shas[1], "main", "rerequested")
    await bot.settle()
    assert check(repo, shas[1], "FlakeGuard").conclusion == "failure"


@pytest.mark.parametrize(
    ("right", "level"),
    [
        ("pull_requests", None),
        pytest.param("checks", "read", marks=pytest.mark.long),
        pytest.param("issues", "read", marks=pytest.mark.long),
    ],
)
async def test_a_right_that_is_taken_away_unheard_is_noted_when_github_refuses_us(
    github, repo, bot, conn, right, level
):
    await push(repo, "1")
    await github.install(repo)
    await bot.settle()
    github.lose_webhooks(1)
    await github.permit(repo, **{right: level})
    pull = await repo.open_pull(author="dana", branch="f", files={"f.py": "1"}, title="F")
    await run_ci(repo, bot, pull, failed=("test_3",))
    await repo.comment(pull.number, "dana", "/flakeguard status")
    await bot.settle()
    assert await conn.fetchval(f"SELECT permissions->>'{right}' FROM fg_installation") == level
    assert (check(repo, pull.head_sha, "FlakeGuard") is None) == (right == "checks")
    assert (ours(pull) == []) == (right == "pull_requests")
    await nothing_is_left_to_do(bot, conn)


async def test_without_the_right_to_read_runs_there_is_nothing_to_do_and_nothing_is_held(github, repo, bot, conn):
    await github.permit(repo, actions=None)
    sha = await push(repo, "1")
    await run_ci(repo, bot, sha)
    assert repo.check_runs(sha) == []
    await nothing_is_left_to_do(bot, conn)


async def test_a_job_that_has_waited_before_is_done_by_the_rights_that_github_tells_when_it_refuses(repo, bot, conn):
    """However often it waited for a limit: only what is refused by what is known then is dropped."""
    await push(repo, "1")
    await bot.settle()
    tries = []

    async def refused(_bot, job):
        tries.append(job)
        raise NotAllowed("GET /repos/{owner}/{repo}: Resource not accessible by integration")

    worker = Worker(bot=bot.bot, handlers={ReportHead: refused})
    job = ReportHead(repo_id=await conn.fetchval("SELECT id FROM fg_repository"), head_sha="a" * 40)
    await worker.handle(Pick(job=job, id=1, failures=0, waits=3, picks=1))
    put_back = await conn.fetch("DELETE FROM pgqueuer WHERE entrypoint = 'ReportHead' RETURNING headers")
    assert sum("asked" in json.loads(row["headers"]) for row in put_back) == 1
    await worker.handle(Pick(job=job, id=1, failures=0, waits=4, picks=1, has_asked=True))
    assert len(tries) == 2
    await nothing_is_left_to_do(bot, conn)
