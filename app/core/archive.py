"""Read an artifact's zip, of which nothing is believed: not its sizes, not its names, not its structure."""

import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import IO

_CHUNK = 1 << 20
_ENCRYPTED = 0x1


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of an archive is read, all members of all depths together. Sizes in bytes after decompression."""

    member_bytes: int = 256 << 20
    total_bytes: int = 1 << 30
    entries: int = 20_000
    ratio: int = 400
    ratio_free_bytes: int = 8 << 20
    """Below this size no ratio is too high: a short file of equal lines packs well."""
    depth: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file of an archive, with the path of archives that it stands in: `inner.zip!junit.xml`."""

    path: str
    data: bytes


class _Budget:
    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.bytes = 0
        self.entries = 0


def read_members(
    file: IO[bytes], wanted: Callable[[str], bool], warn: Callable[[str], None], limits: Limits | None = None
) -> Iterator[Member]:
    """Yield the files of a zip whose path is wanted, zips inside it opened up, in the order of their paths.

    What is left out because it is too large, encrypted or broken is told to `warn`, a sentence each; an archive that is
    no zip at all is such a sentence, too. Never writes anything, so a path that climbs out of its folder is mere text.
    """
    yield from _members(file, "", wanted, warn, _Budget(limits or Limits()), 1)


def _members(
    file: IO[bytes],
    prefix: str,
    wanted: Callable[[str], bool],
    warn: Callable[[str], None],
    budget: _Budget,
    depth: int,
) -> Iterator[Member]:
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        warn(f"{prefix or 'the archive'} cannot be opened: {error}")
        return
    with archive:
        infos = sorted(archive.infolist(), key=lambda info: info.filename)
        for info in infos:
            if info.is_dir():
                continue
            budget.entries += 1
            if budget.entries > budget.limits.entries:
                warn(f"more than {budget.limits.entries} files, the others are left out")
                return
            yield from _member(archive, info, prefix, wanted, warn, budget, depth)


def _member(
    archive: zipfile.ZipFile,
    info: zipfile.ZipInfo,
    prefix: str,
    wanted: Callable[[str], bool],
    warn: Callable[[str], None],
    budget: _Budget,
    depth: int,
) -> Iterator[Member]:
    path = prefix + info.filename.replace("\\", "/").replace("\0", "")
    is_zip = path.lower().endswith(".zip") and depth < budget.limits.depth
    if not (is_zip or wanted(path)):
        return
    try:
        data = _read(archive, info, budget)
    except _TooMuch as error:
        warn(f"{path} is left out: {error}")
        return
    # zipfile raises RuntimeError for what is encrypted and NotImplementedError for packing it does not know.
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError, ValueError) as error:
        warn(f"{path} cannot be unpacked: {error}")
        return
    if is_zip and data.startswith(b"PK"):
        yield from _members(BytesIO(data), f"{path}!", wanted, warn, budget, depth + 1)
    else:
        yield Member(path=path, data=data)


class _TooMuch(ValueError):
    """A member goes over a limit."""


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: _Budget) -> bytes:
    """Read one member by pieces and stop at the first limit: the sizes that its header states may be lies."""
    limits = budget.limits
    packed = max(info.compress_size, 1)
    most = min(limits.member_bytes, limits.total_bytes - budget.bytes)
    data = bytearray()
    with archive.open(info) as stream:
        while piece := stream.read(_CHUNK):
            data += piece
            if len(data) > most:
                raise _TooMuch("too large")
            if len(data) > limits.ratio_free_bytes and len(data) > packed * limits.ratio:
                raise _TooMuch(f"it unpacks to more than {limits.ratio} times its size")
    budget.bytes += len(data)
    return bytes(data)
