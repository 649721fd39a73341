from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.driver import Browser, browser_program, open_browser


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A Chromium; where there is none, the tests that want one are left out."""
    if browser_program() is None:
        pytest.skip("no Chromium with its driver here: `apt-get install chromium chromium-driver`")
    with open_browser(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


@pytest.fixture
def browser(chromium: Browser) -> Browser:
    """The same with an empty page of a desk's width, and nothing in its logs."""
    chromium.resize(1280)
    chromium.open("about:blank")
    chromium.messages()
    chromium.requests()
    return chromium


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pages")
