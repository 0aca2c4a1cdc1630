"""The list of quarantined tests: where it comes from, and which tests it names."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import unicodedata
from datetime import datetime, timezone
from pathlib import Path

WHY = "quarantined by FlakeGuard"
"""How the reason of an expected failure of ours begins."""

_FETCH = Path(__file__).with_name("pytest_flakeguard_fetch.py")
_SECONDS = 2.0
_MOST_BYTES = 5_000_000
_NO_LIST = 3
# Of tests in these files none is pytest's, whatever its name.
_OTHERS = re.compile(r"\.(?:[cm]?[jt]s|[jt]sx|go|java|kts?|groovy|scala|rb|rs)\Z")


class NoList(Exception):
    """There is no list to go by; the message says why."""


class Given:
    """A list that is at hand as a text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def start(self) -> None:
        """Begin to get the list, where that takes time."""

    def text(self) -> str:
        """Return the list; raises NoList."""
        return self._text

    def stop(self) -> None:
        """Give up what has begun."""


class File(Given):
    """A list that was fetched before, by the path of its file."""

    def text(self) -> str:
        try:
            path = Path(self._text)
            if not path.is_file():
                raise NoList("there is no such file as --flakeguard-file names")
            with path.open("rb") as file:
                return _decoded(file.read(_MOST_BYTES + 1))
        except (OSError, ValueError) as error:
            raise NoList(f"its file cannot be read ({type(error).__name__})") from None


class Fetch(Given):
    """Fetches the list in a process, while pytest collects.

    A thread that hangs in a look-up cannot be ended, and tests would meet it: those that fork, those that count threads,
    those that must be first to import ssl.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._end = 0.0
        self._why = "it was not asked for"

    def start(self) -> None:
        self._end = time.monotonic() + _SECONDS
        command = [sys.executable, "-I", "-S", str(_FETCH)]
        try:
            self._process = subprocess.Popen(  # noqa: S603  a script of ours
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        except (OSError, ValueError) as error:
            self._why = f"nothing could be started that fetches it ({type(error).__name__})"

    def text(self) -> str:
        process = self._process
        if process is None:
            raise NoList(self._why)
        try:
            body, _ = process.communicate(timeout=max(self._end - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            self.stop()
            raise NoList(f"there was none within {_SECONDS:g} seconds") from None
        if process.returncode == _NO_LIST:
            raise NoList(body.decode("utf-8", "replace"))
        if process.returncode != 0:
            raise NoList(f"what fetches it ended with {process.returncode}")
        return _decoded(body)

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            process.communicate()


def _decoded(body: bytes) -> str:
    if len(body) > _MOST_BYTES:
        raise NoList(f"it has more than {_MOST_BYTES:,} bytes")
    return body.decode("utf-8")


class Quarantine:
    """Which tests are in quarantine, by the names that pytest's JUnit file gives them, and why."""

    def __init__(self, text: str, now: datetime, prefix: str | None = None) -> None:
        self._prefix = [prefix] if prefix else []
        self._named: dict[tuple[str, str], str] = {}
        self._like: list[tuple[re.Pattern[str], str]] = []
        for test in _field(json.loads(text), "tests", list):
            self._add(test, now)

    def __len__(self) -> int:
        return len(self._named) + len(self._like)

    def why(self, nodeid: str) -> str | None:
        """Say why a test is in quarantine; None where it is not."""
        class_name, name = key = self._names(nodeid)
        if key in self._named:
            return self._named[key]
        full_name = f"{class_name}\n{name}"
        return next((why for pattern, why in self._like if pattern.fullmatch(full_name)), None)

    def _add(self, test: object, now: datetime) -> None:
        name, file = _field(test, "name", str), _field(test, "file", str, "")
        class_name = _field(test, "classname", str, "") or re.sub(r"\.py\Z", "", file).replace("/", ".")
        until = _time(_field(test, "until", str, ""))
        why = _reason(_field(test, "reason", str, ""), until, _field(test, "issue_url", str, ""))
        patterns = _field(test, "classname_pattern", str, ""), _field(test, "name_pattern", str, "")
        if not class_name or not name or _OTHERS.search(file) or (until is not None and until <= now):
            return
        if any(patterns):
            like = rf"{patterns[0] or re.escape(class_name)}\n{patterns[1] or re.escape(name)}"
            self._like.append((re.compile(like), why))
        else:
            self._named[class_name, name] = why

    def _names(self, nodeid: str) -> tuple[str, str]:
        """Name a test as pytest's JUnit file does, and as FlakeGuard keeps that name."""
        path, bracket, parameters = nodeid.partition("[")
        first, *others = path.split("::")
        dotted = [*self._prefix, re.sub(r"\.py$", "", first.replace("/", ".")), *others]
        return _folded(".".join(dotted[:-1])), _folded(dotted[-1] + bracket + parameters)


def _field(given: object, key: str, kind: type, default: object = None):
    """Return a field of an object in JSON; null is as good as none. Raises TypeError where it is something else."""
    value = given.get(key) if isinstance(given, dict) else None
    value = default if value is None else value
    if not isinstance(value, kind):
        raise TypeError(key)
    return value


def _time(text: str) -> datetime | None:
    """Read a time as FlakeGuard writes it; raises ValueError."""
    if not text:
        return None
    time_ = datetime.fromisoformat(re.sub(r"Z\Z", "+00:00", text))
    return time_ if time_.tzinfo else time_.replace(tzinfo=timezone.utc)


def _reason(reason: str, until: datetime | None, issue_url: str) -> str:
    said = ": ".join(part for part in (WHY, reason) if part)
    said += (f", until {until:%Y-%m-%d}" if until else "") + (f" {issue_url}" if issue_url else "")
    return printable(said)[:500]


def printable(text: str) -> str:
    """Return the text with a space for what nobody sees or what would end a line."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _folded(name: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", name)).strip()
