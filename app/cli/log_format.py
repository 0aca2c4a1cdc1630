"""How the program's log looks: one event a line, ids as fields, and never a secret."""

import logging
import re
import sys
from typing import Any

import structlog

_SECRET = re.compile(
    r"gh[opsu]_[A-Za-z0-9._-]{20,}|github_pat_\w{20,}|(?i:bearer|token) [A-Za-z0-9._-]{20,}"
    r"|eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|(?<=sig=)[^&\s\"']{10,}|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
)


def configure_log(log_format: str, level: str) -> None:
    """Set up structlog and what libraries log by themselves; everything goes to standard error."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    # The queue logs every retry with its traceback; the worker has said it already, in one line.
    logging.getLogger("pgqueuer").setLevel(logging.CRITICAL)


def redact(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:  # noqa: ANN401 - structlog's signature
    """Take out of a log event whatever looks like a token, a key or a password in an address."""
    return {key: _SECRET.sub("…", value) if isinstance(value, str) else value for key, value in event.items()}
