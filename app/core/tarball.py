"""Read tars and gzipped files, of which nothing is believed: not a size, not a name, not what one header says of the next.

Python's own tarfile is not asked: it goes a level deeper into the stack with each header of a header, applies what a
global header says to every file after it, and followed a negative size for ever until that was mended (CVE-2025-8194).
"""

import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.core.reports.document import PIECE

TAR_ENDINGS = (".tar", ".tar.gz", ".tgz")
GZIP_ENDING = ".gz"
REPORT_ENDINGS = (".xml", ".json", ".jsonl", ".ndjson", ".trx", ".tap")
"""What a gzipped report's name ends with before `.gz`. No `.log` and no `.txt`: those are what servers rotate."""

_GZIPPED_REPORTS = tuple(ending + GZIP_ENDING for ending in REPORT_ENDINGS)

GZIP_MARK = b"\x1f\x8b"
LONGEST_NAME = 0xFFFF
"""Bytes of a path in a tar: a zip has no room for more either."""
LARGEST_HEADER = 1 << 20
"""Bytes of what a tar says of a file beside its header: more than file systems know of one."""

# `reporter`, `reportlab` and `junit5` are programs; `tests` alone are sources as often as results.
_RESULTS = re.compile(
    r"(?:reports?|results?)(?![a-z])"
    r"|(?:junit(?:[-_.]?xml)?|xunit|nunit|surefire|failsafe|allure)(?![a-z\d])"
    r"|test[-_. ]?(?:logs?|outputs?)(?![a-z])"
)
_VERSION = re.compile(r"[-_@ ]v?\d+\.\d")
# The labels of GitHub's runners, and images, stand in the names of what a matrix leaves behind.
_SYSTEM = re.compile(r"(?:ubuntu|macos|alpine)[-_]\d+\.\d+")
_SOURCES = re.compile(r"(?<![a-z])(?:src|sources?|sdist|orig)(?![a-z])")
_NAME_STARTS = re.compile("[/!]")

_STEP = 1 << 16
_FREE_PARTS, _LEAST_PART = 100, 1 << 10

_BLOCK = 512
_END = b"\0" * _BLOCK
_POSIX = b"ustar\0"
_OCTAL = re.compile(rb" {0,12}([0-7]{0,12}) {0,12}")
_RECORD = re.compile(rb"(\d{1,7}) ([^=\n]+)=")
_DIGITS = re.compile(rb"\d{1,19}")

_FILES = (b"0", b"\0", b"7")
_FOLDER, _SPARSE, _LONG_NAME, _LONG_LINK, _OF_ALL = b"5", b"S", b"L", b"K", b"g"
_RECORDS = (b"x", b"X")
# Behind the header of a link, a device, a folder or a pipe stands nothing, whatever size it states.
_WITHOUT_DATA = (b"1", b"2", b"3", b"4", _FOLDER, b"6")


class DamagedError(ValueError):
    """A tar or a gzipped file is broken, or made to do harm. Says how, in a part of a sentence that `it` begins."""


def is_tar(path: str) -> bool:
    """Say whether a file is called a tar, a gzipped one among them."""
    return path.lower().endswith(TAR_ENDINGS)


def holds_results(path: str) -> bool:
    """Say whether a tar or a gzipped file is likely to hold results of this run's tests, by its own name.

    A package and an archive of sources hold the reports that tests of theirs read, which nobody here has run.
    """
    name = _NAME_STARTS.split(path.lower())[-1]
    if not is_tar(name):
        return name.endswith(_GZIPPED_REPORTS)
    name = name[: name.rindex(".t")]
    if _VERSION.search(_SYSTEM.sub("", name)) or _SOURCES.search(name):
        return False
    return _RESULTS.search(name) is not None


