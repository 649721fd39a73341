"""Write a county's market file from the addresses of its lists: what its publishers' own records tell, and questions.

:func:`draft` reads some thousand records of each list, says what each holds and how, and compares their parcel numbers
with the roll. What nobody could tell is no guess but a comment that begins with ``# ?``. Nothing is stored.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from wholesaler.draft.columns import fields_by_name
from wholesaler.draft.parcel_columns import able_fields, choose_columns, numbers_in
from wholesaler.draft.parcels import Form, LookUp, Numbers, draft_numbers
from wholesaler.draft.places import (
    MARGIN,
    WIDE_MARGIN,
    State,
    box_around,
    degrees_in,
    edges,
    holds,
    state_of,
    systems_of,
)
from wholesaler.draft.publisher import Looked, look_closer, numbers_on
from wholesaler.draft.questions import Question
from wholesaler.draft.sides import areas_of, settle
from wholesaler.draft.sources import SourceDraft, draft_source
from wholesaler.draft.writing import market_text
from wholesaler.errors import ConfigurationError, ExitCode, SourceError, UsageError
from wholesaler.markets import read_market
from wholesaler.markets.market import Host
from wholesaler.plural import counted
from wholesaler.probe import Found, look
from wholesaler.probe.reading import Box, explain, label_of
from wholesaler.settings import Settings
from wholesaler.sources import Http

__all__ = ["Draft", "SeveralError", "draft"]

_ROLL = "property_records"
#: records whose places make a county's box
_MANY = 1000
#: degrees around what other lists say in which coordinates must lie
_NEAR = 0.2


class SeveralError(UsageError):
    """An address leads to several things; ``found`` has them."""

    def __init__(self, found: Found) -> None:
        super().__init__(
            f"{label_of(found.url)} leads to {len(found.choices)} things.",
            "Give the addresses of those that are meant.",
        )
        self.found = found

    def document(self, code: ExitCode, explained: dict[str, Any]) -> dict[str, Any]:
        """The error as data, with what there is."""
        choices = [{"name": one.name, "what": one.what, "url": one.url} for one in self.found.choices]
        return {"status": "failure", "exit_code": int(code), "error": explained, "choices": choices}


@dataclass
class Draft:
    """A market file in the making. ``asked``: questions about a key of its head; ``of_file`` about all of it."""

    key: str
    name: str
    checked: date
    sources: list[SourceDraft]
    state: str | None = None
    time_zone: str | None = None
    box: Box | None = None
    numbers: Numbers | None = None
    of_parcels: str = ""
    of_file: list[Question] = field(default_factory=list)
    asked: dict[str, list[Question]] = field(default_factory=dict)
    #: what `markets validate` says while questions are open; none where the file is valid
    problem: str | None = None

    def ask(self, key: str, question: Question) -> None:
        """Note a question about a key of the file's head."""
        self.asked.setdefault(key, []).append(question)

    def questions(self) -> list[Question]:
        """All that is left open."""
        several = [*self.of_file, *(one for each in self.asked.values() for one in each)]
        for source in self.sources:
            several += questions_of(source)
        return several

    @property
    def text(self) -> str:
        """The file."""
        return market_text(self)


def questions_of(source: SourceDraft) -> list[Question]:
    """All that is left open of a source."""
    asked = [one for each in source.questions.values() for one in each]
    words = [source.of_words(column) for column, words in source.words.items() if words.unclear]
    return [*asked, *source.columns.questions.values(), *words]


