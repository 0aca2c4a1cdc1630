"""Runs a command of `flakeguard` in this process, so that what it covers is seen."""

import os
import signal
import threading
import time
import urllib.request

from app.__main__ import main
from app.cli import demo, migrate, serve


def run(monkeypatch, *arguments, **environ):
    """Run `flakeguard ARGUMENTS` with that environment and no other of ours; returns its exit status."""
    for name in [one for one in os.environ if one.startswith("FLAKEGUARD_")]:
        monkeypatch.delenv(name)
    for name, value in environ.items():
        monkeypatch.setenv(f"FLAKEGUARD_{name}", value)
    for command in (demo, migrate, serve):
        # The log's set-up is the whole process' own: it would outlive the test.
        monkeypatch.setattr(command, "configure_log", lambda *_: None)
    return main(arguments)


def stop_when(is_ready, seconds=30.0):
    """Send this process SIGTERM once it is ready, as an operator would; SIGINT where it never is."""

    def wait():
        end = time.monotonic() + seconds
        while not is_ready() and time.monotonic() < end:
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGTERM if time.monotonic() < end else signal.SIGINT)

    threading.Thread(target=wait, daemon=True).start()


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False
