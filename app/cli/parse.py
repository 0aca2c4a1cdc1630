"""`flakeguard parse PATH...`: reads report files, zips and directories without a database."""

import argparse
import json
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from app.core.model import Report, TestResult
from app.core.reports import MalformedReport, read_report
from app.core.signature import fingerprint

_ZIP_MEMBER_LIMIT = 256 * 1024 * 1024


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("parse", help="read report files, zips and directories")
    parser.add_argument("paths", nargs="+", metavar="PATH")
    parser.add_argument("--json", action="store_true", help="one JSON object an execution on standard output")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print what the paths hold; returns 1 where one of them could not be read or is no report."""
    status = 0
    totals: Counter[str] = Counter()
    for given in args.paths:
        path = Path(given)
        found = False
        for name, data in _files(path):
            report = _read(name, data)
            if report is not None:
                found = True
                status = 1 if report.repaired else status
                _print(name, report, totals, as_json=args.json)
        if not found and not path.is_dir():
            status = 1
            print(f"{given}: no test report", file=sys.stderr)
    if not args.json:
        print(", ".join(f"{count} {outcome}" for outcome, count in sorted(totals.items())) or "no tests")
    return status


def _files(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.is_dir():
        for child in sorted(path.rglob("*")):
            if child.is_file() and not child.is_symlink():
                yield from _files(child)
        return
    try:
        data = path.read_bytes()
    except OSError as error:
        print(f"{path}: {error.strerror}", file=sys.stderr)
        return
    if data.startswith(b"PK"):
        yield from _members(path)
    else:
        yield str(path), data


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if member.is_dir() or member.flag_bits & 1:
                    continue
                with archive.open(member) as stream:
                    # The stated size may be a lie: what is read is bounded, not what is promised.
                    data = stream.read(_ZIP_MEMBER_LIMIT + 1)
                if len(data) > _ZIP_MEMBER_LIMIT:
                    print(f"{path}!{member.filename}: larger than 256 MiB, left out", file=sys.stderr)
                    continue
                yield f"{path}!{member.filename}", data
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError) as error:
        print(f"{path}: {error}", file=sys.stderr)


def _read(name: str, data: bytes) -> Report | None:
    try:
        report = read_report(data)
    except MalformedReport as error:
        print(f"{name}: {error}", file=sys.stderr)
        return None
    for warning in report.warnings if report else ():
        print(f"{name}: {warning}", file=sys.stderr)
    return report


def _print(path: str, report: Report, totals: Counter[str], *, as_json: bool) -> None:
    for result in report.results:
        totals[result.outcome] += 1
        if as_json:
            print(json.dumps(_as_json(path, report.format, result)))
        elif result.outcome.is_bad:
            print(f"{result.outcome}  {path}  {result.class_name}  {result.name}")


def _as_json(path: str, kind: str, result: TestResult) -> dict[str, object]:
    found = fingerprint(result.message, result.stack_trace) if result.outcome.is_bad else None
    return {
        "path": path,
        "format": kind,
        "suite": result.suite,
        "class_name": result.class_name,
        "name": result.name,
        "file": result.file,
        "line": result.line,
        "outcome": result.outcome,
        "duration_ms": result.duration_ms,
        "ordinal": result.ordinal,
        "message": result.message,
        "stack_trace": result.stack_trace,
        "signature": found.strict if found else None,
    }
