"""Rows of two counties side by side."""

import pytest
from sqlalchemy import Engine

from tests.stages.check.rows import OTHER, Rows


@pytest.fixture
def here(engine: Engine) -> Rows:
    return Rows(engine)


@pytest.fixture
def there(engine: Engine) -> Rows:
    return Rows(engine, OTHER)