def draft(key: str, urls: Sequence[str], settings: Settings, today: date) -> Draft:
    """The market of these addresses.

    Raises ``UsageError`` for what is no address, :class:`SeveralError` for one that leads to several things, and
    ``SourceError`` when one cannot be read.
    """
    with TemporaryDirectory(prefix="wholesaler-draft-") as folder, Http(settings, lambda host: Host()) as http:
        looked: list[Looked] = []
        for number, url in enumerate(dict.fromkeys(urls)):
            # a copy of its own for each, which would be removed for the next one's otherwise
            home = Path(folder) / str(number)
            home.mkdir()
            own = settings.model_copy(update={"home": home})
            found = look(url, http, own, today)
            if found.choices:
                raise SeveralError(found)
            try:
                looked.append(look_closer(found, http, own, today))
            except (SourceError, ConfigurationError) as error:
                raise explain(error, url) from None
        made = Draft(key, key, today, [])
        for one in looked:
            made.sources.append(draft_source(one, [source.name for source in made.sources], today))
        made.sources.sort(key=lambda source: source.nature.kind == _ROLL)
        _place(made)
        _number(made, http)
        _ask_of_kinds(made)
        _check(made, Path(folder) / f"{key}.toml")
    return made


def _check(made: Draft, path: Path) -> None:
    """Have the file read as every command does; what no question says already becomes one."""
    path.write_text(made.text, "utf-8")
    try:
        read_market(path, strict=True)
    except ConfigurationError as error:
        made.problem = error.message.removeprefix(f"{path}: ")
        if not any(one.blocks for one in made.questions()):
            made.of_file.append(Question(f"The file is not valid yet: {made.problem}", "Correct it by hand.", (), True))


def _place(made: Draft) -> None:
    """State, time zone, box, and in which reference system coordinates are."""
    boxes = [box for source in made.sources if (box := _box(source)) is not None]
    rolls = [source for source in made.sources if source.nature.kind == _ROLL]
    state = state_of(made.key, box_around(boxes, 0), _mailing(rolls))
    if state is not None:
        # what is in another state is a mistake, or degrees in another order
        boxes = [one for one in boxes if holds(state.box, one)]
        made.state = state.code
        made.name = _name(made.key, state)
    else:
        made.ask("state", Question("The state could not be told.", "Give its two letters.", (("state", "XX"),), True))
    # few records, or the first of many, are from one corner
    is_all = all(source.looked.sample.whole for source in rolls) and sum(map(_length, made.sources)) >= _MANY
    seen = box_around(boxes, 0)
    made.box = box_around(boxes, MARGIN if is_all else WIDE_MARGIN)
    if seen is None and state is not None:
        made.box = state.box
        made.ask("bounding_box", Question(
            f"No list has places in degrees: this is all of {state.name}.",
            "Narrow it to the county, so that places elsewhere are dropped.",
        ))  # fmt: skip
    elif seen is None:
        made.ask("bounding_box", Question(
            "No list has places in degrees.", "Give the county's extent on a map, generously.",
            (("bounding_box", {"west": -82.4, "south": 41.0, "east": -81.9, "north": 41.5}),), True,
        ))  # fmt: skip
    _zone(made, state, seen)
    _systems(made, box_around(boxes, _NEAR))
    areas = areas_of((source.looked, source.columns) for source in made.sources)
    for source in rolls:
        source.notes += settle(source.looked, source.columns, areas, made.state or "")


def _zone(made: Draft, state: State | None, seen: Box | None) -> None:
    zones = state.zones_at((seen[0] + seen[2]) / 2 if seen is not None else None) if state is not None else ()
    if len(zones) == 1:
        made.time_zone = zones[0]
    else:
        several = (
            f"{state.name} has several time zones" if state is not None else "The time zone follows from the state"
        )
        choices = tuple(("time_zone", zone) for zone in zones) or (("time_zone", "America/New_York"),)
        made.ask("time_zone", Question(f"{several}.", "Take the line that is the county's.", choices, True))


