"""How fast a channel is sent to: a message a second, whoever of this process sends, and not before it wants one."""

import time
from collections.abc import Callable
from threading import Lock

from wholesaler.retry import pause

#: seconds between two messages
PAUSE = 1.0
#: address → when the next message may go, by ``time.monotonic``
_free_at: dict[str, float] = {}
_locks: dict[str, Lock] = {}


def wait_turn(address: str, sleep: Callable[[float], None] = pause) -> None:
    """Wait until a message may go to an address, and take the turn."""
    with _locks.setdefault(address, Lock()):
        if (left := seconds_held(address)) > 0:
            sleep(left)
        _free_at[address] = time.monotonic() + PAUSE


def hold(address: str, seconds: float) -> None:
    """Let nobody send for ``seconds``: the channel said so (Retry-After)."""
    _free_at[address] = max(_free_at.get(address, 0.0), time.monotonic() + seconds)


def seconds_held(address: str) -> float:
    """For how long nobody may send to an address."""
    return max(0.0, _free_at.get(address, 0.0) - time.monotonic())
