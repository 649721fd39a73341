"""A county small enough for one test: its records, and the market file that says where they are.

``County(directory).sale(parcel(1)).roll(parcel(1)).write()`` writes the files and returns the market file; ``serve``
puts the same records on servers. The market is the bundled orange-fl: only kind, url and minimum_rows are different.
``county.records[source]`` are the publisher's own rows; change them and write again for the next day.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from math import cos, radians, sin, sqrt
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Engine, text

from tests.markets.samples import orange_text
from tests.servers.arcgis import ArcGISServer, Layer
from tests.servers.socrata import SocrataServer
from tests.support import Outcome
from wholesaler.sample.state_plane import florida_east_feet

Point = tuple[float, float]
CLI = Callable[..., Outcome]

AS_OF = date(2025, 12, 1)
SALE_DATE = date(2025, 12, 18)
DOWNTOWN: Point = (-81.379, 28.538)
#: nothing else of a test is near to it
FAR: Point = (-81.55, 28.65)

_TEXT, _MONEY, _DATE, _OID = ("esriFieldType" + name for name in ("String", "Double", "Date", "OID"))
FIELDS: dict[str, dict[str, str]] = {
    "tax_sales": {
        "OBJECTID": _OID, "USER_PARCEL": _TEXT, "USER_TDA_NUM": _TEXT, "USER_Sale_Date": _TEXT,
        "USER_Deed_Status": _TEXT,
    },
    "foreclosures": {
        "OBJECTID": _OID, "PARCEL_NUMBER": _TEXT, "BORROWERS_NAME": _TEXT, "SITUS_ADDRESS": _TEXT,
        "SITUS_CITY": _TEXT, "SITUS_ZIP": _TEXT, "RECORD_TYPE_DESCRIPTION": _TEXT, "PROPERTY_TYPE": _TEXT,
        "TRUSTEE_NAME": _TEXT, "LENDER_NAME": _TEXT, "RECORDING_DATE": _DATE, "ENTERED_DATE": _DATE,
        "AUCTION_DATE": _DATE, "TRANSFER_DATE": _DATE, "DEFAULT_AMOUNT": _MONEY, "OPENING_BID": _MONEY,
        "TRANSFER_AMOUNT": _MONEY,
    },
    "property_records": {
        "OBJECTID": _OID, "PARCEL": _TEXT, "SITUS": _TEXT, "SITUS_CITY": _TEXT, "SITUS_ZIP": _TEXT, "NAME1": _TEXT,
        "NAME2": _TEXT, "LAND_MKT": _MONEY, "BLDG_MKT": _MONEY, "XFOB_MKT": _MONEY, "TOTAL_MKT": _MONEY,
        "TOTAL_ASSD": _MONEY, "TOTAL_XMPT": _MONEY, "TAXABLE": _MONEY, "TAXES": _MONEY, "LIVING_AREA": _MONEY,
        "ACREAGE": _MONEY, "AYB": _MONEY, "ZONING_CODE": _TEXT, "LONGITUDE": _MONEY, "LATITUDE": _MONEY,
    },
    "code_violations": {
        "parcel_id": _TEXT, "apno": _TEXT, "casedt": _TEXT, "resdt": _TEXT, "caseinfostatus": _TEXT,
        "case_type": _TEXT, "location_notes": _TEXT, "gpsx": _TEXT, "gpsy": _TEXT,
    },
}  # fmt: skip
LAYERS = {
    "tax_sales": "Tax_Sale_Data/FeatureServer/0",
    "foreclosures": "Public_Dynamic/MapServer/44",
    "property_records": "Public_Dynamic/MapServer/216",
}
DATASET = "k6e8-nw6w"


def parcel(number: int) -> str:
    """The canonical form of a parcel number."""
    return f"292228{number // 1000:04d}00{number % 1000:03d}"


def dashed(parcel_id: str) -> str:
    """A canonical parcel number as the tax sale list prints it: section first."""
    return "-".join((parcel_id[4:6], parcel_id[2:4], parcel_id[:2], parcel_id[6:10], parcel_id[10:12], parcel_id[12:]))


def shifted(point: Point, east: float = 0, north: float = 0) -> Point:
    """The point so many metres away, by the radii of curvature of the WGS 84 ellipsoid."""
    latitude = radians(point[1])
    e2 = 0.00669437999014
    w = sqrt(1 - e2 * sin(latitude) ** 2)
    along, across = 6378137 * (1 - e2) / w**3, 6378137 / w
    return point[0] + east / radians(1) / (across * cos(latitude)), point[1] + north / radians(1) / along


def milliseconds(day: date | None) -> int | None:
    """A plain date as ArcGIS publishes it: midnight UTC in epoch milliseconds."""
    return None if day is None else int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)


@dataclass
class County:
    """The records of a county, each source's in its publisher's own form; the methods add one record."""

    directory: Path
    minimum_rows: Mapping[str, int] = field(default_factory=dict)
    records: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {name: [] for name in FIELDS})
    written: int = 0

    def sale(
        self,
        parcel_id: str,
        sale_date: date | str | None = SALE_DATE,
        point: Point | None = DOWNTOWN,
        *,
        number: str | None = None,
        status: str = "Active Sale",
        **other: Any,
    ) -> Self:
        """A tax deed application; ``parcel_id`` is canonical."""
        day = f"{sale_date:%m/%d/%Y}" if isinstance(sale_date, date) else sale_date
        return self.add(
            "tax_sales",
            point,
            **{
                "USER_PARCEL": dashed(parcel_id),
                "USER_TDA_NUM": f"2023-{len(self.records['tax_sales']) + 1}" if number is None else number,
                "USER_Sale_Date": day,
                "USER_Deed_Status": status,
                **other,
            },
        )

    def foreclosure(
        self,
        parcel_id: str | None,
        address: str | None = None,
        point: Point | None = None,
        *,
        city: str | None = "Orlando",
        zip_code: str | None = "32801",
        recorded: date | None = AS_OF - timedelta(days=20),
        auction: date | None = None,
        kind: str = "LIS PENDENS",
        default_amount: Any = 0.0,
        opening_bid: float | None = 0.0,
        **other: Any,
    ) -> Self:
        """A notice of foreclosure."""
        return self.add(
            "foreclosures",
            point,
            **{
                "PARCEL_NUMBER": parcel_id,
                "SITUS_ADDRESS": address,
                "SITUS_CITY": city,
                "SITUS_ZIP": zip_code,
                "RECORDING_DATE": milliseconds(recorded),
                "AUCTION_DATE": milliseconds(auction),
                "RECORD_TYPE_DESCRIPTION": kind,
                "DEFAULT_AMOUNT": default_amount,
                "OPENING_BID": opening_bid,
                **other,
            },
        )

    def roll(
        self,
        parcel_id: str,
        address: str | None = None,
        point: Point | None = DOWNTOWN,
        *,
        city: str | None = "Orlando",
        zip_code: str | None = "32801",
        total_mkt: float | None = None,
        total_assd: float | None = None,
        taxes: float | None = None,
        living_area: float | None = None,
        year_built: Any = None,
        **other: Any,
    ) -> Self:
        """A parcel on the appraiser's roll."""
        return self.add(
            "property_records",
            None,
            **{
                "PARCEL": parcel_id,
                "SITUS": address,
                "SITUS_CITY": city,
                "SITUS_ZIP": zip_code,
                "TOTAL_MKT": total_mkt,
                "TOTAL_ASSD": total_assd,
                "TAXES": taxes,
                "LIVING_AREA": living_area,
                "AYB": year_built,
                "LONGITUDE": point[0] if point else None,
                "LATITUDE": point[1] if point else None,
                **other,
            },
        )

    def violation(
        self,
        parcel_id: str | None = None,
        point: Point | None = DOWNTOWN,
        *,
        opened: date | None = AS_OF - timedelta(days=5),
        status: str | None = "Open",
        number: str | None = None,
        address: str | None = None,
        **other: Any,
    ) -> Self:
        """A code enforcement case, its point in State Plane feet as text."""
        x, y = florida_east_feet(*point) if point else (None, None)
        row = {
            "parcel_id": parcel_id,
            "apno": number or f"2025-{len(self.records['code_violations']) + 1:05d}LOT",
            "casedt": opened and f"{opened}T00:00:00.000",
            "caseinfostatus": status,
            "location_notes": address,
            "gpsx": x and f"{x:.4f}",
            "gpsy": y and f"{y:.4f}",
        }
        self.records["code_violations"].append({**row, **other})
        return self

    def add(self, source: str, point: Point | None = None, **attributes: Any) -> Self:
        """A record of an ArcGIS layer as it is."""
        geometry = {"geometry": {"x": point[0], "y": point[1]}} if point else {}
        self.records[source].append({"attributes": attributes, **geometry})
        return self

    def write(self) -> Path:
        """The records as files, all in the form of a saved ArcGIS layer; returns the market file.

        No file is the same twice, so that a run after it reads them all.
        """
        self.written += 1
        for source, fields in FIELDS.items():
            layer = {
                "written": self.written,
                "fields": [{"name": name, "type": kind} for name, kind in fields.items()],
                "features": self._features(source),
            }
            (self.directory / f"{source}.json").write_text(json.dumps(layer))
        return self._market({source: ("file", f"{source}.json") for source in FIELDS})

    def serve(self, server: ArcGISServer, portal: SocrataServer) -> Path:
        """The records on servers; what is switched on in layers that are served already stays. The market file."""
        urls = {}
        for source, path in LAYERS.items():
            if path in server.layers:
                server.layers[path].features = self._features(source)
                urls[source] = ("arcgis", f"{server.url}/arcgis/rest/services/{path}")
            else:
                urls[source] = ("arcgis", server.add_layer(path, FIELDS[source], self._features(source)))
        faults = portal.datasets[DATASET].faults if DATASET in portal.datasets else []
        types = {name: "floating_timestamp" if name.endswith("dt") else "text" for name in FIELDS["code_violations"]}
        url = portal.add_dataset(DATASET, types, self.records["code_violations"], faults=faults)
        return self._market({**urls, "code_violations": ("socrata", url)})

    def layer(self, server: ArcGISServer, source: str) -> Layer:
        """The served layer of a source, to switch faults on."""
        return server.layers[LAYERS[source]]

    def _features(self, source: str) -> list[dict[str, Any]]:
        if source == "code_violations":
            return [{"attributes": row} for row in self.records[source]]
        return [
            {**record, "attributes": {"OBJECTID": number, **record["attributes"]}}
            for number, record in enumerate(self.records[source], start=1)
        ]

    def _market(self, places: Mapping[str, tuple[str, str]]) -> Path:
        text = orange_text()
        for source, (kind, url) in places.items():
            head, tail = text.split(f"[sources.{source}]\n")
            tail = re.sub(r'^kind = ".*"', f'kind = "{kind}"', tail, count=1, flags=re.MULTILINE)
            tail = re.sub(r'^url = ".*"', f'url = "{url}"', tail, count=1, flags=re.MULTILINE)
            minimum = f"minimum_rows = {self.minimum_rows.get(source, 0)}"
            tail = re.sub(r"^minimum_rows = \d+", minimum, tail, count=1, flags=re.MULTILINE)
            text = f"{head}[sources.{source}]\n{tail}"
        path = self.directory / "county.toml"
        path.write_text(f'{text}\n[hosts."127.0.0.1"]\nrequests_per_second = 1000\nconcurrency = 4\n')
        return path


