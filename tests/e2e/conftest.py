"""A county, its servers, and a home that a night can begin with, made once for all tests that disturb nights."""

import shutil
from collections.abc import Iterator
from datetime import date

import pytest

from tests.chaos.beginnings import EMPTY, Beginning, close_home
from tests.chaos.world import World, world
from tests.support import open_directory

#: long past, so that monitors hear of no night
DAY = date(2026, 3, 3)


@pytest.fixture(scope="session")
def nightly_county() -> Iterator[World]:
    """The county of ``make chaos``, with sinks for its messages."""
    folder = open_directory()
    with world(folder, 1, DAY) as surroundings:
        yield surroundings
    close_home(folder / "home")
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def empty(nightly_county: World) -> Beginning:
    """An empty database in a home of its own, and what a night makes of it."""
    return Beginning(EMPTY, nightly_county)
