"""What is in a file: which member of a ZIP archive is meant, or that it is compressed.

The members of an archive that is not plain (names that lead out of it, passwords, archives within) are refused.
"""

import re
import zipfile
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from wholesaler.errors import ConfigurationError
from wholesaler.sources.files.content import GZIP_MARK, ZIP_MARKS, Content, Gzip, Member, Plain

#: how the names of files end that can be sources
DATA_SUFFIXES = frozenset({".csv", ".tsv", ".tab", ".txt", ".json", ".geojson", ".esrijson"})
#: what the programs of some systems add to every archive
_JUNK = re.compile(r"(^|/)(__MACOSX/|\.|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)
_LEADS_OUT = re.compile(r"(^|[/\\])\.\.($|[/\\])|^[/\\]|^[A-Za-z]:")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_ENCRYPTED = 0x1
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
_LIST_LIMIT = 10
_LONGEST_NAME = 80


def unpack(file: Plain, member: str | None, largest: int) -> Content:
    """The content that a source reads: the file's own, or that of what is packed in it.

    ``member`` is a pattern for one name of a ZIP archive, without case; ``largest`` the bytes that may be unpacked.
    Raises ``OSError``; ``SourceError`` for an archive that is refused; and ``ConfigurationError``, naming what is
    there, where not exactly one member is meant.
    """
    start = file.start(4)
    packed: Gzip | Member
    if start.startswith(ZIP_MARKS):
        packed = _member(file, member, largest)
    elif member is not None:
        raise ConfigurationError(
            f"sources.{file.source}.member: {file.label} is no ZIP archive.", "Remove 'member' from the market file."
        )
    elif start.startswith(GZIP_MARK):
        packed = Gzip(file.source, file.label, file.path, file.is_web, largest)
    else:
        return file
    if packed.start(4).startswith((*ZIP_MARKS, GZIP_MARK)):
        raise file.unusable(f"it is an archive within an archive ({packed.label}), which is not unpacked")
    return packed


def _member(file: Plain, pattern: str | None, largest: int) -> Member:
    try:
        with zipfile.ZipFile(file.path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise file.unusable(f"it is a ZIP archive that is cut off or damaged ({_printable(str(error))})") from None
    for entry in entries:
        for name in (entry.orig_filename, entry.filename):
            if _LEADS_OUT.search(name):
                raise file.unusable(f"it is a ZIP archive with a name that leads out of it, '{_printable(name)}'")
    names = [entry.filename for entry in entries if not entry.is_dir() and not _JUNK.search(entry.filename)]
    if "[Content_Types].xml" in names and any(name.startswith(("xl/", "word/")) for name in names):
        raise file.unusable("it is a spreadsheet (ZIP), and no text: save it as CSV")
    name = _one_name(file, names, pattern)
    # of two entries with one name, the last stands
    entry = next(entry for entry in reversed(entries) if entry.filename == name)
    if entry.flag_bits & _ENCRYPTED:
        raise file.unusable(f"'{_printable(name)}' in it is encrypted")
    if entry.compress_type not in _METHODS:
        raise file.unusable(f"'{_printable(name)}' in it is packed by a method that is not read")
    label = f"{file.label} ({_printable(name)})"
    return Member(file.source, label, file.path, file.is_web, largest, name)


def _one_name(file: Plain, names: list[str], pattern: str | None) -> str:
    """The one name that is meant; raises ``ConfigurationError``."""
    if pattern is not None:
        meant = [name for name in names if _matches(name, pattern)]
        wanted = f"'{pattern}' matches {len(meant) or 'none'} of the files in"
    else:
        meant = [name for name in names if PurePosixPath(name).suffix.lower() in DATA_SUFFIXES]
        meant = meant or names
        wanted = f"is needed, since there are {len(meant)} files in" if meant else "there is no file in"
    if len(meant) == 1:
        return meant[0]
    shown = [_printable(name) for name in (meant or names)[:_LIST_LIMIT]]
    more = f" and {len(meant or names) - _LIST_LIMIT} more" if len(meant or names) > _LIST_LIMIT else ""
    raise ConfigurationError(
        f"sources.{file.source}.member: {wanted} {file.label}: {', '.join(shown) or '(nothing)'}{more}.",
        "Write a pattern that one name matches, such as "
        f'member = "{shown[0] if shown else "*.csv"}", in the market file.',
    )


def _matches(name: str, pattern: str) -> bool:
    """Whether a pattern means a name, with its folders or without them."""
    folded = pattern.casefold()
    names = (name.casefold(), PurePosixPath(name).name.casefold())
    return folded in names or any(fnmatchcase(one, folded) for one in names)


def _printable(name: str) -> str:
    text = _UNPRINTABLE.sub("\ufffd", name)
    return text if len(text) <= _LONGEST_NAME else f"{text[:_LONGEST_NAME]}…"
