"""What somebody was told of a lead, and in which words that has changed since."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, func
from sqlalchemy.dialects.postgresql import JSONB

#: what is compared with the last export, and what a change of it is called
_FACTS = {
    "tier": "tier", "tax_sale_date": "tax sale", "auction_date": "auction", "signals": "signals", "owner": "owner",
    "mail": "mailing address", "status": "status",
}  # fmt: skip
#: of these only whether they have changed is told
_HASHED = ("owner", "mail")
_OWNER = ("owner_name", "co_owner_name")
_MAIL = ("mail_address", "mail_address_2", "mail_city", "mail_state", "mail_zip", "mail_country")


def select_facts(lead: FromClause) -> ColumnElement[Any]:
    """What is remembered of a lead of the relation, as JSON; names and addresses as hashes."""
    known = lead.c
    return func.jsonb_build_object(
        "tier", known.tier,
        "tax_sale_date", known.tax_sale_date,
        "auction_date", known.auction_date,
        "signals", func.to_jsonb(known.signals),
        "owner", func.md5(func.concat_ws("|", *(known[name] for name in _OWNER))),
        "mail", func.md5(func.concat_ws("|", *(known[name] for name in _MAIL))),
        "status", known.status,
    )  # fmt: skip


def select_told(told: ColumnElement[Any], lead: FromClause, *, steps: bool) -> ColumnElement[Any]:
    """What somebody was told of a lead, as it is compared; one's own ``steps`` with it may be none of their business.

    Then the status is the present one, and so never a change.
    """
    return told if steps else told.op("||", return_type=JSONB)(func.jsonb_build_object("status", lead.c.status))


def find_change(told: dict[str, Any] | None, facts: dict[str, Any]) -> tuple[str, list[str]]:
    """Whether a lead is ``new`` to somebody or has ``changed``, and what has."""
    if told is None:
        return "new", []
    changes = []
    for name, words in _FACTS.items():
        before, now = told.get(name), facts.get(name)
        if before == now:
            continue
        if name in _HASHED:
            changes.append(words)
        elif name == "signals":
            new, ended = sorted(set(now or []) - set(before or [])), sorted(set(before or []) - set(now or []))
            changes += [*(f"new signal {signal}" for signal in new), *(f"ended signal {signal}" for signal in ended)]
        else:
            changes.append(f"{words} {before or 'none'} → {now or 'none'}")
    return "changed", changes
