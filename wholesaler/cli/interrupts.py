"""Ctrl-C and SIGTERM end a run in order where that is quick, and all the same where it is not.

In order is by an exception in the main thread: the run's row is closed and its locks are released. Threads that wait
for a server, and the driver that waits for the database, are deaf to it. After ``GRACE`` seconds the process is left as
it is, which is safe: kernel and database free the locks, what is not committed is rolled back, and the next run closes
the rows. Where counties are run side by side the exception is handed on to their threads. Before and after a run
``wholesaler/__main__.py`` ends the process at once.
"""

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed, wait
from contextlib import contextmanager, suppress
from contextvars import copy_context
from typing import TypeVar

from wholesaler.errors import ExitCode

GRACE = 3.0

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def end_on_signals(last_word: str) -> Iterator[None]:
    """Within, signals raise ``KeyboardInterrupt``; where that is not heard the process ends with ``last_word``.

    Only the main thread can have it so; one that ignores Ctrl-C, as in the background of a shell, goes on to.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    is_over = threading.Event()
    threading.Thread(target=_watch, args=(reader, is_over, last_word), name="signals", daemon=True).start()
    wakeup = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    handlers = {number: signal.getsignal(number) for number in _SIGNALS}
    for number, handler in handlers.items():
        if handler not in {signal.SIG_IGN, None}:
            signal.signal(number, signal.default_int_handler)
    report = sys.unraisablehook
    sys.unraisablehook = lambda lost: None if issubclass(lost.exc_type, KeyboardInterrupt) else report(lost)
    try:
        yield
    finally:
        sys.unraisablehook = report
        for number, handler in handlers.items():
            if handler is not None:
                signal.signal(number, handler)
        signal.set_wakeup_fd(wakeup)
        is_over.set()
        os.close(writer)


_Result = TypeVar("_Result")


def run_interruptibly(
    works: Sequence[Callable[[], _Result]], threads: int, done: Callable[[_Result], None], farewell: float
) -> list[_Result]:
    """The results of ``works``, in their order, done by so many threads; ``done`` is called with each as it comes.

    An exception here, such as that of a signal, interrupts them as a signal would, where Python lets them hear it; they
    have ``farewell`` seconds to end in order.
    """
    pool, running = ThreadPoolExecutor(threads, thread_name_prefix="county"), _Running()
    jobs = [pool.submit(copy_context().run, running.run, work) for work in works]
    try:
        for job in as_completed(jobs):
            done(job.result())
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        running.interrupt()
        wait(jobs, farewell)
        raise
    pool.shutdown()
    return [job.result() for job in jobs]


class _Running:
    """The threads that are at work."""

    def __init__(self) -> None:
        self._threads: set[int] = set()
        self._is_over = False
        self._lock = threading.Lock()

    def run(self, work: Callable[[], _Result]) -> _Result:
        """Do the work, which can be interrupted until it is done."""
        with self._lock:
            if self._is_over:
                raise KeyboardInterrupt
            self._threads.add(threading.get_ident())
        try:
            return work()
        finally:
            with self._lock:
                self._threads.discard(threading.get_ident())

    def interrupt(self) -> None:
        """Have ``KeyboardInterrupt`` raised in each of them, and in those that would begin."""
        with self._lock:
            self._is_over = True
            for thread in self._threads:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(KeyboardInterrupt))


def _watch(reader: int, is_over: threading.Event, last_word: str) -> None:
    """Wait for a signal, then for the end; what has ended by itself has said so, and is stuck in threads at most."""
    while number := os.read(reader, 1):
        if number[0] in _SIGNALS:
            time.sleep(GRACE)
            if not is_over.is_set():
                with suppress(OSError):
                    os.write(2, last_word.encode())
            os._exit(ExitCode.FAILED)
    os.close(reader)
