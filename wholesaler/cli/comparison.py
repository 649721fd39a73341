"""``score --compare``: which leads the profile in use has in another tier."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from wholesaler.cli.render import print_json, show, table, write
from wholesaler.cli.state import State
from wholesaler.leads.reading import expect_scores_of, scored_day
from wholesaler.plural import counted
from wholesaler.scoring.profile import load_profile
from wholesaler.stages.score.comparison import compare

if TYPE_CHECKING:
    from rich.console import RenderableType

#: leads that people are shown
_SHOWN = 50


def show_comparison(state: State, other: str | None) -> None:
    """The profile in use beside the ``other`` one, or beside the scores there are when none is named.

    It is that of the day asked for, else of the day scored last.
    """
    market, day = state.market, state.requested_day
    profile = load_profile(state.profile or state.settings.profile)
    before = None if other is None else load_profile(other)
    with state.engine().connect() as connection:
        if other is None:
            expect_scores_of(connection, market.key, day)
        as_of = day or scored_day(connection, market.key) or state.as_of
        document = compare(connection, market, as_of, profile, before)
    if state.json:
        print_json({"command": "score --compare", **document})
    else:
        write(*_tables(document, market.name))


def _tables(document: dict[str, Any], market: str) -> "Iterator[RenderableType]":
    """Which leads one profile has in another tier than another one, the best first."""
    before, now = document["profile_before"] or "no profile", document["profile"]
    tiers = list(document["tier_counts"])
    headings = ("tier", *(f"{tier} by {now}" for tier in tiers), "none", "all")

    def number(tier_before: str | None, tier: str | None) -> int:
        moves = (move for move in document["moves"] if (move["tier_before"], move["tier"]) == (tier_before, tier))
        return sum(move["leads"] for move in moves)

    rows = []
    for tier_before in (*tiers, None):
        numbers = [number(tier_before, tier) for tier in (*tiers, None)]
        rows.append((f"{tier_before or 'none'} by {before}", *(f"{n:,}" for n in (*numbers, sum(numbers)))))
    yield table(f"Tiers of {market} by {before} and {now}, {document['as_of']}", headings, rows, headings[1:])
    leads = document["leads"]
    if not leads:
        yield "No lead changes tier."
        return
    shown = [
        (
            f"{_tier(lead, '_before')} → {_tier(lead, '')}",
            *("" if lead[key] is None else f"{lead[key]:.2f}" for key in ("total_score_before", "total_score")),
            lead["parcel_id"],
            ", ".join(show(part) for part in (lead["address"], lead["city"]) if part),
        )
        for lead in leads[:_SHOWN]
    ]
    headings = ("tier", f"score by {before}", f"score by {now}", "parcel", "address")
    changes = f"{counted(len(leads), 'lead')} {'changes' if len(leads) == 1 else 'change'} tier"
    yield table(changes, headings, shown, headings[1:3])
    if len(leads) > _SHOWN:
        yield f"{len(leads) - _SHOWN:,} more: `--json` has them all."


def _tier(lead: dict[str, Any], side: str) -> str:
    return str(lead[f"tier{side}"] or lead[f"excluded{side}"] or "no lead")
