"""The parcel numbers of a draft: which field they are in, how they are written, and what is asked about them."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from wholesaler.draft.parcel_columns import able_fields, choose_columns, numbers_in
from wholesaler.draft.parcels import ENOUGH, Form, LookUp, Numbers, draft_numbers
from wholesaler.draft.placeholders import settle_placeholders
from wholesaler.draft.publisher import numbers_on
from wholesaler.draft.questions import Question
from wholesaler.draft.sources import SourceDraft, ask_for_place
from wholesaler.draft.whole_numbers import typical
from wholesaler.errors import ConfigurationError, SourceError
from wholesaler.plural import counted
from wholesaler.sources import Http

if TYPE_CHECKING:
    from wholesaler.draft import Draft

_ROLL = "property_records"
#: kinds of record that find their parcels by number alone
_BY_NUMBER = frozenset({_ROLL, "tax_sales"})
#: numbers that are named
_NAMED = 4


def tell_numbers(made: "Draft", http: Http) -> None:
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
        main = (roll.name, lists[roll.name])
        numbers = draft_numbers(main, told, asks(roll, own), is_whole=roll.looked.is_whole)
        if drop := [one for one in made.sources if _is_none(one, numbers.lists.get(one.name))]:
            for one in drop:
                _take_out(one, numbers.lists[one.name])
                del told[one.name]
            numbers = draft_numbers(main, told, asks(roll, own), is_whole=roll.looked.is_whole)
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
        if roll is not None and own is not None and is_roll and isinstance(source.columns.fields.get("parcel"), str):
            settle_placeholders(source, numbers, asks(roll, own))


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
        by_address = source.nature.kind not in _BY_NUMBER and "address" in source.columns.fields
        source.ask("parcel_form", _ask_of_form(form, written, numbers, by_address=by_address))
        if by_address:
            source.parcel_offered = source.columns.fields.pop("parcel")
            source.key = [{"field": field_name} if one == "parcel" else one for one in source.key]
        return
    if form.ending:
        source.comment("parcel_form", (
            f"Numbers without '{form.ending}' at the end, as nearly all of the roll's have it, are read as though they "
            "had it."
        ))  # fmt: skip
    source.columns.fields["parcel"] = form.value(field_name)
    if is_compared and form.rates:
        source.join_rate = form.rate


def _is_none(source: SourceDraft, form: Form | None) -> bool:
    """Whether what values alone made the parcel number is none: nothing of it is on the roll."""
    name = source.parcel_field
    if name is None or form is None or form.is_told or form.unsaid or source.nature.kind in _BY_NUMBER:
        return False
    found = source.looked.found
    why = next(guess.why for one, guess in zip(found.fields, found.guesses, strict=True) if one.name == name)
    return form.numbers >= ENOUGH and not form.rate and why.startswith("values")


def _take_out(source: SourceDraft, form: Form) -> None:
    """Have a list without a parcel number, which finds its parcels by address."""
    name = source.columns.fields.pop("parcel")
    source.key = [{"field": name} if one == "parcel" else one for one in source.key]
    source.notes.append(f"{name} is no parcel number: of {form.numbers} the roll has none")
    ask_for_place(source)


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


def _ask_of_form(form: Form, written: Sequence[str], numbers: Numbers, *, by_address: bool) -> Question:
    """Which of the forms that were tried is a list's, with what each comes to."""
    tried, example = max(form.tried, len(form.offered)), typical(written)[0]
    if max(form.rates.values(), default=0.0) > 0:
        names = sorted(form.offered, key=lambda name: -form.rates.get(name, 0.0))
        rates = ", ".join(f"{name} {form.rates.get(name, 0.0):.0%}" for name in names)
        seen = (
            f"Of {form.numbers} of its parcel numbers the roll has, by form, {rates} ({counted(tried, 'form')} tried)"
        )
    elif form.unsaid:
        names = list(form.offered)
        seen = f"{form.unsaid:.0%} of its parcel numbers are on the roll, in a form that does not go with the others"
    else:
        names = list(form.offered)
        seen = f"Of {form.numbers} of its parcel numbers the roll has none in any of {counted(tried, 'form')}"
    several = list(dict.fromkeys(text for name in names if (text := numbers.read(example.upper(), name))))
    on_roll = f" (such as '{example}', which would be {' or '.join(several)} there)" if several else f" ('{example}')"
    if not several and form.asked:
        more = f" and {len(form.asked) - _NAMED} more" if len(form.asked) > _NAMED else ""
        on_roll = f" ('{example}' was looked for as {', '.join(form.asked[:_NAMED])}{more})"
    return Question(
        f"{seen}{on_roll}: that does not tell which form it is.",
        "Compare a number with that of the same place on the roll, and take its line, or write another form. If it is "
        "no parcel number, leave the list out: nothing else finds its parcels."
        if not by_address else
        "Compare a number with that of the same place on the roll; take the line of its form, or write another, and "
        "that of parcel below. Take none if it is no parcel number: its records find their parcels by address.",
        tuple(("parcel_form", name) for name in names), not by_address,
    )  # fmt: skip


def _main_roll(made: "Draft") -> SourceDraft | None:
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
