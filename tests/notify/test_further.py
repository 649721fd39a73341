"""The channels of ALERT_URLS against a real webhook: what is said, in how many messages, and what an answer means."""

import logging
import socket
import subprocess
import sys

import pytest

from tests.notify.samples import OWNER, PROFILE_CHANGE, digest, failure, findings, lead, news, profile_change, settings
from tests.servers.slack import Answer
from tests.servers.webhook import WebhookSink
from tests.servers.wire import Wire, hang_up, http, silence
from wholesaler.errors import ConfigurationError
from wholesaler.notify import Channel, DeliveryError, enabled_channels
from wholesaler.notify.further import SHORT, FurtherChannel
from wholesaler.notify.service import Service


@pytest.fixture
def sink():
    with WebhookSink() as running:
        yield running


def channel(url, *, show_names=False, retries=0, room=None, **options) -> FurtherChannel:
    service = Service("hook", url, retries=retries, retry_wait=0, **options)
    if room is not None:
        service._service.body_maxlen = room
    return FurtherChannel("hook", service, show_names=show_names)


def deliver(to: Channel, found) -> list[str]:
    rendered = to.render(found)
    for message in rendered:
        to.send(message)
    return [parcel for message in rendered for parcel in message.leads]


def test_a_digest_says_what_slack_is_told(sink):
    assert deliver(channel(sink.hook), digest(lead(1), lead(2))) == [lead(1).parcel_id, lead(2).parcel_id]
    (payload,) = sink.payloads
    assert (payload["title"], payload["type"]) == ("2 new tier A leads in Orange County, Florida (1 Dec 2025)", "info")
    for part in (
        "All leads by tier: A 13, B 29, C 134, D 1,010",
        "Stale sources, not counted in the scores: foreclosures",
        "1 W Smith St, Orlando 32804",
        f"Tier A, score 78.50 (1 Dec 2025), parcel {lead(2).parcel_id}",
        "Tax deed sale in 17 days (18 Dec 2025)",
        "Why: Tax deed sale on 18 Dec 2025, in 17 days; 2 open code cases",
        "Offer up to $157,000. Deal estimate: ARV $310,000",
        "Owner: a company, gets mail in another state",
        "parcel: https://county.example/2?a=1&b=2",
        "estimates from public records",
    ):
        assert part in payload["message"]
    assert OWNER not in payload["message"]
    deliver(channel(sink.hook, show_names=True), digest())
    said = f"Owner of record: {OWNER} (a company, gets mail in another state), mail to 9 Far Rd, Reno, NV 89501"
    assert said in sink.payloads[-1]["message"]


@pytest.mark.parametrize("room", [SHORT + 200, 2_000, 4_096, 32_768])
def test_many_leads_are_messages_that_fit_each_lead_once(sink, room):
    leads = [lead(number, reasons=tuple(f"reason {n}: " + "x" * 90 for n in range(12))) for number in range(30)]
    sections = {"changes": tuple(news(n) for n in range(30)), "sales": (news(31, "x" * 5_000),)}
    told = deliver(channel(sink.hook, room=room), digest(*leads, **sections))
    assert told == [one.parcel_id for one in leads[:10]]
    assert len(sink.payloads) > 1 or room == 32_768
    assert all(len(one["title"]) + len(one["message"]) <= room for one in sink.payloads)
    assert [sink.text.count(one.parcel_id) for one in leads] == [1] * 10 + [0] * 20
    assert len(sink.payloads) == 1 or f"(part 2 of {len(sink.payloads)})" in sink.payloads[1]["title"]
    assert "20 more new leads" in sink.text
    assert "20 more changes" in sink.text


@pytest.mark.parametrize("room", [160, 400])
def test_where_little_fits_it_is_one_message_that_counts_the_rest(sink, room):
    leads = [lead(number) for number in range(30)]
    assert len(deliver(channel(sink.hook, room=room), digest(*leads, further=7))) == 10
    (payload,) = sink.payloads
    assert len(payload["title"]) + len(payload["message"]) <= room
    assert "0 W Smith St" in payload["message"]
    listed = payload["message"].count("Smith St")
    assert f"… {37 - listed} in `leads list`" in payload["message"]


