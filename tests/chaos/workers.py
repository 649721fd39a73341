"""Points struck by several processes side by side, each with a world of its own."""

import multiprocessing
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty

from tests.chaos.beginnings import Beginning, close_home
from tests.chaos.points import Outcome, Point, draw, strike
from tests.chaos.world import world

_PROCESSES = multiprocessing.get_context("spawn")
#: seconds between looks at whether a worker still lives
_LOOK = 1.0


@contextmanager
def outcomes(seed: int, day: date, numbers: Sequence[int], jobs: int) -> Iterator[Iterator[Outcome]]:
    """What comes of the points with these numbers, in the order they are done; who leaves early ends the workers.

    A worker that dies of an error ends the rest: raises ``RuntimeError``, its traceback is on stderr.
    """
    points: Queue[Point | None] = _PROCESSES.Queue()
    done: Queue[Outcome] = _PROCESSES.Queue()
    for number in numbers:
        points.put(draw(seed, number))
    workers = [_PROCESSES.Process(target=_work, args=(seed, day, points, done)) for _ in range(jobs)]
    for worker in workers:
        points.put(None)
        worker.start()
    try:
        yield _receive(done, workers, len(numbers))
    finally:
        points.cancel_join_thread()
        for worker in workers:
            if worker.is_alive():
                worker.terminate()
        for worker in workers:
            worker.join()


def _receive(done: "Queue[Outcome]", workers: Sequence[multiprocessing.Process], expected: int) -> Iterator[Outcome]:
    while expected:
        try:
            outcome = done.get(timeout=_LOOK)
        except Empty:
            if any(worker.exitcode for worker in workers):
                raise RuntimeError("a worker died; what happened is above") from None
            continue
        expected -= 1
        yield outcome


def _work(seed: int, day: date, points: "Queue[Point | None]", done: "Queue[Outcome]") -> None:
    """What a worker does: points until there are no more, in a world below a folder of its own."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="wholesaler-chaos-"))
    folder.chmod(0o755)
    try:
        with world(folder, seed, day) as surroundings:
            made: dict[str, Beginning] = {}
            for point in iter(points.get, None):
                if point.beginning not in made:
                    made[point.beginning] = Beginning(point.beginning, surroundings)
                done.put(strike(point, surroundings, made))
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        close_home(folder / "home")
        shutil.rmtree(folder, ignore_errors=True)
