"""The limit of a host, which all counties of a process share."""

import gc
import threading
import time

import pytest

from wholesaler.errors import SourceError
from wholesaler.markets.market import Host
from wholesaler.sources.http.rate_limit import RateLimit, shared_limit


def test_counties_that_ask_a_host_share_the_lowest_limit_while_they_do() -> None:
    fast, slow = Host(requests_per_second=1000, concurrency=4), Host(requests_per_second=10, concurrency=2)
    one = shared_limit("gis.example:443", fast)
    assert shared_limit("gis.example:8443", fast) is not one
    assert shared_limit("gis.example:443", slow) is one
    assert one.concurrency == 2
    assert shared_limit("gis.example:443", fast) is one
    assert one.concurrency == 2
    delays = [one.reserve() for _ in range(5)]
    assert [round(delay, 1) for delay in delays] == [-0.1, 0.0, 0.1, 0.2, 0.3]
    del one
    gc.collect()
    assert shared_limit("gis.example:443", fast).concurrency == 4


def test_no_more_requests_are_under_way_than_all_may_have_together() -> None:
    host = Host(requests_per_second=1000, concurrency=2)
    limits = [RateLimit(shared_limit("busy.example", host), time.sleep) for _ in range(3)]
    busy = most = 0
    lock = threading.Lock()

    def ask(limit: RateLimit) -> None:
        nonlocal busy, most
        for _ in range(5):
            with limit.turn():
                with lock:
                    busy += 1
                    most = max(most, busy)
                time.sleep(0.01)
                with lock:
                    busy -= 1

    threads = [threading.Thread(target=ask, args=(limit,)) for limit in limits]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (most, busy) == (2, 0)


def test_who_waits_for_a_turn_hears_that_the_run_is_over() -> None:
    def over(seconds: float) -> None:
        raise SourceError("The run ended.", transient=True)

    limit = shared_limit("held.example", Host(requests_per_second=1000, concurrency=1))
    with RateLimit(limit, time.sleep).turn():
        began = time.monotonic()
        with pytest.raises(SourceError), RateLimit(limit, over).turn():
            pass
        assert time.monotonic() - began < 2
    with RateLimit(limit, time.sleep).turn():  # the place that was not had is not lost
        pass