def gunzip(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Unpack what was gzipped, piece by piece of 256 KiB at most; several gzipped files after each other are one.

    Raises zlib.error, and DamagedError where it ends too early, where something else follows, or where it is cut into
    so small parts that beginning them is all the work. What was yielded before is what there is before the damage.
    """
    unpacking, parts, size = None, 0, 0
    for data in _steps(pieces):
        rest = data
        while rest:
            if unpacking is None:
                # Tapes and disks are filled up with zeros.
                rest = rest.lstrip(b"\0") if parts else rest
                if not rest:
                    break
                unpacking, parts = zlib.decompressobj(zlib.MAX_WBITS | 16), parts + 1
                if parts > _FREE_PARTS + size // _LEAST_PART:
                    raise DamagedError(f"it consists of more than {parts - 1} gzipped parts of next to nothing")
            piece = unpacking.decompress(rest, PIECE)
            size += len(piece)
            rest = unpacking.unused_data if unpacking.eof else unpacking.unconsumed_tail
            unpacking = None if unpacking.eof else unpacking
            if piece:
                yield piece
    while unpacking is not None and (piece := unpacking.decompress(b"", PIECE)):
        yield piece
    if not parts or (unpacking is not None and not unpacking.eof):
        raise DamagedError("it breaks off")


def _steps(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Cut the pieces so small that copying the rest of one, as zlib does at each end of a part, costs little."""
    return (piece[at : at + _STEP] for piece in pieces for at in range(0, len(piece), _STEP))


@dataclass(frozen=True, slots=True, kw_only=True)
class TarMember:
    """A regular file in a tar: `size` bytes from `start`. Of a sparse one they are not all that the file would be."""

    name: str
    start: int
    size: int
    is_sparse: bool


@dataclass(slots=True)
class _Said:
    """What the headers before a file's own say of it; None where they do not."""

    name: bytes | None = None
    size: int | None = None
    is_sparse: bool = False


def tar_members(data: memoryview) -> Iterator[TarMember]:
    """Yield the regular files of a tar that is in memory, in their order there; each lies within it.

    Raises DamagedError where it is no tar, or is none any more. Links and devices are passed over, and so is what a header
    says of all files: those that are in use hold a remark.
    """
    if not data:
        raise DamagedError("it is empty")
    at, said = 0, _Said()
    while at < len(data) and (block := bytes(data[at : at + _BLOCK])) != _END:
        kind, size = _header(block, is_first=at == 0)
        at += _BLOCK
        if kind == _SPARSE:
            at = _behind_map(data, block, at)
        is_of_next = kind in _RECORDS or kind in (_LONG_NAME, _LONG_LINK, _OF_ALL)
        if said.size is not None and not is_of_next:
            size = said.size
        start, at = at, at if kind in _WITHOUT_DATA else at + -(-size // _BLOCK) * _BLOCK
        if at > start and start + size > len(data):
            raise DamagedError("it breaks off")
        if is_of_next:
            _hear(said, kind, data[start : start + size])
            continue
        if kind in _FILES or kind == _SPARSE:
            name = (_own_name(block) if said.name is None else said.name).decode("utf-8", "replace")
            yield TarMember(name=name, start=start, size=size, is_sparse=said.is_sparse or kind == _SPARSE)
        said = _Said()


def _header(block: bytes, *, is_first: bool) -> tuple[bytes, int]:
    """Return the kind of what follows, and how many bytes it takes, where the header's checksum is right."""
    broken = DamagedError("it is no tar" if is_first else "a header in it is damaged")
    if len(block) < _BLOCK:
        raise broken
    # The checksum counts its own field as spaces.
    if _number(block[148:156]) != sum(block) - sum(block[148:156]) + 8 * ord(" "):
        raise broken
    size = _number(block[124:136])
    if size is None:
        raise DamagedError("a header in it states a size that cannot be")
    kind = block[156:157]
    # Before there was a kind for folders, a slash at the end of the name made them.
    return (_FOLDER if kind == b"\0" and _text(block[:100]).endswith(b"/") else kind), size


def _number(field: bytes) -> int | None:
    """Read octal digits, or what GNU writes of larger numbers: 0x80 and the bytes. None for what is neither, or negative."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:])
    digits = _OCTAL.fullmatch(_text(field))
    return int(digits[1] or b"0", 8) if digits else None


def _text(field: bytes) -> bytes:
    return field.partition(b"\0")[0]


def _own_name(block: bytes) -> bytes:
    name, folders = _text(block[:100]), _text(block[345:500])
    # GNU, whose mark is another, keeps times where POSIX has the folders.
    return folders + b"/" + name if folders and block[257:263] == _POSIX else name


def _behind_map(data: memoryview, block: bytes, at: int) -> int:
    """Return where the bytes of a sparse file begin: as long as a flag says so, another block of its map follows."""
    is_followed = block[482]
    while is_followed:
        if at + _BLOCK > len(data):
            raise DamagedError("it breaks off")
        is_followed = data[at + 504]
        at += _BLOCK
    return at


def _hear(said: _Said, kind: bytes, content: memoryview) -> None:
    """Take from a header what it says of the next file."""
    if kind in (_LONG_LINK, _OF_ALL):
        return
    if len(content) > LARGEST_HEADER:
        raise DamagedError(f"a header in it has more than {LARGEST_HEADER:,} bytes")
    if kind == _LONG_NAME:
        said.name = _text(bytes(content))
    else:
        _hear_records(said, bytes(content))
    if said.name is not None and len(said.name) > LONGEST_NAME:
        raise DamagedError(f"a path in it has more than {LONGEST_NAME:,} bytes")


def _hear_records(said: _Said, content: bytes) -> None:
    """Read lines of `length key=value`, of which the length counts itself: a value may hold anything."""
    at = 0
    while at < len(content):
        record = _RECORD.match(content, at)
        end = at + int(record[1]) if record else 0
        if record is None or not record.end() < end <= len(content):
            raise DamagedError("a header in it is damaged")
        key, value, at = record[2], content[record.end() : end - 1], end
        if key.startswith(b"GNU.sparse."):
            said.is_sparse = True
        if key in (b"path", b"GNU.sparse.name"):
            said.name = value
        elif key == b"size":
            if not _DIGITS.fullmatch(value):
                raise DamagedError("a header in it states a size that cannot be")
            said.size = int(value)
