"""A context on an empty database, its rows, and the logs kept to themselves."""

from collections.abc import Iterator, MutableMapping
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine
from structlog.testing import capture_logs

from tests.markets.samples import orange_market
from tests.stages.check.rows import AS_OF, Rows
from wholesaler.config import load_settings
from wholesaler.stages.interface import Context


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> Context:
    """Orange County on the day of the tests, with the report file as its only channel."""
    settings = load_settings({"WHOLESALER_HOME": str(tmp_path)}, tmp_path)
    return Context(settings, orange_market(), date.fromisoformat(AS_OF), engine, uuid4())


@pytest.fixture
def rows(engine: Engine) -> Rows:
    return Rows(engine)


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    """What was logged; nothing is printed."""
    with capture_logs() as entries:
        yield entries
