"""A deadline: what is left of it, what happens after it, and to whom."""

import threading
import time
from contextvars import copy_context
from math import inf

import pytest

from wholesaler.deadline import OutOfTime, check, late_errors, limit, remaining, unlimited, watch
from wholesaler.errors import DeadlineError, SourceError


def late() -> DeadlineError:
    return DeadlineError("The stage is late.")


def source_late() -> SourceError:
    return SourceError("The source is late.", transient=False)


def test_without_a_deadline_there_is_time_for_ever() -> None:
    assert remaining() == inf
    check()
    watch(1, lambda: None)()


def test_what_fails_in_time_fails_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError), limit(60, late):
        raise ZeroDivisionError
    assert remaining() == inf


def test_what_fails_later_fails_with_the_deadline() -> None:
    with pytest.raises(DeadlineError, match="The stage is late"), limit(0, late):
        raise ZeroDivisionError
    with pytest.raises(DeadlineError, match="The stage is late"), limit(0, late):
        check()


def test_what_ends_well_later_has_ended_well() -> None:
    with limit(0, late):
        assert remaining() == 0


@pytest.mark.parametrize(
    ("outer", "inner", "error"), [(60, 0, SourceError), (0, 60, DeadlineError), (0, 0, DeadlineError)]
)
def test_the_earlier_of_two_deadlines_counts(outer: float, inner: float, error: type[Exception]) -> None:
    with pytest.raises(error), limit(outer, late), limit(inner, source_late):
        check()


def test_an_error_is_named_where_it_is_written_down() -> None:
    with limit(0, late), pytest.raises(DeadlineError, match="The stage is late"), late_errors():
        raise OutOfTime("Out of time.")


def test_what_must_be_written_has_no_deadline() -> None:
    with limit(0, late):
        with unlimited():
            check()
        with pytest.raises(OutOfTime):
            check()


def test_threads_that_copy_the_context_have_the_same_deadline() -> None:
    seen: list[float] = []
    with limit(60, late):
        thread = threading.Thread(target=copy_context().run, args=(lambda: seen.append(remaining()),))
        thread.start()
        thread.join()
    assert 59 < seen[0] <= 60


def test_what_is_watched_is_cancelled_again_and_again_from_the_deadline_on_until_it_ends() -> None:
    calls: list[float] = []
    with limit(0.3, late):
        began = time.monotonic()
        leave = watch(1, lambda: calls.append(time.monotonic()))
        watch(2, lambda: calls[99])  # one that fails takes nothing from the others
        while len(calls) < 3:
            assert time.monotonic() < began + 10
            time.sleep(0.01)
        leave()
        ended = len(calls)
        assert calls[0] - began >= 0.3
        time.sleep(0.3)
        assert len(calls) == ended


def test_nothing_is_cancelled_once_the_work_has_ended_in_time() -> None:
    calls: list[int] = []
    with limit(0.2, late):
        watch(1, lambda: calls.append(1))
    time.sleep(0.5)
    assert calls == []
