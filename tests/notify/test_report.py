import stat

import pytest

from tests.notify.samples import OWNER, PROFILE_CHANGE, digest, failure, lead, profile_change
from wholesaler.notify import DeliveryError, Finding, FindingsNotice
from wholesaler.notify.report import ReportChannel


def write(directory, found, *, show_names=False) -> str:
    to = ReportChannel(directory, show_names=show_names)
    (message,) = to.render(found)
    to.send(message)
    return (directory / "orange-fl-2025-12-01-new-leads.html").read_text("utf-8")


def test_the_report_holds_every_new_lead_with_reasons_and_deal(tmp_path):
    html = write(tmp_path / "reports", digest(*(lead(n) for n in range(1, 41)), lead(41, foreclosure=True)))
    assert "<h1>41 new tier A leads in Orange County, Florida (1 Dec 2025)</h1>" in html
    assert all(f"{n} W Smith St, Orlando 32804" in html for n in range(1, 42))
    assert html.count("<li>Tax deed sale on 18 Dec 2025, in 17 days: +50 urgency</li>") == 41
    assert html.count("Deal estimate: ARV $310,000") == 41
    assert html.count("foreclosure rules apply") == 1
    assert "attached" not in html


def test_only_the_owner_can_read_it_and_no_half_file_is_left(tmp_path):
    directory = tmp_path / "home" / "reports"
    write(directory, digest())
    (file,) = directory.iterdir()
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_writing_it_again_replaces_it(tmp_path):
    write(tmp_path, digest(lead(1)))
    html = write(tmp_path, digest(lead(2)))
    assert "2 W Smith St" in html
    assert "1 W Smith St" not in html


def test_html_in_the_data_is_escaped_and_names_are_hidden_unless_allowed(tmp_path):
    found = digest(lead(address="<img src=x>"))
    html = write(tmp_path, found)
    assert "&lt;img src=x&gt;" in html
    assert "<img" not in html
    assert OWNER not in html
    assert f"Owner of record: {OWNER}" in write(tmp_path, found, show_names=True)


def test_rendering_writes_nothing(tmp_path):
    messages = ReportChannel(tmp_path / "reports", show_names=False).render(digest())
    assert messages[0].leads == (lead().parcel_id,)
    assert list(tmp_path.iterdir()) == []


def test_a_market_key_cannot_lead_out_of_the_directory(tmp_path):
    to = ReportChannel(tmp_path / "reports", show_names=False)
    to.send(to.render(digest(market_key="../../etc/x"))[0])
    assert [file.name for file in (tmp_path / "reports").iterdir()] == ["etc-x-2025-12-01-new-leads.html"]


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
