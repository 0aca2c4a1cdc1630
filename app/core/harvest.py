"""What one job left behind, put together from its reports and its log: numbered executions, counted tests."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter

from app.core.model import CaseName, LogSteps, Outcome, Source
from app.core.reading import ArtifactReading, Found, LogReading, ReportFile
from app.core.several_ways import says_again, settle


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """One execution with its number among the executions of the same test in the same job, from 1.

    `position` is its place among all executions of the job, from 1; None where nobody knows their order: a log names
    many tests in its summary only.
    """

    found: Found
    ordinal: int
    source: Source
    position: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest:
    """All that one job left behind.

    `tests` counts distinct tests, skipped ones included, and those that a log without a report beside it counts but does
    not name; `failures` those whose last execution failed. `source` says
    where most was read: report, log or none. `is_complete` means read whole: nothing mended, nothing stopped early; `stopped_early` is what
    the log says of that. `is_cut` is where a report may have lost something, `steps` what the log shows of the job's steps, None
    where it was not read.
    """

    executions: tuple[Numbered, ...]
    source: str
    tests: int
    failures: int
    is_complete: bool
    note: str | None
    infra: str | None
    stopped_early: bool = False
    is_cut: bool = False
    steps: LogSteps | None = None


def gather(artifacts: Sequence[ArtifactReading], log: LogReading | None, *, is_green: bool = False) -> Harvest:
    """Put together what a job's artifacts, in the order of their ids, and its log say. `is_green` where the job succeeded.

    Beside a report the log only adds the tests that no report names.
    """
    files = [file for one in artifacts for file in one.files]
    # The files of several reports lie in the order of their names, which says nothing of when they ran.
    rows = list(_number(_executions_of(files, is_green=is_green), is_ordered=len(files) == 1))
    if log is not None:
        rows += _number_log(log.found, {row.found.case for row in rows})
    has_report = bool(files)
    last = {row.found.case: row.found.outcome for row in rows}
    return Harvest(
        executions=tuple(rows),
        source="report" if has_report else "log" if rows else "none",
        tests=len(last) + (log.unnamed_passes if log and not has_report else 0),
        failures=sum(outcome.is_bad for outcome in last.values()),
        is_complete=_is_complete(artifacts, log),
        note=_note(artifacts, log),
        infra=log.infra if log else None,
        stopped_early=log is not None and log.stopped_early is not None,
        is_cut=any(one.is_cut for one in artifacts),
        steps=log.steps if log is not None else None,
    )


def _executions_of(files: Sequence[ReportFile], *, is_green: bool) -> Iterable[Found]:
    """Return the executions of a job's files. No test failed at last in one that succeeded: what also passed was run again."""
    ways = [file.found for file in files]
    if is_green:
        return chain.from_iterable(ways)
    return settle(ways, [file.ended_ms is not None or says_again(file.path) for file in files], attrgetter("case"))


def implied_passes(known: Iterable[CaseName], harvest: Harvest) -> tuple[Numbered, ...]:
    """Return a pass for each test that failed in this variant before and that a complete log does not name."""
    named = {row.found.case for row in harvest.executions}
    return tuple(Numbered(found=_passed(case), ordinal=1, source=Source.IMPLIED) for case in sorted(set(known) - named))


def _number(found: Iterable[Found], *, is_ordered: bool) -> Iterable[Numbered]:
    seen: Counter[CaseName] = Counter()
    for place, one in enumerate(found, start=1):
        seen[one.case] += 1
        position = place if is_ordered else None
        yield Numbered(found=one, ordinal=seen[one.case], source=Source.REPORT, position=position)


def _number_log(found: Sequence[Found], reported: set[CaseName]) -> Iterable[Numbered]:
    """Give their numbers to the log's executions of tests that no report names.

    A log names a test in fewer words than a report (no suite, a shorter class), so that the same last word is enough
    to take it for the same test.
    """
    titles = {_title(case) for case in reported}
    seen: Counter[CaseName] = Counter()
    for one in found:
        if _title(one.case) in titles:
            continue
        seen[one.case] += 1
        yield Numbered(found=one, ordinal=seen[one.case], source=Source.LOG)


def _title(case: CaseName) -> str:
    return " ".join(case.name.split())


def _passed(case: CaseName) -> Found:
    return Found(
        case=case,
        outcome=Outcome.PASSED,
        file=None,
        line=None,
        duration_ms=None,
        message=None,
        stack_trace=None,
        fingerprint=None,
    )


def _is_complete(artifacts: Sequence[ArtifactReading], log: LogReading | None) -> bool:
    """Say whether nothing is missing as far as one can see: a report that cannot be read may hide any failure."""
    if log is not None and log.stopped_early is not None:
        return False
    if artifacts:
        return all(artifact.is_whole for artifact in artifacts)
    return log is not None and log.is_complete


def _note(artifacts: Sequence[ArtifactReading], log: LogReading | None) -> str | None:
    said = [warning for artifact in artifacts for warning in artifact.warnings]
    if log is not None and log.stopped_early is not None:
        said.insert(0, f"stopped early: {log.stopped_early}")
    shown = said[:3] + ([f"and {len(said) - 3} more"] if len(said) > 3 else [])
    return "; ".join(shown)[:2_000] or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Distinct tests of a whole attempt; `failures` are those that failed and did not pass later in the same job."""

    tests: int
    failures: int


def total(harvests: Iterable[Harvest]) -> Totals:
    """Count the distinct tests of an attempt over all its jobs; a test that fails in one job counts as failed."""
    seen: set[CaseName] = set()
    failed: set[CaseName] = set()
    for harvest in harvests:
        last = {row.found.case: row.found.outcome for row in harvest.executions}
        seen |= last.keys()
        # Nearly all have passed, and that is told the quickest.
        failed.update(case for case, outcome in last.items() if outcome is not Outcome.PASSED and outcome.is_bad)
    return Totals(tests=len(seen), failures=len(failed))
