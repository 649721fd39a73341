"""Layers of geographic files (shapefile, GeoPackage, File Geodatabase), read by GDAL as the extra ``[gis]`` brings it.

Batch by batch, in the order in which they are stored. Where a layer says of what its coordinates are, GDAL turns them
into degrees; where the market file says so, the database does, as for any other source.
"""

import re
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from itertools import pairwise, repeat
from pathlib import Path
from threading import Lock
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from wholesaler.errors import ConfigurationError
from wholesaler.sources.files.archive import one_name, printable
from wholesaler.sources.files.content import Content
from wholesaler.sources.files.extraction import Folder
from wholesaler.sources.files.geopackage import is_endless
from wholesaler.sources.files.reader import ODD_BYTES, PAGE_SIZE, Reader, Row
from wholesaler.sources.files.shapefile import Table, is_cut, settle_encoding
from wholesaler.sources.interface import Place
from wholesaler.sources.wkb import wkb_point

INSTALL = "pip install 'wholesaler[gis]'"
FORMS = {"gpkg": "a GeoPackage", "shp": "a shapefile", "gdb": "a File Geodatabase"}
_WGS_84 = 4326
_DEGREES = frozenset({_WGS_84, 4269})
#: how GDAL calls what a GeoPackage must give the number of, and does not know
_UNDEFINED, _FIRST_WORDS = "ndefined", 60
_EPSG = re.compile(r"EPSG:(\d+)")
#: tables that Esri's programs keep beside a layer, for pictures of it
_BESIDE = re.compile(r".*__ATTACH(REL)?", re.IGNORECASE)
_NO_RECORD_TYPES = frozenset({"OFTBinary"})
#: what GDAL says of values that it hands on as nothing, and of what it may not find; the rest concerns nobody
_TELLING = re.compile(r"Invalid content|parsed incompletely|could not be found\. Trying to guess", re.IGNORECASE)
#: what of an error is about GDAL itself
_ASIDE = re.compile(r"Error occurred in /.*|It might help to specify .*|Set SHAPE_RESTORE_SHX .*")
_MOST_WARNINGS = 5
#: GDAL's errors are of the first kind, texts that are no text of the second; its binding stumbles over some references
_FAILURES = (RuntimeError, ValueError, UnboundLocalError)
#: days from the first of the year 1 to the first of 1970, from which they are counted
_EPOCH = 719_163
#: how Arrow calls days, and what GDAL makes of what is none
_DAY, _NO_DAY = "tdD", "1970-01-01"
_LATEST = date.max.toordinal()
#: Python has one list of warnings for all threads
_listening = Lock()


