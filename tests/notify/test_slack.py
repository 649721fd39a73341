import json
import logging
import socket
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime

import pytest
from pydantic import SecretStr

from tests.notify.samples import HOSTILE, OWNER, PROFILE_CHANGE, digest, failure, findings, lead, news, profile_change
from tests.servers.slack import Answer, SlackSink
from wholesaler.notify import Channel, DeliveryError, Finding, FindingsNotice
from wholesaler.notify.slack import SlackChannel
from wholesaler.notify.webhook import Webhook


def channel(url, *, show_names=False, retries=3, retry_wait=0.0, **options) -> SlackChannel:
    webhook = Webhook(SecretStr(url), retries=retries, retry_wait=retry_wait, **options)
    return SlackChannel(webhook, show_names=show_names)


@pytest.fixture
def sink():
    with SlackSink() as running:
        yield running


def deliver(to: Channel, found) -> None:
    for message in to.render(found):
        to.send(message)


def test_a_digest_says_who_where_why_and_what_to_offer(sink):
    deliver(channel(sink.url), digest(lead(7, foreclosure=True)))
    assert sink.payloads[0]["text"] == "1 new tier A lead in Orange County, Florida (1 Dec 2025)"
    for said in (
        "*7 W Smith St, Orlando 32804*",
        "Tier A, score 78.50 (1 Dec 2025), parcel 282229885000007",
        "Tax deed sale in 17 days (18 Dec 2025)",
        "Why: Tax deed sale on 18 Dec 2025, in 17 days; 2 open code cases",
        "Owner: a company, gets mail in another state",
        "<https://county.example/7?a=1&amp;b=2|parcel> · <https://maps.example/1,2|street view>",
        "Offer up to $157,000. Deal estimate: ARV $310,000, repairs $45,000, MAO $157,000, debt $12,346, spread $144",
        "foreclosure rules apply (s. 501.1377, F.S.)",
        "All leads by tier: A 13, B 29, C 134, D 1,010",
        "Stale sources, not counted in the scores: foreclosures",
        "estimates from public records",
    ):
        assert said in sink.text


@pytest.mark.parametrize(
    ("data", "number"),
    [(HOSTILE, 120), ('"\\' * 500, 20), ("&" * 999, 20), ("🏚" * 999, 20)],
    ids=["markup", "quotes", "entities", "emoji"],
)
def test_hostile_leads_are_all_announced_within_slacks_limits(sink, data, number):
    leads = tuple(
        lead(n, address=data, city=data, owner_name=data, reasons=(data,) * 12, signals=(data,)) for n in range(number)
    )
    to = channel(sink.url, show_names=True)
    told = {kind: tuple(news(n, data, data, address=data) for n in range(30)) for kind in ("changes", "sales")}
    messages = to.render(digest(*leads, market_name=data, stale_sources=(data, data), report=data, **told))
    for message in messages:
        to.send(message)
        blocks = message.payload["blocks"]
        assert len(blocks) <= 50
        assert all(len(block["text"]["text"]) <= 2_800 for block in blocks if block["type"] == "section")
        assert len(json.dumps(message.payload, ensure_ascii=False)) <= 10_000
    assert len(sink.payloads) == len(messages) > 1
    assert [parcel for message in messages for parcel in message.leads] == [found.parcel_id for found in leads[:10]]
    for message in messages:
        assert all(parcel in message.text for parcel in message.leads)


def named(sink: SlackSink, heading: str) -> list[str]:
    """The addresses below a heading."""
    below = sink.text.split(f"*{heading}")[1].split("\n*What")[0].split("\n*Follow")[0].split("\n*Sales")[0]
    return [line for line in below.splitlines() if line.endswith("Orlando 32804*")]


@pytest.mark.parametrize(("number", "rest"), [(9, None), (10, None), (11, 1), (120, 110)])
def test_of_each_kind_ten_are_listed_and_the_others_counted(sink, number, rest):
    told = {kind: tuple(news(n) for n in range(number)) for kind in ("changes", "follow_ups", "sales")}
    deliver(channel(sink.url), digest(*(lead(n) for n in range(number)), **told))
    assert len(sink.payloads) <= 2
    assert sum(f"parcel {lead(n).parcel_id}" in sink.text for n in range(number)) == min(number, 10)
    for heading in ("What changed", "Follow-ups due", "Sales within 7 days"):
        assert len(named(sink, f"{heading} ({number})")) == min(number, 10)
    more = ["new lead", "change", "follow-up", "sale"]
    said = [f"{rest} more {noun}{'s' if rest and rest > 1 else ''}: 'wholesaler leads" in sink.text for noun in more]
    assert said == [rest is not None] * 4
    title = f"{number} new tier A leads, {number} changes, {number} follow-ups due, {number} sales this week"
    assert title in sink.payloads[0]["text"]


