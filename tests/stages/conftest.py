"""What the tests of the stages share: servers for the sources, and the database they load into."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from tests.servers.arcgis import ArcGISServer
from tests.servers.socrata import SocrataServer
from tests.stages.county import Database


@pytest.fixture
def arcgis() -> Iterator[ArcGISServer]:
    """A server for the layers."""
    with ArcGISServer() as arcgis:
        yield arcgis


@pytest.fixture
def portal() -> Iterator[SocrataServer]:
    """A server for the datasets."""
    with SocrataServer() as portal:
        yield portal


@pytest.fixture
def database(engine: Engine) -> Database:
    """The database, asked in SQL."""
    return Database(engine)
