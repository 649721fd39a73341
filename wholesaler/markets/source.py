"""One source of a market: where its records are, how they are read, and what to expect of them."""

import re
import warnings
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from wholesaler.markets.days import DatedText, expand, names_day, right_days
from wholesaler.markets.only import Only, moves, on_day
from wholesaler.markets.parcel import ParcelFormat
from wholesaler.markets.values import Fieldname, Value

_STRICT = ConfigDict(frozen=True, extra="forbid")
#: by which a source names a token; the same in the settings
_TOKEN_NAME = re.compile(r"[a-z][a-z0-9_-]{0,29}")


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


class Location(BaseModel):
    """The fields a record's location is in; ``crs`` is the EPSG code of ``x`` and ``y``."""

    model_config = _STRICT

    x: Value
    y: Value
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
    if not urls or not all(isinstance(url, str) and url.strip() and url.isprintable() for url in urls):
        raise ValueError("an address, or a list of addresses of which the first that exists is read")
    return value


def _names_token(value: Any) -> Any:
    """Refuse what is no name of a token without repeating it: somebody may have written the token itself."""
    if not isinstance(value, str) or not _TOKEN_NAME.fullmatch(value):
        raise ValueError(
            "a name that a token has in SOURCE_TOKENS, such as portal (small letters, digits, - and _); the token "
            "itself stays out of this file"
        )
    return value


Url = Annotated[DatedText | list[DatedText], BeforeValidator(_is_url)]


class SourceDefinition(BaseModel):
    """One source of one kind of record. ``parcel_form`` is empty where its records have no parcel number.

    A text of ``key`` is a column of ours, a table a value. ``only`` and ``latest_by`` name the publisher's fields.

    ``record`` is left out where the source is called like its kind of record; ``was`` is the name it had before.
    Of a roll ``whole`` says that all of it is read once a week, ``lists`` that its parcels are on the roll. ``crs`` is
    the EPSG code of the geometries of a file that does not say it. ``token`` names one of the tokens in the settings.
    """

    model_config = _STRICT

    record: str | None = None
    was: str | None = None
    whole: bool = False
    lists: bool = False
    stale_is_known: bool = False
    kind: Literal["arcgis", "socrata", "file"]
    url: Url
    member: Annotated[str, Field(min_length=1), AfterValidator(right_days)] | None = None
    format: Literal["csv", "tsv", "json", "geojson", "esri-json", "jsonlines", "xlsx", "gpkg", "shp", "gdb"] | None = (
        None
    )
    token: Annotated[str, BeforeValidator(_names_token)] | None = None
    where: DatedText | None = None
    only: Only = {}
    key: list[Value] = Field(min_length=1)
    latest_by: Value | None = None
    parcel_form: str | Annotated[list[str], Field(min_length=1)] = ""
    parcel_ignore: str = Field("", max_length=20)
    fields: dict[str, Value]
    optional: list[str] = []
    ignored: list[str] = []
    location: LocationSource = "none"
    crs: int | None = Field(None, ge=1024, le=999999)
    date_formats: list[DateFormat] = []
    values: dict[str, dict[str, str]] = {}
    record_date: Value | None = None
    raw: Literal["mapped", "all"] | None = None
    stale_after_days: int | None = Field(None, ge=1)
    minimum_rows: int = Field(0, ge=0)
    minimum_join_rate: float = Field(0.5, ge=0, le=1)
    ca_bundle: str | None = None
    page_size: int = Field(2000, ge=1, le=50000)

    @model_validator(mode="after")
    def _crs_fits(self) -> "SourceDefinition":
        if self.crs is not None and isinstance(self.location, Location):
            raise ValueError("crs: expected within location, beside x and y")
        if self.crs is not None and (self.kind != "file" or self.location == "none"):
            raise ValueError('crs: expected beside location = "geometry" of a file; services are asked for degrees')
        return self

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
        if self.token is not None and not all(map(is_web, self.urls)):
            raise ValueError("token: is for addresses of the web only, not for a path")
        for url in self.urls:
            if "://" in url and not is_web(url):
                raise ValueError(f"url: a path, or an http or https address, not '{url}'")
        return self

    @property
    def urls(self) -> list[str]:
        """The addresses, of which a file is read from the first that exists; other kinds have one."""
        return [self.url] if isinstance(self.url, str) else self.url

    def on(self, day: date) -> "SourceDefinition":
        """The source as it is asked on a day."""
        dated: dict[str, Any] = {"only": on_day(self.only, day)}
        for name in ("url", "member", "where"):
            text = getattr(self, name, None)
            if isinstance(text, str):
                dated[name] = expand(text, day)
            elif isinstance(text, list | tuple):
                dated[name] = type(text)(expand(one, day) for one in text)
        return self.model_copy(update=dated)

    @property
    def has_window(self) -> bool:
        """Whether a record can leave it because the day moves on, or by what the market file wants of it."""
        return bool(self.only) or (self.where is not None and names_day(self.where)) or moves(self.only)

    @property
    def plain_fields(self) -> dict[str, str]:
        """The columns that are a publisher's field as it is."""
        return {column: value for column, value in self.fields.items() if isinstance(value, str)}

    @property
    def projection(self) -> int:
        """The EPSG code of the coordinates as they come."""
        return self.location.crs if isinstance(self.location, Location) else self.crs or 4326

    @property
    def is_text_file(self) -> bool:
        """Whether format or names say that it is a file of cells, none of which is a geometry."""
        if self.kind != "file" or self.format is not None:
            return self.format in {"csv", "tsv", "xlsx"}
        names = [urlsplit(url).path if is_web(url) else url for url in (*self.urls, *filter(None, [self.member]))]
        return any(name.lower().removesuffix(".gz").endswith((".csv", ".tsv", ".xlsx")) for name in names)

    @property
    def parcel_forms(self) -> tuple[str, ...]:
        """The forms in which its parcel numbers may be written."""
        forms = [self.parcel_form] if isinstance(self.parcel_form, str) else self.parcel_form
        return tuple(form for form in forms if form)

    def can_ask_by_parcel(self, parcel: ParcelFormat) -> bool:
        """Whether its records can be asked for by their parcel numbers: whether those can be written as it does."""
        plain = isinstance(self.fields.get("parcel"), str) and len(self.parcel_forms) == 1 and not self.parcel_ignore
        return plain and not parcel.padded
