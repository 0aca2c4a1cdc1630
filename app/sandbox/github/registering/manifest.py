"""What a manifest says, as "Registering a GitHub App from a manifest" describes it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

_LONGEST_NAME = 34
_MOST_CALLBACKS = 10
_AUTOMATIC = ("installation", "installation_repositories")


class BadManifest(ValueError):
    """The manifest is not taken; the message is what GitHub's page says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """An App to be. `redirect_url` is where its maker is led with the code, `setup_url` who installs it."""

    name: str
    redirect_url: str
    hook_url: str
    callback_urls: tuple[str, ...]
    setup_url: str | None
    permissions: dict[str, str]
    events: tuple[str, ...]
    asks_on_install: bool

    @property
    def slug(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")


def read_manifest(text: str, *, name: str | None = None) -> Manifest:
    """Read a manifest; `name` is what its maker called the App instead. Raises BadManifest."""
    try:
        said = json.loads(text)
    except ValueError as error:
        raise BadManifest("The manifest is no JSON") from error
    if not isinstance(said, dict):
        raise BadManifest("The manifest is no object")
    hook = said.get("hook_attributes")
    permissions, events = said.get("default_permissions") or {}, said.get("default_events") or []
    if refused := [one for one in events if one in _AUTOMATIC]:
        raise BadManifest(f"Default events unsupported: {', '.join(refused)}")
    _address(said, "url")
    return Manifest(
        name=_name(said, name),
        redirect_url=_address(said, "redirect_url"),
        hook_url=_address(hook if isinstance(hook, dict) else {}, "url"),
        callback_urls=_callbacks(said),
        setup_url=_address(said, "setup_url") if "setup_url" in said else None,
        permissions=dict(permissions),
        events=tuple(events),
        asks_on_install=bool(said.get("request_oauth_on_install")),
    )


def _name(said: Mapping[str, object], chosen: str | None) -> str:
    name = chosen or said.get("name")
    if not isinstance(name, str) or not name.strip():
        raise BadManifest("Name can't be blank")
    if len(name) > _LONGEST_NAME:
        raise BadManifest(f"Name is too long (maximum is {_LONGEST_NAME} characters)")
    return name


def _address(said: Mapping[str, object], name: str) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not re.match(r"https?://[^/\s]+", value):
        raise BadManifest(f"{name} must be a valid URL")
    return value


def _callbacks(said: Mapping[str, object]) -> tuple[str, ...]:
    listed = said.get("callback_urls", [])
    if not isinstance(listed, list) or len(listed) > _MOST_CALLBACKS:
        raise BadManifest(f"There can be {_MOST_CALLBACKS} callback URLs at most")
    return tuple(_address({"callback_urls": one}, "callback_urls") for one in listed)
