"""What a process that serves knows before it answers: where it listens, and which App it is."""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from app.settings import Settings
from app.web.health import Health
from app.web.setup.waiting import Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a process listens, how it is, and when it is to end."""

    health: Health
    sockets: Sequence[socket.socket]
    address: str
    stop: asyncio.Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The settings with an App in them. `waiting` is for whoever has just made it on the set-up page."""

    settings: Settings
    waiting: Waiting | None = None
