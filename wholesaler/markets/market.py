"""A market (a county) as data: where its records are, what their fields mean, and what to expect of them."""

import re
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    PrivateAttr,
    Tag,
    field_validator,
    model_validator,
)

from wholesaler.errors import did_you_mean
from wholesaler.markets.parcel import ParcelFormat
from wholesaler.markets.records import PROPERTY_RECORDS, RECORD_KINDS, RecordKind, Type

_STRICT = ConfigDict(frozen=True, extra="forbid")

Fieldname = Annotated[str, Field(min_length=1, max_length=200)]
#: what a source can be called
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
#: what stands where a source's name does for a location that the geocoder gave
GEOCODER = "census_geocoder"


def _reads_days(form: str) -> str:
    """Refuse a date format by which no day can be read: it would make a null of every date without an error."""
    day = datetime(2001, 12, 31, tzinfo=UTC)
    try:
        with warnings.catch_warnings(action="ignore"):  # Python warns of days without a year
            read = datetime.strptime(day.strftime(form), form)
    except (ValueError, re.error):
        read = None  # no directive of strptime's, one that only strftime knows, or the same one twice
    if read is None or read.year != day.year:
        raise ValueError(f"a format of strptime that holds the year, such as '%m/%d/%Y', not '{form}'")
    return form


DateFormat = Annotated[str, AfterValidator(_reads_days)]


class BoundingBox(BaseModel):
    """The market's extent in degrees; a location outside of it is wrong and is dropped."""

    model_config = _STRICT

    west: float = Field(ge=-180, le=180)
    south: float = Field(ge=-90, le=90)
    east: float = Field(ge=-180, le=180)
    north: float = Field(ge=-90, le=90)

    @model_validator(mode="after")
    def _ordered(self) -> "BoundingBox":
        if self.west >= self.east or self.south >= self.north:
            raise ValueError("west < east and south < north")
        return self


class Host(BaseModel):
    """The rate limit of a host."""

    model_config = _STRICT

    requests_per_second: float = Field(2, gt=0)
    concurrency: int = Field(2, ge=1, le=16)


class Location(BaseModel):
    """The fields a record's location is in; ``crs`` is the EPSG code of ``x`` and ``y``."""

    model_config = _STRICT

    x: Fieldname
    y: Fieldname
    crs: int = Field(4326, ge=1024, le=999999)


class LocationField(BaseModel):
    """The one field that holds the place itself, where a dataset has several."""

    model_config = _STRICT

    field: Fieldname


def _kind_of_location(value: Any) -> str:
    """What a location is meant to be, so that an error is told of that alone."""
    if isinstance(value, LocationField) or (isinstance(value, dict) and "field" in value):
        return "LocationField"
    return "Location" if isinstance(value, dict | Location) else "word"


LocationSource = Annotated[
    Annotated[Location, Tag("Location")]
    | Annotated[LocationField, Tag("LocationField")]
    | Annotated[Literal["geometry", "none"], Tag("word")],
    Discriminator(_kind_of_location),
]


class SourceDefinition(BaseModel):
    """One source of one kind of record. ``parcel_form`` is empty where its records have no parcel number.

    ``record`` is left out where the source is called like its kind of record; ``was`` is the name it had before.
    Of a roll ``whole`` says that all of it is read once a week, ``lists`` that its parcels are on the roll.
    """

    model_config = _STRICT

    record: str | None = None
    was: str | None = None
    whole: bool = False
    lists: bool = False
    stale_is_known: bool = False
    kind: Literal["arcgis", "socrata", "file"]
    url: str = Field(min_length=1)
    where: str | None = None
    key: list[str] = Field(min_length=1)
    parcel_form: str = ""
    fields: dict[str, Fieldname]
    optional: list[str] = []
    ignored: list[str] = []
    location: LocationSource = "none"
    date_formats: list[DateFormat] = []
    values: dict[str, dict[str, str]] = {}
    record_date: str | None = None
    stale_after_days: int | None = Field(None, ge=1)
    minimum_rows: int = Field(0, ge=0)
    minimum_join_rate: float = Field(0.5, ge=0, le=1)
    ca_bundle: str | None = None
    page_size: int = Field(2000, ge=1, le=50000)

    @model_validator(mode="after")
    def _url_fits(self) -> "SourceDefinition":
        if self.kind != "file" and urlsplit(self.url).scheme not in {"http", "https"}:
            raise ValueError(f"url: an http or https address, not '{self.url}'")
        return self

    def check(self, kind: RecordKind, parcel: ParcelFormat) -> None:
        """Raise ``ValueError`` naming the key when a name in here does not exist."""
        for column in (*self.fields, *self.optional, *self.values, *self.key):
            if column not in kind.names:
                raise ValueError(f"'{column}' is no column of {kind.table}; expected one of {', '.join(kind.names)}")
        for column in (*self.optional, *self.values, *self.key):
            if column not in self.fields:
                raise ValueError(f"'{column}' is used but not in fields")
        for needed in (column.name for column in kind.columns if column.required and column.name not in self.fields):
            raise ValueError(f"fields: '{needed}' is missing; every record of {kind.table} needs it")
        dates = [column.name for column in kind.columns if column.type is Type.DATE and column.name in self.fields]
        if self.record_date is not None and self.record_date not in dates:
            raise ValueError(
                f"record_date: expected one of {', '.join(dates) or '(no date fields)'}, not '{self.record_date}'"
            )
        if (self.record_date is None) != (self.stale_after_days is None):
            raise ValueError("record_date and stale_after_days: both or neither")
        if "parcel" in self.fields and not self.parcel_form:
            raise ValueError(f"parcel_form: is missing; expected one of {', '.join(parcel.forms)}")
        if self.parcel_form and self.parcel_form not in parcel.forms:
            raise ValueError(f"parcel_form: expected one of {', '.join(parcel.forms)}, not '{self.parcel_form}'")


