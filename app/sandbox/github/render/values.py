"""What all renderers write alike: times and opaque ids."""

import base64
from datetime import datetime
from hashlib import sha1

Json = dict[str, object]


def stamp(at: datetime | None) -> str | None:
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ")


def node_id(kind: str, number: int) -> str:
    return base64.b64encode(f"{kind}{number}".encode()).decode()


def number_of(text: str, *, digits: int = 12) -> int:
    """Make an id out of what something is called, always the same one."""
    return int(sha1(text.encode(), usedforsecurity=False).hexdigest()[:digits], 16)


def blob_sha(data: bytes) -> str:
    """Return the hash under which git keeps a file's content."""
    return sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
