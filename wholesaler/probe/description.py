"""What the values of a field are like."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from statistics import median
from typing import Any

from wholesaler.probe.forms import FORMS, day_of, day_of_milliseconds, number_of

#: days ahead of today to which a date can be meant; what lies beyond is a sentinel or a mistake
AHEAD = timedelta(days=400)
#: share of the values that must have a form for the field to have it
MOST = 0.9
#: characters of a value that are looked at: what is longer is prose
_LONGEST = 500


@dataclass(frozen=True)
class Field:
    """A field as its values describe it.

    ``kind`` is the publisher's word for its type; ``type`` ours: text, number, date, object or empty; ``shares`` how
    many of its values have each form of :data:`wholesaler.probe.forms.FORMS`, weighted by how often they occur;
    ``days`` the first and the last day that can be meant, ``newest_past`` the last that is not ahead; ``formats`` how
    the days are written, other than ISO; ``codes`` the publisher's names for its values, where those are codes;
    ``titles`` what it calls the field for people: an alias or a heading, and what it says of it.
    """

    name: str
    kind: str
    type: str
    rows: int
    filled: int
    counts: Counter[str] = field(repr=False)
    shares: Mapping[str, float] = field(repr=False)
    numbers: tuple[float, float, float] | None = None
    days: tuple[date, date] | None = None
    newest_past: date | None = None
    ahead: float = 0.0
    beyond: int = 0
    formats: tuple[str, ...] = ()
    words: float = 0.0
    length: float = 0.0
    codes: Mapping[str, str] = field(default_factory=dict, repr=False)
    titles: tuple[str, ...] = ()

    @property
    def distinct(self) -> int:
        """How many different values it has."""
        return len(self.counts)

    @property
    def filled_share(self) -> float:
        """How many of the records have a value."""
        return self.filled / self.rows if self.rows else 0.0

    @property
    def unique_share(self) -> float:
        """Different values to values."""
        return self.distinct / self.filled if self.filled else 0.0

    def share(self, *forms: str) -> float:
        """How many of the values have the form; of several, the highest."""
        return max((self.shares.get(form, 0.0) for form in forms), default=0.0)

    def word(self, value: str) -> str:
        """What a value says: the name of a code, else the value."""
        return self.codes.get(value, value)

    @property
    def title(self) -> str:
        """What the publisher calls it for people, if anything else than its name."""
        return self.titles[0] if self.titles else ""

    def common(self, number: int) -> list[str]:
        """Its most frequent values."""
        return [value for value, _ in self.counts.most_common(number)]


def describe(
    names: Mapping[str, str],
    records: Sequence[Mapping[str, Any]],
    dates: Iterable[str],
    today: date,
    codes: Mapping[str, Mapping[str, str]] | None = None,
    titles: Mapping[str, tuple[str, ...]] | None = None,
) -> list[Field]:
    """Each of the fields (``names``: name → the publisher's type), by the records that were read.

    ``dates`` are the fields that come as epoch milliseconds, ``codes`` those of whose codes the names are known,
    ``titles`` what fields are called for people.
    """
    milliseconds = set(dates)
    named = codes or {}
    described = [
        _describe(name, kind, [record.get(name) for record in records], name in milliseconds, today, named.get(name))
        for name, kind in names.items()
    ]
    return [replace(one, titles=titles.get(one.name, ())) for one in described] if titles else described


def text_of(value: Any) -> str:
    """A value as it is compared: the beginning of a text, without blanks around it; a whole number without a point."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return " ".join(str(value)[:_LONGEST].split())


def _describe(
    name: str, kind: str, values: Sequence[Any], milliseconds: bool, today: date, codes: Mapping[str, str] | None
) -> Field:
    filled = [text for text in map(text_of, values) if text and text not in {"<Null>", "NULL", "null"}]
    if any(isinstance(value, dict | list) for value in values):
        return Field(name, kind, "object", len(values), len(filled), Counter(), {})
    counts = Counter(filled)
    total = len(filled)
    if not total:
        return Field(name, kind, "empty", len(values), 0, counts, {})
    # a number that stands for a word is none
    named = codes or {}
    is_coded = sum(count for text, count in counts.items() if text in named) >= MOST * total
    said = Counter[str]()
    for text, count in counts.items():
        said[named.get(text, text) if is_coded else text] += count
    shares = {form: sum(count for text, count in said.items() if fits(text)) / total for form, fits in FORMS.items()}
    days, formats, dated = _days(counts, milliseconds)
    numbers = [found for text in filled if (found := number_of(text)) is not None]
    is_date = milliseconds or dated >= MOST * total
    right = [day for day in days if date(1800, 1, 1) <= day <= today + AHEAD] if is_date else []
    is_number = len(numbers) >= MOST * total and not is_coded
    kind_of_values = "date" if is_date else "number" if is_number else "text"
    return Field(
        name,
        kind,
        kind_of_values,
        len(values),
        total,
        counts,
        shares,
        (min(numbers), median(numbers), max(numbers)) if numbers and kind_of_values == "number" else None,
        (min(right), max(right)) if right else None,
        max((day for day in right if day <= today), default=None),
        sum(day > today for day in right) / len(right) if right else 0.0,
        len(days) - len(right) if is_date else 0,
        formats if is_date else (),
        sum(len(text.split()) * count for text, count in said.items()) / total,
        sum(len(text) * count for text, count in said.items()) / total,
        named if is_coded else {},
    )


def _days(counts: Counter[str], milliseconds: bool) -> tuple[list[date], tuple[str, ...], int]:
    """The days, the formats they are in, the most frequent first, and how many values are days."""
    days: list[date] = []
    formats: Counter[str] = Counter()
    dated = 0
    for text, count in counts.items():
        if milliseconds:
            day = day_of_milliseconds(text)
            found = (day, None) if day is not None else day_of(text)
        else:
            found = day_of(text)
        if found is None:
            continue
        dated += count
        days.append(found[0])
        if found[1] is not None:
            formats[found[1]] += count
    return days, tuple(form for form, _ in formats.most_common()), dated
