"""`flakeguard analyze DIR...`: what the report files on a disk say of flaky tests, without GitHub."""

import argparse
import asyncio
import os
import re
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import msgspec
from msgspec.structs import replace

from app.cli.asking import ask
from app.cli.git import Commits, find_commits
from app.cli.parse import printable
from app.cli.parsers import Parsers
from app.cli.report import written
from app.core.counts import count, noun
from app.core.events import RepositoryRef
from app.core.placing import Line, Place, Told, place
from app.core.uploads import Build
from app.db.connection import Pool
from app.db.repositories import save_repository
from app.handlers.bot import KnownRepo, know
from app.handlers.flake_report import generate_flakiness_report
from app.handlers.ingest.files import LOGS, Clerk, PlacedFile, Stored, by_attempt, date_files, in_turn, store_files
from app.handlers.recompute import recompute_repository_flake_scores
from app.settings import Settings

MANIFEST = "flakeguard.json"
LARGEST_FILE = 512 << 20
_KINDS = (*LOGS, ".xml", ".trx", ".json", ".jsonl", ".ndjson", ".tap", ".zip", ".gz", ".tgz", ".tar")
_NAMED = 10
_OWNER, _BRANCH = "local", "main"


class _Unusable(ValueError):
    """What was given makes no sense; the message is one line."""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("analyze", help="read report files on this disk, and report on their flaky tests")
    parser.add_argument(
        "paths", nargs="+", metavar="DIR", type=Path, help="a directory of reports and logs, or one file"
    )
    parser.add_argument("--name", help="what the repository is called here; the directory's name by default")
    parser.add_argument("--manifest", type=Path, help=f"says of which run the files are; {MANIFEST} in DIR by default")
    parser.add_argument("--git", type=Path, help="a checkout that knows the commits and when they were made")
    parser.add_argument("--commit", type=_sha, help="the commit that all of the files are of")
    parser.add_argument("--branch", help=f"the branch that all of them are of; {_BRANCH} by default")
    parser.add_argument("--job", help="the job that all of them are of")
    parser.add_argument("--format", choices=("md", "html", "json"), default="md", help="of the report")
    parser.set_defaults(run=run)


def _sha(text: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{7,64}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no commit")
    return text


def run(args: argparse.Namespace) -> int:
    """Print the report; 2 where nothing was given that could be read."""
    told = Told(commit=args.commit, branch=args.branch, job=args.job)
    try:
        files = list(_find(args.paths, told, args.manifest, find_commits(args.git or Path())))
    except _Unusable as error:
        print(error, file=sys.stderr)
        return 2
    if not files:
        print(f"no file in {', '.join(map(str, args.paths))} ends in {', '.join(_KINDS)}", file=sys.stderr)
        return 2
    name = args.name or _name_of(args.paths[0])

    async def question(settings: Settings, pool: Pool) -> int:
        repo = await _repository(settings, pool, name)
        with Parsers(max(1, min(4, os.cpu_count() or 1))) as processes:
            clerk = Clerk(pool=pool, clock=settings.clock(), processes=processes)
            stored = await _store(clerk, repo, await date_files(clerk, files))
        if not any(one.executions or one.jobs for one in stored):
            print(
                f"none of the {len(files)} files holds a test report that is known (docs/reports.md lists them)",
                file=sys.stderr,
            )
            return 2
        print("Judging …", file=sys.stderr)
        await recompute_repository_flake_scores(pool, repo)
        latest = max(one.at for one in stored if one.jobs)
        async with pool.acquire() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
            report = await generate_flakiness_report(conn, repo, latest)
        sys.stdout.write(written(report, args.format))
        print(f"\nflakeguard report {repo.full_name} writes it again; what was read is kept.", file=sys.stderr)
        return 0

    return ask(question, is_migrating=True)


async def _store(clerk: Clerk, repo: KnownRepo, files: Sequence[PlacedFile]) -> list[Stored]:
    attempts = by_attempt(files)
    done: list[Stored] = []
    for some in in_turn(attempts):
        done += await asyncio.gather(*(store_files(clerk, repo, one) for one in some))
        executions = sum(one.executions for one in done)
        print(
            f"\r{len(done)} of {count(len(attempts), 'run')}, {executions:,} {noun(executions, 'execution')}",
            end="",
            file=sys.stderr,
            flush=True,
        )
    print(file=sys.stderr)
    notes = [note for one in done for note in one.notes]
    for note in notes[:_NAMED]:
        print(printable(note), file=sys.stderr)
    if len(notes) > _NAMED:
        print(f"and {len(notes) - _NAMED} more", file=sys.stderr)
    return done


async def _repository(settings: Settings, pool: Pool, name: str) -> KnownRepo:
    ref = RepositoryRef(
        id=Build(ci="files", build="", job=name).workflow_id,
        owner=_OWNER,
        name=name,
        default_branch=_BRANCH,
        is_private=True,
        is_archived=False,
    )
    async with pool.acquire() as conn:
        repo = await know(conn, await save_repository(conn, ref, None, settings.clock()()))
    assert repo is not None  # noqa: S101 - it was stored just now
    return repo


def _name_of(path: Path) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "-", path.resolve().name)[:100] or "here"


def _find(paths: Sequence[Path], told: Told, manifest: Path | None, commits: Commits) -> Iterator[PlacedFile]:
    lines = _read_manifest(manifest) if manifest else None
    for given in paths:
        if not given.exists():
            raise _Unusable(f"{given} is not there")
        root = given if given.is_dir() else given.parent
        beside = root / MANIFEST
        own = lines if lines is not None else _read_manifest(beside) if beside.is_file() else []
        for file in sorted(given.rglob("*")) if given.is_dir() else [given]:
            if _is_wanted(file):
                found = place(PurePosixPath(file.relative_to(root).as_posix()), told, own)
                yield _placed(file, found, commits)


def _is_wanted(file: Path) -> bool:
    return (
        file.is_file()
        and not file.is_symlink()
        and file.name != MANIFEST
        and file.name.lower().endswith(_KINDS)
        and 0 < file.stat().st_size <= LARGEST_FILE
    )


def _placed(file: Path, found: Place, commits: Commits) -> PlacedFile:
    commit = commits.find(found.commit)
    if commit is not None:
        found = replace(found, commit=commit.sha)
    changed = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    return PlacedFile(path=file, place=found, changed_at=commit.at if commit else changed)


def _read_manifest(path: Path) -> list[Line]:
    try:
        read = msgspec.json.decode(path.read_bytes(), type=list[Line])
    except OSError as error:
        raise _Unusable(f"{path}: {error.strerror}") from error
    except (msgspec.MsgspecError, ValueError) as error:
        raise _Unusable(f"{path}: {error}") from error
    return [replace(one, at=one.at.replace(tzinfo=UTC)) if one.at and not one.at.tzinfo else one for one in read]
