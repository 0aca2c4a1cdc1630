"""Plantable failures: what a real GitHub and a real network do now and then, on demand."""

import asyncio
import fnmatch
from dataclasses import dataclass, field


@dataclass(slots=True)
class Fault:
    """Something that is to go wrong `times` times with requests of that method and path (a glob); None is any."""

    kind: str
    status: int = 0
    times: int = 1
    method: str | None = None
    path: str | None = None
    seconds: float = 0
    message: str = ""

    def fits(self, method: str, path: str) -> bool:
        return self.method in (None, method) and (self.path is None or fnmatch.fnmatch(path, self.path))


@dataclass(slots=True)
class Faults:
    """All that is planted, in the order in which it was."""

    planted: list[Fault] = field(default_factory=list)

    def take(self, kind: str, method: str, path: str) -> Fault | None:
        """Return the next planted failure of a kind that fits, used up by one."""
        for fault in self.planted:
            if fault.kind == kind and fault.fits(method, path):
                fault.times -= 1
                if fault.times <= 0:
                    self.planted.remove(fault)
                return fault
        return None

    async def pause(self, method: str, path: str) -> None:
        slow = next((one for one in self.planted if one.kind == "slow" and one.fits(method, path)), None)
        if slow is not None:
            await asyncio.sleep(slow.seconds)
