"""Installation, policy, and a database that goes away."""

import asyncio
from urllib.parse import parse_qs, urlsplit

import pytest

from app.cli.in_process import run_in_process
from app.settings import AppIdentity
from tests.e2e.leavings import job_and_artifact, run_ci
from tests.e2e.test_a_flake_from_proof_to_quarantine import prove_flaky


async def set_policy(repo, bot, text):
    sha = await repo.push(branch="main", files={".github/flakeguard.yml": text}, message="policy", author="dana")
    await bot.settle()
    return sha


def check(repo, sha, name):
    return next((one for one in repo.check_runs(sha) if one.name == name), None)


async def test_the_policy_of_the_default_branch_is_in_force(github, repo, bot):
    await set_policy(repo, bot, "version: 1\nquarantine: {mode: off}\nissues: {enabled: false}\n")
    await prove_flaky(github, repo, bot)
    pull = await repo.open_pull(author="dana", branch="f", files={"a.py": "1"}, title="F")
    await run_ci(repo, bot, pull, failed=("test_3",))
    assert repo.issues == []
    assert "- [ ]" not in pull.comments[0].body
    await repo.comment(pull.number, "dana", "/flakeguard quarantine test_3")
    await bot.settle()
    assert "mode: off" in pull.comments[-1].body.replace("\u200b", "")


async def test_a_broken_policy_leaves_the_last_good_one_and_is_told_at_its_line(repo, bot, conn):
    await set_policy(repo, bot, "version: 1\nmin_runs: 7\n")
    sha = await set_policy(repo, bot, "version: 1\nmin_runs: seven\n")
    told = check(repo, sha, "FlakeGuard policy")
    assert told.conclusion == "failure"
    assert told.annotations[0]["start_line"] == 2
    assert (await conn.fetchval("SELECT policy->>'min_runs' FROM fg_repository")) == "7"
    error = await conn.fetchval("SELECT policy_error FROM fg_repository")
    assert error == "line 2, column 11: this must be a whole number"


async def test_with_a_broken_policy_and_no_good_one_before_nothing_is_written_but_the_error(repo, bot, conn):
    sha = await set_policy(repo, bot, "versoin: 1\n")
    await run_ci(repo, bot, sha, failed=("test_1",))
    assert check(repo, sha, "FlakeGuard policy").conclusion == "failure"
    assert await conn.fetchval("SELECT count(*) FROM fg_occurrence") == 12
    # A check stands there only if it was opened before the policy was read.
    opened = check(repo, sha, "FlakeGuard")
    assert opened is None or opened.conclusion is None


async def test_a_pull_request_that_brings_a_policy_is_told_whether_it_can_be_read(repo, bot, conn):
    pull = await repo.open_pull(
        author="dana", branch="f", files={".github/flakeguard.yml": "version: 1\nmin_runs: 0\n"}, title="F"
    )
    await bot.settle()
    told = check(repo, pull.head_sha, "FlakeGuard policy")
    assert (told.conclusion, told.annotations[0]["start_line"]) == ("failure", 2)
    await pull.push(files={".github/flakeguard.yml": "version: 1\nmin_runs: 20\n"})
    await bot.settle()
    assert check(repo, pull.head_sha, "FlakeGuard policy").conclusion == "success"
    assert await conn.fetchval("SELECT policy FROM fg_repository") is None


async def test_a_job_of_a_suspended_installation_is_dropped_and_done_after_it_is_back(github, repo, bot, conn):
    await run_ci(repo, bot, await repo.push(branch="main", files={"a.py": "1"}, message="1", author="dana"))
    github.world.installations[repo.data.installation_id].suspended_at = github.now
    sha = await repo.push(branch="main", files={"a.py": "2"}, message="2", author="dana")
    job, artifact = job_and_artifact()
    run = await repo.start_run(workflow="CI", head=sha, jobs=[job], artifacts=[artifact])
    await run.complete()
    await bot.settle()
    assert await conn.fetchval("SELECT count(*) FROM fg_workflow_run") == 1


