"""What others make of the exports: LibreOffice of spreadsheets and CSV files, GDAL of maps."""

import csv
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest
from sqlalchemy import Date, Double, Engine, Numeric

from tests.leads.world import World
from tests.stages.check.rows import DOWNTOWN, Rows
from tests.support import Outcome
from wholesaler.leads.listing import COLUMNS
from wholesaler.leads.presets import bundled_presets, load_preset

CLI = Callable[..., Outcome]
pytestmark = pytest.mark.slow

needs_libreoffice = pytest.mark.skipif(
    shutil.which("soffice") is None,
    reason="no LibreOffice here: `apt-get install --no-install-recommends libreoffice-calc-nogui`",
)
needs_gdal = pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="no GDAL here: `apt-get install gdal-bin`")
each_preset = pytest.mark.parametrize("preset", bundled_presets())

#: the owners of the leads, by address: what a spreadsheet runs, loses or turns round
OWNERS = {
    "1 ELM ST": '=HYPERLINK("http://example.org","x")',
    "2 ELM ST": "+1-407 SMITH",
    "3 ELM ST": "@SUM(A1:A9)",
    "4 ELM ST": "MUÑOZ JOSÉ & ÅSA",
    "5 ELM ST": "😀 SMILE HOMES LLC",
    "6 ELM ST": "COHEN \u202eדוד\u202c LLC",
    "7 ELM ST": 'O"BRIEN, PAT; "THE ROCK"',
    "8 ELM ST": "0042",
}
#: headings of presets
OWNER = {"owner", "owner_name", "Owner Name", "OwnerName"}
IDENTITY = {"lead_id", "LeadId"}
ZIPS = {"zip", "Zip", "Property Zip", "PropertyZip", "property_address_zipcode", "mailing_zip", "Mailing Zip"}
#: numbers that are made of others
NUMBERS = {"score", "lot_square_feet", "parcels"}
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"


class Cell(NamedTuple):
    """What an office program takes a cell for (string, float, date), and the value whatever the form it is shown in."""

    kind: str
    value: str


EMPTY = Cell("", "")


@pytest.fixture
def world(engine: Engine) -> World:
    """A lead for each of the owners."""
    world = World(engine, Rows(engine))
    for place, (address, owner) in enumerate(OWNERS.items()):
        roll = {
            "owner_name": owner, "owner_class": "company", "owner_key": f"{place}", "homestead": False,
            "mail_address": "77 Oak Avenue", "mail_address_2": "Suite 5", "mail_city": "Boston", "mail_state": "MA",
            "mail_zip": "2108", "mail_differs": "out_of_state", "total_mkt": 200_000 + place, "total_assd": 150_000.5,
            "use_code": "0100", "living_area": 1200, "year_built": 1961, "beds": 3, "baths": 2.5, "acreage": 0.25,
            "sale_date": "1999-02-28", "sale_price": 71_500, "owner_parcels": 2,
        }  # fmt: skip
        world.lead(
            address, roll, city="Orlando", zip_code="02801", total_score=70.25 - place, total_mkt=200_000 + place,
            tax_sale_date="2025-12-18", auction_date="2026-02-01", next_sale_days=28, spread=-5.5,
        )  # fmt: skip
    return world


def export(cli: CLI, preset: str, form: str) -> Path:
    """The file of all leads by a preset."""
    path = Path(f"{preset}.{form}").absolute()
    outcome = cli("leads", "export", "--for", preset, "--output", path, "--json")
    assert (outcome.code, outcome.document["rows"]) == (0, len(OWNERS)), outcome.err
    return path


def lines(path: Path) -> list[dict[str, str]]:
    """A CSV file's rows, of a reader that takes nothing for anything but text."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def run(*command: object) -> str:
    """What a program prints."""
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True, encoding="utf-8", timeout=180)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Of an office program that nobody has used yet."""
    return tmp_path_factory.mktemp("office").as_uri()


def cells(path: Path, settings: str, *options: str) -> list[list[Cell]]:
    """The rows of a file's one sheet as LibreOffice has them once it is open, each as long as the headings."""
    folder = path.parent / "opened"
    user = f"-env:UserInstallation={settings}"
    said = run("soffice", "--headless", user, *options, "--convert-to", "fods", "--outdir", folder, path)
    (sheet,) = ElementTree.parse(folder / f"{path.stem}.fods").getroot().iter(f"{_TABLE}table")
    rows = []
    for line in sheet.iter(f"{_TABLE}table-row"):
        row: list[Cell] = []
        for cell in line:
            assert f"{_TABLE}formula" not in cell.attrib, said
            row += [_cell(cell)] * int(cell.get(f"{_TABLE}number-columns-repeated", 1))
        if any(cell != EMPTY for cell in row):
            rows += [row] * int(line.get(f"{_TABLE}number-rows-repeated", 1))
    while rows[0][-1] == EMPTY:
        rows[0].pop()
    width = len(rows[0])
    assert all(cell == EMPTY for row in rows for cell in row[width:])
    return [[*row, *[EMPTY] * width][:width] for row in rows]


