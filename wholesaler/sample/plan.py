"""How many of what: the mix of a county of a given size."""

from dataclasses import dataclass

from wholesaler.errors import UsageError

#: The most properties one county can have and still give every one an address of its own.
MOST_PROPERTIES = 2_000_000


@dataclass(frozen=True)
class Plan:
    """The shares of the sample. ``properties`` carry a signal unless there are too few violations to go round.

    Rows of the two lists are 36 and 25.6 for each 100 properties; the properties on neither list have a code case.
    """

    properties: int
    violations: int

    def __post_init__(self) -> None:
        if not 100 <= self.properties <= MOST_PROPERTIES:
            raise UsageError(f"A sample county has 100 to {MOST_PROPERTIES} properties, not {self.properties}.")
        if not 0 <= self.violations <= 2 * MOST_PROPERTIES:
            raise UsageError(f"A sample county has 0 to {2 * MOST_PROPERTIES} violations, not {self.violations}.")

    @property
    def plats(self) -> int:
        """At least as many as the county has: of 8 parcels at least, but for the last of each zone."""
        return self.properties // 8 + 10

    @property
    def streets(self) -> int:
        """At least as many as the county has: two of a small plat, and one of a case or notice without a parcel."""
        return 2 * self.plats + self.foreclosure_rows // 10 + self.violations // 10 + 100

    def share(self, of: float, rows: int) -> int:
        """So many rows, and at least one."""
        return max(1, round(rows * of))

    @property
    def tax_rows(self) -> int:
        """Rows of the tax sale list."""
        return round(self.properties * 0.36)

    @property
    def foreclosure_rows(self) -> int:
        """Rows of the foreclosure list."""
        return round(self.properties * 0.256)

    @property
    def tax_parcels(self) -> int:
        """Parcels with a tax sale: the rows without the malformed, the repeated and the second ones."""
        return self.tax_rows - sum(self.tax_extras.values())

    @property
    def tax_extras(self) -> dict[str, int]:
        """Rows of the tax sale list that are not a parcel's first one, by kind."""
        rows = self.tax_rows
        return {
            "malformed": self.share(0.015, rows),
            "missing": self.share(0.004, rows),
            "second": self.share(0.013, rows),
            "unreadable": self.share(0.009, rows),
            "duplicate": self.share(0.009, rows),
        }

    @property
    def foreclosure_parcels(self) -> int:
        """Parcels with a foreclosure that can be known to be theirs."""
        return self.foreclosure_rows - sum(self.foreclosure_extras.values())

    @property
    def foreclosure_extras(self) -> dict[str, int]:
        """Rows of the foreclosure list that are not a parcel's first one, by kind."""
        rows = self.foreclosure_rows
        return {
            "malformed": self.share(0.015, rows),
            "unmatched": self.share(0.032, rows),
            "twin": self.share(0.012, rows),
            "superseded": self.share(0.012, rows),
            "second": self.share(0.04, rows),
            "unreadable": self.share(0.009, rows),
            "negative": self.share(0.009, rows),
            "duplicate": self.share(0.009, rows),
        }

    @property
    def parcel_less(self) -> int:
        """First foreclosures of a parcel that come without its number; with twins and unmatched ones 8 % of rows."""
        return self.share(0.036, self.foreclosure_rows)

    @property
    def on_both_lists(self) -> int:
        """Parcels with a tax sale and a foreclosure."""
        return self.share(0.026, self.properties)

    @property
    def listed(self) -> int:
        """Parcels on the tax sale list, the foreclosure list, or both."""
        return self.tax_parcels + self.foreclosure_parcels - self.on_both_lists

    @property
    def violation_extras(self) -> dict[str, int]:
        """Rows of the code cases that are dirty, by kind; they have no parcel, so that they make no signal."""
        rows = self.violations
        shares = {"malformed": 0.006, "unreadable": 0.003, "future": 0.0004, "duplicate": 0.004}
        return {name: round(rows * share) for name, share in shares.items()}

    @property
    def event_rows(self) -> dict[str, int]:
        """Rows of the list of distress events, by kind; of 100 there are 8 for each 100 properties."""
        rows = round(self.properties * 0.08)
        shares = {"alone": 0.3, "closed": 0.05, "closed_by_date": 0.04, "unknown": 0.03, "duplicate": 0.01}
        counts = {name: self.share(share, rows) for name, share in shares.items()}
        return {"stacked": max(1, rows - sum(counts.values())), **counts}

    @property
    def cited_only(self) -> int:
        """Parcels on no list that have a code case."""
        clean = self.violations - sum(self.violation_extras.values())
        return min(self.properties - self.listed, int(clean * 0.95))

    @property
    def cases_on_listed(self) -> int:
        """Cases on parcels of the lists."""
        clean = self.violations - sum(self.violation_extras.values())
        return min(round(self.violations * 0.15), (clean - self.cited_only) // 2)
