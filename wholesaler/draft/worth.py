"""What the numbers of a list prove of each other: a whole of its parts, a constant share, two that are the same.

A name may say anything; a field that is the sum of land and buildings on every line of a roll is what they are worth.
"""

import re
from collections.abc import Sequence
from itertools import combinations
from statistics import median
from typing import TYPE_CHECKING, Any

from wholesaler.draft.columns import fields_by_name
from wholesaler.markets.records import RECORD_KINDS
from wholesaler.probe.description import Field, text_of
from wholesaler.probe.forms import day_of, day_of_milliseconds, number_of
from wholesaler.probe.meanings import BY_COLUMN
from wholesaler.probe.words import said_by

if TYPE_CHECKING:
    from wholesaler.draft.sources import SourceDraft

#: share of the records in which a sum or a share must hold, and in which two fields must be the same
HOLDS, SAME = 0.98, 0.999
#: records that prove a sum, and those that are tried before all
_ENOUGH, _TRIED = 20, 60
#: parts beside the land, and fields of money that are tried
_PARTS, _MOST = 4, 14
#: share of the records that have a part, of which a sum is none without it
_PART = 0.002
#: shares of the market value that an assessed one may be, and how far off rounding may leave it
_LEAST_SHARE, _MOST_SHARE, _ROUNDED = 0.03, 0.95, 10
#: from so many on a number may be a day
_MILLISECONDS = 1e11
_EXTRA = re.compile(r"access|misc|other|yard|out_?b|feature|xf", re.IGNORECASE)
_FARM = re.compile(r"agri|farm|timber|forest|crop|cauv|(?:^|[^a-z])ag(?![a-z])", re.IGNORECASE)
_NO_VALUE = frozenset({"sale", "price", "exempt", "previous", "tax", "year"})

Numbers = Sequence[float]


def settle_worth(source: "SourceDraft") -> None:
    """Take what sums and shares prove of a roll's values; of two fields that are the same the first."""
    _settle_same(source)
    if source.nature.kind == "property_records":
        _settle_whole(source)
        _settle_share(source)
        fields = source.columns.fields
        source.columns.fields = {
            name: fields[name] for name in RECORD_KINDS["property_records"].names if name in fields
        }


def _settle_same(source: "SourceDraft") -> None:
    known, questions = fields_by_name(source.looked), source.columns.questions
    for column, one in list(questions.items()):
        names = [name for _, name in one.choices]
        if len(names) < 2 or not all(isinstance(name, str) and name in known for name in names):
            continue
        rows = [[text_of(record.get(name)) for name in names] for record in source.looked.sample.records]
        filled = [row for row in rows if any(row)]
        if len(filled) < _ENOUGH or sum(map(_are_same, filled)) < SAME * len(filled):
            continue
        source.columns.fields[column] = names[0]
        source.comment(column, f"{' and '.join(names)} are the same in all records.")
        del questions[column]
    fields = source.columns.fields
    source.columns.fields = {name: fields[name] for name in RECORD_KINDS[source.nature.kind].names if name in fields}


def _are_same(texts: Sequence[str]) -> bool:
    return len(set(texts)) == 1 or (len({_plain(text) for text in texts}) == 1)


def _plain(text: str) -> Any:
    """A number or a day by what it is, whatever it is written like."""
    number = number_of(text)
    if number is not None:
        # what is smaller is money, an area, a year
        return day_of_milliseconds(text) or number if abs(number) >= _MILLISECONDS else number
    told = day_of(text)
    return told[0] if told else text


def _settle_whole(source: "SourceDraft") -> None:
    """The market value where one field is the sum of the land's and others; what those others are."""
    fields = source.columns.fields
    land = fields.get("land_mkt")
    if not isinstance(land, str):
        return
    money = _money(source)
    values = {one.name: _numbers(source, one.name) for one in money}
    values[land] = _numbers(source, land)
    found = None
    for whole in money:
        if whole.name == land or ("assessed" in said_by(whole.name) and "market" not in said_by(whole.name)):
            continue
        parts = _parts_of(
            values[whole.name], values[land], {n: v for n, v in values.items() if n not in {whole.name, land}}
        )
        if parts is not None and (found is None or len(parts) > len(found[1])):
            found = whole.name, parts
    if found is None:
        return
    whole_name, names = found
    told = fields.get("total_mkt")
    if isinstance(told, str) and told != whole_name:
        return
    fields["total_mkt"] = whole_name
    source.columns.questions.pop("total_mkt", None)
    source.comment("total_mkt", f"{whole_name} is the sum of {land}, {', '.join(names)} in nearly all records.")
    _settle_parts(source, names)


