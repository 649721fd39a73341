"""The data directory, ``$WHOLESALER_HOME``: it and what is in it are its owner's alone, whatever the umask."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

#: what the program makes in it, beside locks and cluster, which are closed where they are made
_DIRECTORIES = ("announced", "downloads", "reports", "sample-county", "snapshots")
#: directories in which others have something too; to close one of them would lock everybody out
_SHARED_PARENTS = {Path(path) for path in ("/", "/var", "/usr", "/usr/local")}


def make_home(home: Path, server_group: int | None = None) -> None:
    """Create the data directory with its parents where they are missing; close it and what is in it to others.

    ``server_group`` is the group of the account that runs the private database for root: it may pass through to what
    is its own inside, and nobody else may. A directory that is shared (``/tmp``, ``/var/lib``, somebody's login
    directory) stays as it is. Raises ``OSError`` when it cannot be made.
    """
    for directory in reversed(home.parents):
        if not directory.is_dir():
            directory.mkdir(0o700, exist_ok=True)
            if os.geteuid() == 0:
                directory.chmod(0o755)  # others, the database's account too, may have to pass through
    if not home.is_dir():
        home.mkdir(0o700, exist_ok=True)
    status = home.stat()
    if _is_ours_alone(home, status):
        mode = stat.S_IMODE(status.st_mode)
        if server_group is not None and status.st_gid != server_group:
            os.chown(home, -1, server_group)
        # root's: the account may pass through where it could before, until its group is known
        wanted = mode & ~(0o067 if os.geteuid() == 0 else 0o077) | (0o710 if server_group is not None else 0o700)
        if wanted != mode:
            home.chmod(wanted)
    for name in _DIRECTORIES:
        if (home / name).is_dir():
            close_to_others(home / name)


def make_directory(path: Path) -> None:
    """Create a directory for its owner alone, or close it; raises ``OSError`` when it cannot be made."""
    path.mkdir(0o700, exist_ok=True)
    close_to_others(path)


def open_private(path: Path, mode: str) -> IO[bytes]:
    """Open a file, which is made for its owner alone; raises ``OSError``."""
    return open(path, mode, opener=lambda name, flags: os.open(name, flags, 0o600))


@contextmanager
def private_files() -> Iterator[None]:
    """Within, what any thread of this process makes is for its owner alone."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def close_to_others(path: Path) -> None:
    """Take the rights of everybody but the owner from what is ours; what belongs to another user stays as it is.

    A directory is taken with the files in it, not with what is further down.
    """
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode) or status.st_uid != os.geteuid():
        return
    if status.st_mode & 0o077:
        path.chmod(stat.S_IMODE(status.st_mode) & ~0o077)
        for file in path.iterdir() if stat.S_ISDIR(status.st_mode) else ():
            close_to_others(file)


def _is_ours_alone(directory: Path, status: os.stat_result) -> bool:
    return (
        status.st_uid == os.geteuid()
        and not status.st_mode & stat.S_ISVTX
        and directory.parent not in _SHARED_PARENTS
        and directory != Path.home()
    )


def user_name(uid: int) -> str:
    """Who a user is, for a message."""
    import pwd

    try:
        return f"'{pwd.getpwuid(uid).pw_name}'"
    except KeyError:
        return f"user {uid}"
