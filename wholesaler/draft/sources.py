"""One list as a source of a market file: columns, key, place, dates, words, and what is asked about it."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from wholesaler.draft.categories import settle_category
from wholesaler.draft.cities import settle_city
from wholesaler.draft.columns import Columns, columns_of, fields_by_name, names_in
from wholesaler.draft.dates import formats_of
from wholesaler.draft.days import STALE, settle_days, settle_freshness
from wholesaler.draft.endings import settle_ends
from wholesaler.draft.flags import settle_homestead
from wholesaler.draft.further_lines import settle_further_lines
from wholesaler.draft.keys import settle_key
from wholesaler.draft.kinds import Nature, nature_of
from wholesaler.draft.lines import settle_lines
from wholesaler.draft.missing import settle_missing
from wholesaler.draft.owed import settle_owed
from wholesaler.draft.places import are_degrees
from wholesaler.draft.publisher import Looked
from wholesaler.draft.questions import Question
from wholesaler.draft.sales import settle_sales
from wholesaler.draft.statuses import settle_status, settle_words
from wholesaler.draft.totals import settle_totals
from wholesaler.draft.types import settle_only, settle_types
from wholesaler.draft.unclear import question_of
from wholesaler.draft.vocabulary import Words
from wholesaler.draft.worth import settle_worth
from wholesaler.markets.records import RECORD_KINDS, Type
from wholesaler.plural import counted
from wholesaler.probe.description import Field

_LONGEST_NAME = 40
#: share of the records that have a value from which on a field that is not used is named
_WELL_FILLED = 0.9
#: fields of the publisher's software, of its map and of who typed a record
_PLUMBING = re.compile(
    r"(?:.*\.)?(?:shape|st_?(?:area|length|perimeter)|objectid|fid|gid|oid|globalid|row_?id|perimeter|"
    r"(?:last_?)?(?:edit|creat|updat|modif)\w*|computed_region|:@)", re.IGNORECASE,
)  # fmt: skip
#: from so many records on a list is long to read
_MANY = 100_000
#: more records of a roll than this are not read whole every week unless somebody says so
_MOST_WHOLE = 600_000
_GEOMETRIES = frozenset({"point", "multipoint", "polygon", "multipolygon", "location"})
_SYSTEM_KINDS = frozenset({"esriFieldTypeOID", "esriFieldTypeGlobalID", "esriFieldTypeGeometry"})
_FIELD_OF_WORDS = ("status", "deed_status", "sale_qualified")


@dataclass
class SourceDraft:
    """A source as it is written down. ``questions`` and ``comments``: by the key that they are about."""

    name: str
    nature: Nature
    looked: Looked
    columns: Columns
    key: list[Any]
    location: Any
    date_formats: list[str]
    words: dict[str, Words]
    record_date: str | dict[str, str] | None = None
    newest: date | None = None
    latest_by: str | None = None
    only: dict[str, Any] = field(default_factory=dict)
    whole: bool = False
    parcel_form: str | list[str] | None = None
    parcel_ignore: str = ""
    join_rate: float | None = None
    notes: list[str] = field(default_factory=list)
    questions: dict[str, list[Question]] = field(default_factory=dict)
    comments: dict[str, list[str]] = field(default_factory=dict)
    #: its parcel number, where the form of it is asked and its records find their parcels by address until then
    parcel_offered: Any = None

    def comment(self, key: str, said: str) -> None:
        """Note what is to be said of a key of the source, where it stands."""
        self.comments.setdefault(key, []).append(said)

    def ask(self, key: str, question: Question) -> None:
        """Note a question about a key of the source."""
        self.questions.setdefault(key, []).append(question)

    @property
    def is_left_out(self) -> bool:
        """Whether the list can give nothing before a question is answered, so that all of it is a comment."""
        return bool(self.needed())

    def needed(self) -> list[Question]:
        """The questions without whose answers the list is left out."""
        asked = [one for each in self.questions.values() for one in each]
        return [one for one in (*asked, *self.columns.questions.values()) if one.of_list]

    def leave_out(self) -> None:
        """Have what would make the file invalid leave out the list alone."""
        for column, one in self.columns.questions.items():
            self.columns.questions[column] = replace(one, of_list=one.blocks)
        for key, several in self.questions.items():
            self.questions[key] = [replace(one, of_list=one.blocks) for one in several]

    @property
    def parcel_field(self) -> str | None:
        """The publisher's field of the parcel number."""
        value = self.columns.fields.get("parcel")
        return value if isinstance(value, str) else None

    @property
    def url(self) -> str:
        """The address as the file says it: no token, which is for the settings; the whole path of a file here."""
        target = self.looked.target
        if "://" not in target.url:
            return str(Path(target.url).expanduser().absolute())
        return target.url if target.kind == "file" else target.url.partition("?")[0]

    @property
    def stale_after_days(self) -> int:
        """After how many days without a newer record it is stale."""
        return STALE[self.nature.kind]

    def of_words(self, column: str) -> Question:
        """The question about a column's words that are not clear."""
        one = self.field_named(self.field_of(column))
        return question_of(self.nature.kind, column, self.words[column], one)

    def field_named(self, name: str) -> Field:
        """What a field of the publisher's is like."""
        return fields_by_name(self.looked)[name]

    def field_of(self, column: str) -> str:
        """The publisher's field of a column, as it is spoken of."""
        value = self.columns.fields[column]
        return value if isinstance(value, str) else next(names_in(value), column)

    def ignored(self) -> list[str]:
        """The publisher's fields that are not used, which are many and no news."""
        return self.other_than(
            self.columns.used() | _named(self.key) | _named(self.record_date) | {self.latest_by or "", *self.only}
        )

    def other_than(self, used: set[str]) -> list[str]:
        """The publisher's fields but these, those of the place and of its software."""
        used = used | _named(self.location)
        patterns = [re.compile(name) for name in used if "[" in name]
        return [
            name
            for name, kind in self.looked.sample.fields.items()
            if name not in used and kind not in _SYSTEM_KINDS and not any(one.fullmatch(name) for one in patterns)
        ]

    def unused(self) -> list[str]:
        """Those of the ignored fields that nearly all records fill, with different values, and no software made."""
        ignored = set(self.ignored()) - {self.parcel_offered}
        return [
            one.name
            for one in self.looked.found.fields
            if one.name in ignored and one.filled_share >= _WELL_FILLED and one.distinct > 1
            if one.type != "object" and not _PLUMBING.match(one.name)
        ]


