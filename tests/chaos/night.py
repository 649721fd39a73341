"""One ``run-all`` in a process of its own, followed by what it logs; and the processes that can be killed meanwhile."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from random import Random
from threading import Thread
from typing import Any

from wholesaler.server.postmaster import running_pid

#: the parts of a night: before the first stage, the stages, after the last one
BEFORE, AFTER = "start", "end"
PARTS = (BEFORE, "ingest", "enrich", "dedupe", "score", "alert", "check", AFTER)
#: seconds after which a night that has not ended never will
PATIENCE = 180.0


@dataclass(frozen=True)
class Ended:
    """How a night ended: its exit code, its document if it came to print one, the last lines of its log."""

    code: int
    document: Mapping[str, Any] | None
    log: str

    @property
    def failed_stages(self) -> list[str]:
        """The stages that ended as failures; a check that has found errors has done what it is for."""
        stages = (self.document or {}).get("stages", [])
        failed = [one for one in stages if one["status"] == "failure"]
        return [one["command"] for one in failed if one["error"]["type"] != "DataErrors"]


class Night:
    """A run under way; :attr:`part` is the part of the night it is in, as far as its log has told."""

    def __init__(self, command: Sequence[str], surroundings: Mapping[str, str], printed: Path) -> None:
        self._printed = printed
        self._lines: list[str] = []
        self._parts: Queue[tuple[str, float]] = Queue()
        self.begun = {BEFORE: time.monotonic()}
        self.part = BEFORE
        with printed.open("wb") as out:
            self._process = subprocess.Popen(
                command, env=surroundings, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE,
                start_new_session=True, cwd="/",
            )  # fmt: skip
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, part: str, seconds: float) -> bool:
        """Wait until a part has begun and then for so many seconds; False where the night is over before."""
        while part not in self.begun and self.is_under_way():
            with suppress(Empty):
                self._parts.get(timeout=0.05)
        until = self.begun.get(part, 0.0) + seconds
        while time.monotonic() < until:
            if not self.is_under_way():
                return False
            time.sleep(min(0.01, max(0.0, until - time.monotonic())))
        return self.is_under_way()

    def is_under_way(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def kill(self) -> None:
        """``kill -9`` for the process and every one that it has started in its group."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def end(self) -> Ended:
        """Wait for the end; a night that does not come to one is killed, and ends with -9."""
        try:
            code = self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            code = self._process.wait()
            self._lines.append(f"it had not ended after {PATIENCE:g} s")
        self._reader.join(10)
        document = None
        with suppress(ValueError):
            document = json.loads(self._printed.read_bytes())
        return Ended(code, document, "\n".join(self._lines[-12:]))

    def _read(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as log:
            for line in log:
                self._lines.append(line.decode("utf-8", "replace").rstrip())
                with suppress(ValueError):
                    event = json.loads(line)
                    self._note(event.get("event", ""), event.get("stage", ""))

    def _note(self, event: str, stage: str) -> None:
        part = {"stage_started": stage, "run_finished": AFTER}.get(event)
        if event == "stage_finished" and stage == PARTS[-2]:
            part = AFTER
        if part is not None and part not in self.begun:
            self.begun[part] = time.monotonic()
            self.part = part
            self._parts.put((part, self.begun[part]))


@contextmanager
def night(command: Sequence[str], surroundings: Mapping[str, str], printed: Path) -> Iterator[Night]:
    """A night that is killed at the end, should it still be under way."""
    begun = Night(command, surroundings, printed)
    try:
        yield begun
    finally:
        begun.kill()
        begun.end()


def kill_server(home: Path) -> bool:
    """``kill -9`` for the private server's first process; False where none runs."""
    pid = running_pid(home / "pg")
    if pid is None:
        return False
    os.kill(pid, signal.SIGKILL)
    return True


def kill_backend(home: Path, chance: Random) -> bool:
    """``kill -9`` for one process that works for a client, else for any of the server's; False where none runs."""
    server = running_pid(home / "pg")
    found = sorted(_children(server)) if server is not None else []
    clients = [pid for pid, title in found if " [local] " in title]
    chosen = clients or [pid for pid, _ in found]
    if not chosen:
        return False
    with suppress(ProcessLookupError):
        os.kill(chance.choice(chosen), signal.SIGKILL)
    return True


def _children(parent: int) -> Iterator[tuple[int, str]]:
    """The processes that a process has started, with what they call themselves."""
    for directory in Path("/proc").iterdir():
        if directory.name.isdigit():
            with suppress(OSError, IndexError):
                status = (directory / "stat").read_text().rpartition(")")[2].split()
                if int(status[1]) == parent:
                    title = (directory / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                    yield int(directory.name), title
