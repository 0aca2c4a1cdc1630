"""Plantable failures: what a real GitHub and a real network do now and then, on demand."""

import asyncio
import fnmatch
import json
from dataclasses import dataclass, field
from enum import StrEnum

from aiohttp import web

from app.sandbox.github.doors import real_now


class Mischief(StrEnum):
    """What can go wrong with a request: nothing is done, or it is done and the answer does not arrive in time."""

    FAIL = "fail"
    PRIMARY_LIMIT = "primary limit"
    SECONDARY_LIMIT = "secondary limit"
    LOSE_ANSWER = "lose answer"
    SLOW = "slow"


REFUSALS = (Mischief.FAIL, Mischief.PRIMARY_LIMIT, Mischief.SECONDARY_LIMIT)


@dataclass(slots=True, kw_only=True)
class Fault:
    """Something that is to go wrong `times` times with requests of that method and path (a glob); None is any.

    The first `after` of them are spared. `seconds` is how long a limit lasts, or how late an answer is. A secondary limit
    may leave out how long it `is_named` to last; of a failure's JSON a half may be cut off.
    """

    kind: Mischief
    status: int = 0
    times: float = 1
    after: int = 0
    method: str | None = None
    path: str | None = None
    seconds: float = 0
    message: str = ""
    is_named: bool = True
    is_cut: bool = False

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
                headers = {"Retry-After": str(max(1, round(self.seconds)))} if self.is_named else {}
                message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
            case Mischief.FAIL | Mischief.LOSE_ANSWER | Mischief.SLOW:
                headers, message = {}, "Server Error"
        said = json.dumps({"message": self.message or message})
        whole = said[: len(said) // 2] if self.is_cut else said
        return web.Response(text=whole, status=self.status, headers=headers, content_type="application/json")


@dataclass(slots=True)
class Faults:
    """All that is planted, in the order in which it was."""

    planted: list[Fault] = field(default_factory=list)

    def take(self, method: str, path: str, *kinds: Mischief) -> Fault | None:
        """Return the next planted failure of those kinds that fits, used up by one."""
        found = None
        for fault in [one for one in self.planted if one.kind in kinds and one.fits(method, path)]:
            if fault.after > 0:
                fault.after -= 1
            elif found is None:
                found = fault
        if found is not None:
            found.times -= 1
            if found.times <= 0:
                self.planted.remove(found)
        return found

    async def delay(self, method: str, path: str) -> None:
        """Let an answer be late where that is planted; what was asked is done by now."""
        late = self.take(method, path, Mischief.SLOW)
        if late is not None:
            await asyncio.sleep(late.seconds)
