import stat
from datetime import date

import pytest

from tests.notify.samples import OWNER, PROFILE_CHANGE, digest, failure, lead, profile_change
from wholesaler.notify import DeliveryError, Finding, FindingsNotice
from wholesaler.notify.report import ReportChannel, write_page


def write(directory, found, page="the page", *, show_names=False) -> str:
    to = ReportChannel(directory, lambda: page, show_names=show_names)
    (message,) = to.render(found)
    to.send(message)
    return (directory / "orange-fl-2025-12-01-leads.html").read_text("utf-8")


def test_new_leads_are_told_by_the_report_of_the_day_which_is_made_when_it_is_written(tmp_path):
    pages = iter(["first", "second"])
    to = ReportChannel(tmp_path, lambda: next(pages), show_names=False)
    (message,) = to.render(digest(*(lead(n) for n in range(1, 41))))
    assert message.leads == tuple(lead(n).parcel_id for n in range(1, 41))
    to.send(message)
    (file,) = tmp_path.iterdir()
    assert (file.name, file.read_text()) == ("orange-fl-2025-12-01-leads.html", "first")
    to.write("orange-fl", date(2025, 12, 1))
    assert file.read_text() == "second"


def test_what_would_be_told_names_the_file_and_the_owners_where_allowed(tmp_path):
    for show_names in (False, True):
        (message,) = ReportChannel(tmp_path, show_names=show_names).render(digest())
        assert message.text.startswith(f"File: {tmp_path / 'orange-fl-2025-12-01-leads.html'}\n")
        assert (OWNER in message.text) is show_names


def test_only_the_owner_can_read_it_and_no_half_file_is_left(tmp_path):
    directory = tmp_path / "home" / "reports"
    write(directory, digest())
    (file,) = directory.iterdir()
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_rendering_writes_nothing(tmp_path):
    messages = ReportChannel(tmp_path / "reports", show_names=False).render(digest())
    assert messages[0].leads == (lead().parcel_id,)
    assert list(tmp_path.iterdir()) == []


def test_a_market_key_cannot_lead_out_of_the_directory(tmp_path):
    to = ReportChannel(tmp_path / "reports", lambda: "the page", show_names=False)
    to.send(to.render(digest(market_key="../../etc/x"))[0])
    assert [file.name for file in (tmp_path / "reports").iterdir()] == ["etc-x-2025-12-01-leads.html"]


def test_a_directory_that_cannot_be_made_is_an_error_that_names_it(tmp_path):
    (tmp_path / "reports").write_text("a file is in the way")
    with pytest.raises(DeliveryError, match="WHOLESALER_HOME") as caught:
        write(tmp_path / "reports", digest())
    assert str(tmp_path / "reports") in caught.value.message
    assert not caught.value.permanent


def test_failures_and_findings_are_files_of_their_own(tmp_path):
    to = ReportChannel(tmp_path, show_names=False)
    to.send(to.render_failure(failure(error="<b>503</b>")))
    found = (Finding("warning", "12 % of the tax sales have no parcel"),)
    to.send(to.render_findings(FindingsNotice("orange-fl", "Orange County, Florida", digest().as_of, found)))
    pages = {file.name: file.read_text("utf-8") for file in tmp_path.iterdir()}
    assert set(pages) == {"orange-fl-2025-12-01-ingest-failure.html", "orange-fl-2025-12-01-findings.html"}
    assert "&lt;b&gt;503&lt;/b&gt;" in pages["orange-fl-2025-12-01-ingest-failure.html"]
    assert "12 % of the tax sales" in pages["orange-fl-2025-12-01-findings.html"]


def test_another_profile_is_a_file_of_its_own(tmp_path):
    to = ReportChannel(tmp_path, show_names=False)
    to.send(to.render_profile_change(profile_change()))
    (page,) = tmp_path.iterdir()
    assert page.name == "orange-fl-2025-12-01-profile-change.html"
    assert all(line in page.read_text("utf-8") for line in PROFILE_CHANGE)


def test_what_a_killed_run_left_of_a_file_goes_when_the_file_is_written(tmp_path):
    for name in (".c-leads.html.abc", ".c-leads.html.def", ".other-leads.html.abc", "c-dates.ics"):
        (tmp_path / name).touch()
    write_page(tmp_path / "c-leads.html", ["who", "le"])
    assert sorted(path.name for path in tmp_path.iterdir()) == [".other-leads.html.abc", "c-dates.ics", "c-leads.html"]
    assert (tmp_path / "c-leads.html").read_text() == "whole"
