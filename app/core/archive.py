"""Read an artifact's zip, and archives inside it, of which nothing is believed: not sizes, not names, not structure."""

import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from io import SEEK_END, BytesIO
from typing import IO

from app.core.reports.document import PIECE, Document
from app.core.tarball import (
    GZIP_ENDING,
    GZIP_MARK,
    TAR_ENDINGS,
    DamagedError,
    TarMember,
    gunzip,
    holds_results,
    tar_members,
)

MOST_NAMES = 20_000

_ALL = slice(None)

_ZIP_ENDING = ".zip"
_PACKED = (_ZIP_ENDING, GZIP_ENDING, *TAR_ENDINGS)
_ARCHIVES = (_ZIP_ENDING, *TAR_ENDINGS)

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
    tar_bytes: int = 128 << 20
    """A tar is in memory as a whole while its files are read."""


class UnreadableError(ValueError):
    """A file of an archive cannot be unpacked, or not as far as it would have to be. Says why, in a sentence."""


def read_members(
    file: IO[bytes],
    wanted: Callable[[str], bool],
    warn: Callable[[str], None],
    limits: Limits | None = None,
    *,
    opens: Callable[[str], bool] = holds_results,
    share: slice = _ALL,
) -> Iterator[Document]:
    """Yield the files of a zip whose path is wanted, archives inside it opened up, in the order of their paths.

    A zip inside is always opened; a tar, and a gzipped file that is wanted, where `opens` says so of its path, while others
    are passed over in silence. A gzipped file is the one that it holds.

    A document is read while it is the last one that was yielded; that raises UnreadableError where it is too large or
    broken. What is left out unread is told to `warn`, a sentence each; an archive that is no zip at all is such a sentence,
    too. Never writes anything, so a path that climbs out of its folder is mere text. Where several readers share the
    work, each looks at its `share` of the archive's files only.
    """
    yield from _Walk(wanted, opens, warn, limits or Limits(), share).members(file, "", 1)


def read_packed(
    path: str,
    begin: Callable[[], Iterable[bytes]],
    size: int,
    warn: Callable[[str], None],
    limits: Limits | None = None,
) -> Iterator[Document]:
    """Yield the files of a tar, or the one that a gzipped file holds, where it stands by itself and not in an artifact.

    It is opened whatever its name says: whoever calls this wants it. What is neither by its ending is yielded as it is.
    `path` and `begin` are as in Document, `size` is that of the file in bytes, `warn` as in `read_members`.
    """
    yield from _Walk(lambda _: True, holds_results, warn, limits or Limits(), _ALL).opened(path, begin, size, 0)


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
        self,
        wanted: Callable[[str], bool],
        opens: Callable[[str], bool],
        warn: Callable[[str], None],
        limits: Limits,
        share: slice,
    ) -> None:
        self._share = share
        self._wanted = wanted
        self._opens = opens
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
                    path, size = prefix + _path(info.filename), min(info.compress_size, packed)
                    begin = _Unpacking(self, partial(_unzip, archive, info), size, path)
                    yield from self._member(path, begin, size, depth)
                if self._is_spent:
                    return

    def _tar_members(self, data: memoryview, prefix: str, depth: int) -> Iterator[Document]:
        members: list[TarMember] = []
        try:
            for member in tar_members(data):
                members.append(member)
                if len(members) > self._limits.entries - self._entries:
                    break
        except DamagedError as error:
            self._warn(f"{prefix[:-1]} {'is read in part' if members else 'cannot be opened'}: {error}")
        for member in sorted(members, key=lambda member: member.name):
            path = prefix + _path(member.name).removeprefix("./")
            yield from self._member(path, partial(_slices, data, member, path), member.size, depth)
            if self._is_spent:
                return

    def _member(self, path: str, begin: Callable[[], Iterable[bytes]], size: int, depth: int) -> Iterator[Document]:
        if not self._is_over() and self._is_asked_for(path, depth):
            yield from self.opened(path, begin, size, depth)

    def _is_asked_for(self, path: str, depth: int) -> bool:
        """Tell whether to look at a file; say it where it is an archive too deep inside others."""
        lower = path.lower()
        if not lower.endswith(_PACKED):
            return self._wanted(path)
        if not (lower.endswith(_ZIP_ENDING) or self._opens(path)):
            return False
        if not lower.endswith(_ARCHIVES):
            return self._wanted(path)
        if depth >= self._limits.depth:
            self._warn(f"{path} is left out: an archive inside an archive inside an archive")
            return False
        return True

    def opened(self, path: str, begin: Callable[[], Iterable[bytes]], size: int, depth: int) -> Iterator[Document]:
        """Yield a file, or those that it holds; say it where it cannot be unpacked."""
        try:
            files = self._files_of(Document(path, begin), size, depth)
        except UnreadableError as error:
            self._warn(str(error))
            return
        yield from files

    def _files_of(self, document: Document, size: int, depth: int) -> Iterable[Document]:
        lower, prefix = document.path.lower(), f"{document.path}!"
        if not lower.endswith(_PACKED):
            return (document,)
        if lower.endswith(_ZIP_ENDING):
            if document.head.startswith(b"PK"):
                return self.members(BytesIO(b"".join(document.pieces())), prefix, depth + 1)
            return (document,)
        if document.head.startswith(GZIP_MARK):
            document = self._gunzipped(document, size)
        if lower.endswith(TAR_ENDINGS):
            return self._tar_members(self._whole(document), prefix, depth + 1)
        return (document,)

    def _gunzipped(self, packed: Document, size: int) -> Document:
        return Document(packed.path, _Unpacking(self, lambda: gunzip(packed.pieces()), size, packed.path))

    def _whole(self, tar: Document) -> memoryview:
        held, most = BytesIO(), self._limits.tar_bytes
        for piece in tar.pieces():
            if held.tell() + len(piece) > most:
                raise UnreadableError(f"{tar.path} is left out: a tar of more than {most:,} bytes")
            held.write(piece)
        return held.getbuffer()

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


def _unzip(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(info) as stream:
        while piece := stream.read(PIECE):
            yield piece


def _slices(data: memoryview, member: TarMember, path: str) -> Iterator[bytes]:
    if member.is_sparse:
        raise UnreadableError(f"{path} is left out: a sparse file, of which a tar holds no more than its pieces")
    end = member.start + member.size
    return (bytes(data[at : min(at + PIECE, end)]) for at in range(member.start, end, PIECE))


class _TooMuch(ValueError):
    """A member goes over a limit."""


@dataclass(slots=True)
class _Unpacking:
    """Unpacks one file by pieces, each time from its beginning; bytes unpacked once are counted once."""

    walk: _Walk
    begin: Callable[[], Iterator[bytes]]
    packed: int
    path: str
    furthest: int = 0

    def __call__(self) -> Iterator[bytes]:
        size = 0
        try:
            for piece in self.begin():
                size += len(piece)
                self.walk.unpacked(size, self.furthest, self.packed)
                self.furthest = max(self.furthest, size)
                yield piece
        except UnreadableError:
            # What it is packed in cannot be unpacked itself, and has said so.
            raise
        except _TooMuch as error:
            raise UnreadableError(f"{self.path} is left out: {error}") from error
        except _BROKEN as error:
            raise UnreadableError(f"{self.path} cannot be unpacked: {error}") from error
