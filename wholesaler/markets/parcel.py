"""Parcel numbers: from any form a source prints them in to the market's one canonical form.

A form is a template such as ``{section}-{township}-{range}-{lot}``; every part has a pattern and, for numbers, a
range of valid values. The order of the parts is declared for each source and never guessed from the digits: of 54 real
Orange County numbers 16 are valid in two orders.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from string import Formatter

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

_SEPARATOR = "\x1e"


class Part(BaseModel):
    """One part of a parcel number: a regular expression and, when it is a number, its valid range."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pattern: str
    minimum: int | None = None
    maximum: int | None = None

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str) -> str:
        try:
            compiled = re.compile(value)
        except re.error as error:
            raise ValueError(f"a regular expression ({error})") from None
        if compiled.groups:
            raise ValueError("a regular expression without groups")
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
        for name, template in {"canonical": self.canonical, **self.forms}.items():
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
        try:
            self.read(self.example)
        except UnusableParcel as error:
            raise ValueError(f"example: a parcel number of one of the forms ({error})") from None
        return self

    @cached_property
    def _patterns(self) -> dict[str, re.Pattern[str]]:
        patterns = {}
        for name, template in {"canonical": self.canonical, **self.forms}.items():
            pieces = []
            for literal, part, _, _ in Formatter().parse(template):
                pieces.append(re.escape(literal))
                if part is not None:
                    pieces.append(f"(?P<{part}>{self.parts[part].pattern})")
            patterns[name] = re.compile("".join(pieces))
        return patterns

    def canonicalise(self, written: str, form: str) -> str:
        """The canonical form of ``written``, a number of ``form``; raises :class:`UnusableParcel` with the reason."""
        match = self._patterns[form].fullmatch(written.strip().upper())
        if match is None:
            raise UnusableParcel(f"parcel number '{written[:60]}' is not of the form {form}")
        parts = match.groupdict()
        for name, text in parts.items():
            part = self.parts[name]
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
        joined = _SEPARATOR.join(written)
        found = self._column_patterns[form].findall(joined)
        if len(found) != len(written) or joined.count(_SEPARATOR) != len(written) - 1:
            return None
        names = list(self._patterns[form].groupindex)
        for name, texts in zip(names, zip(*found, strict=True), strict=True):
            part = self.parts[name]
            if part.minimum is None and part.maximum is None:
                continue
            for text in set(texts):
                if not text.isdecimal() or not (part.minimum or 0) <= int(text) <= (part.maximum or int(text)):
                    return None
        if self.forms[form] == self.canonical:
            return list(written)
        return [self.canonical.format(**dict(zip(names, texts, strict=True))) for texts in found]

    @cached_property
    def _column_patterns(self) -> dict[str, re.Pattern[str]]:
        """The forms, for numbers that are joined by a separator."""
        edge = re.escape(_SEPARATOR)
        return {
            name: re.compile(f"(?<![^{edge}]){pattern.pattern}(?![^{edge}])")
            for name, pattern in self._patterns.items()
        }

    def write(self, parcel_id: str, form: str) -> str:
        """The canonical ``parcel_id`` as a source of ``form`` prints it."""
        match = self._patterns["canonical"].fullmatch(parcel_id)
        if match is None:
            raise UnusableParcel(f"'{parcel_id}' is not a canonical parcel number")
        return (self.canonical if form == "canonical" else self.forms[form]).format(**match.groupdict())

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
