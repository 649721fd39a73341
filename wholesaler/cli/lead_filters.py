"""The options that say which leads, in which order: one set for every command that lists or writes leads."""

import inspect
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wholesaler.cli.dollars import dollars_of
from wholesaler.days import read_day
from wholesaler.errors import UsageError, WholesalerError

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

    from wholesaler.cli.state import State
    from wholesaler.leads.filters import Filters

Several = list[str] | None
#: in the name that ``Filters`` has for it: the option and its values, separated by commas or repeated
_LISTS = {
    "tiers": "tier", "cities": "city", "zips": "zip_code", "owner_classes": "owner_class", "statuses": "status",
}  # fmt: skip


def _options(
    tier: Annotated[
        Several,
        typer.Option("--tier", metavar="A|B|C|D", help="Only this tier, or several: A,B; may be given several times."),
    ] = None,
    new: Annotated[bool, typer.Option("--new", help="Only leads that are new in tier A.")] = False,
    excluded: Annotated[bool, typer.Option("--excluded", help="Only leads that the profile excludes.")] = False,
    signal: Annotated[
        Several,
        typer.Option(
            "--signal",
            metavar="SIGNAL",
            help="With this signal, or one of several: a,b; given twice: with both. foreclosures: all of them.",
        ),
    ] = None,
    city: Annotated[Several, typer.Option("--city", metavar="CITY", help="In this city; may be several.")] = None,
    zip_code: Annotated[Several, typer.Option("--zip", metavar="ZIP", help="In this ZIP; may be several.")] = None,
    owner_class: Annotated[
        Several,
        typer.Option(
            "--owner-class",
            metavar="CLASS",
            help="Owned by a person, estate, trust, company, bank, government or association; may be several.",
        ),
    ] = None,
    absentee: Annotated[
        bool, typer.Option("--absentee", help="Whose owner's mail goes to another address than the parcel's.")
    ] = False,
    min_value: Annotated[
        str | None, typer.Option("--min-value", metavar="DOLLARS", help="Worth so much: 150000 or 150k.")
    ] = None,
    max_value: Annotated[str | None, typer.Option("--max-value", metavar="DOLLARS", help="Worth no more.")] = None,
    min_spread: Annotated[
        str | None, typer.Option("--min-spread", metavar="DOLLARS", help="With so much between offer and debt.")
    ] = None,
    sale_within: Annotated[
        int | None, typer.Option("--sale-within", metavar="DAYS", min=0, max=3650, help="With a sale in so many days.")
    ] = None,
    status: Annotated[
        Several,
        typer.Option("--status", metavar="STATUS", help="With this status, or several, also closed, dead and dnc."),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DATE", help="Not on the list before that day, or yesterday.")
    ] = None,
    changed: Annotated[
        bool, typer.Option("--changed", help="New, back or in another tier than on the list before, or before --since.")
    ] = False,
    near: Annotated[
        str | None, typer.Option("--near", metavar="ADDRESS", help="Around an address, the nearest first.")
    ] = None,
    within: Annotated[str | None, typer.Option("--within", metavar="MILES", help="How far; default 1.")] = None,
    sort: Annotated[
        str | None,
        typer.Option(
            "--sort",
            metavar="COLUMN",
            help="score, days, value, offer, spread, next, held, address, distance; -days the other way.",
        ),
    ] = None,
    saved: Annotated[
        str | None, typer.Option("--saved", metavar="NAME", help="With the filters saved under a name.")
    ] = None,
) -> dict[str, Any]:
    """All of them, by their names here."""
    return dict(locals())


def with_filters(command: Callable[..., int]) -> Callable[..., int]:
    """A command that gets the options above as ``filters``, and the name after ``--saved`` as ``saved``."""
    own = [part for name, part in inspect.signature(command).parameters.items() if name not in {"filters", "saved"}]
    options = list(inspect.signature(_options).parameters.values())

    def run(**given: Any) -> int:
        written = {option.name: given.pop(option.name) for option in options}
        saved = written.pop("saved")
        state: State = given["context"].obj
        return command(filters=_filters(written, lambda: state.as_of), saved=saved, **given)

    parameters = [*(part.replace(kind=inspect.Parameter.KEYWORD_ONLY) for part in (*own, *options))]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {part.name: part.annotation for part in parameters}
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    return run


def whole_filters(state: "State", connection: "Connection", filters: "Filters", saved: str | None) -> "Filters":
    """The filters asked for, over those that were saved."""
    if saved is None:
        return filters
    from wholesaler.leads.saved import read_saved

    return filters.over(read_saved(connection, state.market.key, saved))


def near_any(state: "State", filters: "Filters") -> "Filters":
    """The same, around the place of the address in whichever of several counties has it."""
    if filters.near is None or not state.is_about_several:
        return filters
    from wholesaler.leads.addresses import located

    for county in state.counties:
        with suppress(WholesalerError), county.engine().connect() as connection:
            latitude, longitude = located(connection, county.market, filters.near)
            return replace(filters, near=f"{latitude:.6f},{longitude:.6f}")
    return filters


def _filters(written: dict[str, Any], today: "Callable[[], date]") -> "Filters":
    from wholesaler.leads.filters import Filters, expand_signals

    lists: dict[str, Any] = {name: _parts(option, written[option]) for name, option in _LISTS.items()}
    lists["tiers"] = tuple(name.upper() for name in lists["tiers"])
    lists["owner_classes"] = tuple(name.lower() for name in lists["owner_classes"])
    lists["statuses"] = tuple(name.lower() for name in lists["statuses"])
    return Filters(
        **lists,
        signals=tuple(expand_signals(",".join(_parts("signal", [entry])).lower()) for entry in written["signal"] or ()),
        only_new=written["new"],
        only_excluded=written["excluded"],
        absentee=written["absentee"],
        min_value=_dollars("min_value", written["min_value"]),
        max_value=_dollars("max_value", written["max_value"]),
        min_spread=_dollars("min_spread", written["min_spread"]),
        within=_miles(written["within"]),
        sale_within=written["sale_within"],
        since=None if written["since"] is None else read_day(written["since"], "--since", today(), "back"),
        changed=written["changed"],
        near=written["near"],
        sort=written["sort"],
    )


def _parts(option: str, values: Several) -> tuple[str, ...]:
    parts = tuple(part.strip() for value in values or [] for part in value.split(",") if part.strip())
    if values and not parts:
        if option == "tier":
            raise UsageError("--tier: no tier is named.", "The tiers are A, B, C and D.")
        raise UsageError(f"--{option.removesuffix('_code').replace('_', '-')}: nothing is named.")
    return parts


def _dollars(name: str, written: str | None) -> Decimal | None:
    if written is None:
        return None
    option = f"--{name.replace('_', '-')}"
    amount = dollars_of(option, written)
    if amount < 0 and name != "min_spread":
        raise UsageError(f"{option}: expected an amount of dollars, not '{written}'.")
    return amount


def _miles(written: str | None) -> Decimal | None:
    if written is None:
        return None
    try:
        miles = Decimal(written.strip())
    except InvalidOperation:
        miles = Decimal("NaN")
    if not miles.is_finite() or miles < 0:
        raise UsageError(f"--within: expected a number of miles, not '{written}'.")
    return miles
