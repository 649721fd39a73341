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
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PrivateAttr,
    Tag,
    field_validator,
    model_validator,
)

from wholesaler.markets.parcel import ParcelFormat
from wholesaler.markets.records import PROPERTY_RECORDS, RECORD_KINDS, RecordKind, Type

_STRICT = ConfigDict(frozen=True, extra="forbid")

Fieldname = Annotated[str, Field(min_length=1, max_length=200)]


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


def is_web(url: str) -> bool:
    """Whether a url is an address of the web; that of a file may be a path as well."""
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False


def _is_url(value: Any) -> Any:
    """Say of a url in one sentence what is expected, whichever of its two forms is meant."""
    urls = value if isinstance(value, list) else [value]
    if not urls or not all(isinstance(url, str) and url.strip() for url in urls):
        raise ValueError("an address, or a list of addresses of which the first that exists is read")
    return value


Url = Annotated[str | list[str], BeforeValidator(_is_url)]


class SourceDefinition(BaseModel):
    """One source of one kind of record. ``parcel_form`` is empty where its records have no parcel number."""

    model_config = _STRICT

    kind: Literal["arcgis", "socrata", "file"]
    url: Url
    member: str | None = Field(None, min_length=1)
    format: Literal["csv", "tsv", "json", "geojson", "esri-json"] | None = None
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
        if self.kind != "file":
            if not isinstance(self.url, str):
                raise ValueError("url: one address, not a list, which only files may have")
            if not is_web(self.url):
                raise ValueError(f"url: an http or https address, not '{self.url}'")
            for key in ("member", "format"):
                if getattr(self, key) is not None:
                    raise ValueError(f"{key}: is for files only, not for kind '{self.kind}'")
        for url in self.urls:
            if "://" in url and not is_web(url):
                raise ValueError(f"url: a path, or an http or https address, not '{url}'")
        return self

    @property
    def urls(self) -> list[str]:
        """The addresses, of which a file is read from the first that exists; other kinds have one."""
        return [self.url] if isinstance(self.url, str) else self.url

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
        if not any(RECORD_KINDS[name].signal for name in self.sources if name in RECORD_KINDS):
            signals = ", ".join(kind.table for kind in RECORD_KINDS.values() if kind.signal)
            raise ValueError(f"sources: at least one of {signals}")
        for name, source in self.sources.items():
            if name not in RECORD_KINDS:
                raise ValueError(f"sources.{name}: expected one of {', '.join(RECORD_KINDS)}")
            try:
                source.check(RECORD_KINDS[name], self.parcel)
            except ValueError as error:
                raise ValueError(f"sources.{name}: {error}") from None
            if not RECORD_KINDS[name].signal and source.key != ["parcel"]:
                # a property has one record on the roll, or its features would be two
                raise ValueError(f'sources.{name}.key: expected ["parcel"], since the roll has one record of a parcel')
        return self

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
        return RECORD_KINDS[source]

    @property
    def roll(self) -> str | None:
        """The name of the source that is the appraiser's roll, if there is one."""
        return next((name for name in self.sources if self.record(name) is PROPERTY_RECORDS), None)

    @property
    def web_files(self) -> list[str]:
        """The names of the sources that are files from the web."""
        return [name for name, one in self.sources.items() if one.kind == "file" and any(map(is_web, one.urls))]

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
