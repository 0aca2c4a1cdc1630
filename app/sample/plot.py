"""What happens in the sample: a hundred runs of each repository, attempt by attempt, drawn from a seed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha1
from random import Random

from app.core.model import Outcome
from app.sample.cast import OUTAGE_NAME, Failure, Kind, Player, Stage, failure_of, outage_of

RUNS = 100
SPAN = timedelta(days=40)
NIGHTS = (20, 55, 90)
"""Which runs are the nightly ones; in the second of them, and in the run after it, a shared service is out."""
OUTAGE_RUNS = (NIGHTS[1], NIGHTS[1] + 1)
RETRIED_RUN = 38
BROKEN_FROM = 86
_UNIT, _INTEGRATION, _NIGHTLY = "unit", "integration", "smoke (nightly)"
_PATIENCE = timedelta(minutes=25)
"""How long it takes until somebody runs the failed jobs again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """One execution of a test."""

    player: Player
    outcome: Outcome
    ordinal: int
    duration_ms: int
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedJob:
    """One job of an attempt; `infra` names an outage that its log shows."""

    name: str
    executions: tuple[Played, ...]
    infra: str | None = None

    @property
    def failed(self) -> list[Player]:
        last = {one.player: one.outcome.is_bad for one in self.executions}
        return [player for player, is_bad in last.items() if is_bad]


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """What a run tested. `pull` is None for the default branch."""

    sha: str
    tree: str
    base_sha: str | None
    branch: str
    pull: int | None
    head_repository: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedAttempt:
    """One attempt of one run; `number` counts the repository's runs from 0.

    `is_failed` where one of the run's jobs has failed, though another attempt may have run it.
    """

    number: int
    attempt: int
    event: str
    commit: Commit
    at: datetime
    jobs: tuple[PlayedJob, ...]
    is_failed: bool


def play(stage: Stage, until: datetime, seed: int) -> list[PlayedAttempt]:
    """Draw a repository's attempts, oldest first; the last run begins some hours before `until`."""
    chance = Random(f"{seed} {stage.full_name}")
    flaky = _Flaky(chance)
    attempts: list[PlayedAttempt] = []
    commits = list(_commits(stage, chance))
    for number, commit in enumerate(commits):
        at = until - SPAN + (SPAN / RUNS) * number + timedelta(minutes=chance.randrange(240))
        attempts += _run(stage, number, commit, at, chance, flaky)
    return sorted(attempts, key=lambda one: (one.at, one.number, one.attempt))


def _commits(stage: Stage, chance: Random) -> Iterator[Commit]:
    main, pull, left = _sha(stage, "start"), 100, 0
    fork = False
    for number in range(RUNS):
        sha = _sha(stage, str(number))
        if number in NIGHTS:
            yield Commit(
                sha=main, tree=main[::-1], base_sha=None, branch="main", pull=None, head_repository=stage.full_name
            )
            continue
        if left == 0 and chance.random() < 0.4:
            pull, left, fork = pull + chance.randrange(1, 4), chance.randrange(1, 4), chance.random() < 0.2
        if left:
            left -= 1
            home = f"a-contributor/{stage.name}" if fork else stage.full_name
            yield Commit(
                sha=sha, tree=sha[::-1], base_sha=main, branch=f"change-{pull}", pull=pull, head_repository=home
            )
        else:
            main = sha
            yield Commit(
                sha=sha, tree=sha[::-1], base_sha=None, branch="main", pull=None, head_repository=stage.full_name
            )


def _sha(stage: Stage, what: str) -> str:
    return sha1(f"{stage.full_name} {what}".encode(), usedforsecurity=False).hexdigest()


