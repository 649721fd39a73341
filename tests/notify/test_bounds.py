"""Channels that never come to an end: each conversation is bounded in time and size as a whole."""

import time
from collections.abc import Callable

import pytest
from pydantic import SecretStr

from tests.notify.samples import digest
from tests.servers.wire import Wire, dripping, endless, hang_up, http, silence, smtp
from wholesaler.notify import Channel, DeliveryError
from wholesaler.notify.email import EmailChannel
from wholesaler.notify.slack import SlackChannel
from wholesaler.notify.smtp import SmtpServer
from wholesaler.notify.webhook import Webhook

ALLOWED = 0.6
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2000000000\r\n\r\n"


def failure_of(channel: Channel) -> tuple[DeliveryError, float]:
    (message,) = channel.render(digest())
    start = time.monotonic()
    with pytest.raises(DeliveryError) as caught:
        channel.send(message)
    return caught.value, time.monotonic() - start


def slack(wire: Wire) -> SlackChannel:
    address = SecretStr(f"http://{wire.host}:{wire.port}/services/T0/B0/xyz0")
    return SlackChannel(Webhook(address, retries=3, retry_wait=0, timeout=ALLOWED), show_names=False)


def email(wire: Wire, **options) -> EmailChannel:
    server = SmtpServer(wire.host, wire.port, "plain", "me", SecretStr("pw"), longest=ALLOWED, **options)
    return EmailChannel(server, sender="a@example.com", recipients=("b@example.com",), show_names=False)


@pytest.mark.parametrize(
    "answer",
    [
        silence,
        hang_up,
        dripping(b"H"),
        dripping(b"HTTP/1.1 200 OK\r\nX-Pad: y\r\n"),
        dripping(b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        endless(b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        lambda wire, connection: (connection.sendall(OK), wire.drip(connection, b"ok")),
        lambda wire, connection: (connection.sendall(OK), endless(b"ok")(wire, connection)),
        lambda wire, connection: (connection.sendall(OK.replace(b"2000000000", b"2")), hang_up(wire, connection)),
    ],
    ids=["silence", "hang-up", "drip", "drip-head", "drip-1xx", "endless-1xx", "drip-body", "endless-body", "cut-off"],
)
def test_a_webhook_without_a_whole_answer_is_asked_once_and_not_for_long(answer: Callable[..., None]) -> None:
    with Wire(http(answer)) as wire:
        error, seconds = failure_of(slack(wire))
    assert (error.unanswered, error.permanent, len(wire.received)) == (True, False, 1)
    assert seconds < ALLOWED + 1
    assert "possible repeat" in str(error)


@pytest.mark.parametrize("status", [502, 504])
def test_a_gateway_that_got_no_answer_has_none_to_give(status: int) -> None:
    head = f"HTTP/1.1 {status} Bad\r\nContent-Length: 0\r\n\r\n".encode()
    with Wire(http(lambda wire, connection: connection.sendall(head))) as wire:
        error, _ = failure_of(slack(wire))
    assert (error.unanswered, len(wire.received)) == (True, 1)


@pytest.mark.parametrize("at", ["greeting", "EHLO", "AUTH", "MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize(
    "answer",
    [
        silence,
        dripping(b"250-more\r\n"),
        endless(b"250-more\r\n"),
        hang_up,
        lambda _, connection: connection.sendall(b"250"),
    ],
    ids=["silence", "drip", "endless", "hang-up", "within-a-line"],
)
def test_a_mail_server_that_never_comes_to_the_mail_does_not_have_it(at: str, answer: Callable[..., None]) -> None:
    with Wire(smtp(at=at, answer=answer)) as wire:
        error, seconds = failure_of(email(wire))
    assert (error.unanswered, error.permanent, wire.received) == (False, False, [])
    assert seconds < ALLOWED + 1


@pytest.mark.parametrize(
    "answer",
    [silence, dripping(b"250-more\r\n"), endless(b"250-more\r\n"), hang_up],
    ids=["silence", "drip", "endless", "hang-up"],
)
def test_a_mail_server_that_does_not_answer_to_the_mail_may_have_it(answer: Callable[..., None]) -> None:
    with Wire(smtp(at=".", answer=answer)) as wire:
        error, seconds = failure_of(email(wire))
    assert (error.unanswered, error.permanent, len(wire.received)) == (True, False, 1)
    assert seconds < ALLOWED + 1


@pytest.mark.parametrize("words", [b"<html>\r\n", b"354 go on\r\n"])
def test_an_answer_to_the_mail_that_smtp_does_not_have_is_none(words: bytes) -> None:
    with Wire(smtp(at=".", answer=lambda wire, connection: connection.sendall(words))) as wire:
        error, _ = failure_of(email(wire))
    assert (error.unanswered, error.permanent, len(wire.received)) == (True, False, 1)


def test_a_handshake_that_drips_ends_too() -> None:
    with Wire(dripping(b"\x16\x03\x03\x3f\xff" + b"\0" * 9999)) as wire:
        server = SmtpServer(wire.host, wire.port, "tls", longest=ALLOWED)
        channel = EmailChannel(server, sender="a@example.com", recipients=("b@example.com",), show_names=False)
        error, seconds = failure_of(channel)
    assert (error.unanswered, error.permanent) == (False, False)
    assert seconds < ALLOWED + 1
