import socket

import pytest

from tests.notify.mail import channel, deliver
from tests.notify.samples import digest, settings
from tests.servers.smtp import SmtpSink, make_certificate
from wholesaler.notify import DeliveryError
from wholesaler.notify.email import EmailChannel
from wholesaler.notify.smtp import SmtpServer, security_of

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def sink():
    with SmtpSink() as running:
        yield running


@pytest.fixture
def trusted(certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))


def test_starttls_encrypts_and_then_logs_in(certificate, trusted):
    with SmtpSink("starttls", certificate, login=("leads", PASSWORD)) as sink:
        deliver(channel(sink, security="starttls", user="leads", password=PASSWORD), digest())
        assert (sink.encrypted, sink.logins) == ([True], ["leads"])


def test_a_server_without_starttls_gets_nothing(sink):
    with pytest.raises(DeliveryError, match="STARTTLS") as caught:
        deliver(channel(sink, security="starttls"), digest())
    assert caught.value.permanent
    assert "SMTP_USE_TLS" in str(caught.value)
    assert sink.messages == []


def test_implicit_tls_encrypts_from_the_first_byte(certificate, trusted):
    with SmtpSink("tls", certificate) as sink:
        deliver(channel(sink, security="tls"), digest())
        assert sink.encrypted == [True]


@pytest.mark.parametrize(
    ("port", "use_tls", "security"),
    [(465, True, "tls"), (465, False, "tls"), (587, True, "starttls"), (25, True, "starttls"), (25, False, "plain")],
)
def test_the_port_and_smtp_use_tls_decide_the_encryption(tmp_path, port, use_tls, security):
    assert security_of(port, use_tls) == security
    found = SmtpServer.from_settings(settings(tmp_path, SMTP_PORT=port, SMTP_USE_TLS=use_tls))
    assert (found.port, found.security) == (port, security)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_nobody_trusts_is_refused(certificate, security):
    with SmtpSink(security, certificate) as sink:
        with pytest.raises(DeliveryError, match="certificate verify failed") as caught:
            deliver(channel(sink, security=security), digest())
        assert caught.value.permanent
        assert "SMTP_HOST" in str(caught.value)
        assert sink.messages == []


def test_tls_to_a_port_that_speaks_plain_smtp_says_so(sink):
    with pytest.raises(DeliveryError, match="SMTP_PORT") as caught:
        deliver(channel(sink, security="tls"), digest())
    assert caught.value.permanent


def test_a_refused_login_is_permanent_and_does_not_tell_the_password(certificate, trusted):
    with SmtpSink("starttls", certificate, login=("leads", PASSWORD)) as sink:
        to = channel(sink, security="starttls", user="leads", password="wrong secret")
        with pytest.raises(DeliveryError, match="535") as caught:
            deliver(to, digest())
        assert (caught.value.permanent, caught.value.message_only) == (True, False)
        assert "SMTP_USER and SMTP_PASSWORD" in str(caught.value)
        assert "wrong secret" not in f"{caught.value} {caught.value!r} {to!r} {vars(to)}"
        assert sink.messages == []


def test_a_server_that_wants_a_login_when_none_is_set_says_so(certificate, trusted):
    with SmtpSink("starttls", certificate, login=("leads", PASSWORD)) as sink:
        with pytest.raises(DeliveryError, match="530") as caught:
            deliver(channel(sink, security="starttls"), digest())
        assert caught.value.permanent


def test_a_password_smtp_cannot_carry_is_explained(certificate, trusted):
    with SmtpSink("starttls", certificate, login=("leads", PASSWORD)) as sink:
        to = channel(sink, security="starttls", user="leads", password="pässword")
        with pytest.raises(DeliveryError, match="ASCII") as caught:
            deliver(to, digest())
        assert caught.value.permanent
        assert "pässword" not in str(caught.value)


@pytest.mark.parametrize(("answer", "permanent"), [("451 4.3.0 Try later", False), ("552 5.2.3 Too large", True)])
def test_the_servers_code_says_whether_trying_again_can_help(sink, answer, permanent):
    sink.answers = [answer]
    with pytest.raises(DeliveryError, match=answer[:9]) as caught:
        deliver(channel(sink), digest())
    assert caught.value.permanent is permanent
    assert caught.value.message_only
    deliver(channel(sink), digest())
    assert len(sink.messages) == 1


def test_a_mail_above_the_servers_limit_is_refused_for_its_size_and_not_for_its_sender():
    with SmtpSink(size_limit=2_000) as sink:
        with pytest.raises(DeliveryError, match=r"did not take the e-mail '1 new tier A lead .*552") as caught:
            deliver(channel(sink), digest())
        assert caught.value.permanent
        assert caught.value.message_only
        assert "SMTP_FROM_EMAIL" not in str(caught.value)


def test_one_refused_recipient_is_a_warning_and_the_others_get_the_mail(sink):
    sink.refused = {"gone@example.com": "550 5.1.1 No such user"}
    to = channel(sink, recipients=("gone@example.com", "ann@example.com"))
    partly = to.send(to.render(digest())[0])
    assert sink.recipients == [["ann@example.com"]]
    assert partly is not None
    assert (partly.recipients, partly.permanent) == (("ann@example.com",), True)
    assert "(gone@example.com: 550 5.1.1 No such user)" in partly.refusal


def test_those_who_have_it_already_are_not_told_again(sink):
    everybody = channel(sink, recipients=("busy@example.com", "gone@example.com", "ann@example.com"))
    to = everybody.except_for(["ann@example.com"])
    (message,) = to.render(digest())
    assert "To: busy@example.com, gone@example.com\n" in message.text
    sink.refused = {"busy@example.com": "450 4.2.1 Busy", "gone@example.com": "550 5.1.1 No such user"}
    partly = to.send(message)
    assert partly is not None
    assert (partly.recipients, partly.permanent, sink.messages) == ((), False, [])
    sink.refused.pop("busy@example.com")
    partly = to.send(message)
    assert partly is not None
    assert (partly.recipients, partly.permanent) == (("busy@example.com",), True)
    assert sink.recipients == [["busy@example.com"]]
    nobody = everybody.except_for(["busy@example.com", "gone@example.com", "ann@example.com"])
    assert nobody.send(message) is None
    assert len(sink.messages) == 1


@pytest.mark.parametrize(("answer", "permanent"), [("550 5.1.1 No such user", True), ("450 4.2.1 Busy", False)])
def test_when_every_recipient_is_refused_nothing_is_sent(sink, answer, permanent):
    sink.refused = {"gone@example.com": answer}
    with pytest.raises(DeliveryError, match=r"gone@example\.com: \d+") as caught:
        deliver(channel(sink, recipients=("gone@example.com",)), digest())
    assert caught.value.permanent is permanent
    assert sink.messages == []


def test_a_server_that_is_not_there_or_does_not_answer_is_not_permanent():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent_port = silent.getsockname()[1]
        server = SmtpServer("127.0.0.1", silent_port, "plain", timeout=0.05)
        to = EmailChannel(server, sender="a@b.c", recipients=("a@b.c",), show_names=False)
        with pytest.raises(DeliveryError, match="timed out") as caught:
            deliver(to, digest())
        assert not caught.value.permanent
    with pytest.raises(DeliveryError, match="SMTP_HOST") as caught:
        deliver(to, digest())
    assert not caught.value.permanent
