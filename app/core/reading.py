"""What one downloaded file holds, ready to be stored.

These functions run in a process of their own: they are handed a path and give back plain values.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from app.core.archive import UnreadableError, read_members
from app.core.frames import failing_line
from app.core.globs import path_matches
from app.core.identity import case_name, repository_path, storable
from app.core.logs import read_log
from app.core.model import CaseName, Fingerprint, LogSteps, Outcome, TestResult
from app.core.patterns import compile_pattern
from app.core.reports import Document, MalformedReport, read_report
from app.core.signature import fingerprint
from app.core.tarball import GZIP_ENDING, holds_results, is_tar

NEVER_REPORTS = (
    *(".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".ico", ".webm", ".mp4", ".mov", ".avi", ".pdf"),
    *(".woff", ".woff2", ".ttf", ".bz2", ".xz", ".zst", ".7z", ".jar", ".war", ".whl", ".deb", ".rpm"),
    *(
        ".exe",
        ".dll",
        ".so",
        ".dylib",
        ".a",
        ".o",
        ".class",
        ".pyc",
        ".wasm",
        ".bin",
        ".dmp",
        ".core",
        ".db",
        ".sqlite",
    ),
)
"""Beside reports, artifacts hold what a test showed: unpacking it takes time, and its size is no fault of the reports."""

_ARCHIVES_AS_FOLDERS = re.compile(r"(\.zip|\.tar|\.tar\.gz|\.tgz)!", re.IGNORECASE)

MOST_EXECUTIONS = 800_000
"""How many an artifact may hold: all of them have room in memory at once."""

MOST_TEXT = 64 << 20
"""Characters of messages and stack traces that are kept of an artifact or a log: as much as thousands of failures say."""

MOST_BYTES = 64 << 20
"""How large what a part's reports say may be, as it is handed over; it is held thrice in that moment."""

_ROW_BYTES = 200
"""What an execution takes beside its texts, roughly."""


