"""A history that the real handlers live through, attempt by attempt, at the times at which it happened."""

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from app.cli.in_process import _IMPATIENT
from app.core.events import AccountRef, RepositoryRef
from app.core.model import RepoId
from app.core.signature import RULES_VERSION
from app.db.clusters import ClusterSeen, save_clusters
from app.db.connection import open_pool
from app.db.installations import save_installation
from app.db.owners import save_codeowners
from app.db.repositories import save_repository
from app.db.scores import list_tests_worth_judging
from app.github.client import GitHub
from app.github.wire import open_wire
from app.handlers.bot import Bot, know
from app.handlers.judge import rejudge
from app.jobs import DecideTests, ScoreRun, Sweep, SyncIssue
from app.queue import enqueue
from app.queue.encoding import KINDS, from_bytes
from app.worker import HANDLERS
from tests.db.stored_runs import START, Stored, store

RATES = (0.0, 0.0, 0.03, 0.05, 0.08, 0.12, 0.2, 0.35, 0.5, 0.9)
"""How often each test flakes; the last is broken for a while and mended again."""
FILES = {f"test_{number}": f"tests/{'ui' if number % 3 == 0 else 'api'}.py" for number in range(len(RATES))}
BROKEN = range(60, 80)
OUTAGES = (33, 71)


@dataclass(frozen=True, kw_only=True)
class Attempt(Stored):
    """An attempt that took its time."""

    begins: datetime
    ends: datetime

    @property
    def at(self):
        return self.begins

    @property
    def key(self):
        return self.run, self.number


def story(seed, *, runs=100, slow=0.0):
    """Attempts in the order in which they ended; of the `slow` share, later ones end before them."""
    chance = Random(seed)
    attempts, base = [], 1
    for run in range(1, runs + 1):
        base, fields = _commit(chance, run, base)
        begins = START + timedelta(hours=5 * run, seconds=run)
        number, bad = 1, True
        while bad and number <= 2:
            minutes = chance.uniform(600, 900) if chance.random() < slow else chance.uniform(5, 50)
            ends = begins + timedelta(minutes=minutes)
            tests = {f"test_{test}": _marks(chance, run, test, rate) for test, rate in enumerate(RATES)}
            one = Attempt(
                run=run, number=number, tests=tests, begins=begins, ends=ends, files=FILES,
                fields=fields | {"completed_at": ends}, message="connection refused" if run in OUTAGES else None,
            )  # fmt: skip
            attempts.append(one)
            bad = one.failures > 0 and chance.random() < 0.6
            number, begins = number + 1, ends + timedelta(minutes=7)
    return sorted(attempts, key=lambda one: (one.ends, one.key))


def _commit(chance, run, base):
    """Return the default branch's latest commit, and what the run tests: that branch, or a pull request, of a fork at times."""
    if chance.random() < 0.5:
        return run, {}
    home = "stranger/web" if chance.random() < 0.3 else "acme/web"
    pull = run // 3
    return base, {
        "event": "pull_request", "head_branch": f"change-{pull}", "pull_number": pull, "base_sha": f"{base:040x}",
        "head_repository": home,
    }  # fmt: skip


def _marks(chance, run, test, rate):
    if run in OUTAGES or (test == len(RATES) - 1 and run in BROKEN):
        return "F"
    if test == len(RATES) - 1 or chance.random() >= rate:
        return "S" if chance.random() < 0.05 else "P"
    return "FP" if chance.random() < 0.3 else "F"


def _seen(message):
    return ClusterSeen(
        signature=message, stack_digest=None, title=message, example_message=message, example_stack_trace=None,
        is_infra=False,
    )  # fmt: skip


