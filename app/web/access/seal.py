"""Seal what a browser keeps for us, so that nobody can read or change it."""

import base64
from collections.abc import Sequence
from typing import TypeVar

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_T = TypeVar("_T")


class Seal:
    """Encrypts and signs values for one purpose: what was sealed for another one does not open.

    `keys` are texts with enough chance in them; the first one seals, all open, so that a key can be changed without
    signing everybody out.
    """

    def __init__(self, keys: Sequence[str], purpose: str) -> None:
        self._fernet = MultiFernet([Fernet(_derive(key, purpose)) for key in keys])

    def close(self, value: object) -> str:
        """Return a text that only we can open; the time stands in it."""
        return self._fernet.encrypt(msgspec.json.encode(value)).decode()

    def open(self, text: str, kind: type[_T], *, seconds: int) -> _T | None:
        """Return what was sealed; None where it was not sealed by us, is older than so many seconds or of another kind."""
        try:
            return msgspec.json.decode(self._fernet.decrypt(text.encode(), ttl=seconds), type=kind)
        except (InvalidToken, ValueError):
            return None


def _derive(key: str, purpose: str) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"flakeguard {purpose}".encode()).derive(key.encode())
    return base64.urlsafe_b64encode(derived)
