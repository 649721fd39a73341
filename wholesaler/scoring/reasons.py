"""Reasons for people: a rule's text with ``{feature:format}`` filled in by the database, for all properties at once.

What is made here is SQL as text: of the expressions of forty sentences SQLAlchemy would make it in a tenth of a second,
each time somebody looks at a list.
"""

from collections.abc import Callable
from string import Formatter

from wholesaler.markets.terms import Words

_WORD = "word."


def placeholders(template: str) -> list[tuple[str, str]]:
    """The features a reason names, each with its format, without the market's words (``{word.tax_sale}``).

    Raises ``ValueError`` for a text that cannot be read, an unknown format or word.
    """
    named = []
    for _, name, form, _ in Formatter().parse(template):
        if name is None:
            continue
        if name.startswith(_WORD):
            if name.removeprefix(_WORD) not in Words.model_fields or form:
                known = ", ".join(f"{{{_WORD}{word}}}" for word in Words.model_fields)
                raise ValueError(f"reason: {{{name}}}: expected one of the words {known}")
            continue
        form = (form or "").partition("|")[0]
        if form not in _FORMATS:
            raise ValueError(f"reason: {{{name}:{form}}}: expected one of the formats {', '.join(_FORMATS)}")
        named.append((name, form))
    return named


def with_words(template: str, words: Words) -> str:
    """A reason with the market's words in the place of their names."""
    said = words.model_dump()
    pieces = []
    for text, name, form, _ in Formatter().parse(template):
        pieces.append(text.replace("{", "{{").replace("}", "}}"))
        if name is not None and name.startswith(_WORD):
            pieces.append(said[name.removeprefix(_WORD)])
        elif name is not None:
            pieces.append(f"{{{name}:{form}}}" if form else f"{{{name}}}")
    return "".join(pieces)


def quoted(words: str) -> str:
    """Any text as SQL, whatever the session takes backslashes for."""
    return "E'" + words.replace("\\", "\\\\").replace("'", "''") + "'"


def sentence(template: str, value_of: Callable[[str], str]) -> list[str]:
    """The pieces, for ``concat``, of a text such as ``Tax deed sale on 18 Dec 2025, in 17 days``.

    ``{feature:format|text}`` is the text where the feature is unknown. Words that no market has put in yet are those of
    the program. ``value_of`` has the SQL of a feature.
    """
    pieces: list[str] = []
    for words, name, form, _ in Formatter().parse(with_words(template, Words())):
        if words:
            pieces.append(quoted(words))
        if name is not None:
            written, fallback, unknown = (form or "").partition("|")
            value = value_of(name)
            known = _FORMATS[written](value)
            if fallback:
                known = f"CASE WHEN {value} IS NULL THEN {quoted(unknown)} ELSE {known} END"
            pieces.append(known)
    return pieces


def whole_points(points: str) -> str:
    """Points as they end a reason: ``+50``."""
    return f"to_char({points}, 'FMS990')"


def exact_points(points: str) -> str:
    """The same, of points that may be halves."""
    return f"concat(CASE WHEN {points} < 0 THEN '' ELSE '+' END, CAST(trim_scale({points}) AS text))"


def _pattern(form: str) -> Callable[[str], str]:
    return lambda value: f"to_char({value}, '{form}')"


_count = _pattern("FM999,990")


def _in_days(value: str) -> str:
    later = f"concat('in ', {_count(value)}, ' days')"
    return f"CASE WHEN {value} = 0 THEN 'today' WHEN {value} = 1 THEN 'tomorrow' ELSE {later} END"


def _days_ago(value: str) -> str:
    earlier = f"concat({_count(value)}, ' days ago')"
    return f"CASE WHEN {value} = 0 THEN 'today' WHEN {value} = 1 THEN 'yesterday' ELSE {earlier} END"


def _days(value: str) -> str:
    return f"CASE WHEN {value} = 1 THEN '1 day' ELSE concat({_count(value)}, ' days') END"


def _years(value: str) -> str:
    many = f"concat({_count(value)}, ' years')"
    return f"CASE WHEN {value} = 0 THEN 'less than a year' WHEN {value} = 1 THEN '1 year' ELSE {many} END"


def _money(value: str) -> str:
    sign = f"CASE WHEN {value} < 0 THEN '-$' ELSE '$' END"
    return f"concat({sign}, to_char(abs(round({value})), 'FM999,999,999,999,990'))"


_FORMATS: dict[str, Callable[[str], str]] = {
    "": lambda value: f"CAST({value} AS text)",
    "date": _pattern("FMDD Mon YYYY"),
    "integer": _pattern("FM999,999,999,990"),
    "money": _money,
    "ratio": _pattern("FM999,990.00"),
    "percent": lambda value: f"concat(to_char({value} * 100, 'FM990.0'), ' %')",
    "miles": lambda value: f"concat(to_char({value}, 'FM990.00'), ' miles')",
    "in_days": _in_days,
    "days_ago": _days_ago,
    "days": _days,
    "years": _years,
}