class LayerReader(Reader):
    """The layer whose name matches ``part``, else the only one.

    ``form`` is one of :data:`FORMS`, ``geometry`` says whether places are wanted, ``crs`` is the EPSG code that the
    market file gives the coordinates. Raises ``SourceError`` for what cannot be read, and ``ConfigurationError`` where
    the extra is missing, not one layer is meant, or nobody says of what the coordinates are.
    """

    unreadable_is = "feature without content"

    def __init__(self, content: Content, form: str, part: str | None, geometry: bool, crs: int | None) -> None:
        super().__init__(content)
        self.form = form
        gis = _gis(content, form)
        self._path = content.path
        if form == "gpkg" and content.path.suffix.lower() != ".gpkg":
            # GDAL goes by the name, and copies from the web have none of their own
            self._folder = Folder(None)
            self._path = self._folder.path / "layer.gpkg"
            self._path.symlink_to(content.path.absolute())
        path = str(self._path)
        self._table: Table | None = None
        try:
            if form == "shp":
                self._table = Table(self._path)
                if settle_encoding(self._path, self._table):
                    self._warn_of_encoding()
            with self._listen():
                layers = {str(name): kind for name, kind in gis.list_layers(path)}
            names = [name for name in layers if not _BESIDE.fullmatch(name)]
            if not layers:
                raise content.unusable("there is no layer in it")
            self._layer = one_name(content, list(layers) if part else names, part, "layer")
            if form == "gpkg" and is_endless(self._path, self._layer):
                raise content.unusable(f"its layer '{printable(self._layer)}' is a view of records without end")
            with self._listen():
                about = gis.read_info(path, layer=self._layer, force_feature_count=True)
        except _FAILURES as error:
            why = _one_line(error, path)
            raise content.unusable(f"it is {FORMS[form]} that is cut off or damaged{why and f' ({why})'}") from None
        kinds = list(zip(map(str, about["fields"]), about["ogr_types"], strict=True))
        if not kinds:
            raise content.unusable(f"its layer '{printable(self._layer)}' has no fields, or is cut off before them")
        headings = self.number_headings([name for name, _ in kinds])
        #: what GDAL calls each field, and what we do, where it holds values
        self._columns = [
            (name, None if kind in _NO_RECORD_TYPES else heading)
            for (name, kind), heading in zip(kinds, headings, strict=True)
        ]
        self.fields = [heading for _, heading in self._columns if heading is not None]
        self._count = int(about["features"])
        identifier = str(about["fid_column"] or "")
        if identifier and identifier not in self.fields:
            self.object_id = identifier
            self.own_fields = {identifier}
            self.fields.append(identifier)
        self._has_places = geometry and layers[self._layer] is not None
        self._dataset = path
        if self._has_places:
            self._place(about["crs"], crs)

    def rows(self) -> Iterator[Row]:
        self.damage = None
        count = 0
        try:
            for names, columns, places in self._batches():
                for values, place in zip(zip(*columns, strict=True), places, strict=False):
                    count += 1
                    yield dict(zip(names, values, strict=True)), place
        except (RuntimeError, UnicodeDecodeError) as error:
            why = _one_line(error, str(self._path))
            self._damaged(count, why and f" ({why})")
            return
        if count < self._count and count + (self._table.deleted() if self._table else 0) < self._count:
            self._damaged(count, f", of {self._count}")
        elif self._table and self._has_places and is_cut(self._path):
            self.damage = f"{self.label} has outlines that are cut off or damaged: {self.content.advice}."

    def _damaged(self, count: int, why: str) -> None:
        self.damage = f"{self.label} is cut off or damaged after {count} records{why}: {self.content.advice}."

    def _batches(self) -> Iterator[tuple[list[str], list[list[Any]], Iterator[Place]]]:
        """Names, columns and places of some features."""
        import nanoarrow
        from pyogrio.raw import open_arrow

        wanted = set(self.fields if self.wanted is None else self.wanted)
        # where several are called the same, GDAL cannot be asked for one of them
        whole = bool(self.repeated_headings)
        columns = [
            (place, name, heading) for place, (name, heading) in enumerate(self._columns) if whole or heading in wanted
        ]
        with ExitStack() as stack:
            with self._listen():
                opened = open_arrow(
                    self._dataset,
                    layer=self._layer,
                    columns=None if whole else [name for _, name, _ in columns],
                    read_geometry=self._has_places,
                    return_fids=True,
                    batch_size=PAGE_SIZE,
                    datetime_as_string=True,
                )
                about, stream = stack.enter_context(opened)
                batches = iter(stack.enter_context(nanoarrow.c_array_stream(stream)))
            while True:
                with self._listen():
                    array = next(batches, None)
                if array is None:
                    return
                children = list(map(array.child, range(array.n_children)))
                names = [child.schema.name for child in children]
                numbers = children.pop(names.index(about["fid_column"] or "OGC_FID"))
                places: Iterator[Place] = repeat(None, array.length)
                if self._has_places:
                    names = [child.schema.name for child in children]
                    places = _places(children.pop(names.index(about["geometry_name"] or "wkb_geometry")))
                named = {} if self.object_id is None else {self.object_id: self._values(numbers)}
                for (place, _, heading), child in zip(columns, children, strict=True):
                    if heading is not None and heading in wanted:
                        named[heading] = self._values(child)
                        if self._table is not None and child.schema.format == _DAY:
                            self._correct_days(named[heading], numbers, place)
                yield list(named), list(named.values()), places

    def _values(self, column: Any) -> list[Any]:
        import nanoarrow

        form = column.schema.format
        if form == _DAY:
            view = column.view()
            buffers = [view.buffer(0), view.buffer(1)]
            days = nanoarrow.c_array_from_buffers(nanoarrow.int32(), column.length, buffers, offset=column.offset)
            return [value if value is None else _day(value) for value in nanoarrow.Array(days).to_pylist()]
        try:
            values: list[Any] = nanoarrow.Array(column).to_pylist()
        except UnicodeDecodeError:
            # nobody says how the texts of this shapefile are encoded
            self._warn_of_encoding()
            return [piece.decode("utf-8", errors=ODD_BYTES) or None for piece in _pieces(column)]
        if form in {"g", "f"}:
            return [None if value != value else value for value in values]
        if form.startswith("t"):
            return [value and str(value) for value in values]
        return values

    def _correct_days(self, days: list[Any], numbers: Any, column: int) -> None:
        """Put what the table has in the place of the day that GDAL makes of what is none."""
        doubtful = [place for place, day in enumerate(days) if day == _NO_DAY]
        if self._table is not None and doubtful:
            records = self._values(numbers)
            texts = self._table.texts([records[place] for place in doubtful], column)
            for place, text in zip(doubtful, texts, strict=True):
                if text != _NO_DAY.replace("-", ""):
                    days[place] = text or None

    def _warn_of_encoding(self) -> None:
        warning = f"{self.label} is not UTF-8; it was read as Windows-1252: look at its accents."
        if warning not in self.warnings:
            self.warnings.append(warning)

    @contextmanager
    def _listen(self) -> Iterator[None]:
        """Within, hear what GDAL says aside, and keep what concerns the records."""
        with _listening, warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            yield
        for one in said:
            text = f"{self.label}: {_one_line(one.message, str(self._path))}."
            if _TELLING.search(text) and text not in self.warnings and len(self.warnings) < _MOST_WARNINGS:
                self.warnings.append(text)

    def _place(self, reference: str | None, crs: int | None) -> None:
        """Settle who turns the coordinates into degrees."""
        match = _EPSG.fullmatch(reference or "")
        code = int(match[1]) if match else None
        if crs is not None:
            self.references = (code,) if code is not None else ()
            return
        if reference is None or _UNDEFINED in reference[:_FIRST_WORDS]:
            raise ConfigurationError(
                f"sources.{self.source}.crs: {self.label} does not say of what its coordinates are.",
                "Ask its publisher, and write the EPSG code, such as crs = 2236 for the feet of Florida East, in the "
                "market file.",
            )
        if code not in _DEGREES:
            self._dataset = _in_degrees(self._path, self._layer)
            self._check_degrees()

    def _check_degrees(self) -> None:
        """Raise ``ConfigurationError`` for a reference that GDAL cannot turn into degrees."""
        gis = _gis(self.content, self.form)
        try:
            with self._listen():
                gis.read_info(self._dataset, layer=self._layer)
        except _FAILURES:
            raise ConfigurationError(
                f"sources.{self.source}.crs: {self.label} has coordinates of a reference system that is not known.",
                "Ask its publisher, and write its EPSG code as 'crs' in the market file.",
            ) from None


