"""A history that the real handlers live through, attempt by attempt, at the times at which it happened."""

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from app.cli.in_process import _IMPATIENT
from app.core.events import AccountRef, RepositoryRef
from app.core.model import RepoId
from app.core.replay import What
from app.core.signature import RULES_VERSION
from app.core.upkeep import start_of_day
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
from app.jobs import DecideTests, MirrorIssue, OpenWaiting, ScoreRun, Sweep, SyncIssue
from app.queue import enqueue
from app.queue.encoding import KINDS, from_bytes
from app.worker import HANDLERS
from tests.db.stored_runs import START, Stored, store

RATES = (0.0, 0.0, 0.03, 0.05, 0.08, 0.12, 0.2, 0.35, 0.5, 0.9)
"""How often each test flakes; the last is broken for a while and mended again."""
FILES = {f"test_{number}": f"tests/{'ui' if number % 3 == 0 else 'api'}.py" for number in range(len(RATES))}
BROKEN = range(60, 80)
OUTAGES = (33, 71)
BECAME = {
    (None, "open"): What.ISSUE_OPENED,
    ("open", "closed"): What.ISSUE_CLOSED,
    ("closed", "open"): What.ISSUE_REOPENED,
}


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
    pull = 1 + run // 3
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


def causes(seed, attempts):
    """The same attempts, in whose failures tests share what they say: for a while two groups of them, then all, then others."""
    chance = Random(seed)
    begins, merges, splits = (chance.randint(low, low + 20) for low in (1, 25, 55))
    tests = chance.sample(list(FILES), k=8)

    def words(run):
        if run < begins:
            return {}
        if run < merges:
            return dict.fromkeys(tests[:4], "the cache was empty") | dict.fromkeys(tests[4:], "the clock was late")
        if run < splits:
            return dict.fromkeys(tests, "the cache was empty")
        return dict.fromkeys(tests[::3], "the clock was late") | dict.fromkeys(tests[1::3], "the disk was full")

    def said(run):
        return {test: told for test, told in words(run).items() if chance.random() < 0.8}

    return [replace(one, words=said(one.run)) for one in attempts]


def lulls(seed, attempts):
    """The same attempts, in which each test flakes for a while, and holds for longer; what outages do to it stays."""
    chance = Random(seed)
    length = {test: chance.randint(30, 45) for test in FILES}
    begins = {test: chance.randint(0, 10) for test in FILES}

    def marks(run, test, own):
        holds = (run + begins[test]) % length[test] > 14
        return own if run in OUTAGES or not holds else own.replace("FP", "P").replace("F", "P")

    return [
        replace(one, tests={test: marks(one.run, test, own) for test, own in one.tests.items()}) for one in attempts
    ]


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
    repo: object
    ends: dict = field(default_factory=dict)
    issues: list = field(default_factory=list)
    """When what became of which cause's or test's issue, and after which attempt, in this order."""
    states: dict = field(default_factory=dict)

    async def live(self, attempts, until):
        """Store, judge and decide each attempt when it ended; quarantines end when their time is over."""
        for one in attempts:
            await self.let_pass(one.ends)
            async with self.bot.pool.acquire() as conn:
                attempt_id = await store(conn, self.repo_id, one)
                said = {one.says(name) for name, marks in one.tests.items() if "F" in marks}
                await save_clusters(conn, self.repo_id, [_seen(words) for words in said], RULES_VERSION, one.at)
            self.github.now = one.ends
            self.ends[one.ends] = one.key
            await HANDLERS[ScoreRun](self.bot, ScoreRun(repo_id=self.repo_id, attempt_id=attempt_id))
            await self.work()
        await self.let_pass(until)

    async def let_pass(self, until):
        """Look after what time alone asks for, each when it is due: quarantines end, and a day begins with room for issues."""
        while (due := await self._due()) <= until:
            self.github.now = due
            before = None
            # What a look drops leaves its place to what the next one finds.
            while before != (before := await self._waiting()):
                await HANDLERS[Sweep](self.bot, Sweep())
                await self.work()
        self.github.now = max(until, self.github.now)

    async def _due(self):
        """Return when the next quarantine ends, or the next UTC day begins."""
        async with self.bot.pool.acquire() as conn:
            end = await conn.fetchval("SELECT min(until) FROM fg_quarantine_decision WHERE ended_at IS NULL")
        midnight = start_of_day(self.github.now) + timedelta(days=1)
        return midnight if end is None else min(end, midnight)

    async def _waiting(self):
        async with self.bot.pool.acquire() as conn:
            return await conn.fetchval("SELECT array_agg(key) FROM fg_issue_link WHERE number IS NULL") or []

    async def work(self):
        """Do what decides or opens issues; what only shows it is left."""
        while (job := await self._next()) is not None:
            if isinstance(job, DecideTests | SyncIssue | OpenWaiting):
                await HANDLERS[type(job)](self.bot, job)
                await self._note_changed()

    async def _note_changed(self):
        """Note what became of an issue while it stands for what it does: that of a test may become that of its cause."""
        async with self.bot.pool.acquire() as conn:
            rows = await conn.fetch(
                """
                SELECT link.number, link.state, link.cluster_id, test.name
                FROM fg_issue_link AS link
                LEFT JOIN fg_test_case AS test ON test.repo_id = link.repo_id AND test.id = link.test_id
                WHERE link.number IS NOT NULL
                ORDER BY link.number
                """
            )
        now = self.github.now
        for number, state, *whose in rows:
            before, self.states[number] = self.states.get(number), state
            if before != state:
                self.issues.append((now, BECAME[before, state], *whose, self.ends.get(now)))

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

    async def close_issues(self, chance, reason):
        """Have a person close some of the open issues, each with the same odds."""
        for issue in self.repo.issues:
            if issue.state == "open" and chance.random() < 0.5:
                await self.repo.close_issue(issue.number, "dana", reason)
                job = MirrorIssue(repo_id=self.repo_id, number=issue.number, sender="dana")
                await HANDLERS[MirrorIssue](self.bot, job)
                await self._note_changed()

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

    def changed(self, since=START):
        """Return what became of issues since then."""
        return [one for one in self.issues if one[0] >= since]


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
        yield Lived(bot=bot, repo_id=repo_id, github=github, repo=made)
