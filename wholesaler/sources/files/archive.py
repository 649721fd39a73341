"""What is in a file: which member of a ZIP archive is meant, or that it is compressed.

The members of an archive that is not plain (names that lead out of it, passwords, archives within) are refused. A
pattern may go on behind a slash with the sheet or layer of what it names: ``county.gdb/Parcels``.
"""

import re
import zipfile
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from wholesaler.errors import ConfigurationError
from wholesaler.sources.files.content import ENCRYPTED, GZIP_MARK, ZIP_MARKS, Content, Gzip, Member, Plain
from wholesaler.sources.files.extraction import Extraction
from wholesaler.sources.files.shapefile import NEEDED

#: how the names of files end that can be sources
DATA_SUFFIXES = frozenset(
    {
        ".csv", ".tsv", ".tab", ".txt", ".json", ".geojson", ".esrijson", ".jsonl", ".ndjson", ".jsonlines",
        ".geojsonl", ".xlsx", ".gpkg", ".shp", ".gdb",
    }
)  # fmt: skip
#: what is in every geodatabase, a folder of files that nobody names; some are packed without the folder
_GEODATABASE = re.compile(r"(^|[/\\])a00000001\.gdbtable$", re.IGNORECASE)
_SEPARATOR = re.compile(r"[/\\]")
#: the files of a shapefile
_SHAPEFILE = (*NEEDED, ".prj", ".cpg")
#: what the programs of some systems add to every archive
_JUNK = re.compile(r"(^|/)(__MACOSX/|\.|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)
_LEADS_OUT = re.compile(r"(^|[/\\])\.\.($|[/\\])|^[/\\]|^[A-Za-z]:")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
_LIST_LIMIT = 10
_LONGEST_NAME = 80
_SQLITE_MARK = b"SQLite format 3\0"
_NO_TABLE = {
    "word/document.xml": "it is a text document, and no table",
    "xl/workbook.bin": "it is a binary workbook (.xlsb): save it as .xlsx or CSV",
    "content.xml": "it is an OpenDocument file: save it as .xlsx or CSV",
}


@dataclass(frozen=True)
class Unpacked:
    """What a source reads: the content, its name within an archive, and the pattern of a sheet or layer in it."""

    content: Content
    name: str | None = None
    part: str | None = None


def unpack(file: Plain, member: str | None, largest: int, scratch: Path | None = None) -> Unpacked:
    """What a source reads: the file itself, or what is packed in it.

    ``member`` is a pattern for one name of a ZIP archive, without case; ``largest`` the bytes that may be unpacked;
    ``scratch`` the folder for what has to be unpacked to be read. Raises ``OSError``; ``SourceError`` for an archive
    that is refused; and ``ConfigurationError``, naming what is there, where not exactly one member is meant.
    """
    start = file.start(len(_SQLITE_MARK))
    if start.startswith(ZIP_MARKS):
        return _member(file, member, largest, scratch)
    if start == _SQLITE_MARK:
        return Unpacked(file, part=member)
    if member is not None:
        raise ConfigurationError(
            f"sources.{file.source}.member: {file.label} is no ZIP archive, workbook or geodatabase.",
            "Remove 'member' from the market file.",
        )
    if not start.startswith(GZIP_MARK):
        return Unpacked(file)
    packed = Gzip(file.source, file.label, file.path, file.is_web, largest)
    _refuse_archive(file, packed)
    return Unpacked(packed)


def _member(file: Plain, pattern: str | None, largest: int, scratch: Path | None) -> Unpacked:
    try:
        with zipfile.ZipFile(file.path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise file.unusable(f"it is a ZIP archive that is cut off or damaged ({printable(str(error))})") from None
    for entry in entries:
        for name in (entry.orig_filename, entry.filename):
            if _LEADS_OUT.search(name):
                raise file.unusable(f"it is a ZIP archive with a name that leads out of it, '{printable(name)}'")
    # of two entries with one name, the last stands
    files = {entry.filename: entry for entry in entries if not entry.is_dir() and not _JUNK.search(entry.filename)}
    if is_workbook(files):
        return Unpacked(file, part=pattern)
    for name, what in _NO_TABLE.items():
        if name in files and ("[Content_Types].xml" in files or "mimetype" in files):
            raise file.unusable(what)
    parts = _data_parts(list(files))
    name, part = _name_and_part(file, list(parts), pattern)
    for inner in parts[name]:
        if files[inner].flag_bits & ENCRYPTED:
            raise file.unusable(f"'{printable(inner)}' in it is encrypted")
        if files[inner].compress_type not in _METHODS:
            raise file.unusable(f"'{printable(inner)}' in it is packed by a method that is not read")
    label = f"{file.label} ({printable(name)})"
    members = [Member(file.source, label, file.path, file.is_web, largest, inner) for inner in parts[name]]
    suffix = PurePosixPath(name).suffix.lower()
    if suffix == ".shp":
        there = {PurePosixPath(inner).suffix.lower() for inner in parts[name]}
        if missing := ", ".join(end for end in NEEDED if end not in there):
            raise file.unusable(f"of its shapefile '{printable(name)}' the {missing} is missing")
    # what is read from many places at once has to lie on the disk
    if suffix in {".gdb", ".shp", ".xlsx"} or members[0].start(len(_SQLITE_MARK)) == _SQLITE_MARK:
        folder = "layer.gdb" if suffix == ".gdb" else ""
        return Unpacked(Extraction(scratch).take(members, folder, file, label), name, part)
    if part is not None:
        raise ConfigurationError(
            f"sources.{file.source}.member: {label} is no workbook or geodatabase, so that there is no '{part}' in it.",
            f'Write member = "{printable(name)}" in the market file.',
        )
    _refuse_archive(file, members[0])
    return Unpacked(members[0], name)


def _data_parts(names: list[str]) -> dict[str, list[str]]:
    """What the names of an archive stand for, with the files of each: a shapefile or a geodatabase has several."""
    parts: dict[str, list[str]] = {}
    bases = {_folder(name) for name in names if _GEODATABASE.search(name)}
    shapefiles: dict[str, list[str]] = {_stem(name): [] for name in names if name.lower().endswith(".shp")}
    for name in names:
        folder, stem, suffix = _folder(name), _stem(name), PurePosixPath(name).suffix.lower()
        if folder in bases or folder.lower().endswith(".gdb"):
            base = folder if folder.lower().endswith(".gdb") else f"{folder or 'layers'}.gdb"
            parts.setdefault(base, []).append(name)
        elif stem in shapefiles and suffix in _SHAPEFILE:
            shapefiles[stem].append(name)
            if suffix == ".shp":
                parts[name] = shapefiles[stem]
        else:
            parts[name] = [name]
    return parts


def _folder(name: str) -> str:
    """The folder of a name; some systems write backslashes."""
    return _SEPARATOR.sub("/", name).rpartition("/")[0]


def _stem(name: str) -> str:
    """What the names of a shapefile's files have in common; some systems write one of them in capitals."""
    return PurePosixPath(name).with_suffix("").as_posix().casefold()


def _name_and_part(file: Plain, names: list[str], pattern: str | None) -> tuple[str, str | None]:
    """The one name that is meant, and the pattern of a sheet or layer in it; raises ``ConfigurationError``."""
    if pattern is None:
        meant = [name for name in names if PurePosixPath(name).suffix.lower() in DATA_SUFFIXES]
        return one_name(file, meant or names, None), None
    outer, _, inner = pattern.rpartition("/")
    if outer and not any(_matches(name, pattern) for name in names) and any(_matches(name, outer) for name in names):
        return one_name(file, names, outer), inner
    return one_name(file, names, pattern), None


def one_name(file: Content, names: list[str], pattern: str | None, what: str = "file") -> str:
    """The one of the names that a pattern, or the absence of others, means; raises ``ConfigurationError``."""
    meant = names if pattern is None else [name for name in names if _matches(name, pattern)]
    if pattern is not None:
        wanted = f"'{pattern}' matches {len(meant) or 'none'} of the {what}s in"
    else:
        wanted = f"is needed, since there are {len(meant)} {what}s in" if meant else f"there is no {what} in"
    if len(meant) == 1:
        return meant[0]
    shown = [printable(name) for name in (meant or names)[:_LIST_LIMIT]]
    more = f" and {len(meant or names) - _LIST_LIMIT} more" if len(meant or names) > _LIST_LIMIT else ""
    raise ConfigurationError(
        f"sources.{file.source}.member: {wanted} {file.label}: {', '.join(shown) or '(nothing)'}{more}.",
        "Write a pattern that one name matches, such as "
        f'member = "{shown[0] if shown else "*.csv"}", in the market file.',
    )


def is_workbook(names: object) -> bool:
    """Whether the names of an archive are those of an Excel workbook."""
    return isinstance(names, dict) and "[Content_Types].xml" in names and "xl/workbook.xml" in names


def _refuse_archive(file: Plain, packed: Content) -> None:
    if packed.start(4).startswith((*ZIP_MARKS, GZIP_MARK)):
        raise file.unusable(f"it is an archive within an archive ({packed.label}), which is not unpacked")


def _matches(name: str, pattern: str) -> bool:
    """Whether a pattern means a name, with its folders or without them."""
    folded = pattern.casefold()
    names = (name.casefold(), PurePosixPath(name).name.casefold())
    return folded in names or any(fnmatchcase(one, folded) for one in names)


def printable(name: str, longest: int = _LONGEST_NAME) -> str:
    """A name as a message can show it."""
    text = _UNPRINTABLE.sub("\ufffd", name)
    return text if len(text) <= longest else f"{text[:longest]}…"
