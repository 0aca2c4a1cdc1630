"""Fetch what GitHub keeps elsewhere: artifacts and job logs, streamed to a file within a limit."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import aiohttp
from yarl import URL

from app.github.client import Client, RepositoryClient
from app.github.errors import Gone, TooLarge, TryLater, UnexpectedAnswer
from app.github.reach import Forbidden
from app.github.routes import Route
from app.github.wire import Request

_CHUNK = 256 * 1024
_TIMEOUT = aiohttp.ClientTimeout(total=600, connect=10, sock_read=30)
_PAUSE = timedelta(seconds=10)


async def download_artifact(repo: RepositoryClient, artifact_id: int, to: Path, limit: int) -> int:
    """Write an artifact's zip to a file; see `download`."""
    where = repo.route(
        "/actions/artifacts/{artifact_id}/{archive_format}", artifact_id=artifact_id, archive_format="zip"
    )
    return await download(repo.client, where, to, limit)


async def download_job_log(repo: RepositoryClient, job_id: int, to: Path, limit: int) -> int:
    """Write a job's log to a file; see `download`. Jobs that were cancelled or skipped may never have one."""
    return await download(repo.client, repo.route("/actions/jobs/{job_id}/logs", job_id=job_id), to, limit)


async def download(client: Client, where: Route, to: Path, limit: int) -> int:
    """Write what a route redirects to into a file; return its length in bytes, at most `limit`.

    The token goes to GitHub only: the storage behind it answers with an error where it sees one. Raises Gone where it
    has expired, was never kept or is not there yet, TooLarge, TryLater, NotOurs, UnexpectedAnswer where the redirect
    leads to what cannot be GitHub's storage. Where it raises, no file is left.
    """
    answer = await client.call(Request(method="GET", where=where, also_good=(302,)))
    if answer.status != 302:
        raise UnexpectedAnswer(f"{answer.what}: no redirect to what was asked for")
    target = answer.location(client.wire.root)
    # Whoever can read the way to a storage has its signed address; only who asks GitHub itself so openly goes on so.
    if target.scheme not in ("https", client.wire.root.scheme):
        raise UnexpectedAnswer(f"{answer.what}: redirected to {target.scheme}")
    with _whole_or_none(to):
        return await _fetch(client.wire.storage, target, to, limit, answer.what)


@contextmanager
def _whole_or_none(file: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        file.unlink(missing_ok=True)
        raise


async def _fetch(session: aiohttp.ClientSession, target: URL, to: Path, limit: int, what: str) -> int:
    try:
        async with session.get(target, timeout=_TIMEOUT, max_redirects=3) as response:
            _check(response, limit, what)
            return await _store(response.content, to, limit, what)
    except aiohttp.InvalidURL as problem:
        raise UnexpectedAnswer(f"{what}: a redirect to nowhere") from problem
    except (aiohttp.ClientError, TimeoutError) as problem:
        if isinstance(problem, aiohttp.ClientConnectorError) and isinstance(problem.os_error, Forbidden):
            raise UnexpectedAnswer(f"{what}: {problem.os_error}") from problem
        # The problem's own text holds the signed address.
        raise TryLater(_PAUSE, f"{what}: {type(problem).__name__}") from problem


def _check(response: aiohttp.ClientResponse, limit: int, what: str) -> None:
    if response.status in (404, 410):
        raise Gone(f"{what}: nothing is stored there")
    if response.status != 200:
        raise TryLater(_PAUSE, f"{what}: the storage answered {response.status}")
    if response.content_length is not None and response.content_length > limit:
        raise TooLarge(f"{what}: {response.content_length} bytes, more than {limit}")


async def _store(content: aiohttp.StreamReader, to: Path, limit: int, what: str) -> int:
    """Write the stream to the file off the event loop. Counts what comes out of any compression."""
    size = 0
    file = await asyncio.to_thread(to.open, "wb")
    try:
        async for chunk in content.iter_chunked(_CHUNK):
            size += len(chunk)
            if size > limit:
                raise TooLarge(f"{what}: more than {limit} bytes")
            await asyncio.to_thread(file.write, chunk)
    finally:
        await asyncio.to_thread(file.close)
    return size