class Found(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One execution as it was found: named, fingerprinted, not yet numbered within its job. Durations in milliseconds."""

    case: CaseName
    outcome: Outcome
    file: str | None
    line: int | None
    duration_ms: int | None
    message: str | None
    stack_trace: str | None
    fingerprint: Fingerprint | None


class ReportFile(msgspec.Struct, frozen=True, kw_only=True):
    """What one report file held, or why it could not be read. `malformed` is the format of one that could not at all.

    `ended_ms` as in Report: not None where the format writes a file for each execution.
    """

    path: str
    found: tuple[Found, ...] = ()
    ended_ms: int | None = None
    warnings: tuple[str, ...] = ()
    repaired: bool = False
    malformed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactReading:
    """The reports of one artifact that could be read, in the order of their paths or, where each is one execution, of time.

    `warnings` are sentences for people. `is_whole` is False where a report may have lost something when it was mended, or a
    file that may have been one could not be read. `malformed` holds the format of each report that could not be read at all.
    """

    files: tuple[ReportFile, ...]
    warnings: tuple[str, ...]
    is_whole: bool
    malformed: tuple[str, ...]

    @property
    def is_cut(self) -> bool:
        """Tell whether a report may have lost something. A file that could not be read may have been none."""
        return bool(self.malformed) or any(file.repaired for file in self.files)

    @property
    def found(self) -> tuple[Found, ...]:
        """All executions, file by file."""
        return tuple(found for file in self.files for found in file.found)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogReading:
    """What a job's log holds; fields as in JobLog. `size` is roughly how many bytes it takes."""

    runner: str | None
    found: tuple[Found, ...]
    is_complete: bool
    stopped_early: str | None
    infra: str | None
    unnamed_passes: int = 0
    steps: LogSteps = field(default_factory=LogSteps)
    size: int = 0


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    files: tuple[ReportFile, ...]
    unread: tuple[str, ...]


class _EncodedPart(msgspec.Struct, frozen=True, kw_only=True):
    """A part of which each file was encoded as soon as it was read: so it takes a fifth of the room."""

    files: tuple[msgspec.Raw, ...]
    unread: tuple[str, ...]


def read_artifact(path: str, files: Sequence[str]) -> ArtifactReading:
    """Read all reports of a downloaded artifact whose member's path one of the globs `files` matches."""
    return join([read_part(path, files, 0, 1)])


def read_part(path: str, files: Sequence[str], part: int, parts: int) -> bytes:
    """Read every `parts`-th report of an artifact, beginning with number `part`, for `join` to put together.

    The parts are encoded, since unpickling hundreds of thousands of values takes their reader longer than reading them.
    Once a part has its share of what an artifact may hold, the rest of its reports are left out.
    """
    unread: list[str] = []
    texts = _Texts(MOST_TEXT // parts)
    with Path(path).open("rb") as file:
        members = read_members(
            file,
            lambda path: _is_wanted(path, files),
            unread.append,
            opens=lambda path: holds_results(path) or _is_named(path, files),
            share=slice(part, None, parts),
        )
        read = tuple(_encoded_members(members, unread, texts, parts))
    if texts.room < 0:
        unread.append(f"more than {MOST_TEXT >> 20} MiB of messages, those of the other failures are left out")
    return msgspec.msgpack.encode(_EncodedPart(files=read, unread=tuple(unread)))


def _encoded_members(
    members: Iterable[Document], unread: list[str], texts: "_Texts", parts: int
) -> Iterator[msgspec.Raw]:
    room, size = MOST_EXECUTIONS // parts, MOST_BYTES
    for member in members:
        if room <= 0:
            unread.append(f"more than {MOST_EXECUTIONS:,} test results, the other files are left out")
            return
        report = _read_member(member, unread, texts)
        if report is None:
            continue
        encoded = msgspec.msgpack.encode(report)
        room -= len(report.found)
        size -= len(encoded)
        if size < 0:
            unread.append(f"its reports say more than {MOST_BYTES >> 20} MiB, the other files are left out")
            return
        yield msgspec.Raw(encoded)


def join(parts: Iterable[bytes]) -> ArtifactReading:
    """Put the parts of an artifact together, its files in the order of their paths or, where each is one execution, of time."""
    read = [msgspec.msgpack.decode(part, type=_Part) for part in parts]
    files = sorted((file for part in read for file in part.files), key=lambda file: file.path)
    # What is wrong with the archive as a whole, each of its readers says.
    unread = list(dict.fromkeys(sentence for part in read for sentence in part.unread))
    malformed = tuple(file.malformed for file in files if file.malformed is not None)
    return ArtifactReading(
        files=tuple(_in_time([file for file in files if file.malformed is None])),
        warnings=tuple([f"{file.path}: {warning}" for file in files for warning in file.warnings] + unread),
        is_whole=not (malformed or unread or any(file.repaired for file in files)),
        malformed=malformed,
    )


def _read_member(member: Document, unread: list[str], texts: "_Texts") -> ReportFile | None:
    try:
        report = read_report(member)
    except MalformedReport as error:
        return ReportFile(path=member.path, warnings=(str(error),), malformed=error.format)
    except UnreadableError as error:
        unread.append(str(error))
        return None
    except MemoryError:
        # What this file took is given back here: those after it may well be read.
        unread.append(f"{member.path} is left out: reading it takes too much memory")
        return None
    if report is None:
        return None
    return ReportFile(
        path=member.path,
        found=tuple(_found(report.results, texts)),
        ended_ms=report.ended_ms,
        warnings=report.warnings,
        repaired=report.repaired,
    )


def _in_time(files: Sequence[ReportFile]) -> Iterator[ReportFile]:
    """Put the files that are one execution each in the order of time; all others stay where they are."""
    timed = iter(sorted((one for one in files if one.ended_ms is not None), key=lambda one: one.ended_ms or 0))
    return (next(timed) if file.ended_ms is not None else file for file in files)


def read_job_log(path: str, infra: Sequence[tuple[str, str]] = ()) -> LogReading:
    """Read a downloaded job log; `infra` are the policy's expressions with what such a failure is called."""
    log = read_log(Path(path).read_bytes(), [(compile_pattern(pattern), name) for pattern, name in infra])
    texts = _Texts(MOST_TEXT)
    found = tuple(_found(log.results, texts))
    return LogReading(
        runner=log.runner,
        found=found,
        is_complete=log.complete,
        stopped_early=log.stopped_early,
        infra=log.infra,
        unnamed_passes=log.unnamed_passes,
        steps=log.steps,
        size=len(found) * _ROW_BYTES + min(MOST_TEXT - texts.room, MOST_TEXT),
    )


def places_of(results: Sequence[TestResult]) -> list[tuple[str | None, int | None]]:
    """Return the file, relative to the repository, and the line of each execution.

    Where a report does not say, the trace of a failure does, and then of all executions of that test which file is theirs.
    """
    places = [_place(result) for result in results]
    told = {
        (one.suite, one.class_name, one.name): file
        for one, (file, _) in zip(results, places, strict=True)
        if file is not None and one.file is None
    }
    if not told:
        return places
    return [
        (file or told.get((one.suite, one.class_name, one.name)), line)
        for one, (file, line) in zip(results, places, strict=True)
    ]


def _place(result: TestResult) -> tuple[str | None, int | None]:
    file, line = result.file, result.line
    if result.outcome.is_bad and line is None and (place := failing_line(result.stack_trace or result.message, file)):
        file, line = file or place[0], place[1]
    return repository_path(file), line


@dataclass(slots=True)
class _Texts:
    """How many characters of what failures say may still be kept. What tells one failure from another is kept of all."""

    room: int

    def keep(self, text: str | None) -> str | None:
        self.room -= len(text or "")
        return storable(text) if text and self.room >= 0 else None


def _found(results: Sequence[TestResult], texts: _Texts) -> Iterator[Found]:
    for result, (file, line) in zip(results, places_of(results), strict=True):
        is_bad = result.outcome.is_bad
        yield Found(
            case=case_name(result),
            outcome=result.outcome,
            file=file,
            line=line,
            duration_ms=result.duration_ms,
            message=texts.keep(result.message) if is_bad else None,
            stack_trace=texts.keep(result.stack_trace) if is_bad else None,
            fingerprint=fingerprint(result.message, result.stack_trace) if is_bad else None,
        )


def _is_wanted(path: str, files: Sequence[str]) -> bool:
    """Say whether a member may be a report: its path is asked for, and it is no picture, film or program.

    To the globs, an archive inside the artifact is a folder, and a gzipped file is the one that it holds as well.
    """
    lower = path.lower()
    if lower.endswith(NEVER_REPORTS):
        return False
    place = _as_folders(path)
    if any(path_matches(place, glob) for glob in files):
        return True
    return lower.endswith(GZIP_ENDING) and _is_wanted(path[: -len(GZIP_ENDING)], files)


def _is_named(path: str, files: Sequence[str]) -> bool:
    """Say whether a glob is about this very tar, as a folder, or this gzipped file, and not about whatever is there."""
    place = _as_folders(path)
    if not is_tar(path):
        return any(glob.lower().endswith(GZIP_ENDING) and path_matches(place, glob) for glob in files)
    return any(is_tar(folder) and path_matches(place, folder) for glob in files for folder in _folders(glob))


def _folders(glob: str) -> Iterator[str]:
    """Yield the globs of the folders that a glob leads through."""
    parts = glob.split("/")
    return ("/".join(parts[:end]) for end in range(1, len(parts)))


def _as_folders(path: str) -> str:
    return _ARCHIVES_AS_FOLDERS.sub(r"\1/", path) if "!" in path else path
