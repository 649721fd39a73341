import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime

import icalendar
import pytest

from tests.notify.mail import channel, deliver
from tests.notify.samples import HOSTILE, OWNER, PROFILE_CHANGE, digest, failure, lead, news, profile_change
from tests.servers.smtp import SmtpSink
from wholesaler.notify import DeliveryError, Finding, FindingsNotice
from wholesaler.notify.calendar import CalendarDay
from wholesaler.notify.email import EmailChannel
from wholesaler.notify.smtp import SmtpServer

CHANGED = datetime(2025, 11, 28, 6, 30, tzinfo=UTC)


@pytest.fixture
def sink():
    with SmtpSink() as running:
        yield running


def body(message, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return part.get_content().replace("\r\n", "\n")


def table(message) -> list[dict[str, str]]:
    (attachment,) = message.iter_attachments()
    content = attachment.get_payload(decode=True)
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_a_digest_is_text_before_html_with_all_leads_attached_as_csv(sink):
    to = channel(sink)
    (message,) = to.render(digest(*(lead(n) for n in range(1, 26))))
    to.send(message)
    (mail,) = sink.messages
    assert mail["Subject"] == "25 new tier A leads in Orange County, Florida (1 Dec 2025)"
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/csv",
    ]
    for kind in ("plain", "html"):
        text = body(mail, kind)
        assert "10. 10 W Smith St, Orlando 32804" in text
        assert "11 W Smith St" not in text
        assert "15 more new leads: in the attached CSV file, which holds all 25" in text
        assert (
            "Offer up to $157,000. Deal estimate: ARV $310,000, repairs $45,000, MAO $157,000, debt $12,346, "
            "spread $144,655"
        ) in text
        assert "Why: Tax deed sale on 18 Dec 2025, in 17 days; 2 open code cases" in text
        assert "estimates from public records" in text
        assert "All leads by tier: A 13, B 29, C 134, D 1,010" in text
        assert "Stale sources, not counted in the scores: foreclosures" in text
    rows = table(mail)
    assert [row["parcel_id"] for row in rows] == list(message.leads)
    assert rows[24] == {
        "parcel_id": "282229885000025",
        "address": "25 W Smith St",
        "city": "Orlando",
        "zip_code": "32804",
        "tier": "A",
        "total_score": "78.50",
        "signals": "tax_sale; code_violation",
        "reasons": "Tax deed sale on 18 Dec 2025, in 17 days: +50 urgency; 2 open code cases: +20 distress",
        "arv": "310000.00",
        "repairs": "45000.00",
        "mao": "157000.00",
        "debt": "12345.50",
        "spread": "144654.50",
        "foreclosure_rules": "no",
        "snapshot_date": "2025-12-01",
        "next_sale": "Tax deed sale",
        "next_sale_date": "2025-12-18",
        "owner_class": "company",
        "mail_differs": "out_of_state",
    }
    (attachment,) = mail.iter_attachments()
    assert attachment.get_filename() == "orange-fl-2025-12-01-new-leads.csv"


def test_what_is_said_of_known_leads_is_the_same_in_text_and_html(sink):
    found = digest(
        lead(1),
        changes=tuple(news(n, f"moved {n} <b>") for n in range(2, 14)),
        follow_ups=(news(20, "follow up, due today"),),
        sales=(news(21, "Tax deed sale in 7 days (8 Dec 2025)"),),
        failed_sources=("tax_sales",),
        report="/srv/reports/orange-fl-2025-12-01.html",
    )
    deliver(channel(sink), found)
    (mail,) = sink.messages
    title = "1 new tier A lead, 12 changes, 1 follow-up due, 1 sale this week in Orange County, Florida (1 Dec 2025)"
    assert mail["Subject"] == title
    plain, html = body(mail, "plain"), body(mail, "html")
    for said in (
        "What changed (12)",
        "11 W Smith St, Orlando 32804",
        "2 more changes: `wholesaler leads list`",
        "Follow-ups due (1)",
        "follow up, due today",
        "Sales within 7 days (1)",
        "Tax deed sale in 7 days (8 Dec 2025)",
        "Stale sources, not counted in the scores: foreclosures; Not read: tax_sales",
        "Report: /srv/reports/orange-fl-2025-12-01.html",
        "Owner: a company, gets mail in another state",
    ):
        assert said in plain
        assert said in html
    assert "12 W Smith St" not in plain + html
    assert "- 2 W Smith St, Orlando 32804: moved 2 <b>" in plain
    assert "moved 2 &lt;b&gt;" in html
    assert "   parcel: https://county.example/1?a=1&b=2" in plain
    assert '<a href="https://county.example/1?a=1&amp;b=2"' in html
    assert "Reno" not in plain + html


