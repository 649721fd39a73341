"""The parcel numbers of a draft: which field they are in, how they are written, and what is asked about them."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from wholesaler.draft.parcel_columns import able_fields, choose_columns, numbers_in
from wholesaler.draft.parcels import Form, LookUp, Numbers, draft_numbers
from wholesaler.draft.placeholders import settle_placeholders
from wholesaler.draft.publisher import numbers_on
from wholesaler.draft.questions import Question
from wholesaler.draft.sources import SourceDraft
from wholesaler.errors import ConfigurationError, SourceError
from wholesaler.plural import counted
from wholesaler.sources import Http

if TYPE_CHECKING:
    from wholesaler.draft import Draft

_ROLL = "property_records"


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
        numbers = draft_numbers(
            (roll.name, lists[roll.name]), told, asks(roll, own), is_whole=roll.looked.is_whole
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
        source.ask("parcel_form", _ask_of_form(form, written[0], numbers))
        return
    if form.ending:
        source.comment("parcel_form", (
            f"Numbers without '{form.ending}' at the end, as nearly all of the roll's have it, are read as though they "
            "had it."
        ))  # fmt: skip
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
