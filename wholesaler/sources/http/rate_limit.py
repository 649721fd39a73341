"""The rate limit of one host: a token bucket for the rate, a semaphore for the requests under way."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from wholesaler.markets.market import Host

#: requests per second from which on a host is not held back at all
UNLIMITED = 1000


class RateLimit:
    """The rate limit of one host, shared by all threads and sources that ask it.

    The bucket holds ``concurrency`` tokens, so that a short burst is possible; it is kept as the time at which the
    bucket would be full again (the generic cell rate algorithm), which needs no refill thread.
    """

    def __init__(self, host: Host, wait: Callable[[float], object]) -> None:
        self.concurrency = host.concurrency
        #: set once the host has refused a POST; its callers split long queries from then on
        self.post_refused = False
        self._interval = 0.0 if host.requests_per_second >= UNLIMITED else 1 / host.requests_per_second
        self._burst = (host.concurrency - 1) * self._interval
        self._full_at = 0.0
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(host.concurrency)
        self._wait = wait

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Enter when it is this request's turn; leaving lets the next one in."""
        with self._slots:
            delay = self._reserve()
            if delay > 0:
                self._wait(delay)
            yield

    def hold(self, seconds: float) -> None:
        """Let nobody ask for ``seconds``: the host said so (Retry-After)."""
        with self._lock:
            self._full_at = max(self._full_at, time.monotonic() + seconds + self._burst)

    def _reserve(self) -> float:
        with self._lock:
            now = time.monotonic()
            full_at = max(self._full_at, now)
            self._full_at = full_at + self._interval
            return full_at - now - self._burst