def _cell(cell: ElementTree.Element) -> Cell:
    known = {name.rpartition("}")[2]: value for name, value in cell.attrib.items()}
    kind = known.get("value-type", "")
    text = "\n".join("".join(part.itertext()) for part in cell.iterfind("{*}p"))
    return Cell(kind, known.get("date-value", known.get("value", text)))


def kind_of(column: object) -> str:
    """What a preset's column is to an office program."""
    if column in NUMBERS or isinstance(COLUMNS.get(str(column)), (Numeric, Double)):
        return "float"
    return "date" if isinstance(COLUMNS.get(str(column)), Date) else "string"


@needs_libreoffice
@each_preset
def test_a_spreadsheet_has_texts_numbers_and_days_as_such(cli: CLI, world: World, settings: str, preset: str) -> None:
    wanted = lines(export(cli, preset, "csv"))
    headings, *rows = cells(export(cli, preset, "xlsx"), settings)
    assert headings == [Cell("string", heading) for heading in wanted[0]]
    assert len(rows) == len(wanted)
    columns = load_preset(preset)[1].columns
    met = set()
    for row, line in zip(rows, wanted, strict=True):
        for heading, cell in zip(line, row, strict=True):
            if not line[heading]:
                assert cell == EMPTY, heading
                continue
            kind = kind_of(columns[heading])
            met.add(kind)
            known = cell._replace(value=f"{float(cell.value):g}") if cell.kind == "float" else cell
            assert known == Cell(kind, f"{float(line[heading]):g}" if kind == "float" else line[heading]), heading
    assert met == {"string", "float", "date"}


@needs_libreoffice
@each_preset
def test_a_csv_file_opens_with_every_row_and_character(cli: CLI, world: World, settings: str, preset: str) -> None:
    path = export(cli, preset, "csv")
    wanted = lines(path)
    assert all(line[heading].startswith("0") for line in wanted for heading in ZIPS & set(line))
    # with nothing said of its columns, as in the window that asks (without it UTF-8 must be named): no name is run
    headings, *rows = cells(path, settings, "--infilter=CSV:44,34,UTF8")
    assert [cell.value for cell in headings] == list(wanted[0])
    assert len(rows) == len(wanted)
    for row, line in zip(rows, wanted, strict=True):
        for heading, cell in zip(line, row, strict=True):
            if heading in IDENTITY or (heading in OWNER and line[heading] != "0042"):
                assert cell == Cell("string", line[heading])
    # with its columns as text, which that window lets one choose: zeros and long numbers are what they were
    text = "/".join(f"{place + 1}/2" for place in range(len(headings)))
    _, *rows = cells(path, settings, f"--infilter=CSV:44,34,UTF8,1,{text}")
    assert [[cell.value for cell in row] for row in rows] == [list(line.values()) for line in wanted]


@needs_gdal
@each_preset
def test_a_map_has_every_lead_at_its_place(cli: CLI, world: World, preset: str) -> None:
    world.rows.execute("UPDATE properties SET location = NULL WHERE id = :id", id=world.ids["8 ELM ST"])
    wanted = lines(export(cli, preset, "csv"))
    path = export(cli, preset, "geojson")
    said = run("ogrinfo", "-so", "-al", path)
    assert "Geometry: Point\n" in said
    assert f"Feature Count: {len(OWNERS)}\n" in said
    assert 'ID["EPSG",4326]' in said
    found = list(
        csv.DictReader(run("ogr2ogr", "-f", "CSV", "-lco", "GEOMETRY=AS_XY", "/vsistdout/", path).splitlines())
    )
    assert len(found) == len(wanted)
    for feature, line in zip(found, wanted, strict=True):
        (identity,) = IDENTITY & set(line)
        place = tuple(round(float(feature[name]), 3) for name in ("X", "Y") if feature[name])
        assert place == (() if line[identity].endswith(world.number("8 ELM ST")) else DOWNTOWN)
        for heading in IDENTITY | ZIPS & set(line):
            assert feature.get(heading, "") == line.get(heading, ""), heading
    (owner,) = OWNER & set(wanted[0])
    names = {feature[owner] for feature in found}
    assert {"MUÑOZ JOSÉ & ÅSA", "😀 SMILE HOMES LLC", "COHEN דוד LLC", "@SUM(A1:A9)", "0042"} <= names
