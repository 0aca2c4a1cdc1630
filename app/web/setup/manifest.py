"""Our manifest with the addresses of this installation, as GitHub takes it."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from app.web.setup.choice import Choice

_LONGEST_NAME = 34


def write_manifest(choice: Choice) -> str:
    """Write the manifest as JSON. Source: "Registering a GitHub App from a manifest"."""
    here = choice.public_url
    said = _read() | {
        "name": _name(choice.organization),
        "url": here,
        "hook_attributes": {"url": f"{here}/webhooks/github", "active": True},
        "redirect_url": f"{here}/setup/callback",
        "callback_urls": [f"{here}/login/callback"],
        "setup_url": f"{here}/setup/installed",
    }
    return json.dumps(said)


def read_permissions() -> dict[str, str]:
    return dict(_read()["default_permissions"])


def _name(organization: str | None) -> str:
    """Propose a name: no two Apps of one GitHub have the same one, and its page lets people choose another."""
    name = str(_read()["name"])
    return name if organization is None else f"{name} {organization}"[:_LONGEST_NAME].strip()


@cache
def _read() -> dict[str, Any]:
    """Read the file: beside `app` in a checkout, inside it in an installed wheel."""
    package = Path(__file__).resolve().parents[2]
    files = (package / "manifest.yml", package.parent / "manifest.yml")
    said: dict[str, Any] = yaml.safe_load(next(one for one in files if one.is_file()).read_text(encoding="utf-8"))
    return said
