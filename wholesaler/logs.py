"""Logs: structured, on stderr, for people on a terminal and as JSON lines otherwise; secrets are taken out."""

import logging
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import structlog
from structlog.typing import EventDict, WrappedLogger

HIDDEN = "•••"
_SHORT = 4
LogFormat = Literal["auto", "console", "json"]


def redact(text: str, secrets: Sequence[str]) -> str:
    """``text`` without any of ``secrets`` (longest first, so that no part of one stays)."""
    for secret in secrets:
        if len(secret) >= _SHORT:
            text = text.replace(secret, HIDDEN)
        else:
            # a password of a letter or two stands in half of all words
            text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", HIDDEN, text)
    return text


def redacted(value: Any, secrets: Sequence[str]) -> Any:
    """A document without any of ``secrets``; what is neither a container nor a plain value becomes its text."""
    if value is None or isinstance(value, bool | int | float | Decimal | date | UUID):
        return value
    if isinstance(value, Mapping):
        return {name: redacted(item, secrets) for name, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [redacted(item, secrets) for item in value]
    return redact(str(value), secrets)


class _Redactor:
    """A processor that takes the secrets out of everything that is logged."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._secrets = secrets

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        cleaned: EventDict = redacted(event, self._secrets)
        return cleaned


def configure_logs(log_format: LogFormat, *, quiet: bool, verbose: bool, secrets: Sequence[str]) -> None:
    """Set logging up for this process: warnings only when ``quiet``, tracebacks only when ``verbose``."""
    console = log_format == "console" or (log_format == "auto" and sys.stderr.isatty())
    level = logging.WARNING if quiet else logging.DEBUG if verbose else logging.INFO
    traceback: list[Any] = [structlog.processors.format_exc_info] if verbose else [_without_traceback]
    renderer: list[Any]
    if console:
        renderer = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    else:
        renderer = [structlog.processors.JSONRenderer(default=str)]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=not console),
            *traceback,
            _Redactor(secrets),
            *renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )


def _without_traceback(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    event.pop("exc_info", None)
    return event
