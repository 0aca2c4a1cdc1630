"""GET /api/docs: the API's description, for people."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from app.web.api.routes import OPENAPI, ROOT
from app.web.pages.rendering import View

_Json = dict[str, Any]
_FOR_EXAMPLE = {
    "owner": "acme",
    "repo": "web",
    "test_id": "17",
    "cluster_id": "4",
    "run_id": "19283746",
    "number": "42",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A parameter, or a field of an answer: its kind in words."""

    name: str
    kind: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One thing that the API does; `shape` names what it answers with, `curl` is what to type for it, after the host."""

    method: str
    path: str
    summary: str
    parameters: tuple[Field, ...]
    body: str | None
    shape: str | None
    is_list: bool
    curl: tuple[str, str]


async def show_api(view: View, request: web.Request) -> web.Response:
    """Show every operation, and every shape that goes in or comes out."""
    parts = {"operations": _OPERATIONS, "shapes": _SHAPES, "root": ROOT}
    return view.pages.render(request, "api.html", view.gate.clock(), parts)


def _operations() -> Iterator[Operation]:
    for path, operations in OPENAPI["paths"].items():
        for method, one in operations.items():
            shape, is_list = _answer(one)
            yield Operation(
                method=method.upper(),
                path=path,
                summary=one["summary"],
                parameters=tuple(_parameter(p) for p in one.get("parameters", ())),
                body=_named(_body(one)["schema"]) if _takes_json(one) else None,
                shape=shape,
                is_list=is_list,
                curl=_curl(path, one),
            )


def _answer(operation: _Json) -> tuple[str | None, bool]:
    good = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
    schema = good["content"]["application/json"]["schema"]
    if "properties" in schema:
        return _named(schema["properties"]["items"]["items"]), True
    return _named(schema), False


def _takes_json(operation: _Json) -> bool:
    return "application/json" in operation.get("requestBody", {}).get("content", {})


def _body(operation: _Json) -> _Json:
    body: _Json = operation["requestBody"]["content"]["application/json"]
    return body


def _curl(path: str, operation: _Json) -> tuple[str, str]:
    """Return what stands before and after the host in a call that asks for this."""
    call = 'curl -H "Authorization: Bearer $TOKEN"'
    if _takes_json(operation):
        call += f" -d '{json.dumps(_body(operation)['example'])}'"
    elif "requestBody" in operation:
        call += " -F report=@junit.xml -F commit=$(git rev-parse HEAD) -F ci=Jenkins -F build=$BUILD_NUMBER"
    takes = {one["name"] for one in operation.get("parameters", ())}
    return call, ROOT + path.format_map(_FOR_EXAMPLE) + ("?limit=10" if "limit" in takes else "")


def _parameter(one: _Json) -> Field:
    schema = one["schema"]
    said = one.get("description") or schema.get("description", "")
    usual = schema.get("default")
    if one["in"] == "path":
        said = said or "In the address."
    elif usual is not None:
        said = f"{said} {usual} by default.".lstrip()
    return Field(name=one["name"], kind=_kind(schema), description=said)


def _named(schema: _Json) -> str | None:
    name: str | None = schema.get("$ref", "").rpartition("/")[2] or None
    return name


def _shapes() -> Iterator[tuple[str, str, tuple[Field, ...]]]:
    for name, schema in sorted(OPENAPI["components"]["schemas"].items()):
        if "properties" in schema and not name.endswith("Wanted"):
            fields = tuple(_field(key, one) for key, one in schema["properties"].items())
            yield name, schema.get("description", ""), fields


def _field(name: str, schema: _Json) -> Field:
    return Field(name=name, kind=_kind(schema), description=schema.get("description", ""))


def _kind(schema: _Json) -> str:
    """Say what a value is: the name of its shape, the words it may be, or its type."""
    if "$ref" in schema:
        named = schema["$ref"].rpartition("/")[2]
        words = OPENAPI["components"]["schemas"][named].get("enum")
        return " | ".join(map(str, words)) if words else named
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(one) for one in schema["anyOf"]))
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type") or "anything")


_OPERATIONS = tuple(_operations())
_SHAPES = tuple(_shapes())
