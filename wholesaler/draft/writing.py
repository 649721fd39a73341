"""A draft as the text of a market file: what was found, and as comments what was seen and what is asked."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from wholesaler.draft.further import Further, further_of
from wholesaler.draft.questions import Question
from wholesaler.draft.sources import SourceDraft
from wholesaler.draft.toml_text import behind, choices, comment, entry, key, question, questions, value
from wholesaler.draft.vocabulary import Words
from wholesaler.markets.records import RECORD_KINDS
from wholesaler.plural import counted

if TYPE_CHECKING:
    from wholesaler.draft import Draft

_LINKS = {
    "map": "https://www.google.com/maps/search/?api=1&query={latitude}%2C{longitude}",
    "street_view": "https://www.google.com/maps/@?api=1&map_action=pano&viewpoint={latitude}%2C{longitude}",
}


def market_text(draft: "Draft") -> str:
    """The file."""
    lines = [*_head(draft), *_parcel(draft)]
    for source in draft.sources:
        lines += ["", *_source(source)]
    return "\n".join(lines) + "\n"


def source_text(source: SourceDraft) -> str:
    """The part of a source."""
    return "\n".join(_source(source)) + "\n"


def _head(draft: "Draft") -> Iterator[str]:
    number = len(draft.questions())
    asked = f"{counted(number, 'question')} left: look for '# ?'." if number else "Nothing was left open."
    if left := [source.name for source in draft.sources if source.is_left_out]:
        asked += f" Left out until one is answered: {', '.join(left)}."
    yield from comment(
        f"{draft.name}. Drafted on {draft.checked:%Y-%m-%d} from the records that its publishers gave. {asked} "
        f"`wholesaler markets validate {draft.key}` checks it; the README, 'Adding a county', explains every key."
    )
    yield ""
    yield from questions(draft.of_file)
    yield from entry("key", draft.key)
    yield from [*entry("name", draft.name), *_asked(draft, "state", draft.state)]
    yield from _asked(draft, "time_zone", draft.time_zone)
    box = None
    if draft.box is not None:
        box = dict(zip(("west", "south", "east", "north"), (round(side, 2) for side in draft.box), strict=True))
    yield from _asked(draft, "bounding_box", box)
    yield from comment("when what the file says of its publishers was last seen to be so")
    yield from entry("checked", draft.checked)


def _asked(draft: "Draft", name: str, what: Any) -> Iterator[str]:
    yield from questions(draft.asked.get(name, ()))
    if what is not None:
        yield from entry(name, what)


def _parcel(draft: "Draft") -> Iterator[str]:
    yield ""
    numbers = draft.numbers
    assert numbers is not None
    yield from comment(draft.of_parcels)
    yield from questions(draft.asked.get("parcel", ()))
    yield "[parcel]"
    yield from [*entry("canonical", numbers.canonical), *entry("example", numbers.example)]
    yield from ["", "[parcel.parts]"]
    for name, part in numbers.parts.items():
        yield from entry(name, part.model_dump(exclude_none=True))
    yield from ["", "[parcel.forms]"]
    for name, template in numbers.forms.items():
        yield from entry(name, template)
    yield from ["", "# Where a lead can be looked at, by its place.", "[links]"]
    for name, link in _LINKS.items():
        yield from entry(name, link)


def _source(source: SourceDraft) -> Iterator[str]:
    yield from comment(_seen(source))
    if source.is_left_out:
        yield from questions(source.needed())
        yield from (f"# {line}".rstrip() for line in _lines(source))
    else:
        yield from questions(source.questions.get("record", ()))
        yield from _lines(source)
    for further in further_of(source):
        yield from ["", *_further(source, further)]


def _lines(source: SourceDraft) -> Iterator[str]:
    """The lines of a source below what was seen of it."""
    kind, name = source.nature.kind, source.name
    asked = {key: several for key, several in source.questions.items() if key != "record"}
    yield f"[sources.{name}]"
    if name != kind:
        line = entry("record", kind)[0]
        yield f"# {line}" if source.nature.others else line
    yield from [*entry("kind", source.looked.target.kind), *entry("url", source.url)]
    for one, what in (
        ("only", source.only), ("key", source.key), ("latest_by", source.latest_by),
        ("parcel_form", source.parcel_form), ("parcel_ignore", source.parcel_ignore),
        ("location", source.location if source.location != "none" else None), ("whole", source.whole),
        ("date_formats", source.date_formats), ("record_date", source.record_date),
    ):  # fmt: skip
        yield from (line for said in source.comments.get(one, ()) for line in comment(said))
        yield from _inside(*asked.pop(one, ()))
        if what and not (one == "location" and isinstance(what, dict) and what.get("crs") == 0):
            yield from entry(one, what)
        if one == "record_date" and what:
            yield from entry("stale_after_days", source.stale_after_days)
    yield from entry("minimum_rows", 1)
    if unused := source.unused():
        yield from comment(f"well filled, and used for nothing: {', '.join(unused)}")
    yield from entry("ignored", source.ignored()) if source.ignored() else ()
    yield from ["", f"[sources.{name}.fields]"]
    for one in RECORD_KINDS[kind].names:
        yield from (line for said in source.comments.get(one, ()) for line in comment(said))
        if one in source.columns.questions:
            yield from _inside(source.columns.questions[one])
        yield from _inside(*asked.pop(one, ()))
        if one == "parcel" and source.parcel_offered is not None:
            yield from ["# with the answer to parcel_form above", *choices(_with_form(source))]
        if one in source.columns.fields:
            yield from entry(one, source.columns.fields[one])
    yield from _inside(*(one for several in asked.values() for one in several))
    for column, words in source.words.items():
        if words.mapped or words.unclear:
            yield from ["", f"[sources.{name}.values.{column}]"]
            yield from mapped(words)
            if words.unclear:
                yield from question(source.of_words(column))


def _inside(*several: Question) -> Iterator[str]:
    """Questions where their keys stand; what stands above a list that is left out has its lines alone there."""
    for one in several:
        yield from choices(one) if one.of_list else question(one)


def _with_form(source: SourceDraft) -> Question:
    return Question("", "", (("parcel", source.parcel_offered),))


def _further(source: SourceDraft, one: Further) -> Iterator[str]:
    """A second source of the same list, commented out: with the # away before all of its lines it is one."""
    yield from comment(
        f"The same list may be a second source: {one.why}. Take the # away before all of the lines below to have it as "
        "a signal of its own, beside the first."
    )
    lines = [f"[sources.{one.name}]", *entry("record", "distress_events")]
    for name, what in (
        ("kind", source.looked.target.kind), ("url", source.url), ("only", one.only), ("key", one.key),
        ("parcel_form", _form(source) if "parcel" in one.fields else None),
        ("parcel_ignore", source.parcel_ignore), ("location", source.location if source.location != "none" else None),
        ("date_formats", source.date_formats if source.nature.kind != "property_records" else None),
        ("record_date", one.record_date),
        ("stale_after_days", source.stale_after_days if one.record_date else None), ("minimum_rows", 1),
        ("ignored", source.other_than(one.used())),
    ):  # fmt: skip
        if what and not (isinstance(what, dict) and what.get("crs") == 0):
            lines += entry(name, what)
    lines += ["", f"[sources.{one.name}.fields]"]
    lines += [f"{key(name)} = {value(what)}" for name, what in one.fields.items()]
    if one.words is not None and (one.words.mapped or one.words.unclear):
        lines += ["", f"[sources.{one.name}.values.status]", *mapped(one.words)]
        # as they are offered of the first, where they are asked
        lines += [f"{key(word)} = {value(one.words.likely.get(word, 'Open'))}" for word in one.words.unclear]
    if "parcel" in source.words and "parcel" in one.fields:
        lines += ["", f"[sources.{one.name}.values.parcel]", *mapped(source.words["parcel"])]
    yield from (f"# {line}".rstrip() for line in lines)


def _form(source: SourceDraft) -> Any:
    """The form of its parcel numbers, or several; where that is asked, the one that stands first."""
    asked = [choice for one in source.questions.get("parcel_form", ()) for choice in one.choices]
    return source.parcel_form or next((what for _, what in asked), None)


def mapped(words: Words) -> Iterator[str]:
    """The lines of words that have a meaning; behind one of a code what the publisher calls it."""
    for word, ours in words.mapped.items():
        name = words.names.get(word, ours)
        yield f"{key(word)} = {value(ours)}{behind(name) if name != ours else ''}"


def _seen(source: SourceDraft) -> str:
    """What the list is, as far as it was seen."""
    looked = source.looked
    number = counted(looked.records, "record") if looked.records is not None else "nobody told how many records"
    read = len(looked.sample.records)
    facts = [number if looked.is_whole else f"{number}, of which {read:,} were read"]
    if source.newest is not None:
        facts.append(f"the newest of {source.newest.isoformat()}")
    if source.join_rate is not None:
        facts.append(f"{source.join_rate:.0%} of its parcel numbers are on the roll")
    title = RECORD_KINDS[source.nature.kind].title
    return f"{looked.title or source.name}. {title}: {'; '.join([*facts, *source.notes])}."