@dataclass
class ServedCounty(County):
    """A county whose records are on servers: a roll in a file is always read whole."""

    arcgis: ArcGISServer = field(kw_only=True)
    portal: SocrataServer = field(kw_only=True)

    def write(self) -> Path:
        """The records on the servers; returns the market file."""
        return self.serve(self.arcgis, self.portal)


class Database:
    """What is in the database, asked in SQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def rows(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        """The rows of a query."""
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(text(query), parameters).mappings()]

    def value(self, query: str, **parameters: Any) -> Any:
        """The first column of the only row."""
        (row,) = self.rows(query, **parameters)
        return next(iter(row.values()))

    def column(self, query: str, **parameters: Any) -> list[Any]:
        """The first column of every row."""
        return [next(iter(row.values())) for row in self.rows(query, **parameters)]

    def execute(self, command: str, **parameters: Any) -> None:
        """Run a command, as somebody else would."""
        with self._engine.begin() as connection:
            connection.execute(text(command), parameters)

    def versions(self, *tables: str) -> set[tuple[str, str, str]]:
        """Which version of each row there is: (table, place, xmin). An UPDATE, even of nothing, makes another."""
        return {
            (table, row["ctid"], row["xmin"])
            for table in tables
            for row in self.rows(f"SELECT ctid::text AS ctid, xmin::text AS xmin FROM {table}")
        }

    def property(self, parcel_id: str) -> dict[str, Any]:
        """One property, with its location as ``longitude`` and ``latitude`` and ``version``, its xmin."""
        (row,) = self.rows(
            "SELECT *, ST_X(location::geometry) AS longitude, ST_Y(location::geometry) AS latitude,"
            " xmin::text AS version FROM properties WHERE parcel_id = :parcel_id",
            parcel_id=parcel_id,
        )
        return row


def run(cli: CLI, market: Path, *command: object, as_of: date = AS_OF, code: int = 0) -> Any:
    """Run a command of ``market`` on a day; it must end with ``code``. Returns its JSON document."""
    day = () if command[0] == "rejects" else ("--as-of", as_of)
    outcome = cli("--market", market, *day, *command, "--json")
    assert outcome.code == code, f"exit code {outcome.code}\n{outcome.out}\n{outcome.err}"
    return outcome.document


def stages(cli: CLI, market: Path, *names: str, as_of: date = AS_OF, code: int = 0) -> dict[str, Any]:
    """Run some stages in their order; the run must end with ``code``. Returns each stage's JSON by its name."""
    only = [part for name in names for part in ("--only", name)]
    return {one["command"]: one for one in run(cli, market, "run-all", *only, as_of=as_of, code=code)["stages"]}
