"""An Http whose waits take no time, and the servers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.arcgis import ArcGISServer
from tests.servers.socrata import SocrataServer
from tests.sources.helpers import Opener


@pytest.fixture
def opener(tmp_path: Path) -> Iterator[Opener]:
    with Opener(tmp_path) as opener:
        yield opener


@pytest.fixture
def server(opener: Opener) -> Iterator[ArcGISServer]:
    with ArcGISServer() as server:
        yield server
        opener.close()


@pytest.fixture
def portal(opener: Opener) -> Iterator[SocrataServer]:
    with SocrataServer() as server:
        yield server
        opener.close()
