"""`flakeguard report`: the flakiness report of a repository."""

import argparse
import json
import sys
from typing import Literal, assert_never, cast, get_args

from app.cli.asking import add_repository, ask, known_repository
from app.core.flake_report import FlakinessReport, render_html, render_markdown, to_json
from app.db.connection import Pool
from app.handlers.flake_report import generate_flakiness_report
from app.settings import Settings

Format = Literal["md", "html", "json"]


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("report", help="write the flakiness report of a repository")
    add_repository(parser)
    parser.add_argument(
        "--format",
        choices=get_args(Format),
        default="md",
        help="md for people, html for one page of its own, json for programs",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the report on standard output; 1 where the repository is not known."""

    async def question(settings: Settings, pool: Pool) -> int:
        report = await _read(pool, args.repository, settings)
        sys.stdout.write(written(report, cast("Format", args.format)))
        return 0

    return ask(question)


async def _read(pool: Pool, full_name: tuple[str, str], settings: Settings) -> FlakinessReport:
    """Gather the report as of one moment, whatever is stored meanwhile."""
    async with pool.acquire() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        repo = await known_repository(conn, full_name)
        return await generate_flakiness_report(conn, repo, settings.clock()())


def written(report: FlakinessReport, form: Format) -> str:
    """Write a report in a format."""
    match form:
        case "md":
            return render_markdown(report)
        case "html":
            return render_html(report)
        case "json":
            return json.dumps(to_json(report), indent=2, ensure_ascii=False) + "\n"
        case _:
            assert_never(form)
