"""A state's roll as a CSV file of 165 columns, as Florida publishes it, from a file into PostGIS, beside a bare COPY.

The columns are those of Florida's NAL files as far as the program reads them, in their order; the others have what
such columns have: codes, amounts, much that is empty.
"""

import csv
import random
from itertools import islice
from pathlib import Path

from benchmarks.command import apart, seconds_of, wholesaler
from benchmarks.databases import Databases
from benchmarks.figures import Figure
from benchmarks.ingest import DAY, MEGABYTE, bare_copy
from wholesaler.markets import market_path
from wholesaler.markets.source import SourceDefinition

COLUMNS = 165
_TEXTS = (
    "CO_NO PARCEL_ID FILE_T ASMNT_YR BAS_STRT ATV_STRT GRP_NO DOR_UC PA_UC SPASS_CD JV JV_CHNG AV_SD AV_NSD TV_SD "
    "TV_NSD JV_HMSTD AV_HMSTD LND_VAL LND_UNTS_CD NO_LND_UNTS LND_SQFOOT DT_LAST_INSPT IMP_QUAL CONST_CLASS "
    "EFF_YR_BLT ACT_YR_BLT TOT_LVG_AREA NO_BULDNG NO_RES_UNTS SPEC_FEAT_VAL MULTI_PAR_SAL1 QUAL_CD1 VI_CD1 "
    "SALE_PRC1 SALE_YR1 SALE_MO1 OR_BOOK1 OR_PAGE1 CLERK_NO1 MULTI_PAR_SAL2 QUAL_CD2 VI_CD2 SALE_PRC2 SALE_YR2 "
    "SALE_MO2 OR_BOOK2 OR_PAGE2 CLERK_NO2 OWN_NAME OWN_ADDR1 OWN_ADDR2 OWN_CITY OWN_STATE OWN_ZIPCD OWN_STATE_DOM "
    "FIDU_NAME FIDU_ADDR1 FIDU_ADDR2 FIDU_CITY FIDU_STATE FIDU_ZIPCD FIDU_CD S_LEGAL APP_STAT CO_APP_STAT MKT_AR "
    "NBRHD_CD PUBLIC_LND TAX_AUTH_CD TWN RNG SEC CENSUS_BK PHY_ADDR1 PHY_ADDR2 PHY_CITY PHY_ZIPCD ALT_KEY"
)
_EXEMPTIONS = tuple(f"EXMPT_{number:02}" for number in (*range(1, 47), 80, 81, 82))
_NAMED = (*_TEXTS.split(), *_EXEMPTIONS, "SEQ_NO", "STATE_PAR_ID")
HEADER = (*_NAMED, *(f"FILL_{number:03}" for number in range(1, COLUMNS - len(_NAMED) + 1)))
_SOURCE = """
[sources.property_records]
kind = "file"
url = "{file}"
{raw}key = ["parcel"]
parcel_form = "str"

[sources.property_records.fields]
parcel = "PARCEL_ID"
address = "PHY_ADDR1"
city = "PHY_CITY"
zip_code = "PHY_ZIPCD"
owner_name = "OWN_NAME"
mail_address = "OWN_ADDR1"
mail_address_2 = "OWN_ADDR2"
mail_city = "OWN_CITY"
mail_state = "OWN_STATE"
mail_zip = "OWN_ZIPCD"
use_code = "DOR_UC"
land_mkt = "LND_VAL"
total_mkt = "JV"
total_assd = "AV_SD"
taxable = "TV_SD"
living_area = "TOT_LVG_AREA"
year_built = "ACT_YR_BLT"
units = "NO_RES_UNTS"
sale_price = "SALE_PRC1"
legal_description = "S_LEGAL"
"""


