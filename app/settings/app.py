"""The GitHub App that we are: what the environment names, or what the set-up page made and kept."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from app.settings.values import BadSetting, address_of, number_of, secret_of, text_of

# What is secret stands in the first variable, or in the file that the second one names.
_PRIVATE_KEY = ("FLAKEGUARD_PRIVATE_KEY", "FLAKEGUARD_PRIVATE_KEY_FILE")
_WEBHOOK_SECRET = ("FLAKEGUARD_WEBHOOK_SECRET", "FLAKEGUARD_WEBHOOK_SECRET_FILE")
_CLIENT_SECRET = ("FLAKEGUARD_CLIENT_SECRET", "FLAKEGUARD_CLIENT_SECRET_FILE")
_SESSION_KEY = ("FLAKEGUARD_SESSION_KEY", "FLAKEGUARD_SESSION_KEY_FILE")
_SHORTEST_SESSION_KEY = 32


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


def app_file(data_dir: Path) -> Path:
    return data_dir / "app" / "app.json"


def with_app(environ: Mapping[str, str], data_dir: Path, made: Mapping[str, str] | None) -> Mapping[str, str]:
    """Add what names the App that the set-up page made. What the environment says itself counts more."""
    kept = _read_app(app_file(data_dir)) if made is None else made
    return {
        **environ,
        **{
            name: text
            for name, text in kept.items()
            if not text_of(environ, name) and not text_of(environ, f"{name}_FILE")
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


def names_an_app(environ: Mapping[str, str]) -> bool:
    return any(text_of(environ, name) for name in ("FLAKEGUARD_APP_ID", *_PRIVATE_KEY, *_WEBHOOK_SECRET))


def app_of(environ: Mapping[str, str], *, needs_key: bool) -> ReceivingApp | None:
    if not names_an_app(environ):
        return None
    app_id = number_of(environ, "FLAKEGUARD_APP_ID")
    if app_id is None:
        raise BadSetting("FLAKEGUARD_APP_ID is missing")
    secrets, key = _webhook_secrets(environ), _private_key(environ)
    if key is not None:
        return AppIdentity(app_id=app_id, secrets=secrets, private_key=key)
    if needs_key:
        raise BadSetting("FLAKEGUARD_PRIVATE_KEY or FLAKEGUARD_PRIVATE_KEY_FILE is missing")
    return ReceivingApp(app_id=app_id, secrets=secrets)


def _webhook_secrets(environ: Mapping[str, str]) -> tuple[str, ...]:
    name, text = secret_of(environ, _WEBHOOK_SECRET) or ("FLAKEGUARD_WEBHOOK_SECRET", "")
    secrets = tuple(part.strip() for part in text.split(",") if part.strip())
    if not secrets:
        raise BadSetting(f"{name} is missing")
    return secrets


def _private_key(environ: Mapping[str, str]) -> str | None:
    found = secret_of(environ, _PRIVATE_KEY)
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


def sign_in_of(environ: Mapping[str, str]) -> SignIn | None:
    client_id = text_of(environ, "FLAKEGUARD_CLIENT_ID")
    if client_id is None:
        return None
    found = secret_of(environ, _CLIENT_SECRET)
    if found is None:
        raise BadSetting("FLAKEGUARD_CLIENT_SECRET or FLAKEGUARD_CLIENT_SECRET_FILE is missing")
    if address_of(environ, "FLAKEGUARD_PUBLIC_URL") is None:
        raise BadSetting("FLAKEGUARD_PUBLIC_URL is missing: GitHub sends people back there once they have signed in")
    return SignIn(client_id=client_id, client_secret=found[1], session_keys=_session_keys(environ, found[1]))


def _session_keys(environ: Mapping[str, str], client_secret: str) -> tuple[str, ...]:
    """Return what seals sessions. All processes that serve pages share the client secret, so that it will do."""
    name, text = secret_of(environ, _SESSION_KEY) or ("", client_secret)
    keys = tuple(part.strip() for part in text.split(",") if part.strip())
    if name and min(map(len, keys), default=0) < _SHORTEST_SESSION_KEY:
        raise BadSetting(
            f"{name} must have {_SHORTEST_SESSION_KEY} characters at least, such as openssl rand -hex 32 prints"
        )
    return keys