@dataclass(kw_only=True)
class Lived:
    """The bot at work without a queue's workers: what is enqueued is done at once, in its order."""

    bot: Bot
    repo_id: RepoId
    github: object
    ends: dict = field(default_factory=dict)
    shared: str = "no message is this one"
    """The message that makes the tests which fail with it one cause."""

    async def live(self, attempts, until):
        """Store, judge and decide each attempt when it ended; quarantines end when their time is over."""
        for one in attempts:
            await self.let_pass(one.ends)
            async with self.bot.pool.acquire() as conn:
                attempt_id = await store(conn, self.repo_id, one)
                if self.shared == one.message and one.failures:
                    await save_clusters(conn, self.repo_id, [_seen(one.message)], RULES_VERSION, one.at)
            self.github.now = one.ends
            self.ends[one.ends] = one.key
            await HANDLERS[ScoreRun](self.bot, ScoreRun(repo_id=self.repo_id, attempt_id=attempt_id))
            await self.work()
        await self.let_pass(until)

    async def let_pass(self, until):
        async with self.bot.pool.acquire() as conn:
            ends = await conn.fetch(
                "SELECT DISTINCT until FROM fg_quarantine_decision WHERE ended_at IS NULL AND until <= $1 ORDER BY until",
                until,
            )
        for row in ends:
            self.github.now = row["until"]
            await HANDLERS[Sweep](self.bot, Sweep())
            await self.work()

    async def work(self):
        """Do what decides or opens issues; what only shows it is left."""
        while (job := await self._next()) is not None:
            if isinstance(job, DecideTests | SyncIssue):
                await HANDLERS[type(job)](self.bot, job)

    async def _next(self):
        async with self.bot.pool.acquire() as conn:
            row = await conn.fetchrow(
                """
                DELETE FROM pgqueuer
                WHERE id = (SELECT id FROM pgqueuer ORDER BY priority DESC, id LIMIT 1)
                RETURNING entrypoint, payload
                """
            )
        return None if row is None else from_bytes(KINDS[row["entrypoint"]], row["payload"])

    async def set_policy(self, policy):
        async with self.bot.pool.acquire() as conn:
            await conn.execute("UPDATE fg_repository SET policy = $1", policy.to_json())

    async def put_in_force(self, policy):
        """Set a policy, and judge and decide about all tests at once, as is done when it changes."""
        await self.set_policy(policy)
        async with self.bot.pool.acquire() as conn, conn.transaction():
            repo = await know(conn, self.repo_id)
            tests = await list_tests_worth_judging(conn, self.repo_id)
            moved = (await rejudge(conn, repo, tests)).moved
            await enqueue(conn, DecideTests(repo_id=self.repo_id, tests=tuple(tests), moved=tuple(moved)))
        await self.work()

    async def own(self, content):
        """Have the tests owned as this CODEOWNERS file says."""
        async with self.bot.pool.acquire() as conn:
            await save_codeowners(conn, self.repo_id, sha="a" * 40, content=content, at=START)

    async def decided(self, since=START):
        """Return the decisions: when, which test, in which state, why, and after which attempt."""
        async with self.bot.pool.acquire() as conn:
            rows = await conn.fetch(
                """
                SELECT d.decided_at, test.name, d.state, d.rationale
                FROM fg_quarantine_decision AS d
                JOIN fg_test_case AS test ON test.repo_id = d.repo_id AND test.id = d.test_id
                WHERE d.decided_at >= $1
                ORDER BY d.id
                """,
                since,
            )
        return [(*row, self.ends.get(row["decided_at"])) for row in rows]

    async def opened(self, since=START):
        """Return the issues: when each was opened, for which test, and after which attempt."""
        async with self.bot.pool.acquire() as conn:
            rows = await conn.fetch(
                """
                SELECT link.opened_at, test.name
                FROM fg_issue_link AS link
                JOIN fg_test_case AS test ON test.repo_id = link.repo_id AND test.id = link.test_id
                WHERE link.opened_at >= $1
                ORDER BY link.number
                """,
                since,
            )
        return [(*row, self.ends.get(row["opened_at"])) for row in rows]


@asynccontextmanager
async def at_work(database_url, github, processes):
    """A bot whose worker is the test, in a repository of the sandbox that nothing is stored of yet."""
    made = github.repository("acme/web")
    github.now = START
    async with (
        await open_pool(database_url, size=4) as pool,
        open_wire(api_url=github.api_url, user_agent="FlakeGuard") as wire,
    ):
        client = GitHub(wire, app_id=4242, private_key=github.private_key_pem, patience=_IMPATIENT)
        bot = Bot(pool=pool, github=client, app_id=4242, clock=lambda: github.now, processes=processes)
        async with pool.acquire() as conn:
            installation = made.data.installation_id
            await save_installation(conn, installation, AccountRef(login="acme", type="Organization"), {}, START)
            ref = RepositoryRef(
                id=made.data.id, owner="acme", name="web", default_branch="main", is_private=False, is_archived=False
            )
            repo_id = await save_repository(conn, ref, installation, START)
        yield Lived(bot=bot, repo_id=repo_id, github=github)
