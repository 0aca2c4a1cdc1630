"""The MCP server, made with the official SDK: over a program's own input and output, or over HTTP."""

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from socket import socket
from typing import Any

import msgspec
import structlog
import uvicorn
from mcp.server import Server
from mcp.server.context import ServerRequestContext
from mcp.server.stdio import stdio_server
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    ToolAnnotations,
)
from mcp_types import Tool as ListedTool
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.text import cut, shown
from app.mcp.answer import Answer, object_schema, say, schema_of
from app.mcp.asking import Api, CannotAnswer
from app.mcp.meaning import Unclear
from app.mcp.tools import INSTRUCTIONS, TOOLS, Tool
from app.metrics import VERSION

PATH = "/mcp"
_LARGEST_REQUEST = 256 * 1024
_LONGEST_COMPLAINT = 300
_ENDED_WITHIN = 10
"""Seconds."""
_READS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)

_Context = ServerRequestContext[Any, Any]
_log = structlog.get_logger()


def make_server(api: Api, *, each_its_own: bool = False) -> Server[Any]:
    """Make a server that asks that API; with `each_its_own`, on behalf of the token that each request brings."""

    async def call(context: _Context, params: CallToolRequestParams) -> CallToolResult:
        asked = api.on_behalf_of(_token_of(context)) if each_its_own else api
        tool = TOOLS.get(params.name)
        if tool is None:
            return _result(_refusal(f"There is no such tool; there are {', '.join(TOOLS)}."))
        return _result(await _answer(tool, asked, params.arguments or {}))

    return Server(
        "flakeguard",
        title="FlakeGuard",
        version=VERSION,
        instructions=INSTRUCTIONS,
        on_list_tools=_list_tools,
        on_call_tool=call,
    )


async def _list_tools(_: _Context, __: PaginatedRequestParams | None) -> ListToolsResult:
    return ListToolsResult(tools=[_listed(one) for one in TOOLS.values()])


def _listed(tool: Tool[Any]) -> ListedTool:
    return ListedTool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=object_schema(tool.wanted),
        output_schema=schema_of(tool.about, tool.item),
        annotations=_READS,
    )


async def _answer(tool: Tool[Any], api: Api, given: dict[str, Any]) -> Answer:
    try:
        wanted = msgspec.convert(given, tool.wanted)
    except msgspec.ValidationError as error:
        return _refusal(f"{cut(shown(str(error)), _LONGEST_COMPLAINT)}.")
    try:
        answer: Answer = await tool.find(api, wanted)
    except Unclear as unclear:
        return unclear.answer
    except CannotAnswer as error:
        _log.info("not_answered", tool=tool.name, reason=str(error))
        return _refusal(str(error))
    return answer


def _refusal(why: str) -> Answer:
    return Answer(summary=why, is_error=True)


def _result(answer: Answer) -> CallToolResult:
    said = say(answer, secrets.token_hex(4))
    return CallToolResult(
        content=[TextContent(type="text", text=said.text)],
        structured_content=None if answer.is_error else said.data,
        is_error=answer.is_error,
    )


async def serve_stdio(server: Server[Any]) -> None:
    """Answer whoever started this program, until they close its input."""
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())


def make_http_app(server: Server[Any], hosts: list[str]) -> ASGIApp:
    """Make an application for HTTP that answers nobody without a token, and under no other than these names.

    A name is a host, or a host with its port; a page in a browser that was led to us by another name is refused.
    """
    names = [name for host in hosts for name in (host, f"{host}:*")]
    security = TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=names,
        allowed_origins=[f"{scheme}://{name}" for name in names for scheme in ("http", "https")],
    )
    # Each request stands by itself: there is no session that somebody else's token could go on with.
    app = server.streamable_http_app(
        streamable_http_path=PATH,
        stateless_http=True,
        json_response=True,
        transport_security=security,
        max_request_body_size=_LARGEST_REQUEST,
    )
    return _TokenDemanded(app)


class _TokenDemanded:
    """Refuses requests that bring no token; whose it is, the API says."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not _bearer(dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")):
            head = [(b"www-authenticate", b'Bearer realm="FlakeGuard"'), (b"content-type", b"application/json")]
            await send({"type": "http.response.start", "status": 401, "headers": head})
            await send({"type": "http.response.body", "body": b'{"error":"a token is needed"}'})
            return
        await self._app(scope, receive, send)


def _token_of(context: _Context) -> str | None:
    return _bearer(context.request.headers.get("authorization", "")) if context.request is not None else None


def _bearer(header: str) -> str | None:
    kind, _, token = header.partition(" ")
    return token.strip() or None if kind.lower() == "bearer" else None


class _Quiet(uvicorn.Server):
    """Leaves signals alone: uvicorn would end the process by one before we have cleaned up."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve_http(app: ASGIApp, sockets: list[socket], stop: asyncio.Event) -> None:
    """Answer at those sockets until we are told to stop; what was begun by then is ended within some seconds."""
    server = _Quiet(
        uvicorn.Config(
            app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=_ENDED_WITHIN
        )
    )
    serving = asyncio.create_task(server.serve(sockets=sockets))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        server.should_exit = True
    await serving
