"""What the environment says. The only reader of os.environ and of the clock."""

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from app.core.addresses import api_of
from app.core.upkeep import KEEP_ALL, SHORTEST_KEEPING, Keeping

_GITHUB = "https://github.com"
_SERVERS_API = "/api/v3"
MOST_DAYS = 36_500

# What is secret stands in the first variable, or in the file that the second one names.
_DATABASE_URL = ("FLAKEGUARD_DATABASE_URL", "FLAKEGUARD_DATABASE_URL_FILE")
_PRIVATE_KEY = ("FLAKEGUARD_PRIVATE_KEY", "FLAKEGUARD_PRIVATE_KEY_FILE")
_WEBHOOK_SECRET = ("FLAKEGUARD_WEBHOOK_SECRET", "FLAKEGUARD_WEBHOOK_SECRET_FILE")
_CLIENT_SECRET = ("FLAKEGUARD_CLIENT_SECRET", "FLAKEGUARD_CLIENT_SECRET_FILE")
_SESSION_KEY = ("FLAKEGUARD_SESSION_KEY", "FLAKEGUARD_SESSION_KEY_FILE")
_TOKEN = ("FLAKEGUARD_TOKEN", "FLAKEGUARD_TOKEN_FILE")
_SHORTEST_SESSION_KEY = 32

Clock = Callable[[], datetime]


