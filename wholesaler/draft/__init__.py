"""Write a county's market file from the addresses of its lists: what its publishers' own records tell, and questions.

:func:`draft` reads some thousand records of each list, says what each holds and how, and compares their parcel numbers
with the roll. What nobody could tell is no guess but a comment that begins with ``# ?``. Nothing is stored.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from wholesaler.draft.cities import settle_cities
from wholesaler.draft.columns import fields_by_name
from wholesaler.draft.numbering import tell_numbers
from wholesaler.draft.parcels import Numbers
from wholesaler.draft.places import (
    MARGIN,
    WIDE_MARGIN,
    State,
    box_around,
    degrees_in,
    holds,
    is_extent_of,
    state_of,
    systems_of,
)
from wholesaler.draft.publisher import Looked, look_closer, whole_extent
from wholesaler.draft.questions import Question
from wholesaler.draft.repeats import settle_repeats
from wholesaler.draft.sides import areas_of, settle
from wholesaler.draft.sources import SourceDraft, draft_source
from wholesaler.draft.toml_text import question
from wholesaler.draft.writing import market_text
from wholesaler.errors import ConfigurationError, ExitCode, SourceError, UsageError
from wholesaler.markets import read_market
from wholesaler.markets.market import Host
from wholesaler.probe import Found, look
from wholesaler.probe.reading import Box, edges, explain, label_of
from wholesaler.settings import Settings
from wholesaler.sources import Http

__all__ = ["Draft", "SeveralError", "draft"]

_ROLL = "property_records"
#: share of the places that are in the city of a county's name from which on it is the city that is meant
CITY = 0.9
#: what counties are called where they are not
_COUNTIES = {"LA": " Parish", "AK": " Borough", "DC": "", "PR": ""}
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

    def needed(self) -> list[Question]:
        """The questions without whose answers the file is not valid."""
        if self.problem is None:
            return []
        several = [one for one in self.questions() if one.blocks]
        return [one for one in several if not one.of_list] or several

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

    def lines(self) -> list[tuple[int, Question]]:
        """The questions with the lines of the file where they stand, counted from one, in their order."""
        lines = self.text.splitlines()
        found: list[tuple[int, Question]] = []
        for one in self.questions():
            wanted = question(one)
            # of a list that is left out all lines are comments
            ways = (wanted, [f"# {line}" for line in wanted])
            taken = {number for number, _ in found}
            places = (number for number in range(len(lines)) if lines[number : number + len(wanted)] in ways)
            found.append((next((number + 1 for number in places if number + 1 not in taken), 1), one))
        return sorted(found, key=lambda each: each[0])


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
        place = [*key.split("-"), "county", "city"]
        for one in looked:
            made.sources.append(draft_source(one, [source.name for source in made.sources], today, place))
        made.sources.sort(key=lambda source: source.nature.kind == _ROLL)
        _place(made, http)
        tell_numbers(made, http)
        settle_cities(made.sources)
        for source in made.sources:
            settle_repeats(source)
        _ask_of_kinds(made)
        for source in made.sources:
            source.leave_out()
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


def _place(made: Draft, http: Http) -> None:
    """State, time zone, box, and in which reference system coordinates are."""
    rolls = [source for source in made.sources if source.nature.kind == _ROLL]
    seen = box_around([box for source in made.sources if (box := _box(source)) is not None], 0)
    state = state_of(made.key, seen, _mailing(rolls))
    if state is not None:
        made.state = state.code
        made.name = _name(made.key, state, _cities(made.sources))
    else:
        made.ask("state", Question("The state could not be told.", "Give its two letters.", (("state", "XX"),), True))
    _systems(made, box_around(_boxes(made, state), _NEAR) or (state.box if state is not None else None))
    boxes = _boxes(made, state)
    seen = box_around(boxes, 0)
    if seen is not None:
        made.box = _county(made, rolls, boxes, seen, http)
    elif state is not None:
        made.box = state.box
        made.ask("bounding_box", Question(
            f"No list has places that could be told: this is all of {state.name}.",
            "Narrow it to the county, so that places elsewhere are dropped.",
        ))  # fmt: skip
    else:
        made.ask("bounding_box", Question(
            "No list has places that could be told.", "Give the county's extent on a map, generously.",
            (("bounding_box", {"west": -82.4, "south": 41.0, "east": -81.9, "north": 41.5}),), True,
        ))  # fmt: skip
    _zone(made, state, seen)
    areas = areas_of((source.looked, source.columns) for source in made.sources)
    for source in rolls:
        source.notes += settle(source.looked, source.columns, areas, made.state or "")


def _boxes(made: Draft, state: State | None) -> list[Box]:
    """The boxes of the lists; what is in another state is a mistake, or degrees in another order."""
    boxes = [box for source in made.sources if (box := _box(source)) is not None]
    return boxes if state is None else [box for box in boxes if holds(state.box, box)]


def _county(made: Draft, rolls: Sequence[SourceDraft], boxes: list[Box], seen: Box, http: Http) -> Box | None:
    """The box of all of the county's places, a little wider; much wider where one corner may have been seen."""
    is_all = bool(rolls) and sum(map(_length, made.sources)) >= _MANY
    for source in rolls:
        if source.looked.sample.whole or source.looked.target.kind == "file":
            continue  # of a file records from all over it were read
        told = whole_extent(source.looked, source.location, http)
        if told is not None and is_extent_of(told, seen):
            boxes = [*boxes, told]
        else:
            is_all = False
    return box_around(boxes, MARGIN if is_all else WIDE_MARGIN)


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


def _systems(made: Draft, box: Box | None) -> None:
    """The reference system of coordinates that are no degrees: the one in which they lie in the box."""
    for source in made.sources:
        if not (isinstance(source.location, dict) and source.location.get("crs") == 0):
            continue
        x, y = source.location["x"], source.location["y"]
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


def _cities(sources: Sequence[SourceDraft]) -> Counter[str]:
    """How often places are in which city."""
    found = Counter[str]()
    for source in sources:
        name = source.columns.fields.get("city")
        if isinstance(name, str):
            one = fields_by_name(source.looked)[name]
            for word, count in one.counts.items():
                found[one.word(word).casefold()] += count
    return found


def _name(key: str, state: State, cities: Counter[str]) -> str:
    """What the county is called, by its key; where nearly all places are in the city of that name, it is the city's."""
    words = key.rpartition("-")[0] if key.rpartition("-")[2].upper() == state.code else key
    name = words.replace("-", " ")
    is_city = cities[name] >= CITY * cities.total() > 0 or re.search(r"\b(county|parish|borough|city|town)\b", name)
    called = "" if is_city else _COUNTIES.get(state.code, " County")
    return f"{name.title()}{called}, {state.name}"
