"""Find the PostgreSQL programs of this machine that can hold the private cluster.

Usable is PostgreSQL 14 or later with the files of every extension in :data:`EXTENSIONS`. Distributions keep several
major versions side by side, each in its own directory and outside ``PATH``, so the known places are searched.
"""

import re
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import which

from wholesaler.errors import UnavailableError

OLDEST_MAJOR = 14
EXTENSIONS = ("postgis", "address_standardizer", "address_standardizer_data_us", "pg_trgm")
PROGRAMS = ("postgres", "initdb", "pg_ctl")
#: how a database comes to a newer major version
MOVE = "README, 'A newer PostgreSQL'"

_PLACES = (
    ("/usr/lib/postgresql", "*/bin"),  # Debian, Ubuntu
    ("/usr", "pgsql-*/bin"),  # the PostgreSQL project's packages for RHEL and its relatives
    ("/opt/homebrew/opt", "postgresql*/bin"),
    ("/usr/local/opt", "postgresql*/bin"),
    ("/Applications/Postgres.app/Contents/Versions", "*/bin"),
    ("/usr", "bin"),  # distributions with one major version
)


@dataclass(frozen=True)
class PostgresPrograms:
    """One installed PostgreSQL: its major version, the directory of its programs, the extensions it lacks."""

    major: int
    directory: Path
    missing: tuple[str, ...]

    def program(self, name: str) -> str:
        """The path of one program, such as ``initdb``."""
        return str(self.directory / name)


def find_programs(major: int | None = None, directories: Sequence[Path] | None = None) -> PostgresPrograms:
    """The newest usable PostgreSQL, or the one of ``major`` that an existing cluster needs.

    ``directories`` (each holding ``postgres``, ``initdb`` and ``pg_ctl``) replaces the known places. Raises
    :class:`UnavailableError` naming the packages to install.
    """
    installed = _installed(_known_directories() if directories is None else directories)
    found = [programs for programs in installed if major is None or programs.major == major]
    usable = [programs for programs in found if not programs.missing]
    if usable:
        return usable[0]
    if found:
        version = found[0].major
        raise UnavailableError(
            f"PostgreSQL {version} in {found[0].directory} has no {', '.join(found[0].missing)}.",
            f"Install the package postgresql-{version}-postgis-3 (Homebrew: postgis), or set DATABASE_URL.",
        )
    if major is not None:
        newest = next((programs.major for programs in installed if not programs.missing), None)
        then = f", then move it to PostgreSQL {newest}: {MOVE}." if newest is not None and newest > major else "."
        raise UnavailableError(
            f"The database was made by PostgreSQL {major}, which is no longer installed.",
            f"Install the packages postgresql-{major} and postgresql-{major}-postgis-3, from apt.postgresql.org or"
            f" yum.postgresql.org where the distribution has dropped them{then}",
        )
    raise UnavailableError(
        f"No PostgreSQL {OLDEST_MAJOR} or later was found on this machine.",
        "Install the packages postgresql and postgresql-NN-postgis-3, NN being its version"
        " (Homebrew: postgresql and postgis), or set DATABASE_URL.",
    )


def _known_directories() -> list[Path]:
    directories = [path for root, pattern in _PLACES for path in Path(root).glob(pattern)]
    if pg_config := which("pg_config"):
        directories.append(Path(_output(pg_config, "--bindir")))
    return directories


def _installed(directories: Iterable[Path]) -> list[PostgresPrograms]:
    """What is installed in ``directories``, the newest version first and the most complete of it before others."""
    found = []
    for directory in dict.fromkeys(path.resolve() for path in directories):
        if not all((directory / name).is_file() for name in PROGRAMS):
            continue
        version = re.search(r"\(PostgreSQL\)\s+(\d+)", _output(directory / "postgres", "--version"))
        if version and int(version[1]) >= OLDEST_MAJOR:
            major = int(version[1])
            found.append(PostgresPrograms(major, directory, _missing_extensions(directory, major)))
    return sorted(found, key=lambda programs: (-programs.major, len(programs.missing)))


def _missing_extensions(directory: Path, major: int) -> tuple[str, ...]:
    """The extensions without a control file; ``pg_config`` knows where this version looks for them."""
    shares = [Path(_output(directory / "pg_config", "--sharedir") or "/nonexistent")]
    shares += [directory.parent / "share" / "postgresql", directory.parent / "share"]
    if directory.is_relative_to("/usr/lib/postgresql"):
        shares.append(Path(f"/usr/share/postgresql/{major}"))
    return tuple(
        name for name in EXTENSIONS if not any((share / "extension" / f"{name}.control").is_file() for share in shares)
    )


def _output(program: str | Path, option: str) -> str:
    """What ``program option`` prints, or nothing when it cannot be run."""
    try:
        return subprocess.run([program, option], capture_output=True, text=True, timeout=10).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""
