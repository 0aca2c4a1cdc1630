"""`flakeguard seed`: sample data, to look at what the bot makes of it without a repository of one's own."""

import argparse
from datetime import UTC, datetime, time

from app.cli.asking import ask, day
from app.cli.log_format import configure_log
from app.core.counts import count
from app.db.connection import Pool
from app.sample.cast import STAGES, Stage
from app.sample.tell import Told, tell
from app.settings import Settings

_SEED = 1


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("seed", help="store sample data: three repositories, a hundred runs each")
    parser.add_argument("--until", metavar="DATE", type=day, help="day before which the sample ends; today by default")
    parser.add_argument("--seed", metavar="N", type=int, default=_SEED, help="what chance begins with")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Migrate, then store what is missing of the sample."""

    async def question(settings: Settings, pool: Pool) -> int:
        # Each decision of the sample would be a line of the log.
        configure_log(settings.log_format, "warning")
        last = args.until or settings.clock()().date()
        until = datetime.combine(last, time(), tzinfo=UTC)
        for stage in STAGES:
            print(_said(stage, await tell(pool, stage, until, args.seed)), flush=True)
        return 0

    return ask(question, is_migrating=True)


def _said(stage: Stage, told: Told) -> str:
    figures = told.figures
    attempts = count(figures.attempts, "attempt")
    stored = f"{count(figures.runs, 'run')} ({attempts}), {count(figures.tests, 'test')}, {count(figures.occurrences, 'occurrence')}"
    return f"{stage.full_name}: {stored}{'' if told.is_new else ', there already'}"