def test_a_phone_shows_one_column_without_anything_from_elsewhere(sink):
    deliver(channel(sink), digest(lead(1), changes=(news(2),)))
    html = body(sink.messages[0], "html")
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in html
    assert "overflow-wrap: anywhere" in html
    for word in ("<table", "<img", "<script", "<link", "url(", "position:", "float:"):
        assert word not in html


def test_the_dates_of_the_leads_are_attached_as_a_calendar(sink):
    days = (
        CalendarDay("tax_sale.1.orange-fl@wholesaler", date(2025, 12, 18), "Tax deed sale: 1 W Smith St", 1, CHANGED),
        CalendarDay("auction.2.orange-fl@wholesaler", date(2026, 1, 5), "Off", 2, CHANGED, is_cancelled=True),
    )
    to = channel(sink)
    (message,) = to.render(replace(digest(), leads=(), changes=(news(1),), dates=days))
    to.send(message)
    assert "Attached: orange-fl-2025-12-01-dates.ics (2 dates)\n" in message.text
    (attachment,) = sink.messages[0].iter_attachments()
    assert attachment.get_content_type() == "text/calendar"
    assert attachment.get_param("method") == "PUBLISH"
    assert attachment.get_filename() == "orange-fl-2025-12-01-dates.ics"
    first, second = icalendar.Calendar.from_ical(attachment.get_payload(decode=True)).walk("VEVENT")
    assert (first.decoded("DTSTART"), int(first["SEQUENCE"])) == (date(2025, 12, 18), 1)
    assert (second["UID"], second["STATUS"]) == ("auction.2.orange-fl@wholesaler", "CANCELLED")


def test_few_leads_are_all_in_the_body_and_still_attached(sink):
    deliver(channel(sink), digest(lead(1), lead(2, foreclosure=True)))
    (mail,) = sink.messages
    assert "more new lead" not in body(mail, "plain")
    assert "foreclosure rules apply (s. 501.1377, F.S.)" in body(mail, "plain")
    assert [row["foreclosure_rules"] for row in table(mail)] == ["no", "yes"]


def test_the_headers_mark_an_automatic_message(sink):
    deliver(channel(sink, recipients=("ann@example.com", "bob@example.org")), digest())
    (mail,) = sink.messages
    assert mail["From"] == "leads@example.com"
    assert mail["To"] == "ann@example.com, bob@example.org"
    assert sink.recipients == [["ann@example.com", "bob@example.org"]]
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "<orange-fl.wholesaler.example.com>" in mail["List-Id"]
    assert mail["Message-ID"].endswith("@example.com>")
    assert parsedate_to_datetime(mail["Date"]).tzinfo is not None


def test_html_in_the_data_stays_text(sink):
    deliver(channel(sink), digest(lead(address="<script>alert(1)</script>", reasons=(HOSTILE,))))
    html = body(sink.messages[0], "html")
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<b>x</b>" not in html
    assert "<script>alert(1)</script>, Orlando" in body(sink.messages[0], "plain")


_FORMULAS = ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(1)", "\tx", "\rx", "\t=1", " =1", "\u200b=1", "\xa0=1"]
_FORMULAS += ["＝1", "＋1", "－1", "＠A", "−1", "﹦1", "\x00\r\t=1", '"=1', "'=1"]


@pytest.mark.parametrize("formula", _FORMULAS)
def test_no_text_cell_of_the_csv_is_a_formula(sink, formula):
    texts = dict.fromkeys(("address", "city", "zip_code", "owner_name"), formula)
    deliver(channel(sink, show_names=True), digest(lead(**texts, reasons=(formula,), signals=(formula,))))
    (row,) = table(sink.messages[0])
    for column in ("address", "city", "zip_code", "reasons", "signals", "owner_name"):
        assert row[column].startswith("'"), column


