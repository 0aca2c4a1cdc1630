"""People of every role, each with a pull request of their own that hits a known flake of their own.

So whatever happens to a test happened by its person's doing.
"""

from collections import Counter
from dataclasses import dataclass
from itertools import chain

from app.core.decisions import Change
from app.core.model import TestId
from app.handlers.record import BY_RULE, Step, look, record, show_everywhere
from app.jobs import LookAtReactions
from app.queue import enqueue
from app.sandbox.github import ArtifactSpec, JobSpec
from tests.e2e.leavings import job_log, junit, names_of
from tests.e2e.test_set_up import check, set_policy

POLICY = "version: 1\nquarantine: {max_tests: 50}\nissues: {max_per_day: 50}\nrerun: {max_per_day: 50}\n"
BOT = "renovate[bot]"
RELEASER = "releaser"
"""A role of the organisation's own, which may write."""
ROLES = {
    "walt": "write",
    "mary": "maintain",
    "adam": "admin",
    "rosa": RELEASER,
    "tina": "triage",
    "rudi": "read",
    "olaf": None,
    "fred": None,
    "faye": "read",
    BOT: "write",
}
FORKERS = ("fred", "faye")
"""Their pull requests come from forks of their own; all others are dana's."""

_WAYS = (
    # How each one's test fails, in words that nothing makes alike.
    *("TimeoutError: the database did not answer", "ConnectionError: broker refused us", "KeyError: colour"),
    *("LookupError: no such printer", "ValueError: negative weight", "BlockingIOError: pipe is full"),
    *("OverflowError: too many guests", "PermissionError: door is locked", "ArithmeticError: odd parity"),
    "EOFError: stream ended early",
)
_FLAKES = (8, 10)
_SHOWN = {
    # The conclusion of our check, and whether there is a box to tick.
    "PROPOSED": ("neutral", True),
    "ACTIVE": ("success", False),
    "RESOLVED": ("neutral", False),
    "DISMISSED": ("neutral", False),
}


def name_of(login):
    return f"test_of_{login.removesuffix('[bot]')}"


@dataclass
class Scene:
    """Everybody's pull requests and runs, and the number of an issue that is none of ours."""

    github: object
    repo: object
    bot: object
    conn: object
    pulls: dict
    runs: dict
    question: int

    def our_issue(self, login):
        return next((one for one in self.repo.issues if one.title.endswith(name_of(login))), None)

    def our_check(self, login):
        return check(self.repo, self.pulls[login].head_sha, "FlakeGuard")

    def our_comment(self, login):
        return next(one for one in self.pulls[login].comments if "<!-- flakeguard:pull -->" in one.body)

    def our_comments(self):
        """All comments that we wrote, wherever."""
        written = chain.from_iterable(one.comments for one in self.repo.data.issues.values())
        return [one for one in written if one.author == "flakeguard[bot]"]

    async def deeds(self):
        """Count what was done so far in each one's name, or to what is theirs alone."""
        rows = await self.conn.fetch("SELECT by_user, state FROM fg_quarantine_decision WHERE by_user IS NOT NULL")
        done = Counter((row["by_user"], row["state"]) for row in rows)
        for login, run in self.runs.items():
            done[login, "run again"] = len(run.data.attempts)
            done[login, "issue opened"] = int(self.our_issue(login) is not None)
        return done

    async def shown_wrongly(self):
        """Return what GitHub shows of tests, where that is not what was decided; a run in progress has no verdict yet."""
        rows = await self.conn.fetch(
            "SELECT DISTINCT ON (c.name) c.name, d.state FROM fg_quarantine_decision AS d"
            " JOIN fg_test_case AS c ON c.repo_id = d.repo_id AND c.id = d.test_id ORDER BY c.name, d.id DESC"
        )
        states = {row["name"]: row["state"] for row in rows}
        ended = [login for login, run in self.runs.items() if run.data.latest.status == "completed"]
        shown = {login: (self.our_check(login).conclusion, "- [" in self.our_comment(login).body) for login in ended}
        return {login: one for login, one in shown.items() if one != _SHOWN[states[name_of(login)]]}

    async def bring_to(self, state):
        """Let every test be in that state, by rule."""
        repo_id = await self.conn.fetchval("SELECT id FROM fg_repository")
        names, now = [name_of(login) for login in ROLES], self.github.now
        rows = await self.conn.fetch("SELECT id FROM fg_test_case WHERE name = ANY($1)", names)
        repo = await self.bot.bot.open(repo_id)
        async with self.bot.pool.acquire() as conn, conn.transaction():
            stands = (await look(conn, repo_id, [TestId(row["id"]) for row in rows])).stands.values()
            others = [one for one in stands if not one.latest.is_open or one.latest.state is not state]
            steps = [Step(stand=one, change=Change(state=state, rationale="for the next answer")) for one in others]
            await record(conn, repo, steps, by=BY_RULE, now=now)
            await show_everywhere(conn, repo_id, [one.test for one in others], now=now)
        await self.bot.settle()

    async def look_at(self, pull):
        """Have reactions looked for, as every event of a pull request does."""
        repo_id = await self.conn.fetchval("SELECT id FROM fg_repository")
        async with self.bot.pool.acquire() as conn:
            await enqueue(conn, LookAtReactions(repo_id=repo_id, number=pull.number))

    async def delete_our_issues(self):
        for issue in [one for one in self.repo.issues if one.number != self.question]:
            del self.repo.data.issues[issue.number]
            told = {"action": "deleted", "issue": self.github.render.issue(self.repo.data, issue)}
            await self.repo.send("issues", told)
        await self.bot.settle()

    async def end_runs(self):
        for run in self.runs.values():
            if run.data.latest.status != "completed":
                await run.complete()
        await self.bot.settle()


