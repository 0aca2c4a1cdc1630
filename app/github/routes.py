"""Paths of GitHub's API, built from quoted parts only: what a branch or a file is called cannot lead elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where a request goes: `template` as GitHub's documentation writes it, `path` with everything filled in."""

    template: str
    path: str


def route(template: str, query: Mapping[str, str | int | None] | None = None, **parts: str | int) -> Route:
    """Fill a template such as `/repos/{owner}/{repo}`; what is None in `query` is left out.

    The part named `path` keeps its slashes, every other part is one segment. Raises ValueError where a segment is
    empty or would climb.
    """
    path = template.format_map({name: _quote(name, str(value)) for name, value in parts.items()})
    asked = urlencode({name: value for name, value in (query or {}).items() if value is not None})
    return Route(template=template, path=f"{path}?{asked}" if asked else path)


def _quote(name: str, value: str) -> str:
    segments = value.split("/") if name == "path" else [value]
    if any(segment in ("", ".", "..") for segment in segments):
        raise ValueError(f"no part of a path: {value!r}")
    return "/".join(quote(segment, safe="") for segment in segments)
