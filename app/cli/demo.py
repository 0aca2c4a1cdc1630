"""`flakeguard demo`: the bot beside a sandbox GitHub, twelve days of CI, and pages to look at."""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from app.cli.in_process import RunningBot, run_in_process
from app.cli.log_format import configure_log
from app.cli.parsers import Parsers
from app.cli.running import apply_migrations, stop_on_signals
from app.cli.site import pulls_of, replay_over, reports_of
from app.core.check import NAME
from app.db.connection import Pool
from app.db.embedded import NoEmbeddedServer, start_embedded, stop_embedded
from app.github.wire import Wire
from app.sandbox.github import SandboxGitHub
from app.sandbox.story import Told, answer, tell
from app.settings import AppIdentity, BadSetting, Settings
from app.web.access.gate import Gate
from app.web.site import Site

_APP_ID = 4242
_SECRET = "demo"  # noqa: S105 - nobody outside of this process ever sees the demo's webhooks


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("demo", help="see it at work, without GitHub and without a database of your own")
    parser.add_argument("--once", action="store_true", help="print what it wrote, then end")
    parser.add_argument("--port", type=int, default=0, help="port of the pages; any free one by default")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Tell the story; 1 where the bot gave a job up, or the database could not be started."""
    try:
        settings = Settings.from_env()
    except BadSetting as error:
        print(error, file=sys.stderr)
        return 2
    configure_log(settings.log_format, "warning")
    with tempfile.TemporaryDirectory(prefix="flakeguard-demo-") as folder, Parsers(2) as processes:
        server = Path(folder) / "postgresql"
        try:
            url = start_embedded(server)
        except NoEmbeddedServer as error:
            print(error, file=sys.stderr)
            return 1
        try:
            return asyncio.run(_demo(args, url, processes))
        finally:
            # Before its folder goes: a server without files would linger.
            stop_embedded(server)


async def _demo(args: argparse.Namespace, url: str, processes: Parsers) -> int:
    github = SandboxGitHub(app_id=_APP_ID, webhook_secret=_SECRET)
    await apply_migrations(url, lambda: github.now)
    try:
        await github.start(port=args.port)
    except (OSError, OverflowError) as error:
        print(f"cannot listen on port {args.port}: {error}", file=sys.stderr)
        return 1
    app = AppIdentity(app_id=_APP_ID, private_key=github.private_key_pem, secrets=(_SECRET,))
    try:
        async with run_in_process(url, app, github.api_url, lambda: github.now, processes, site=_site(github)) as bot:
            github.webhook_url = bot.webhook_url
            print("Replaying twelve days of CI …", flush=True)
            told = await tell(github, bot.settle)
            _show(told, "What the bot wrote", with_issue=True)
            await answer(told, bot.settle)
            _show(told, "After the maintainer's answer", with_issue=False)
            return await _end(args, github, bot, told)
    finally:
        await github.stop()


def _site(github: SandboxGitHub) -> Callable[[Pool, Wire], Site]:
    """Make pages that everybody may see: there is nothing in the demo that is anybody's."""

    def make(pool: Pool, wire: Wire) -> Site:
        gate = Gate(pool=pool, api=wire, clock=lambda: github.now, is_demo=True)
        return Site(
            gate=gate,
            api=wire,
            web_url=github.api_url,
            replay=replay_over(pool),
            write_report=reports_of(pool),
            tell_pull=pulls_of(pool, github.api_url),
        )

    return make


async def _end(args: argparse.Namespace, github: SandboxGitHub, bot: RunningBot, told: Told) -> int:
    held = await bot.held_jobs()
    if held:
        print(f"given up: {', '.join(held)}", file=sys.stderr)
    if not args.once:
        stop = asyncio.Event()
        stop_on_signals(stop)
        print(f"\nThe dashboard:                          {bot.address}/")
        print(
            f"A pull request that waits for an answer: {github.api_url}/{told.repo.full_name}/pull/{told.waiting.number}"
            "#answer"
        )
        print(f"One that was answered:                  {github.api_url}/{told.repo.full_name}/pull/{told.pull.number}")
        print(f"Everything else:                        {github.api_url}/")
        print(
            "Answer in the form at the end of such a page, as dana or maya, or decide on a test's page of the dashboard."
        )
        print(
            "All of its dates are made up, and its clock stands still until you do. Ctrl-C ends the demo.", flush=True
        )
        await stop.wait()
    return 1 if held else 0


def _show(told: Told, heading: str, *, with_issue: bool) -> None:
    print(f"\n{'=' * 20} {heading} {'=' * 20}")
    checks = [one for one in told.repo.check_runs(told.pull.head_sha) if one.name == NAME]
    for check in checks:
        print(f"\n--- Check run {check.name}: {check.conclusion}: {check.title}\n\n{check.summary}")
    for comment in told.pull.comments:
        print(f"\n--- Comment by {comment.author}\n\n{comment.body}")
    for comment in told.waiting.comments if with_issue else ():
        print(f"\n--- Comment by {comment.author} on another pull request\n\n{comment.body}")
    for issue in told.repo.issues if with_issue else ():
        print(f"\n--- Issue #{issue.number}: {issue.title}\n\n{issue.body}")
