"""What a new App is kept as: the variables that would name it in the environment."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkstemp

from app.github.registration import Registration
from app.web.setup.choice import GITHUB, Choice


class NoWebhookSecret(ValueError):
    """GitHub made the App without a secret for its webhooks, and nothing unsigned is believed."""


class AlreadyKept(Exception):
    """Another App was kept there before."""


def variables_of(made: Registration, choice: Choice) -> dict[str, str]:
    """Write an App as variables of the environment. Raises NoWebhookSecret."""
    if not made.webhook_secret:
        raise NoWebhookSecret
    server = {} if choice.github_url == GITHUB else {"FLAKEGUARD_GITHUB_URL": choice.github_url}
    return {
        "FLAKEGUARD_APP_ID": str(made.id),
        "FLAKEGUARD_PRIVATE_KEY": made.private_key,
        "FLAKEGUARD_WEBHOOK_SECRET": made.webhook_secret,
        "FLAKEGUARD_CLIENT_ID": made.client_id,
        "FLAKEGUARD_CLIENT_SECRET": made.client_secret,
        "FLAKEGUARD_PUBLIC_URL": choice.public_url,
        **server,
    }


def store(file: Path, variables: Mapping[str, str]) -> None:
    """Write the file at once or not at all, for this user's eyes only; one that is there stays. Raises AlreadyKept, OSError."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.parent.chmod(0o700)
    descriptor, part = mkstemp(dir=file.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            json.dump(dict(variables), out, indent=2)
            out.write("\n")
            out.flush()
            os.fsync(out.fileno())
        _put(part, file)
    finally:
        Path(part).unlink()
    _sync_folder(file.parent)


def _put(part: str, file: Path) -> None:
    """Give the file its name: by a link, and not by renaming it, which would replace what is there."""
    try:
        os.link(part, file)
    except FileExistsError as error:
        raise AlreadyKept from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
