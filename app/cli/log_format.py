"""How the program's log looks: one event a line, ids as fields, and never a secret."""

import logging
import re
import sys
from types import TracebackType
from typing import Any

import structlog

from app.core.redaction import HIDDEN, without_secrets

_SECRET_KEY = re.compile(r"(?i)password|secret|token$|authorization|private_?key|cookie")
_PLAIN = (int, float, bool, type(None))


def configure_log(log_format: str, level: str) -> None:
    """Set up structlog and what libraries log by themselves; everything goes to standard error."""
    wanted = getattr(logging, level.upper())
    structlog.configure(
        processors=[*_DESCRIBE, *_write(log_format)],
        wrapper_class=structlog.make_filtering_bound_logger(wanted),
        # One call a line, or the lines of a thread would fall into those of another.
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(library_format(log_format))
    handler.addFilter(_is_news)
    logging.basicConfig(level=max(wanted, logging.WARNING), handlers=[handler])
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_crash


_DESCRIBE: tuple[structlog.typing.Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def _write(log_format: str) -> tuple[structlog.typing.Processor, ...]:
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    return structlog.processors.format_exc_info, redact, renderer


def library_format(log_format: str) -> logging.Formatter:
    """Make what libraries log look like our own lines: they know nothing of ours, and print URLs as they are."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_DESCRIBE, structlog.stdlib.add_logger_name],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_write(log_format)],
    )


def _is_news(record: logging.LogRecord) -> bool:
    """Leave out that the queue logs each job that failed with its traceback: the worker has said it already, in one line."""
    return not (record.name == "pgqueuer" and str(record.msg).startswith("Exception while processing"))


def _log_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    structlog.get_logger().critical("crashed", exc_info=(kind, error, trace))


def redact(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:  # noqa: ANN401 - structlog's signature
    """Take out of a log event whatever looks like a token, a key or a password, however deep it stands."""
    return {key: HIDDEN if _SECRET_KEY.search(key) else _redacted(value) for key, value in event.items()}


def _redacted(value: object) -> object:
    match value:
        case str():
            return without_secrets(value)
        case dict():
            return redact(None, "", {str(key): inner for key, inner in value.items()})
        case list() | tuple() | set() | frozenset():
            return [_redacted(inner) for inner in value]
        case _ if isinstance(value, _PLAIN):
            return value
        case _:
            # Exceptions, paths, bytes: the renderer would print them in their own words.
            return without_secrets(str(value) if isinstance(value, BaseException) else repr(value))
