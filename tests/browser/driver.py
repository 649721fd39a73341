"""A Chromium without a window, by the WebDriver protocol of its own driver."""

import base64
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

#: Debian's names, then those of others
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Escape": "\ue00c", "Backspace": "\ue003"}


def browser_program() -> str | None:
    """The Chromium of this machine, if it has one with its driver."""
    if shutil.which("chromedriver") is None:
        return None
    return next(filter(None, map(shutil.which, _BROWSERS)), None)


class Browser:
    """One window. Elements are named by CSS selectors."""

    def __init__(self, session: str) -> None:
        self._session = session
        self._client = httpx.Client(timeout=120)

    def call(self, path: str, body: Any = None, method: str | None = None) -> Any:
        """One command of the protocol; returns its value."""
        method = method or ("GET" if body is None else "POST")
        answer = self._client.request(
            method, f"{self._session}/{path}".rstrip("/"), json=body if method == "POST" else None
        )
        value = answer.json()["value"]
        assert answer.status_code == 200, value
        return value

    def end(self) -> None:
        """Close the window, and with it the browser."""
        self.call("", method="DELETE")
        self._client.close()

    def open(self, address: str | Path) -> None:
        """Load a page, or a file."""
        self.call("url", {"url": address.as_uri() if isinstance(address, Path) else address})

    def resize(self, width: int, height: int = 900) -> None:
        """The size of the page itself, as of a phone's screen."""
        body = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.call("goog/cdp/execute", {"cmd": "Emulation.setDeviceMetricsOverride", "params": body})

    def run(self, script: str, *arguments: Any) -> Any:
        """What a script returns."""
        return self.call("execute/sync", {"script": script, "args": list(arguments)})

    def wait(self, script: str) -> Any:
        """Wait for a script to return something that is true."""
        return until(lambda: self.run(script), script)

    def element(self, selector: str) -> str:
        """The id of the first element."""
        return str(self.call("element", {"using": "css selector", "value": selector})[_ELEMENT])

    def click(self, selector: str) -> None:
        """Click as a person does: what is covered by something else cannot be clicked."""
        self.call(f"element/{self.element(selector)}/click", {})

    def type(self, selector: str, text: str) -> None:
        """Type into an element, which is scrolled to."""
        self.call(f"element/{self.element(selector)}/value", {"text": text})

    def press(self, *keys: str) -> None:
        """Press keys, whatever has the focus."""
        actions = [{"type": kind, "value": KEYS[key]} for key in keys for kind in ("keyDown", "keyUp")]
        self.call("actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def choose(self, selector: str, value: str) -> None:
        """Choose an option."""
        self.click(f"{selector} option[value='{value}']")

    def text(self, selector: str) -> str:
        """The text that can be seen in an element."""
        return str(self.call(f"element/{self.element(selector)}/text"))

    def texts(self, selector: str) -> list[str]:
        """The texts of all such elements."""
        found: list[str] = self.run(
            "return [...document.querySelectorAll(arguments[0])].map(e => e.innerText)", selector
        )
        return found

    def messages(self) -> list[str]:
        """What is in the console, since it was looked at last."""
        return [entry["message"] for entry in self.call("se/log", {"type": "browser"})]

    def requests(self) -> list[str]:
        """The addresses that were asked for, since it was looked at last."""
        entries = [json.loads(entry["message"])["message"] for entry in self.call("se/log", {"type": "performance"})]
        return [one["params"]["request"]["url"] for one in entries if one["method"] == "Network.requestWillBeSent"]

    def screenshot(self, path: Path) -> None:
        """Keep what can be seen now."""
        path.write_bytes(base64.b64decode(self.call("screenshot")))


def until(ask: Callable[[], Any], what: str) -> Any:
    """Ask until the answer is true, for ten seconds."""
    end = time.monotonic() + 10
    while not (answer := ask()):
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.02)
    return answer


@contextmanager
def open_browser(folder: Path) -> Iterator[Browser]:
    """Start it; ``folder`` is for its profile, and for what else it writes."""
    program = browser_program()
    assert program is not None
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
    arguments += [
        "--disable-background-networking",
        "--disable-component-update",
        "about:blank",
        f"--user-data-dir={folder / 'profile'}",
    ]
    wanted = {
        "browserName": "chrome",
        "goog:chromeOptions": {"binary": program, "args": arguments},
        "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
    }
    with subprocess.Popen(
        ["chromedriver", f"--port={port}", "--log-level=OFF"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            driver = f"http://127.0.0.1:{port}"
            until(lambda: _is_ready(driver), "the driver is ready")
            body = {"capabilities": {"alwaysMatch": wanted}}
            opened = httpx.post(f"{driver}/session", json=body, timeout=60).json()["value"]
            assert "sessionId" in opened, opened
            browser = Browser(f"{driver}/session/{opened['sessionId']}")
            try:
                yield browser
            finally:
                browser.end()
        finally:
            process.terminate()


def _is_ready(driver: str) -> bool:
    try:
        return bool(httpx.get(f"{driver}/status", timeout=5).json()["value"]["ready"])
    except httpx.TransportError:
        return False
