"""When a request may go out: no sooner than GitHub allows, whoever else asks as the same installation.

What GitHub allows is an installation's, not a process': whoever runs several of them hands over budgets that they share
(app/db/limits.py).
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from app.core.quota import APP, LONGEST_WRITE, READ_POINTS, WRITE_POINTS, Cost, News, Quota, Turn
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
_UNTIL_IT_IS_TOLD = datetime.max.replace(tzinfo=UTC)


class Budget(Protocol):
    """What one installation may still ask. Times are real and elapsed ones: no clock of ours counts."""

    async def take(self, cost: Cost, *, longest: float) -> Turn:
        """Reserve the next turn, where it is so many seconds away at most and nobody else is writing, if it is to write."""

    async def tell(self, news: News) -> None:
        """Note what an answer says; once this returns, nobody's request goes out before a wait that it asks for is over."""

    async def end_write(self, writes_until: datetime) -> None:
        """Tell that a write is over, so that the next one can go out after the pause."""


Budgets = Callable[[int], Budget]
"""Gives an installation, by GitHub's number, its budget."""


def own_budgets(write_pause: float) -> Budgets:
    """Give each installation a budget of this process alone."""
    return lambda installation_id: OwnBudget(0 if installation_id == APP else write_pause)


@dataclass(slots=True)
class OwnBudget:
    """A budget that one process has for itself: GitHub's waits, a pause between writes, and no more.

    That one write goes out after the other is seen to by Limits, where there is nobody else.
    """

    write_pause: float
    _closed_until: float = 0.0
    _write_due: float = 0.0
    _strikes: int = 0
    _quota: Quota | None = None

    async def take(self, cost: Cost, *, longest: float) -> Turn:
        now = time.monotonic()
        at = max(now, self._closed_until, self._write_due if cost.is_write else now)
        return Turn(
            seconds=at - now,
            is_taken=at - now <= longest,
            is_closed=self._closed_until > now,
            strikes=self._strikes,
            quota=self._quota,
            writes_until=_UNTIL_IT_IS_TOLD if cost.is_write and at - now <= longest else None,
        )

    async def tell(self, news: News) -> None:
        if news.wait is not None:
            self._closed_until = max(self._closed_until, time.monotonic() + news.wait.total_seconds())
        if self._strikes == news.strikes_before:
            self._strikes = news.strikes
        self._quota = news.quota or self._quota

    async def end_write(self, writes_until: datetime) -> None:
        del writes_until
        self._write_due = time.monotonic() + self.write_pause


@dataclass(slots=True)
class Limits:
    """The turns of one installation in this process: reads side by side, writes one after the other."""

    budget: Budget
    _writing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _asking: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _told: Quota | None = None
    _told_at: float = 0.0
    _untold: News | None = None
    _untold_until: float = 0.0

    @asynccontextmanager
    async def turn(self, request: Request, *, is_background: bool) -> AsyncIterator[Turn]:
        """Hold one's turn. Raises Limited where it is long to come, or was GitHub's to give."""
        cost = _cost(request, is_background=is_background)
        # Who waits for another write of this process asks nobody meanwhile.
        async with self._writing if cost.is_write else nullcontext(), self._asking:
            turn = await self._take(cost)
            try:
                await self._wait(turn, is_background=is_background)
                yield turn
            finally:
                if turn.writes_until is not None:
                    await self.budget.end_write(turn.writes_until)

    async def _take(self, cost: Cost) -> Turn:
        """Take the next turn. Raises Limited where it is not to be had for long."""
        tried_since = time.monotonic()
        await self._tell_untold()
        while not (turn := await self.budget.take(cost, longest=LONGEST_SLEEP)).is_taken:
            _refuse(turn)
            if time.monotonic() - tried_since > LONGEST_WRITE:
                raise Limited(timedelta(seconds=LONGEST_SLEEP), "others are writing all the time")
            await asyncio.sleep(turn.seconds)
        return turn

    async def _wait(self, turn: Turn, *, is_background: bool) -> None:
        """Wait until the turn has come. Raises Limited where GitHub asked anybody to wait meanwhile."""
        _refuse(turn)
        if is_background and turn.quota is not None and (wait := turn.quota.wait_in_background()) is not None:
            raise Limited(wait, "the rest of this hour's requests is for what people wait for")
        if turn.seconds > 0:
            await asyncio.sleep(turn.seconds)
            await self._tell_untold()
            _refuse(await self.budget.take(_JUST_LOOKING, longest=LONGEST_SLEEP))

    async def quota(self) -> Quota | None:
        """Return what GitHub last said is left of the hour, None where it said nothing."""
        return (await self.budget.take(_JUST_LOOKING, longest=0)).quota

    async def note(self, answer: Answer, turn: Turn) -> timedelta | None:
        """Remember what an answer says about limits; return the wait it asks for, None where it asks for none."""
        wait = wait_asked(answer, strikes=turn.strikes)
        strikes = 0 if answer.is_good else turn.strikes
        if wait is not None and answer.may_be_limited and answer.number("retry-after") is None:
            strikes += 1
        quota = _quota(answer)
        if wait is not None or strikes != turn.strikes or self._is_news(quota):
            self._told, self._told_at = quota or self._told, time.monotonic()
            news = News(wait=wait, quota=quota, strikes_before=turn.strikes, strikes=strikes)
            self._remember(news)
            await self.budget.tell(news)
            self._forget(news)
        return wait

    def _remember(self, news: News) -> None:
        """Keep a wait until all others are told of it: where the budget is away, this process must not ask on."""
        if news.wait is None:
            return
        until = time.monotonic() + news.wait.total_seconds()
        if self._untold is None or until > self._untold_until:
            self._untold, self._untold_until = news, until

    def _forget(self, news: News) -> None:
        if self._untold is news:
            self._untold = None

    async def _tell_untold(self) -> None:
        """Tell of a wait that could not be told of, as long as it lasts. Raises as the budget does while that is away."""
        news, left = self._untold, self._untold_until - time.monotonic()
        if news is None:
            return
        if left > 0:
            await self.budget.tell(replace(news, wait=timedelta(seconds=left)))
        self._forget(news)

    def _is_news(self, quota: Quota | None) -> bool:
        """Tell whether the others should hear of it: not of each single request."""
        if quota is None:
            return False
        if self._told is None or time.monotonic() - self._told_at > _WORTH_TELLING_SECONDS:
            return True
        return quota.limit != self._told.limit or abs(quota.remaining - self._told.remaining) >= _WORTH_TELLING


def _cost(request: Request, *, is_background: bool) -> Cost:
    return Cost(
        points=READ_POINTS if request.method == "GET" else WRITE_POINTS,
        is_write=request.is_write,
        creates_content=request.creates_content,
        is_background=is_background,
    )


def _refuse(turn: Turn) -> None:
    if turn.is_closed:
        raise Limited(timedelta(seconds=turn.seconds), "GitHub asked us to wait")
    if turn.seconds > LONGEST_SLEEP:
        raise Limited(timedelta(seconds=turn.seconds), "all that GitHub allows for now is used up")


def _quota(answer: Answer) -> Quota | None:
    """Read the primary limit. Search and the manifest flow have limits of their own, which are none of these."""
    limit, remaining = answer.number("x-ratelimit-limit"), answer.number("x-ratelimit-remaining")
    if limit is None or remaining is None or answer.headers.get("x-ratelimit-resource", "core") != "core":
        return None
    reset = answer.number("x-ratelimit-reset")
    seconds = None if reset is None else answer.seconds_until(reset)
    return Quota(limit=limit, remaining=remaining, resets_in=3600.0 if seconds is None else max(seconds, 0.0))
