"""Whether a sale was one of the market: by a field of reasons whose words, or the names of whose codes, say so."""

import re
from typing import TYPE_CHECKING

from wholesaler.draft.questions import Question
from wholesaler.draft.vocabulary import Words
from wholesaler.markets.records import RECORD_KINDS
from wholesaler.probe.description import Field

if TYPE_CHECKING:
    from wholesaler.draft.sources import SourceDraft

#: different words of a field of reasons at most, and share of its values of which the sense must be clear
FEW, CLEAR = 40, 0.8
_CALLED = re.compile(
    r"(?:sale|transfer)s?[_ ]*(?:code|type)|reason|qualif|(?:sale|transfer)s?[_ ]*(?:qual|valid)|valid(?:ity)?[_ ]*"
    r"(?:code|sale)|arms?[_ ]*length",
    re.IGNORECASE,
)
_KIND = re.compile(r"code$|type$", re.IGNORECASE)
_MARKET = re.compile(
    r"(?:sale at |valid )?(?:fair|open) market(?: value| sale)?|market sale|arm'?s?[ -]?length(?: sale| transaction)?|"
    r"qualified(?: sale)?|valid(?: sale)?|good sale",
    re.IGNORECASE,
)
_NONE = re.compile(
    r"\bnot?\b|\bnon|un-?qualif|dis-?qualif|invalid|un-?verif|foreclos|quit.?claim|\bestate|family|relat|gift|\blove\b|divorce|"
    r"correct|partial|\bbank|sheriff|\btax|governm|exempt|forced|distress|liquidat|bankrupt|trust|multi|probate|court|"
    r"\bheir|inherit|short sale|\bnominal|transfer only|exchange",
    re.IGNORECASE,
)


def settle_sales(source: "SourceDraft") -> None:
    """Take a field of reasons as ``sale_qualified`` where its words are clear; ask where one is called so."""
    fields = source.columns.fields
    if source.nature.kind != "property_records" or "sale_qualified" in fields or "sale_price" not in fields:
        return
    used = source.columns.used()
    able = [
        one
        for one in source.looked.found.fields
        if one.name not in used and one.type == "text" and 2 <= one.distinct <= FEW
        if any(_CALLED.search(name) for name in (one.name, *one.titles[:1]))
    ]
    clear = [one for one in able if _says_market(one)]
    if len(clear) == 1:
        _take(source, clear[0])
        return
    asked = [one for one in able if not _KIND.search(one.name)][:3]
    if asked and not clear:
        seen = "; ".join(f"{one.name} ({', '.join(map(repr, map(one.word, one.common(4))))})" for one in asked)
        source.columns.questions["sale_qualified"] = Question(
            f"Which sales were of the market may be said by {seen}.",
            "If it is, take the line, and say yes or no of each word in "
            f"[sources.{source.name}.values.sale_qualified]; without it all sales of half the market value and more "
            "are compared.",
            tuple(("sale_qualified", one.name) for one in asked),
        )


def _take(source: "SourceDraft", one: Field) -> None:
    words = {text: _meaning(one.word(text)) for text in dict.fromkeys((*one.codes, *one.counts))}
    unclear = [one.word(text) for text, ours in words.items() if ours is None]
    rest = f"; not told: {', '.join(unclear)}" if unclear else ""
    source.comment("sale_qualified", f"{one.name} says which sales were of the market: no other is compared{rest}.")
    source.words["sale_qualified"] = Words({text: ours or "" for text, ours in words.items()}, names=one.codes)
    fields = source.columns.fields | {"sale_qualified": one.name}
    source.columns.fields = {name: fields[name] for name in RECORD_KINDS["property_records"].names if name in fields}


def _says_market(one: Field) -> bool:
    """Whether the words of a field say of nearly all sales whether they were of the market, and of some that so."""
    meant = {text: _meaning(one.word(text)) for text in one.counts}
    told = sum(one.counts[text] for text, ours in meant.items() if ours is not None)
    return "yes" in meant.values() and "no" in meant.values() and told >= CLEAR * one.filled


def _meaning(word: str) -> str | None:
    if _MARKET.fullmatch(word.strip()):
        return "yes"
    return "no" if _NONE.search(word) else None
