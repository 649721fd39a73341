"""The server process of the private cluster: its configuration, and what its data directory says about it."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from wholesaler.server.account import ServerAccount

SETTINGS_FILE = "wholesaler.conf"
PORT = 5432  # a part of the socket's name; nothing listens on a network

POSTGRESQL_CONF = f"include '{SETTINGS_FILE}'  # written by wholesaler; your own settings go below and win\n"
# The socket's directory is closed to everybody but the server's account and root: that is the authentication.
ACCESS = "# Written by wholesaler.\nlocal all all trust\n"

_MEGABYTE = 1 << 20
_SMALL_SHARED_MEMORY = 256 * _MEGABYTE
START_LOG = "startup.log"

_COMPLAINT = re.compile(r"\b(FATAL|PANIC|ERROR|error): ")
_LAST_LINES = 20


def server_settings(data: Path, socket_directory: Path, account: ServerAccount) -> str:
    """The text of :data:`SETTINGS_FILE` for a cluster of ``account`` in the file system of ``data``."""
    memory = _memory() // _MEGABYTE
    disk = shutil.disk_usage(data).total // _MEGABYTE
    shared_buffers = _between(32, memory // 8, 256)
    settings = {
        "listen_addresses": "",
        "port": PORT,
        "unix_socket_directories": socket_directory,
        "unix_socket_permissions": "0700",
        "max_connections": 40,
        "shared_buffers": f"{shared_buffers}MB",
        "work_mem": f"{_between(4, memory // 64, 32)}MB",
        "maintenance_work_mem": f"{_between(32, memory // 8, 256)}MB",
        # not half of the memory: the planner takes the rows of one county among others for sorted, wherever they lie,
        # and with a large cache would read each by itself in place of whole pages
        "effective_cache_size": f"{2 * shared_buffers}MB",
        "dynamic_shared_memory_type": dynamic_shared_memory(account),
        "wal_level": "minimal",  # nobody replicates it, and a bulk load is written once
        "max_wal_senders": 0,
        "max_wal_size": f"{_between(256, disk // 16, 4096)}MB",
        "checkpoint_timeout": "15min",
        "random_page_cost": 1.1,
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "logging_collector": "on",
        "log_directory": "log",
        "log_filename": "postgresql-%a.log",  # seven files, each overwritten after a week
        "log_truncate_on_rotation": "on",
        "log_rotation_age": "1d",
        "log_rotation_size": 0,
    }
    lines = [f"{name} = {_quoted(value)}" for name, value in settings.items()]
    return "\n".join(["# Written by wholesaler at every start; your own settings go into postgresql.conf.", *lines, ""])


def dynamic_shared_memory(account: ServerAccount, directory: Path = Path("/dev/shm")) -> str:
    """``posix``, or ``mmap``: files of the cluster's own in place of those in ``directory``.

    Where that is tiny, as in Docker (64 MB), parallel queries would fail for room; where ``account`` may not write
    into it, the server would not start. A system without the directory has its shared memory elsewhere.
    """
    if not directory.exists():
        return "posix"
    too_small = shutil.disk_usage(directory).total < _SMALL_SHARED_MEMORY
    return "mmap" if too_small or not account.can_write_into(directory) else "posix"


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


def _quoted(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _between(least: int, value: int, most: int) -> int:
    return max(least, min(value, most))


def _memory() -> int:
    """Bytes of memory: the machine's, or less where a container has a limit."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            memory = min(memory, int(Path(limit).read_text()))
        except (OSError, ValueError):
            continue  # no such file, or "max"
    return memory
