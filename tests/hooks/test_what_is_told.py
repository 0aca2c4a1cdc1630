"""What hooks hear of while the whole bot works: told by what changed, in the transaction that changed it."""

from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from app.cli.in_process import run_in_process
from app.core.hooks.hook import HookEvent
from app.core.model import RepoId
from app.handlers.listeners import Listeners
from app.handlers.telling import IssueNow, tell_issue
from app.jobs import ScoreRun
from app.queue import enqueue
from app.settings import AppIdentity
from tests.e2e.conftest import github, processes
from tests.e2e.leavings import run_ci
from tests.e2e.test_a_flake_from_proof_to_quarantine import prove_flaky
from tests.e2e.test_an_issue_ends import SMALL_WINDOW, pass_again
from tests.e2e.test_set_up import set_policy
from tests.hooks.receiver import Receiver, always

__all__ = ["github", "processes"]

PAGES = "https://flakes.example.com"


@pytest.fixture
async def other():
    made = Receiver()
    await made.server.start_server()
    yield made
    await made.server.close()


@pytest.fixture
async def bot(github, database_url, processes, receiver, other):
    hooks = (
        receiver.hook(repositories=("acme/w*",)),
        other.hook(name="other", repositories=("acme/shop", "else/*"), events=frozenset({HookEvent.STANDING})),
    )
    listeners = Listeners(hooks=hooks, clock=lambda: github.now, github_url=github.web_url, pages_url=PAGES)
    app = AppIdentity(app_id=4242, private_key=github.private_key_pem, secrets=("secret",))
    async with run_in_process(
        database_url, app, github.api_url, lambda: github.now, processes, web_url=github.web_url, listeners=listeners
    ) as running:
        github.webhook_url = running.webhook_url
        yield running
        assert await running.held_jobs() == []


@pytest.fixture
def repo(github, bot):
    made = github.repository("acme/web")
    made.commit(branch="main", files={"README.md": "web"}, message="first", author="dana")
    made.grant("dana", "write")
    return made


def told(receiver, event):
    return [one.body for one in receiver.got if one.body["event"] == event]


def steps(receiver, event):
    return [(one["action"], one["test"]["name"]) for one in told(receiver, event)]


async def test_a_flake_is_told_from_its_proof_to_the_end_of_its_quarantine_and_its_issue(
    github, repo, bot, receiver, other
):
    await set_policy(repo, bot, SMALL_WINDOW)
    await prove_flaky(github, repo, bot)
    pull = await repo.open_pull(author="dana", branch="f", files={"f.py": "1"}, title="F")
    await run_ci(repo, bot, pull, failed=("test_3",))
    await repo.comment(pull.number, "dana", "/flakeguard quarantine test_3 for 14d because the database is slow")
    await bot.settle()
    await pass_again(github, repo, bot, 15)

    moves = [(one["standing"]["from"], one["standing"]["to"]) for one in told(receiver, "standing")]
    assert Counter(before for before, _ in moves) == Counter(after for _, after in moves), "it ends as it began"
    standing = next(one for one in told(receiver, "standing") if one["standing"]["to"] == "flaky")
    assert standing["test"] | {"id": 0, "page": ""} == {
        "id": 0, "suite": "unit", "class_name": "tests.test_api", "name": "test_3", "file": "tests/test_api.py",
        "team": None, "page": "",
    }  # fmt: skip
    assert standing["test"]["page"] == f"{PAGES}/repos/acme/web/tests/{standing['test']['id']}"
    assert standing["standing"]["evidence"]["grade"] in ("E1", "E2")
    assert standing["standing"]["evidence"]["failed_url"].startswith(f"{github.web_url}/acme/web/actions/runs/")
    assert standing["repository"] == {
        "owner": "acme", "name": "web", "id": repo.data.id, "url": f"{github.web_url}/acme/web",
        "page": f"{PAGES}/repos/acme/web",
    }  # fmt: skip

    assert steps(receiver, "quarantine") == [("proposed", "test_3"), ("active", "test_3"), ("resolved", "test_3")]
    begun = told(receiver, "quarantine")[1]["quarantine"]
    assert (begun["state"], begun["by"]) == ("ACTIVE", "dana")
    assert "the database is slow" in begun["why"]
    assert datetime.fromisoformat(begun["until"]) > datetime(2026, 3, 2, tzinfo=UTC) + timedelta(days=14)

    assert [one["action"] for one in told(receiver, "issue")] == ["opened", "closed"]
    [issue] = repo.issues
    ended = told(receiver, "issue")[1]["issue"]
    assert (ended["number"], ended["state"], ended["by"]) == (issue.number, "closed", "flakeguard[bot]")
    assert [one["name"] for one in ended["tests"]] == ["test_3"]

    assert all(one.is_ours() for one in receiver.got)
    assert len(set(receiver.guids())) == len(receiver.got)
    assert all(len(one.raw) < 25_000 for one in receiver.got)
    assert other.got == [], "what happens in a repository is told to none but its own hooks"


