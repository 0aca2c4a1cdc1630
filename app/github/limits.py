"""Remember how long GitHub wants to be left alone, so that no request goes out before."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from app.github.errors import TryLater
from app.github.refusals import wait_asked
from app.github.wire import Answer


class Limits:
    """The waits and the pace of one installation, or of the App itself. Elapsed time only: the wall clock may jump."""

    def __init__(self, *, write_pause: float) -> None:
        self._write_pause = write_pause
        self._closed_until = 0.0
        self._next_write = 0.0
        self._strikes = 0
        self._writing = asyncio.Lock()
        self._left: int | None = None
        self._left_until = 0.0

    @property
    def requests_left(self) -> int | None:
        """What GitHub last said is left of the hour; None where it said nothing, or that hour is over."""
        return self._left if time.monotonic() < self._left_until else None

    def check(self) -> None:
        """Raise TryLater while a wait is not over."""
        left = self._closed_until - time.monotonic()
        if left > 0:
            raise TryLater(timedelta(seconds=left), "GitHub asked us to wait")

    def note(self, answer: Answer) -> timedelta | None:
        """Remember what an answer says about limits; return the wait it asks for, None where it asks for none."""
        self._note_what_is_left(answer)
        wait = wait_asked(answer, strikes=self._strikes)
        if answer.is_good:
            self._strikes = 0
        if wait is None:
            return None
        if answer.may_be_limited and answer.number("retry-after") is None:
            self._strikes += 1
        self._closed_until = max(self._closed_until, time.monotonic() + wait.total_seconds())
        return wait

    def _note_what_is_left(self, answer: Answer) -> None:
        left, reset = answer.number("x-ratelimit-remaining"), answer.number("x-ratelimit-reset")
        seconds = None if reset is None else answer.seconds_until(reset)
        if left is not None and seconds is not None:
            self._left, self._left_until = left, time.monotonic() + seconds

    @asynccontextmanager
    async def turn(self, *, is_write: bool) -> AsyncIterator[None]:
        """Hold one's turn: reads at once, writes one after the other and a pause apart. Raises TryLater.

        Source: "Best practices for using the REST API", "Pause between mutative requests".
        """
        if not is_write:
            self.check()
            yield
            return
        async with self._writing:
            await asyncio.sleep(max(self._next_write - time.monotonic(), 0))
            self.check()
            try:
                yield
            finally:
                self._next_write = time.monotonic() + self._write_pause
