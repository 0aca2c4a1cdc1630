"""The bytes that go out to a hook."""

import msgspec

from app.core.hooks.body import decode
from app.core.hooks.discord import to_discord
from app.core.hooks.hook import Preset
from app.core.hooks.slack import to_slack


def formed(raw: bytes, preset: Preset) -> bytes:
    """Return a body in the form that a hook is told things in; our own is the body as it is, so that it is signed so."""
    match preset:
        case Preset.GENERIC:
            return raw
        case Preset.SLACK:
            return msgspec.json.encode(to_slack(decode(raw)))
        case Preset.DISCORD:
            return msgspec.json.encode(to_discord(decode(raw)))