def test_notices_have_their_kind_and_fit(sink):
    to = channel(sink.hook, room=600)
    for message in (
        to.render_failure(failure(error="x" * 2_000)),
        to.render_findings(findings(told_before=2)),
        to.render_profile_change(profile_change()),
    ):
        to.send(message)
    assert [payload["type"] for payload in sink.payloads] == ["failure", "warning", "info"]
    assert sink.payloads[0]["title"] == "wholesaler: ingest failed for Orange County, Florida"
    assert all(len(payload["title"]) + len(payload["message"]) <= 600 for payload in sink.payloads)
    assert "2 findings that were told before" in sink.payloads[1]["message"]
    assert PROFILE_CHANGE[0] in sink.payloads[2]["message"]
    assert all(payload["title"] not in payload["message"] for payload in sink.payloads)


@pytest.mark.parametrize("hostile", ["@everyone", "@here", "<!channel>", "<@U123>", "@Channel"])
def test_public_records_call_nobody(sink, hostile):
    deliver(channel(sink.hook), digest(lead(address=f"1 {hostile} St")))
    assert hostile not in sink.text
    assert "Orlando 32804" in sink.text


@pytest.mark.parametrize("first", [500, 503, 429, 408])
def test_a_passing_fault_is_retried(sink, first):
    sink.answers = [first]
    deliver(channel(sink.hook, retries=1), digest())
    assert (len(sink.payloads), sink.requests) == (1, 2)


@pytest.mark.parametrize(
    ("status", "permanent", "message_only", "unanswered"),
    [
        (400, True, True, False),
        (413, True, True, False),
        (401, True, False, False),
        (404, True, False, False),
        (410, True, False, False),
        (429, False, False, False),
        (500, False, False, False),
        (502, False, False, True),
        (504, False, False, True),
    ],
)
def test_what_an_answer_means(sink, status, permanent, message_only, unanswered):
    sink.answers = [Answer(status, f"no: {sink.path}")]
    with pytest.raises(DeliveryError) as caught:
        deliver(channel(sink.hook, secrets=[sink.path, "secret-token-9f8e7d6c"]), digest())
    error = caught.value
    assert (error.permanent, error.message_only, error.unanswered) == (permanent, message_only, unanswered)
    assert str(status) in error.message
    assert "hook" in error.message
    assert "secret-token" not in str(error)
    assert not permanent or "no: •••" in error.message


@pytest.mark.parametrize("answer", [silence, hang_up])
def test_without_an_answer_it_may_have_arrived(answer):
    with Wire(http(answer)) as wire, pytest.raises(DeliveryError, match="gave no answer") as caught:
        deliver(channel(f"json://127.0.0.1:{wire.port}/x", retries=3, timeout=0.3), digest())
    assert caught.value.unanswered
    assert len(wire.received) == 1


def test_an_answer_that_drips_ends():
    def drip(wire, connection):
        wire.drip(connection, b"HTTP/1.1 200 OK\r\nX: " + b"y" * 50)

    with Wire(http(drip)) as wire, pytest.raises(DeliveryError, match="within 1 s") as caught:
        deliver(channel(f"json://127.0.0.1:{wire.port}/x", longest=1), digest())
    assert caught.value.unanswered


def test_where_nothing_was_sent_it_is_tried_again_later():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with pytest.raises(DeliveryError, match="Connection error") as caught:
        deliver(channel(f"json://127.0.0.1:{port}/x"), digest())
    assert (caught.value.permanent, caught.value.unanswered) == (False, False)


def test_nothing_of_it_reaches_the_logs(sink, monkeypatch):
    heard = []
    handler = logging.Handler()
    monkeypatch.setattr(handler, "emit", lambda record: heard.append(record.getMessage()))
    root = logging.getLogger()
    monkeypatch.setattr(root, "level", logging.DEBUG)
    root.addHandler(handler)
    try:
        deliver(channel(sink.hook), digest())
        logging.getLogger("other").debug("a witness")
    finally:
        root.removeHandler(handler)
    assert heard == ["a witness"]


def test_an_address_that_apprise_does_not_know_is_a_wrong_configuration(tmp_path):
    with pytest.raises(ConfigurationError, match="does not know how to use the address of rubbish-") as caught:
        enabled_channels(settings(tmp_path, ALERT_URLS="rubbish://very-secret-token-1"))
    assert "very-secret" not in str(caught.value)


def test_without_apprise_it_is_said_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(ConfigurationError) as caught:
        enabled_channels(settings(tmp_path, ALERT_URLS="json://127.0.0.1/x"))
    assert caught.value.exit_code == 78
    assert "pip install 'wholesaler[channels]'" in str(caught.value)


def test_it_is_imported_only_when_used():
    program = (
        "import sys, wholesaler.cli.app, wholesaler.notify, wholesaler.pipeline.run; print('apprise' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
