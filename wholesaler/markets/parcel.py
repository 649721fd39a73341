"""Parcel numbers: from any form a source prints them in to the market's one canonical form.

A form is a template such as ``{section}-{township}-{range}-{lot}``; every part has a pattern and, for numbers, a
range of valid values. The order of the parts is declared for each source and never guessed from the digits: of 54 real
Orange County numbers 16 are valid in two orders.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, product, repeat
from string import Formatter
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from wholesaler.markets.ambiguity import Element, Unprovable, characters_of, touching, two_readings

_SEPARATOR = "\x1e"
#: ways to write one number that are thought of: those of four padded parts
_MOST_WRITINGS = 16


class Part(BaseModel):
    """One part of a parcel number: a regular expression and, when it is a number, its valid range.

    ``pattern`` is what sources write. With ``width`` that is padded with zeros on the left to so many characters, for
    numbers that lost their zeros on the way or never had them; where it touches other parts so that nobody could tell
    where it ends, it stands in its whole width.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    pattern: str
    minimum: int | None = None
    maximum: int | None = None
    width: int | None = Field(None, ge=1, le=100)

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str) -> str:
        try:
            compiled = re.compile(value)
        except re.error as error:
            raise ValueError(f"a regular expression ({error})") from None
        if compiled.groups:
            raise ValueError("a regular expression without groups; (?:…) is none")
        return value


@dataclass(frozen=True)
class UnusableParcel(Exception):
    """Why a written parcel number cannot be used."""

    reason: str

    def __str__(self) -> str:
        return self.reason


