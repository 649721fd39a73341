"""Layers of geographic files (shapefile, GeoPackage, File Geodatabase), read by GDAL as the extra ``[gis]`` brings it.

Batch by batch, in the order in which they are stored. Where a layer says of what its coordinates are, GDAL turns them
into degrees; where the market file says so, the database does, as for any other source.
"""

import re
from collections.abc import Iterator
from datetime import date
from itertools import pairwise, repeat
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from wholesaler.errors import ConfigurationError
from wholesaler.sources.files.archive import one_name, printable
from wholesaler.sources.files.content import Content
from wholesaler.sources.files.extraction import Folder
from wholesaler.sources.files.reader import ODD_BYTES, PAGE_SIZE, Reader, Row
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
        try:
            layers = {str(name): kind for name, kind in gis.list_layers(path)}
            names = [name for name in layers if not _BESIDE.fullmatch(name)]
            if not layers:
                raise content.unusable("there is no layer in it")
            self._layer = one_name(content, list(layers) if part else names, part, "layer")
            about = gis.read_info(path, layer=self._layer, force_feature_count=True)
        except gis.errors.DataSourceError as error:
            raise content.unusable(
                f"it is {FORMS[form]} that is cut off or damaged ({_one_line(error, path)})"
            ) from None
        kinds = zip(about["fields"], about["ogr_types"], strict=True)
        self.fields = [str(name) for name, kind in kinds if kind not in _NO_RECORD_TYPES]
        self._columns = list(self.fields)
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
        except RuntimeError as error:  # of which GDAL's errors are kinds
            self._damaged(count, f" ({_one_line(error, str(self._path))})")
            return
        if count < self._count:
            self._damaged(count, f", of {self._count}")

    def _damaged(self, count: int, why: str) -> None:
        self.damage = f"{self.label} is cut off or damaged after {count} records{why}: {self.content.advice}."

    def _batches(self) -> Iterator[tuple[list[str], list[list[Any]], Iterator[Place]]]:
        """Names, columns and places of some features."""
        import nanoarrow
        from pyogrio.raw import open_arrow

        wanted = [name for name in self._columns if self.wanted is None or name in self.wanted]
        with (
            open_arrow(
                self._dataset,
                layer=self._layer,
                columns=wanted,
                read_geometry=self._has_places,
                return_fids=self.object_id is not None,
                batch_size=PAGE_SIZE,
                datetime_as_string=True,
            ) as (about, stream),
            nanoarrow.c_array_stream(stream) as arrays,
        ):
            for array in arrays:
                columns = {child.schema.name: child for child in map(array.child, range(array.n_children))}
                places: Iterator[Place] = repeat(None, array.length)
                if self._has_places:
                    places = _places(columns.pop(about["geometry_name"] or "wkb_geometry"))
                names = list(columns)
                if self.object_id is not None:
                    names[names.index(about["fid_column"] or "OGC_FID")] = self.object_id
                yield names, [self._values(column) for column in columns.values()], places

    def _values(self, column: Any) -> list[Any]:
        import nanoarrow

        try:
            values: list[Any] = nanoarrow.Array(column).to_pylist()
        except UnicodeDecodeError:
            # nobody says how the texts of this shapefile are encoded
            warning = f"{self.label} is not UTF-8; it was read as Windows-1252: look at its accents."
            if warning not in self.warnings:
                self.warnings.append(warning)
            return [piece.decode("utf-8", errors=ODD_BYTES) or None for piece in _pieces(column)]
        if column.schema.format in {"g", "f"}:
            return [None if value != value else value for value in values]
        if column.schema.format.startswith("t"):
            return [value.isoformat() if isinstance(value, date) else value and str(value) for value in values]
        return values

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
            gis.read_info(self._dataset, layer=self._layer)
        except gis.errors.DataSourceError:
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


def _one_line(error: Exception, path: str) -> str:
    return printable(" ".join(str(error).replace(path, "it").split()), 200).rstrip(".")
