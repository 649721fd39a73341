"""Which reader a file needs: by the market file's word, else by its beginning, else by its name."""

import re
from pathlib import PurePath

from wholesaler.sources.files.content import Content
from wholesaler.sources.files.delimited import CsvReader
from wholesaler.sources.files.features import ESRI, GEOJSON, JsonReader
from wholesaler.sources.files.reader import Reader, decode_start

#: bytes that tell what a file is
_START = 4096
_NO_TEXT = ((b"\xd0\xcf\x11\xe0", "a spreadsheet of an old Excel"), (b"%PDF", "a PDF document"))
_WEB_PAGE = re.compile(r"\s*<(!doctype|html|head|body|script|!--)", re.IGNORECASE)
_XML = re.compile(r"\s*<\?xml", re.IGNORECASE)
#: an object with a name, or an array of objects; a heading in brackets or braces is neither
_JSON = re.compile(r'\s*(\{\s*("|\}|$)|\[\s*(\{|\]|$))')
_JSON_SUFFIXES = frozenset({".json", ".geojson", ".esrijson"})
_FORMS = {"geojson": GEOJSON, "esri-json": ESRI}


def open_reader(content: Content, name: str, form: str | None, geometry: bool) -> Reader:
    """The reader of a file that is called ``name``; ``form`` is 'format' of the market file.

    ``geometry``: whether places are wanted. Raises ``OSError``, and ``SourceError`` for what is no data or not of
    that format.
    """
    start = content.start(_START)
    for mark, what in _NO_TEXT:
        if start.startswith(mark):
            raise content.unusable(f"it is {what}, and no text")
    text = decode_start(start)
    if _WEB_PAGE.match(text):
        raise content.unusable("it is a web page instead of data")
    if _XML.match(text):
        raise content.unusable("it is XML, which is not read")
    if form in {"csv", "tsv"}:
        return CsvReader(content, "\t" if form == "tsv" else None)
    if form is not None:
        return JsonReader(content, geometry, _FORMS.get(form))
    # many addresses have names that tell nothing, and some a name that tells what somebody wanted
    if _JSON.match(text) or PurePath(name.lower()).suffix in _JSON_SUFFIXES:
        return JsonReader(content, geometry)
    return CsvReader(content)
