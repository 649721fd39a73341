"""Ask for the next pages while the current one is being used, a bounded number of them, in order."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

_A = TypeVar("_A")
_R = TypeVar("_R")

#: answers under way or waiting to be used; this bounds the memory of a fetch
DEPTH = 4


class Ahead:
    """``concurrency`` threads that run calls ahead of their use; close it when the fetch has ended."""

    def __init__(self, concurrency: int) -> None:
        self._pool = ThreadPoolExecutor(concurrency, thread_name_prefix="fetch")
        self._depth = max(DEPTH, concurrency)

    def run(self, arguments: Iterable[_A], ask: Callable[[_A], _R]) -> Generator[tuple[_A, _R], None, None]:
        """Yield each argument with ``ask(argument)``, in order; an exception comes where its answer would.

        Closing the iterator early drops what was asked ahead.
        """
        remaining = iter(arguments)
        waiting: deque[tuple[_A, Future[_R]]] = deque()
        try:
            while True:
                for argument in islice(remaining, self._depth - len(waiting)):
                    waiting.append((argument, self._pool.submit(ask, argument)))
                if not waiting:
                    return
                argument, future = waiting.popleft()
                yield argument, future.result()
        finally:
            for _, future in waiting:
                future.cancel()

    def close(self) -> None:
        """Let the threads go; requests under way end by themselves, their answers are dropped."""
        self._pool.shutdown(wait=False, cancel_futures=True)