class ParcelFormat(BaseModel):
    """How a market writes parcel numbers: the parts, the canonical template, and the forms sources use."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    canonical: str
    example: str
    parts: dict[str, Part]
    forms: dict[str, str]

    @model_validator(mode="after")
    def _consistent(self) -> "ParcelFormat":
        for name, template in self._templates.items():
            try:
                used = [part for _, part, _, _ in Formatter().parse(template) if part is not None]
            except ValueError as error:
                raise ValueError(f"{name}: a template such as '{{section}}-{{lot}}' ({error})") from None
            unknown = sorted(set(used) - set(self.parts))
            if unknown:
                raise ValueError(f"{name}: only the parts {', '.join(self.parts)}; '{unknown[0]}' is none of them")
            if sorted(used) != sorted(self.parts):
                raise ValueError(f"{name}: each of the parts {', '.join(self.parts)} exactly once")
        if not self.forms:
            raise ValueError("forms: at least one form")
        for name in self.parts:
            if not (name.isascii() and name.isidentifier()):
                raise ValueError(f"parts: names of letters, digits and _, not '{name}'")
        try:
            self._patterns  # noqa: B018  # patterns that are right by themselves may not be so side by side
        except re.error as error:
            raise ValueError(f"parts: regular expressions that can stand side by side ({error})") from None
        try:
            self.read(self.example)
        except UnusableParcel as error:
            raise ValueError(f"example: a parcel number of one of the forms ({error})") from None
        return self

    @property
    def _templates(self) -> dict[str, str]:
        return {"canonical": self.canonical, **self.forms}

    @property
    def padded(self) -> bool:
        """Whether sources may write a number otherwise than :meth:`write` does, so that it cannot be searched for."""
        return any(part.width is not None for part in self.parts.values())

    def ambiguities(self) -> list[str]:
        """Why two numbers might come to one canonical form, or one be read as another; empty when they cannot."""
        found = []
        for name, template in self._templates.items():
            key = name if name == "canonical" else f"forms.{name}"
            pieces = list(Formatter().parse(template))
            if any(specification or conversion for _, _, specification, conversion in pieces):
                found.append(f"parcel.{key}: expected names of parts only in the braces; width pads a part")
                continue
            try:
                twice = two_readings(self._elements(name, pieces))
            except Unprovable as unprovable:
                found.append(
                    f"parcel.{key}: cannot be proven to tell all numbers apart, since a pattern uses '{unprovable}'"
                )
                continue
            if twice is not None:
                text, one, other = twice
                shown = [", ".join(f"{part} {value or '(empty)'}" for part, value in each) for each in (one, other)]
                loose = [part for (part, value), (_, rival) in zip(one, other, strict=True)
                         if len(value) != len(rival) and self.parts[part].width is None]  # fmt: skip
                found.append(
                    f"parcel.{key}: two numbers can be written alike: '{text}' is {shown[0]}, and also {shown[1]}; "
                    + (f"give {' and '.join(loose)} a width, or " if loose else "")
                    + "put a separator between the parts that neither can hold"
                )
        return found

    def _elements(self, form: str, pieces: Sequence[tuple[str, str | None, str | None, str | None]]) -> list[Element]:
        elements = []
        for literal, part, _, _ in pieces:
            elements.append(Element(None, re.escape(literal.upper())))
            if part is not None:
                width = self.parts[part].width if part in self._whole[form] else None
                elements.append(Element(part, self.parts[part].pattern, width))
        return elements

    @cached_property
    def _whole(self) -> dict[str, frozenset[str]]:
        """The parts that stand in their whole width, by the form.

        In the canonical one those are all that have a width; elsewhere those of parts that touch, where a number could
        be taken apart in two ways if they were of any length.
        """
        found = {"canonical": frozenset(name for name, part in self.parts.items() if part.width is not None)}
        patterns = {name: part.pattern for name, part in self.parts.items()}
        for form, template in self.forms.items():
            pieces = [(literal, name) for literal, name, _, _ in Formatter().parse(template)]
            unclear = [group for group in touching(pieces, patterns) if two_readings(group) is not None]
            found[form] = found["canonical"].intersection(element.name or "" for group in unclear for element in group)
        return found

    @cached_property
    def _patterns(self) -> dict[str, re.Pattern[str]]:
        patterns = {}
        for name, template in self._templates.items():
            pieces = []
            for literal, part, _, _ in Formatter().parse(template):
                pieces.append(f"(?i:{re.escape(literal)})" if literal else "")  # what is written is read in capitals
                if part is not None:
                    pieces.append(f"(?P<{part}>{self._pattern(part, name)})")
            patterns[name] = re.compile("".join(pieces), re.ASCII)
        return patterns

    def _pattern(self, name: str, form: str) -> str:
        """What a part is in a form."""
        part = self.parts[name]
        if name not in self._whole[form]:
            return part.pattern
        if form == "canonical":
            return f"[^{_SEPARATOR}]{{{part.width}}}"
        # no other characters than those by which it was proven that a number is taken apart in one way
        characters = "".join(sorted(map(re.escape, characters_of(part.pattern) | {"0"})))
        return f"[{characters}]{{{part.width}}}"

    def canonicalise(self, written: str, form: str) -> str:
        """The canonical form of ``written``, a number of ``form``; raises :class:`UnusableParcel` with the reason."""
        match = self._patterns[form].fullmatch(written.strip().upper())
        if match is None:
            raise UnusableParcel(f"parcel number '{written[:60]}' is not of the form {form}")
        parts = match.groupdict()
        for name, text in parts.items():
            part = self.parts[name]
            if part.width is not None:
                if name in self._whole[form] and not _is_padded(text, part.pattern):
                    raise UnusableParcel(f"parcel number '{written[:60]}' is not of the form {form}")
                if len(text) > part.width:
                    raise UnusableParcel(f"parcel number '{written}': {name} {text} is longer than {part.width}")
                parts[name] = text.rjust(part.width, "0")
            if part.minimum is None and part.maximum is None:
                continue
            if not text.isdecimal():
                raise UnusableParcel(f"parcel number '{written}': {name} {text} is not a number")
            if part.minimum is not None and not part.minimum <= int(text):
                raise UnusableParcel(f"parcel number '{written}': {name} {text} is below {part.minimum}")
            if part.maximum is not None and not int(text) <= part.maximum:
                raise UnusableParcel(f"parcel number '{written}': {name} {text} is above {part.maximum}")
        return self.canonical.format(**parts)

    def canonicalise_all(self, written: Sequence[str], form: str) -> list[str] | None:
        """The canonical forms of many numbers of ``form`` at once; ``None`` when one of them needs a closer look."""
        joined = _SEPARATOR.join(written).upper()
        found: list[Any] = self._column_patterns[form].findall(joined)
        if len(found) != len(written) or joined.count(_SEPARATOR) != len(written) - 1:
            return None
        names = list(self._patterns[form].groupindex)
        # a pattern of one group finds texts, one of several tuples of them
        columns: list[Sequence[str]] = [found] if len(names) == 1 else list(zip(*found, strict=True))
        for place, name in enumerate(names):
            part = self.parts[name]
            if part.minimum is not None or part.maximum is not None:
                for text in set(columns[place]):
                    if not text.isdecimal() or not _within(int(text), part):
                        return None
            if part.width is not None:
                if max(map(len, columns[place]), default=0) > part.width:
                    return None
                is_whole = name in self._whole[form]
                if is_whole and not all(_is_padded(text, part.pattern) for text in set(columns[place])):
                    return None
                columns[place] = [text.rjust(part.width, "0") for text in columns[place]]
        if form in self._as_they_are:
            return joined.split(_SEPARATOR)
        by_name = dict(zip(names, columns, strict=True))
        pieces: list[Iterable[str]] = []
        for literal, part_name, _, _ in Formatter().parse(self.canonical):
            pieces += [repeat(literal, len(written))] if literal else []
            pieces += [by_name[part_name]] if part_name is not None else []
        return list(map("".join, zip(*pieces, strict=True)))

    @cached_property
    def _as_they_are(self) -> frozenset[str]:
        """The forms that are canonical as they are written."""
        literals = "".join(literal for literal, *_ in Formatter().parse(self.canonical))
        if self.padded or literals != literals.upper():
            return frozenset()
        return frozenset(name for name, template in self.forms.items() if template == self.canonical)

    @cached_property
    def _column_patterns(self) -> dict[str, re.Pattern[str]]:
        """The forms, for numbers that are joined by a separator."""
        edge = re.escape(_SEPARATOR)
        return {
            name: re.compile(f"(?<![^{edge}]){pattern.pattern}(?![^{edge}])", re.ASCII)
            for name, pattern in self._patterns.items()
        }

    def reader(self, forms: Sequence[str], ignore: str = "") -> "ParcelReader":
        """Reads numbers that are written in any of ``forms``, without the characters to ``ignore``."""
        return ParcelReader(self, tuple(forms), ignore)

    def without(self, ignore: str, forms: Sequence[str]) -> "ParcelFormat":
        """This format with ``forms`` alone, without the characters to ``ignore`` between their parts."""
        kept = {}
        for name in forms:
            pieces = []
            for literal, part, _, _ in Formatter().parse(self.forms[name]):
                text = "".join(character for character in literal if character not in ignore)
                pieces.append(text.replace("{", "{{").replace("}", "}}"))
                pieces.append("" if part is None else f"{{{part}}}")
            kept[name] = "".join(pieces)
        return ParcelFormat.model_construct(
            canonical=self.canonical, example=self.example, parts=self.parts, forms=kept
        )

    def fits_any(self, joined: str, form: str) -> bool:
        """Whether one of the numbers that are joined by a separator may be of ``form``."""
        return self._column_patterns[form].search(joined) is not None

    def write(self, parcel_id: str, form: str) -> str:
        """The canonical ``parcel_id`` as a source of ``form`` prints it."""
        match = self._patterns["canonical"].fullmatch(parcel_id)
        if match is None:
            raise UnusableParcel(f"'{parcel_id}' is not a canonical parcel number")
        return (self.canonical if form == "canonical" else self.forms[form]).format(**match.groupdict())

    def writings(self, parcel_id: str, form: str) -> list[str]:
        """The ways in which a source of ``form`` may print the canonical ``parcel_id``.

        That is one where no part is padded; else with all the zeros of some of its padded parts, and with none of the
        others'. A source that has lost a part of the zeros prints it otherwise still.
        """
        match = self._patterns["canonical"].fullmatch(parcel_id)
        if match is None:
            raise UnusableParcel(f"'{parcel_id}' is not a canonical parcel number")
        choices = []
        for name, text in match.groupdict().items():
            part = self.parts[name]
            bare = text if part.width is None else _without_zeros(text, part.pattern)
            choices.append([(name, each) for each in dict.fromkeys((text, bare))])
        template = self.canonical if form == "canonical" else self.forms[form]
        found = [template.format(**dict(chosen)) for chosen in islice(product(*choices), _MOST_WRITINGS)]
        return [written for written in found if self._means(written, form, parcel_id)]

    def _means(self, written: str, form: str, parcel_id: str) -> bool:
        try:
            return self.canonicalise(written, form) == parcel_id
        except UnusableParcel:
            return False

    def read(self, written: str) -> list[str]:
        """Every canonical number that ``written`` can mean, the canonical reading first; raises if there is none.

        For what a person types. Sources declare their form and use :meth:`canonicalise`.
        """
        readings: list[str] = []
        for form in ("canonical", *self.forms):
            try:
                reading = self.canonicalise(written, form)
            except UnusableParcel:
                continue
            if reading not in readings:
                readings.append(reading)
        if not readings:
            forms = ", ".join(["canonical", *self.forms])
            raise UnusableParcel(f"'{written[:60]}' is not a parcel number in any form of this market ({forms})")
        return readings


class ParcelReader:
    """Reads the parcel numbers of one source; of several forms the one that fits."""

    def __init__(self, parcel: ParcelFormat, forms: tuple[str, ...], ignore: str) -> None:
        self._parcel = parcel.without(ignore, forms) if ignore else parcel
        self._forms = forms
        self._ignore = str.maketrans("", "", ignore + ignore.upper() + ignore.lower())
        self._ignores = bool(ignore)

    def ambiguities(self) -> list[str]:
        """Why a number, without the characters that are ignored, might be read as another one."""
        forms = tuple(f"parcel.forms.{name}:" for name in self._forms)
        return [problem for problem in self._parcel.ambiguities() if problem.startswith(forms)]

    def canonicalise(self, written: str) -> str:
        """The canonical form of ``written``; raises :class:`UnusableParcel` with the reason.

        Of a number that fits several forms with different results nobody knows which is meant.
        """
        text = written.translate(self._ignore) if self._ignores else written
        readings: dict[str, str] = {}
        reason: UnusableParcel | None = None
        for form in self._forms:
            try:
                readings.setdefault(self._parcel.canonicalise(text, form), form)
            except UnusableParcel as unusable:
                reason = reason or unusable
        if len(readings) == 1:
            return next(iter(readings))
        if readings:
            raise UnusableParcel(
                f"parcel number '{written[:60]}' fits several forms with different results: "
                + ", ".join(f"{form} {reading}" for reading, form in readings.items())
            )
        if reason is None or len(self._forms) > 1:
            forms = ", ".join(self._forms)
            raise UnusableParcel(f"parcel number '{written[:60]}' is of none of the forms {forms}")
        raise reason

    def canonicalise_all(self, written: Sequence[str]) -> list[str] | None:
        """The canonical forms of many numbers at once; ``None`` when one of them needs a closer look."""
        if self._ignores:
            written = _SEPARATOR.join(written).translate(self._ignore).split(_SEPARATOR)
        first, *others = self._forms
        readings = self._parcel.canonicalise_all(written, first)
        if readings is None or not others:
            return readings
        joined = _SEPARATOR.join(written).upper()
        return None if any(self._parcel.fits_any(joined, form) for form in others) else readings


def _within(number: int, part: Part) -> bool:
    return (part.minimum is None or part.minimum <= number) and (part.maximum is None or number <= part.maximum)


def _is_padded(text: str, pattern: str) -> bool:
    """Whether a text of a part's width is what its pattern matches, behind any number of zeros."""
    zeros = len(text) - len(text.lstrip("0"))
    return any(re.fullmatch(pattern, text[start:], re.ASCII) for start in range(zeros + 1))


def _without_zeros(text: str, pattern: str) -> str:
    """A padded text with as few zeros as its pattern allows."""
    zeros = len(text) - len(text.lstrip("0"))
    shorter = (text[start:] for start in range(zeros, 0, -1))
    return next((each for each in shorter if re.fullmatch(pattern, each, re.ASCII)), text)
