"""The configuration of the private PostgreSQL server, fitted to the machine."""

import os
import shutil
from pathlib import Path

SETTINGS_FILE = "wholesaler.conf"
PORT = 5432  # a part of the socket's name; nothing listens on a network

POSTGRESQL_CONF = f"include '{SETTINGS_FILE}'  # written by wholesaler; your own settings go below and win\n"
# The socket's directory is closed to everybody but the server's account and root: that is the authentication.
ACCESS = "# Written by wholesaler.\nlocal all all trust\n"

_MEGABYTE = 1 << 20
_SMALL_SHARED_MEMORY = 256 * _MEGABYTE


def server_settings(data: Path, socket_directory: Path) -> str:
    """The text of :data:`SETTINGS_FILE` for a cluster in the file system of ``data``."""
    memory = _memory() // _MEGABYTE
    disk = shutil.disk_usage(data).total // _MEGABYTE
    settings = {
        "listen_addresses": "",
        "port": PORT,
        "unix_socket_directories": socket_directory,
        "unix_socket_permissions": "0700",
        "max_connections": 40,
        "shared_buffers": f"{_between(32, memory // 8, 256)}MB",
        "work_mem": f"{_between(4, memory // 64, 32)}MB",
        "maintenance_work_mem": f"{_between(32, memory // 8, 256)}MB",
        "effective_cache_size": f"{max(64, memory // 2)}MB",
        "dynamic_shared_memory_type": _dynamic_shared_memory(),
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


def _dynamic_shared_memory() -> str:
    """Files in place of /dev/shm where that is tiny, as in Docker (64 MB): parallel queries would fail for room."""
    try:
        return "mmap" if shutil.disk_usage("/dev/shm").total < _SMALL_SHARED_MEMORY else "posix"
    except OSError:
        return "posix"