def _gis(content: Content, form: str) -> Any:
    """GDAL's binding; raises ``ConfigurationError`` where it is not installed."""
    try:
        import nanoarrow  # noqa: F401
        import pyogrio
        import pyogrio.errors
    except ImportError:
        raise ConfigurationError(
            f"sources.{content.source}: {content.label} is {FORMS[form]}, for which further packages are needed.",
            f"Install them: {INSTALL}",
        ) from None
    return pyogrio


def _in_degrees(path: Path, layer: str) -> str:
    """A data set of GDAL's own that has the layer with its coordinates in degrees, longitude first."""
    return (
        f"<OGRVRTDataSource><OGRVRTWarpedLayer><OGRVRTLayer name={quoteattr(layer)}>"
        f'<SrcDataSource relativeToVRT="0">{escape(str(path))}</SrcDataSource>'
        f"<SrcLayer>{escape(layer)}</SrcLayer></OGRVRTLayer>"
        f"<TargetSRS>EPSG:{_WGS_84}</TargetSRS></OGRVRTWarpedLayer></OGRVRTDataSource>"
    )


def _places(column: Any) -> Iterator[Place]:
    """The points of a column of well-known binary; empty ones have none."""
    return map(wkb_point, _pieces(column))


def _pieces(column: Any) -> Iterator[bytes]:
    """The bytes of each value; of a null there are none."""
    view = column.view()
    ends, raw = list(view.buffer(1)), bytes(view.buffer(2))
    return (raw[start:end] for start, end in pairwise(ends))


def _day(days: int) -> str:
    """A day as ISO writes it; a word for one of no calendar of ours."""
    number = _EPOCH + days
    return date.fromordinal(number).isoformat() if 1 <= number <= _LATEST else f"{days:+} days from {_NO_DAY}"


def _one_line(error: object, path: str) -> str:
    """What GDAL says, without what it says of itself."""
    if isinstance(error, UnboundLocalError):
        return "its reference system cannot be read"
    said = [one for one in str(error).replace(path, "it").split("; ") if not _ASIDE.match(one)]
    return printable(" ".join("; ".join(dict.fromkeys(said)).split()), 200).rstrip(".")
