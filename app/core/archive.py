"""Read an artifact's zip, of which nothing is believed: not its sizes, not its names, not its structure."""

import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import SEEK_END, BytesIO
from typing import IO

from app.core.reports.document import PIECE, Document

MOST_NAMES = 20_000

_ALL = slice(None)

# zipfile raises RuntimeError for what is encrypted and NotImplementedError for packing it does not know.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    RuntimeError,
    NotImplementedError,
    EOFError,
    OSError,
    ValueError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of an archive is read, all members of all depths together. Sizes in bytes after decompression."""

    member_bytes: int = 256 << 20
    total_bytes: int = 1 << 30
    """Counts what was unpacked, also where it was not kept: unpacking is the work."""
    entries: int = MOST_NAMES
    ratio: int = 400
    ratio_free_bytes: int = 8 << 20
    """Below this size no ratio is too high: a short file of equal lines packs well."""
    depth: int = 2


class UnreadableError(ValueError):
    """A file of an archive cannot be unpacked, or not as far as it would have to be. Says why, in a sentence."""


def read_members(
    file: IO[bytes],
    wanted: Callable[[str], bool],
    warn: Callable[[str], None],
    limits: Limits | None = None,
    *,
    share: slice = _ALL,
) -> Iterator[Document]:
    """Yield the files of a zip whose path is wanted, zips inside it opened up, in the order of their paths.

    A document is read while it is the last one that was yielded; that raises UnreadableError where it is too large or
    broken. What is left out unread is told to `warn`, a sentence each; an archive that is no zip at all is such a sentence,
    too. Never writes anything, so a path that climbs out of its folder is mere text. Where several readers share the
    work, each looks at its `share` of the archive's files only.
    """
    yield from _Walk(wanted, warn, limits or Limits(), share).members(file, "", 1)


def member_names(file: IO[bytes]) -> tuple[str, ...]:
    """Return the paths of the files in a zip as `read_members` names them; none where it cannot be opened."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()[:MOST_NAMES]
    except _BROKEN:
        return ()
    return tuple(_path(name) for name in names if not name.endswith("/"))


def _path(name: str) -> str:
    return name.replace("\\", "/").replace("\0", "")


class _Walk:
    """One reading of an archive and all archives inside it, which share their limits."""

    def __init__(
        self, wanted: Callable[[str], bool], warn: Callable[[str], None], limits: Limits, share: slice
    ) -> None:
        self._share = share
        self._wanted = wanted
        self._warn = warn
        self._limits = limits
        self._bytes = 0
        self._entries = 0
        self._is_spent = False

    def members(self, file: IO[bytes], prefix: str, depth: int) -> Iterator[Document]:
        packed = file.seek(0, SEEK_END)
        try:
            archive = zipfile.ZipFile(file)
        except _BROKEN as error:
            self._warn(f"{prefix.removesuffix('!') or 'the archive'} cannot be opened: {error}")
            return
        with archive:
            infos = sorted(archive.infolist(), key=lambda info: info.filename)
            for info in infos if depth > 1 else infos[self._share]:
                # Not is_dir(), which stumbles over an empty name on Python 3.11.
                if not info.filename.endswith("/"):
                    yield from self._member(archive, info, packed, prefix, depth)
                if self._is_spent:
                    return

    def _member(
        self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, packed: int, prefix: str, depth: int
    ) -> Iterator[Document]:
        path = prefix + _path(info.filename)
        if self._is_over():
            return
        is_zip = path.lower().endswith(".zip")
        if not (is_zip or self._wanted(path)):
            return
        if is_zip and depth >= self._limits.depth:
            self._warn(f"{path} is left out: a zip inside a zip inside a zip")
            return
        try:
            document = Document(path, _Unpacking(self, archive, info, min(info.compress_size, packed), path))
            data = b"".join(document.pieces()) if is_zip and document.head.startswith(b"PK") else None
        except UnreadableError as error:
            self._warn(str(error))
            return
        if data is not None:
            yield from self.members(BytesIO(data), f"{path}!", depth + 1)
        else:
            yield document

    def _is_over(self) -> bool:
        """Count one entry; say it once where the archive as a whole goes over a limit."""
        limits = self._limits
        self._entries += 1
        if self._entries > limits.entries:
            self._warn(f"more than {limits.entries:,} files, the others are left out")
        elif self._bytes >= limits.total_bytes:
            self._warn(f"more than {limits.total_bytes:,} bytes, the other files are left out")
        else:
            return False
        self._is_spent = True
        return True

    def unpacked(self, size: int, furthest: int, packed: int) -> None:
        """Count what was unpacked of a member; raises _TooMuch over a limit: the sizes that its header states may be lies."""
        limits = self._limits
        most = min(limits.member_bytes, limits.total_bytes - self._bytes + furthest)
        self._bytes += max(size - furthest, 0)
        if size > most:
            raise _TooMuch(f"it unpacks to more than {most:,} bytes")
        if size > limits.ratio_free_bytes and size > max(packed, 1) * limits.ratio:
            raise _TooMuch(f"it unpacks to more than {limits.ratio} times its size")


class _TooMuch(ValueError):
    """A member goes over a limit."""


@dataclass(slots=True)
class _Unpacking:
    """Unpacks one member by pieces, each time from its beginning; bytes unpacked once are counted once."""

    walk: _Walk
    archive: zipfile.ZipFile
    info: zipfile.ZipInfo
    packed: int
    path: str
    furthest: int = 0

    def __call__(self) -> Iterator[bytes]:
        size = 0
        try:
            with self.archive.open(self.info) as stream:
                while piece := stream.read(PIECE):
                    size += len(piece)
                    self.walk.unpacked(size, self.furthest, self.packed)
                    self.furthest = max(self.furthest, size)
                    yield piece
        except _TooMuch as error:
            raise UnreadableError(f"{self.path} is left out: {error}") from error
        except _BROKEN as error:
            raise UnreadableError(f"{self.path} cannot be unpacked: {error}") from error
