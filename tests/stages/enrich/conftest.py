"""A county without locations, and the geocoder it asks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.geocoder import GeocoderServer
from tests.stages.county import CLI, County


@pytest.fixture
def geocoder(cli: CLI, monkeypatch: pytest.MonkeyPatch) -> Iterator[GeocoderServer]:
    with GeocoderServer() as geocoder:
        monkeypatch.setenv("WHOLESALER_GEOCODER_ENABLED", "true")
        monkeypatch.setenv("WHOLESALER_GEOCODER_URL", geocoder.address)
        yield geocoder


@pytest.fixture
def county(tmp_path: Path) -> County:
    return County(tmp_path)
