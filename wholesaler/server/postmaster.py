"""What a PostgreSQL data directory says about the server (the postmaster) that runs on it."""

import os
import re
import subprocess
from pathlib import Path

from wholesaler.server.account import ServerAccount
from wholesaler.server.configuration import PORT

START_LOG = "startup.log"

_COMPLAINT = re.compile(r"\b(FATAL|PANIC|ERROR|error): ")
_LAST_LINES = 20


def running_pid(data: Path) -> int | None:
    """The process id of the server that runs on ``data``; None when the recorded one is dead or another program.

    After a reboot the number in ``postmaster.pid`` can belong to anybody; a server works in its data directory.
    """
    pid = _recorded_pid(data)
    if pid is None:
        return None
    if not Path("/proc/self/cwd").exists():  # not Linux
        command = subprocess.run(["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True)
        return pid if f"-D {data}" in command.stdout else None
    try:
        return pid if os.path.samefile(f"/proc/{pid}/cwd", data) else None
    except OSError:
        return None


def release_stale_lock_files(data: Path, socket_directory: Path, account: ServerAccount) -> None:
    """Let a new server start on ``data``, whose recorded server is known to be gone.

    PostgreSQL refuses to start while a lock file has the number of a live process of the same user, except its
    parents. So the number is replaced by ours: unlike removal, that keeps the identity of the shared memory by which
    it finds out whether child processes of the dead server still work on the data.
    """
    (socket_directory / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)
    path = data / "postmaster.pid"
    if not path.exists():
        return
    _, _, rest = path.read_text("utf-8", "replace").partition("\n")
    if rest:
        account.write(path, f"{os.getpid()}\n{rest}")
    else:
        path.unlink()


def last_complaint(data: Path) -> tuple[str, Path]:
    """The last error in the logs of the server on ``data`` that failed, and the log it is in."""
    start_log = data / START_LOG
    logs = sorted((data / "log").glob("*.log"), key=lambda path: path.stat().st_mtime)
    for path in [start_log, *logs[-1:]]:
        if complaint := complaint_in(path.read_text("utf-8", "replace") if path.exists() else ""):
            return complaint, path
    return "no error was logged", logs[-1] if logs else start_log


def complaint_in(output: str) -> str | None:
    """The last error among the last lines that a PostgreSQL program wrote, without time and process."""
    for line in reversed(output.splitlines()[-_LAST_LINES:]):
        if found := _COMPLAINT.search(line):
            return line[found.end() :].strip()
    return None


def _recorded_pid(data: Path) -> int | None:
    try:
        return int((data / "postmaster.pid").read_text("utf-8", "replace").partition("\n")[0])
    except (OSError, ValueError):
        return None
