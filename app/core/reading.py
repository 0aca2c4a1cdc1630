"""What one downloaded file holds, ready to be stored.

These functions run in a process of their own: they are handed a path and give back plain values.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.core.archive import UnreadableError, read_members
from app.core.globs import path_matches
from app.core.identity import case_name, repository_path, storable
from app.core.logs import read_log
from app.core.model import CaseName, Fingerprint, Outcome, Report, TestResult
from app.core.patterns import compile_pattern
from app.core.reports import MalformedReport, read_report
from app.core.signature import fingerprint

# Beside reports, artifacts hold what a test showed: unpacking it takes time, and its size is no fault of the reports.
_NEVER_REPORTS = (
    *(".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".ico", ".webm", ".mp4", ".mov", ".avi", ".pdf"),
    *(".woff", ".woff2", ".ttf", ".gz", ".bz2", ".xz", ".zst", ".7z", ".tar", ".jar", ".war", ".whl", ".deb", ".rpm"),
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One execution as it was found: named, fingerprinted, not yet numbered within its job. Durations in milliseconds."""

    case: CaseName
    outcome: Outcome
    file: str | None
    line: int | None
    duration_ms: int | None
    message: str | None
    stack_trace: str | None
    fingerprint: Fingerprint | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactReading:
    """The reports of one artifact, in the order of their paths.

    `warnings` are sentences for people. `is_whole` is False where a report may have lost something when it was mended, or a
    file that may have been one could not be read. `malformed` holds the format of each report that could not be read at all.
    """

    reports: int
    found: tuple[Found, ...]
    warnings: tuple[str, ...]
    is_whole: bool
    malformed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogReading:
    """What a job's log holds; fields as in JobLog."""

    runner: str | None
    found: tuple[Found, ...]
    is_complete: bool
    stopped_early: str | None
    infra: str | None
    unnamed_passes: int = 0


def read_artifact(path: str, files: Sequence[str]) -> ArtifactReading:
    """Read all reports of a downloaded artifact whose member's path one of the globs `files` matches."""
    warnings: list[str] = []
    unread: list[str] = []
    reports: list[Report] = []
    malformed: list[str] = []
    with Path(path).open("rb") as file:
        for member in read_members(file, lambda path: _is_wanted(path, files), unread.append):
            try:
                report = read_report(member)
            except MalformedReport as error:
                warnings.append(f"{member.path}: {error}")
                malformed.append(error.format)
            except UnreadableError as error:
                unread.append(str(error))
            else:
                reports += [report] if report else []
                warnings += _warnings(member.path, report) if report else ()
    return ArtifactReading(
        reports=len(reports),
        found=tuple(_found(result for report in _in_time(reports) for result in report.results)),
        warnings=tuple(warnings + unread),
        is_whole=not (malformed or unread or any(report.repaired for report in reports)),
        malformed=tuple(malformed),
    )


def _in_time(reports: Sequence[Report]) -> Iterator[Report]:
    """Put the files that are one execution each in the order of time; all others stay where they are."""
    timed = iter(sorted((one for one in reports if one.ended_ms is not None), key=lambda one: one.ended_ms or 0))
    return (next(timed) if report.ended_ms is not None else report for report in reports)


def read_job_log(path: str, infra: Sequence[tuple[str, str]] = ()) -> LogReading:
    """Read a downloaded job log; `infra` are the policy's expressions with what such a failure is called."""
    log = read_log(Path(path).read_bytes(), [(compile_pattern(pattern), name) for pattern, name in infra])
    return LogReading(
        runner=log.runner,
        found=tuple(_found(log.results)),
        is_complete=log.complete,
        stopped_early=log.stopped_early,
        infra=log.infra,
        unnamed_passes=log.unnamed_passes,
    )


def _warnings(path: str, report: Report) -> Iterator[str]:
    return (f"{path}: {warning}" for warning in report.warnings)


def _found(results: Iterable[TestResult]) -> Iterator[Found]:
    for result in results:
        is_bad = result.outcome.is_bad
        yield Found(
            case=case_name(result),
            outcome=result.outcome,
            file=repository_path(result.file),
            line=result.line,
            duration_ms=result.duration_ms,
            message=storable(result.message) if is_bad and result.message else None,
            stack_trace=storable(result.stack_trace) if is_bad and result.stack_trace else None,
            fingerprint=fingerprint(result.message, result.stack_trace) if is_bad else None,
        )


def _is_wanted(path: str, files: Sequence[str]) -> bool:
    """Say whether a member may be a report: its path is asked for, and it is no picture, film or program.

    To the globs, an archive inside the artifact is a folder.
    """
    if path.lower().endswith(_NEVER_REPORTS):
        return False
    place = path.replace(".zip!", ".zip/")
    return any(path_matches(place, glob) for glob in files)