class BadSetting(ValueError):
    """A value is missing or makes no sense; the message is one line that names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivingApp:
    """The GitHub App that we are, as far as its webhooks go. `secrets` are several while one is rotated."""

    app_id: int
    secrets: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppIdentity(ReceivingApp):
    """The GitHub App that we are, with the key to which GitHub answers."""

    private_key: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """What signing in with GitHub takes: the App's client, and the keys that seal sessions, the first of which seals new ones."""

    client_id: str
    client_secret: str = field(repr=False)
    session_keys: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, checked. `app` is None until an App is configured: then only the set-up page works.

    It is an AppIdentity wherever a key is given; who asks GitHub for anything has had it demanded. `is_app_kept` where it is
    the one that the set-up page made. `sign_in` is None where nobody can sign in, so that no page is shown. `opens_public`
    shows those of public repositories to everybody.
    """

    database_url: str | None = field(repr=False)
    data_dir: Path
    app: ReceivingApp | None
    sign_in: SignIn | None
    opens_public: bool
    is_app_kept: bool
    clock_offset: timedelta
    github_url: str
    github_api_url: str
    public_url: str | None
    keeping: Keeping
    log_format: str
    log_level: str
    has_traces: bool

    @classmethod
    def from_env(
        cls,
        environ: Mapping[str, str] = os.environ,
        *,
        needs_key: bool = True,
        made: Mapping[str, str] | None = None,
    ) -> "Settings":
        """Read and check the settings; without `needs_key`, an App may lack its private key. Raises BadSetting.

        Where the environment names no App, it is the one that the set-up page made: `made`, or what it kept in its file.
        """
        is_told = _names_an_app(environ)
        environ = environ if is_told else _with_app(environ, made)
        return cls(
            database_url=_database_url(environ),
            data_dir=_data_dir(environ),
            app=_app(environ, needs_key=needs_key),
            sign_in=_sign_in(environ),
            opens_public=_choice(environ, "FLAKEGUARD_PUBLIC_REPOSITORIES", ("closed", "open")) == "open",
            is_app_kept=not is_told and _names_an_app(environ),
            clock_offset=timedelta(seconds=_number(environ, "FLAKEGUARD_CLOCK_OFFSET") or 0),
            github_url=_web_address(environ),
            github_api_url=_api_address(environ),
            public_url=_address(environ, "FLAKEGUARD_PUBLIC_URL"),
            keeping=Keeping(
                retention=_days(environ, "FLAKEGUARD_RETENTION_DAYS"),
                compact_after=_days(environ, "FLAKEGUARD_COMPACT_AFTER_DAYS"),
                forget_after=_forget_after(environ),
            ),
            log_format=_choice(environ, "FLAKEGUARD_LOG_FORMAT", ("console", "json")),
            log_level=_choice(environ, "FLAKEGUARD_LOG_LEVEL", ("info", "debug", "warning", "error")),
            has_traces=_has_traces(environ),
        )

    @property
    def app_file(self) -> Path:
        """Where the set-up page keeps the App that it made; in a folder of its own, which nobody else may look into."""
        return _app_file(self.data_dir)

    def clock(self) -> Clock:
        """Return the clock that the whole program reads, with FLAKEGUARD_CLOCK_OFFSET added."""
        offset = self.clock_offset
        return lambda: datetime.now(UTC) + offset  # noqa: TID251 - this is the one place


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """The FlakeGuard that somebody else runs, for who only asks it: its address, None where it is our own, and a token."""

    url: str | None
    token: str | None = field(repr=False)

    @classmethod
    def from_env(
        cls, environ: Mapping[str, str] = os.environ, *, url: str | None = None, token_file: str | None = None
    ) -> "Elsewhere":
        """Read where to ask; what a command was told counts more than the environment. Raises BadSetting."""
        variable, file = _TOKEN
        if token_file is not None:
            environ = {**environ, variable: "", file: token_file}
        if url is not None:
            environ = {**environ, "FLAKEGUARD_URL": url}
        token = _secret(environ, _TOKEN)
        return cls(url=_address(environ, "FLAKEGUARD_URL"), token=token[1] if token else None)


def _text(environ: Mapping[str, str], name: str) -> str | None:
    return environ.get(name, "").strip() or None


def _secret(environ: Mapping[str, str], names: tuple[str, str]) -> tuple[str, str] | None:
    """Return the variable by which a secret came, and the secret; a line end at the end of a file is none of it."""
    variable, file = names
    given, path = _text(environ, variable), _text(environ, file)
    if path is None:
        return None if given is None else (variable, given)
    if given is not None:
        raise BadSetting(f"{variable} and {file} are both set, and only one of them can be right")
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"{file} cannot be read: {error}") from error
    if not text:
        raise BadSetting(f"{file} names an empty file")
    return file, text


def _database_url(environ: Mapping[str, str]) -> str | None:
    found = _secret(environ, _DATABASE_URL)
    if found is None:
        return None
    name, url = found
    try:
        scheme = urlsplit(url).scheme
    except ValueError:
        # The error's own words, or their traceback, would show the password.
        raise BadSetting(f"{name} makes no sense") from None
    if scheme not in ("postgresql", "postgres"):
        raise BadSetting(f"{name} must begin with postgresql://")
    return url


def _data_dir(environ: Mapping[str, str]) -> Path:
    given = _text(environ, "FLAKEGUARD_DATA_DIR")
    if given:
        return Path(given).absolute()
    shared = _text(environ, "XDG_DATA_HOME") or str(Path(environ.get("HOME", "/")) / ".local" / "share")
    return Path(shared) / "flakeguard"


def _app_file(data_dir: Path) -> Path:
    return data_dir / "app" / "app.json"


def _with_app(environ: Mapping[str, str], made: Mapping[str, str] | None) -> Mapping[str, str]:
    """Add what names the App that the set-up page made. What the environment says itself counts more."""
    kept = _read_app(_app_file(_data_dir(environ))) if made is None else made
    return {
        **environ,
        **{
            name: text for name, text in kept.items() if not _text(environ, name) and not _text(environ, f"{name}_FILE")
        },
    }


def _read_app(file: Path) -> Mapping[str, str]:
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise BadSetting(f"{file}, in which the App is kept, cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise BadSetting(f"{file}, in which the App is kept, is no JSON") from error
    if not isinstance(kept, dict) or "FLAKEGUARD_APP_ID" not in kept or not all(_is_text(one) for one in kept.values()):
        raise BadSetting(f"{file}, in which the App is kept, holds something else")
    return kept


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _names_an_app(environ: Mapping[str, str]) -> bool:
    return any(_text(environ, name) for name in ("FLAKEGUARD_APP_ID", *_PRIVATE_KEY, *_WEBHOOK_SECRET))


def _app(environ: Mapping[str, str], *, needs_key: bool) -> ReceivingApp | None:
    if not _names_an_app(environ):
        return None
    app_id = _number(environ, "FLAKEGUARD_APP_ID")
    if app_id is None:
        raise BadSetting("FLAKEGUARD_APP_ID is missing")
    secrets, key = _webhook_secrets(environ), _private_key(environ)
    if key is not None:
        return AppIdentity(app_id=app_id, secrets=secrets, private_key=key)
    if needs_key:
        raise BadSetting("FLAKEGUARD_PRIVATE_KEY or FLAKEGUARD_PRIVATE_KEY_FILE is missing")
    return ReceivingApp(app_id=app_id, secrets=secrets)


def _webhook_secrets(environ: Mapping[str, str]) -> tuple[str, ...]:
    name, text = _secret(environ, _WEBHOOK_SECRET) or ("FLAKEGUARD_WEBHOOK_SECRET", "")
    secrets = tuple(part.strip() for part in text.split(",") if part.strip())
    if not secrets:
        raise BadSetting(f"{name} is missing")
    return secrets


def _private_key(environ: Mapping[str, str]) -> str | None:
    found = _secret(environ, _PRIVATE_KEY)
    if found is None:
        return None
    name, text = found
    # Many a place that keeps variables cannot keep line ends, and writes them as \n.
    return _pem(name, text.replace("\\n", "\n"))


def _pem(name: str, text: str) -> str:
    pem = text.strip() + "\n"
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadSetting(f"{name} is no private key in PEM form, or has a password") from error
    if not isinstance(key, RSAPrivateKey):
        raise BadSetting(f"{name} is no RSA key, and GitHub gives no others: download the App's key anew")
    return pem


def _sign_in(environ: Mapping[str, str]) -> SignIn | None:
    client_id = _text(environ, "FLAKEGUARD_CLIENT_ID")
    if client_id is None:
        return None
    found = _secret(environ, _CLIENT_SECRET)
    if found is None:
        raise BadSetting("FLAKEGUARD_CLIENT_SECRET or FLAKEGUARD_CLIENT_SECRET_FILE is missing")
    if _address(environ, "FLAKEGUARD_PUBLIC_URL") is None:
        raise BadSetting("FLAKEGUARD_PUBLIC_URL is missing: GitHub sends people back there once they have signed in")
    return SignIn(client_id=client_id, client_secret=found[1], session_keys=_session_keys(environ, found[1]))


def _session_keys(environ: Mapping[str, str], client_secret: str) -> tuple[str, ...]:
    """Return what seals sessions. All processes that serve pages share the client secret, so that it will do."""
    name, text = _secret(environ, _SESSION_KEY) or ("", client_secret)
    keys = tuple(part.strip() for part in text.split(",") if part.strip())
    if name and min(map(len, keys), default=0) < _SHORTEST_SESSION_KEY:
        raise BadSetting(
            f"{name} must have {_SHORTEST_SESSION_KEY} characters at least, such as openssl rand -hex 32 prints"
        )
    return keys


def _number(environ: Mapping[str, str], name: str) -> int | None:
    text = _text(environ, name)
    if text is None:
        return None
    if not re.fullmatch(r"-?[0-9]{1,15}", text):
        raise BadSetting(f"{name} must be a whole number, not {text!r}")
    return int(text)


def _days(environ: Mapping[str, str], name: str, *, least: int = SHORTEST_KEEPING.days) -> timedelta | None:
    number = _number(environ, name)
    if number is None:
        return None
    if not least <= number <= MOST_DAYS:
        raise BadSetting(f"{name} must be between {least} and {MOST_DAYS}, not {number}")
    return timedelta(days=number)


def _forget_after(environ: Mapping[str, str]) -> timedelta:
    days = _days(environ, "FLAKEGUARD_FORGET_AFTER_DAYS", least=0)
    return KEEP_ALL.forget_after if days is None else days


def _address(environ: Mapping[str, str], name: str) -> str | None:
    text = _text(environ, name)
    if text is None:
        return None
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadSetting(f"{name} must be an address such as https://host, not {text!r}")
    return text.rstrip("/")


def _web_address(environ: Mapping[str, str]) -> str:
    """Return where GitHub's pages are; where only an Enterprise Server's API is given, links must not lead to github.com."""
    given, api = _address(environ, "FLAKEGUARD_GITHUB_URL"), _address(environ, "FLAKEGUARD_GITHUB_API_URL")
    if given is None and api is not None and api.endswith(_SERVERS_API):
        return api.removesuffix(_SERVERS_API)
    return given or _GITHUB


def _api_address(environ: Mapping[str, str]) -> str:
    given, server = _address(environ, "FLAKEGUARD_GITHUB_API_URL"), _address(environ, "FLAKEGUARD_GITHUB_URL")
    if given is not None:
        return given
    return api_of(server or _GITHUB)


def _has_traces(environ: Mapping[str, str]) -> bool:
    """Tell whether traces are wanted. What else there is to say about them, OpenTelemetry's own SDK reads by itself."""
    names = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    if (_text(environ, "OTEL_SDK_DISABLED") or "").lower() == "true":
        return False
    for name in ("OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"):
        if _text(environ, name) not in (None, "http/protobuf"):
            raise BadSetting(f"{name} must be http/protobuf, which is all that we speak")
    addresses = [_address(environ, name) for name in names]
    return any(addresses)


def _choice(environ: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    text = (_text(environ, name) or allowed[0]).lower()
    if text not in allowed:
        raise BadSetting(f"{name} must be one of {', '.join(allowed)}, not {text!r}")
    return text
