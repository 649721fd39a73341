"""What people read: lines that nobody folds in a pipe, no control characters, values in words."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.markets.samples import LIVE_DAY, file_market
from tests.stages.county import AS_OF, County, dashed, parcel, stages
from tests.support import Outcome
from wholesaler.cli.lead_sheet import lead_sheet
from wholesaler.cli.render import money, show, table, write

CLI = Callable[..., Outcome]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (300460.0, "300,460"),
        (Decimal("0.850"), "0.85"),
        (1960, "1960"),
        (12000, "12,000"),
        (0.0, "0"),
        (True, "yes"),
        (None, ""),
        (date(2026, 11, 26), "2026-11-26"),
        ("a\x1b[31m\nb\u202ec", "a [31m b c"),
    ],
)
def test_a_value_is_shown_as_people_write_it(value: object, text: str) -> None:
    assert show(value) == text


@pytest.mark.parametrize(
    ("amount", "text"), [(300460.0, "$300,460"), (4538.82, "$4,538.82"), (-60000, "-$60,000"), (0, "$0"), (None, "")]
)
def test_money_has_cents_where_there_are_some(amount: float | None, text: str) -> None:
    assert money(amount) == text


def test_a_row_in_a_pipe_is_one_line_without_blanks_at_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    write(table("Title", ("name", "why"), [("a", "word " * 100), ("b\nc", "short")]), "text " * 100)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines if line.strip()] == [
        "Title",
        "name",
        lines[3].strip(),
        "a",
        "b",
        "text",
    ]
    assert all(line == line.rstrip() for line in lines)


def test_text_of_the_data_carries_no_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    write("County \x1b[31mred\x07", table(None, ("a",), [["\x1b]0;title\x07"]]))
    assert "\x1b" not in (out := capsys.readouterr().out)
    assert "\x07" not in out


def process(*arguments: object, **environ: str) -> "subprocess.CompletedProcess[bytes]":
    line = [sys.executable, "-m", "wholesaler", *map(str, arguments)]
    return subprocess.run(line, env={**os.environ, **environ}, capture_output=True, timeout=60, check=False)


@pytest.mark.parametrize("arguments", [("markets", "validate"), ("markets", "validate", "--json"), ("markets", "list")])
@pytest.mark.usefixtures("cli")
def test_output_that_knows_only_ascii_is_no_failure(home: Path, arguments: tuple[str, ...]) -> None:
    market = file_market(home)
    market = market.rename(home / "señor–½.toml")
    files = (market,) if "validate" in arguments else ()
    done = process(*arguments, *files, PYTHONIOENCODING="ascii:strict")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.isascii()


def test_the_sheet_of_a_lead_speaks_in_words(cli: CLI, tmp_path: Path) -> None:
    market = County(tmp_path).sale(parcel(1)).roll(parcel(1)).write()
    stages(cli, market, "ingest", "enrich", "score")
    text = cli("leads", "show", parcel(1), "--market", market, "--as-of", AS_OF).out
    assert ".0\n" not in text
    assert "{" not in text
    assert "still published" in text


def test_the_sheet_of_a_parcel_says_why_it_is_no_lead(cli: CLI, tmp_path: Path) -> None:
    county = County(tmp_path).sale(parcel(1)).roll(parcel(1)).roll(parcel(2), "14 ELM ST", NAME1="MILLER RUTH")
    market = county.write()
    stages(cli, market, "ingest")
    assert "Nothing was scored yet: `" in cli("leads", "show", parcel(1), "--market", market).out
    stages(cli, market, "enrich", "score")
    text = cli("leads", "show", dashed(parcel(2)), "--market", market).out
    assert text.startswith(f"Parcel {parcel(2)}  14 ELM ST, Orlando, 32801\n")
    assert "Not a lead: on the appraiser's roll, and on none of the lists of sales, foreclosures, violations" in text
    assert "MILLER RUTH" in text


def test_evidence_is_a_sentence() -> None:
    merge = {"rule": "not_on_roll_same_address", "street": "IBIS LOOP", "parcel_id": "12", "merged_into": "13"}
    merge |= {"house_number": "1596", "distance_metres": 5.3}
    names = ("address", "city", "zip_code", "total_score", "status")
    lead = {**dict.fromkeys(names), "parcel_id": "13", "parcel": None, "records": {}, "merged": [merge], "history": []}
    lead["suppressed"] = []
    assert list(lead_sheet(lead))[-1] == (
        "Merged from parcel 12, which is not on the roll: the same address 1596 IBIS LOOP, 17 feet away."
    )


def test_a_run_names_its_report_where_it_knows_it(cli: CLI, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from wholesaler.cli.run_report import print_stage
    from wholesaler.pipeline.attempt import Report

    stats = {"sent": {"report": 1}, "pending": {}, "refused": {}, "report_path": str(home / "report.html")}
    print_stage(Report("alert", "test", AS_OF, stats=stats))
    assert f"report: {home / 'report.html'}" in capsys.readouterr().out
    assert cli("alert", "--market", file_market(home), "--as-of", LIVE_DAY).code == 0


@pytest.mark.parametrize(
    ("stats", "said"),
    [
        ({"records_matched": 21, "merged": 0}, "21 records matched, 0 merged"),
        ({"records_matched": 1, "records_unmatched": 1200}, "1 record matched, 1,200 unmatched"),
        (
            {"records_matched": 1, "records_unmatched": 3, "records_unreadable": 2},
            "1 record matched, 3 unmatched (2 of them unreadable)",
        ),
    ],
)
def test_dedupe_says_how_many_records_found_no_parcel(stats: dict[str, int], said: str) -> None:
    from wholesaler.cli.run_report import headline
    from wholesaler.pipeline.attempt import Report

    assert headline(Report("dedupe", "test", AS_OF, stats=stats)) == said
