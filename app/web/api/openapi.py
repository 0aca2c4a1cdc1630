"""The API's description (OpenAPI 3.1), made of the very types that it answers with."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from app.metrics import VERSION
from app.web.api.problems import Problem
from app.web.api.resources import DEFAULT_LIMIT, MOST_LISTED, Listing, Thing

_REF = "#/components/schemas/{name}"
_Json = dict[str, Any]
Resource = Listing[Any, Any] | Thing[Any]


def describe(resources: Sequence[Resource], more: _Json, kinds: Sequence[type]) -> _Json:
    """Describe the lists and things behind a repository, and `more` paths of `kinds` of their own."""
    wanted = [one.wanted for one in resources if isinstance(one, Listing)]
    shown = [*dict.fromkeys([*(one.row for one in resources), *wanted, *kinds, Problem])]
    _, schemas = msgspec.json.schema_components(shown, ref_template=_REF)
    paths = {path: dict(operations) for path, operations in more.items()}
    for one in resources:
        paths.setdefault(f"/repos/{{owner}}/{{repo}}{one.path}", {})["get"] = _operation(one, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "FlakeGuard",
            "version": VERSION,
            "summary": "What FlakeGuard knows of flaky tests.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token from the account page; a job of GitHub Actions sends its own.",
                },
                "session": {"type": "apiKey", "in": "cookie", "name": "__Host-flakeguard"},
            },
            "responses": {name: _problem(text) for name, text in _PROBLEMS.items()},
        },
    }


_PROBLEMS = {
    "400": "Something in the request makes no sense; `detail` says what.",
    "401": "Nobody signed in, or the token is none of ours.",
    "403": "This may be seen, and not done.",
    "404": "There is nothing here, or nothing that you may see.",
    "413": "The body is too large.",
    "503": "The database or GitHub is away; ask again.",
}


def problems(*statuses: int) -> _Json:
    """Point to the answers with which a request may be refused."""
    return {str(one): {"$ref": f"#/components/responses/{one}"} for one in statuses}


def _problem(text: str) -> _Json:
    schema = {"$ref": _REF.format(name="Problem")}
    return {"description": text, "content": {"application/problem+json": {"schema": schema}}}


def _operation(one: Resource, schemas: _Json) -> _Json:
    ids = [_path_parameter(name) for name in re.findall(r"{(\w+)}", one.path)]
    parameters = [*REPOSITORY_PARTS, *ids]
    row = {"$ref": _REF.format(name=one.row.__name__)}
    if isinstance(one, Listing):
        parameters += [*_filters(schemas[one.wanted.__name__]), *_PAGING]
        content: _Json = {"application/json": {"schema": page_of(row)}, "text/csv": {"schema": {"type": "string"}}}
    else:
        content = {"application/json": {"schema": row}}
    ok = {"description": one.summary, "content": content, "headers": _ETAG}
    unchanged = {"description": "It is still what the ETag in If-None-Match stands for."}
    return {
        "operationId": one.name,
        "summary": one.summary,
        "parameters": parameters,
        "responses": {"200": ok, "304": unchanged} | problems(400, 401, 404, 503),
    }


def page_of(row: _Json) -> _Json:
    """Describe a part of a list."""
    return {
        "type": "object",
        "required": ["items", "next"],
        "properties": {
            "items": {"type": "array", "items": row},
            "next": {"type": ["string", "null"], "description": "What to give as `after` for the next part."},
        },
    }


_ETAG = {"ETag": {"schema": {"type": "string"}, "description": "Changes when the answer does."}}


REPOSITORY_PARTS: tuple[_Json, ...] = tuple(
    {"name": name, "in": "path", "required": True, "schema": {"type": "string", "maxLength": 100}}
    for name in ("owner", "repo")
)


def _path_parameter(name: str) -> _Json:
    schema = {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _filters(schema: _Json) -> Iterator[_Json]:
    for name, said in schema["properties"].items():
        yield {"name": name, "in": "query", "schema": said}


_PAGING: tuple[_Json, ...] = (
    {"name": "after", "in": "query", "schema": {"type": "string"}, "description": "`next` of the part before."},
    {
        "name": "limit",
        "in": "query",
        "schema": {"type": "integer", "minimum": 1, "maximum": MOST_LISTED, "default": DEFAULT_LIMIT},
    },
    {"name": "format", "in": "query", "schema": {"enum": ["json", "csv"], "default": "json"}},
)