class _Flaky:
    """Which runs a flaky test fails in: as many of any twenty as its kind says, so that no draw is far from its rate."""

    _OF_TWENTY = ((Kind.MILDLY_FLAKY, 5), (Kind.HIGHLY_FLAKY, 13))

    def __init__(self, chance: Random) -> None:
        ordinary = [number for number in range(RUNS) if number not in NIGHTS][::-1]
        self._bad: dict[Kind, set[int]] = {}
        for kind, often in self._OF_TWENTY:
            blocks = [ordinary[start : start + 20] for start in range(0, len(ordinary), 20)]
            self._bad[kind] = {n for block in blocks for n in chance.sample(block, often * len(block) // 20)}

    def fails(self, player: Player, number: int) -> bool:
        return number in self._bad.get(player.kind, ())


def _run(
    stage: Stage, number: int, commit: Commit, at: datetime, chance: Random, flaky: _Flaky
) -> Iterator[PlayedAttempt]:
    """Play one run: its first attempt, and where a job failed by flakes alone, a second one of that job."""
    event = "schedule" if number in NIGHTS else "pull_request" if commit.pull else "push"
    jobs = _jobs(stage, number, chance, flaky)
    failed = [job for job in jobs if job.failed]
    first = PlayedAttempt(
        number=number, attempt=1, event=event, commit=commit, at=at, jobs=jobs, is_failed=bool(failed)
    )
    yield first
    again = [job for job in failed if all(flaky.fails(one, number) for one in job.failed)]
    if again and number not in OUTAGE_RUNS:
        repeated = tuple(_passing(job.name, [one.player for one in job.executions], chance) for job in again)
        yield replace(first, attempt=2, at=at + _PATIENCE, jobs=repeated, is_failed=len(again) < len(failed))


def _jobs(stage: Stage, number: int, chance: Random, flaky: _Flaky) -> tuple[PlayedJob, ...]:
    if number in NIGHTS:
        pages = stage.of(Kind.OUTAGE)
        return (_out(_NIGHTLY, pages, stage) if number in OUTAGE_RUNS else _passing(_NIGHTLY, pages, chance),)
    sometimes = stage.of(Kind.REGRESSION, Kind.RETRIED_ONCE)
    # Its jobs run where their files changed; the beginning and the end are told whole.
    is_touched = chance.random() < 0.62 or number == RETRIED_RUN or number >= BROKEN_FROM
    unit = [*stage.of(Kind.STABLE), *(sometimes if is_touched else ())]
    integration = stage.of(Kind.MILDLY_FLAKY, Kind.HIGHLY_FLAKY)
    if number in OUTAGE_RUNS:
        return _passing(_UNIT, unit, chance), _out(_INTEGRATION, integration, stage)
    return (
        PlayedJob(name=_UNIT, executions=tuple(_unit(stage, unit, number, chance))),
        PlayedJob(name=_INTEGRATION, executions=tuple(_integration(stage, integration, number, chance, flaky))),
    )


def _passing(name: str, players: Sequence[Player], chance: Random) -> PlayedJob:
    distinct = dict.fromkeys(players)
    return PlayedJob(name=name, executions=tuple(_passed(one, 1, chance) for one in distinct))


def _out(name: str, players: Sequence[Player], stage: Stage) -> PlayedJob:
    rows = (
        Played(player=one, outcome=Outcome.ERROR, ordinal=1, duration_ms=30_000, failure=outage_of(stage))
        for one in players
    )
    return PlayedJob(name=name, executions=tuple(rows), infra=OUTAGE_NAME)


def _unit(stage: Stage, players: Sequence[Player], number: int, chance: Random) -> Iterator[Played]:
    for one in players:
        if one.kind is Kind.REGRESSION and number >= BROKEN_FROM:
            yield _failed(stage, one, chance)
        elif one.kind is Kind.RETRIED_ONCE and number == RETRIED_RUN:
            yield _failed(stage, one, chance)
            yield _passed(one, 2, chance)
        else:
            yield _passed(one, 1, chance)


def _integration(
    stage: Stage, players: Sequence[Player], number: int, chance: Random, flaky: _Flaky
) -> Iterator[Played]:
    """Play the flaky tests: half of their failures pass when the runner tries them again, the others in a second attempt."""
    for one in players:
        if not flaky.fails(one, number):
            yield _passed(one, 1, chance)
            continue
        yield _failed(stage, one, chance)
        if chance.random() < 0.5:
            yield _passed(one, 2, chance)


def _passed(player: Player, ordinal: int, chance: Random) -> Played:
    return Played(player=player, outcome=Outcome.PASSED, ordinal=ordinal, duration_ms=_duration(player, chance))


def _failed(stage: Stage, player: Player, chance: Random) -> Played:
    return Played(
        player=player,
        outcome=Outcome.FAILED,
        ordinal=1,
        duration_ms=5_000 if player.kind is Kind.MILDLY_FLAKY else _duration(player, chance),
        failure=failure_of(player, stage, chance),
    )


def _duration(player: Player, chance: Random) -> int:
    return round(player.usual_ms * chance.uniform(0.7, 1.5))