async def test_an_issue_that_a_person_closes_and_opens_again_is_told_with_who_did(github, repo, bot, receiver):
    await prove_flaky(github, repo, bot)
    [issue] = repo.issues
    await repo.close_issue(issue.number, "dana", "not_planned")
    await bot.settle()
    await repo.reopen_issue(issue.number, "dana")
    await bot.settle()
    assert [(one["action"], one["issue"]["by"]) for one in told(receiver, "issue")] == [
        ("opened", None), ("closed", "dana"), ("reopened", "dana"),
    ]  # fmt: skip


async def test_an_outage_is_told_once_however_often_its_run_is_read(github, repo, bot, receiver, conn):
    for number in range(4):
        sha = await repo.push(branch="main", files={"a.py": str(number)}, message="x", author="dana")
        await run_ci(repo, bot, sha, count=40)
        github.advance(hours=1)
    sha = await repo.push(branch="main", files={"a.py": "outage"}, message="x", author="dana")
    run = await run_ci(repo, bot, sha, count=40, failed=tuple(f"test_{number}" for number in range(30)))
    number = await conn.fetchval("SELECT id FROM fg_workflow_run WHERE run_id = $1", run.id)
    await enqueue(conn, ScoreRun(repo_id=1, attempt_id=number))
    await bot.settle()
    [incident] = told(receiver, "incident")
    assert incident["action"] == "found"
    assert (incident["incident"]["tests"], incident["incident"]["failures"]) == (40, 30)
    assert incident["incident"]["run_id"] == run.id
    assert incident["incident"]["url"] == f"{github.web_url}/acme/web/actions/runs/{run.id}/attempts/1"


async def test_what_is_undone_is_told_to_nobody(repo, bot, receiver):
    sha = await repo.push(branch="main", files={"a.py": "1"}, message="x", author="dana")
    await run_ci(repo, bot, sha)
    opened = await bot.bot.open(RepoId(1))
    now = IssueNow(link_id=1, number=1, url="https://github.com/acme/web/issues/1", state="open", reason=None, by=None)
    for is_kept in (False, True):
        with suppress(RuntimeError):
            async with bot.pool.acquire() as conn, conn.transaction():
                await tell_issue(conn, opened, "opened", now)
                if not is_kept:
                    raise RuntimeError
        await bot.settle()
        assert len(told(receiver, "issue")) == is_kept


async def test_what_cannot_be_delivered_now_is_not_lost_by_what_happens_meanwhile(github, repo, bot, receiver, conn):
    receiver.answer = always(429, Retry_After="3600")
    await prove_flaky(github, repo, bot)
    kept = await conn.fetch("SELECT payload FROM pgqueuer WHERE entrypoint = 'TellHook'")
    assert len(kept) >= 3
    assert len(repo.issues) == 1, "and nothing else waits for it"