def test_what_is_said_of_leads_that_are_known_has_address_words_and_links(sink):
    found = digest(changes=(news(3, "left A: now B", "new: Vacancy"),), report="/home/a/reports/x.html")
    deliver(channel(sink.url), replace(found, leads=(), failed_sources=("tax_sales",)))
    assert sink.payloads[0]["text"] == "1 change in Orange County, Florida (1 Dec 2025)"
    for said in (
        "*What changed (1)*",
        "*3 W Smith St, Orlando 32804*\nleft A: now B; new: Vacancy\n<https://county.example/3?a=1&amp;b=2|parcel>",
        "Stale sources, not counted in the scores: foreclosures; Not read: tax\uff3fsales",
        "Report: /home/a/reports/x.html",
    ):
        assert said in sink.text or said.replace("\uff3f", "_") in sink.text


def test_a_link_cannot_be_broken_out_of(sink):
    hostile = {"a|b>c": "https://x.example/|click>me<!here>&x"}
    deliver(channel(sink.url), digest(lead(links=hostile)))
    assert "<https://x.example/%7Cclick%3Eme%3C!here%3E&amp;x|a|b&gt;c>" in sink.text


def test_days_are_counted_from_the_day_that_is_told(sink):
    sales = (("Foreclosure auction", date(2025, 12, 2)), ("Tax deed sale", date(2025, 11, 30)))
    deliver(channel(sink.url), digest(lead(sales=sales)))
    assert "\nForeclosure auction tomorrow (2 Dec 2025)\n" in sink.text
    assert "30 Nov" not in sink.text
    deliver(channel(sink.url), digest(lead(sales=sales), as_of=date(2025, 12, 2)))
    assert "\nForeclosure auction today (2 Dec 2025)\n" in sink.text


def test_a_sign_of_life_says_since_when_it_was_quiet(sink):
    deliver(channel(sink.url), replace(digest(), leads=(), quiet_since=date(2025, 11, 24)))
    assert sink.payloads[0]["text"] == "Nothing new in Orange County, Florida (1 Dec 2025)"
    assert "A sign of life: there was nothing to tell since 24 Nov 2025." in sink.text
    assert "All leads by tier: A 13" in sink.text


def test_data_can_neither_mention_nor_link_nor_format(sink):
    found = digest(lead(address=HOSTILE, reasons=(HOSTILE,), links={}), market_name="<!here> & Co")
    deliver(channel(sink.url), replace(found, changes=(news(2, HOSTILE, links={}),)))
    raw = json.dumps(sink.payloads[0], ensure_ascii=False)
    assert "<" not in raw
    assert "&lt;!channel&gt;" in raw
    assert sink.payloads[0]["text"].startswith("1 new tier A lead, 1 change in &lt;!here&gt; &amp; Co")
    address = next(line for line in sink.text.splitlines() if "!channel" in line)
    assert address.startswith("*")
    assert not set("_~`*") & set(address[1:-1])
    assert all(
        part["verbatim"]
        for block in sink.payloads[0]["blocks"]
        for part in (block["elements"] if block["type"] == "context" else [block["text"]])
    )


def test_line_breaks_and_control_characters_in_data_cannot_fake_a_line(sink):
    deliver(channel(sink.url), digest(lead(address="1 A St\n*Score 99*\x1b[31m\u202e")))
    assert "*1 A St ∗Score 99∗ [31m, Orlando 32804*" in sink.text


def test_why_is_one_line_of_four_reasons_and_says_how_many_there_are_more(sink):
    reasons = ("a: +5 distress", "b: covered, owner", "c: -0.5 value", "d", "e: +20 urgency", "f: +1 owner", "g")
    deliver(channel(sink.url), digest(lead(reasons=reasons)))
    assert "\nWhy: a; c; d; e; 2 more reasons\n" in sink.text
    deliver(channel(sink.url), digest(lead(reasons=reasons[:1])))
    assert "\nWhy: a\n" in sink.text


