"""Make what comes next in other threads while the present is being used, a bounded number of it, in order."""

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from functools import partial
from itertools import islice
from math import inf
from typing import ParamSpec, Self, TypeVar

_A = TypeVar("_A")
_P = ParamSpec("_P")
_T = TypeVar("_T")

#: results under way or waiting to be used; this bounds the memory
_DEPTH = 4


#: seconds after which a thread that waits for another hears of an interruption
_STEP = 0.25


def result_of(job: Future[_T], seconds: float = inf) -> _T:
    """The result of what another thread does, waited for so that an interruption of this thread is heard.

    Raises ``TimeoutError`` after ``seconds``.
    """
    until = time.monotonic() + seconds
    while not job.done() and (left := until - time.monotonic()) > 0:
        wait([job], min(_STEP, left))
    return job.result(0)


class Prefetch:
    """Threads that work ahead, in the context (of the log) of the one that made them; one thread keeps the order.

    As a context manager it waits for what is under way; :meth:`close` does not.
    """

    def __init__(self, threads: int = 1) -> None:
        self._context = copy_context()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="prefetch")
        self._depth = max(_DEPTH, threads)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def close(self) -> None:
        """Let the threads go; what is under way ends by itself, its results are dropped."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def submit(self, function: Callable[_P, _T], *arguments: _P.args, **named: _P.kwargs) -> Future[_T]:
        """Call the function there."""
        return self._pool.submit(self._context.copy().run, partial(function, *arguments, **named))

    def run(self, arguments: Iterable[_A], function: Callable[[_A], _T]) -> Generator[tuple[_A, _T], None, None]:
        """Yield each argument with ``function(argument)``, in order; an exception comes where its result would.

        Closing the iterator early drops what was made ahead.
        """
        remaining = iter(arguments)
        waiting: deque[tuple[_A, Future[_T]]] = deque()
        try:
            while True:
                for argument in islice(remaining, self._depth - len(waiting)):
                    waiting.append((argument, self.submit(function, argument)))
                if not waiting:
                    return
                argument, future = waiting.popleft()
                yield argument, future.result()
        finally:
            for _, future in waiting:
                future.cancel()

    def items(self, items: Iterable[_T]) -> Iterator[_T]:
        """The items, each made there while the one before is being used."""
        remaining = iter(items)
        nothing = object()

        def make() -> _T | object:
            return next(remaining, nothing)

        coming = self.submit(make)
        while (item := coming.result()) is not nothing:
            coming = self.submit(make)
            yield item  # type: ignore[misc]
