"""How one value of the environment is read and checked."""

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from app.core.upkeep import SHORTEST_KEEPING

MOST_DAYS = 36_500


class BadSetting(ValueError):
    """A value is missing or makes no sense; the message is one line that names it."""


def text_of(environ: Mapping[str, str], name: str) -> str | None:
    return environ.get(name, "").strip() or None


def secret_of(environ: Mapping[str, str], names: tuple[str, str]) -> tuple[str, str] | None:
    """Return the variable by which a secret came, and the secret; a line end at the end of a file is none of it."""
    variable, file = names
    given, path = text_of(environ, variable), text_of(environ, file)
    if path is None:
        return None if given is None else (variable, given)
    if given is not None:
        raise BadSetting(f"{variable} and {file} are both set, and only one of them can be right")
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        # Whoever put the secret itself there would find it in the error's own words, as the name of a file that is missing.
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise BadSetting(f"{file} cannot be read: {why}") from None
    if not text:
        raise BadSetting(f"{file} names an empty file")
    return file, text


def number_of(environ: Mapping[str, str], name: str) -> int | None:
    text = text_of(environ, name)
    if text is None:
        return None
    if not re.fullmatch(r"-?[0-9]{1,15}", text):
        raise BadSetting(f"{name} must be a whole number, not {text!r}")
    return int(text)


def days_of(environ: Mapping[str, str], name: str, *, least: int = SHORTEST_KEEPING.days) -> timedelta | None:
    number = number_of(environ, name)
    if number is None:
        return None
    if not least <= number <= MOST_DAYS:
        raise BadSetting(f"{name} must be between {least} and {MOST_DAYS}, not {number}")
    return timedelta(days=number)


def address_of(environ: Mapping[str, str], name: str) -> str | None:
    text = text_of(environ, name)
    if text is None:
        return None
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadSetting(f"{name} must be an address such as https://host, not {text!r}")
    return text.rstrip("/")


def choice_of(environ: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    text = (text_of(environ, name) or allowed[0]).lower()
    if text not in allowed:
        raise BadSetting(f"{name} must be one of {', '.join(allowed)}, not {text!r}")
    return text
