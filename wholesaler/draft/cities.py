"""In which city a list's addresses lie: by a field that has it with its ZIP, or by the parcels of the roll."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wholesaler.markets.records import RECORD_KINDS
from wholesaler.probe.description import Field, text_of
from wholesaler.probe.words import said_by

if TYPE_CHECKING:
    from wholesaler.draft.sources import SourceDraft

#: share of a field's values that must be a city with its ZIP
WHOLE = 0.8
#: addresses that one parcel alone has which tell something; share of them from which on a city is one of several
ENOUGH, SOME = 10, 0.05
#: share of them from which on a city is the only one
ALL = 0.98
#: a city, perhaps a state, a separator, a ZIP, as a market file says it
_CITY, _STATE, _ZIP = "^([A-Za-z][A-Za-z .'-]*?)", ",? +[A-Z]{2}", "(?:([0-9]{5})(?:-[0-9]{4})?)?$"
_BEHIND = "[ ,/|-]+[0-9]{5}(?:-[0-9]{4})?$"


def settle_city(source: "SourceDraft") -> None:
    """Cut city and ZIP out of the one field that has both, where no fields of their own do."""
    fields, names = source.columns.fields, RECORD_KINDS[source.nature.kind].names
    if source.nature.kind == "property_records" or "city" not in names or {"city", "zip_code"} & fields.keys():
        return
    used = source.columns.used()
    able = [
        one
        for one in source.looked.found.fields
        if one.name not in used and one.type == "text" and not {"mail", "owner"} & said_by(one.name, *one.titles[:1])
        if _end_of(one) is not None
    ]
    if len(able) != 1:
        return
    (one,) = able
    made = {
        # either may be missing here and there
        "city": {"field": one.name, "match": f"{_CITY}?(?:{_end_of(one)}|$)"},
        "zip_code": {"field": one.name, "match": _ZIP},
    }  # fmt: skip
    for column in made:
        source.columns.questions.pop(column, None)
    source.columns.fields = {name: (fields | made)[name] for name in names if name in fields | made}


def _end_of(one: Field) -> str | None:
    """What stands behind the city in nearly all values, a state in all or in none; nothing where they are others."""
    for end in (_STATE + _BEHIND, _BEHIND):
        if sum(count for text, count in one.counts.items() if re.match(_CITY + end, text)) >= WHOLE * one.filled > 0:
            return end
    return None


def settle_cities(sources: Sequence["SourceDraft"]) -> None:
    """Ask for no city where the roll's parcels of a list's addresses lie in several; name the one that they lie in."""
    cities = _of_roll([one for one in sources if one.nature.kind == "property_records"])
    for source in sources:
        question = source.columns.questions.get("city")
        if question is None or not any(isinstance(what, dict) for _, what in question.choices):
            continue
        value = source.columns.fields.get("address")
        found = Counter(
            cities[address] for record in source.looked.sample.records if (address := _address(value, record)) in cities
        )
        met = [city for city, count in found.most_common() if count >= SOME * found.total()]
        if found.total() < ENOUGH:
            continue
        shares = ", ".join(f"{city} ({found[city] / found.total():.0%})" for city in met)
        if len(met) > 1:
            del source.columns.questions["city"]
            source.comment("address", f"By the roll its addresses lie in {shares}, so that it is of no one city.")
        elif found[met[0]] >= ALL * found.total():
            source.columns.questions["city"] = replace(
                question, do=f"By the roll they lie in {shares}: take the line if the list is of that city alone.",
                choices=(("city", {"const": met[0]}),),
            )  # fmt: skip


def _of_roll(rolls: Sequence["SourceDraft"]) -> dict[str, str]:
    """The city of each address that one parcel alone has, as far as the roll was read."""
    known: dict[str, set[tuple[str, str]]] = {}
    for roll in rolls:
        fields = roll.columns.fields
        city, parcel = fields.get("city"), fields.get("parcel")
        if not isinstance(city, str) or not isinstance(parcel, str):
            continue
        for record in roll.looked.sample.records:
            address = _address(fields.get("address"), record)
            if address and (there := text_of(record.get(city)).upper()):
                known.setdefault(address, set()).add((text_of(record.get(parcel)), there))
    return {address: next(iter(there))[1] for address, there in known.items() if len(there) == 1}


def _address(value: Any, record: Mapping[str, Any]) -> str:
    """An address as it is compared here: letters and digits, in words."""
    if isinstance(value, dict) and isinstance(value.get("field"), str):
        match = re.search(value.get("match", "(.*)"), text_of(record.get(value["field"])))
        text = match[1] or "" if match else ""
    elif isinstance(value, dict) and isinstance(value.get("join"), list):
        text = " ".join(text_of(record.get(one)) for one in value["join"] if isinstance(one, str))
    else:
        text = text_of(record.get(value)) if isinstance(value, str) else ""
    return " ".join(re.findall(r"[A-Z0-9]+", text.upper()))
