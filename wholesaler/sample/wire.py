"""The sample's rows in the form the real layers send them: names and forms from the market, dirt as it is."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any

from wholesaler.errors import ConfigurationError
from wholesaler.markets import Market
from wholesaler.markets.records import Type
from wholesaler.markets.source import Location
from wholesaler.sample.records import LocationFlaw, Point, Record
from wholesaler.sample.state_plane import FLORIDA_EAST_FEET, florida_east_feet
from wholesaler.sample.survey import Parcel

OBJECT_ID = "OBJECTID"
_DEGREES = 4326
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_ESRI_TYPES = {
    Type.TEXT: "esriFieldTypeString",
    Type.PARCEL: "esriFieldTypeString",
    Type.DATE: "esriFieldTypeDate",
    Type.MONEY: "esriFieldTypeDouble",
    Type.NUMBER: "esriFieldTypeDouble",
    Type.INTEGER: "esriFieldTypeInteger",
    Type.YEARS: "esriFieldTypeDouble",
    Type.FLAG: "esriFieldTypeString",
}
# A place that is in no market of this country.
_ELSEWHERE = (-0.1278, 51.5074)

Written = tuple[Any, Any] | None


class Wire:
    """How one source of a market is written. Raises :class:`ConfigurationError` for a coordinate system other than
    degrees (EPSG:4326) and Florida State Plane East feet (EPSG:2236)."""

    def __init__(self, market: Market, source: str) -> None:
        definition = market.sources[source]
        self._parcels, self._form = market.parcel, next(iter(definition.parcel_forms), "")
        self._fields = definition.plain_fields
        self._ignored = definition.ignored
        self._types = {column.name: column.type for column in market.record(source).columns}
        self._date_format = definition.date_formats[0] if definition.date_formats else None
        self.location = definition.location if isinstance(definition.location, Location) else None
        self.crs = self.location.crs if self.location else _DEGREES
        if self.crs not in {_DEGREES, FLORIDA_EAST_FEET}:
            raise ConfigurationError(
                f"{market.path}: sources.{source}.location.crs: the sample county can write {_DEGREES} and "
                f"{FLORIDA_EAST_FEET}, not {self.crs}."
            )

    def esri_fields(self) -> list[dict[str, str]]:
        """The layer's own description of its fields."""
        types = {OBJECT_ID: "esriFieldTypeOID"}
        for column, name in self._fields.items():
            text_date = self._types[column] is Type.DATE and self._date_format
            types[name] = "esriFieldTypeString" if text_date else _ESRI_TYPES[self._types[column]]
        if self.location:
            types[str(self.location.x)] = types[str(self.location.y)] = "esriFieldTypeDouble"
        for name in self._ignored:
            types[name] = "esriFieldTypeInteger" if name.lower() == "year" else "esriFieldTypeString"
        return [{"name": name, "type": kind, "alias": name} for name, kind in types.items()]

    def columns(self) -> list[str]:
        """The names of :meth:`attributes`, in order."""
        located = [str(self.location.x), str(self.location.y)] if self.location else []
        return [*self._fields.values(), *located, *self._ignored]

    def attributes(self, record: Record, of_date: Callable[[date], Any]) -> dict[str, Any]:
        """The attributes of a record; ``of_date`` writes a date where the market gives no format."""
        values = record.values
        attributes: dict[str, Any] = {}
        for column, name in self._fields.items():
            value = values.get(column)
            if column == "parcel":
                value = record.written_parcel or (value and self._parcels.write(value, self._form))
            elif isinstance(value, date):
                value = value.strftime(self._date_format) if self._date_format else of_date(value)
            attributes[name] = value
        if self.location:
            point = self.point(record)
            attributes[str(self.location.x)], attributes[str(self.location.y)] = point if point else (None, None)
        for name in self._ignored:
            attributes[name] = values.get(name.lower())
        return attributes

    def point(self, record: Record) -> Written:
        """The location as the source writes it, in its coordinate system, with the record's flaw."""
        return None if record.point is None else written_point(record.point, record.flaw, self.crs)

    def feature(self, record: Record) -> dict[str, Any]:
        """The record as one feature of an Esri JSON feature set."""
        attributes = {OBJECT_ID: record.number, **self.attributes(record, epoch_milliseconds)}
        point = None if record.point is None else written_point(record.point, record.flaw, _DEGREES)
        return {"attributes": attributes, "geometry": {"x": point[0], "y": point[1]} if point else None}


def written_point(point: Point, flaw: LocationFlaw | None, crs: int) -> Written:
    """A point in degrees as a source of this coordinate system writes it; ``None`` when it writes none."""
    if flaw is LocationFlaw.MISSING:
        return None
    if flaw is LocationFlaw.ZERO:
        return 0.0, 0.0
    if flaw is LocationFlaw.NOT_A_NUMBER:
        return "NaN", "NaN"
    longitude, latitude = _ELSEWHERE if flaw is LocationFlaw.OUTSIDE else point
    in_feet = (crs == FLORIDA_EAST_FEET) is not (flaw is LocationFlaw.OTHER_UNITS)
    if flaw is LocationFlaw.OUTSIDE and in_feet:
        longitude, latitude = point[0], point[1] + 3
    x, y = florida_east_feet(longitude, latitude) if in_feet else (longitude, latitude)
    if in_feet:
        x, y = round(x, 2), round(y, 2)
    return (y, x) if flaw is LocationFlaw.SWAPPED else (x, y)


def epoch_milliseconds(day: date) -> int:
    """Midnight UTC of a day, as an Esri date field has it."""
    return (day.toordinal() - _EPOCH_ORDINAL) * 86_400_000


def floating_timestamp(day: date) -> str:
    """Midnight of a day without a time zone, as Socrata writes it."""
    return f"{day.isoformat()}T00:00:00.000"


def roll_records(parcels: Iterable[Parcel]) -> Iterator[Record]:
    """The appraiser's row of each parcel; the roll names neither city nor ZIP code, as the real one does not."""
    for number, parcel in enumerate(parcels, 1):
        appraisal = parcel.appraisal
        yield Record(
            {
                "parcel": parcel.parcel_id,
                "address": parcel.address.on_roll(),
                "owner_name": parcel.owner,
                "co_owner_name": parcel.co_owner,
                "zoning_code": parcel.plat.zoning,
                "land_mkt": appraisal.land,
                "building_mkt": appraisal.building,
                "extra_features_mkt": appraisal.extra_features,
                "total_mkt": appraisal.market,
                "total_assd": appraisal.assessed,
                "total_exemptions": appraisal.exemptions,
                "taxable": appraisal.taxable,
                "taxes": appraisal.taxes,
                "living_area": appraisal.living_area,
                "acreage": appraisal.acreage,
                "year_built": appraisal.year_built,
            },
            (parcel.longitude, parcel.latitude),
            parcel.parcel_id,
            flaw=parcel.location_flaw,
            number=number,
        )
