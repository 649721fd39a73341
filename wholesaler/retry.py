"""The one policy by which what failed is tried again: how often, after how long, and one ``retry`` event in the log."""

import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from tenacity import RetryCallState, Retrying, retry_if_exception

from wholesaler.deadline import remaining
from wholesaler.logs import log

_LONGEST_WAIT = 60.0
#: a signal that comes just before a sleep begins is heard when it ends: nothing is slept through for longer (seconds)
_LONGEST_SLEEP = 0.5


class Retryable(Exception):
    """A failure that may be gone a moment later.

    ``retries``: how often at most this one is worth it, ``None`` for as often as configured; ``retry_after``: the
    seconds that the other side asked for.
    """

    retries: int | None = None
    retry_after: float | None = None


def pause(seconds: float) -> None:
    """Sleep, and be awake in between: Python hears a signal that came while the sleep was about to begin only then."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(left, _LONGEST_SLEEP))


@dataclass(frozen=True)
class RetryPolicy:
    """At most ``retries`` more attempts, the first after ``wait`` seconds; with a wait of 0 nothing is waited for.

    ``doubles``: each wait is twice the one before, up to a minute, less up to a half at random, so that those who
    failed together do not come back together. ``sleep`` waits, and may raise to end it. A wait that would go beyond the
    deadline is not begun.
    """

    retries: int
    wait: float
    doubles: bool = True
    sleep: Callable[[float], None] = pause

    def attempts(
        self,
        repeated: Callable[[BaseException], bool] | None = None,
        reason: Callable[[BaseException], str] = str,
        **logged: Any,
    ) -> Retrying:
        """What tenacity repeats by this policy: call it with a function, or iterate it; the last error comes through.

        ``repeated`` says for which errors, else for :class:`Retryable`; its ``retries`` and ``retry_after`` hold for
        those that have them. ``reason`` puts an error into words without secrets, for the event, into which ``logged``
        goes too.
        """

        def say(state: RetryCallState) -> None:
            wait = round(state.upcoming_sleep, 1)
            log.warning("retry", attempt=state.attempt_number, wait=wait, reason=reason(_error(state)), **logged)

        return Retrying(
            retry=retry_if_exception(repeated or _is_retryable),
            stop=lambda state: (
                state.attempt_number > self._retries_of(_error(state)) or state.upcoming_sleep >= remaining()
            ),
            wait=self._wait,
            sleep=self.sleep,
            before_sleep=say,
            reraise=True,
        )

    def _retries_of(self, error: BaseException) -> int:
        own = error.retries if isinstance(error, Retryable) else None
        return self.retries if own is None else min(own, self.retries)

    def _wait(self, state: RetryCallState) -> float:
        if self.wait == 0:
            return 0.0
        error = _error(state)
        if isinstance(error, Retryable) and error.retry_after is not None:
            return error.retry_after + random.uniform(0, min(self.wait, 1.0))
        if not self.doubles:
            return max(self.wait, getattr(error, "retry_after", None) or 0.0)
        longest: float = min(self.wait * 2 ** (state.attempt_number - 1), _LONGEST_WAIT)
        return longest * random.uniform(0.5, 1.0)


def seconds_of(retry_after: str | None) -> float | None:
    """The seconds that a Retry-After header asks for, a number or an HTTP date; none where it says nothing."""
    try:
        seconds = float(retry_after or "nan")
    except ValueError:
        try:
            seconds = parsedate_to_datetime(retry_after or "").timestamp() - time.time()
        except (ValueError, OverflowError):
            return None
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _is_retryable(error: BaseException) -> bool:
    return isinstance(error, Retryable)


def _error(state: RetryCallState) -> BaseException:
    error = state.outcome.exception() if state.outcome else None
    if error is None:
        raise TypeError("a retry without a failure")
    return error
