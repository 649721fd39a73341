"""``make binary``: the program, its Python and all it reads in one file, ``dist/wholesaler``; see ARCHITECTURE.md."""

import compileall
import gzip
import hashlib
import io
import os
import platform
import py_compile
import re
import subprocess
import sys
import tarfile
from pathlib import Path

from wholesaler import __version__

HERE = Path(__file__).parent
BUILD = HERE.parent / "build"
UNPACKED = BUILD / "unpacked" / "wholesaler"
TARGET = HERE.parent / "dist" / "wholesaler"
#: the distributions whose glibc is this old or newer
DISTRIBUTIONS = {(2, 31): "Debian 11 and Ubuntu 20.04", (2, 35): "Debian 12 and Ubuntu 22.04", (2, 36): "Debian 12"}


def main() -> None:
    """Build it, and say what it is for."""
    freeze()
    glibc = needed_glibc(UNPACKED)
    TARGET.parent.mkdir(exist_ok=True)
    new = TARGET.with_suffix(".new")
    new.write_bytes(one_file(UNPACKED, __version__, glibc))
    new.chmod(0o755)
    new.replace(TARGET)
    size = TARGET.stat().st_size / 1e6
    runs_on = next((name for version, name in DISTRIBUTIONS.items() if glibc <= version), "newer distributions")
    sys.stdout.write(
        f"dist/wholesaler: version {__version__}, {size:.0f} MB, for {platform.machine()} with glibc "
        f"{glibc[0]}.{glibc[1]} or newer, which {runs_on} have\n"
    )


def freeze() -> None:
    """Collect the program, its Python and its packages in a directory."""
    line = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR"]
    line += ["--workpath", str(BUILD / "work"), "--distpath", str(UNPACKED.parent), str(HERE / "wholesaler.spec")]
    # the same files from the same sources: sets of names are written in the order of their hashes
    done = subprocess.run(line, env={**os.environ, "PYTHONHASHSEED": "1"}, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    # Alembic reads the migrations from their files, and the directory may be read-only by then
    unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
    if not compileall.compile_dir(UNPACKED / "lib" / "wholesaler", quiet=1, invalidation_mode=unchecked):
        sys.exit("a migration cannot be compiled")


def needed_glibc(folder: Path) -> tuple[int, int]:
    """The version of the C library that what is in a folder asks for, or newer; all else it brings along."""
    needed = {(0, 0)}
    for path in folder.rglob("*"):
        if path.is_file() and path.open("rb").read(4) == b"\x7fELF":
            line = ["readelf", "--version-info", "--wide", str(path)]
            said = subprocess.run(line, check=True, capture_output=True, text=True).stdout
            needed |= {(int(one), int(two)) for one, two in re.findall(r"Name: GLIBC_(\d+)\.(\d+)", said)}
    return max(needed)


def one_file(folder: Path, version: str, glibc: tuple[int, int]) -> bytes:
    """The script, and behind it what is in a folder; the same bytes from the same files."""
    packed = pack(folder)
    total = hashlib.sha256(packed).hexdigest()
    values = {"VERSION": version, "NAME": total[:12], "SUM": total}
    values |= {"MACHINE": platform.machine(), "GLIBC": f"{glibc[0]}.{glibc[1]}"}
    text = re.sub("@([A-Z]+)@", lambda found: values.get(found[1], found[0]), (HERE / "head.sh").read_text("utf-8"))
    # its length is known once the number is written, in five digits
    start = len(text.encode()) - len("@START@") + 5 + 1
    return text.replace("@START@", f"{start:05}").encode() + packed


def pack(folder: Path) -> bytes:
    """A gzipped archive, whose files are for nobody but the one who unpacks it."""

    def plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = entry.mtime = 0
        entry.uname = entry.gname = ""
        entry.mode = 0o700 if entry.isdir() or entry.mode & 0o100 else 0o600
        return entry

    written = io.BytesIO()
    with gzip.GzipFile(fileobj=written, mode="wb", mtime=0) as file, tarfile.open(fileobj=file, mode="w") as archive:
        for path in sorted(folder.rglob("*")):
            archive.add(path, str(path.relative_to(folder)), recursive=False, filter=plain)
    return written.getvalue()


if __name__ == "__main__":
    main()
