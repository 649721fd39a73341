"""The news of leads that people know, from the ledger into words: of several days together, on the day that is told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row

from wholesaler.markets import Market
from wholesaler.notify import SALE_AHEAD_DAYS, LeadNews
from wholesaler.notify.morning import in_days
from wholesaler.plural import counted

#: the day of a sale → the market's word for it, and the signal that it makes
_SALES = {
    "tax_sale_date": ("tax_sale", "tax_deed_sale"),
    "auction_date": ("foreclosure_auction", "foreclosure_auction"),
}
#: what is said of a signal that is none any more, by what became of it
_FATES = {
    "gone": "gone from the list: sold, redeemed or cancelled",
    "window": "no longer among the records that are asked for",
    "over": "listed, and counts no more",
    "closed": "closed",
}


@dataclass
class News:
    """What is to be said of leads that people know, and the ledger's rows that it is from.

    Some rows have nothing to be said any more: what was so on one day and is not on the day that is told.
    """

    changes: list[LeadNews] = field(default_factory=list)
    follow_ups: list[LeadNews] = field(default_factory=list)
    sales: list[LeadNews] = field(default_factory=list)
    #: the properties that are named
    properties: set[int] = field(default_factory=set)
    ids: list[int] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.changes or self.follow_ups or self.sales)


def read_news(
    rows: Iterable[Row[Any]],
    market: Market,
    as_of: date,
    present: Mapping[int, Any],
    links: Mapping[int, dict[str, str]],
    new: set[int],
) -> News:
    """The news that ``rows`` of the ledger hold, oldest first, as they are on the day ``as_of``.

    Of a lead with several the first knows what people knew, and the last what is so now. ``present`` and ``links`` are
    of the properties, and of those that are ``new`` in the same message no change is told again.
    """
    news = News()
    payloads: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        news.ids.append(int(row.id))
        payloads.setdefault(int(row.property_id), []).append(row.payload)
    ahead: list[tuple[date, LeadNews]] = []
    ordered = sorted(payloads.items(), key=lambda one: (-(one[1][-1]["total_score"] or 0), one[1][-1]["parcel_id"]))
    for number, told in ordered:
        before, now = _facts(told[0]["before"]), _facts(told[-1]["now"])
        fates = {signal: fate for payload in told for signal, fate in payload["fates"].items()}
        changes = _changes(before, now, fates, told[-1]["excluded"], market, as_of) if number not in new else []
        due = _follow_up(before, now, present.get(number), as_of)
        is_said = number in new or any(now[name] == now["sale_ahead"] != before[name] for name in _SALES)
        sale = [] if is_said else _sale_ahead(before, now, market, as_of)
        place = {key: told[-1][key] for key in ("parcel_id", "address", "city", "zip_code")}
        where = links.get(number, {})
        if changes:
            news.changes.append(LeadNews(**place, words=tuple(changes), links=where))
        if due:
            news.follow_ups.append(LeadNews(**place, words=tuple(due), links=where))
        if sale:
            ahead.append((now["sale_ahead"], LeadNews(**place, words=tuple(sale), links=where)))
        if changes or due or sale:
            news.properties.add(number)
    news.sales = [one for _, one in sorted(ahead, key=lambda one: one[0])]
    return news


def _facts(facts: dict[str, Any]) -> dict[str, Any]:
    days = ("tax_sale_date", "auction_date", "follow_up", "sale_ahead")
    return facts | {name: None if facts[name] is None else date.fromisoformat(facts[name]) for name in days}


def _changes(
    before: dict[str, Any],
    now: dict[str, Any],
    fates: dict[str, str],
    excluded: str | None,
    market: Market,
    as_of: date,
) -> list[str]:
    """What is another, the end of a lead first."""
    lost = [signal for signal in before["signals"] if signal not in now["signals"]]
    gained = [signal for signal in now["signals"] if signal not in before["signals"]]
    kinds = {_kind(signal) for signal in gained}
    words = [
        _end(signal, fates.get(signal, "gone"), before, market, as_of)
        for signal in lost
        # a suit that has come to an auction is none that has ended
        if not (fates.get(signal) == "over" and _kind(signal) in kinds)
    ]
    for name, (word, signal) in _SALES.items():
        if before[name] and now[name] and before[name] != now[name]:
            title = getattr(market.words, word)
            verb = "moved from" if before[name] >= as_of or before[name] > now[name] else "again, after that of"
            words.append(f"{title} {verb} {_short(before[name])}, now {in_days(now[name], as_of)}")
        elif signal in gained and now[name]:
            words.append(f"new: {getattr(market.words, word)} {in_days(now[name], as_of)}")
    dated = {signal for _, signal in _SALES.values()}
    words += [f"new: {signal_name(signal, market)}" for signal in gained if signal not in dated]
    if before["in_tiers"] and not now["in_tiers"] and now["signals"]:
        where = f"excluded as {excluded}" if excluded else f"now {now['tier']}"
        words.append(f"left {before['tier']}: {where}")
    elif now["in_tiers"] and not before["in_tiers"]:
        words.append(f"back in {now['tier']}")
    return words


def _end(signal: str, fate: str, before: dict[str, Any], market: Market, as_of: date) -> str:
    name = signal_name(signal, market)
    if fate == "past":
        day = before["tax_sale_date" if signal == "tax_deed_sale" else "auction_date"]
        return f"{name} was {in_days(day, as_of)}" if day else f"{name} is over"
    return f"{name}: {_FATES[fate]}"


def _sale_ahead(before: dict[str, Any], now: dict[str, Any], market: Market, as_of: date) -> list[str]:
    """The sale that has come near, if it still is."""
    day = now["sale_ahead"]
    if day is None or day == before["sale_ahead"] or not as_of <= day <= as_of + timedelta(days=SALE_AHEAD_DAYS):
        return []
    names = [getattr(market.words, word) for name, (word, _) in _SALES.items() if now[name] == day]
    return [f"{' and '.join(names)} {in_days(day, as_of)}"] if names else []


def _follow_up(before: dict[str, Any], now: dict[str, Any], present: Any, as_of: date) -> list[str]:
    """That a follow-up is due, unless the user has set another day since."""
    day = now["follow_up"]
    if day is None or day == before["follow_up"] or present is None or present.next_date != day:
        return []
    status = str(present.status).replace("_", " ")
    amount = f" of ${present.amount:,.0f}" if present.amount is not None else ""
    overdue = (as_of - day).days
    since = f", due for {counted(overdue, 'day')}" if overdue > 0 else ", due today"
    return [f"{status}{amount}{since}"]


def signal_name(signal: str, market: Market) -> str:
    """What a signal is called, by the market's words where it has some."""
    words = {
        "tax_deed_sale": market.words.tax_sale,
        "lands_available": "Lands available",
        "foreclosure_auction": market.words.foreclosure_auction,
        "lis_pendens": market.words.foreclosure_filing,
    }
    return words.get(signal) or signal.replace("_", " ").capitalize()


def _kind(signal: str) -> str:
    if signal in {"tax_deed_sale", "lands_available"}:
        return "tax_sales"
    return "foreclosures" if signal in {"foreclosure_auction", "lis_pendens"} else signal


def _short(day: date) -> str:
    return f"{day:%-d %b %Y}"
