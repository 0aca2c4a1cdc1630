"""Processes of their own for strangers' files: what kills one of them kills nothing else."""

import gc
import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from types import FrameType
from typing import ParamSpec, TypeVar

from app import tracing

_P = ParamSpec("_P")
_T = TypeVar("_T")

MOST_MEMORY = 5 << 28
"""Address space of one process in bytes: a file that needs more ends in a MemoryError there.

A process has 180 MiB of it before it reads anything, of which it uses 25. Two of them and the worker fit into 3 GB.
"""

FILES_EACH = 200
"""After so many files for each process all are replaced, so that what leaks does not add up."""

SECONDS_EACH = 240.0
"""A file that takes longer ends in a TimeoutError, and one that cannot be interrupted takes its process with it."""


class Parsers(Executor):
    """A process pool that is made anew when one of its processes was killed, and from time to time."""

    def __init__(
        self, count: int, *, files_each: int = FILES_EACH, seconds_each: float = SECONDS_EACH, memory: int = MOST_MEMORY
    ) -> None:
        self._count = count
        self._most = files_each * count
        self._seconds = seconds_each
        self._memory = memory
        self._submitted = 0
        self._pool = self._new_pool()

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> "Future[_T]":
        # The executor's own max_tasks_per_child is not used: on Python 3.11 and 3.12 it stops for ever when its
        # processes end while work is waiting (python/cpython issue 115634).
        if self._submitted >= self._most:
            self._renew()
        self._submitted += 1
        reading = tracing.begin(f"parse {getattr(fn, '__name__', 'file')}")
        future = self._submit(partial(_within, self._seconds, fn, *args, **kwargs))
        future.add_done_callback(lambda _: reading.end())
        return future

    def _submit(self, call: Callable[[], _T]) -> "Future[_T]":
        try:
            return self._pool.submit(call)
        except BrokenProcessPool:
            self._renew()
            return self._pool.submit(call)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - its signature
        self._pool.shutdown(wait, cancel_futures=cancel_futures)

    def end(self) -> None:
        """Stop at once, whatever is being read: the job that wanted it has ended, or was given back."""
        self.shutdown(wait=False, cancel_futures=True)
        for process in multiprocessing.active_children():
            process.kill()

    def _renew(self) -> None:
        """Begin a new pool; the old one ends by itself once it has done what it was given."""
        self._pool.shutdown(wait=False)
        self._pool = self._new_pool()
        self._submitted = 0

    def _new_pool(self) -> ProcessPoolExecutor:
        # A fork of a process with threads and an event loop inherits their locks; a new one starts clean.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["app.core.reading"])
        return ProcessPoolExecutor(self._count, mp_context=context, initializer=_begin, initargs=(self._memory,))


def _begin(memory: int) -> None:
    # Ctrl-C goes to the whole group; the parent decides when its children end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, _too_long)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    # While one file is read, nearly all objects live until its end: looking for garbage among them is in vain.
    gc.disable()


def _end_with_parent() -> None:
    """End once the bot is gone, however it went: nobody else would ever end us."""
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os._exit(1)


def _within(seconds: float, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Call the function. The first timer interrupts Python, the second, of twice the CPU time, ends the process."""
    signal.setitimer(signal.ITIMER_REAL, seconds)
    signal.setitimer(signal.ITIMER_PROF, 2 * seconds)
    try:
        return fn(*args, **kwargs)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_PROF, 0)
        gc.collect()


def _too_long(_number: int, _frame: FrameType | None) -> None:
    raise TimeoutError("the file takes too long to read")
