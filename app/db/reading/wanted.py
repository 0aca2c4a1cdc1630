"""What the filters of lists have in common: their limits, which the API tells, and how they become parts of a question."""

import re
from datetime import datetime, timedelta
from typing import Annotated

import msgspec

from app.core.model import RepoId
from app.db.connection import Connection
from app.db.reading.marks import storable
from app.db.weeks import latest_attempt_at

Words = Annotated[str, msgspec.Meta(max_length=300)]
Days = Annotated[int, msgspec.Meta(ge=1, le=3_660)]
Number = Annotated[int, msgspec.Meta(ge=1, le=2**53)]

_BETWEEN = re.compile(r"\s+|::|›")
_SPECIAL = re.compile(r"([\\%_])")


def patterns_of(said: str | None) -> str | None:
    """Return LIKE's patterns where somebody looks for a part of a name, a line each: each word of it, wherever it stands.

    None where nothing is said.
    """
    found = (word for word in _BETWEEN.split(storable(said or "")) if word)
    return "\n".join("%" + _SPECIAL.sub(r"\\\1", word) + "%" for word in found) or None


def text_if_any(said: str | None) -> str | None:
    """Return a filter's text; an empty one, as a form sends it, is none."""
    return storable(said) if said else None


async def since_days(conn: Connection, repo_id: RepoId, days: int | None) -> datetime | None:
    """Return the beginning of the `days` before the repository's latest attempt; None: no period is asked for.

    A repository without a run has no period either, and nothing that could lie in it.
    """
    if days is None:
        return None
    latest = await latest_attempt_at(conn, repo_id)
    return None if latest is None else latest - timedelta(days=days)