def measure(databases: Databases, rows: int, rounds: int) -> list[Figure]:
    """Rows a second of the whole file, beside a bare COPY of what is stored of it; the peaks of memory."""
    file = databases.folder / "nal.csv"
    size = apart(write, file, rows)
    speeds, bare, indexed, peaks = [], [], [], []
    for _ in range(rounds):
        database = databases.fresh("state_roll")
        market = _market(databases.folder, file)
        done = wholesaler(database, databases.folder, market, DAY, "ingest", "--source", "property_records", "--full")
        stats = done.document["stats"]["property_records"]
        assert stats["inserted"] == rows, stats
        speeds.append(rows / seconds_of(done.document))
        peaks.append(done.peak / MEGABYTE)
        bare.append(rows / apart(bare_copy, database, databases.fresh("bare")))
        indexed.append(rows / apart(bare_copy, database, databases.fresh("bare"), indexed=True))
    file.unlink()
    name = f"file of {rows:,} rows and {COLUMNS} columns ({size / MEGABYTE:,.0f} MB)"
    target = 0.6 * sorted(bare)[len(bare) // 2]
    return [
        Figure(f"{name}: ingest, rows a second", "rows/s", tuple(speeds), target, True, "bare COPY", tuple(bare)),
        Figure("the same beside its table", "rows/s", tuple(speeds), None, True, "COPY with indexes", tuple(indexed)),
        Figure(f"{name}: peak memory", "MB", tuple(peaks), 250),
    ]


def write(file: Path, rows: int) -> int:
    """Write the file; returns its bytes. The same for the same number of rows."""
    from wholesaler.sample import roll_features

    chance = random.Random(rows)
    places = {name: place for place, name in enumerate(HEADER)}
    fill = [_filling(name, chance) for name in HEADER]
    features = roll_features(rows, seed=1)
    with file.open("w", encoding="utf-8", newline="") as target:
        target.write(",".join(f'"{name}"' for name in HEADER) + "\r\n")
        writer = csv.writer(target, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
        while batch := list(islice(features, 1000)):
            for feature in batch:
                row = [chance.choice(values) for values in fill]
                for name, value in _known(feature["attributes"], chance).items():
                    row[places[name]] = value
                writer.writerow(row)
    return file.stat().st_size


def _known(roll: dict[str, object], chance: random.Random) -> dict[str, object]:
    """What the program reads of a parcel."""
    parcel, number = str(roll["PARCEL"]), int(str(roll["OBJECTID"]))
    section_first = parcel[4:6] + parcel[2:4] + parcel[:2] + parcel[6:]
    return {
        "CO_NO": 58,
        "PARCEL_ID": section_first,
        "PHY_ADDR1": roll["SITUS"],
        "PHY_CITY": "ORLANDO",
        "PHY_ZIPCD": 32801 + number % 60,
        "OWN_NAME": roll["NAME1"],
        "OWN_ADDR1": f"{number % 9000 + 100} MAIN ST",
        "OWN_ADDR2": "" if number % 5 else f"APT {number % 90 + 1}",
        "OWN_CITY": "ORLANDO",
        "OWN_STATE": "FLORIDA",
        "OWN_ZIPCD": 32801 + number % 60,
        "DOR_UC": f"{number % 99:03}",
        "LND_VAL": roll["LAND_MKT"],
        "JV": roll["TOTAL_MKT"],
        "AV_SD": roll["TOTAL_ASSD"],
        "TV_SD": roll["TAXABLE"],
        "TOT_LVG_AREA": roll["LIVING_AREA"],
        "ACT_YR_BLT": roll["AYB"],
        "NO_RES_UNTS": 1,
        "SALE_PRC1": chance.randrange(20, 900) * 1000,
        "SALE_YR1": 1990 + number % 35,
        "SALE_MO1": number % 12 + 1,
        "S_LEGAL": f"AMBERMERE UNIT {number % 40} PB {number % 99}/{number % 150} LOT {number % 500}",
    }


def _filling(name: str, chance: random.Random) -> list[object]:
    """Values of a column that is not read: most exemptions are empty, a third of the others are."""
    if name.startswith("EXMPT"):
        return ["", "", "", "", "", "", "", 25000]
    return chance.choice([["", 0, 150000, 87250], ["", "01", "C"], ["", "N", 2024, 10482, "R"]])


def _market(folder: Path, file: Path) -> Path:
    """The bundled market with the file as its roll, in place of the county's and the state's."""
    before, _, _ = market_path("orange-fl").read_text("utf-8").partition("[sources.property_records]")
    raw = 'raw = "mapped"\n' if "raw" in SourceDefinition.model_fields else ""
    without = "sources.state_parcels = false\n"
    assert without in before
    before = before.replace(without, f"{without}sources.state_roll = false\n")
    path = folder / "state_roll.toml"
    path.write_text(before + _SOURCE.format(file=file.name, raw=raw), "utf-8")
    return path
