"""A policy as it is told: key by key with what each means, and as a file that could be written."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from app.core.policy import DEFAULT, Policy

_TURNED_FIRST = ("version", "window_size", "warn_threshold", "quarantine_threshold", "min_runs", "min_failures")
_PLAIN = re.compile(r"[a-z][a-z_]*")
_NO_TEXT = ("true", "false", "null")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldKey:
    """A key by its path, `quarantine.mode`; its value as a file would say it, and whether that is not the default."""

    name: str
    value: str
    means: str
    is_set: bool


def keys_of(policy: Policy) -> Iterator[ToldKey]:
    """Yield every key of a policy, as docs/policy.md has them."""
    return _keys(policy, DEFAULT, "")


def _keys(section: BaseModel, usual: BaseModel, before: str) -> Iterator[ToldKey]:
    # What stands within a value is told only as far as somebody said it: a team has what the policy has.
    said = section.model_dump(mode="json") | section.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
    for name, field in type(section).model_fields.items():
        value, default = getattr(section, name), getattr(usual, name)
        if isinstance(value, BaseModel):
            yield from _keys(value, default, f"{before}{name}.")
        else:
            yield ToldKey(
                name=before + name, value=_flow(said[name]), means=field.description or "", is_set=value != default
            )


def written(policy: Policy) -> str:
    """Write a policy as a file: what a score is judged by, and else what is not the default."""
    said = {name: getattr(policy, name) for name in _TURNED_FIRST} | policy.model_dump(
        mode="json", exclude_defaults=True, exclude_none=True
    )
    return "".join(f"{line}\n" for line in _lines(said))


def _lines(said: Mapping[str, Any]) -> Iterator[str]:
    for key, value in said.items():
        if isinstance(value, dict) and value:
            yield f"{_flow(key)}:"
            yield from (f"  {line}" for line in _lines(value))
        else:
            yield f"{_flow(key)}: {_flow(value)}"


def _flow(value: object) -> str:
    """Write a value on one line; JSON is YAML, and a word that can be nothing but text needs no quotes."""
    match value:
        case str():
            return value if _PLAIN.fullmatch(value) and value not in _NO_TEXT else _quoted(value)
        case list() | tuple():
            return f"[{', '.join(map(_flow, value))}]"
        case dict():
            return "{" + ", ".join(f"{_flow(key)}: {_flow(one)}" for key, one in value.items()) + "}"
        case _:
            return json.dumps(value, ensure_ascii=False)


def _quoted(text: str) -> str:
    """Quote a text; what nobody sees is written by number, as some of it ends a line to some programs."""
    said = json.dumps(text, ensure_ascii=False)
    return "".join(one if one.isprintable() else f"\\U{ord(one):08x}" for one in said)
