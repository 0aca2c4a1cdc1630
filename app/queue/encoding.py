"""How a job travels through the queue: its fields as JSON, by the name of its class."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, get_args

from app.jobs import Job

KINDS: dict[str, type[Job]] = {kind.__name__: kind for kind in get_args(Job)}


def to_bytes(job: Job) -> bytes:
    return json.dumps(asdict(job), separators=(",", ":")).encode()


def from_bytes(kind: type[Job], payload: bytes) -> Job:
    fields: dict[str, Any] = json.loads(payload)
    make: Callable[..., Job] = kind
    # A newer release that works beside this one may know more of a job than this one does.
    known = kind.__dataclass_fields__.keys() & fields.keys()
    return make(**{name: _tuples(fields[name]) for name in known})


def _tuples(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value
