"""Projects that are run by the real pytest with our plug-in, and a FlakeGuard that is asked by HTTP and misbehaves if told to."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from app.core.reports import Document, read_report

PLUGIN = Path(__file__).parents[2] / "deploy" / "pytest-flakeguard"
TOKEN = "a-token"
REPOSITORY = "acme/web"
LIST_PATH = f"/api/v1/repos/{REPOSITORY}/quarantine?format=json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What pytest said: its status, its words, its counts, and the executions that FlakeGuard reads of its report."""

    status: int
    out: str
    seconds: float
    executions: tuple

    @property
    def counts(self) -> dict[str, int]:
        last = re.findall(r"^(?:=+ )?((?:\d+ \w+(?:, )?)+) in [\d.]+s", self.out, re.MULTILINE)[-1]
        return {word: int(number) for number, word in re.findall(r"(\d+) (\w+)", last)}

    @property
    def told(self) -> str:
        """The line that tells of us."""
        [line] = re.findall(r"^FlakeGuard: (.*)$", self.out, re.MULTILINE)
        return line

    @property
    def outcomes(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for one in self.executions:
            found.setdefault(f"{one.class_name}.{one.name}", []).append(str(one.outcome))
        return found


class Server(ThreadingHTTPServer):
    """Answers with `answer`; `asked` are the paths, the hosts and the tokens that came."""

    daemon_threads = True

    def __init__(self, answer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.asked: list[tuple[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request, client_address):
        """Say nothing where somebody hangs up."""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append((self.path, self.headers.get("Authorization", "")))
        self.server.answer(self)

    def log_message(self, *_):
        pass


def answering(body, status=200, **headers):
    """Answer at once with a body: an object as JSON, a text or bytes as they are."""
    raw = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()

    def answer(handler):
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(raw)))
        handler.end_headers()
        with suppress(OSError):
            handler.wfile.write(raw)

    return answer


def dripping(handler):
    """Send a byte every now and then, so that no single wait is long."""
    handler.send_response(200)
    handler.end_headers()
    with suppress(OSError):
        for _ in range(100):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.1)


@contextmanager
def serving(answer):
    server = Server(answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def listed(*tests, **fields):
    """Return the list with tests by class and name."""
    return {
        "tests": [{"test_id": n, "classname": c, "name": t, **fields} for n, (c, t) in enumerate(tests, 1)],
        "refused": [],
    }


def run(folder, *arguments, url="http://127.0.0.1:1", python=sys.executable, plugin=True, **environ) -> Ran:
    """Run pytest in a folder with nothing of this process's environment that it would heed."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
    ours = {"PYTHONPATH": str(PLUGIN), "PYTEST_PLUGINS": "pytest_flakeguard"} if plugin else {}
    ours |= {"FLAKEGUARD_URL": url, "GITHUB_REPOSITORY": REPOSITORY, "FLAKEGUARD_TOKEN": TOKEN}
    ours |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1", "NO_PROXY": "127.0.0.1"}
    report = folder / "report.xml"
    report.unlink(missing_ok=True)
    begun = time.monotonic()
    done = subprocess.run(
        [python, "-m", "pytest", "-p", "no:cacheprovider", "--junitxml=report.xml", *arguments],
        check=False,
        cwd=folder,
        env={name: value for name, value in (kept | ours | environ).items() if value is not None},
        capture_output=True,
        text=True,
        timeout=120,
    )
    seconds = time.monotonic() - begun
    read = read_report(Document.of(report.read_bytes(), "report.xml")).results if report.exists() else ()
    return Ran(status=done.returncode, out=done.stdout + done.stderr, seconds=seconds, executions=read)
