"""Parse strangers' files in processes of their own."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from concurrent.futures.process import BrokenProcessPool
from typing import Protocol, TypeVar

from app.metrics import PARSE_FAILURES

_T = TypeVar("_T")


class Parsing(Protocol):
    """Whoever has processes that parse. `one_by_one` is held by who reads a file that may have killed one."""

    @property
    def processes(self) -> Executor: ...

    @property
    def one_by_one(self) -> asyncio.Lock: ...


async def parse_apart(
    parsing: Parsing, notes: list[str], what: str, function: Callable[..., _T], *args: object
) -> _T | None:
    """Parse in a process of its own. A file that kills it, or takes too long, is a note and not our end."""
    try:
        try:
            return await _in_process(parsing, function, *args)
        except BrokenProcessPool:
            # Whoever killed a process took those beside it along, of other runs, too. Once more, one after the
            # other, shows who it was.
            async with parsing.one_by_one:
                return await _in_process(parsing, function, *args)
    except (BrokenProcessPool, MemoryError, RecursionError, TimeoutError) as error:
        notes.append(f"{what} could not be read ({type(error).__name__})")
        PARSE_FAILURES.labels(format="unknown").inc()
        return None


async def _in_process(parsing: Parsing, function: Callable[..., _T], *args: object) -> _T:
    # The processes give each file its time. Here, the time of those before it in the queue would count, too.
    return await asyncio.get_running_loop().run_in_executor(parsing.processes, function, *args)
