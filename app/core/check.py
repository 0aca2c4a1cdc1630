"""Our check run: what it is called, what it says, where it points, which buttons it has."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from app.core.counts import be, count, noun
from app.core.grants import Feature, refusal_words
from app.core.moments import as_of, latest_of
from app.core.pull_report import FailedCase, failed_cases, headline, is_in_repository, job_link, name_of
from app.core.text import LONGEST_BODY, code, fit, plain, plain_lines
from app.core.uploads import is_build
from app.core.verdict import Conclusion, Explained, HeadVerdict, Kind

NAME = "FlakeGuard"
MOST_ANNOTATIONS = 50
"""GitHub takes so many in one request, and more would hide the change that they stand in."""
LISTED = 300
NOTED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """An annotation at a line of a file; `level` is notice, warning or failure."""

    path: str
    line: int
    level: str
    title: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button of the check run: GitHub takes 20 characters of label and identifier, 40 of description."""

    label: str
    description: str
    identifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckText:
    """All that the check run shows. `conclusion` is None while it is in progress."""

    conclusion: Conclusion | None
    title: str
    summary: str
    text: str
    notes: tuple[Note, ...]
    buttons: tuple[Button, ...]


_WHAT = {
    Kind.NEW: "new failure",
    Kind.NEW_WAY: "flaky, but never failed like this before",
    Kind.CONSISTENT: "flaky, but fails each time here",
    Kind.TOUCHED: "flaky, but its file is changed here",
    Kind.SHARED: "failed alike with many others",
    Kind.INFRA: "its machine failed",
    Kind.BROKEN: "broken on the default branch",
    Kind.KNOWN: "known flake",
    Kind.QUARANTINED: "in quarantine",
}

_TAKES = {"rerun": Feature.RERUN, "issue": Feature.ISSUES}
"""What the buttons take that may not have been granted, or may be switched off."""


def render(
    verdict: HeadVerdict,
    *,
    proposals: int,
    others: tuple[str, ...] = (),
    missing: tuple[Feature, ...] = (),
    barred: Collection[Feature] = (),
) -> CheckText:
    """Write the check run. `proposals` counts those that wait for an answer, `others` names other CI systems.

    `missing` is what the policy wants of us and we were not granted, `barred` what no button can have us do.
    """
    cases = failed_cases(verdict)
    return CheckText(
        conclusion=verdict.conclusion,
        title=headline(verdict).rstrip("."),
        summary=fit(list(_summary(verdict, proposals, others, missing)), LONGEST_BODY),
        text=fit(list(_details(cases)), LONGEST_BODY),
        # An annotation cannot be taken back, so it waits until the verdict is final.
        notes=tuple(islice(_notes(cases), MOST_ANNOTATIONS)) if verdict.conclusion else (),
        buttons=tuple(one for one in _buttons(verdict, proposals) if _TAKES.get(one.identifier) not in barred),
    )


def _summary(
    verdict: HeadVerdict, proposals: int, others: tuple[str, ...], missing: tuple[Feature, ...]
) -> Iterator[str]:
    lines = [_job_line(one) for one in verdict.failed_jobs] + [f"- {end}." for end in verdict.loose_ends]
    if lines:
        more = [f"- and {len(lines) - LISTED} more"] if len(lines) > LISTED else []
        yield "\n".join([*lines[:LISTED], *more])
    elif verdict.runs:
        jobs = sum(len(run.jobs) for run in verdict.runs)
        yield f"Looked at: {count(jobs, 'job')} of {count(len(verdict.runs), 'workflow run')}."
    else:
        yield headline(verdict)
    yield from _not_read(verdict)
    if others:
        yield "Not judged (other CI systems): " + ", ".join(code(one, limit=60) for one in others[:LISTED]) + "."
    if missing:
        yield "\n".join(f"- {refusal_words(one)}." for one in missing)
    yield from _why_so(verdict, proposals)


