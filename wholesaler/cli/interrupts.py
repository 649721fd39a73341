"""Ctrl-C and SIGTERM end a run in order where that is quick, and all the same where it is not.

In order is by an exception in the main thread: the run's row is closed and its locks are released. Threads that wait
for a server, and the driver that waits for the database, are deaf to it. After ``GRACE`` seconds the process is left as
it is, which is safe: kernel and database free the locks, what is not committed is rolled back, and the next run closes
the rows.
"""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from wholesaler.errors import ExitCode

GRACE = 3.0
INTERRUPTED = "wholesaler: Interrupted.\n"

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Within, both signals raise ``KeyboardInterrupt``, and the process ends soon after even if that is not heard.

    Only the main thread can have it so; one that ignores Ctrl-C, as in the background of a shell, goes on to.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard, told = os.pipe()
    os.set_blocking(told, False)
    ended = threading.Event()
    threading.Thread(target=_watch, args=(heard, ended), name="signals", daemon=True).start()
    wakeup = signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    handlers = {number: signal.getsignal(number) for number in _SIGNALS}
    for number, handler in handlers.items():
        if handler not in {signal.SIG_IGN, None}:
            signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            if handler is not None:
                signal.signal(number, handler)
        signal.set_wakeup_fd(wakeup)
        ended.set()
        os.close(told)


def _watch(heard: int, ended: threading.Event) -> None:
    """Wait for a signal, then for the end; what has ended by itself has said so, and is stuck in threads at most."""
    while number := os.read(heard, 1):
        if number[0] in _SIGNALS:
            time.sleep(GRACE)
            if not ended.is_set():
                os.write(2, INTERRUPTED.encode())
            os._exit(ExitCode.FAILED)
    os.close(heard)
