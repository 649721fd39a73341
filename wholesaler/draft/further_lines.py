"""What belongs to an address beside its street: the unit of a condominium, the second and third lines of the mail."""

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from wholesaler.draft.lines import has_zips, parts_of_mail
from wholesaler.markets.records import RECORD_KINDS
from wholesaler.probe.description import Field, text_of
from wholesaler.probe.meanings import BY_COLUMN
from wholesaler.probe.words import normalised

if TYPE_CHECKING:
    from wholesaler.draft.sources import SourceDraft

#: share of the records with a unit that share their address with another, and of those that it tells apart
SHARED, APART = 0.5, 0.9
#: share of the records with a unit whose address has it already
_THERE = 0.5
#: share of a line's values that must be city and state for it to be one of those
_CITIES = 0.7
#: records with a unit that tell something
_ENOUGH = 4
_UNIT = re.compile(
    r"(?<![a-z])(?:unit|uni|apt|apartment|suite|ste|condo)(?:no|nu?m|nbr)?(?![a-z])|(?-i:[a-z]Unit(?![a-z]))",
    re.IGNORECASE,
)


def settle_further_lines(source: "SourceDraft") -> None:
    """Join a unit to the addresses that several parcels share without it; take what stands below the mail's street."""
    if source.nature.kind != "property_records":
        return
    _settle_unit(source)
    _settle_mail(source)
    fields = source.columns.fields
    source.columns.fields = {name: fields[name] for name in RECORD_KINDS["property_records"].names if name in fields}


def _settle_unit(source: "SourceDraft") -> None:
    value = source.columns.fields.get("address")
    parts = value.get("join") if isinstance(value, dict) else [value]
    parcel = source.parcel_field
    if parcel is None or not isinstance(parts, list) or not all(isinstance(one, str) for one in parts):
        return
    used = source.columns.used()
    able = [
        one
        for one in source.looked.found.fields
        if one.name not in used and _UNIT.search(one.name) and one.type != "empty" and one.filled < one.rows
        if BY_COLUMN["address.unit"].fits(one) and _tells_apart(source, parcel, parts, one)
    ]
    if len(able) == 1:
        source.columns.fields["address"] = {"join": [*parts, able[0].name], "with": " "}
        source.columns.questions.pop("address", None)
        source.comment("address", f"{able[0].name} tells apart parcels that share their address without it.")


def _tells_apart(source: "SourceDraft", parcel: str, parts: list[str], unit: Field) -> bool:
    """Whether parcels of one address have units of their own, which do not stand in the address."""
    rows = {
        (text_of(record.get(parcel)), " ".join(filter(None, (text_of(record.get(one)) for one in parts))).upper(),
         text_of(record.get(unit.name)).upper())
        for record in source.looked.sample.records
    }  # fmt: skip
    numbers = Counter(address for _, address, _ in rows if address)
    units = [(address, own) for _, address, own in rows if address and own]
    shared = [each for each in units if numbers[each[0]] > 1]
    there = sum(address.split()[-1].lstrip("#") == own.lstrip("#") for address, own in units)
    return (
        len(shared) >= _ENOUGH
        and len(shared) >= SHARED * len(units)
        and len(set(shared)) >= APART * len(shared)
        and there < _THERE * len(units)
    )


def _settle_mail(source: "SourceDraft") -> None:
    """Lines that are called as the first one of the mail: city, state and ZIP, or what the street may stand in."""
    fields, questions = source.columns.fields, source.columns.questions
    first = fields.get("mail_address")
    if not isinstance(first, str):
        return
    used, stem = source.columns.used(), re.sub(r"1$", "", normalised(first))
    lines = [
        one
        for one in source.looked.found.fields
        if one.name not in used and one.type == "text" and re.fullmatch(r"[2-4]", normalised(one.name)[len(stem) :])
        if normalised(one.name).startswith(stem)
    ]
    made: dict[str, Any] = {}
    for one in lines:
        if one.share("place_and_state") >= _CITIES and not {"mail_city", "mail_state"} & (fields | made).keys():
            made |= parts_of_mail(one.name, has_zip="mail_zip" not in fields and has_zips(one))
            lines = [other for other in lines if other is not one]
    told = fields.get("mail_address_2")
    second = [*([told] if isinstance(told, str) else []), *(one.name for one in lines)]
    if lines and (told is None or isinstance(told, str)):
        made["mail_address_2"] = second[0] if len(second) == 1 else {"join": second, "with": " "}
    for column in made:
        questions.pop(column, None)
    fields |= made
