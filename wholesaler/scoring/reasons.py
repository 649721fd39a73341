"""Reasons for people: a rule's text with ``{feature:format}`` filled in by the database, for all properties at once."""

from collections.abc import Iterable
from string import Formatter
from typing import Any

from sqlalchemy import ColumnElement, Text, case, cast, func, literal

from wholesaler.markets.terms import Words

Column = ColumnElement[Any]
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


def sentence(template: str, features: Any) -> list[Column | str]:
    """The text as pieces of SQL, and words between them: ``Tax deed sale on 18 Dec 2025, in 17 days``.

    ``{feature:format|text}`` is the text where the feature is unknown. Words that no market has put in yet are those of
    the program.
    """
    pieces: list[Column | str] = []
    for text, name, form, _ in Formatter().parse(with_words(template, Words())):
        pieces.append(text)
        if name is not None:
            written, fallback, unknown = (form or "").partition("|")
            value = features[name]
            known = _FORMATS[written](value)
            pieces.append(case((value.is_(None), literal(unknown)), else_=known) if fallback else known)
    return pieces


def joined(pieces: Iterable[Column | str]) -> Column:
    """One text of pieces of SQL and words; what is unknown is no text. Words alone are a constant."""
    parts: list[Column] = []
    words = ""
    for piece in pieces:
        if isinstance(piece, str):
            words += piece
            continue
        parts += [literal(words), piece] if words else [piece]
        words = ""
    parts += [literal(words)] if words else []
    return parts[0] if len(parts) == 1 else func.concat(*parts)


def whole_points(points: Column) -> Column:
    """Points as they end a reason: ``+50``."""
    return func.to_char(points, literal("FMS990"))


def exact_points(points: Column) -> Column:
    """The same, of points that may be halves."""
    return func.concat(case((points < 0, ""), else_="+"), cast(func.trim_scale(points), Text))


def _pattern(form: str) -> Any:
    return lambda value: func.to_char(value, literal(form))


def _count_of_days(value: Column) -> Column:
    return func.to_char(value, literal("FM999,990"))


def _in_days(value: Column) -> Column:
    return case(
        (value == 0, "today"), (value == 1, "tomorrow"), else_=func.concat("in ", _count_of_days(value), " days")
    )


def _days_ago(value: Column) -> Column:
    return case((value == 0, "today"), (value == 1, "yesterday"), else_=func.concat(_count_of_days(value), " days ago"))


def _days(value: Column) -> Column:
    return case((value == 1, "1 day"), else_=func.concat(_count_of_days(value), " days"))


def _years(value: Column) -> Column:
    return case(
        (value == 0, "less than a year"), (value == 1, "1 year"), else_=func.concat(_count_of_days(value), " years")
    )


def _money(value: Column) -> Column:
    sign = case((value < 0, "-$"), else_="$")
    return func.concat(sign, func.to_char(func.abs(func.round(value)), literal("FM999,999,999,999,990")))


_FORMATS: dict[str, Any] = {
    "": lambda value: cast(value, Text),
    "date": _pattern("FMDD Mon YYYY"),
    "integer": _pattern("FM999,999,999,990"),
    "money": _money,
    "ratio": _pattern("FM999,990.00"),
    "percent": lambda value: func.concat(func.to_char(value * 100, literal("FM990.0")), " %"),
    "miles": lambda value: func.concat(func.to_char(value, literal("FM990.00")), " miles"),
    "in_days": _in_days,
    "days_ago": _days_ago,
    "days": _days,
    "years": _years,
}
