"""Which reader a file needs: by the market file's word, else by its beginning, else by its name."""

import json
import re
from pathlib import PurePath

from wholesaler.errors import ConfigurationError
from wholesaler.sources.files.content import ZIP_MARKS, Content
from wholesaler.sources.files.delimited import CsvReader
from wholesaler.sources.files.extraction import Extracted
from wholesaler.sources.files.features import ESRI, GEOJSON, JsonReader
from wholesaler.sources.files.json_lines import MARK, JsonLinesReader
from wholesaler.sources.files.layers import LayerReader
from wholesaler.sources.files.reader import LINE_ENDS, Reader, decode_start
from wholesaler.sources.http.download import GIGABYTE

#: bytes that tell what a file is
_START = 4096
_PDF = b"%PDF"
#: how files begin that are no text, and may look like some
_MARKS = {
    b"\x89PNG": "a picture (PNG)", b"\xff\xd8\xff": "a picture (JPEG)",
    b"GIF89a": "a picture (GIF)", b"GIF87a": "a picture (GIF)",
    b"II*\0": "a picture (TIFF)", b"MM\0*": "a picture (TIFF)", b"7z\xbc\xaf": "an archive (7z)",
    b"Rar!\x1a": "an archive (RAR)", b"BZh91AY": "an archive (bzip2)", b"\xfd7zXZ": "an archive (xz)",
    b"\x28\xb5\x2f\xfd": "an archive (zstd)", b"PAR1\x15": "a Parquet file", b"{\\rtf": "a text document (RTF)",
    b"\x00\x01\x00\x00Standard": "an Access database",
}  # fmt: skip
_TAR_AT = 257
#: characters that stand in no text, and how many different ones tell that it is none
_CONTROLS, _MOST_CONTROLS = frozenset(map(chr, {*range(1, 9), *range(14, 26), 27})), 3
_LAYERS = {b"SQLite format 3\0": "gpkg", b"\x00\x00\x27\x0a": "shp"}
#: what holds the files of an old Excel, and what a new one encrypts
_COMPOUND = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_WEB_PAGE = re.compile(r"\s*<(!doctype|html|head|body|script|!--)", re.IGNORECASE)
_XML = re.compile(r"\s*<\?xml", re.IGNORECASE)
#: an object with a name, or an array of objects; a heading in brackets or braces is neither
_JSON = re.compile(r'\s*(\{\s*("|\}|$)|\[\s*(\{|\]|$))')
_JSON_SUFFIXES = frozenset({".json", ".geojson", ".esrijson"})
_LINES_SUFFIXES = frozenset({".jsonl", ".ndjson", ".jsonlines", ".geojsonl", ".geojsons", ".geojsonseq"})
_FORMS = {"geojson": GEOJSON, "esri-json": ESRI}
#: bytes within which the first line of several objects ends
_FIRST_LINE = 1 << 20
_DECODER = json.JSONDecoder(strict=False)


def open_reader(
    content: Content,
    name: str,
    form: str | None,
    geometry: bool,
    part: str | None = None,
    crs: int | None = None,
    largest: int = 8 * GIGABYTE,
) -> Reader:
    """The reader of a file that is called ``name``; ``form`` is 'format' of the market file.

    ``geometry``: whether places are wanted; ``part`` is the pattern of a sheet or layer; ``crs`` the EPSG code of what
    does not say its own; ``largest`` how many bytes may be unpacked. Raises ``OSError``, ``SourceError`` for what is
    no data or not of that format, and ``ConfigurationError`` for what cannot be read here or as it is asked for.
    """
    start = content.start(_START)
    reader = _binary(content, start, geometry, part, crs, largest)
    if reader is not None:
        if form not in {None, reader.form}:
            raise content.unusable(f"it is {reader.form}, and not of the format named ('{form}')")
        return reader
    if form in {"xlsx", "gpkg", "shp", "gdb"}:
        raise content.unusable(f"it is not of the format named ('{form}')")
    text = decode_start(start)
    if len(_CONTROLS.intersection(text)) > _MOST_CONTROLS:
        raise content.unusable("it is no text, and of no format that is read")
    if _WEB_PAGE.match(text):
        raise content.unusable("it is a web page instead of data")
    if _XML.match(text):
        raise content.unusable("it is XML, which is not read")
    if form in {"csv", "tsv"}:
        return CsvReader(content, "\t" if form == "tsv" else None)
    if form == "jsonlines":
        return JsonLinesReader(content, geometry)
    if form is not None:
        return JsonReader(content, geometry, _FORMS.get(form))
    # many addresses have names that tell nothing, and some a name that tells what somebody wanted
    suffix = PurePath(name.lower()).suffix
    is_array = _JSON.match(text) and text.lstrip().startswith("[")
    if (suffix in _LINES_SUFFIXES and not is_array) or text.startswith("\x1e"):
        return JsonLinesReader(content, geometry)
    if _JSON.match(text) and _has_lines(content):
        return JsonLinesReader(content, geometry)
    if _JSON.match(text) or suffix in _JSON_SUFFIXES:
        return JsonReader(content, geometry)
    return CsvReader(content)


def _binary(
    content: Content, start: bytes, geometry: bool, part: str | None, crs: int | None, largest: int
) -> Reader | None:
    """The reader of what is no text; ``None`` for text."""
    if start.startswith(ZIP_MARKS):
        try:
            from wholesaler.sources.files.spreadsheet import SpreadsheetReader
        except ImportError:  # Python has it from the system, where the program is one file
            raise ConfigurationError(
                f"sources.{content.source}: {content.label} is a workbook, for which libexpat is needed.",
                "Install it: apt-get install libexpat1",
            ) from None
        return SpreadsheetReader(content, part, largest)
    form = next((form for mark, form in _LAYERS.items() if start.startswith(mark)), "")
    if isinstance(content, Extracted) and content.path.suffix in {".gdb", ".shp"}:
        form = content.path.suffix[1:]
    if form:
        if form == "shp" and not isinstance(content, Extracted):
            raise content.unusable("it is one of the files of a shapefile: all of them are needed, in one ZIP archive")
        return LayerReader(content, form, part, geometry, crs)
    if start.startswith(_COMPOUND):
        raise content.unusable(
            "it is a workbook with a password: save it without one"
            if _ENCRYPTED in content.start(1 << 20) or _ENCRYPTED in content.tail(1 << 20)
            else "it is a spreadsheet of an old Excel (.xls): save it as .xlsx or CSV"
        )
    if start.startswith(_PDF):
        raise content.unusable("it is a PDF document, and no text")
    if start[_TAR_AT:].startswith(b"ustar"):
        raise content.unusable("it is an archive (tar): a ZIP archive or gzip file is read")
    for mark, what in _MARKS.items():
        if start.startswith(mark):
            raise content.unusable(f"it is {what}")
    return None


def _has_lines(content: Content) -> bool:
    """Whether an object that is no set of features begins a file, and another follows on a line of its own."""
    text = decode_start(content.start(_FIRST_LINE)).lstrip()
    if not text.startswith("{"):
        return False
    try:
        first, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        return False
    rest = text[end:]
    between = rest[: len(rest) - len(rest.lstrip(f"{MARK} \t\r\n"))]
    return "features" not in first and rest[len(between) :].startswith("{") and not LINE_ENDS.isdisjoint(between)
