"""Processes of their own for strangers' files: what kills one of them kills nothing else."""

import multiprocessing
import resource
import signal
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")

MOST_MEMORY = 4 << 30
"""Address space of one process in bytes: a file that needs more ends in a MemoryError there."""

FILES_EACH = 200
"""After so many files a process is replaced, so that what leaks does not add up."""


class Parsers(Executor):
    """A process pool that is made anew when one of its processes was killed."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._pool = self._new_pool()

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> "Future[_T]":
        try:
            return self._pool.submit(fn, *args, **kwargs)
        except BrokenProcessPool:
            self._pool.shutdown(wait=False)
            self._pool = self._new_pool()
            return self._pool.submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - its signature
        self._pool.shutdown(wait, cancel_futures=cancel_futures)

    def _new_pool(self) -> ProcessPoolExecutor:
        # A fork of a process with threads and an event loop inherits their locks; a new one starts clean.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["app.core.reading"])
        return ProcessPoolExecutor(self._count, mp_context=context, initializer=_begin, max_tasks_per_child=FILES_EACH)


def _begin() -> None:
    # Ctrl-C goes to the whole group; the parent decides when its children end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
