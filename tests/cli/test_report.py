"""``wholesaler report``: where it is written, what it replaces, what it says."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.stages.check.rows import AS_OF, Rows
from tests.support import Outcome

CLI = Callable[..., Outcome]


@pytest.fixture
def parcel_id(engine: Engine) -> str:
    """A lead."""
    rows = Rows(engine)
    parcel_id, number = rows.tax_sale_property()
    rows.lead(number)
    return parcel_id


def test_it_lies_in_the_reports_of_the_home_for_its_owner_alone(cli: CLI, home: Path, parcel_id: str) -> None:
    path = home / "reports" / f"orange-fl-{AS_OF}-leads.html"
    made = cli("report")
    assert made.code == 0, made.err
    assert made.out == f"1 lead of Orange County, Florida on {AS_OF}\n  report: {path}\n"
    assert parcel_id in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = cli("report", "--as-of", AS_OF, "--json")
    assert again.document == {
        "command": "report", "market": "orange-fl", "as_of": AS_OF, "path": str(path), "leads": 1, "total": 1,
        "calendar_path": None,
    }  # fmt: skip
    assert cli("report", "--quiet").out == ""
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_the_calendar_beside_it_is_made_anew_without_what_was_suppressed(
    cli: CLI, home: Path, parcel_id: str, engine: Engine
) -> None:
    assert cli("--as-of", AS_OF, "leads", "set", parcel_id, "contacted", "--next", "tomorrow").code == 0
    path = home / "reports" / "orange-fl-dates.ics"
    assert cli("report").out.endswith(f"  calendar: {path}\n")
    assert parcel_id in path.read_text()
    assert cli("leads", "suppress", "add", parcel_id).code == 0
    assert cli("report").code == 0
    assert parcel_id not in path.read_text()


@pytest.mark.usefixtures("parcel_id")
def test_output_is_a_file_of_its_own_and_replaces_a_report_alone(cli: CLI, home: Path) -> None:
    assert cli("report", "--output", "mine.html").out.endswith(f"  report: {home / 'mine.html'}\n")
    assert cli("report", "--output", home / "mine.html").code == 0
    assert not (home / "reports").exists()
    (home / "letter.html").write_text("<p>Dear wholesaler report reader</p>")
    for there in ("letter.html", "."):
        refused = cli("report", "--output", there)
        assert refused.code == 2
        assert "is there and is no report" in refused.last_word
    assert (home / "letter.html").read_text().startswith("<p>Dear")


@pytest.mark.usefixtures("parcel_id")
@pytest.mark.parametrize(("folder", "reason"), [("file", "Not a directory"), ("nowhere", "No such file or directory")])
def test_what_cannot_be_written_is_one_line(cli: CLI, home: Path, folder: str, reason: str) -> None:
    (home / "file").write_text("")
    failed = cli("report", "--output", home / folder / "leads.html")
    assert failed.code == 1
    assert f"The report {home / folder / 'leads.html'} could not be written: {reason}." in failed.last_word


def test_nothing_to_report_says_what_to_run(cli: CLI, home: Path) -> None:
    failed = cli("report")
    assert failed.code == 1
    assert "nothing was ever scored for Orange County, Florida (orange-fl)" in failed.last_word
    assert "run-all`" in failed.last_word
    assert not (home / "reports").exists()


@pytest.mark.usefixtures("parcel_id")
def test_another_day_than_that_of_the_list_is_wrong_usage(cli: CLI) -> None:
    failed = cli("report", "--as-of", "2025-11-19")
    assert (failed.code, AS_OF in failed.last_word) == (2, True)


@pytest.mark.usefixtures("parcel_id")
def test_names_are_in_it_where_the_setting_allows_them(
    cli: CLI, home: Path, engine: Engine, parcel_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Rows(engine).describe(parcel_id, owner_name="MILLER RUTH")
    for allowed in ("false", "true"):
        monkeypatch.setenv("ALERT_SHOW_NAMES", allowed)
        assert cli("report", "--output", f"{allowed}.html").code == 0
    assert "MILLER RUTH" not in (home / "false.html").read_text()
    assert "MILLER RUTH" in (home / "true.html").read_text()


@pytest.mark.usefixtures("parcel_id")
def test_it_is_opened_in_the_browser_that_is_there(cli: CLI, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER", f"sh -c 'echo %s >{home}/opened'")
    monkeypatch.setattr("webbrowser._tryorder", None)  # what is found once is kept
    assert cli("report", "--open").code == 0
    assert (home / "opened").read_text() == f"{(home / 'reports' / f'orange-fl-{AS_OF}-leads.html').as_uri()}\n"
    monkeypatch.setenv("BROWSER", "/bin/false %s")
    monkeypatch.setattr("webbrowser._tryorder", None)
    monkeypatch.setenv("PATH", str(home))
    failed = cli("report", "--open")
    assert (failed.code, "No browser could be opened here" in failed.last_word) == (1, True)
