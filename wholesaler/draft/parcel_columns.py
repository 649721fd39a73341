"""Which of a list's fields is its parcel number, where several may be: the one whose numbers are on the roll."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from wholesaler.draft.parcels import ENOUGH, JOINED, LEAD, Form, LookUp, form_of
from wholesaler.draft.questions import Question
from wholesaler.draft.sources import SourceDraft
from wholesaler.draft.whole_numbers import typical
from wholesaler.probe.description import text_of

#: fields of a list that are tried
_TRIED = 4
#: numbers of a field that are shown
_SHOWN = 3

#: how numbers of a field of a source are looked up
Asks = Callable[[SourceDraft, str], LookUp]


def able_fields(source: SourceDraft) -> list[str]:
    """The fields that may be the parcel number: the one that is told, else those that are asked about."""
    told = source.parcel_field
    if told is not None:
        return [told]
    asked = source.columns.questions.get("parcel")
    known = source.looked.sample.fields
    names = [name for key, name in asked.choices if key == "parcel" and name in known] if asked is not None else []
    return names[:_TRIED]


def numbers_in(source: SourceDraft, name: str) -> list[str]:
    """What the records that were read have in a field."""
    return [text for record in source.looked.sample.records if (text := text_of(record.get(name)))]


def choose_columns(sources: Sequence[SourceDraft], roll: SourceDraft | None, asks: Asks) -> None:
    """Tell the parcel numbers of the roll and of each list by what joins; what decides nothing stays a question."""
    if roll is None:
        return
    lists = [source for source in sources if source is not roll and able_fields(source)]
    fields = able_fields(roll)
    open_lists = [source for source in lists if source.parcel_field is None]
    if len(fields) == 1 and not open_lists:
        return
    whole = roll.looked.is_whole
    forms: dict[str, dict[tuple[str, str], Form]] = {}
    for field in fields:
        own, look_up = numbers_in(roll, field), asks(roll, field)
        forms[field] = {
            (source.name, name): form_of(own, numbers, look_up, is_whole=whole)
            for source in (lists if len(fields) > 1 else open_lists)
            for name in able_fields(source)
            if len(set(numbers := numbers_in(source, name))) >= ENOUGH
        }
    best = {field: max(map(_rate, each.values()), default=0.0) for field, each in forms.items()}
    chosen = _clear(best)
    if chosen is None and len(fields) == 1:
        chosen = fields[0]
    if chosen is None:
        _ask(roll, fields, best)
        return
    if roll.parcel_field is None:
        _take(
            roll, chosen, f"{chosen} is the parcel number: of another list {best[chosen]:.0%} of the numbers are in it"
        )
    for source in open_lists:
        own_forms = {name: forms[chosen].get((source.name, name)) for name in able_fields(source)}
        own_rates = {name: _rate(form) for name, form in own_forms.items()}
        name = _clear(own_rates)
        if name is not None:
            _take(source, name, f"{name} is the parcel number, as the roll tells")
            source.join_rate = own_rates[name]
        else:
            _ask_of_list(source, own_forms)


def _rate(form: Form | None) -> float:
    """The share of the numbers that are on the roll in the form that is told for them; 0 where none is."""
    return (form.rate or 0.0) if form is not None and form.is_told else 0.0


def _ask_of_list(source: SourceDraft, forms: Mapping[str, Form | None]) -> None:
    """Which field it is, with numbers as most are and how many of them are on the roll; or that there is none."""
    asked = source.columns.questions["parcel"]
    shown = []
    for name, form in forms.items():
        numbers = ", ".join(f"'{number}'" for number in typical(numbers_in(source, name), _SHOWN))
        rate = f"; of {form.numbers} of them {form.rate or 0:.0%} are on the roll" if form is not None else ""
        shown.append(f"{name} ({numbers}{rate})")
    source.columns.questions["parcel"] = replace(
        asked, seen=f"parcel could not be told; it may be {'; '.join(shown)}.",
        do="Take the # away before the line of the field that is, or before none where there is no parcel number.",
    )  # fmt: skip


def _clear(rates: dict[str, float]) -> str | None:
    """The one that joins, and far more than any other."""
    ranked = sorted(rates, key=lambda name: -rates[name])
    if not ranked or rates[ranked[0]] < JOINED:
        return None
    second = rates[ranked[1]] if len(ranked) > 1 else 0.0
    return ranked[0] if round(rates[ranked[0]] - second, 9) >= LEAD else None


def _take(source: SourceDraft, name: str, note: str) -> None:
    source.columns.questions.pop("parcel", None)
    source.columns.fields = {"parcel": name, **source.columns.fields}
    source.notes.append(note)


def _ask(roll: SourceDraft, fields: Sequence[str], rates: dict[str, float]) -> None:
    """Which field it is, the likeliest first: what more lists have, then what is different on more records."""

    def rank(name: str) -> tuple[float, float]:
        numbers = numbers_in(roll, name)
        return -rates[name], -len(set(numbers)) / max(1, len(roll.looked.sample.records))

    ranked = sorted(fields, key=rank)
    examples = {name: typical(numbers_in(roll, name)) for name in ranked}
    shown = "; ".join(
        f"{name} (such as '{one}', on which {rates[name]:.0%} of a list's numbers are found)"
        for name, several in examples.items()
        for one in several
    )
    roll.columns.questions["parcel"] = Question(
        f"The parcel number may be {shown}: no list tells which.", "Take the line of the field that lists name, too.",
        tuple(("parcel", name) for name in ranked), blocks=True,
    )  # fmt: skip
