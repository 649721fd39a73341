"""``markets new`` over real sockets: a county from its lists' addresses, its questions answered, and its leads."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.counties import DAY, Publishers
from tests.servers.arcgis import ArcGISServer
from tests.support import DATA, Outcome
from wholesaler.markets import read_market
from wholesaler.markets.market import Host

CLI = Callable[..., Outcome]


@pytest.fixture(autouse=True)
def _servers_without_manners(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask the tests' own servers as fast as they answer."""
    monkeypatch.setattr("wholesaler.draft.Host", lambda: Host(requests_per_second=1000, concurrency=2))


def take(file: Path, *lines: str) -> None:
    """Answer questions as a person does: the # before these lines is taken away, once each; remarks may stay behind."""
    text = file.read_text("utf-8")
    for line in lines:
        text, times = re.subn(rf"(?m)^# ({re.escape(line)}(?:  #.*)?)$", r"\1", text)
        assert times == 1, line
    file.write_text(text, "utf-8")


def drafted(cli: CLI, key: str, *urls: str) -> tuple[Path, dict[str, Any]]:
    outcome = cli("markets", "new", key, "--from", *urls, "--json")
    assert outcome.code == 0, outcome.err
    document = outcome.document
    return Path(document["file"]), document


def tiers(cli: CLI, key: str) -> dict[str, str]:
    run = cli("run-all", "--market", key, "--as-of", DAY, "--json")
    assert run.code in {0, 3}, run.err
    failed = [stage for stage in run.document["stages"] if stage["status"] == "failure"]
    assert not failed
    leads = cli("leads", "list", "--market", key, "--json").document["leads"]
    return {lead["parcel_id"]: lead["tier"] for lead in leads}


def test_arcgis_layers_become_a_county_with_leads(cli: CLI, home: Path) -> None:
    with Publishers("wayne-mi") as served:
        urls = served.urls()
        file, document = drafted(cli, "detroit-mi", *urls)
        assert file == home / "markets" / "detroit-mi.toml"
        assert document["valid"]
        kinds = {source["name"]: source["record"] for source in document["sources"]}
        assert kinds == {
            "blight_tickets": "code_violations",
            "bseed_vacant_property_registrations": "distress_events",
            "parcel_file_current": "property_records",
        }
        assert cli("markets", "validate", "detroit-mi").code == 0
        # tickets of which somebody was found responsible are open until they are paid
        take(file, *(f'"Responsible by {how}" = "Open"' for how in ("Default", "Determination", "Admission")))
        market = read_market(file, strict=True)
        assert (market.state, market.time_zone, str(market.checked)) == ("MI", "America/Detroit", document["checked"])
        assert market.sources["bseed_vacant_property_registrations"].fields["signal"].const == "vacancy"  # type: ignore[union-attr]
        found = tiers(cli, "detroit-mi")
    assert {"01000123-5", "12004687.", "22030578.002L"} <= found.keys()
    # A in the bundled file, which knows that Michigan assesses at half of the market value; no record says so
    assert found["01000123-5"] == "B"


def test_datasets_of_socrata_become_a_county_with_leads(cli: CLI, home: Path) -> None:
    with Publishers("cook-il") as served:
        sale, violations, addresses, *_ = served.urls()
        file, document = drafted(cli, "chicago-il", sale, violations, addresses)
        assert document["valid"]
        forms = {source["name"]: (source["parcel_form"], source["join_rate"]) for source in document["sources"]}
        assert forms["treasurer_annual_tax_sale"] == ("dashes", 1.0)
        assert forms["assessor_parcel_addresses"] == ("plain", None)
        text = file.read_text("utf-8").replace('# city = { const = "CITY" }', 'city = { const = "CHICAGO" }')
        file.write_text(text, "utf-8")
        market = read_market(file, strict=True)
        # one row for each parcel and year: the newest stands
        assert market.sources["assessor_parcel_addresses"].latest_by == "year"
        assert market.sources["building_violations"].values["status"]["NO ENTRY"] == "Open"
        found = tiers(cli, "chicago-il")
    assert {"17213210180000", "16012160010000", "20344190110000"} <= found.keys()


def test_files_of_ckan_become_a_county_with_leads(cli: CLI, home: Path) -> None:
    with Publishers("allegheny-pa") as served:
        delinquency, _, violations, assessments = served.urls()
        file, document = drafted(cli, "pittsburgh-pa", delinquency, violations, assessments)
        assert document["valid"]
        market = read_market(file, strict=True)
        roll = market.sources["property_records"]
        assert roll.date_formats == ["%m-%d-%Y"]
        assert roll.fields["address"].join == ("PROPERTYHOUSENUM", "PROPERTYADDRESS")  # type: ignore[union-attr]
        assert market.parcel.parts["number"].pattern == "[0-9A-Z]{16}"
        assert market.sources["distress_events"].fields["signal"].const == "tax_delinquency"  # type: ignore[union-attr]
        found = tiers(cli, "pittsburgh-pa")
    assert {"0175K00045000000", "0124P00031000A00"} <= found.keys()


def test_an_order_that_nothing_tells_is_a_question_with_what_was_tried(cli: CLI, home: Path) -> None:
    with ArcGISServer() as server:
        urls = []
        for name, path in (("tax_sales", "Tax_Sale_Data/FeatureServer/0"), ("property_records", "Roll/MapServer/216")):
            layer = json.loads((DATA / "orange-fl" / f"{name}.json").read_bytes())
            fields = {field["name"]: field["type"] for field in layer["fields"]}
            urls.append(server.add_layer(path, fields, layer["features"], geometry_type=layer["geometryType"]))
        file, document = drafted(cli, "orlando-fl", *urls)
        text = file.read_text("utf-8")
        assert not document["valid"]
        assert "sources: at least one of tax_sales" in document["problem"]
        assert [source["left_out"] for source in document["sources"]] == [True, False]
        (needed,) = [question for question in document["questions"] if question["blocks"]]
        asked = " ".join(line.strip("# ") for line in text.splitlines()[needed["line"] - 1 :][:8])
        assert "The list is left out until this is answered" in asked
        lines = text.splitlines()
        assert all(re.match(r"(# )?# \? ", lines[question["line"] - 1]) for question in document["questions"])
        assert re.search(r"# \? Of 32 of its parcel numbers the roll has none in any of 24 forms", text)
        refused = cli("markets", "validate", "orlando-fl")
        assert (refused.code, refused.err.count("\n")) == (78, 1)
        assert "sources: at least one of tax_sales" in refused.err
        # section, township, range; the roll has range, township, section
        before, rest = text.split("# [sources.tax_sale_data]\n")
        block, after = rest.split("\n\n", 1)
        block = "\n".join(line[2:] for line in ["# [sources.tax_sale_data]", *block.split("\n")])
        file.write_text(f"{before}{block}\n\n{after}", "utf-8")
        take(file, 'parcel_form = "dashes_321"')
        market = read_market(file, strict=True)
        assert market.parcel_reader("tax_sale_data").canonicalise("27-24-29-2667-00-460") == "292427266700460"
        found = cli("run-all", "--market", "orlando-fl", "--as-of", "2025-12-01", "--json")
        leads = cli("leads", "list", "--market", "orlando-fl", "--json").document["leads"]
    assert found.code in {0, 3}, found.err
    assert len(leads) > 20
