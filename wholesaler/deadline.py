"""By when work must have ended: what waits within knows it, in every thread that copies the context.

An answer is waited for no longer than is left (``http_client.py``), a pause that would go beyond is not begun
(``retry.py``), and statements that run then are cancelled, as are those that begin later (``db/engine.py``). The
transaction around them is rolled back as after any error; it is called by its name, since all of these errors are only
what the end looked like from there.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from math import inf
from threading import Event, Lock, Thread

from wholesaler.errors import DeadlineError, WholesalerError

#: seconds between two cancellations of what has not ended yet: a stage may begin one statement after the other
_PERIOD = 0.1


class OutOfTime(DeadlineError):
    """Something was begun after the deadline; :func:`limit` says whose it was."""


class _Deadline:
    def __init__(self, end: float, late: Callable[[], WholesalerError]) -> None:
        self.end = end
        self.late = late
        self._cancels: dict[int, Callable[[], None]] = {}
        self._lock = Lock()
        self._over = Event()
        self._thread: Thread | None = None

    @property
    def is_past(self) -> bool:
        return time.monotonic() >= self.end

    def watch(self, key: int, cancel: Callable[[], None]) -> None:
        with self._lock:
            self._cancels[key] = cancel
            if self._thread is None and self.end != inf:
                self._thread = Thread(target=self._cancel_all, name="deadline", daemon=True)
                self._thread.start()

    def leave(self, key: int) -> None:
        """From here on it is not cancelled any more: who waits for the lock waits for a cancellation under way."""
        with self._lock:
            self._cancels.pop(key, None)

    def close(self) -> None:
        self._over.set()
        with self._lock:
            self._cancels.clear()

    def _cancel_all(self) -> None:
        if self._over.wait(max(0.0, self.end - time.monotonic())):
            return
        while not self._over.wait(_PERIOD):
            with self._lock:
                for cancel in self._cancels.values():
                    with suppress(Exception):  # a connection that is gone needs no cancelling
                        cancel()


_current: ContextVar[_Deadline | None] = ContextVar("deadline", default=None)


@contextmanager
def limit(seconds: float, late: Callable[[], WholesalerError]) -> Iterator[None]:
    """Within there are ``seconds``, or what an outer limit leaves; what fails after them fails with ``late()``.

    What ends well after them has ended well.
    """
    deadline = _Deadline(time.monotonic() + seconds, late)
    outer = _current.get()
    if outer is not None and outer.end <= deadline.end:
        deadline.end, deadline.late = outer.end, outer.late
    token = _current.set(deadline)
    try:
        with late_errors():
            yield
    finally:
        _current.reset(token)
        deadline.close()


@contextmanager
def late_errors() -> Iterator[None]:
    """Within, an error after the deadline is the deadline's own."""
    try:
        yield
    except Exception as error:
        deadline = _current.get()
        is_named = isinstance(error, DeadlineError) and not isinstance(error, OutOfTime)
        if deadline is None or is_named or not deadline.is_past:
            raise
        raise deadline.late() from error


@contextmanager
def unlimited() -> Iterator[None]:
    """Within there is no deadline: for what must be written when all is over."""
    token = _current.set(None)
    try:
        yield
    finally:
        _current.reset(token)


def remaining() -> float:
    """The seconds that are left, never below 0; infinite without a deadline."""
    deadline = _current.get()
    return inf if deadline is None else max(0.0, deadline.end - time.monotonic())


def check() -> None:
    """Raise :class:`OutOfTime` after the deadline."""
    if remaining() <= 0:
        raise OutOfTime("Out of time.")


def watch(key: int, cancel: Callable[[], None]) -> Callable[[], None]:
    """Have ``cancel`` called, by another thread and again and again, once the deadline has passed.

    Returns what ends that; after it nothing is being cancelled.
    """
    deadline = _current.get()
    if deadline is None:
        return lambda: None
    deadline.watch(key, cancel)
    return lambda: deadline.leave(key)
