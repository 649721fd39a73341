"""How often, after how long, and with what word in the log a failure is tried again."""

from types import SimpleNamespace

import pytest
from structlog.testing import capture_logs

from wholesaler import retry
from wholesaler.retry import Retryable, RetryPolicy, pause


class Failing:
    """Fails ``times`` times with ``error``."""

    def __init__(self, times: int, error: Exception) -> None:
        self.calls = 0
        self._times = times
        self._error = error

    def __call__(self) -> str:
        self.calls += 1
        if self.calls <= self._times:
            raise self._error
        return "done"


def failure(*, retries: int | None = None, retry_after: float | None = None) -> Retryable:
    error = Retryable("the other side stumbled")
    error.retries, error.retry_after = retries, retry_after
    return error


def test_it_ends_with_the_last_error_after_as_many_retries_as_configured() -> None:
    work = Failing(9, failure())
    with pytest.raises(Retryable, match="stumbled"):
        RetryPolicy(2, 0).attempts()(work)
    assert work.calls == 3


@pytest.mark.parametrize(("own", "calls"), [(None, 4), (1, 2), (0, 1), (9, 4)])
def test_a_failure_may_be_worth_fewer_retries_but_not_more(own: int | None, calls: int) -> None:
    work = Failing(9, failure(retries=own))
    with pytest.raises(Retryable):
        RetryPolicy(3, 0).attempts()(work)
    assert work.calls == calls


def test_the_waits_double_up_to_a_minute_with_up_to_a_half_at_random() -> None:
    waits: list[float] = []
    assert RetryPolicy(6, 10, sleep=waits.append).attempts()(Failing(6, failure())) == "done"
    for wait, longest in zip(waits, [10, 20, 40, 60, 60, 60], strict=True):
        assert longest / 2 <= wait <= longest


def test_a_fixed_wait_is_exact() -> None:
    waits: list[float] = []
    RetryPolicy(3, 300, doubles=False, sleep=waits.append).attempts()(Failing(3, failure()))
    assert waits == [300, 300, 300]


def test_the_other_side_is_given_the_time_that_it_asks_for() -> None:
    waits: list[float] = []
    RetryPolicy(3, 2, sleep=waits.append).attempts()(Failing(1, failure(retry_after=30)))
    assert 30 <= waits[0] <= 31


def test_nothing_is_waited_for_when_the_settings_say_so() -> None:
    waits: list[float] = []
    RetryPolicy(3, 0, sleep=waits.append).attempts()(Failing(3, failure(retry_after=30)))
    assert waits == [0, 0, 0]


def test_other_errors_come_through_at_once() -> None:
    work = Failing(9, ValueError("no"))
    with pytest.raises(ValueError, match="no"):
        RetryPolicy(3, 0).attempts()(work)
    assert work.calls == 1
    with pytest.raises(ValueError, match="no"):
        RetryPolicy(3, 0).attempts(lambda error: isinstance(error, ValueError))(work)
    assert work.calls == 5


def test_each_retry_is_one_event_in_words_without_secrets() -> None:
    with capture_logs() as logs:
        RetryPolicy(3, 0).attempts(reason=lambda error: "it stumbled", source="liens")(Failing(2, failure()))
    assert [(log["event"], log["attempt"], log["reason"], log["source"]) for log in logs] == [
        ("retry", 1, "it stumbled", "liens"),
        ("retry", 2, "it stumbled", "liens"),
    ]


def test_no_wait_is_slept_through_in_one_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal that comes between a sleep's decision and its beginning does not end it, and is heard only after it."""
    now, slept = [100.0], list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    # not the module's own, by which threads of other tests sleep
    monkeypatch.setattr(retry, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=sleep))
    pause(300)
    assert sum(slept) == pytest.approx(300)
    assert max(slept) <= 0.5
    pause(0)
    assert sum(slept) == pytest.approx(300)
