"""How the program's log looks: one event a line, ids as fields, and never a secret."""

import logging
import re
import sys
from types import TracebackType
from typing import Any

import structlog

# No text may hold up the log: each expression either takes what it has begun with or fails within a few characters, and
# none begins again within what it has looked at.
_SECRET = re.compile(
    r"gh[oprsu]_[A-Za-z0-9._-]{20,}|github_pat_\w{20,}|fgt_[A-Za-z0-9_-]{20,}|(?i:bearer|token|basic) [A-Za-z0-9+/=._-]{16,}"
    r"|eyJ[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]+)*"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|(?<=://)[^/\s:]*:[^/\s]*(?=@)"
    # The path of such an address is all that it takes to write to somebody's channel.
    r"|(?:(?<=hooks\.slack\.com/)|(?<=hooks\.slack-gov\.com/)|(?<=/webhooks/)(?=\d))[^\s\"'\\<>]+"
)
# The signature of a link to a blob, a password in a database's URL, the parameters of an OAuth answer.
_PARAMETER = re.compile(
    r"""(?i)((?:sig|signature|password|passwd|passfile|secret|token|credential|api_?key)=)(?:"[^"]*"|'[^']*'|[^&\s"']+)"""
)
# A member of JSON, or of a dict, within a text; where that was quoted itself, a quotation ends with as many backslashes as it began.
_MEMBER = re.compile(
    r"""(?i)((?:password|passwd|secret|token|credential|api_?key|private_?key|cookie)\\{0,15}["']\s{0,5}:\s{0,5}(\\{0,15})(["']))"""
    r"""[\s\S]*?((?<!\\)\2\3|\Z)"""
)
_SECRET_KEY = re.compile(r"(?i)password|secret|token$|authorization|private_?key|cookie")
_PLAIN = (int, float, bool, type(None))
_HIDDEN = "…"


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
    return {key: _HIDDEN if _SECRET_KEY.search(key) else _redacted(value) for key, value in event.items()}


def without_secrets(text: str) -> str:
    """Return the text with an ellipsis in place of each token, JWT, private key, signature, password and address of a chat's hook."""
    text = _PARAMETER.sub(rf"\1{_HIDDEN}", _SECRET.sub(_HIDDEN, text))
    return _MEMBER.sub(rf"\1{_HIDDEN}\4", text)


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