async def set_scene(github, repo, bot, conn):
    """Prove everybody's test flaky, and let their pull requests hit it; every quarantine is proposed then."""
    github.world.account(BOT, "Bot")
    for login, role in ROLES.items():
        if role is not None:
            repo.grant(login, role, based_on="write" if role == RELEASER else None)
    await set_policy(repo, bot, POLICY)
    await _prove_all(github, repo)
    await bot.settle()
    pulls = {login: await _open_pull(repo, login) for login in ROLES}
    runs = {login: await _end_run(repo, pull, [login]) for login, pull in pulls.items()}
    await bot.settle()
    question = github.world.issue(repo.data, "A question", "", github.world.account("rudi")).number
    return Scene(github, repo, bot, conn, pulls, runs, question)


async def _prove_all(github, repo):
    for number in range(12):
        sha = await repo.push(branch="main", files={"code.py": f"v{number}"}, message="more", author="dana")
        run = await _end_run(repo, sha, ROLES if number in _FLAKES else ())
        if number in _FLAKES:
            await run.rerun_failed(**_leavings(()))
        github.advance(hours=1)


async def _open_pull(repo, login):
    files = {f"{login}.py": "1"}
    if login in FORKERS:
        return await repo.open_pull(author=login, branch="fix", files=files, title="Fix", from_fork=repo.fork(login))
    return await repo.open_pull(author="dana", branch=f"for-{login}", files=files, title="Fix")


async def _end_run(repo, head, failing):
    run = await repo.start_run(workflow="CI", head=head, **_leavings(failing))
    await run.complete()
    return run


def _leavings(failing):
    """A job and its artifact, in which the tests of those people failed, each in its own way."""
    ways = dict(zip(ROLES, _WAYS, strict=True))
    passing = [*names_of(40), *(name_of(login) for login in ROLES if login not in failing)]
    files = {f"{name_of(login)}.xml": junit(failed=[name_of(login)], message=ways[login]) for login in failing}
    job = JobSpec(name="test", conclusion="failure" if failing else "success", log=job_log(failing))
    artifact = ArtifactSpec(name="junit-test", files={**files, "rest.xml": junit(passed=passing)}, job="test")
    return {"jobs": [job], "artifacts": [artifact]}
