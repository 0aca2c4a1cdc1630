"""Take in reports that somebody sends, a file or a form of several, and pack them as a run's artifact would be."""

import asyncio
import hashlib
import tempfile
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import IO, Self

import aiohttp
from aiohttp import web

from app.core.tarball import GZIP_MARK
from app.web.answering import Refusal
from app.web.body import LARGEST_BODY

FORM = "multipart/form-data"
MOST_FILES, MOST_FIELDS = 1_000, 20
LONGEST_FIELD = 2_000
_IN_MEMORY = 1 << 20
_PIECE = 64 << 10
_PATH = 200
_MARK = 2
_NAMES = {b"PK": "reports.zip", GZIP_MARK: "report.xml.gz"}
"""What a body without a name is called by its first bytes: what an archive holds is told by how its name ends alone."""

_TOO_LARGE = Refusal(
    status=413, detail=f"Send {LARGEST_BODY >> 20} MiB at most; packed reports (.zip, .gz) are read, too."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """Reports as a zip, the SHA-256 of their names and contents, and the fields of the form that they came with."""

    reports: bytes
    digest: bytes
    fields: dict[str, str]


async def receive(request: web.Request) -> Received:
    """Read the body as it comes. Raises Refusal."""
    with tempfile.SpooledTemporaryFile[bytes](_IN_MEMORY) as kept, _Packing(kept) as packing:
        fields = (
            await _take_form(request, packing) if request.content_type == FORM else await _take_file(request, packing)
        )
        return Received(reports=packing.end(), digest=packing.digest, fields=fields)


async def _take_file(request: web.Request, packing: "_Packing") -> dict[str, str]:
    try:
        begin = await request.content.readexactly(_MARK)
    except asyncio.IncompleteReadError as error:
        begin = error.partial
    await packing.add(_NAMES.get(begin, "report"), _behind(begin, request.content.iter_chunked(_PIECE)))
    return {}


async def _behind(begin: bytes, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if begin:
        yield begin
    async for piece in pieces:
        yield piece


async def _take_form(request: web.Request, packing: "_Packing") -> dict[str, str]:
    fields: dict[str, str] = {}
    try:
        async for part in await request.multipart():
            if not isinstance(part, aiohttp.BodyPartReader):
                raise Refusal(status=400, detail="A form within a form is no report.")
            if part.headers.get("Content-Encoding", "identity").lower() != "identity":
                # A part would be unpacked piece by piece, and each piece taken for a whole.
                raise Refusal(
                    status=400, detail="Send packed reports (.zip, .gz) as they are, without Content-Encoding."
                )
            if part.filename is not None:
                await packing.add(part.filename, _pieces(part))
            elif part.name is None or part.name in fields or len(fields) >= MOST_FIELDS:
                raise Refusal(status=400, detail="A field of the form has no name, or comes twice.")
            else:
                fields[part.name] = await _read_field(part)
    except ValueError as error:
        raise Refusal(status=400, detail="The form cannot be read.") from error
    return fields


async def _pieces(part: aiohttp.BodyPartReader) -> AsyncIterator[bytes]:
    while piece := await part.read_chunk(_PIECE):
        yield part.decode(piece)


async def _read_field(part: aiohttp.BodyPartReader) -> str:
    raw = b""
    async for piece in _pieces(part):
        raw += piece
        if len(raw) > LONGEST_FIELD:
            raise Refusal(status=400, detail=f"A field of the form has {LONGEST_FIELD} bytes at most.")
    return raw.decode("utf-8", "replace")


class _Packing:
    """A zip that grows. The names in it are ours to make: those that were sent may be paths to anywhere."""

    def __init__(self, kept: IO[bytes]) -> None:
        self._kept = kept
        self._zip = zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self._digest = hashlib.sha256()
        self._files = self._bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    async def add(self, name: str, pieces: AsyncIterator[bytes]) -> None:
        if self._files >= MOST_FILES:
            raise Refusal(status=413, detail=f"Send {MOST_FILES} files at most.")
        self._files += 1
        path = f"{self._files:04}/{_plain(name)}"
        own, before = hashlib.sha256(), self._bytes
        with self._zip.open(path, "w") as file:
            async for piece in pieces:
                self._bytes += len(piece)
                if self._bytes > LARGEST_BODY:
                    raise _TOO_LARGE
                own.update(piece)
                file.write(piece)
        if self._bytes == before:
            raise Refusal(status=400, detail="An empty file is no report.")
        self._digest.update(path.encode() + own.digest())

    @property
    def digest(self) -> bytes:
        return self._digest.digest()

    def end(self) -> bytes:
        if not self._files:
            raise Refusal(status=400, detail="Nothing was sent: name a file for each report.")
        self._zip.close()
        self._kept.seek(0)
        return self._kept.read()


def _plain(name: str) -> str:
    """Keep the last part of a name, by which some formats are told."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return (
        "".join(one if one.isascii() and (one.isalnum() or one in "._-") else "_" for one in last)[-_PATH:] or "report"
    )
