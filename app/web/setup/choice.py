"""What the person chose, checked: addresses above all, for we tell GitHub of the one and ask the other."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import quote, urlsplit

from app.core.addresses import is_this_machine

GITHUB = "https://github.com"
FIELDS = ("public_url", "owner", "organization", "github", "keeping")
"""The fields of the form, as the page names them; no secret is among them."""
LONGEST_ANSWER = 300
_LONGEST_ADDRESS = LONGEST_ANSWER
_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*"
_PORT = r"(?::[0-9]{1,5})?"
_ADDRESS = re.compile(rf"https?://(?:{_HOST}|\[[0-9A-Fa-f:.]+\]){_PORT}")
_SERVER = re.compile(rf"(?:https://)?({_HOST}{_PORT})/?")
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


class Keeping(StrEnum):
    """Where the App's secrets go."""

    FILE = "file"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An App to be made: on which GitHub, whose, and where we are. `organization` is None for the person's own account."""

    public_url: str
    github_url: str
    organization: str | None
    keeping: Keeping

    @property
    def form_address(self) -> str:
        """Where GitHub takes a manifest. Source: "Registering a GitHub App from a manifest"."""
        owner = "" if self.organization is None else f"/organizations/{quote(self.organization)}"
        return f"{self.github_url}{owner}/settings/apps/new"


class BadChoice(ValueError):
    """Something makes no sense; `field` names the field of the form, the message says it to people."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the settings say already; None where the person is asked. Operators may name a GitHub that we would refuse to strangers."""

    public_url: str | None
    github_url: str | None

    def choose(self, form: Mapping[str, str]) -> Choice:
        """Read what was chosen. Raises BadChoice."""
        github_url = self.github_url or _github(form.get("github", ""))
        public_url = self.public_url or _public(form.get("public_url", ""), github_url)
        return Choice(
            public_url=public_url,
            github_url=github_url,
            organization=_organization(form),
            keeping=_keeping(form),
        )


def _github(text: str) -> str:
    said = text.strip()
    if not said:
        return GITHUB
    found = _SERVER.fullmatch(said) if len(said) <= _LONGEST_ADDRESS else None
    if found is None:
        raise BadChoice("github", "Write the server's name alone, such as github.example.com. It is reached by HTTPS.")
    host = found[1].lower()
    if _is_nowhere(host.partition(":")[0]):
        raise BadChoice("github", "No GitHub is at that address.")
    return f"https://{host}"


def _is_nowhere(host: str) -> bool:
    """Tell whether no server of GitHub's can be there: this machine itself, or an address that only machines use."""
    if is_this_machine(host):
        return True
    try:
        ip = ip_address(host)
    except ValueError:
        return False
    return ip.is_link_local or ip.is_multicast or ip.is_unspecified


def _public(text: str, github_url: str) -> str:
    said = text.strip().rstrip("/")
    if len(said) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(said):
        raise BadChoice("public_url", "Write the address alone, such as https://flakeguard.example.com.")
    if is_this_machine(urlsplit(said).hostname or "") and not is_this_machine(urlsplit(github_url).hostname or ""):
        raise BadChoice("public_url", "GitHub cannot reach that address: it means each machine itself.")
    return said


def _organization(form: Mapping[str, str]) -> str | None:
    if form.get("owner") == "account":
        return None
    if form.get("owner") != "organization":
        raise BadChoice("owner", "Choose whose App it will be.")
    name = form.get("organization", "").strip()
    if not _LOGIN.fullmatch(name):
        raise BadChoice("organization", "Write the organisation's name as it stands in its address on GitHub.")
    return name


def _keeping(form: Mapping[str, str]) -> Keeping:
    try:
        return Keeping(form.get("keeping", ""))
    except ValueError as error:
        raise BadChoice("keeping", "Choose where the App's secrets go.") from error


def guess_public_url(host: str) -> str:
    """Return an address to begin with, of the host that we are asked by: a person confirms or corrects it, and nobody else."""
    if not re.fullmatch(rf"(?:{_HOST}|\[[0-9A-Fa-f:.]+\]){_PORT}", host):
        return ""
    name = host.rpartition(":")[0] if re.search(r":[0-9]+$", host) else host
    return f"{'http' if is_this_machine(name.strip('[]')) else 'https'}://{host}"
