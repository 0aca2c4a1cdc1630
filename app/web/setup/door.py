"""The one-time code that opens set-up: else the first visitor of a public host would own the bot."""

import hmac
import re
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

TRIES = 5
LOCKED = timedelta(minutes=1)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_LENGTH = 10
"""50 bits: at five tries a minute, nobody guesses one of them within the age of the world."""

_log = structlog.get_logger()


class Locked(Exception):
    """Too many wrong codes: none is looked at for so many seconds."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"locked for {seconds} s")
        self.seconds = seconds


class Door:
    """Opens to one code, once; the next one is announced where the first one was, for another browser of the same person."""

    def __init__(self, *, clock: Callable[[], datetime], announce: Callable[[str], None]) -> None:
        self._clock = clock
        self._announce = announce
        self._wrong = 0
        self._locked_until: datetime | None = None
        self._code = _make_code()

    def announce(self) -> None:
        """Tell the code to who may read the log."""
        self._announce(f"{self._code[:5]}-{self._code[5:]}")

    def open(self, given: str) -> bool:
        """Tell whether the code is right, and use it up. Raises Locked, whatever the code, after five wrong ones."""
        self._check_lock()
        said = re.sub(r"[\s-]", "", given[:100]).upper()
        if hmac.compare_digest(said.encode(), self._code.encode()):
            self._wrong, self._code = 0, _make_code()
            self.announce()
            return True
        self._wrong += 1
        _log.warning("set_up_code_wrong", tries=self._wrong)
        if self._wrong >= TRIES:
            self._wrong, self._locked_until = 0, self._clock() + LOCKED
        return False

    def _check_lock(self) -> None:
        now = self._clock()
        if self._locked_until is not None and now < self._locked_until:
            raise Locked(int((self._locked_until - now).total_seconds()) + 1)
        self._locked_until = None


def _make_code() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
