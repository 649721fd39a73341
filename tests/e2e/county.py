"""Orange County's real records of November 2025, served as the county serves them, and code violations made up."""

import json
import random
import re
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.markets.samples import without_source
from tests.servers.arcgis import ArcGISServer
from tests.servers.socrata import SocrataServer
from tests.support import DATA
from wholesaler.sample.state_plane import florida_east_feet

LAYERS = {
    "tax_sales": "/0U8EQ1FrumPeIqDb/arcgis/rest/services/Tax_Sale_Data/FeatureServer/0",
    "foreclosures": "/arcgis/rest/services/Public_Dynamic/MapServer/44",
    "property_records": "/arcgis/rest/services/Public_Dynamic/MapServer/216",
}
HOSTS = ("https://services1.arcgis.com", "https://ocgis4.ocfl.net")

#: two foreclosures without parcel number whose address the roll gets, in the roll's own spelling, 10 m off
ADDED_TO_ROLL = {
    "2039 WINDCREST LAKE CIRCLE": ("302420000000010", "2039 WINDCREST LAKE CIR"),
    "14825 BICKY ROAD": ("302421000000020", "14825 BICKY RD"),
}
#: and one where two parcels are at the number, so that it stays unmatched
AMBIGUOUS = {"2539 RUNYON CIRCLE": ("292418000000031", "292418000000032")}

VIOLATION_TYPES = {
    "apno": "text",
    "casedt": "floating_timestamp",
    "resdt": "floating_timestamp",
    "caseinfostatus": "text",
    "case_type": "text",
    "location_notes": "text",
    "gpsx": "number",
    "gpsy": "number",
    "parcel_id": "text",
}


@dataclass(frozen=True)
class Violation:
    """One made-up case, with the degrees it was made at."""

    number: str
    opened: date
    is_open: bool
    longitude: float
    latitude: float
    parcel: str | None

    def row(self) -> dict[str, Any]:
        """The case as the city publishes it: numbers as text, coordinates in State Plane feet, nulls absent."""
        x, y = florida_east_feet(self.longitude, self.latitude)
        row = {
            "apno": self.number,
            "casedt": f"{self.opened}T00:00:00.000",
            "caseinfostatus": "Open" if self.is_open else "Closed",
            "case_type": "Lot",
            "gpsx": f"{x:.4f}",
            "gpsy": f"{y:.4f}",
        }
        return row | ({"parcel_id": self.parcel} if self.parcel else {})


def read_layer(name: str) -> dict[str, Any]:
    """A layer's feature set, as captured."""
    return dict(json.loads((DATA / "orange-fl" / f"{name}.json").read_text("utf-8")))


@dataclass
class County:
    """What the servers hold; ``with County()`` serves it."""

    layers: dict[str, dict[str, Any]] = field(default_factory=lambda: {name: read_layer(name) for name in LAYERS})
    violations: list[Violation] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._add_to_roll()
        self.violations = self.violations or list(self._make_violations())

    def features(self, name: str) -> list[dict[str, Any]]:
        """The features of one layer."""
        return list(self.layers[name]["features"])

    def __enter__(self) -> Self:
        self._stack = ExitStack()
        self.arcgis = self._stack.enter_context(ArcGISServer())
        self.socrata = self._stack.enter_context(SocrataServer())
        self.serve()
        return self

    def serve(self) -> None:
        """Put what the county holds now on the servers."""
        for name, path in LAYERS.items():
            layer = self.layers[name]
            types = {column["name"]: column["type"] for column in layer["fields"]}
            self.arcgis.add_layer(path.removeprefix("/arcgis/rest/services/"), types, layer["features"])
        self.socrata.add_dataset("k6e8-nw6w", VIOLATION_TYPES, [violation.row() for violation in self.violations])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def market_file(self, directory: Path, shown: str, state_roll: str | None = None) -> Path:
        """``markets show orange-fl`` with only the URLs changed; with the state's roll where there is one."""
        if state_roll is None:
            text = without_source(shown.replace("whole = true\n", ""), "state_roll")
        else:
            text = re.sub(r"url = \[\n.*?\n\]", f'url = "{state_roll}"', shown, flags=re.DOTALL)
        for host in HOSTS:
            text = text.replace(f'url = "{host}', f'url = "{self.arcgis.url}')
        text = text.replace('url = "https://data.cityoforlando.net', f'url = "{self.socrata.url}')
        path = directory / "served.toml"
        path.write_text(text, "utf-8")
        return path

    def _add_to_roll(self) -> None:
        """Roll records for three of the foreclosures that have no parcel number."""
        roll = self.layers["property_records"]["features"]
        template = roll[0]["attributes"]
        for feature in self.features("foreclosures"):
            address, point = feature["attributes"]["SITUS_ADDRESS"], feature["geometry"]
            added = [ADDED_TO_ROLL[address]] if address in ADDED_TO_ROLL else []
            added += [(parcel, "2539 RUNYON CIR") for parcel in AMBIGUOUS.get(address, ())]
            for parcel, situs in added:
                attributes = template | {
                    "OBJECTID": len(roll) + 1,
                    "PARCEL": parcel,
                    "SITUS": situs,
                    "LATITUDE": point["y"] + 0.00009,
                    "LONGITUDE": point["x"],
                }
                roll.append({"attributes": attributes, "geometry": {"x": point["x"], "y": point["y"] + 0.00009}})

    def _make_violations(self) -> Any:
        """1,200 cases of 2011-12 and of 2024-25, in clumps around half of the parcels, some on parcels."""
        chance = random.Random(20251201)
        places = [feature["geometry"] for name in ("tax_sales", "foreclosures") for feature in self.features(name)]
        parcels = [feature["attributes"]["PARCEL"] for feature in self.features("property_records")]
        for number in range(1200):
            place = places[min(int(chance.expovariate(1 / 12)), len(places) // 2)]
            newest = date(2012, 8, 30) if number % 2 else date(2025, 11, 28)
            on_parcel = chance.random() < 0.05
            yield Violation(
                number=f"{newest.year}-{number:05d}LOT",
                opened=newest - timedelta(days=int(chance.random() * 1000)),
                is_open=chance.random() < 0.4,
                longitude=place["x"] + chance.gauss(0, 0.003),
                latitude=place["y"] + chance.gauss(0, 0.003),
                parcel=chance.choice(parcels) if on_parcel else None,
            )