def test_names_stay_out_unless_allowed(sink):
    deliver(channel(sink.url), digest())
    assert OWNER not in json.dumps(sink.payloads)
    deliver(channel(sink.url, show_names=True), digest())
    assert f"Owner of record: {OWNER}" in sink.text


def test_an_unknown_value_and_debt_are_called_unknown(sink):
    deal = {"arv": Decimal(300000), "repairs": Decimal(15000), "mao": Decimal(-500), "debt": None, "spread": None}
    deliver(channel(sink.url), digest(lead(1, deal=deal), lead(2, deal={}), lead(3, address=None)))
    assert "MAO -$500, debt unknown, spread unknown" in sink.text
    assert "No deal estimate: the market value is unknown" in sink.text
    assert "*Address not published, Orlando 32804*" in sink.text


@pytest.mark.parametrize("first", [500, 503, 429, Answer(429, "rate_limited", {"Retry-After": "0"})])
def test_a_passing_fault_is_retried(sink, first):
    sink.answers = [first]
    deliver(channel(sink.url), digest())
    assert (len(sink.payloads), sink.requests) == (1, 2)


def test_429_waits_as_long_as_slack_asks_and_other_faults_back_off(sink):
    sink.answers = [Answer(429, "rate_limited", {"Retry-After": "7"}), 500, 500]
    waits: list[float] = []
    deliver(channel(sink.url, retry_wait=20, sleep=waits.append), digest())
    asked, second, third = (wait for wait in waits if wait > 1)
    assert 7 <= asked <= 8
    assert 20 <= second <= 40
    assert third == 60 or 30 <= third <= 60


def test_a_rate_limit_of_many_minutes_is_left_to_the_next_run(sink):
    sink.answers = [Answer(429, "rate_limited", {"Retry-After": "600"})]
    with pytest.raises(DeliveryError, match="600 s") as caught:
        deliver(channel(sink.url), digest())
    assert not caught.value.permanent
    assert sink.requests == 1


def test_who_was_asked_to_wait_sends_nothing_meanwhile_whoever_sends(sink):
    sink.answers = [Answer(429, "rate_limited", {"Retry-After": "600"})]
    for _ in range(2):  # another stage opens the channel anew
        with pytest.raises(DeliveryError, match=r"(600|599) s") as caught:
            deliver(channel(sink.url, retry_wait=1), digest())
        assert 598 < (caught.value.retry_after or 0) <= 600
    assert sink.requests == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_date_in_retry_after_is_waited_for(sink, status):
    when = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    sink.answers = [Answer(status, "later", {"Retry-After": when})]
    waits: list[float] = []
    deliver(channel(sink.url, retry_wait=1, sleep=waits.append), digest())
    assert [wait for wait in waits if 28 <= wait <= 31]
    assert len(sink.payloads) == 1


def test_faults_that_stay_end_in_an_error_that_is_not_permanent(sink):
    sink.answers = [500] * 9
    with pytest.raises(DeliveryError, match="answered 500") as caught:
        deliver(channel(sink.url, retries=2), digest())
    assert not caught.value.permanent
    assert sink.requests == 3


def test_messages_to_one_webhook_are_a_second_apart(sink):
    waits: list[float] = []
    changes = tuple(news(n, "x" * 400) for n in range(10))
    deliver(channel(sink.url, retry_wait=1, sleep=waits.append), digest(*(lead(n) for n in range(40)), changes=changes))
    assert len(waits) == len(sink.payloads) - 1 > 0
    assert all(0 < wait <= 1 for wait in waits)
    deliver(channel(sink.url, retry_wait=1, sleep=waits.append), digest())  # another stage opens the channel anew
    assert len(waits) == len(sink.payloads) - 1


@pytest.mark.parametrize(
    ("status", "word", "advice"),
    [
        (404, "no_service", "Make a new incoming webhook"),
        (403, "action_prohibited", "administrator"),
        (410, "channel_is_archived", "Restore the channel"),
        (400, "invalid_payload", "report this as a bug"),
        (200, "<html>Log in to the proxy</html>", "ALERT_SLACK_WEBHOOK"),
        (302, "", "ALERT_SLACK_WEBHOOK"),
    ],
)
def test_a_refusal_is_permanent_and_says_slacks_word_and_what_to_do(sink, status, word, advice):
    sink.answers = [Answer(status, word)]
    with pytest.raises(DeliveryError) as caught:
        deliver(channel(sink.url), digest())
    assert caught.value.permanent
    assert caught.value.message_only is (status == 400)
    assert sink.requests == 1
    assert f"{status} '{word or 'no explanation'}'" in caught.value.message
    assert advice in str(caught.value)


