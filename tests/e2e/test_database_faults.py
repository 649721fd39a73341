"""A server that is restarted, or that cancels statements, in each stage of one night costs an attempt each, no more."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, NullPool, create_engine, text

from tests.chaos.beginnings import Beginning, read
from tests.chaos.night import Night, night
from tests.chaos.tables import differences
from tests.chaos.world import World
from wholesaler.server.cluster import Cluster

#: a table that each stage waits for, and the stage during which it can be locked for that; ``None`` before the first
WAITS = {
    "ingest": ("tax_sales", None),
    "enrich": ("geocode_cache", "ingest"),
    "dedupe": ("matched_rolls", "enrich"),
    "score": ("score_profiles", "dedupe"),
    "alert": ("alert_deliveries", "alert"),
    "check": ("standard_addresses", "alert"),
}


@contextmanager
def session(home: Path) -> Iterator[Connection]:
    """A connection of somebody else's; that it is gone at the end may be what the test does."""
    engine = create_engine(Cluster(home).ensure_running(), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with ExitStack() as stack:
        stack.callback(engine.dispose)
        yield stack.enter_context(engine.connect())


def lock(home: Path, table: str, held: ExitStack) -> None:
    """Lock a table until ``held`` is closed, or the server goes."""
    url = Cluster(home).ensure_running()
    engine = create_engine(url, poolclass=NullPool)
    connection = engine.connect()
    held.callback(connection.invalidate)
    connection.execute(text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))


def wait_for_waiters(home: Path, begun: Night, stage: str) -> list[int]:
    """The processes of the server that wait for a lock, once the stage does."""
    query = text("SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    until = time.monotonic() + 60
    with session(home) as other:
        while time.monotonic() < until and begun.is_under_way():
            if begun.part == stage and (waiting := list(other.scalars(query))):
                return waiting
            time.sleep(0.02)
    raise AssertionError(f"{stage} does not wait for the lock: the night is in {begun.part}")


@pytest.mark.parametrize("fault", ["restart", "cancel"])
@pytest.mark.slow
def test_a_fault_of_the_database_in_each_stage_costs_one_attempt_of_it(
    nightly_county: World, empty: Beginning, fault: str
) -> None:
    home = empty.open_home()
    surroundings, printed = nightly_county.surroundings(home, retries=1), nightly_county.folder / "printed.json"
    locks = {stage: ExitStack() for stage in WAITS}
    lock(home, WAITS["ingest"][0], locks["ingest"])
    with night(nightly_county.command(), surroundings, printed) as begun:
        for stage in WAITS:
            if WAITS[stage][1] == stage:
                begun.wait_for(stage, 0)
                lock(home, WAITS[stage][0], locks[stage])
            waiting = wait_for_waiters(home, begun, stage)
            after = [other for other, (_, during) in WAITS.items() if during == stage and other != stage]
            if fault == "restart":
                Cluster(home).stop()
                Cluster(home).ensure_running()
            for other in after:
                lock(home, WAITS[other][0], locks[other])
            if fault == "cancel":
                with session(home) as connection:
                    for pid in waiting:
                        connection.execute(text("SELECT pg_cancel_backend(:pid)"), {"pid": pid})
            locks[stage].close()
        ended = begun.end()
    assert ended.code in {0, 3}, ended.log
    assert ended.document is not None
    assert {one["command"]: one["attempts"] for one in ended.document["stages"]} == dict.fromkeys(WAITS, 2)
    assert differences(read(home, nightly_county.day)[0], empty.undisturbed.tables) == []
