"""The bytes of a file, whatever holds them: the file itself, a gzip file, or one member of a ZIP archive.

They can be read from their beginning any number of times, and nothing is unpacked to disk. What is unpacked is counted
while it is read, since what an archive says of its sizes may be wrong: a bomb ends as an error. Whatever is wrong with
the bytes is an ``OSError`` that says so.
"""

import gzip
import io
import lzma
import zipfile
import zlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, cast

from wholesaler.errors import SourceError
from wholesaler.sources.http.download import GIGABYTE

#: What is unpacked may be so many times as large as it is packed. Tables come to 30; a bomb has 1000.
LARGEST_RATIO = 200
#: bytes up to which the ratio does not matter
SMALL = 50_000_000
GZIP_MARK = b"\x1f\x8b"
ZIP_MARKS = (b"PK\x03\x04", b"PK\x05\x06")
#: in the flags of a member
ENCRYPTED = 0x1
_PIECE = 1 << 20
_DAMAGE = (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, gzip.BadGzipFile, NotImplementedError)


@dataclass(frozen=True)
class Content(ABC):
    """``label`` is what messages call it: a path, or an address without what may be secret in it."""

    source: str
    label: str
    path: Path
    #: whether it came from the web, so that nobody can save it anew
    is_web: bool = False

    @abstractmethod
    def open(self) -> BinaryIO:
        """The bytes from their beginning; raises ``OSError``."""

    def start(self, size: int) -> bytes:
        """The first bytes, at most ``size``."""
        with self.open() as file:
            return _read_whole(file, size)

    def tail(self, size: int, unit: int = 1) -> bytes:
        """The last bytes, at most ``size``, which is a multiple of ``unit``, and from a multiple of ``unit`` on."""
        kept, length = b"", 0
        with self.open() as file:
            while piece := file.read(_PIECE):
                length += len(piece)
                kept = (kept + piece)[-size - unit :]
        wanted = length - max(0, length - size) // unit * unit
        return kept[-wanted:] if wanted else b""

    def unusable(self, reason: str) -> SourceError:
        """The error that nothing can be read of it, or no more."""
        again = "See what stands at its address" if self.is_web else "Save it there again"
        return SourceError(
            f"{self.source}: the file {self.label} cannot be used: {reason}.",
            f"{again}, or correct 'url' of sources.{self.source} in the market file.",
            transient=False,
        )

    @property
    def advice(self) -> str:
        """What to do about damage, in three words."""
        return "fetch it again" if self.is_web else "save it again"


@dataclass(frozen=True)
class Plain(Content):
    """A file as it is."""

    def open(self) -> BinaryIO:
        return cast(BinaryIO, self.path.open("rb", buffering=0))

    def tail(self, size: int, unit: int = 1) -> bytes:
        with self.path.open("rb") as file:
            end = file.seek(0, 2)
            file.seek(max(0, end - size) // unit * unit)
            return file.read()


@dataclass(frozen=True)
class Packed(Content):
    """Something packed, of which at most ``largest`` bytes are unpacked."""

    largest: int = 8 * GIGABYTE
    what: ClassVar[str]

    def open(self) -> BinaryIO:
        try:
            file, packed_size = self._unpack()
        except _DAMAGE as error:
            raise _damage(self.what, error) from None
        return cast(BinaryIO, _Unpacked(file, self.what, self.largest, packed_size))

    @abstractmethod
    def _unpack(self) -> tuple[Any, int]:
        """A file object with the bytes, and how many they are packed; raises as reading does."""


@dataclass(frozen=True)
class Gzip(Packed):
    """A gzip file, of one part or of several."""

    what = "gzip file"

    def _unpack(self) -> tuple[Any, int]:
        return gzip.open(self.path), self.path.stat().st_size


@dataclass(frozen=True)
class Member(Packed):
    """The member ``name`` of a ZIP archive."""

    what = "ZIP archive"
    name: str = ""

    def _unpack(self) -> tuple[Any, int]:
        archive = zipfile.ZipFile(self.path)
        try:
            entry = archive.getinfo(self.name)
            if entry.flag_bits & ENCRYPTED:
                raise OSError(f"'{self.name}' in it is encrypted")
            # what the archive says of a member's packed size is all that is read of it, and it may say too much
            size = min(entry.compress_size, self.path.stat().st_size)
            return _MemberFile(archive, archive.open(self.name)), size
        except BaseException:
            archive.close()
            raise


class _MemberFile:
    """A member that closes its archive with itself."""

    def __init__(self, archive: zipfile.ZipFile, file: Any) -> None:
        self._archive = archive
        self._file = file
        self.read = file.read

    def close(self) -> None:
        self._file.close()
        self._archive.close()


class _Unpacked(io.RawIOBase):
    """What is unpacked, up to its limits, with every failure as an ``OSError``."""

    def __init__(self, file: Any, what: str, largest: int, packed_size: int) -> None:
        self._file = file
        self._what = what
        self._largest = largest
        self._packed_size = packed_size
        self._size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            piece = self._file.read(len(buffer))
        except _DAMAGE as error:
            raise _damage(self._what, error) from None
        self._size += len(piece)
        check_size(self._size, self._largest, self._packed_size)
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


def check_size(size: int, largest: int, packed_size: int) -> None:
    """Raise ``OSError`` where more was unpacked than may be: ``largest``, or many times what it was packed."""
    if size > largest:
        raise OSError(f"it unpacks to more than {largest / GIGABYTE:g} GB, which WHOLESALER_LARGEST_FILE permits")
    if size > max(SMALL, LARGEST_RATIO * packed_size):
        raise OSError(f"it unpacks to more than {LARGEST_RATIO} times its size, as no table does")


def _read_whole(file: BinaryIO, size: int) -> bytes:
    pieces = b""
    while len(pieces) < size and (piece := file.read(size - len(pieces))):
        pieces += piece
    return pieces


def _damage(what: str, error: Exception) -> OSError:
    reason = " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
    return OSError(f"it is a {what} that is cut off or damaged ({reason})")
