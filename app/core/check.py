"""Our check run: what it is called, what it says, where it points, which buttons it has."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.core.comment import headline, name_of
from app.core.text import code, code_link, fit, plain, plain_lines
from app.core.verdict import Conclusion, Explained, FailedTest, HeadVerdict, Kind

NAME = "FlakeGuard"
MOST_ANNOTATIONS = 50
_LIMIT = 65_000


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


def render(verdict: HeadVerdict, *, proposals: int, others: tuple[str, ...] = ()) -> CheckText:
    """Write the check run. `proposals` counts those that wait for an answer, `others` names other CI's failed checks."""
    return CheckText(
        conclusion=verdict.conclusion,
        title=headline(verdict).rstrip("."),
        summary=fit(list(_summary(verdict, others)), limit=_LIMIT),
        text=fit(list(_details(verdict)), limit=_LIMIT),
        notes=tuple(_notes(verdict))[:MOST_ANNOTATIONS],
        buttons=tuple(_buttons(verdict, proposals)),
    )


def _summary(verdict: HeadVerdict, others: tuple[str, ...]) -> Iterator[str]:
    yield headline(verdict)
    if verdict.failed_jobs:
        yield "\n".join(_job_line(one) for one in verdict.failed_jobs)
    yield from (f"- {end}." for end in verdict.loose_ends)
    if not verdict.failed_jobs and verdict.runs:
        jobs = sum(len(run.jobs) for run in verdict.runs)
        yield f"{jobs} jobs of {len(verdict.runs)} workflow runs were looked at."
    if others:
        yield "Not judged (other CI systems): " + ", ".join(code(one, limit=60) for one in others) + "."


def _job_line(one: Explained) -> str:
    name = code_link(one.job.name, one.job.url, limit=80) if one.job.url else code(one.job.name, limit=80)
    verdict = "explained" if one.is_explained else "not explained"
    return f"- {name}: {verdict}; {one.why}."


_SAID = {
    Kind.NEW: "new failure",
    Kind.NEW_WAY: "flaky, but never failed like this before",
    Kind.BROKEN: "broken on the default branch",
    Kind.TOUCHED: "flaky, but its file is changed here",
    Kind.KNOWN: "known flake",
    Kind.QUARANTINED: "in quarantine",
}


def _details(verdict: HeadVerdict) -> Iterator[str]:
    tests = verdict.failed_tests
    if not tests:
        return
    rows = ["| Test | What it is | Score | Job |", "| --- | --- | --- | --- |"]
    rows += [
        f"| {code(name_of(test.case), limit=160)} | {_SAID[test.kind]} | {test.score:.2f} |"
        f" {code(one.job.name, limit=60)} |"
        for one, test in tests[:300]
    ]
    yield "\n".join(rows)
    if len(tests) > 300:
        yield f"and {len(tests) - 300} more"


def _notes(verdict: HeadVerdict) -> Iterator[Note]:
    for one, test in verdict.failed_tests:
        if test.file is None:
            continue
        yield Note(
            path=test.file,
            line=max(test.line or 1, 1),
            level="warning" if test.kind.is_excused else "failure",
            title=plain(f"{name_of(test.case)}: {_SAID[test.kind]}", limit=200),
            message=plain_lines(_message(one, test), limit=2_000),
        )


def _message(one: Explained, test: FailedTest) -> str:
    return f"{test.message or 'failed without a message'} (job {one.job.name}, attempt {one.job.attempt})"


def _buttons(verdict: HeadVerdict, proposals: int) -> Iterator[Button]:
    if verdict.conclusion is None or not verdict.failed_jobs:
        return
    if proposals:
        yield Button(label="Quarantine", description="Accept all proposals of this commit", identifier="quarantine")
    yield Button(label="Re-run failed jobs", description="Run the failed jobs again", identifier="rerun")
    if any(test.kind.is_excused for _, test in verdict.failed_tests):
        yield Button(label="Open issues", description="Open an issue for each known flake", identifier="issue")
