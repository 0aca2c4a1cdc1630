"""The bot as it is run: processes of `flakeguard serve`, of which one sees the ports, the log and the memory."""

import asyncio
import os
import signal
import socket
import sys
from datetime import UTC, datetime, timedelta

import aiohttp
import psutil

from app.queue.state import list_work


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Served:
    """One process. Its log is in a file; its address is where it listens."""

    def __init__(self, process, port, log):
        self.process, self.port, self.log = process, port, log
        self.address = f"http://127.0.0.1:{port}"

    @property
    def memory(self):
        """Resident bytes of the process, and of its children, by process id."""
        own = psutil.Process(self.process.pid)
        return {one.pid: one.memory_info().rss for one in (own, *own.children(recursive=True))}

    async def get(self, path):
        async with aiohttp.ClientSession() as session, session.get(self.address + path) as answer:
            return await answer.text()

    async def end(self):
        """Tell it to stop and wait until it has; returns all that it logged."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(60):
            await self.process.wait()
        return self.log.read_text(encoding="utf-8")


class Processes:
    """Starts processes of the bot that work for one sandbox on one database, and ends them all."""

    def __init__(self, github, database_url, folder, **environ):
        offset = int((github.now - datetime.now(UTC)).total_seconds())  # noqa: TID251 - the sandbox's day is another
        self.folder, self.started = folder, []
        self.environ = os.environ | {
            "FLAKEGUARD_DATABASE_URL": database_url,
            "FLAKEGUARD_APP_ID": "4242",
            "FLAKEGUARD_PRIVATE_KEY": github.private_key_pem,
            "FLAKEGUARD_WEBHOOK_SECRET": "secret",
            "FLAKEGUARD_GITHUB_API_URL": github.api_url,
            "FLAKEGUARD_CLOCK_OFFSET": str(offset + 86400),
            "FLAKEGUARD_LOG_FORMAT": "json",
            **environ,
        }

    async def serve(self, role):
        port = free_port()
        log = self.folder / f"{role}-{port}.log"
        with log.open("wb") as file:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "app", "serve", "--no-migrate", "--role", role, "--port", str(port)),
                env=self.environ,
                stderr=file,
            )
        self.started.append(Served(process, port, log))
        await self._until_ready(self.started[-1])
        return self.started[-1]

    async def _until_ready(self, served):
        async with asyncio.timeout(60):
            while served.process.returncode is None:
                try:
                    if await served.get("/readyz") == "ready\n":
                        return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.1)
        raise AssertionError(served.log.read_text(encoding="utf-8"))

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        for served in self.started:
            await served.end()


SOON = timedelta(seconds=5)
"""What is put off for so long is waited for."""


async def until_idle(conn, seconds=300):
    async with asyncio.timeout(seconds):
        idle = 0
        while idle < 3:
            idle = 0 if await list_work(conn, within=SOON) else idle + 1
            await asyncio.sleep(0.1)