@pytest.mark.parametrize("separator", [";", "|", ";\t", "; ", ";\xa0"])
@pytest.mark.parametrize("sign", "=+-@＝＋－＠")
def test_no_part_of_a_cell_is_a_formula_where_another_locale_ends_a_cell(sink, separator, sign):
    deliver(channel(sink), digest(lead(address=f"1 A St{separator}{sign}1+cmd|{sign}2", city="A;B - C")))
    (row,) = table(sink.messages[0])
    for end in ";|":
        assert all(not part.strip().startswith(sign) for part in row["address"].split(end))
    assert sign in row["address"]
    assert row["city"] == "A;B - C"


def test_a_negative_amount_in_the_csv_stays_a_number(sink):
    deliver(channel(sink), digest(lead(deal={"arv": Decimal(1), "spread": Decimal(-5000)})))
    (row,) = table(sink.messages[0])
    assert (row["spread"], row["debt"]) == ("-5000.00", "")


def test_names_stay_out_unless_allowed(sink):
    deliver(channel(sink), digest())
    (mail,) = sink.messages
    assert OWNER not in body(mail, "plain") + body(mail, "html")
    assert "owner_name" not in table(mail)[0]
    deliver(channel(sink, show_names=True), digest())
    mail = sink.messages[1]
    assert f"Owner of record: {OWNER}" in body(mail, "plain")
    assert f"Owner of record: {OWNER}" in body(mail, "html")
    assert table(mail)[0]["owner_name"] == OWNER


def test_letters_outside_ascii_and_broken_ones_arrive(sink):
    deliver(channel(sink), digest(lead(address="1 Peña Blvd \udcff"), market_name="Doña Ana County"))
    (mail,) = sink.messages
    assert mail["Subject"] == "1 new tier A lead in Doña Ana County (1 Dec 2025)"
    assert "1 Peña Blvd, Orlando" in body(mail, "plain")
    assert table(mail)[0]["address"] == "1 Peña Blvd"


def test_a_header_with_a_line_break_is_refused(sink):
    to = EmailChannel(
        SmtpServer(sink.host, sink.port, "plain"),
        sender="a@b.c\r\nBcc: x@example.com",
        recipients=("a@b.c",),
        show_names=False,
    )
    with pytest.raises(DeliveryError, match="header From contains a line break"):
        deliver(to, digest())
    deliver(channel(sink), digest(market_name="Orange\r\nBcc: x@example.com"))
    assert sink.messages[0]["Bcc"] is None
    assert sink.messages[0]["Subject"] == "1 new tier A lead in Orange Bcc: x@example.com (1 Dec 2025)"


def test_a_failed_stage_and_findings_are_mailed(sink):
    to = channel(sink)
    to.send(to.render_failure(failure()))
    found = (Finding("error", "312 properties <no> address", "Run wholesaler enrich."), Finding("warning", "odd"))
    to.send(to.render_findings(FindingsNotice("orange-fl", "Orange County, Florida", digest().as_of, found)))
    first, second = sink.messages
    assert first["Subject"] == "wholesaler: ingest failed for Orange County, Florida"
    assert "tax_sales: the server answered 503." in body(first, "html")
    assert "What to do: Look at the server's status page." in body(first, "plain")
    assert "1 Dec 2025, after 15 min 23 s" in body(first, "plain")
    assert second["Subject"] == "wholesaler: 1 error and 1 warning in the data of Orange County, Florida (1 Dec 2025)"
    assert "- error: 312 properties <no> address\n  What to do: Run wholesaler enrich." in body(second, "plain")
    assert "312 properties &lt;no&gt; address" in body(second, "html")
    assert list(second.iter_attachments()) == []


def test_another_profile_is_mailed(sink):
    to = channel(sink)
    to.send(to.render_profile_change(profile_change(repeat=True)))
    (mail,) = sink.messages
    assert mail["Subject"] == "wholesaler: leads of Orange County, Florida are scored by profile v2 now (1 Dec 2025)"
    for kind in ("plain", "html"):
        assert all(line in body(mail, kind) for line in (*PROFILE_CHANGE, "possibly a repeat"))
    assert list(mail.iter_attachments()) == []