async def test_a_commit_without_any_run_is_neutral_after_a_while(github, repo, bot, conn):
    sha = await repo.push(branch="main", files={"docs.md": "1"}, message="docs", author="dana")
    await bot.settle()
    assert check(repo, sha, "FlakeGuard").conclusion is None
    github.advance(minutes=11)
    await conn.execute("UPDATE pgqueuer SET execute_after = now() WHERE entrypoint = 'ReportHead'")
    await bot.settle()
    assert check(repo, sha, "FlakeGuard").conclusion == "neutral"


async def test_a_change_of_the_workflows_without_any_run_is_no_way_around(github, repo, bot, conn):
    pull = await repo.open_pull(author="dana", branch="f", files={".github/workflows/ci.yml": "on: []"}, title="F")
    await bot.settle()
    github.advance(minutes=11)
    await conn.execute("UPDATE pgqueuer SET execute_after = now() WHERE entrypoint = 'ReportHead'")
    await bot.settle()
    assert check(repo, pull.head_sha, "FlakeGuard").conclusion == "failure"


class Wire:
    """The way to the database, which can be cut and mended."""

    def __init__(self, url):
        parts = urlsplit(url)
        self.socket = parse_qs(parts.query).get("host", [None])[0]
        self.there = (parts.hostname or "127.0.0.1", parts.port or 5432)
        self.database = parts.path
        self.user = parts.username or "postgres"
        self.password = f":{parts.password}" if parts.password else ""
        self.writers = set()
        self.is_cut = False

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.forward, "127.0.0.1", 0)
        port = self.server.sockets[0].getsockname()[1]
        self.url = f"postgresql://{self.user}{self.password}@127.0.0.1:{port}{self.database}?sslmode=disable"
        return self

    async def __aexit__(self, *_):
        self.cut()
        self.server.close()

    async def forward(self, reader, writer):
        if self.is_cut:
            writer.transport.abort()
            return
        if self.socket:
            back_reader, back_writer = await asyncio.open_unix_connection(f"{self.socket}/.s.PGSQL.5432")
        else:
            back_reader, back_writer = await asyncio.open_connection(*self.there)
        self.writers |= {writer, back_writer}
        await asyncio.gather(self.copy(reader, back_writer), self.copy(back_reader, writer))

    async def copy(self, reader, writer):
        try:
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    def cut(self):
        self.is_cut = True
        for writer in self.writers:
            writer.transport.abort()
        self.writers.clear()

    def mend(self):
        self.is_cut = False


@pytest.mark.parametrize("seconds", [1, pytest.param(60, marks=pytest.mark.long)])
async def test_the_database_goes_away_and_nothing_taken_is_lost(github, database_url, processes, conn, seconds):
    app = AppIdentity(app_id=4242, private_key=github.private_key_pem, secrets=("secret",))
    repo = github.repository("acme/web")
    repo.commit(branch="main", files={"README.md": "web"}, message="first", author="dana")
    async with (
        Wire(database_url) as wire,
        run_in_process(wire.url, app, github.api_url, lambda: github.now, processes) as bot,
    ):
        github.webhook_url = bot.webhook_url
        heads = []
        for number in range(4):
            sha = await repo.push(branch="main", files={"a.py": str(number)}, message="x", author="dana")
            job, artifact = job_and_artifact(failed=("test_2",))
            run = await repo.start_run(workflow="CI", head=sha, jobs=[job], artifacts=[artifact])
            await run.complete()
            heads.append(sha)
            if number == 1:
                wire.cut()
        refused = [one for one in github.deliveries if one.status == 503]
        assert refused
        assert {one.status for one in github.deliveries} <= {200, 202, 503}
        await asyncio.sleep(seconds)
        wire.mend()
        for delivery in refused:
            await github.redeliver(delivery.guid)
        await bot.settle()
        assert [check(repo, sha, "FlakeGuard").conclusion for sha in heads] == ["failure"] * 4
        assert await bot.held_jobs() == []
    assert await conn.fetchval("SELECT count(*) FROM fg_occurrence") == 48
