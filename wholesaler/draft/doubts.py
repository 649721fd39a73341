"""What may be a column and is not told: asked, with what was seen in the fields that it may be."""

from typing import TYPE_CHECKING

from wholesaler.draft.questions import Question
from wholesaler.probe.description import Field
from wholesaler.probe.guesses import Guess
from wholesaler.probe.masking import samples
from wholesaler.probe.meanings import BY_COLUMN
from wholesaler.probe.words import said_by

if TYPE_CHECKING:
    from wholesaler.draft.columns import Columns

#: what a field may be → the column of a kind of record that means it, where that is called otherwise
RENAMED: dict[str, dict[str, tuple[str, ...]]] = {
    "tax_sales": {"case_number": ("tda_number",), "status": ("deed_status",), "auction_date": ("sale_date",)},
    "foreclosures": {
        "opened_date": ("recording_date", "entered_date"), "sale_date": ("auction_date",),
        "case_type": ("record_type",), "description": ("record_type",), "use_code": ("property_type",),
        "owner_name": ("borrower_name",), "amount": ("default_amount",),
    },
    "code_violations": {"recording_date": ("opened_date",)},
    "distress_events": {
        "opened_date": ("event_date",), "recording_date": ("event_date",), "sale_date": ("event_date",),
        "resolved_date": ("closed_date",), "auction_date": ("due_date",), "taxes": ("amount",),
        "default_amount": ("amount",), "case_type": ("description",),
    },
    "property_records": {},
}  # fmt: skip
#: columns without which a source says little: what may be one of them is asked
_WANTED = {
    "tax_sales": ("parcel", "sale_date", "deed_status"),
    "foreclosures": ("parcel", "recording_date", "auction_date"),
    "code_violations": ("parcel", "case_number", "opened_date", "status"),
    "distress_events": ("parcel", "amount"),
    "property_records": ("parcel", "address", "city", "zip_code", "owner_name", "mail_address", "total_mkt"),
}
#: further columns of which something depends: what may be one of them is asked as well, each field once
_MATTERS = {
    "tax_sales": ("tda_number", "opening_bid"),
    "foreclosures": ("case_number", "borrower_name", "lender_name", "default_amount", "opening_bid"),
    "code_violations": ("resolved_date", "case_type", "description"),
    "distress_events": ("case_number", "event_date", "closed_date", "due_date", "status", "years"),
    "property_records": (
        "co_owner_name", "mail_address_2", "mail_city", "mail_state", "mail_zip", "homestead", "use_code", "land_mkt",
        "building_mkt", "total_assd", "living_area", "year_built", "beds", "baths", "acreage", "sale_date",
        "sale_price",
    ),
}  # fmt: skip
#: of the place, asked for where a source has no parcel number
_PLACE = ("address", "city")
_SOFTWARE = "of the publisher's software"
_SAMPLES = 3
#: what nearly all parcels have is no mark of some
_FULL = 0.95

Pairs = list[tuple[Field, Guess]]


def ask(found: "Columns", kind: str, pairs: Pairs) -> None:
    """Questions about columns that are not told, into ``found``."""
    _ask(found, kind, pairs)
    _ask_further(found, kind, pairs)


def shown(one: Field, guess: Guess) -> str:
    """A field with what the publisher calls it and a few of its values, names of people masked."""
    name = f'{one.name} "{one.title}"' if one.title else one.name
    values = ", ".join(f"'{value}'" for value in samples(one, guess, _SAMPLES))
    return f"{name} ({values})" if values else name


def _ask(found: "Columns", kind: str, pairs: Pairs) -> None:
    """What may be a column that is wanted and is not told."""
    wanted = [*_WANTED[kind], *(_PLACE if "parcel" not in found.fields and kind != "property_records" else ())]
    if kind != "property_records" and "parcel" in found.fields:
        wanted = [one for one in wanted if one not in _PLACE]
    for column in wanted:
        if column in found.fields:
            continue
        sources = {one for one, targets in RENAMED[kind].items() if column in targets} | {column}
        able = [
            (one, guess)
            for one, guess in pairs
            if guess.column is None and guess.why != _SOFTWARE and _may_be(one, sources.intersection(guess.others))
        ]
        if able:
            seen = "; ".join(shown(one, guess) for one, guess in able[:4])
            found.questions[column] = Question(
                f"{column} could not be told; it may be {seen}.",
                f"Take the # away before {'one of the lines' if len(able) > 1 else 'the line'} below, or before none.",
                tuple((column, one.name) for one, _ in able[:4]),
            )


def _ask_further(found: "Columns", kind: str, pairs: Pairs) -> None:
    """What may be one of the other columns of which something depends; of a roll without values, what has them."""
    asked = {name for one in found.questions.values() for _, name in one.choices} | found.used()
    able: dict[str, list[tuple[Field, Guess]]] = {}
    for one, guess in pairs:
        if guess.column is not None or guess.why == _SOFTWARE or one.name in asked or one.type == "empty":
            continue
        may_be = [target for other in guess.others for target in (other, *RENAMED[kind].get(other, ()))]
        column = next((each for each in may_be if each in _MATTERS[kind] and each not in found.fields), None)
        if column == "homestead" and not _is_flag(one):
            continue
        if column is None or column in found.questions or not _may_be(one, set(guess.others)):
            continue
        able.setdefault(column, []).append((one, guess))
    for column, several in able.items():
        found.questions[column] = Question(
            f"{column} could not be told; it may be {'; '.join(shown(*each) for each in several[:4])}.",
            f"Take the # away before {'one of the lines' if len(several) > 1 else 'the line'} below, or before none.",
            tuple((column, one.name) for one, _ in several[:4]),
        )
    if kind == "property_records" and "total_mkt" not in {*found.fields, *found.questions}:
        used = found.used() - {value for column, value in found.fields.items() if column == "total_assd"}
        money = [(one, guess) for one, guess in pairs if one.name not in used and _is_value(one)]
        if money:
            found.questions["total_mkt"] = Question(
                f"No field is clearly the market value; it may be {'; '.join(shown(*each) for each in money[:4])}.",
                "Take the line of what a house sells for, or write the sum of two; without it no deal is estimated.",
                tuple(("total_mkt", one.name) for one, _ in money[:4]),
            )


def _is_value(one: Field) -> bool:
    """Whether a field can be what houses are worth: money, of thousands, and no price that was paid."""
    return (
        BY_COLUMN["total_mkt"].fits(one)
        and one.numbers is not None
        and 5_000 <= one.numbers[1] <= 20_000_000
        and not _words(one) & {"sale", "price", "tax", "exempt", "number", "account", "area", "case"}
    )


def _is_flag(one: Field) -> bool:
    """Whether a field can say of a homestead yes or no: a mark, a word for it, or empty where there is none."""
    said = {text.casefold() for text in one.counts} & {"y", "n", "yes", "no", "true", "false", "t", "f", "1", "0", "x"}
    return bool(said) or one.filled_share < _FULL or any("homest" in one.word(text).casefold() for text in one.counts)


def _may_be(one: Field, columns: set[str]) -> bool:
    """Whether the values can be of one of the columns."""
    return any(column not in BY_COLUMN or BY_COLUMN[column].fits(one) for column in columns)


def _words(one: Field) -> set[str]:
    return said_by(one.name)
