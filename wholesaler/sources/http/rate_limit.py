"""The rate limit of one host: a token bucket for the rate, and a count of the requests under way."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from weakref import WeakValueDictionary

from wholesaler.markets.market import Host

#: requests per second from which on a host is not held back at all
UNLIMITED = 1000
#: seconds between two looks at whether to go on, of who waits for others' requests to end
_STEP = 0.25


class HostLimit:
    """How often one host is asked by all counties of this process together.

    The bucket holds ``concurrency`` tokens, so that a short burst is possible; it is kept as the time at which the
    bucket would be full again (the generic cell rate algorithm), which needs no refill thread.
    """

    def __init__(self, host: Host) -> None:
        self.concurrency = host.concurrency
        #: set once the host has refused a POST; its callers split long queries from then on
        self.post_refused = False
        self._interval = _interval(host)
        self._full_at = 0.0
        self._under_way = 0
        self._changed = threading.Condition()

    def tighten(self, host: Host) -> None:
        """Keep to the limits of another county that asks the host too, where they are lower."""
        with self._changed:
            self.concurrency = min(self.concurrency, host.concurrency)
            self._interval = max(self._interval, _interval(host))

    def enter(self) -> bool:
        """Whether one more request may be under way; waits for it a moment."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._under_way < self.concurrency, _STEP):
                return False
            self._under_way += 1
            return True

    def leave(self) -> None:
        """A request is over."""
        with self._changed:
            self._under_way -= 1
            self._changed.notify()

    def reserve(self) -> float:
        """Take a token; returns the seconds until there is one."""
        with self._changed:
            now = time.monotonic()
            full_at = max(self._full_at, now)
            self._full_at = full_at + self._interval
            return full_at - now - self._burst

    def hold(self, seconds: float) -> None:
        """Give no token for ``seconds``."""
        with self._changed:
            self._full_at = max(self._full_at, time.monotonic() + seconds + self._burst)

    @property
    def _burst(self) -> float:
        return (self.concurrency - 1) * self._interval


class RateLimit:
    """The limit of a host as the sources of one run keep to it; ``wait`` sleeps, and raises when the run is over."""

    def __init__(self, limit: HostLimit, wait: Callable[[float], object]) -> None:
        self._limit = limit
        self._wait = wait

    @property
    def concurrency(self) -> int:
        """How many requests may be under way."""
        return self._limit.concurrency

    @property
    def post_refused(self) -> bool:
        """Whether the host has refused a POST."""
        return self._limit.post_refused

    @post_refused.setter
    def post_refused(self, value: bool) -> None:
        self._limit.post_refused = value

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Enter when it is this request's turn; leaving lets the next one in."""
        while not self._limit.enter():
            self._wait(0.0)
        try:
            delay = self._limit.reserve()
            if delay > 0:
                self._wait(delay)
            yield
        finally:
            self._limit.leave()

    def hold(self, seconds: float) -> None:
        """Let nobody ask for ``seconds``: the host said so (Retry-After)."""
        self._limit.hold(seconds)


def _interval(host: Host) -> float:
    return 0.0 if host.requests_per_second >= UNLIMITED else 1 / host.requests_per_second


#: host and port → its limit, as long as a run asks there
_limits: WeakValueDictionary[str, HostLimit] = WeakValueDictionary()
_lock = threading.Lock()


def shared_limit(netloc: str, host: Host) -> HostLimit:
    """The one limit of a host in this process, the lowest that the counties have for it that ask it now."""
    with _lock:
        limit = _limits.get(netloc)
        if limit is None:
            limit = _limits[netloc] = HostLimit(host)
        else:
            limit.tighten(host)
        return limit