def _settle_parts(source: "SourceDraft", names: Sequence[str]) -> None:
    """What is beside the land is building, but for what is called otherwise; without it no lot is known as one."""
    fields, known = source.columns.fields, fields_by_name(source.looked)
    if any(_FARM.search(" ".join((name, *known[name].titles))) for name in names):
        return
    extra = [name for name in names if _EXTRA.search(" ".join((name, *known[name].titles)))]
    building = [name for name in names if name not in extra]
    for column, several in (("building_mkt", building), ("extra_features_mkt", extra)):
        told = fields.get(column)
        if several and (told is None or told in several):
            fields[column] = several[0] if len(several) == 1 else {"sum": several}
            source.columns.questions.pop(column, None)


def _parts_of(whole: Numbers, land: Numbers, others: dict[str, Numbers]) -> list[str] | None:
    """The fields that with the land make the whole: of those that do in nearly all records the surest, then fewest."""
    rows = [row for row, value in enumerate(whole) if value > 0]
    beside = [row for row in rows if whole[row] > land[row]]
    if len(beside) < _ENOUGH:
        return None
    rest = {row: whole[row] - land[row] for row in rows}
    step = max(1, len(beside) // _TRIED)
    able = {
        name: value
        for name, value in others.items()
        if sum(value[row] > 0 for row in rows) >= _PART * len(rows)
        and sum(value[row] > rest[row] + 1 for row in rows) <= (1 - HOLDS) * len(rows)
    }
    best: tuple[float, list[str]] | None = None
    for size in range(1, _PARTS + 1):
        for names in combinations(able, size):
            tried = beside[::step]
            if _share(rest, names, able, tried) < HOLDS - 0.1:
                continue
            share = _share(rest, names, able, rows)
            if share >= HOLDS and (best is None or share > best[0]):
                best = share, list(names)
    return best[1] if best is not None else None


def _share(rest: dict[int, float], names: Sequence[str], values: dict[str, Numbers], rows: Sequence[int]) -> float:
    """In how many records the rest is the sum of the fields, but for what rounding leaves of each."""
    close = sum(abs(rest[row] - sum(values[name][row] for name in names)) <= len(names) for row in rows)
    return close / len(rows)


def _settle_share(source: "SourceDraft") -> None:
    """The assessed value as a constant share of the market's; the market's by the assessed where that alone is told."""
    fields, questions = source.columns.fields, source.columns.questions
    market, assessed = fields.get("total_mkt"), fields.get("total_assd")
    if isinstance(market, str) and assessed is None:
        able = [
            (one.name, share) for one in _money(source) if (share := _constant(source, market, one.name)) is not None
        ]
        if len(able) == 1:
            fields["total_assd"] = able[0][0]
            questions.pop("total_assd", None)
            source.comment("total_assd", f"{able[0][0]} is {able[0][1]:.0%} of {market} in nearly all records.")
    elif market is None and isinstance(assessed, str) and "total_mkt" in questions:
        able = [
            (one.name, share) for one in _money(source) if (share := _constant(source, one.name, assessed)) is not None
        ]
        if len(able) == 1:
            fields["total_mkt"] = able[0][0]
            del questions["total_mkt"]
            source.comment("total_mkt", f"{assessed} is {able[0][1]:.0%} of {able[0][0]} in nearly all records.")


def _constant(source: "SourceDraft", whole: str, part: str) -> float | None:
    """Which share of one field another is, where it is the same in nearly all records."""
    pairs = [(a, b) for a, b in zip(_numbers(source, whole), _numbers(source, part), strict=True) if a > 0]
    if whole == part or len(pairs) < _ENOUGH or len(set(pairs)) < _ENOUGH:
        return None
    share = median(b / a for a, b in pairs)
    if not _LEAST_SHARE <= share <= _MOST_SHARE:
        return None
    held = sum(abs(b - share * a) <= max(_ROUNDED, 0.001 * a) for a, b in pairs)
    return round(share, 3) if held >= HOLDS * len(pairs) else None


def _money(source: "SourceDraft") -> list[Field]:
    """The fields that can be values of a roll, and are not something else already."""
    fields = source.columns.fields
    values = {"land_mkt", "building_mkt", "extra_features_mkt", "total_mkt"}
    used = {value for column, value in fields.items() if column not in values and isinstance(value, str)}
    return [
        one
        for one in source.looked.found.fields
        if one.name not in used
        and BY_COLUMN["building_mkt"].fits(one)
        and not _NO_VALUE & said_by(one.name, *one.titles)
        if one.share("year") < HOLDS and one.numbers is not None and one.numbers[2] >= 1000
    ][:_MOST]


def _numbers(source: "SourceDraft", name: str) -> list[float]:
    return [number_of(text_of(record.get(name))) or 0.0 for record in source.looked.sample.records]
