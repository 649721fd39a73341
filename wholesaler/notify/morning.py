"""The words of the morning message: what is new, what has changed, what is due, which sales are near."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from wholesaler.notify import messages
from wholesaler.notify.interface import MOST_LISTED, SALE_AHEAD_DAYS, Digest, LeadNews, LeadNotice
from wholesaler.notify.messages import clean, day
from wholesaler.plural import counted

TEST_NOTE = "This is a test of this channel, asked for by `wholesaler alert --test`. The lead below is made up."
#: reasons of a new lead that its line has
_REASONS = 4
#: how a reason ends: with its points, and what they are points of
_POINTS = re.compile(r": [+\-\u2212]?[\d.]+ \w+$")
_OWNERS = {
    "person": "a person",
    "estate": "an estate",
    "trust": "a trust",
    "company": "a company",
    "bank": "a bank",
    "government": "a government",
    "association": "an association",
}
_MAIL = {
    "same": "gets mail at the house",
    "in_county": "gets mail at another address in the county",
    "in_state": "gets mail in another county",
    "out_of_state": "gets mail in another state",
}


@dataclass(frozen=True)
class NewLead:
    """A new lead in words, a line each: finished, clean, unescaped text, empty where there is nothing to say."""

    parcel_id: str
    place: str
    total: str
    score: str
    why: str
    sale: str
    offer: str
    owner: str
    foreclosure: str
    back: str
    links: tuple[tuple[str, str], ...]

    @property
    def lines(self) -> list[str]:
        """What stands below the address, without the links."""
        lines = (self.score, self.back, self.sale, self.why, self.offer, self.owner, self.foreclosure)
        return [line for line in lines if line]


@dataclass(frozen=True)
class Entry:
    """A lead that people know, on one line: what is to be said of it, and where it can be looked at."""

    place: str
    words: str
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Section:
    """One kind of news: a heading with their number, the first few, and how many more there are."""

    heading: str
    entries: tuple[Entry, ...]
    rest: str


def title(digest: Digest) -> str:
    """``3 new tier A leads, 2 changes, 1 follow-up due in Orange County, Florida (1 Dec 2025)``."""
    tiers = "/".join(sorted({lead.tier for lead in digest.leads}))
    new = len(digest.leads) + digest.further
    parts = [
        counted(new, f"new tier {tiers} lead") if new else "",
        counted(len(digest.changes), "change") if digest.changes else "",
        f"{counted(len(digest.follow_ups), 'follow-up')} due" if digest.follow_ups else "",
        f"{counted(len(digest.sales), 'sale')} this week" if digest.sales else "",
    ]
    what = ", ".join(filter(None, parts)) or "Nothing new"
    return f"{'TEST: ' if digest.is_test else ''}{what} in {clean(digest.market_name)} ({day(digest.as_of)})"


def remark(digest: Digest) -> str:
    """What a reader must know before anything else, or nothing."""
    if digest.quiet_since is not None:
        return f"A sign of life: there was nothing to tell since {day(digest.quiet_since)}."
    return TEST_NOTE if digest.is_test else messages.repeat_line(digest.repeat)


def notes(digest: Digest) -> list[str]:
    """What stands above the leads, a line each."""
    lines = (
        remark(digest),
        messages.tier_line(digest.tier_counts),
        sources_line(digest),
        first_line(digest),
    )
    return [line for line in lines if line]


def sources_line(digest: Digest) -> str:
    """Which sources are too old to count and which could not be read, or nothing where all is well."""
    failed = ", ".join(map(clean, digest.failed_sources))
    lines = (messages.stale_line(digest.stale_sources), f"Not read: {failed}" if failed else "")
    return "; ".join(filter(None, lines))


def first_line(digest: Digest) -> str:
    """That a county is new, and where its other leads are, or nothing."""
    if not (digest.is_first and digest.further):
        return ""
    return (
        f"These are the first scores of this county: the best {len(digest.leads):,} are listed here, `wholesaler "
        f"leads list` shows the {counted(digest.further, 'further lead')}, and all count as told. From now on "
        "each new lead is announced."
    )


def rest_line(digest: Digest, shown: int, where: str = "`wholesaler leads list --new`") -> str:
    """How many more new leads there are than are listed, and where, or nothing."""
    rest = len(digest.leads) - shown + (0 if digest.is_first else digest.further)
    return f"{counted(rest, 'more new lead')}: {where}" if rest > 0 else ""


def report_line(digest: Digest) -> str:
    """Where the report is, or nothing."""
    return f"Report: {clean(digest.report)}" if digest.report else ""


def new_lead(lead: LeadNotice, show_names: bool, today: date) -> NewLead:
    """Put a new lead into words on the day ``today``; names and mailing addresses only where ``show_names``."""
    view = messages.view(lead, show_names)
    reasons = [_POINTS.sub("", reason) for reason in view.reasons if ": covered, " not in reason]
    more = len(reasons) - _REASONS
    why = "; ".join(reasons[:_REASONS]) + (f"; {counted(more, 'more reason')}" if more > 0 else "")
    return NewLead(
        parcel_id=view.parcel_id,
        place=view.place,
        total=view.score,
        score=f"Tier {view.tier}, score {view.score} ({view.scored_on}), parcel {view.parcel_id}",
        why=f"Why: {why}" if why else "",
        sale=sale_line(lead.sales, today),
        offer=offer(lead, view.deal),
        owner=_owner(lead, show_names),
        foreclosure=view.foreclosure or "",
        back="Was dead; it is back with a signal that it did not have" if lead.came_back else "",
        links=links(lead.links),
    )


def offer(lead: LeadNotice, deal: str) -> str:
    """What could be offered and by which figures, or why nobody knows."""
    amount = lead.deal.get("mao")
    if lead.is_land or lead.deal.get("arv") is None or amount is None:
        return deal
    if amount <= 0:
        return f"No offer pays. {deal}"
    return f"Offer up to {messages.money(amount)}. {deal}"


def sale_line(sales: Iterable[tuple[str, date]], today: date) -> str:
    """``Tax deed sale in 17 days (18 Dec 2025)``, the nearest first, or nothing."""
    ahead = sorted((when, what) for what, when in sales if when >= today)
    return "; ".join(f"{clean(what)} {in_days(when, today)}" for when, what in ahead)


def in_days(when: date, today: date) -> str:
    """``in 17 days (18 Dec 2025)``, ``today (1 Dec 2025)``, ``3 days ago (28 Nov 2025)``."""
    days = (when - today).days
    other = f"in {days} days" if days > 0 else f"{-days} days ago"
    words = {0: "today", 1: "tomorrow", -1: "yesterday"}.get(days, other)
    return f"{words} ({day(when)})"


def sections(digest: Digest) -> list[Section]:
    """What there is to say of leads that people know; of each kind the first few."""
    kinds = (
        ("What changed", "change", digest.changes, "`wholesaler leads list`"),
        ("Follow-ups due", "follow-up", digest.follow_ups, "`wholesaler leads due`"),
        (f"Sales within {SALE_AHEAD_DAYS} days", "sale", digest.sales, "`wholesaler leads list`"),
    )
    return [_section(*kind) for kind in kinds if kind[2]]


def links(given: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Names and addresses of links, the names as people read them."""
    return tuple((clean(name).replace("_", " "), address) for name, address in given.items())


