"""When a request may go out: no sooner than GitHub allows, whoever else asks as the same installation.

What GitHub allows is an installation's, not a process': whoever runs several of them hands over budgets that they share
(app/db/limits.py).
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from app.core.quota import APP, READ_POINTS, WRITE_POINTS, Cost, Quota, Turn
from app.github.errors import Limited
from app.github.refusals import wait_asked
from app.github.wire import Answer, Request

LONGEST_SLEEP = 5.0
"""Seconds that a request waits for its turn by itself; one that would wait longer goes back into the queue."""

AT_ONCE = 20
"""GitHub allows 100 requests at once to all processes of an installation: five of them may be as busy as they can."""

_WORTH_TELLING = 50
_WORTH_TELLING_SECONDS = 10.0
_JUST_LOOKING = Cost(points=0)


class Budget(Protocol):
    """What one installation may still ask. Times are real and elapsed ones: no clock of ours counts."""

    async def take(self, cost: Cost, *, longest: float) -> Turn:
        """Reserve the next turn, where it is so many seconds away at most."""

    async def close(self, wait: timedelta) -> None:
        """Let no request out before that time is over, whoever asks."""

    async def tell(self, quota: Quota | None, *, strikes: int) -> None:
        """Note what GitHub says is left, and how often in a row it limited us without naming a time."""


Budgets = Callable[[int], Budget]
"""Gives an installation, by GitHub's number, its budget."""


def own_budgets(write_pause: float) -> Budgets:
    """Give each installation a budget of this process alone."""
    return lambda installation_id: OwnBudget(0 if installation_id == APP else write_pause)


@dataclass(slots=True)
class OwnBudget:
    """A budget that one process has for itself: GitHub's waits, a pause between writes, and no more."""

    write_pause: float
    _closed_until: float = 0.0
    _write_due: float = 0.0
    _strikes: int = 0
    _quota: Quota | None = None

    async def take(self, cost: Cost, *, longest: float) -> Turn:
        now = time.monotonic()
        at = max(now, self._closed_until, self._write_due if cost.is_write else now)
        if cost.is_write and at - now <= longest:
            self._write_due = at + self.write_pause
        is_closed = self._closed_until > now
        return Turn(seconds=at - now, is_closed=is_closed, strikes=self._strikes, quota=self._quota)

    async def close(self, wait: timedelta) -> None:
        self._closed_until = max(self._closed_until, time.monotonic() + wait.total_seconds())

    async def tell(self, quota: Quota | None, *, strikes: int) -> None:
        self._quota = quota or self._quota
        self._strikes = strikes


@dataclass(slots=True)
class Limits:
    """The turns of one installation in this process: reads side by side, writes one after the other."""

    budget: Budget
    _writing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _asking: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _told: Quota | None = None
    _told_at: float = 0.0

    @asynccontextmanager
    async def turn(self, request: Request, *, is_background: bool) -> AsyncIterator[Turn]:
        """Hold one's turn. Raises Limited where it is long to come, or was GitHub's to give."""
        if not request.is_write:
            async with self._asking:
                yield await self._wait(request, is_background=is_background)
            return
        async with self._writing, self._asking:
            yield await self._wait(request, is_background=is_background)

    async def _wait(self, request: Request, *, is_background: bool) -> Turn:
        turn = await self.budget.take(_cost(request), longest=LONGEST_SLEEP)
        _refuse(turn, is_background=is_background)
        while turn.seconds > 0:
            await asyncio.sleep(turn.seconds)
            # The turn is ours, but GitHub may have asked somebody else to wait meanwhile.
            turn = await self.budget.take(_JUST_LOOKING, longest=LONGEST_SLEEP)
            _refuse(turn, is_background=False)
        return turn

    async def quota(self) -> Quota | None:
        """Return what GitHub last said is left of the hour, None where it said nothing."""
        return (await self.budget.take(_JUST_LOOKING, longest=0)).quota

    async def note(self, answer: Answer, turn: Turn) -> timedelta | None:
        """Remember what an answer says about limits; return the wait it asks for, None where it asks for none."""
        wait = wait_asked(answer, strikes=turn.strikes)
        if wait is not None:
            await self.budget.close(wait)
        strikes = 0 if answer.is_good else turn.strikes
        if wait is not None and answer.may_be_limited and answer.number("retry-after") is None:
            strikes += 1
        quota = _quota(answer)
        if strikes != turn.strikes or self._is_news(quota):
            self._told, self._told_at = quota or self._told, time.monotonic()
            await self.budget.tell(quota, strikes=strikes)
        return wait

    def _is_news(self, quota: Quota | None) -> bool:
        """Tell whether the others should hear of it: not of each single request."""
        if quota is None:
            return False
        if self._told is None or time.monotonic() - self._told_at > _WORTH_TELLING_SECONDS:
            return True
        return quota.limit != self._told.limit or abs(quota.remaining - self._told.remaining) >= _WORTH_TELLING


def _cost(request: Request) -> Cost:
    points = WRITE_POINTS if request.is_write else READ_POINTS
    return Cost(points=points, is_write=request.is_write, creates_content=request.creates_content)


def _refuse(turn: Turn, *, is_background: bool) -> None:
    if turn.is_closed:
        raise Limited(timedelta(seconds=turn.seconds), "GitHub asked us to wait")
    if turn.seconds > LONGEST_SLEEP:
        raise Limited(timedelta(seconds=turn.seconds), "all that GitHub allows for now is used up")
    if is_background and turn.quota is not None and (wait := turn.quota.wait_in_background()) is not None:
        raise Limited(wait, "the rest of this hour's requests is for what people wait for")


def _quota(answer: Answer) -> Quota | None:
    """Read the primary limit. Search and the manifest flow have limits of their own, which are none of these."""
    limit, remaining = answer.number("x-ratelimit-limit"), answer.number("x-ratelimit-remaining")
    if limit is None or remaining is None or answer.headers.get("x-ratelimit-resource", "core") != "core":
        return None
    reset = answer.number("x-ratelimit-reset")
    seconds = None if reset is None else answer.seconds_until(reset)
    return Quota(limit=limit, remaining=remaining, resets_in=3600.0 if seconds is None else max(seconds, 0.0))