def _systems(made: Draft, near: Box | None) -> None:
    """The reference system of coordinates that are no degrees: the one in which they lie in the county's box."""
    for source in made.sources:
        if not (isinstance(source.location, dict) and source.location.get("crs") == 0):
            continue
        x, y = source.location["x"], source.location["y"]
        box = near or made.box
        systems = systems_of(source.looked, x, y, box) if box is not None else []
        if len(systems) == 1:
            source.location = {"x": x, "y": y, "crs": systems[0].epsg}
            source.notes.append(f"{x} and {y} are in {systems[0].name} (EPSG:{systems[0].epsg}), as the box tells")
            continue
        names = ", ".join(f"{one.epsg} ({one.name})" for one in systems) or "in none that is known"
        source.ask("location", Question(
            f"{x} and {y} are no degrees; they lie in the county {'as ' if systems else ''}{names}.",
            "Take one line, or give the EPSG code that the publisher names; without it the list has no places.",
            tuple(("location", {"x": x, "y": y, "crs": one.epsg}) for one in systems[:6]),
        ))  # fmt: skip


def _number(made: Draft, http: Http) -> None:
    """How parcel numbers are written, and which form is each list's."""
    asks = _Asks(http)
    roll = _main_roll(made)
    choose_columns(made.sources, roll, asks)
    lists = {
        one.name: [text for name in able_fields(one) for text in numbers_in(one, name)]
        for one in made.sources
    }  # fmt: skip
    lists = {name: numbers for name, numbers in lists.items() if numbers}
    own = roll.parcel_field if roll is not None else None
    is_roll = roll is not None and roll.name in lists
    if roll is not None and own is not None and is_roll:
        told = {one.name: lists[one.name] for one in made.sources if one.parcel_field and one.name in lists}
        numbers = draft_numbers(
            (roll.name, lists[roll.name]), told, asks(roll, own), is_whole=roll.looked.sample.whole
        )  # fmt: skip
    else:
        # which field of the roll it is decides whoever reads the file: what any of them may hold is a number
        several = {roll.name: lists[roll.name]} if roll is not None and is_roll else lists
        numbers = draft_numbers(None, several or {"": ["1"]}, lambda asked: set())
    made.numbers = numbers
    count = len(lists[roll.name]) if roll is not None and is_roll else 0
    made.of_parcels = f"Parcel numbers, by {count:,} of the roll's." if count else "Parcel numbers."
    if not lists:
        made.ask("parcel", Question(
            "No list has a field that is clearly a parcel number, so that it is not known how they are written.",
            "Once a list has one, write a pattern and an example that are right.",
        ))  # fmt: skip
    if roll is None:
        made.of_file.append(Question(
            "None of the lists is the county's roll, so that leads have no owner, value or address of their own, and "
            "nothing shows whether parcel numbers are read as they are meant.",
            "Find the parcels with owners (at the assessor or the county's GIS) and draft anew with that address too.",
        ))  # fmt: skip
    for source in made.sources:
        _set_form(source, numbers, lists.get(source.name, []), is_compared=own is not None)


def _set_form(source: SourceDraft, numbers: Numbers, written: Sequence[str], *, is_compared: bool) -> None:
    """The form of a source, or which it may be; where its column is a question, the form that fits what is asked."""
    form, field_name = numbers.lists.get(source.name), source.parcel_field
    if field_name is None:
        if "parcel" in source.columns.questions:
            source.parcel_form = next(iter(numbers.forms))
        return
    if form is None:
        # the roll's own column is asked about, so that nothing could be compared with it
        source.parcel_form = next(iter(numbers.forms))
        source.notes.append("its parcel numbers could not be compared with the roll's")
        return
    source.parcel_form, source.parcel_ignore = form.name, form.ignore
    if not form.is_told:
        source.ask("parcel_form", _ask_of_form(form, written[0], numbers))
        return
    source.columns.fields["parcel"] = form.value(field_name)
    if is_compared and form.rates:
        source.join_rate = form.rate


