"""An invented county, the same one for the same seed and day, of any size, with the truth about its records."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from math import sqrt
from random import Random

from wholesaler.errors import ConfigurationError
from wholesaler.markets import Market, load_market
from wholesaler.sample.address import STREETS
from wholesaler.sample.dirt import flaw_for
from wholesaler.sample.events import events
from wholesaler.sample.foreclosures import Clerk, foreclosures
from wholesaler.sample.lookalikes import Lookalikes
from wholesaler.sample.numbering import ParcelNumbers
from wholesaler.sample.plan import Plan
from wholesaler.sample.records import LocationFlaw, Record
from wholesaler.sample.survey import Parcel, Plat, Surveyor, Zone
from wholesaler.sample.tax_sales import tax_sales
from wholesaler.sample.truth import Truth, tell
from wholesaler.sample.violations import Inspector, violations
from wholesaler.sample.vocabulary import HOSTILE_NAMES
from wholesaler.settings import Settings

#: the kinds of record that the market must have a source of, for the county to be written as its own
KINDS = ("tax_sales", "foreclosures", "code_violations", "property_records")
# Miles from the city's centre to its limits, for 5,000 code cases; the area grows with their number.
_CITY_RADIUS, _CITY_CASES = 5.0, 5000
# The newest building of a roll that belongs to no day.
_NEWEST_YEAR = 2024


@dataclass(frozen=True)
class County:
    """The records of one county on one day, in the order they are written; ``parcels`` are those of the roll."""

    market: Market
    as_of: date
    parcels: list[Parcel]
    tax_sales: list[Record]
    foreclosures: list[Record]
    violations: list[Record]
    events: list[Record]

    @cached_property
    def truth(self) -> Truth:
        """What a correct reading of the records must find."""
        return tell(self.as_of, self.parcels, self.tax_sales, self.foreclosures, self.violations, self.events)


def generate(
    seed: int,
    as_of: date,
    properties: int = 1250,
    violations: int = 5000,
    *,
    market: Market | None = None,
    part: int = 0,
) -> County:
    """Invent the county of ``seed`` as it is on ``as_of``: so many parcels with a signal, so many code cases.

    ``market`` (the program's default one if there is none) gives parcel format, bounding box and parcel forms. Tax
    sales and foreclosures are 36 % and 25.6 % of ``properties``. No parcel number, street or case of one ``part`` is in
    another of the same size, so that a county too large for the memory is made of several. Raises
    :class:`UsageError` for an impossible size, :class:`ConfigurationError` for a market without one of :data:`KINDS`.
    """
    return _Maker(seed, as_of, Plan(properties, violations), market or default_market(), part).county()


def default_market() -> Market:
    """The market the program uses when none is named."""
    return load_market(Settings.model_fields["market"].default)


def sources_by_kind(market: Market) -> dict[str, str]:
    """The name of the first source of each kind of record that the sample writes as the market's own.

    Raises :class:`ConfigurationError` unless there is one of each.
    """
    names = {kind: name for name in reversed(market.sources) if (kind := market.record(name).table) in KINDS}
    for kind in KINDS:
        if kind not in names:
            raise ConfigurationError(
                f"{market.path}: sources.{kind}: is missing; the sample county has all of {', '.join(KINDS)}.",
                "Use a market that has them.",
            )
    return {kind: names[kind] for kind in KINDS}


class _Maker:
    def __init__(self, seed: int, as_of: date, plan: Plan, market: Market, part: int) -> None:
        names = sources_by_kind(market)
        self._forms = {kind: market.sources[name].parcel_forms[0] for kind, name in names.items()}
        self._part, self._seed = part, f"{seed}.{part}" if part else str(seed)
        self._as_of, self._plan, self._market = as_of, plan, market
        radius = _CITY_RADIUS * sqrt(max(plan.violations, 500) / _CITY_CASES)
        self._surveyor = Surveyor(
            market, self._stream("land"), as_of.year - 1, radius, part * plan.plats, part * plan.streets
        )
        self._plats: list[Plat] = []

    def _stream(self, name: str) -> Random:
        # A text seeds through SHA-512: the same numbers on every machine, whatever PYTHONHASHSEED is.
        return Random(f"{self._seed}/{name}")

    def county(self) -> County:
        plan, part, numbers, random = self._plan, self._part, self._surveyor.numbers, self._stream("choice")
        away, city = self._land(random)
        cited_only = city[: plan.cited_only]
        listed_in_city = city[plan.cited_only :]
        listed = away + listed_in_city
        random.shuffle(listed)
        on_tax_list = listed[: plan.tax_parcels]
        foreclosed = listed[len(listed) - plan.foreclosure_parcels :]
        without_number = foreclosed[: plan.parcel_less]
        everyone = cited_only + listed
        self._spoil_roll(random, everyone, without_number)

        clerk_random = self._stream("foreclosures")
        clerk = Clerk(clerk_random, self._as_of, self._market.state)
        lookalikes = Lookalikes(self._surveyor, clerk_random, everyone, self._plats)
        for parcel in without_number:
            lookalikes.beside(parcel)
        for parcel in random.sample(everyone, len(everyone) // 12):
            lookalikes.beside(parcel)
        taken = set(foreclosed)
        known = [parcel for parcel in away if parcel.on_roll and parcel not in taken]
        unmatched = lookalikes.unmatched(known, clerk, plan.foreclosure_extras["unmatched"])

        forms = self._forms
        case_random = self._stream("violations")
        inspector = Inspector(
            case_random, self._as_of, self._surveyor, self._market.state, 10_000 + part * plan.violations * 4
        )
        in_city = [plat for plat in self._plats if plat.zone is not Zone.OUTSIDE]
        return County(
            self._market,
            self._as_of,
            [parcel for parcel in everyone if parcel.on_roll] + lookalikes.neighbours,
            _numbered(
                tax_sales(
                    self._stream("tax sales"),
                    self._as_of,
                    plan,
                    on_tax_list,
                    numbers,
                    forms["tax_sales"],
                    part,
                )
            ),
            _numbered(foreclosures(clerk, clerk_random, plan, foreclosed, unmatched, numbers, forms["foreclosures"])),
            _numbered(
                violations(
                    inspector,
                    case_random,
                    plan,
                    cited_only,
                    [parcel for parcel in listed_in_city if parcel.plat.zone is Zone.BUSY],
                    in_city,
                    numbers,
                    forms["code_violations"],
                )
            ),
            _numbered(events(self._stream("events"), self._as_of, plan, everyone, lookalikes.neighbours, part)),
        )

    def _land(self, random: Random) -> tuple[list[Parcel], list[Parcel]]:
        """The parcels that carry a signal: those outside the city or in quiet parts of it, and those in busy parts."""
        plan = self._plan
        outside, quiet = round(plan.listed * 0.52), round(plan.listed * 0.22)
        away = self._settle(Zone.OUTSIDE, outside) + self._settle(Zone.QUIET, quiet)
        city = self._settle(Zone.BUSY, plan.listed - outside - quiet + plan.cited_only)
        random.shuffle(city)
        return away, city

    def _settle(self, zone: Zone, count: int) -> list[Parcel]:
        """Plats of 8 to 24 parcels until there are ``count``; one busy plat in ten is a hot spot."""
        random = self._stream(f"plats {zone}")
        parcels: list[Parcel] = []
        while len(parcels) < count:
            hot = zone is Zone.BUSY and len(self._plats) % 10 == 4
            size = min(random.randrange(8, 25), count - len(parcels))
            made = self._surveyor.plat(Zone.HOT if hot else zone, size)
            self._plats.append(made[0].plat)
            parcels += made
        return parcels

    def _spoil_roll(self, random: Random, parcels: list[Parcel], kept: list[Parcel]) -> None:
        """Take 3 % of the parcels off the roll and spoil locations, none of ``kept``; spoil some owners' names."""
        needed = {parcel.parcel_id for parcel in kept}
        for parcel in random.sample(parcels, round(len(parcels) * 0.03)):
            parcel.on_roll = parcel.parcel_id in needed
        for parcel in parcels:
            flaw = flaw_for(random, 0.02)
            # A roll has number columns for the location: there is no text in them.
            spared = flaw is LocationFlaw.NOT_A_NUMBER or parcel.parcel_id in needed
            parcel.location_flaw = None if spared else flaw
        listed = [parcel for parcel in parcels if parcel.on_roll]
        for index, parcel in enumerate(random.sample(listed, round(len(listed) * 0.012))):
            parcel.owner = HOSTILE_NAMES[index % len(HOSTILE_NAMES)]


def _numbered(rows: list[Record]) -> list[Record]:
    for number, row in enumerate(rows, 1):
        row.number = number
    return rows


def roll_parcels(count: int, seed: int, market: Market) -> Iterator[Parcel]:
    """``count`` parcels of no list, none of them in a generated county; made one plat at a time and not kept."""
    random = Random(f"{seed}/roll")
    numbers = ParcelNumbers(market)
    surveyor = Surveyor(market, random, _NEWEST_YEAR, _CITY_RADIUS, numbers.plats // 2, STREETS // 2)
    made = 0
    while made < count:
        size = min(random.randrange(16, 41), count - made)
        yield from surveyor.plat(Zone.OUTSIDE if random.random() < 0.7 else Zone.BUSY, size)
        made += size
