"""Which records are wanted (``only``): asked of a server, tested on what came, counted, and gone without a word."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.markets.samples import changed
from tests.servers.arcgis import ArcGISServer
from tests.servers.socrata import SocrataServer
from tests.sources.helpers import Opener, drain
from tests.stages.county import AS_OF, CLI, County, Database, parcel, run
from wholesaler.errors import ConfigurationError
from wholesaler.markets.market import Market
from wholesaler.sources.interface import UNREADABLE, Fetch, FetchRequest, FieldTypes, Outcome, Page
from wholesaler.stages.ingest.scope import ScopedFetch

SALES = "[sources.tax_sales]\n"


class Published(Fetch):
    """Records as they are given."""

    def __init__(self, records: list[dict[str, Any]], *dates: str) -> None:
        self.names = {name: name for record in records for name in record}
        self.types = FieldTypes(frozenset(dates))
        self._records = records

    def pages(self) -> Iterator[Page]:
        yield Page(self._records, [None] * len(self._records))

    @property
    def outcome(self) -> Outcome:
        return Outcome(True, len(self._records), len(self._records))


@pytest.fixture
def wanted(tmp_path: Path) -> Callable[..., list[Any]]:
    """The values of ``F`` that ``only`` wants."""

    def test(condition: Any, *values: Any, dates: tuple[str, ...] = ()) -> list[Any]:
        source = {
            "kind": "file", "url": "x", "key": ["city"], "fields": {"city": "F"}, "only": {"F": condition},
            "date_formats": ["%m/%d/%Y"],
        }  # fmt: skip
        parcel_format = {
            "canonical": "{a}", "example": "1", "parts": {"a": {"pattern": "[0-9]"}}, "forms": {"a": "{a}"},
        }  # fmt: skip
        market = Market.model_validate(
            {
                "key": "a-b", "name": "A", "state": "FL", "time_zone": "America/New_York", "parcel": parcel_format,
                "bounding_box": {"west": 1, "south": 1, "east": 2, "north": 2}, "sources": {"foreclosures": source},
            }
        )  # fmt: skip
        fetch = ScopedFetch(Published([{"F": value} for value in values], *dates), market, "foreclosures", AS_OF)
        found = [record["F"] for page in fetch.pages() for record in page.records]
        assert fetch.out_of_scope == len(values) - len(found)
        return found

    return test


EMPTY = (None, "", "  ")


@pytest.mark.parametrize(
    ("condition", "values", "fitting"),
    [
        ("A", ["A", " A ", "a", "AB", *EMPTY], ["A", " A "]),
        ("O'Neil 50%_", ["O'Neil 50%_", "O'Neil 50xx", *EMPTY], ["O'Neil 50%_"]),
        (5, [5, 5.0, "5", "5.00", "$5", 6, "x", *EMPTY], [5, 5.0, "5", "5.00", "$5"]),
        ("5", [5, 5.0, "5", "05", 6, True], [5, 5.0, "5"]),
        (["A", 5], ["A", 5, "B", *EMPTY], ["A", 5]),
        (True, [True, "yes", "T", 1, "1", False, "no", "maybe", *EMPTY], [True, "yes", "T", 1, "1"]),
        (False, [True, False, "N", 0, *EMPTY], [False, "N", 0]),
        (date(2025, 3, 1), ["2025-03-01", "03/01/2025", "2025-03-01T23:00:00", "2025-03-02", *EMPTY],
         ["2025-03-01", "03/01/2025", "2025-03-01T23:00:00"]),
        ("2025-03-01", ["2025-03-01", "03/01/2025", "x"], ["2025-03-01", "03/01/2025"]),
        ({"above": 0}, [0, 0.01, "1", -1, "x", *EMPTY], [0.01, "1"]),
        ({"at_least": 5}, [4.99, 5, "5", 6], [5, "5", 6]),
        ({"at_most": 5, "above": 3}, [3, 3.5, 5, 5.1], [3.5, 5]),
        ({"below": "5"}, ["10", 4, "4"], [4, "4"]),
        ({"at_least": "B"}, ["A", "B", "C", *EMPTY], ["B", "C"]),
        ({"at_least": "{today-1d}"}, ["2025-11-29", "2025-11-30", "12/01/2025", "x", *EMPTY],
         ["2025-11-30", "12/01/2025"]),
        ({"below": date(2025, 3, 1)}, ["2025-02-28", "2025-03-01", *EMPTY], ["2025-02-28"]),
        ({"present": True}, [0, "x", *EMPTY], [0, "x"]),
        ({"present": False}, [0, "x", *EMPTY], list(EMPTY)),
        ({"present": True, "above": 1}, [0, 2, *EMPTY], [2]),
    ],
)  # fmt: skip
def test_a_condition_holds_for_what_it_says_and_never_for_null(
    wanted: Callable[..., list[Any]], condition: Any, values: list[Any], fitting: list[Any]
) -> None:
    assert wanted(condition, *values) == fitting


def test_an_instant_is_the_countys_day(wanted: Callable[..., list[Any]]) -> None:
    late = 1764547200000 - 3_600_000  # 30 November 2025, 23:00 UTC, which is 18:00 there
    early = 1764547200000 + 3_600_000  # 1 December, 1:00 UTC: still the 30th there
    assert wanted("2025-11-30", late, early, 1764547200000, dates=("F",)) == [late, early]
    assert wanted({"at_least": "{today}"}, late, early, 1764547200000, dates=("F",)) == [1764547200000]


def test_what_is_no_record_is_left_to_who_rejects_it(wanted: Callable[..., list[Any]]) -> None:
    assert wanted("A", "A", "B") == ["A"]


REQUEST = FetchRequest(fields=("PARCEL", "AMOUNT", "OPENED", "NOTE"), geometry=False)
TYPES = {"OBJECTID": "OID", "PARCEL": "String", "AMOUNT": "Double", "OPENED": "Date", "NOTE": "String"}


@pytest.mark.parametrize(
    ("only", "clause", "parcels"),
    [
        ({"PARCEL": "O'Hare 5%"}, "PARCEL IN ('O''Hare 5%')", ["O'Hare 5%"]),
        ({"PARCEL": ["A", 5, True]}, "PARCEL IN ('A', '5', 'true'", ["A", "5"]),
        ({"AMOUNT": [1, "2"]}, "AMOUNT IN (1, 2)", ["A", "5"]),
        ({"AMOUNT": {"above": 1.5, "at_most": 1e3}}, "(AMOUNT <= 1000.0) AND (AMOUNT > 1.5)", ["5", "O'Hare 5%"]),
        ({"NOTE": {"present": True}}, "NOTE IS NOT NULL", ["A", "5"]),
        ({"AMOUNT": {"present": False}}, "AMOUNT IS NULL", []),
        ({"NOTE": {"above": "b"}, "AMOUNT": 1}, "AMOUNT IN (1)", ["A"]),
        ({"OPENED": date(2023, 11, 14)}, "(OPENED >= date '2023-11-13') AND (OPENED < date '2023-11-16')", None),
        ({"OPENED": {"at_least": "2023-11-14"}}, "OPENED >= date '2023-11-13'", None),
    ],
)
def test_a_layer_is_asked_for_what_is_wanted(
    tmp_path: Path, only: dict[str, Any], clause: str, parcels: list[str] | None
) -> None:
    rows = [("A", 1, "x"), ("5", 2, "y"), ("O'Hare 5%", 3, None)]
    features = [
        {"attributes": {"OBJECTID": n, "PARCEL": p, "AMOUNT": a, "NOTE": note, "OPENED": 1_700_000_000_000}}
        for n, (p, a, note) in enumerate(rows, 1)
    ]
    with ArcGISServer() as server, Opener(tmp_path) as opener:
        fields = {name: f"esriFieldType{kind}" for name, kind in TYPES.items()}
        url = server.add_layer("L/0", fields, features)
        definition = opener.open(url, where="OBJECTID > 0", only=only)
        request = FetchRequest(fields=REQUEST.fields, geometry=False, only=market_only(only))
        records, _, outcome = drain(definition.fetch(request))
        asked = [one.params["where"] for one in server.requests if one.kind == "page"]
    assert clause in asked[0]
    assert "OBJECTID > 0" in asked[0]
    assert outcome.complete
    if parcels is not None:
        assert [record["PARCEL"] for record in records] == parcels


def market_only(only: dict[str, Any]) -> Any:
    """The conditions as a market file has them."""
    from pydantic import TypeAdapter

    from wholesaler.markets.only import Only

    return TypeAdapter(Only).validate_python(only)


@pytest.mark.parametrize(
    ("only", "said"),
    [
        ({"AMOUNT": "many"}, r"sources\.liens\.only\.AMOUNT: expected a number.*AMOUNT holds, not 'many'"),
        ({"AMOUNT": {"at_least": "{today}"}}, "expected a number"),
        ({"OPENED": 5}, "sources.liens.only.OPENED: expected a day"),
        ({"OPENED": {"above": "soon"}}, "expected a day, .* A day is written as 2026-01-31"),
    ],
)
def test_a_literal_that_a_field_cannot_hold_is_told(tmp_path: Path, only: dict[str, Any], said: str) -> None:
    with ArcGISServer() as server, Opener(tmp_path) as opener:
        url = server.add_layer("L/0", {name: f"esriFieldType{kind}" for name, kind in TYPES.items()}, [])
        source = opener.open(url)
        with pytest.raises(ConfigurationError, match=said):
            source.fetch(FetchRequest(fields=REQUEST.fields, geometry=False, only=market_only(only)))


def test_a_dataset_is_asked_in_its_own_sql(tmp_path: Path) -> None:
    types = {"pin": "text", "sold": "checkbox", "amount": "number", "opened": "calendar_date"}
    rows = [{"pin": "A", "sold": False, "amount": "5", "opened": "2025-11-30T00:00:00.000"}]
    only = {"sold": False, "amount": {"above": 4}, "opened": {"at_least": "2025-11-30"}, "pin": "A"}
    with SocrataServer() as portal, Opener(tmp_path) as opener:
        url = portal.add_dataset("abcd-1234", types, rows)
        portal.datasets["abcd-1234"].faults.append(lambda request: None)
        source = opener.open(url, "socrata", fields={"parcel": "pin"})
        request = FetchRequest(fields=tuple(types), geometry=False, only=market_only(only))
        with pytest.raises(Exception):  # noqa: B017, PT011  # the fake portal knows neither true nor false
            drain(source.fetch(request))
        asked = next(one.params["$where"] for one in portal.requests if "$where" in one.params)
    assert asked == "(sold IN (false)) AND (amount > 4) AND (opened >= '2025-11-29T00:00:00') AND (pin IN ('A'))"


def with_only(county: County, only: str, where: str = "") -> Path:
    for number in range(1, 20):
        if len(county.records["property_records"]) < number:
            county.roll(parcel(number))
    path = county.write()
    path.write_text(changed(path.read_text("utf-8"), SALES, f"{SALES}only = {only}\n{where}"), "utf-8")
    return path


def test_what_is_not_wanted_is_counted_and_neither_stored_nor_rejected(
    cli: CLI, home: Path, database: Database
) -> None:
    county = County(home)
    county.sale(parcel(1)).sale(parcel(2), status="Sold").sale(parcel(3), status="Sold")
    county.add("tax_sales", USER_PARCEL="nonsense", USER_Deed_Status="Sold")
    document = run(cli, with_only(county, '{ USER_Deed_Status = "Active Sale" }'), "ingest")
    stats = document["stats"]["tax_sales"]
    assert [stats[name] for name in ("processed", "inserted", "failed", "out_of_scope")] == [1, 1, 0, 3]
    assert database.column("SELECT parcel_id FROM tax_sales") == [parcel(1)]
    assert database.value("SELECT count(*) FROM rejected_records") == 0
    again = run(cli, home / "county.toml", "ingest")["stats"]["tax_sales"]
    assert [again[name] for name in ("processed", "unchanged", "out_of_scope")] == [1, 1, 3]


def test_what_is_not_wanted_any_more_is_out_of_window(cli: CLI, home: Path, database: Database) -> None:
    county = County(home)
    for number in range(1, 6):
        county.sale(parcel(number), AS_OF + timedelta(days=number))
    only = '{ USER_Sale_Date = { at_least = "{today}" } }'
    first = run(cli, with_only(county, only), "ingest")["stats"]["tax_sales"]
    assert (first["inserted"], first["out_of_scope"]) == (5, 0)
    later = AS_OF + timedelta(days=5)
    second = run(cli, with_only(county, only), "ingest", as_of=later)["stats"]["tax_sales"]
    # more than half are gone at once, and none of them is missing
    assert [second[name] for name in ("status", "deactivated", "out_of_window", "out_of_scope", "unchanged")] == [
        "success", 4, 4, 4, 1,
    ]  # fmt: skip
    assert database.column("SELECT parcel_id FROM tax_sales WHERE is_active") == [parcel(5)]


def test_another_day_is_another_version_of_an_unchanged_file(cli: CLI, home: Path) -> None:
    county = County(home)
    county.sale(parcel(1), AS_OF).sale(parcel(2), AS_OF + timedelta(days=9))
    market = with_only(county, '{ USER_Sale_Date = { at_least = "{today}" } }')
    assert run(cli, market, "ingest")["stats"]["tax_sales"]["processed"] == 2
    assert run(cli, market, "ingest", as_of=AS_OF + timedelta(days=1))["stats"]["tax_sales"]["processed"] == 1


def test_a_fetch_that_shrinks_though_nothing_more_is_unwanted_is_doubted(cli: CLI, home: Path) -> None:
    county = County(home)
    for number in range(1, 6):
        county.sale(parcel(number)).sale(parcel(10 + number), status="Sold")
    only = '{ USER_Deed_Status = "Active Sale" }'
    run(cli, with_only(county, only), "ingest")
    county.records["tax_sales"] = [
        record
        for number, record in enumerate(county.records["tax_sales"])
        if record["attributes"]["USER_Deed_Status"] == "Sold" or number == 0
    ]
    stats = run(cli, with_only(county, only), "ingest", code=3)["stats"]["tax_sales"]
    assert (stats["status"], stats["deactivated"]) == ("partial", 0)


def test_that_only_wants_nothing_any_more_is_doubted_for_a_day_and_said(cli: CLI, home: Path) -> None:
    county = County(home).sale(parcel(1)).sale(parcel(2))
    only = '{ USER_Deed_Status = "Active Sale" }'
    run(cli, with_only(county, only), "ingest")
    for record in county.records["tax_sales"]:
        record["attributes"]["USER_Deed_Status"] = "ACTIVE_SALE"
    market = with_only(county, only)
    days = [AS_OF + timedelta(days=number) for number in (1, 2, 3)]
    # on the third the file is as it was and not read again
    for day, status, deactivated, code in zip(
        days, ("partial", "success", "success"), (0, 2, 0), (3, 0, 0), strict=True
    ):
        document = run(cli, market, "ingest", as_of=day, code=code)
        stats = document["stats"]["tax_sales"]
        assert [stats[name] for name in ("status", "deactivated", "out_of_scope")] == [status, deactivated, 2]
        assert "tax_sales: `only` wants none of the 2 records that came" in document["warnings"]


def test_a_field_of_only_that_is_not_there_is_told_with_those_there_are(cli: CLI, home: Path) -> None:
    county = County(home).sale(parcel(1)).violation(parcel(1))
    document = run(cli, with_only(county, '{ USER_Deed = "Sold" }'), "ingest", code=3)
    assert "sources.tax_sales: the publisher has no field 'USER_Deed'" in document["stats"]["tax_sales"]["error"]


def test_unreadable_lines_are_rejected_and_not_out_of_scope(cli: CLI, home: Path, database: Database) -> None:
    county = County(home).sale(parcel(1))
    market = with_only(county, '{ S = "Active Sale" }')
    text = market.read_text("utf-8").replace('url = "tax_sales.json"', 'url = "sales.csv"')
    for field, short in (
        ("USER_PARCEL", "P"),
        ("USER_TDA_NUM", "N"),
        ("USER_Sale_Date", "D"),
        ("USER_Deed_Status", "S"),
    ):
        text = text.replace(f'"{field}"', f'"{short}"')
    market.write_text(text, "utf-8")
    (home / "sales.csv").write_text(
        "P,N,D,S\n28-22-29-0000-00-001,1,12/18/2025,Active Sale\nx,2,12/18/2025,Sold\nbroken,line\n", "utf-8"
    )
    stats = run(cli, market, "ingest")["stats"]["tax_sales"]
    assert [stats[name] for name in ("processed", "inserted", "failed", "out_of_scope")] == [2, 1, 1, 1]
    assert UNREADABLE in database.value("SELECT raw::text FROM rejected_records")
