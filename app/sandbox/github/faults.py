"""Plantable failures: what a real GitHub and a real network do now and then, on demand."""

import asyncio
import fnmatch
from dataclasses import dataclass, field
from enum import StrEnum

from aiohttp import web

from app.sandbox.github.doors import real_now


class Mischief(StrEnum):
    """What can go wrong with a request."""

    FAIL = "fail"
    PRIMARY_LIMIT = "primary limit"
    SECONDARY_LIMIT = "secondary limit"
    LOSE_ANSWER = "lose answer"
    SLOW = "slow"


@dataclass(slots=True)
class Fault:
    """Something that is to go wrong `times` times with requests of that method and path (a glob); None is any.

    `seconds` is how long a limit lasts, or how slow an answer is; slow answers never end by themselves.
    """

    kind: Mischief
    status: int = 0
    times: int = 1
    method: str | None = None
    path: str | None = None
    seconds: float = 0
    message: str = ""

    def fits(self, method: str, path: str) -> bool:
        return self.method in (None, method) and (self.path is None or fnmatch.fnmatch(path, self.path))

    @property
    def response(self) -> web.Response:
        """What is answered instead; the time until a limit ends is the network's."""
        match self.kind:
            case Mischief.PRIMARY_LIMIT:
                end = str(int(real_now().timestamp() + self.seconds) + 1)
                headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": end}
                message = "API rate limit exceeded for installation."
            case Mischief.SECONDARY_LIMIT:
                headers = {"Retry-After": str(max(1, round(self.seconds)))}
                message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
            case Mischief.FAIL | Mischief.LOSE_ANSWER | Mischief.SLOW:
                headers, message = {}, "Server Error"
        return web.json_response({"message": self.message or message}, status=self.status, headers=headers)


@dataclass(slots=True)
class Faults:
    """All that is planted, in the order in which it was."""

    planted: list[Fault] = field(default_factory=list)

    def take(self, method: str, path: str, *kinds: Mischief) -> Fault | None:
        """Return the next planted failure of those kinds that fits, used up by one."""
        for fault in self.planted:
            if fault.kind in kinds and fault.fits(method, path):
                fault.times -= 1
                if fault.times <= 0:
                    self.planted.remove(fault)
                return fault
        return None

    async def pause(self, method: str, path: str) -> None:
        for one in self.planted:
            if one.kind is Mischief.SLOW and one.fits(method, path):
                await asyncio.sleep(one.seconds)
                return
