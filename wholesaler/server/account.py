"""The operating system account that the private PostgreSQL server runs as.

PostgreSQL refuses to run as root. An ordinary user's server runs as that user; root's runs as the ``postgres`` system
user, who owns the data and the socket directory and must be able to reach them.
"""

import os
import pwd
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wholesaler.errors import ConfigurationError, UnavailableError
from wholesaler.home import make_home, user_name

SYSTEM_USER = "postgres"


@dataclass(frozen=True)
class ServerAccount:
    """Who the server is; ``switches`` when that is not who this program runs as."""

    uid: int
    gid: int
    switches: bool

    @classmethod
    def of_this_process(cls) -> "ServerAccount":
        """The account for whoever runs this program. Raises :class:`UnavailableError` when root lacks ``postgres``."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid(), switches=False)
        try:
            entry = pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            raise UnavailableError(
                f"There is no system user '{SYSTEM_USER}', who runs the database for root.",
                "Install the package postgresql.",
            ) from None
        return cls(entry.pw_uid, entry.pw_gid, switches=True)

    def run(self, arguments: Sequence[str], given: str = "") -> "subprocess.CompletedProcess[str]":
        """Run a program as this account, with ``given`` as its input; its output and errors come joined in ``stdout``.

        The program may leave a server behind, so it gets a session of its own, no open file of ours, and no
        environment: ours can hold passwords, and libpq's variables would lead it astray.
        """
        return subprocess.run(
            arguments,
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            cwd="/",
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            start_new_session=True,
            user=self.uid if self.switches else None,
            group=self.gid if self.switches else None,
            umask=0o077,
            extra_groups=[] if self.switches else None,
        )

    def write(self, path: Path, text: str) -> None:
        """Write a file as this account: root must not follow a link that the account may have put there.

        Raises :class:`UnavailableError` when the file cannot be written, on a full disk for instance.
        """
        done = self.run(["tee", str(path)], given=text)
        if done.returncode:
            reason = next((line for line in done.stdout.splitlines() if line.startswith("tee: ")), "tee failed")
            raise UnavailableError(f"Cannot write {path}: {reason.removeprefix('tee: ')}.")

    def make_directory(self, path: Path) -> None:
        """Create ``path`` for this account alone (mode 0700), or make sure that it is so.

        Raises :class:`ConfigurationError` when somebody else made it, as a stranger may in a shared directory.
        """
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:
            if not stat.S_ISDIR(path.lstat().st_mode):
                raise ConfigurationError(f"{path} is not a directory.", "Move it out of the way.") from None
            self.check_owner(path)
            path.chmod(0o700)
        if self.switches:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def check_owner(self, path: Path) -> None:
        """Raise :class:`ConfigurationError` when ``path`` belongs to another account."""
        owner = path.stat().st_uid
        if owner != self.uid:
            raise ConfigurationError(
                f"{path} belongs to {user_name(owner)}, not to {user_name(self.uid)}, who would run the database.",
                "Run wholesaler as its owner, or set WHOLESALER_HOME to another directory.",
            )

    def guards(self, path: Path) -> bool:
        """Whether ``path`` is a real directory that this account owns and nobody else can enter."""
        try:
            status = path.lstat()
        except OSError:
            return False
        return stat.S_ISDIR(status.st_mode) and status.st_uid == self.uid and not status.st_mode & 0o077

    def make_home(self, home: Path) -> None:
        """Create ``home`` with its parents so that this account can reach what is inside.

        Raises :class:`ConfigurationError` when it cannot: root's own home directory, for instance, is closed.
        """
        make_home(home, self.gid if self.switches else None)
        if self.switches and self.run(["test", "-x", str(home)]).returncode:
            raise ConfigurationError(
                f"WHOLESALER_HOME: the user '{SYSTEM_USER}', who runs the database for root, cannot enter {home}.",
                "Set WHOLESALER_HOME to a directory such as /var/lib/wholesaler.",
            )

    def can_write_into(self, directory: Path) -> bool:
        """Whether this account may make files in ``directory``."""
        return self.run(["test", "-w", str(directory), "-a", "-x", str(directory)]).returncode == 0
