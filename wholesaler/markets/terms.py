"""What a state calls things, what its appraisers' values mean, and where its records can be looked at."""

import re
from collections.abc import Mapping
from decimal import Decimal
from string import Formatter
from typing import Annotated
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from wholesaler.markets.parcel import ParcelFormat, UnusableParcel

_STRICT = ConfigDict(frozen=True, extra="forbid")
_PLACEHOLDERS = ("parcel", "latitude", "longitude", "case_number")
_CONTROL = re.compile(r"[\x00-\x1f\x7f{}]")


def _on_one_line(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("a text of one line without braces")
    return text


Word = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_on_one_line)]


class Words(BaseModel):
    """What reasons and messages call things. ``foreclosure_note`` stands with every lead of a foreclosure."""

    model_config = _STRICT

    tax_sale: Word = "Tax deed sale"
    lands_available: Word = "On the Lands Available list: bought from the county, no owner to call"
    foreclosure_auction: Word = "Foreclosure auction"
    foreclosure_filing: Word = "Foreclosure filed"
    foreclosure_note: Word | None = None

    def of_state(self, state: str) -> "Words":
        """These words, with the note of law that a state is known to need where the market file has none."""
        if self.foreclosure_note is not None:
            return self
        note = "foreclosure rules apply (s. 501.1377, F.S.)" if state == "FL" else "the state's foreclosure rules apply"
        return self.model_copy(update={"foreclosure_note": note})


class MarketDeal(BaseModel):
    """What the deal estimate must know of the state; what is given here stands in place of the profile's."""

    model_config = _STRICT

    market_share_of_price: Decimal | None = Field(None, gt=0, le=1)


def _is_link(template: str) -> str:
    try:
        pieces = list(Formatter().parse(template))
    except ValueError as error:
        raise ValueError(f"a template such as 'https://…/{{parcel}}' ({error})") from None
    for _, name, form, conversion in pieces:
        if name is not None and (name not in _PLACEHOLDERS or conversion or (form and name != "parcel")):
            raise ValueError(f"only {', '.join(f'{{{one}}}' for one in _PLACEHOLDERS)} in braces, not '{{{name}}}'")
    if urlsplit(template).scheme not in {"http", "https"} or _CONTROL.search(re.sub(r"[{}]", "", template)):
        raise ValueError(f"an http or https address, not '{template}'")
    return template


Link = Annotated[str, Field(max_length=1000), AfterValidator(_is_link)]


def link_forms(template: str) -> list[str]:
    """The forms in which a link wants the parcel number: ``{parcel:str-dashed}``."""
    return [form for _, name, form, _ in Formatter().parse(template) if name == "parcel" and form]


def fill_link(template: str, facts: Mapping[str, str | None], parcel: ParcelFormat) -> str | None:
    """The link with the facts of a lead put in; none where it asks for one that is unknown."""
    text = ""
    for literal, name, form, _ in Formatter().parse(template):
        text += literal
        if name is None:
            continue
        fact = facts.get(name)
        if not fact:
            return None
        if name == "parcel" and form:
            try:
                fact = parcel.write(fact, form)
            except UnusableParcel:
                return None
        text += quote(fact, safe="")
    return text
