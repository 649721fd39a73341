"""A source that is a file on the web: brought once, left alone while it does not change, cleared away when it goes."""

import gzip
import io
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.servers.files import FileServer, Served
from tests.stages.county import AS_OF, CLI, County, Database, dashed, parcel, run

HEAD = "USER_PARCEL,USER_TDA_NUM,USER_Sale_Date,USER_Deed_Status\n"


def sales(*numbers: int) -> bytes:
    lines = (f"{dashed(parcel(number))},2025-{number},12/18/2025,Active Sale\n" for number in numbers)
    return (HEAD + "".join(lines)).encode()


def zipped(raw: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sales/tax.csv", raw)
        archive.writestr("readme.csv", "x\n")
    return target.getvalue()


def market(county: County, url: str, *keys: str) -> Path:
    path = county.write()
    text = path.read_text().replace('url = "tax_sales.json"', "\n".join([f"url = {url}", *keys]))
    path.write_text(text.replace('location = "geometry"\ndate_formats', 'location = "none"\ndate_formats'))
    return path


def ingest(cli: CLI, path: Path, day: int = 0, code: int = 0) -> Any:
    document = run(cli, path, "ingest", "--source", "tax_sales", as_of=AS_OF + timedelta(days=day), code=code)
    return document["stats"].get("tax_sales", {}) | {"warnings": document["warnings"]}


def test_a_file_from_the_web_is_loaded_and_left_alone_until_it_changes(
    cli: CLI, tmp_path: Path, database: Database, home: Path
) -> None:
    county = County(tmp_path)
    with FileServer() as web:
        served = Served(zipped(sales(1, 2, 3)), etag='"one"')
        path = market(county, f'"{web.serve("/tax.zip", served)}"', 'member = "tax.csv"')
        assert ingest(cli, path)["inserted"] == 3
        assert ingest(cli, path, 1)["unchanged"] == 3
        assert len(web.asked) == 2
        assert web.asked[1].headers["if-none-match"] == '"one"'
        served.body, served.etag = zipped(sales(2, 3, 4)), '"two"'
        changed = ingest(cli, path, 2)
        assert (changed["inserted"], changed["deactivated"]) == (1, 1)
    read = database.column("SELECT stats ->> 'read_on' FROM data_ingestion_runs WHERE source = 'tax_sales' ORDER BY id")
    assert read == [AS_OF.isoformat(), AS_OF.isoformat(), (AS_OF + timedelta(days=2)).isoformat()]
    assert (home / "downloads" / "orange-fl" / "tax_sales").is_dir()
    ingest(cli, market(county, '"tax.json"'), 3, code=69)
    assert not (home / "downloads" / "orange-fl" / "tax_sales").exists()


def test_what_is_cut_off_loads_nothing_and_costs_nothing(cli: CLI, tmp_path: Path, database: Database) -> None:
    county = County(tmp_path)
    with FileServer() as web:
        served = Served(sales(*range(1, 30)))
        path = market(county, f'"{web.serve("/tax", served)}"', 'format = "csv"')
        ingest(cli, path)
        served.body, served.breaks = sales(*range(2, 30)), [500] * 9
        ingest(cli, path, 1, code=69)
        assert database.value("SELECT count(*) FROM tax_sales WHERE is_active") == 29
        served.body, served.end, served.breaks = sales(*range(2, 29)), "nothing", []
        partial = ingest(cli, path, 2, code=3)
        assert (partial["status"], partial["deactivated"]) == ("partial", 0)
        assert any("does not say where it ends" in warning for warning in partial["warnings"])


@pytest.mark.parametrize(
    ("served", "said"),
    [
        (Served(b"", 404), "has no file at this address (404)"),
        (Served(b"<!DOCTYPE html>"), "it is a web page instead of data"),
        (Served(gzip.compress(zipped(b"x"))), "an archive within an archive"),
    ],
)
def test_what_is_no_file_of_data_is_one_line(cli: CLI, tmp_path: Path, served: Served, said: str) -> None:
    with FileServer() as web:
        path = market(County(tmp_path), f'["{web.url}/none", "{web.serve("/tax", served)}?token=hush"]')
        outcome = cli("--market", path, "ingest", "--source", "tax_sales")
    assert outcome.code == 69
    assert "hush" not in outcome.err + outcome.out
    assert [said in line for line in outcome.out.splitlines() if "error:" in line] == [True]


def test_a_member_that_matches_none_is_wrong_configuration(cli: CLI, tmp_path: Path) -> None:
    with FileServer() as web:
        url = web.serve("/tax.zip", Served(zipped(sales(1))))
        for member, said in (('member = "*.tsv"', "matches none of"), ('member = "*.csv"', "matches 2 of")):
            outcome = cli("--market", market(County(tmp_path), f'"{url}"', member), "ingest", "--source", "tax_sales")
            assert outcome.code == 78
            assert f"sources.tax_sales.member: '{member[10:15]}' {said}" in outcome.err
