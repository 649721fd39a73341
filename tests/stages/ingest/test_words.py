"""Words that nobody has given a meaning, sources without a signal, scores without a lead: each is said."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.markets.samples import changed
from tests.stages.county import AS_OF, CLI, FIELDS, County, Database, parcel, run, stages

STATUSES = "[sources.code_violations.fields]\n"
OURS = "neither mapped nor one of"


def test_words_that_are_neither_mapped_nor_ours_are_named_and_counted(cli: CLI, home: Path) -> None:
    county = County(home)
    for number, status in enumerate(("Open", "OPEN", "Active", "Active", "OPEN - HEARING SET", "closed", None), 1):
        county.violation(parcel(number), status=status).roll(parcel(number))
    market = county.write()
    said = [warning for warning in run(cli, market, "ingest")["warnings"] if OURS in warning]
    assert said == [
        f"code_violations: {word} is neither mapped nor one of Open, Closed, and counts as closed: see values"
        for word in ("2 × status 'Active'", "1 × status 'OPEN - HEARING SET'")
    ]
    mapped = '[sources.code_violations.values.status]\nactive = "Open"\n"Open - hearing set" = "Pending"\n'
    market.write_text(changed(market.read_text("utf-8"), STATUSES, mapped + STATUSES), "utf-8")
    again = run(cli, market, "ingest")
    assert [warning for warning in again["warnings"] if OURS in warning] == []
    assert again["stats"]["code_violations"]["updated"] == 7


def test_of_very_many_words_twenty_are_named(cli: CLI, home: Path) -> None:
    county = County(home)
    for number in range(25):
        county.violation(parcel(number), status=f"Word {number:02d}").roll(parcel(number))
    (said,) = [warning for warning in run(cli, county.write(), "ingest")["warnings"] if OURS in warning]
    assert "'Word 18' (1), 'Word 19' (1), others is neither mapped" in said
    county.violation(parcel(1))
    said = [warning for warning in run(cli, county.write(), "ingest")["warnings"] if OURS in warning]
    assert len(said) == 21
    assert said[-1].startswith("code_violations: further words of status are neither mapped")


def test_a_source_without_a_signal_says_so_with_its_words(cli: CLI, home: Path) -> None:
    county = County(home)
    for number in range(1, 4):
        county.sale(parcel(number), status="A").roll(parcel(number)).violation(parcel(number), status="Closed")
    document = run(cli, county.write(), "ingest")
    assert (
        "tax_sales: none of its records is a signal: deed_status 'A' (3) is neither mapped nor one of Active Sale, "
        "Lands Available, and counts as no sale any more: see values" in document["warnings"]
    )
    assert (
        "code_violations: none of its records is a signal: expected status Open, its words are 'Closed' (3): see values"
        in document["warnings"]
    )
    assert len([one for one in document["warnings"] if "see values" in one]) == 2
    for number in range(4, 6):
        county.violation(parcel(number), status="Hearing").roll(parcel(number))
    assert (
        "code_violations: none of its records is a signal: expected status Open; 'Closed' (3) is none, 'Hearing' (2) "
        "is neither mapped nor one of Open, Closed, and counts as closed: see values"
        in run(cli, county.write(), "ingest")["warnings"]
    )
    county.sale(parcel(9), status="Active sale").roll(parcel(9))
    assert not any("tax_sales: none of its records" in one for one in run(cli, county.write(), "ingest")["warnings"])


def test_no_lead_is_explained_by_words_that_are_not_mapped(cli: CLI, home: Path) -> None:
    county = County(home)
    for number in range(60):
        county.sale(parcel(number), status="A").roll(parcel(number))
    market = county.write()
    said = stages(cli, market, "ingest", "enrich", "dedupe", "score")["score"]["warnings"]
    (none,) = (warning for warning in said if warning.startswith("0 leads: "))
    assert "60 tax sales have the status 'A', which is not mapped" in none
    assert "foreclosures has no record" in none
    # who looks at the run is told once
    out = cli("--market", market, "--as-of", AS_OF, "run-all").out
    assert out.count("'A'") == 1


def test_a_run_says_once_that_a_source_is_stale(cli: CLI, home: Path) -> None:
    county = County(home).sale(parcel(1), AS_OF - timedelta(days=61)).roll(parcel(1)).violation(parcel(1))
    market = county.write()
    out = cli("--market", market, "--as-of", AS_OF, "run-all", "--only", "ingest", "--only", "score").out
    assert out.count("tax_sales: stale") == 1
    for stage in ("ingest", "score"):
        assert "tax_sales: stale" in cli("--market", market, "--as-of", AS_OF, stage).out


def test_no_lead_is_explained_by_dates_that_nobody_gives(cli: CLI, home: Path) -> None:
    county = County(home).sale(parcel(1), None).roll(parcel(1))
    county.foreclosure(parcel(2), "1 ELM ST", recorded=None).roll(parcel(2))
    market = county.write()
    (none,) = stages(cli, market, "ingest", "enrich", "dedupe", "score")["score"]["warnings"]
    assert none == (
        "0 leads: no record of tax_sales has any sale_date; no record of foreclosures has any auction_date or "
        "recording_date; code_violations has no record"
    )
    text = market.read_text("utf-8").replace('sale_date = "USER_Sale_Date"\n', "")
    text = text.replace('record_date = "sale_date"\nstale_after_days = 60\n', "")
    market.write_text(text, "utf-8")
    (none,) = stages(cli, market, "ingest", "enrich", "dedupe", "score")["score"]["warnings"]
    assert "no record of tax_sales has any sale_date, which its fields do not name" in none


def test_no_lead_is_explained_by_days_that_are_past(cli: CLI, home: Path, database: Database) -> None:
    county = County(home)
    county.sale(parcel(1), AS_OF - timedelta(days=1)).roll(parcel(1)).violation(parcel(2), status="Closed")
    market = county.write()
    (none,) = stages(cli, market, "ingest", "enrich", "dedupe", "score")["score"]["warnings"]
    assert none == (
        "0 leads: the dates of the 1 record of tax_sales are past; foreclosures has no record; "
        "1 code violation has the status 'Closed'"
    )
    county.sale(parcel(3)).roll(parcel(3))
    assert stages(cli, county.write(), "ingest", "enrich", "dedupe", "score")["score"]["warnings"] == []


def test_no_lead_is_explained_by_a_source_that_is_stale_or_has_no_parcel(cli: CLI, home: Path) -> None:
    county = County(home)
    county.sale(parcel(1), AS_OF - timedelta(days=61)).roll(parcel(1)).foreclosure(None, "1 ELM ST")
    said = stages(cli, county.write(), "ingest", "enrich", "dedupe", "score")["score"]["warnings"]
    assert any(
        "0 leads: tax_sales is stale; none of the 1 record of foreclosures is on a parcel" in one for one in said
    )


def test_a_record_date_may_be_a_value(cli: CLI, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # of a field that is no column
    monkeypatch.setitem(FIELDS["tax_sales"], "LISTED", "esriFieldTypeString")
    county = County(home).sale(parcel(1), AS_OF + timedelta(days=3), LISTED="2025-11-01").roll(parcel(1))
    county.sale(parcel(2), LISTED="2025-09-01").roll(parcel(2))
    market = county.write()
    text = changed(market.read_text("utf-8"), 'record_date = "sale_date"', 'record_date = { first = ["LISTED"] }')
    market.write_text(text, "utf-8")
    stats = run(cli, market, "ingest")["stats"]["tax_sales"]
    assert (stats["newest_record"], stats["stale"]) == ("2025-11-01", False)
    # an unchanged file is not read again, and is as old as it was
    later = run(cli, market, "ingest", as_of=AS_OF + timedelta(days=5))["stats"]["tax_sales"]
    assert (later["newest_record"], later["stale"]) == ("2025-11-01", False)
    stale = run(cli, market, "ingest", as_of=AS_OF + timedelta(days=60))["stats"]["tax_sales"]
    assert (stale["newest_record"], stale["stale"]) == ("2025-11-01", True)


def test_a_lead_is_told_in_the_words_of_its_state_with_its_links(cli: CLI, home: Path) -> None:
    county = (
        County(home)
        .sale(parcel(1))
        .roll(parcel(1), total_mkt=200_000, living_area=1500)
        .violation(parcel(1), number="C/7")
    )
    market = county.write()
    terms = (
        '[words]\ntax_sale = "Tax lien certificate sale"\n[deal]\nmarket_share_of_price = 0.5\n[links]\n'
        'appraiser = "https://gis.example/{parcel:str-dashed}"\ncase = "https://gis.example/{case_number}"\n'
        'map = "https://gis.example/?{latitude},{longitude}"\n'
    )
    market.write_text(changed(market.read_text("utf-8"), "[parcel]\n", terms + "[parcel]\n"), "utf-8")
    stages(cli, market, "ingest", "enrich", "dedupe", "score")
    lead = run(cli, market, "leads", "show", parcel(1))
    assert any(reason.startswith("Tax lien certificate sale on 18 Dec 2025") for reason in lead["reasons"])
    assert lead["deal"]["arv"] == 400_000
    assert lead["links"] == {
        "appraiser": "https://gis.example/28-22-29-0000-00-001",
        "case": "https://gis.example/C%2F7",
        "map": "https://gis.example/?28.538000,-81.379000",
    }
    shown = cli("--market", market, "leads", "show", parcel(1)).out
    assert "https://gis.example/28-22-29-0000-00-001" in shown