def test_the_webhook_is_in_no_error_log_or_repr(sink, caplog):
    caplog.set_level(logging.DEBUG)
    to = channel(sink.url, retries=0)
    sink.answers = [Answer(404, f"nothing at {sink.url}"), 500, Answer(400, f"no {sink.path}")]
    errors = []
    for _ in range(3):
        with pytest.raises(DeliveryError) as caught:
            deliver(to, digest())
        errors.append(str(caught.value))
    deliver(to, digest())
    seen = " ".join([*errors, repr(to), str(vars(to)), caplog.text, *(m.text for m in to.render(digest()))])
    assert "secrettoken" not in seen
    assert len(sink.payloads) == 1


def test_a_server_that_is_not_there_or_does_not_answer_is_not_permanent():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/services/secrettoken"
        with pytest.raises(DeliveryError, match=r"no answer .* within 0\.05 s") as caught:
            deliver(channel(url, retries=1, timeout=0.05), digest())
    assert not caught.value.permanent
    with pytest.raises(DeliveryError, match="could not be reached") as caught:
        deliver(channel(url, retries=1), digest())
    assert not caught.value.permanent
    assert "secrettoken" not in str(caught.value)


def test_a_failed_stage_is_announced_with_its_error_and_hint(sink):
    to = channel(sink.url)
    to.send(to.render_failure(failure(error="tax_sales: <!channel> " + "x" * 5_000)))
    assert sink.payloads[0]["text"] == "wholesaler: ingest failed for Orange County, Florida"
    assert "tax_sales: &lt;!channel&gt; xxx" in sink.text
    assert "What to do: Look at the server's status page." in sink.text
    assert "after 15 min 23 s" in sink.text


def test_another_profile_is_announced_with_the_tiers_by_both(sink):
    to = channel(sink.url)
    to.send(to.render_profile_change(profile_change()))
    assert (
        sink.payloads[0]["text"]
        == "wholesaler: leads of Orange County, Florida are scored by profile v2 now (1 Dec 2025)"
    )
    assert all(line in sink.text for line in PROFILE_CHANGE)
    assert "possibly a repeat" not in sink.text
    edited = to.render_profile_change(profile_change(profile_before="v2", repeat=True))
    assert "are scored by an edited profile v2 now" in edited.title
    assert "possibly a repeat" in edited.text


def test_land_has_no_deal_estimate(sink):
    nothing = dict.fromkeys(("arv", "repairs", "mao", "debt", "spread"))
    deliver(channel(sink.url), digest(lead(deal=nothing, is_land=True)))
    assert "No deal estimate: it is vacant land" in sink.text


def test_many_findings_fit_into_one_message_that_counts_the_rest(sink):
    found = tuple(Finding("error" if n < 2 else "warning", f"finding {n}", HOSTILE) for n in range(100))
    to = channel(sink.url)
    message = to.render_findings(FindingsNotice("orange-fl", "Orange County, Florida", digest().as_of, found))
    to.send(message)
    assert message.title == ("wholesaler: 2 errors and 98 warnings in the data of Orange County, Florida (1 Dec 2025)")
    shown = sink.text.count(": finding ")
    assert shown >= 2
    assert f"{100 - shown} more; `wholesaler check` lists them all." in sink.text
    assert len(json.dumps(message.payload, ensure_ascii=False)) <= 10_000


@pytest.mark.parametrize(
    ("told_before", "said"),
    [
        (0, None),
        (1, "1 finding that was told before is still there; 'wholesaler check' lists all."),
        (2, "2 findings that were told before are still there; 'wholesaler check' lists all."),
    ],
)
def test_what_was_told_before_is_told_by_its_number(sink, told_before, said):
    to = channel(sink.url)
    to.send(to.render_findings(findings(told_before=told_before)))
    assert ("told before" in sink.text) is (said is not None)
    assert said is None or said in sink.text


def test_short_findings_stay_under_fifty_blocks(sink):
    found = tuple(Finding("warning", f"finding {n}") for n in range(80))
    to = channel(sink.url)
    to.send(to.render_findings(FindingsNotice("orange-fl", "Orange", digest().as_of, found)))
    assert len(sink.payloads[0]["blocks"]) == 50
    assert sink.text.endswith("32 more; `wholesaler check` lists them all.")
