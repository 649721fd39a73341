"""Logs: structured, on stderr, for people on a terminal and as JSON lines otherwise; secrets are taken out.

Streams that are full, broken or closed end no command: see :func:`guard_streams`. structlog is imported by the first
event only: what shows something logs nothing, and a second run of a market is to end at once.
"""

import codecs
import io
import json
import os
import select
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

from wholesaler.redaction import redact_document

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer
    from structlog.typing import EventDict, WrappedLogger


LogFormat = Literal["auto", "console", "json"]


#: what is logged even by a run that is to be quiet: one line tells from a night that did not take place. It is for who
#: reads JSON: people have the same in the table of the run
_ALWAYS = {"run_finished"}


class Log:
    """The log of the program, one for all modules: structlog's, which is imported and set up by the first event."""

    def __init__(self) -> None:
        self._lock = Lock()
        #: sets structlog up; none when it is
        self._set_up: Callable[[], None] | None = None

    def set_up_by(self, set_up: Callable[[], None] | None) -> None:
        """Have the next event set structlog up; with none, leave it as it is."""
        with self._lock:
            self._set_up = set_up

    def debug(self, event: str, **facts: Any) -> None:
        """An event for who looks for what is wrong."""
        self._write("debug", event, facts)

    def info(self, event: str, **facts: Any) -> None:
        """What was done."""
        self._write("info", event, facts)

    def warning(self, event: str, **facts: Any) -> None:
        """What somebody should know of."""
        self._write("warning", event, facts)

    def error(self, event: str, **facts: Any) -> None:
        """What has failed; ``exc_info`` as with the standard library's logs."""
        self._write("error", event, facts)

    def _write(self, level: str, event: str, facts: dict[str, Any]) -> None:
        import structlog

        if self._set_up is not None:
            with self._lock:
                if self._set_up is not None:  # another thread may have been first
                    self._set_up()
                    self._set_up = None
        getattr(structlog.get_logger(), level)(event, **facts)


log = Log()


def configure_logs(log_format: LogFormat, *, quiet: bool, verbose: bool, secrets: Sequence[str]) -> None:
    """Set logging up for this process: warnings only when ``quiet``, tracebacks only when ``verbose``.

    In JSON a quiet run leaves one line all the same, that it has ended.
    """
    log.set_up_by(partial(_configure, log_format, quiet=quiet, verbose=verbose, secrets=secrets))


def _configure(log_format: LogFormat, *, quiet: bool, verbose: bool, secrets: Sequence[str]) -> None:
    import structlog

    as_json = is_json(log_format)
    level = 10 if verbose and not quiet else 20
    traceback: list[Any] = [structlog.processors.format_exc_info] if verbose else [_remove_traceback]
    renderer: list[Any]
    if as_json:
        renderer = [structlog.processors.JSONRenderer(default=str)]
    else:
        renderer = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]

    def leave_out(logger: "WrappedLogger", method: str, event: "EventDict") -> "EventDict":
        is_wanted = as_json if event["event"] in _ALWAYS else not quiet or method not in {"debug", "info"}
        if not is_wanted:
            raise structlog.DropEvent
        return event

    def take_secrets_out(logger: "WrappedLogger", method: str, event: "EventDict") -> "EventDict":
        cleaned: EventDict = redact_document(event, secrets)
        return cleaned

    structlog.configure(
        processors=[
            leave_out,
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=as_json),
            *traceback,
            take_secrets_out,
            *renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )


def is_json(log_format: str) -> bool:
    """Whether the log is JSON lines: where it is asked for, and by default where nobody reads along."""
    return log_format == "json" or (log_format == "auto" and not sys.stderr.isatty())


def error_line(log_format: str, message: str, hint: str | None = None, **facts: Any) -> str:
    """The last word of a command, a line: an event of the JSON log, or what a person reads. Without structlog."""
    if not is_json(log_format):
        words = f"{message} {hint or ''}".split()
        return f"wholesaler: {' '.join(words)}\n"
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    event = {**facts, "message": message, "hint": hint, "event": "command_failed", "level": "error", "timestamp": now}
    return json.dumps(event, default=str, ensure_ascii=False) + "\n"


def guard_streams() -> None:
    """Make stdout and stderr streams that end no command: writing to them never raises.

    Why a stream could not be written is told by :func:`lost_output` and :func:`lost_log`. Characters that its encoding
    lacks are written as JSON writes them (``\\u00e9``), so that a document stays one. A closed descriptor gets the null
    device: else the next socket would have its number, and the log would go to the database.
    """
    closed = [number for number in (0, 1, 2) if not _is_open(number)]
    while (filler := os.open(os.devnull, os.O_RDWR)) in closed:
        pass
    os.close(filler)
    codecs.register_error("json", _escape)
    sys.stdout = _guarded(1, sys.stdout, is_closed=1 in closed)
    sys.stderr = _guarded(2, sys.stderr, is_closed=2 in closed)


def lost_output() -> OSError | None:
    """Why what was printed is not, or not all of it, on stdout."""
    return _failure(sys.stdout)


def lost_log() -> OSError | None:
    """Why what was logged is not, or not all of it, on stderr."""
    return _failure(sys.stderr)


class _Descriptor(io.FileIO):
    """A file descriptor to write to: the first failure is kept, and nothing is written any more."""

    failure: OSError | None = None

    def write(self, data: "ReadableBuffer") -> int:
        view = memoryview(data)
        while self.failure is None:
            try:
                written = super().write(view)
            except OSError as error:
                self.failure = error
                break
            if written is not None:
                return written
            select.select([], [self], [])  # somebody else made it one that does not wait
        return view.nbytes


def _guarded(number: int, stream: Any, *, is_closed: bool) -> io.TextIOWrapper:
    """A stream on a descriptor, with the encoding of what Python has made of it."""
    try:
        descriptor = _Descriptor(number, "w", closefd=False)
    except OSError as error:  # a directory
        descriptor = _Descriptor(os.open(os.devnull, os.O_WRONLY), "w")
        descriptor.failure = error
    if is_closed:
        descriptor.failure = OSError("it is closed")
    encoding = getattr(stream, "encoding", None) or "utf-8"
    at_once = number == 2 or descriptor.isatty()
    return io.TextIOWrapper(io.BufferedWriter(descriptor), encoding, "json", line_buffering=at_once)


def _failure(stream: Any) -> OSError | None:
    if stream is None:
        return OSError("it is closed")
    stream.flush()
    descriptor = getattr(getattr(stream, "buffer", None), "raw", None)
    return descriptor.failure if isinstance(descriptor, _Descriptor) else None


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _escape(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


def _remove_traceback(logger: "WrappedLogger", method: str, event: "EventDict") -> "EventDict":
    event.pop("exc_info", None)
    return event