def _why_so(verdict: HeadVerdict, proposals: int) -> Iterator[str]:
    """Say what tells neutral from success where tests failed: people see either beside a job that is red."""
    if not verdict.failed_jobs:
        return
    if verdict.conclusion is Conclusion.SUCCESS:
        yield "**A success**: whatever failed is in quarantine, and failed as it did before."
    if verdict.conclusion is Conclusion.NEUTRAL:
        known = sum(one.kind is Kind.KNOWN for one in failed_cases(verdict))
        flakes = f"{count(known, 'known flake')} {be(known)} not in quarantine"
        waiting = f" {count(proposals, 'proposal')} {noun(proposals, 'waits', 'wait')} for an answer"
        then = f"{waiting}: once each of them is in quarantine, this is a success." if proposals else ""
        yield (
            f"**Neutral, not a success**: {flakes}, so somebody should have a look. GitHub lets a neutral check pass.{then}"
        )


def _job_line(one: Explained) -> str:
    answer = "**explained**" if one.is_explained else "**not explained**"
    note = f" ({code(one.job.note, limit=200)})" if one.job.note else ""
    return f"- {job_link(one)}: {answer}: {one.why}{note}."


def _not_read(verdict: HeadVerdict) -> Iterator[str]:
    """Tell what was odd about jobs that passed: a report that stopped early may hide what was never run."""
    failed = {(one.run.run_id, one.job.name) for one in verdict.failed_jobs}
    lines = [
        f"- {code(job.name, limit=80)}: {code(job.note, limit=200)}"
        for run in verdict.runs
        for job in run.jobs
        if job.note and (run.run_id, job.name) not in failed
    ]
    if lines:
        more = [f"- and {len(lines) - NOTED} more"] if len(lines) > NOTED else []
        yield "\n".join(["Passed, but not read in full:", "", *lines[:NOTED], *more])


def _details(cases: Sequence[FailedCase]) -> Iterator[str]:
    if not cases:
        # Said in words, since GitHub might keep an earlier table where nothing is sent.
        yield "No failed test was found."
        return
    rows = ["| Test | What it is | Score | Job |", "| --- | --- | ---: | --- |"]
    rows += [_row(one) for one in cases[:LISTED]]
    yield "\n".join(rows)
    if len(cases) > LISTED:
        yield f"and {len(cases) - LISTED} more"
    if judged_at := latest_of(one.worst.test.judged_at for one in cases if one.worst.test.score):
        yield f"Scores {as_of(judged_at)}."


def _row(one: FailedCase) -> str:
    others = f" and {len(one.failures) - 1} more" if len(one.failures) > 1 else ""
    job = code(one.worst.job.job.name, limit=60)
    name = code(name_of(one.case), limit=160)
    score = one.worst.test.score
    return f"| {name} | {_WHAT[one.kind]} | {f'{score:.2f}' if score else ''} | {job}{others} |"


def _notes(cases: Sequence[FailedCase]) -> Iterator[Note]:
    """Yield one annotation a test. The title says nothing that a later judgement could change: it tells them apart."""
    for one in cases:
        test, job = one.worst.test, one.worst.job.job
        if test.file is None or not is_in_repository(test.file):
            continue
        said = test.message or "It failed without a message."
        yield Note(
            path=test.file,
            line=max(test.line or 1, 1),
            level="warning" if one.kind.is_excused else "failure",
            title=plain(f"{name_of(one.case)} failed", limit=200),
            message=plain_lines(f"{_WHAT[one.kind].capitalize()}; job {job.name}.\n\n{said}", limit=2_000),
        )


def _buttons(verdict: HeadVerdict, proposals: int) -> Iterator[Button]:
    if verdict.conclusion is None or not (verdict.failed_jobs or verdict.loose_ends):
        return
    if proposals:
        yield Button(label="Quarantine", description="Accept all proposals of this commit", identifier="quarantine")
    if verdict.loose_ends or not all(is_build(one.run.run_id) for one in verdict.failed_jobs):
        # A build elsewhere is run again where it ran.
        yield Button(label="Re-run failed jobs", description="Run the failed jobs again", identifier="rerun")
    if any(test.kind.is_excused and test.issue_url is None for _, test in verdict.failed_tests):
        yield Button(label="Open issues", description="Open an issue for each known flake", identifier="issue")
