"""The people of a simulated team: they open pull requests, run CI again, answer the bot, and merge."""

import random

from tests.e2e import weeks
from tests.e2e.weeks import AT_ONCE, BROKEN_BY_A_MERGE, FLAKY, REALLY_BROKEN, Trouble

STANDINGS = """
    SELECT test.name, s.standing::text
    FROM fg_flake_score AS s JOIN fg_test_case AS test ON test.repo_id = s.repo_id AND test.id = s.test_id
"""
QUARANTINED = """
    SELECT EXISTS (
        SELECT FROM fg_quarantine_decision AS d JOIN fg_test_case AS test ON test.repo_id = d.repo_id AND test.id = d.test_id
        WHERE test.name = $1 AND d.state = 'ACTIVE' AND d.ended_at IS NULL
    )
"""
_LEFT_BY = {
    Trouble.CUT_OFF: weeks.cut_off,
    Trouble.STOPPED: weeks.stopped,
    Trouble.CANCELLED: weeks.cancelled,
    Trouble.DIED: lambda _failed: weeks.died(),
}


def ours(pull):
    return [one for one in pull.comments if one.author == "flakeguard[bot]"]


class Team:
    """One team on one repository. `excused` are the pull requests that met the flake alone and were let through by us."""

    def __init__(self, github, repo, bot, conn, watch, *, shared, seed, hit_every=2):
        self.github, self.repo, self.bot, self.conn, self.watch = github, repo, bot, conn, watch
        self.shared, self.hit_every, self.chance = shared, hit_every, random.Random(seed)
        self.is_main_broken = False
        self.pulls, self.waiting, self.clean, self.excused = [], [], set(), []
        self.runs = 0

    async def begin(self, runs=10):
        """Work on main for some days, until the bot knows how many tests are usual."""
        for number in range(runs):
            self.github.advance(hours=6)
            await self.push(f"begin_{number}")

    async def push(self, name):
        await self.repo.push(branch="main", files={f"src/{name}.py": name}, message=name, author="dana")
        await self.run_main()

    async def open_pull(self, number, trouble):
        """Open a pull request, and do with it what people do until it is merged, or waits for main to be mended."""
        self.github.advance(hours=self.chance.choice((9, 14, 20)))
        await self.bot.sweep()
        files = {f"src/change_{number}.py": str(number)}
        pull = await self.repo.open_pull(
            author="maya", branch=f"change-{number}", files=files, title=f"Change {number}"
        )
        self.pulls.append(pull)
        self.clean.add(pull.number)
        if trouble is Trouble.MENDS_MAIN:
            self.is_main_broken = False
        await self._try(pull, trouble)
        if pull.head_sha not in self.watch.red:
            await self._merge(pull, trouble)
        elif self.is_main_broken:
            self.waiting.append(pull)
        else:
            await self._try_again(pull)

    async def _try_again(self, pull):
        """Push a commit that mends what was wrong, or nothing but another commit, and merge."""
        self.github.advance(hours=1)
        await pull.push(files={f"src/more_{pull.number}.py": "more"})
        await self._try(pull, Trouble.NONE)
        await self._merge(pull, Trouble.NONE)

    async def _try(self, pull, trouble):
        match trouble:
            case Trouble.OUTAGE:
                await self._meet_an_outage(pull)
            case Trouble.CUT_OFF | Trouble.STOPPED | Trouble.CANCELLED | Trouble.DIED:
                failed = {FLAKY: weeks.flake(self.chance)}
                await self._see_red(pull, _LEFT_BY[trouble](failed))
            case Trouble.OWN_BUG:
                await self._see_red(pull, weeks.ended(self._failures() | {weeks.BROKEN_BY_PULLS: weeks.OWN_BUG}))
            case Trouble.NEW_WAY:
                await self._see_red(pull, weeks.ended({FLAKY: weeks.NEW_WAY}))
            case _:
                await self._run_pull(pull)

    async def _run_pull(self, pull):
        failed = self._failures()
        if not REALLY_BROKEN.isdisjoint(failed):
            await self._see_red(pull, weeks.ended(failed))
            return
        run = await self._run(pull, weeks.ended(failed, self._retried()))
        if failed:
            self.clean.discard(pull.number)
            await self._meet_the_flake(pull, run)
        assert self.conclusion(pull.head_sha) == "success"

    async def _see_red(self, pull, leavings):
        self.clean.discard(pull.number)
        self.watch.red.add(pull.head_sha)
        run = await self._run(pull, leavings)
        assert self.conclusion(pull.head_sha) == "failure"
        await self._answer(pull)
        return run

    async def _meet_an_outage(self, pull):
        """Nothing that the bot thinks of a test may change by it, nor by the re-run that passes."""
        before = await self.standings()
        run = await self._see_red(pull, weeks.ended(dict.fromkeys(weeks.HIT_BY_THE_OUTAGE, weeks.OUTAGE)))
        assert await self.standings() == before
        self.watch.red.discard(pull.head_sha)
        await self._rerun(run, {})
        assert self.conclusion(pull.head_sha) == "success"
        assert await self.standings() == before

    async def _meet_the_flake(self, pull, run):
        """Have the flake alone: it is excused by what was decided, or somebody ticks its box, or runs the job again."""
        assert self.conclusion(pull.head_sha) == await self._said_of_the_flake()
        await self._answer(pull)
        if await self.is_quarantined():
            self.excused.append(pull)
        else:
            await self._rerun(run, {})

    async def _said_of_the_flake(self):
        if await self.is_quarantined():
            return "success"
        return "neutral" if (await self.standings()).get(FLAKY[1]) == "flaky" else "failure"

    async def _answer(self, pull):
        """Tick the box of the flaky test, where there is one."""
        for comment in ours(pull):
            for line in comment.body.splitlines():
                if "- [ ]" in line and FLAKY[1] in line:
                    ticked = comment.body.replace(line, line.replace("- [ ]", "- [x]"))
                    await self.repo.edit_comment(comment.id, "dana", ticked)
                    await self.bot.settle()
                    assert await self.is_quarantined()

    async def _merge(self, pull, trouble):
        if trouble is Trouble.BREAKS_MAIN:
            # Each is right by itself: what fails is neither's own commit but both together.
            await self.push(f"meanwhile_{pull.number}")
            self.is_main_broken = True
        await pull.merge()
        await self.run_main()
        if trouble is Trouble.MENDS_MAIN:
            while self.waiting:
                await self._try_again(self.waiting.pop(0))

    async def run_main(self):
        """Run CI on the tip of main; until the flake is in quarantine, somebody runs a job again that it failed."""
        sha, failed = self.repo.data.branches["main"], self._failures()
        if BROKEN_BY_A_MERGE in failed:
            self.watch.red.add(sha)
        run = await self._run(sha, weeks.ended(failed, self._retried()))
        if FLAKY in failed and not await self.is_quarantined():
            await self._rerun(run, {test: message for test, message in failed.items() if test != FLAKY})

    async def _run(self, head, leavings):
        jobs, artifacts = leavings
        run = await self.repo.start_run(workflow="CI", head=head, jobs=jobs, artifacts=artifacts)
        await run.complete()
        await self.bot.settle()
        return run

    async def _rerun(self, run, failed):
        jobs, artifacts = weeks.ended(failed)
        await run.rerun_failed(jobs=jobs, artifacts=artifacts)
        await self.bot.settle()

    def _failures(self):
        flaked = {FLAKY: weeks.flake(self.chance)} if self.chance.random() < weeks.FLAKES_IN else {}
        return flaked | ({BROKEN_BY_A_MERGE: weeks.WRONG_TAX} if self.is_main_broken else {})

    def _retried(self):
        """Return the tests that had no broker at first: in some of the runs, others each time."""
        self.runs += 1
        hits, misses = divmod(self.runs, self.hit_every)
        if misses:
            return ()
        return [self.shared[(hits * AT_ONCE + number) % len(self.shared)] for number in range(AT_ONCE)]

    def conclusion(self, sha):
        """Return how our check of a commit ended."""
        [check] = [one for one in self.repo.check_runs(sha) if one.name == "FlakeGuard"]
        return check.conclusion

    async def standings(self):
        return dict(await self.conn.fetch(STANDINGS))

    async def is_quarantined(self):
        return await self.conn.fetchval(QUARANTINED, FLAKY[1])