def draft_source(looked: Looked, taken: Collection[str], today: date, place: Collection[str] = ()) -> SourceDraft:
    """The source that a list makes; ``taken`` are names that others have, ``place`` words that say where it is."""
    nature = nature_of(looked)
    columns = columns_of(looked, nature.kind, nature.signal or "vacancy", today)
    source = SourceDraft(
        _name_of(looked, nature.kind, taken, place), nature, looked, columns, [], _location(looked, columns),
        [], {},
    )  # fmt: skip
    if nature.kind == "distress_events" and not nature.signal:
        del columns.fields["signal"]
        signals = next(one for one in RECORD_KINDS["distress_events"].columns if one.name == "signal").words
        source.ask("signal", Question(
            "What being on this list is a sign of could not be told.", f"Take one of {', '.join(signals)}.",
            (("signal", {"const": "vacancy"}),), blocks=True,
        ))  # fmt: skip
    settle_worth(source)
    settle_missing(source)
    settle_further_lines(source)
    settle_types(source)
    settle_category(source)
    settle_words(source, _FIELD_OF_WORDS)
    settle_homestead(source)
    settle_sales(source)
    settle_status(source, today)
    settle_ends(source, today)
    settle_owed(source)
    settle_days(source, today)
    settle_key(source, today)
    settle_lines(source)
    settle_freshness(source, today)
    source.date_formats = formats_of(_dated(source))
    if nature.kind == "property_records":
        services = looked.target.kind != "file"
        source.whole = services and (looked.records is None or looked.records <= _MOST_WHOLE)
    settle_city(source)
    ask_for_place(source)
    _ask_for_window(source)
    settle_only(source)
    _drop_answered(source)
    settle_totals(source)
    return source


def _drop_answered(source: SourceDraft) -> None:
    """No question about a field that is something else by now."""
    used, questions = source.columns.used() | set(source.only), source.columns.questions
    for column, one in list(questions.items()):
        left = tuple((name, what) for name, what in one.choices if not (isinstance(what, str) and what in used))
        if one.choices and not left and not one.blocks:
            del questions[column]
        elif left and left != one.choices:
            questions[column] = replace(one, choices=left)


def _dated(source: SourceDraft) -> list[Field]:
    """The fields of which days are read."""
    fields = fields_by_name(source.looked)
    dates = {one.name for one in RECORD_KINDS[source.nature.kind].columns if one.type is Type.DATE}
    names = [value for column, value in source.columns.fields.items() if column in dates and isinstance(value, str)]
    # what is offered has to be read too when it is taken
    offered = [value for one in source.columns.questions.values() for column, value in one.choices if column in dates]
    names += [value for value in offered if isinstance(value, str) and value in fields]
    fresh = source.record_date["field"] if isinstance(source.record_date, dict) else None
    return [fields[name] for name in dict.fromkeys([*names, *filter(None, [fresh])])]