def context(digest: Digest, show_names: bool) -> dict[str, Any]:
    """What the ``digest`` templates of an e-mail need."""
    leads = [new_lead(lead, show_names, digest.as_of) for lead in digest.leads[:MOST_LISTED]]
    all_leads = f"the best {len(digest.leads):,}" if digest.further else f"all {len(digest.leads):,}"
    return {
        "title": title(digest),
        "remark": remark(digest),
        "notes": notes(digest)[bool(remark(digest)) :],
        "leads": leads,
        "rest": rest_line(digest, len(leads), f"in the attached CSV file, which holds {all_leads}"),
        "sections": sections(digest),
        "report": report_line(digest),
        "note": messages.ESTIMATE_NOTE,
    }


def report_context(digest: Digest, show_names: bool) -> dict[str, Any]:
    """What the templates of the report file need: every new lead, with every reason."""
    leads = [
        {
            **vars(messages.view(lead, show_names)),
            "sale": sale_line(lead.sales, digest.as_of),
            "links": links(lead.links),
        }
        for lead in digest.leads
    ]
    rest = "" if digest.is_first else rest_line(digest, len(leads))
    return {
        "title": title(digest),
        "notes": [*notes(digest)[bool(remark(digest)) :], *([rest] if rest else [])],
        "remark": remark(digest),
        "leads": leads,
        "note": messages.ESTIMATE_NOTE,
    }


def _section(heading: str, noun: str, news: tuple[LeadNews, ...], where: str) -> Section:
    rest = len(news) - MOST_LISTED
    return Section(
        f"{heading} ({len(news):,})",
        tuple(_entry(one) for one in news[:MOST_LISTED]),
        f"{counted(rest, f'more {noun}')}: {where}" if rest > 0 else "",
    )


def _entry(news: LeadNews) -> Entry:
    place = messages.place(news.address, news.city, news.zip_code)
    if not (news.address or "").strip():
        place = f"Parcel {clean(news.parcel_id)}"
    return Entry(place, "; ".join(map(clean, news.words)), links(news.links))


def _owner(lead: LeadNotice, show_names: bool) -> str:
    """Who the owner is and where he gets mail, as far as it is known and may be said."""
    said = [_OWNERS.get(lead.owner_class or "", ""), _MAIL.get(lead.mail_differs or "", "")]
    owner = ", ".join(filter(None, said))
    if not show_names:
        return f"Owner: {owner}" if owner else ""
    name = clean(lead.owner_name or "")
    kind = f" ({owner})" if owner else ""
    mail = f", mail to {clean(lead.mail)}" if lead.mail else ""
    return f"Owner of record: {name}{kind}{mail}" if name else f"Owner: {owner}{mail}" if owner else ""
