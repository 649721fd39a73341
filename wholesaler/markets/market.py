"""A market (a county) as data: where its records are, what their fields mean, and what to expect of them."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    field_validator,
    model_validator,
)

from wholesaler.errors import did_you_mean
from wholesaler.markets.fitting import form_doubts, misfits
from wholesaler.markets.matching import Matching
from wholesaler.markets.parcel import ParcelFormat, ParcelReader, UnusableParcel
from wholesaler.markets.records import PROPERTY_RECORDS, RECORD_KINDS, RecordKind
from wholesaler.markets.source import SourceDefinition, is_web
from wholesaler.markets.terms import Link, MarketDeal, Word, Words, link_forms
from wholesaler.toml import expect_text

_STRICT = ConfigDict(frozen=True, extra="forbid")

_KEY = "a short key of small letters, digits and dashes that begins with a letter, such as mill-oh"
_LINK = "a name of small letters, digits and underscores that begins with a letter"
#: what a source can be called
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
#: what stands where a source's name does for a location that the geocoder gave
GEOCODER = "census_geocoder"


def _as_text(value: Any) -> Any:
    """A number, which may be meant as the text of its digits."""
    return str(value) if type(value) is int else value


_Variable = Annotated[Word, BeforeValidator(_as_text)]


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


def _wrong_name(name: str, source: SourceDefinition) -> str | None:
    """What is wrong with a name that cannot be a source's, or that does not tell what its records are."""
    if not _NAME.fullmatch(name) or name == GEOCODER:
        taken = " (it says that a location is from the geocoder)" if name == GEOCODER else ""
        return (
            f"sources.{name}: expected a name of small letters, digits and underscores that begins with a letter, "
            f"such as orlando_cases, not '{name}'{taken}"
        )
    kinds = ", ".join(RECORD_KINDS)
    if source.record is None and name not in RECORD_KINDS:
        meant = did_you_mean(name, RECORD_KINDS)
        return (
            f"sources.{name}.record: is missing, since '{name}' is no kind of record itself; expected one of {kinds}"
            f"{f'. {meant}' if meant else ''}"
        )
    if source.record is not None and source.record not in RECORD_KINDS:
        return f"sources.{name}.record: expected one of {kinds}, not '{source.record}'"
    if source.record is not None and name in RECORD_KINDS and source.record != name:
        return (
            f"sources.{name}.record: expected {name}, or another name for a source of {source.record}: this one is a "
            "kind of record itself"
        )
    return None


class Market(BaseModel):
    """A county: everything the program needs to know about it is in here.

    ``extends`` and ``vars`` are told of only: what they bring is in its place (``extending.read_effective``).
    """

    model_config = _STRICT

    extends: str | None = None
    key: Annotated[str, AfterValidator(expect_text(r"[a-z][a-z0-9-]{1,40}", _KEY))]
    name: str = Field(min_length=1)
    state: Annotated[str, AfterValidator(expect_text(r"[A-Z]{2}", "a state's two capital letters, such as FL"))]
    time_zone: str
    bounding_box: BoundingBox
    #: when what the file says of its publishers was last seen to be so
    checked: date | None = None
    parcel: ParcelFormat
    vars: dict[Annotated[str, AfterValidator(expect_text(r"[a-z][a-z0-9_]*", _LINK))], _Variable] = {}
    hosts: dict[str, Host] = {}
    words: Words = Words()
    deal: MarketDeal = MarketDeal()
    matching: Matching = Matching()
    links: dict[Annotated[str, AfterValidator(expect_text(r"[a-z][a-z0-9_]{0,40}", _LINK))], Link] = {}
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
    def _fits(self) -> "Market":
        problems = [*self._problems()]
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def _problems(self) -> Iterator[str]:
        """All that contradicts itself, a line each."""
        for name, template in self.links.items():
            for form in link_forms(template):
                if form not in self.parcel.forms:
                    yield f"links.{name}: expected one of {', '.join(self.parcel.forms)}, not '{form}'"
        named = True
        for name, source in self.sources.items():
            wrong = _wrong_name(name, source)
            if wrong is not None:
                named = False
                yield wrong
                continue
            kind = self.record(name)
            for problem in misfits(source, kind, self.parcel):
                yield f"sources.{name}: {problem}"
            if kind is PROPERTY_RECORDS and source.key != ["parcel"]:
                # a parcel has one record of a source of the roll, or its features would be two
                yield f'sources.{name}.key: expected ["parcel"], since the roll has one record of a parcel'
            for key in sorted({"whole", "lists"} & source.model_fields_set) if kind is not PROPERTY_RECORDS else ():
                yield f"sources.{name}.{key}: expected in a source of property_records only"
        if named and not any(self.record(name).signal for name in self.sources):
            signals = ", ".join(kind.table for kind in RECORD_KINDS.values() if kind.signal)
            yield f"sources: at least one of {signals}"
        yield from self._wrong_former_names()

    def _wrong_former_names(self) -> Iterator[str]:
        """A former name is one source's, and no source's present one."""
        former: dict[str, str] = {}
        for name, source in self.sources.items():
            if source.was is None:
                continue
            if source.was in self.sources:
                yield (
                    f"sources.{name}.was: expected a name that no source has now, not '{source.was}', which is "
                    f"{'its own' if source.was == name else 'the name of another'}"
                )
            if source.was in former:
                yield (
                    f"sources.{name}.was: expected the former name of this source alone, not '{source.was}', which "
                    f"sources.{former[source.was]} was too"
                )
            former[source.was] = name

    @property
    def doubts(self) -> list[str]:
        """What would be refused if files with it were not in use: a run warns of it, validation refuses it."""
        problems = self.parcel.ambiguities()
        for name, source in self.sources.items():
            problems += [f"sources.{name}: {doubt}" for doubt in form_doubts(source)]
        return problems

    @property
    def path(self) -> Path:
        """The file this market was read from; paths of file sources are relative to its directory."""
        return self._path

    def read_parcel(self, written: str) -> list[str]:
        """The canonical numbers that somebody's number can mean; a ``lead_id`` (``orange-fl:292228…``) means its own.

        Raises :class:`UnusableParcel` for none, and for a lead of another market.
        """
        key, colon, number = written.partition(":")
        if not colon:
            return self.parcel.read(written)
        if key.strip() != self.key:
            raise UnusableParcel(f"'{written[:60]}' is of another market than {self.key}")
        return [self.parcel.canonicalise(number.strip(), "canonical")]

    def parcel_reader(self, source: str) -> ParcelReader:
        """Reads the parcel numbers of a source."""
        definition = self.sources[source]
        return self.parcel.reader(definition.parcel_forms, definition.parcel_ignore)

    def keeps_whole_raw(self, source: str) -> bool:
        """Whether all of a record is kept as it came, and not only the fields that the market file uses."""
        raw = self.sources[source].raw
        return self.record(source).signal if raw is None else raw == "all"

    @property
    def terms(self) -> Words:
        """What reasons and messages of this market call things."""
        return self.words.of_state(self.state)

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
    def web_files(self) -> list[str]:
        """The names of the sources that are files from the web."""
        return [name for name, one in self.sources.items() if one.kind == "file" and any(map(is_web, one.urls))]

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