def _name_of(looked: Looked, kind: str, taken: Collection[str], place: Collection[str]) -> str:
    """A name of the publisher's own words, else the kind of record; without those of its database, the county, a year.

    A year in a name is wrong when the next one comes.
    """
    title = looked.title or _last_words(looked.target.url)
    if re.fullmatch(r"\w+(?:\.\w+)+", title):
        title = title.rpartition(".")[2]
    words = re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", title).lower()).strip("_").split("_")
    idle = re.compile("|".join([r"(?:19|20)\d\d", *map(re.escape, place)]))
    while len(words) > 1 and idle.fullmatch(words[0]):
        words = words[1:]
    while len(words) > 1 and idle.fullmatch(words[-1]):
        words = words[:-1]
    name = "_".join(words)
    if len(name) > _LONGEST_NAME:
        name = name[: _LONGEST_NAME + 1].rpartition("_")[0] or name[:_LONGEST_NAME]
    if (
        not re.fullmatch(r"[a-z][a-z0-9_]{2,}", name)
        or (name in RECORD_KINDS and name != kind)
        or name.startswith("census")
    ):
        name = kind
    number = 2
    wanted = name
    while name in taken:
        name, number = f"{wanted}_{number}", number + 1
    return name


def _last_words(url: str) -> str:
    path = re.sub(r"[?#].*", "", url)
    path = re.sub(r"/(?:Feature|Map)Server/\d+$", "", path)
    last = path.rstrip("/").rpartition("/")[2]
    if re.fullmatch(r"[a-z0-9]{4}-[a-z0-9]{4}(?:\.json)?|[0-9a-f-]{36}", last) or "/MapServer/" in url:
        return ""  # numbers, and the name of what has many layers
    return re.sub(r"\.(?:csv|tsv|txt|json|geojson|zip|gz|xlsx|xls|dbf|shp)$", "", last, flags=re.IGNORECASE)


def _location(looked: Looked, columns: Columns) -> Any:
    """Where the places are: the geometry, two fields of coordinates, or a field of its own."""
    sample = looked.sample
    if looked.target.kind != "socrata" and sample.box is not None:
        return "geometry"
    x, y = columns.besides.get("location.x"), columns.besides.get("location.y")
    if x is not None and y is not None:
        return {"x": x, "y": y} if are_degrees(looked, x, y) else {"x": x, "y": y, "crs": 0}
    places = [name for name, kind in sample.fields.items() if kind.lower() in _GEOMETRIES]
    if places:
        return {"field": max(places, key=lambda name: sum(bool(one.get(name)) for one in sample.records))}
    return "none"


def _ask_for_window(source: SourceDraft) -> None:
    """A list of many years is read whole every night unless somebody says from when on it is wanted."""
    looked, records = source.looked, source.looked.records
    if source.nature.kind == "property_records" or records is None or records < _MANY or looked.target.kind == "file":
        return
    name = source.columns.fields.get(source.record_date) if isinstance(source.record_date, str) else None
    if isinstance(name, str) and "date" in (looked.sample.fields[name] or "").lower():
        source.ask("only", Question(
            f"{counted(records, 'record')} would be read every night.",
            "Take the line to have those of the last two years only.",
            (("only", {name: {"at_least": "{today-730d}"}}),),
        ))  # fmt: skip


def ask_for_place(source: SourceDraft) -> None:
    """A list without parcel numbers finds its parcels by address, for which something more must be known."""
    fields, questions = source.columns.fields, source.columns.questions
    if "parcel" in fields:
        return
    if source.nature.kind in {"property_records", "tax_sales"}:
        if "parcel" not in questions:
            questions["parcel"] = Question(
                "No field is clearly the parcel number, which every record of this kind needs.",
                "Name the field that holds it.", (("parcel", "FIELD"),), blocks=True,
            )  # fmt: skip
        else:
            one = questions["parcel"]
            questions["parcel"] = Question(one.seen, one.do, one.choices, blocks=True)
    elif "address" not in fields:
        questions.setdefault("address", Question(
            "Neither a parcel number nor an address: its records find no parcel.", "Name the field that holds one.",
            (("address", "FIELD"),),
        ))  # fmt: skip
    elif not {"city", "zip_code"} & fields.keys():
        questions.setdefault("city", Question(
            "Its records find their parcels by address alone, where only one in the county has it.",
            "Where the list is of one city, name that.", (("city", {"const": "CITY"}),),
        ))  # fmt: skip


def _named(value: Any) -> set[str]:
    """The publisher's fields in a key, a location, a record date."""
    if isinstance(value, list):
        return {name for one in value for name in (_named(one) if isinstance(one, dict) else ())}
    if isinstance(value, dict):
        return {one for key, one in value.items() if key in {"x", "y", "field"} and isinstance(one, str)}
    return set()
