"""The operator's hooks: one in the environment, any number in a file. No message ever holds an address or a secret."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from app.core.hooks.address import why_no_hook
from app.core.hooks.hook import EVERY_REPOSITORY, Hook, HookEvent, Preset, name_of, preset_of
from app.core.policy_yaml import START, BrokenPolicy, Document, Value, key_in_words, read
from app.settings.values import BadSetting, secret_of, text_of

FILE = "FLAKEGUARD_HOOKS_FILE"
_URL = ("FLAKEGUARD_HOOK_URL", "FLAKEGUARD_HOOK_URL_FILE")
_SECRET = ("FLAKEGUARD_HOOK_SECRET", "FLAKEGUARD_HOOK_SECRET_FILE")
_SHORTEST_SECRET = 16
_MOST_HOOKS = 100
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_KEYS = (
    *("name", "url", "url_file", "secret", "secret_file"),
    *("events", "repositories", "preset", "allow_private"),
)
# PyYAML quotes a word of the file in some of its messages, which may be a piece of a secret.
_QUOTED = re.compile(r"'[^']{2,}'")

_Kind = TypeVar("_Kind", bound=Value)


def hooks_of(environ: Mapping[str, str]) -> tuple[Hook, ...]:
    """Read and check all hooks. Raises BadSetting."""
    single = _single(environ)
    file = text_of(environ, FILE)
    hooks = (*single, *(_in_file(Path(file)) if file else ()))
    names = [one.name for one in hooks]
    for name in names:
        if names.count(name) > 1:
            raise BadSetting(f"two hooks are called {name}: give each a name of its own in {FILE}")
    return hooks


def _single(environ: Mapping[str, str]) -> tuple[Hook, ...]:
    """Return the hook that the environment names, which hears of everything."""
    found, signed = secret_of(environ, _URL), secret_of(environ, _SECRET)
    if found is None:
        if signed is not None:
            raise BadSetting(f"{signed[0]} is set, but {_URL[0]} is missing")
        return ()
    name, url = found
    if (wrong := why_no_hook(url, allows_private=False)) is not None:
        raise BadSetting(f"{name} {wrong}")
    preset, secret = preset_of(url), None if signed is None else signed[1]
    if (wrong := _why_no_secret(secret, preset)) is not None:
        raise BadSetting(f"{_SECRET[0] if signed is None else signed[0]} {wrong}")
    return (Hook(name=name_of(url), url=url, secret=secret, preset=preset),)


def _why_no_secret(secret: str | None, preset: Preset) -> str | None:
    """Say what is wrong with a secret; Slack and Discord, which check none, need none."""
    if secret is None:
        return None if preset is not Preset.GENERIC else "is missing: who is told must be able to tell that it was us"
    if len(secret) < _SHORTEST_SECRET:
        return f"must have {_SHORTEST_SECRET} characters at least, such as openssl rand -hex 32 prints"
    return None


def _in_file(file: Path) -> tuple[Hook, ...]:
    try:
        document = read(file.read_bytes())
    except OSError as error:
        raise BadSetting(f"{FILE} cannot be read: {error.strerror}") from error
    except BrokenPolicy as error:
        first = error.problems[0]
        said = _QUOTED.sub("'…'", first.message)
        # The parser's own words, in the traceback, may hold a piece of the file.
        raise BadSetting(f"{FILE}, line {first.line}, column {first.column}: {said}") from None
    if not isinstance(document.data, list) or not 0 < len(document.data) <= _MOST_HOOKS:
        raise BadSetting(f"{FILE} must be a list of 1 to {_MOST_HOOKS} hooks, each with a url")
    return tuple(_Entry(document=document, index=index).hook() for index in range(len(document.data)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One hook of the file."""

    document: Document
    index: int

    def hook(self) -> Hook:
        """Return the hook. Raises BadSetting that names the line and the key."""
        for key in self._given():
            if key not in _KEYS:
                raise self._bad(key, f"the key {key_in_words(key)} is none of {', '.join(_KEYS)}", is_named=False)
        allows_private = self._typed("allow_private", bool, "true or false") or False
        url = self._secret("url")
        if url is None:
            raise self._bad(None, "url or url_file is missing")
        if (wrong := why_no_hook(url, allows_private=allows_private)) is not None:
            raise self._bad(self._which("url"), wrong)
        preset, secret = self._preset(url), self._secret("secret")
        if (wrong := _why_no_secret(secret, preset)) is not None:
            raise self._bad(self._which("secret"), wrong)
        return Hook(
            name=self._name(url),
            url=url,
            secret=secret,
            events=self._events(),
            repositories=self._repositories(),
            preset=preset,
            allows_private=allows_private,
        )

    def _given(self) -> Mapping[str, Value]:
        entry = self.document.data[self.index] if isinstance(self.document.data, list) else None
        if not isinstance(entry, dict):
            raise self._bad(None, "a hook is written as keys and values, such as url: https://host/path")
        return entry

    def _typed(self, key: str, kind: type[_Kind], words: str) -> _Kind | None:
        value = self._given().get(key)
        if value is None:
            return None
        if not isinstance(value, kind):
            raise self._bad(key, f"must be {words}")
        return value

    def _secret(self, key: str) -> str | None:
        """Return what stands in a key, or in the file that `KEY_file` names."""
        given, path = self._typed(key, str, "text"), self._typed(f"{key}_file", str, "the name of a file")
        if path is None:
            return given
        if given is not None:
            raise self._bad(f"{key}_file", f"{key} is given, too, and only one of them can be right")
        try:
            text = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise self._bad(f"{key}_file", f"names a file that cannot be read ({type(error).__name__})") from None
        if not text:
            raise self._bad(f"{key}_file", "names an empty file")
        return text

    def _which(self, key: str) -> str:
        return f"{key}_file" if f"{key}_file" in self._given() else key

    def _name(self, url: str) -> str:
        name = self._typed("name", str, "text")
        if name is None:
            return name_of(url)
        if not _NAME.fullmatch(name):
            raise self._bad("name", "must be letters, digits, dots and dashes, 80 at most")
        return name

    def _preset(self, url: str) -> Preset:
        given = self._typed("preset", str, "text")
        if given is None:
            return preset_of(url)
        return Preset(self._one_of("preset", given, list(Preset)))

    def _events(self) -> frozenset[HookEvent]:
        texts = self._texts("events")
        return frozenset(HookEvent(self._one_of("events", one, list(HookEvent))) for one in texts or list(HookEvent))

    def _repositories(self) -> tuple[str, ...]:
        globs = tuple(self._texts("repositories") or EVERY_REPOSITORY)
        if any("/" not in one and one != "*" for one in globs):
            raise self._bad("repositories", "each must be OWNER/NAME, in which * may stand for any text")
        return globs

    def _texts(self, key: str) -> list[str] | None:
        given = self._given().get(key)
        if given is None:
            return None
        texts = [one for one in given if isinstance(one, str)] if isinstance(given, list) else []
        if not isinstance(given, list) or not texts or len(texts) < len(given):
            raise self._bad(key, "must be a list of texts, and not empty")
        return texts

    def _one_of(self, key: str, text: str, allowed: Collection[str]) -> str:
        if text not in allowed:
            raise self._bad(key, f"must be one of {', '.join(allowed)}")
        return text

    def _bad(self, key: str | None, wrong: str, *, is_named: bool = True) -> BadSetting:
        """Return the error for a key of this hook, or for the whole of it, with the line of the file."""
        path = (self.index,) if key is None else (self.index, key)
        place = self.document.keys.get(path) or self.document.values.get((self.index,)) or START
        words = f"{key} {wrong}" if key is not None and is_named else wrong
        return BadSetting(f"{FILE}, line {place.line}: {words}")
