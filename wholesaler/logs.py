"""Logs: structured, on stderr, for people on a terminal and as JSON lines otherwise; secrets are taken out."""

import logging
import sys
from collections.abc import Sequence
from typing import Any, Literal

import structlog
from structlog.typing import EventDict, WrappedLogger

from wholesaler.redaction import redact_document

LogFormat = Literal["auto", "console", "json"]


class _Redactor:
    """A processor that takes the secrets out of everything that is logged."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._secrets = secrets

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        cleaned: EventDict = redact_document(event, self._secrets)
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
