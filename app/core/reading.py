"""What one downloaded file holds, ready to be stored.

These functions run in a process of their own: they are handed a path and give back plain values.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from app.core.archive import read_members
from app.core.identity import case_name, repository_path
from app.core.logs import read_log
from app.core.model import CaseName, Fingerprint, Outcome, Report, TestResult
from app.core.reports import MalformedReport, read_report
from app.core.signature import fingerprint


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

    `warnings` are sentences for people. `is_whole` is False where a report had to be mended or could not be read.
    `malformed` names the formats of reports that could not be read at all.
    """

    reports: int
    found: tuple[Found, ...]
    warnings: tuple[str, ...]
    is_whole: bool
    malformed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LogReading:
    """What a job's log holds; fields as in JobLog."""

    runner: str | None
    found: tuple[Found, ...]
    is_complete: bool
    stopped_early: str | None
    infra: str | None


def read_artifact(path: str, files: Sequence[str]) -> ArtifactReading:
    """Read all reports of a downloaded artifact whose member's path one of the globs `files` matches."""
    warnings: list[str] = []
    patterns = [_glob(glob) for glob in files]
    found: list[Found] = []
    reports = malformed = 0
    is_whole = True
    with Path(path).open("rb") as file:
        for member in read_members(file, lambda name: any(p.fullmatch(name) for p in patterns), warnings.append):
            try:
                report = read_report(member.data)
            except MalformedReport as error:
                warnings.append(f"{member.path}: {error}")
                malformed += 1
                continue
            if report is None:
                continue
            reports += 1
            found += _found(report.results)
            warnings += _warnings(member.path, report)
            is_whole = is_whole and not report.repaired
    return ArtifactReading(
        reports=reports,
        found=tuple(found),
        warnings=tuple(warnings),
        is_whole=is_whole and not malformed and not warnings,
        malformed=malformed,
    )


def read_job_log(path: str) -> LogReading:
    """Read a downloaded job log."""
    log = read_log(Path(path).read_bytes())
    return LogReading(
        runner=log.runner,
        found=tuple(_found(log.results)),
        is_complete=log.complete,
        stopped_early=log.stopped_early,
        infra=log.infra,
    )


def _warnings(path: str, report: Report) -> Iterator[str]:
    return (f"{path}: {warning}" for warning in report.warnings)


def _found(results: Sequence[TestResult]) -> Iterator[Found]:
    for result in results:
        is_bad = result.outcome.is_bad
        yield Found(
            case=case_name(result),
            outcome=result.outcome,
            file=repository_path(result.file),
            line=result.line,
            duration_ms=result.duration_ms,
            message=result.message if is_bad else None,
            stack_trace=result.stack_trace if is_bad else None,
            fingerprint=fingerprint(result.message, result.stack_trace) if is_bad else None,
        )


@lru_cache(maxsize=256)
def _glob(glob: str) -> re.Pattern[str]:
    """Compile a glob of paths: `**` crosses folders, `*` and `?` do not."""
    parts = re.split(r"(\*\*/?|\*|\?)", glob)
    meaning = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(meaning.get(part) or re.escape(part) for part in parts), re.DOTALL)
