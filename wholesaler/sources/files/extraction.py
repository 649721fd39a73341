"""What of an archive has to lie on the disk to be read: workbooks, shapefiles and geodatabases, in any order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from shutil import rmtree
from tempfile import mkdtemp
from weakref import finalize

from wholesaler.home import make_directory
from wholesaler.sources.files.content import Member, Plain, check_size

_PIECE = 1 << 20


@dataclass(frozen=True)
class Extracted(Plain):
    """Files of an archive, on the disk as long as this is kept; ``path`` is the first of them, or their folder."""

    folder: "Folder | None" = field(default=None, repr=False, compare=False)

    def start(self, size: int) -> bytes:
        return b"" if self.path.is_dir() else super().start(size)


class Extraction:
    """Files of archives, in folders of their own within ``scratch``, or where the system has such."""

    def __init__(self, scratch: Path | None) -> None:
        self._scratch = scratch

    def take(self, members: Sequence[Member], folder: str, file: Plain, label: str) -> Extracted:
        """Unpack members of one archive; within ``folder``, if it has a name, under their own names.

        Else all are called ``layer``, with the ends of their names. Raises ``OSError``, also beyond the limits.
        """
        place = Folder(self._scratch)
        base = place.path / folder
        base.mkdir(exist_ok=True)
        size, packed_size = 0, file.path.stat().st_size
        paths = []
        for member in members:
            name = PurePosixPath(member.name.replace("\\", "/"))
            path = base / (name.name if folder else f"layer{name.suffix.lower()}")
            with member.open() as packed, path.open("wb") as target:
                while piece := packed.read(_PIECE):
                    size += len(piece)
                    check_size(size, member.largest, packed_size)
                    target.write(piece)
            paths.append(path)
        first = min(paths, key=lambda path: path.suffix != ".shp")
        return Extracted(file.source, label, base if folder else first, file.is_web, place)


class Folder:
    """A new folder that is gone with this object."""

    def __init__(self, within: Path | None) -> None:
        if within is not None:
            for directory in (*reversed(within.parents[:2]), within):
                make_directory(directory)
        self.path = Path(mkdtemp(prefix="unpacked-", dir=within))
        finalize(self, rmtree, self.path, ignore_errors=True)
