"""Memory that a process has freed and the C library keeps: a stage is not to pay for what the one before it took.

Both are of glibc (``mallopt(3)``, ``malloc_trim(3)``); elsewhere there is nothing to be done.
"""

import ctypes
from contextlib import suppress

_ARENA_MAX = -8


def share_heap() -> None:
    """Have threads use the memory that others have freed.

    glibc gives threads heaps of their own, and none uses what another has freed: a run of three counties grew by half.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)


def give_back() -> None:
    """Give the system what is free: a quarter of what a process has after ingest."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