class _Asks:
    """How numbers are looked up on the roll; asks for none twice."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._known: dict[tuple[str, str], LookUp] = {}

    def __call__(self, roll: SourceDraft, field_name: str) -> LookUp:
        """Looks numbers up in a field of the roll."""
        known = self._known.get((roll.name, field_name))
        if known is None:
            known = self._known[roll.name, field_name] = self._new(roll, field_name)
        return known

    def _new(self, roll: SourceDraft, field_name: str) -> LookUp:
        def look_up(numbers: Collection[str]) -> set[str]:
            try:
                return numbers_on(roll.looked, field_name, numbers, self._http) if numbers else set()
            except (SourceError, ConfigurationError) as error:
                roll.notes.append(f"it could not be asked for numbers ({error.message})")
                return set()

        return _remembered(look_up)


def _ask_of_form(form: Form, example: str, numbers: Numbers) -> Question:
    """Which of the forms that were tried is a list's, with what each comes to."""
    tried = max(form.tried, len(form.offered))
    if max(form.rates.values(), default=0.0) > 0:
        names = sorted(form.offered, key=lambda name: -form.rates.get(name, 0.0))
        rates = ", ".join(f"{name} {form.rates.get(name, 0.0):.0%}" for name in names)
        seen = f"Of {form.numbers} of its parcel numbers the roll has, by form, {rates} ({tried} were tried)"
    else:
        names = list(form.offered)
        seen = f"Of {form.numbers} of its parcel numbers the roll has none in any of {counted(tried, 'form')}"
    several = [text for name in names if (text := numbers.read(example.upper(), name))]
    on_roll = f" (such as '{example}', which would be {' or '.join(several)} there)" if several else f" ('{example}')"
    return Question(
        f"{seen}{on_roll}: that does not tell which form it is.",
        "Compare a number with that of the same place on the roll, and take its line, or write another form.",
        tuple(("parcel_form", name) for name in names), True,
    )  # fmt: skip


def _ask_of_kinds(made: Draft) -> None:
    for source in made.sources:
        nature = source.nature
        if nature.others:
            may_be = ", ".join(nature.others[:3])
            is_named = source.name == nature.kind
            take = "" if is_named else "Take the # away before record if that is right; else "
            source.ask(
                "record",
                Question(
                    f"What its records are is not clear: drafted as {nature.kind}, they may be {may_be}.",
                    f"{take}{'If that is wrong, ' if is_named else ''}write the other kind, and its columns, which the "
                    "README lists.",
                    blocks=not is_named,
                ),
            )
    if all(source.nature.kind == _ROLL for source in made.sources):
        made.of_file.append(Question(
            "None of the lists is one of signals: sales, suits, cases, unpaid taxes, liens.",
            "Find one (code cases at the city, unpaid taxes at the treasurer) and draft anew with that address too.",
            (), True,
        ))  # fmt: skip


def _main_roll(made: Draft) -> SourceDraft | None:
    """The source of the roll with which numbers are compared: the one that says most of a parcel."""
    rolls = [source for source in made.sources if source.nature.kind == _ROLL and able_fields(source)]
    return max(rolls, key=lambda source: len(source.columns.fields), default=None)


def _remembered(look_up: LookUp) -> LookUp:
    """The same, asking for nothing twice."""
    asked: set[str] = set()
    there: set[str] = set()

    def remembering(numbers: Collection[str]) -> set[str]:
        new = set(numbers) - asked
        there.update(look_up(new))
        asked.update(new)
        return there.intersection(numbers)

    return remembering


def _box(source: SourceDraft) -> Box | None:
    return source.looked.sample.box or edges(degrees_in(source.looked, source.location))


def _length(source: SourceDraft) -> int:
    return len(source.looked.sample.records)


def _mailing(rolls: Sequence[SourceDraft]) -> Counter[str]:
    """To which states the owners' mail goes."""
    found = Counter[str]()
    for source in rolls:
        name = source.columns.fields.get("mail_state")
        if isinstance(name, str):
            for word, count in fields_by_name(source.looked)[name].counts.items():
                found[word.upper()] += count
    return found


def _name(key: str, state: State) -> str:
    words = key.rpartition("-")[0] if key.rpartition("-")[2].upper() == state.code else key
    return f"{words.replace('-', ' ').title()}, {state.name}"
