"""``markets validate --online``: what it shows of a county's lists, the faults it tells apart; without a database."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.markets.samples import changed, serve_tax_sales, tax_sale_market
from tests.servers import Reply, on
from tests.servers.arcgis import ArcGISServer, Layer, esri_error
from tests.servers.socrata import SocrataServer
from tests.servers.wire import Wire, http
from tests.stages.county import AS_OF, DATASET, SALE_DATE, ServedCounty, parcel
from tests.support import CommandLine, Outcome
from wholesaler.cli.confirmation import document
from wholesaler.config import load_settings
from wholesaler.markets import load_market
from wholesaler.pipeline.confirmation import confirm

CLI = Callable[..., Outcome]


@pytest.fixture
def cli(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CLI:
    """The command line on a machine without a database."""
    for name, value in {
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
        "WHOLESALER_HOME": str(home / "not-there"),
        "WHOLESALER_HTTP_RETRIES": "0",
        "WHOLESALER_HTTP_RETRY_WAIT": "0",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(home)
    return CommandLine(capsys).run


@pytest.fixture
def county(home: Path) -> Iterator[ServedCounty]:
    """A county whose lists are as its market file says."""
    with ArcGISServer() as arcgis, SocrataServer() as portal:
        served = ServedCounty(home, arcgis=arcgis, portal=portal)
        for number in range(1, 41):
            served.sale(parcel(number)).roll(parcel(number), f"{number} ELM ST")
            served.violation(parcel(number), opened=AS_OF - timedelta(days=number % 5))
        served.foreclosure(parcel(3), recorded=AS_OF - timedelta(days=20))
        served.foreclosure(parcel(4), recorded=AS_OF - timedelta(days=2000), auction=AS_OF + timedelta(days=3))
        served.foreclosure(parcel(5), recorded=AS_OF - timedelta(days=2000))
        yield served


def confirmed(market: Path, code: int, **seconds: float) -> dict[str, dict[str, Any]]:
    """What is said of each source on the day of the county."""
    settings = load_settings()
    told = document(confirm(load_market(str(market)), settings, AS_OF, **seconds))
    assert told["exit_code"] == code, told
    return {source["source"]: source for source in told["sources"]}


def findings(source: dict[str, Any], *outcomes: str) -> list[tuple[str, str, str | None]]:
    """Kind, message and hint of the findings with these outcomes, else of all that are no notes."""
    wanted = outcomes or ("error", "warning")
    return [(one["kind"], one["message"], one["hint"]) for one in source["findings"] if one["outcome"] in wanted]


def test_a_county_that_is_as_its_file_says_is_shown_with_its_records(cli: CLI, county: ServedCounty) -> None:
    found = confirmed(county.write(), 0)
    assert [findings(source) for source in found.values()] == [[], [], [], []]
    sales, suits, roll, cases = found.values()
    assert (sales["read"], sales["all_read"], sales["newest_record"], sales["frozen"]) == (40, True, SALE_DATE, False)
    assert (sales["leads"], suits["leads"], cases["leads"], roll["leads"]) == (40, 2, 40, None)
    assert sales["join"] == {"asked": 40, "found": 40, "least": False, "why": None, "rate": 1.0}
    assert len(sales["sample"]) == 5
    assert sales["sample"][0] == {
        "columns": {
            "record_key": "2023-1",
            "parcel": "28-22-29-0000-00-001",
            "tda_number": "2023-1",
            "sale_date": "2025-12-18",
            "deed_status": "Active Sale",
            "parcel_id": parcel(1),
            "location": "28.538000, -81.379000",
        },
        "issues": [],
        "is_signal": True,
    }
    # signals stand first; what is null is left out
    assert [record["is_signal"] for record in suits["sample"]] == [True, True, False]
    assert "address" not in suits["sample"][0]["columns"]
    # published in feet
    assert cases["sample"][0]["columns"]["location"] == "28.538000, -81.379000"


def test_it_is_read_as_text_too_and_nothing_is_left_behind(
    cli: CLI, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with ArcGISServer() as server:
        market = tax_sale_market(home, serve_tax_sales(server))
        shown = cli("markets", "validate", market, "--online", "--verbose")
        short = cli("markets", "validate", market, "--online").out
        document = cli("markets", "validate", market, "--online", "--json").document
    assert shown.code == document["online"]["exit_code"] == 3
    assert (document["key"], document["valid"], document["sources"]) == ("test-county", True, ["tax_sales"])
    assert f"{market}: valid. " in shown.out
    assert (
        "  32 records, all of them read.\n  Newest: 2025-12-18.\n  A lead today: none, since it is frozen; "
        in shown.out
    )
    assert "warning: tax_sales: frozen: the newest record is of 18 Dec 2025, " in shown.out
    assert shown.out.count(". as it would be stored") == 5
    assert max(map(len, re.findall(r"^     .*$", shown.out, re.MULTILINE))) < 70
    # without all columns they are a table, and what is wrong stands at the end
    first = "05-22-29-7754-00-000 292205775400000 2020-8215 2024-02-29 Lands Available 28.602285, -81.433079"
    assert [line.split() for line in re.findall(r"^ lead +(.*)$", short, re.MULTILINE)] == [first.split()]
    assert len(re.findall(r"^ {8}\d\d-\d\d-", short, re.MULTILINE)) == 4
    warned, summary = short.splitlines()[-2:]
    assert warned.startswith("warning: tax_sales: frozen: ")
    assert summary == "Orange County, Florida: 0 errors, 1 warning in 1 source. Nothing was stored."
    assert sorted(path.name for path in home.iterdir()) == ["test-county.toml"]


def test_what_is_to_be_done_about_several_words_is_said_once(cli: CLI, county: ServedCounty) -> None:
    county.sale(parcel(41), status="Adjourned").sale(parcel(42), status="Continued")
    shown = cli("markets", "validate", county.write(), "--online").out
    assert shown.count("is neither mapped nor one of Active Sale, Lands Available") == 2
    assert shown.count("Write what it means in sources.tax_sales.values.deed_status in ") == 1


def test_a_roll_of_which_no_field_has_the_owner_is_said(county: ServedCounty) -> None:
    market = county.write()

    def said() -> list[str]:
        roll = confirmed(market, 0)["property_records"]
        return [message for kind, message, _ in findings(roll, "note") if kind == "fields"]

    assert not any("the owner's name" in message for message in said())
    market.write_text(re.sub(r"(?m)^owner_name = .*\n", "", market.read_text("utf-8")), "utf-8")
    assert "names no field for the owner's name; the owner's mailing address" in said()[0]


def test_places_of_a_system_that_nobody_knows_are_shown_as_they_are(county: ServedCounty) -> None:
    market = county.write()
    market.write_text(changed(market.read_text("utf-8"), "crs = 2236", "crs = 28992"), "utf-8")
    cases = confirmed(market, 0)["code_violations"]
    assert cases["sample"][0]["columns"]["location"].endswith(" (EPSG 28992)")


@pytest.mark.parametrize(("outside", "warns"), [(20, True), (19, False)])
def test_a_list_of_which_half_lies_outside_of_the_box_is_a_warning(
    county: ServedCounty, outside: int, warns: bool
) -> None:
    for row in county.records["code_violations"][:outside]:
        row["gpsx"], row["gpsy"] = "1000000", "3000000"
    cases = confirmed(county.write(), 3 * warns)["code_violations"]
    assert [kind for kind, *_ in findings(cases)] == ["places"] * warns
    if warns:
        assert findings(cases)[0][1] == (
            "code_violations: 20 places of 40 usable records are dropped, as location outside of the market."
        )


def test_of_a_long_list_some_records_are_read_and_all_words_and_days_are_counted(county: ServedCounty) -> None:
    for number in range(41, 801):
        county.sale(parcel(number), SALE_DATE - timedelta(days=400))
        county.violation(parcel(number), opened=AS_OF - timedelta(days=300))
    # beyond what is read, at either end
    county.records["tax_sales"][400]["attributes"]["USER_Deed_Status"] = "Adjourned"
    for row in county.records["code_violations"][:40]:
        row["casedt"] = f"{AS_OF - timedelta(days=300)}T00:00:00.000"
    county.records["code_violations"][400] |= {"caseinfostatus": "In Limbo", "casedt": f"{AS_OF}T00:00:00.000"}
    market = county.write()
    found = confirmed(market, 3)
    sales, cases = found["tax_sales"], found["code_violations"]
    assert (sales["read"], sales["records"], sales["all_read"]) == (500, 800, False)
    assert (cases["read"], cases["records"], cases["newest_of_all"], cases["newest_record"]) == (500, 800, True, AS_OF)
    # the layer has its days as text, so that the server cannot tell which is the newest
    assert (sales["newest_record"], sales["newest_of_all"]) == (SALE_DATE, False)
    for source, column, word in ((sales, "deed_status", "Adjourned"), (cases, "status", "In Limbo")):
        assert source["unmapped"] == [{"column": column, "word": word, "count": 1, "of_all": True}]
        ((kind, message, hint),) = findings(source)
        assert kind == "word"
        assert f"1 × {column} '{word}' is neither mapped nor one of " in message
        assert hint == f"Write what it means in sources.{source['source']}.values.{column} in {market}."
    assert all(len(county.arcgis.asked(kind)) < 20 for kind in ("page", "count", "metadata", "statistics"))
    assert sales["join"]["asked"] == 50


def test_a_server_that_counts_no_words_tells_those_of_the_records_read(county: ServedCounty) -> None:
    county.sale(parcel(41), status="Adjourned")
    layer = county.layer(county.arcgis, "tax_sales") if county.write() else None
    assert layer is not None
    layer.faults.append(on("statistics", esri_error(400, "Not supported")))
    found = confirmed(county.write(), 3)
    assert found["tax_sales"]["unmapped"][0] | {"count": 1} == found["tax_sales"]["unmapped"][0]


def test_a_layer_that_is_gone_has_moved_and_its_service_says_what_it_has(county: ServedCounty) -> None:
    market = county.write()
    service = "Tax_Sale_Data/FeatureServer"
    county.arcgis.layers[f"{service}/3"] = county.arcgis.layers.pop(f"{service}/0")
    listed = Layer({}, [])
    listed.faults.append(
        lambda request: Reply({"layers": [{"id": 3, "name": "Sales 2026"}, {"id": 4, "name": "Parks"}]})
    )
    county.arcgis.layers[service] = listed
    found = confirmed(market, 78)
    ((kind, message, hint),) = findings(found["tax_sales"])
    assert kind == "moved"
    assert message == "tax_sales: 127.0.0.1 answered 404: Service not found."
    assert hint is not None
    assert hint.startswith(f"Look for it at its publisher, and correct 'url' of sources.tax_sales in {market}.")
    assert f"Its service has now: Sales 2026 ({county.arcgis.url}/arcgis/rest/services/{service}/3), Parks (" in hint
    # the others are told all the same
    assert found["foreclosures"]["leads"] == 2
    assert found["tax_sales"]["sample"] == []


@pytest.mark.parametrize(
    "reply",
    [
        esri_error(400, "Invalid URL"),
        esri_error(500, "Service Tax_Sale_Data/MapServer not found"),
        Reply(b"<html>404</html>", 404),
        Reply({"error": "gone"}, 410),
        Reply({"layers": [], "type": "Group Layer"}),
    ],
)
def test_whatever_a_server_says_of_what_is_gone_it_has_moved(county: ServedCounty, reply: Reply) -> None:
    market = county.write()
    county.layer(county.arcgis, "tax_sales").faults.append(on("metadata", reply))
    assert [kind for kind, *_ in findings(confirmed(market, 78)["tax_sales"])] == ["moved"]


def test_a_redirect_to_another_host_names_the_address_to_write(county: ServedCounty) -> None:
    market = county.write()
    headers = {"Location": "http://gis.example.com/arcgis/rest/services/Tax/FeatureServer/7?f=json"}
    county.layer(county.arcgis, "tax_sales").faults.append(on("metadata", Reply(b"", 301, headers)))
    ((kind, message, hint),) = findings(confirmed(market, 78)["tax_sales"])
    assert kind == "moved"
    assert "redirects to another host, gis.example.com" in message
    assert hint is not None
    assert "write http://gis.example.com/arcgis/rest/services/Tax/FeatureServer/7 as 'url' of sources.tax_sales" in hint


def test_another_layer_at_the_address_is_no_matter_of_names(county: ServedCounty) -> None:
    market = county.write()
    layer = county.layer(county.arcgis, "tax_sales")
    layer.fields = {"OBJECTID": "esriFieldTypeOID", "PARK": "esriFieldTypeString", "BENCHES": "esriFieldTypeInteger"}
    layer.features = [{"attributes": {"OBJECTID": 1, "PARK": "Lake Eola", "BENCHES": 40}}]
    ((kind, message, _),) = findings(confirmed(market, 78)["tax_sales"])
    assert kind == "moved"
    assert "4 fields of the 4 that the market file names are not there: " in message
    assert "what is at this address now has OBJECTID, PARK, BENCHES." in message


@pytest.mark.parametrize(
    ("renamed", "looks_like"),
    [("TDA_NUM", "TDA_NUM"), ("APPLICATION_NUM", None), ("USER_TDA_NUMBER", "USER_TDA_NUMBER")],
)
def test_a_field_of_another_name_is_named_with_the_one_that_looks_like_it(
    county: ServedCounty, renamed: str, looks_like: str | None
) -> None:
    market = county.write()
    _rename(county.layer(county.arcgis, "tax_sales"), "USER_TDA_NUM", renamed)
    found = confirmed(market, 78)
    ((kind, message, hint),) = findings(found["tax_sales"])
    assert kind == "renamed"
    assert message.startswith("tax_sales: the publisher has no field 'USER_TDA_NUM' (tda_number) any more; ")
    assert message.endswith(f"; '{looks_like}' looks like it." if looks_like else f"; new are {renamed}.")
    assert hint is not None
    assert f"sources.tax_sales in {market}" in hint


def test_a_name_is_told_by_what_it_means_and_each_is_guessed_once(county: ServedCounty) -> None:
    market = county.write()
    roll = county.layer(county.arcgis, "property_records")
    _rename(roll, "PARCEL", "PIN")
    _rename(roll, "NAME1", "OWNER_1")
    _rename(roll, "NAME2", "OWNER_2")
    told = [
        message.partition(" any more; ")[2] for _, message, _ in findings(confirmed(market, 78)["property_records"])
    ]
    assert told == ["'PIN' looks like it.", "'OWNER_1' looks like it.", "'OWNER_2' looks like it."]


def test_an_optional_field_that_is_gone_is_a_warning(county: ServedCounty) -> None:
    market = county.write()
    market.write_text(
        changed(
            market.read_text("utf-8"),
            "[sources.tax_sales.fields]",
            'optional = ["deed_status"]\n\n[sources.tax_sales.fields]',
        ),
        "utf-8",
    )
    _rename(county.layer(county.arcgis, "tax_sales"), "USER_Deed_Status", "USER_Deed_State")
    found = confirmed(market, 3)
    assert [(kind, "'USER_Deed_State' looks like it" in said) for kind, said, _ in findings(found["tax_sales"])] == [
        ("renamed", True)
    ]
    assert len(found["tax_sales"]["sample"]) == 5


def test_a_dataset_tells_the_same_faults(county: ServedCounty) -> None:
    market = county.write()
    dataset = county.portal.datasets[DATASET]
    dataset.types = {("case_opened" if name == "casedt" else name): kind for name, kind in dataset.types.items()}
    for row in dataset.rows:
        row["case_opened"] = row.pop("casedt")
    ((kind, message, _),) = findings(confirmed(market, 78)["code_violations"])
    assert (kind, "'case_opened' looks like it" in message) == ("renamed", True)
    del county.portal.datasets[DATASET]
    assert [kind for kind, *_ in findings(confirmed(market, 78)["code_violations"])] == ["moved"]


@pytest.mark.parametrize(("days", "frozen"), [(14, False), (15, True)])
def test_a_list_is_frozen_a_day_after_what_its_file_allows(county: ServedCounty, days: int, frozen: bool) -> None:
    for row in county.records["code_violations"]:
        row["casedt"] = f"{AS_OF - timedelta(days=days)}T00:00:00.000"
    found = confirmed(county.write(), 3 if frozen else 0)["code_violations"]
    assert found["frozen"] is frozen
    assert [kind for kind, *_ in findings(found)] == (["frozen"] if frozen else [])
    if frozen:
        assert "frozen: the newest record is of 16 Nov 2025, 15 days ago (stale after 14)." in findings(found)[0][1]


def test_that_a_list_is_frozen_may_be_known(county: ServedCounty) -> None:
    county.records["foreclosures"] = []
    county.foreclosure(parcel(3), recorded=AS_OF - timedelta(days=46))
    found = confirmed(county.write(), 0)["foreclosures"]
    assert found["frozen"] is True
    assert [kind for kind, *_ in findings(found, "note")][:1] == ["frozen"]


@pytest.mark.parametrize(("known", "low"), [(20, False), (19, True)])
def test_fewer_parcels_on_the_roll_than_expected_are_a_warning(county: ServedCounty, known: int, low: bool) -> None:
    del county.records["property_records"][known:]
    found = confirmed(county.write(), 3 if low else 0)["tax_sales"]
    assert (found["join"]["asked"], found["join"]["found"]) == (40, known)
    said = [message for kind, message, _ in findings(found) if kind == "join"]
    assert said == (["tax_sales: 19 of 40 parcels are on the appraiser's roll, at least 50% expected."] if low else [])


def test_a_server_that_drips_is_left_and_the_others_are_told(cli: CLI, county: ServedCounty) -> None:
    county.write()
    with Wire(http(lambda wire, connection: wire.drip(connection, b"HTTP/1.1 100 Continue\r\n"))) as wire:
        text = (county.directory / "county.toml").read_text("utf-8")
        address = f"http://127.0.0.1:{wire.port}/arcgis/rest/services/L/FeatureServer/0"
        market = county.directory / "county.toml"
        market.write_text(
            re.sub(r'url = "http[^"]*Tax_Sale_Data[^"]*"', f'url = "{address}"', text, count=1), encoding="utf-8"
        )
        started = time.monotonic()
        found = confirmed(market, 3, lists=8.0)
        assert time.monotonic() - started < 30
        ((kind, message, _),) = findings(found["tax_sales"])
        assert kind == "unanswered"
        assert message.startswith("tax_sales: ")
        assert found["foreclosures"]["leads"] == 2
        # where nobody answers nobody can tell
        market.write_text(re.sub(r'url = "http[^"]*"', f'url = "{address}"', text), encoding="utf-8")
        dripped = confirmed(market, 69, lists=2.0, rolls=1.0)
    assert {kind for source in dripped.values() for kind, *_ in findings(source)} == {"unanswered"}


def test_a_server_that_is_down_is_69(cli: CLI, home: Path) -> None:
    market = tax_sale_market(home, "http://127.0.0.1:1/arcgis/rest/services/L/FeatureServer/0")
    outcome = cli("markets", "validate", market, "--online")
    assert outcome.code == 69
    assert "error: tax_sales: 127.0.0.1 cannot be reached" in outcome.out


def _rename(layer: Layer, old: str, new: str) -> None:
    layer.fields = {(new if name == old else name): kind for name, kind in layer.fields.items()}
    for feature in layer.features:
        feature["attributes"] = {(new if name == old else name): value for name, value in feature["attributes"].items()}
