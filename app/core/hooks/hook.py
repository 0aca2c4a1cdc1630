"""A hook: where the operator wants something told, and what."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

from app.core.globs import any_name_matches

EVERY_REPOSITORY = ("*",)


class HookEvent(StrEnum):
    """What can be told. The actions of each: docs/webhooks.md."""

    STANDING = "standing"
    QUARANTINE = "quarantine"
    ISSUE = "issue"
    INCIDENT = "incident"


class Preset(StrEnum):
    """In which form it is told: as our own JSON, or as a message that Slack or Discord show."""

    GENERIC = "generic"
    SLACK = "slack"
    DISCORD = "discord"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """One hook. Its `name` may stand anywhere; its address is a secret as much as its key, since Slack's and Discord's are.

    `repositories` are globs of `owner/name`. Only with `allows_private` may it be in a private network or on this
    machine, and then over plain HTTP, too.
    """

    name: str
    url: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)
    events: frozenset[HookEvent] = frozenset(HookEvent)
    repositories: tuple[str, ...] = EVERY_REPOSITORY
    preset: Preset = Preset.GENERIC
    allows_private: bool = False

    def hears(self, event: HookEvent, full_name: str) -> bool:
        """Tell whether the hook is to hear of such events of that repository. GitHub's names are the same in any case."""
        globs = [one.lower() for one in self.repositories]
        return event in self.events and any_name_matches([full_name.lower()], globs)


def name_of(url: str) -> str:
    """Return what a hook is called that was given no name: its host, and a digest, from which nobody finds its address."""
    digest = hashlib.sha256(url.encode()).hexdigest()[:8]
    return f"{urlsplit(url).hostname}-{digest}"


def preset_of(url: str) -> Preset:
    """Return in which form a hook is told things that was given no form: Slack and Discord understand no other."""
    parts = urlsplit(url)
    if parts.hostname in ("hooks.slack.com", "hooks.slack-gov.com"):
        return Preset.SLACK
    is_discords = parts.hostname in ("discord.com", "discordapp.com", "canary.discord.com", "ptb.discord.com")
    return Preset.DISCORD if is_discords and parts.path.startswith("/api/") else Preset.GENERIC


def who_hears(hooks: Iterable[Hook], event: HookEvent, full_name: str) -> list[Hook]:
    """Return the hooks that are to hear of such an event of a repository."""
    return [one for one in hooks if one.hears(event, full_name)]
