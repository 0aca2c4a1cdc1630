"""`flakeguard parse PATH...`: reads report files, archives, directories and job logs without a database."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from app.core.archive import UnreadableError, member_names, read_members, read_packed
from app.core.identity import NAMELESS
from app.core.logs import read_log
from app.core.logs.run_zip import job_logs
from app.core.model import Outcome, Report, TestResult
from app.core.reading import places_of
from app.core.reports import Document, MalformedReport, read_report
from app.core.reports.document import pieces_of
from app.core.signature import fingerprint
from app.core.tarball import holds_results

_LOG_NAMES = (".log", ".txt")
_WIDTH = 100
_Place = tuple[str | None, int | None]


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("parse", help="read report files, archives, directories and job logs")
    parser.add_argument("paths", nargs="+", metavar="PATH")
    parser.add_argument("--json", action="store_true", help="one JSON object an execution on standard output")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print what the paths hold; returns 1 where one of them could not be read whole or is no report."""
    reading = _Reading(as_json=args.json)
    for given in args.paths:
        reading.read(Path(given))
    if not args.json:
        reading.print_totals()
    return reading.status


@dataclass(slots=True)
class _Reading:
    """One call of the command: what it has printed and counted so far."""

    as_json: bool
    status: int = 0
    files: int = 0
    totals: Counter[Outcome] = field(default_factory=Counter)

    def read(self, given: Path) -> None:
        """Read a path that was given by name: it is expected to hold something."""
        before = self.files
        for member in self._members(given, is_given=True):
            self._read_member(member, is_given=member.path == str(given))
        if self.files == before and not given.is_dir():
            self._say(f"{given}: no test report and no log of a test runner that is known (docs/reports.md lists them)")

    def print_totals(self) -> None:
        counted = [f"{count} {outcome}" for outcome in Outcome if (count := self.totals[outcome])]
        print(f"{', '.join(counted) or 'no tests'} in {self.files} {'file' if self.files == 1 else 'files'}")

    def _members(self, path: Path, *, is_given: bool) -> Iterator[Document]:
        if path.is_dir():
            for child in sorted(path.rglob("*")):
                if child.is_file() and not child.is_symlink():
                    yield from self._members(child, is_given=False)
            return
        try:
            document = Document(str(path), lambda: pieces_of(path))
        except OSError as error:
            self._say(f"{path}: {error.strerror}")
            return
        if document.head.startswith(b"PK"):
            yield from self._unzipped(path)
        elif is_given or holds_results(str(path)):
            yield from read_packed(str(path), lambda: pieces_of(path), path.stat().st_size, self._say)
        else:
            yield document

    def _unzipped(self, path: Path) -> Iterator[Document]:
        def warn(warning: str) -> None:
            self._say(f"{path}: {warning}")

        with path.open("rb") as file:
            jobs = job_logs(member_names(file))
            for members in jobs.values():
                parts = {one.path: b"".join(one.pieces()) for one in read_members(file, members.__contains__, warn)}
                yield Document.of(b"".join(parts.get(name, b"") for name in members), f"{path}!{members[0]}")
            for member in () if jobs else read_members(file, lambda _: True, warn):
                member.path = f"{path}!{member.path}"
                yield member

    def _read_member(self, member: Document, *, is_given: bool) -> None:
        try:
            report = read_report(member)
            if report is None and (is_given or member.path.lower().endswith(_LOG_NAMES)):
                report = _log_as_report(b"".join(member.pieces()))
        except (MalformedReport, UnreadableError) as error:
            self.files += 1
            said = str(error)
            self._say(said if said.startswith(member.path) else f"{member.path}: {said}")
            return
        if report is None:
            return
        self.files += 1
        for warning in report.warnings:
            self._say(f"{member.path}: {warning}")
        for result, place in zip(report.results, places_of(report.results), strict=True):
            self._print(member.path, report.format, result, place)

    def _print(self, path: str, kind: str, result: TestResult, place: _Place) -> None:
        self.totals[result.outcome] += 1
        if self.as_json:
            print(json.dumps(_as_json(path, kind, result, place)))
        elif result.outcome.is_bad:
            print(_as_row(path, result))

    def _say(self, problem: str) -> None:
        """Name on standard error what could not be read."""
        self.status = 1
        print(printable(problem), file=sys.stderr)


def _log_as_report(data: bytes) -> Report | None:
    """Read a job's log; None where no test runner shows in it. A pass that is only counted is an execution without a name."""
    log = read_log(data)
    unnamed = TestResult(suite="", class_name="", name=NAMELESS, outcome=Outcome.PASSED)
    results = log.results + tuple(replace(unnamed, ordinal=number + 1) for number in range(log.unnamed_passes))
    return Report(format=f"log/{log.runner}", results=results) if log.runner else None


def _as_row(path: str, result: TestResult) -> str:
    name = " ".join(part for part in (result.class_name, result.name) if part)
    said = (result.message or "").strip().split("\n", 1)[0]
    again = f" (execution {result.ordinal})" if result.ordinal > 1 else ""
    return printable(f"{result.outcome:<7} {_short(name)}{again}  {path}") + (
        f"\n        {printable(_short(said))}" if said else ""
    )


def _short(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"


def printable(text: str) -> str:
    """Return the text in one line that cannot steer a terminal: names and messages are strangers' words."""
    return "".join(char if char.isprintable() else " " if char.isspace() else "�" for char in text)


def _as_json(path: str, kind: str, result: TestResult, place: _Place) -> dict[str, object]:
    file, line = place
    found = fingerprint(result.message, result.stack_trace) if result.outcome.is_bad else None
    return {
        "path": path,
        "format": kind,
        "suite": result.suite,
        "class_name": result.class_name,
        "name": result.name,
        "file": file,
        "line": line,
        "outcome": result.outcome,
        "duration_ms": result.duration_ms,
        "ordinal": result.ordinal,
        "message": result.message,
        "stack_trace": result.stack_trace,
        "signature": found.strict if found else None,
    }