def _check_name(name: str, source: SourceDefinition) -> None:
    """Raise ``ValueError`` for a name that cannot be a source's, and where it is not clear what its records are."""
    if not _NAME.fullmatch(name) or name == GEOCODER:
        taken = " (it says that a location is from the geocoder)" if name == GEOCODER else ""
        raise ValueError(
            f"sources.{name}: expected a name of small letters, digits and underscores that begins with a letter, "
            f"such as orlando_cases, not '{name}'{taken}"
        )
    kinds = ", ".join(RECORD_KINDS)
    if source.record is None and name not in RECORD_KINDS:
        meant = did_you_mean(name, RECORD_KINDS)
        raise ValueError(
            f"sources.{name}.record: is missing, since '{name}' is no kind of record itself; expected one of {kinds}"
            f"{f'. {meant}' if meant else ''}"
        )
    if source.record is not None and source.record not in RECORD_KINDS:
        raise ValueError(f"sources.{name}.record: expected one of {kinds}, not '{source.record}'")
    if source.record is not None and name in RECORD_KINDS and source.record != name:
        raise ValueError(
            f"sources.{name}.record: expected {name}, or another name for a source of {source.record}: this one is a "
            "kind of record itself"
        )


class Market(BaseModel):
    """A county: everything the program needs to know about it is in here."""

    model_config = _STRICT

    key: str = Field(pattern=r"^[a-z][a-z0-9-]{1,40}$")
    name: str = Field(min_length=1)
    state: str = Field(pattern=r"^[A-Z]{2}$")
    time_zone: str
    bounding_box: BoundingBox
    parcel: ParcelFormat
    hosts: dict[str, Host] = {}
    sources: dict[str, SourceDefinition]

    _path: Path = PrivateAttr(default=Path())

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"an IANA time zone such as America/New_York, not '{value}'") from None
        return value

    @model_validator(mode="after")
    def _sources_fit(self) -> "Market":
        for name, source in self.sources.items():
            _check_name(name, source)
            kind = self.record(name)
            try:
                source.check(kind, self.parcel)
            except ValueError as error:
                raise ValueError(f"sources.{name}: {error}") from None
            if kind is PROPERTY_RECORDS and source.key != ["parcel"]:
                # a parcel has one record of a source of the roll, or its features would be two
                raise ValueError(f'sources.{name}.key: expected ["parcel"], since the roll has one record of a parcel')
            for key in sorted({"whole", "lists"} & source.model_fields_set) if kind is not PROPERTY_RECORDS else ():
                raise ValueError(f"sources.{name}.{key}: expected in a source of property_records only")
        if not any(self.record(name).signal for name in self.sources):
            signals = ", ".join(kind.table for kind in RECORD_KINDS.values() if kind.signal)
            raise ValueError(f"sources: at least one of {signals}")
        self._check_former_names()
        return self

    def _check_former_names(self) -> None:
        """A former name is one source's, and no source's present one."""
        former: dict[str, str] = {}
        for name, source in self.sources.items():
            if source.was is None:
                continue
            if source.was in self.sources:
                raise ValueError(
                    f"sources.{name}.was: expected a name that no source has now, not '{source.was}', which is "
                    f"{'its own' if source.was == name else 'the name of another'}"
                )
            if source.was in former:
                raise ValueError(
                    f"sources.{name}.was: expected the former name of this source alone, not '{source.was}', which "
                    f"sources.{former[source.was]} was too"
                )
            former[source.was] = name

    @property
    def doubts(self) -> list[str]:
        """What would be refused if files with it were not in use: a run warns of it, validation refuses it."""
        return self.parcel.ambiguities()

    @property
    def path(self) -> Path:
        """The file this market was read from; paths of file sources are relative to its directory."""
        return self._path

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which this market's day begins."""
        return ZoneInfo(self.time_zone)

    def record(self, source: str) -> RecordKind:
        """The kind of record that a source of this market publishes."""
        return RECORD_KINDS[self.sources[source].record or source]

    @property
    def rolls(self) -> list[str]:
        """The names of the sources of the appraiser's roll, in the file's order."""
        return [name for name in self.sources if self.record(name) is PROPERTY_RECORDS]

    @property
    def roll(self) -> str | None:
        """The name of the first source of the appraiser's roll, if there is one."""
        return next(iter(self.rolls), None)

    @property
    def listing_rolls(self) -> list[str]:
        """Those of :attr:`rolls` whose parcels are on the roll: the first, and what says that it ``lists`` parcels."""
        return [name for number, name in enumerate(self.rolls) if number == 0 or self.sources[name].lists]

    @property
    def projection(self) -> int:
        """The EPSG code of the UTM zone (WGS 84) that the market's centre lies in: metres, for distances.

        One of the server's own projections, since PostGIS keeps those ready and builds any other anew for every point.
        """
        box = self.bounding_box
        zone = int(((box.west + box.east) / 2 + 180) // 6) % 60 + 1
        return (32600 if box.south + box.north >= 0 else 32700) + zone

    def host(self, name: str) -> Host:
        """The rate limit of one host; the default one when the market says nothing about it."""
        return self.hosts.get(name, Host())
