"""Secrets in every form in which a server can echo them, and text that a short one must not shred."""

import json
import quopri
from base64 import b64encode, encodebytes, urlsafe_b64encode
from collections.abc import Callable
from html import escape
from urllib.parse import quote, quote_plus

import pytest

from wholesaler.redaction import (
    HIDDEN,
    database_secrets,
    in_order,
    login_secrets,
    ping_secrets,
    redact,
    redact_document,
    webhook_secrets,
)

SECRETS = ["xyz0SecretToken", "pä ss/\"w'ord+&%", "hunter2", "back\\slash", "🏚token🏚", "correct  horse"]
FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "url": lambda text: quote(text, safe=""),
    "url-lower": lambda text: quote(text, safe="").replace("%C3%A4", "%c3%a4").replace("%2F", "%2f"),
    "url-path": quote,
    "url-form": quote_plus,
    "url-twice": lambda text: quote(quote(text, safe=""), safe=""),
    "url-everything": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "json": lambda text: json.dumps(text)[1:-1],
    "json-utf8": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "json-in-json": lambda text: json.dumps(json.dumps(text)[1:-1])[1:-1],
    "json-slash": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "python": lambda text: ascii(text)[1:-1],
    "bytes": lambda text: repr(text.encode())[2:-1],
    "html": escape,
    "quoted-printable": lambda text: quopri.encodestring(text.encode()).decode().strip(),
    "quoted-everything": lambda text: "".join(f"={byte:02X}" for byte in text.encode()),
    "hex": lambda text: text.encode().hex(),
    "hex-upper": lambda text: text.encode().hex().upper(),
    "hex-dump": lambda text: text.encode().hex(" "),
    "base64": lambda text: b64encode(text.encode()).decode(),
    "base64-unpadded": lambda text: b64encode(text.encode()).decode().rstrip("="),
    "base64-url": lambda text: urlsafe_b64encode(text.encode()).decode(),
    "base64-percent": lambda text: quote_plus(b64encode(text.encode())),
    "smtp-plain": lambda text: b64encode(f"\0me@example.org\0{text}".encode()).decode(),
    "basic": lambda text: b64encode(f"somebody:{text}".encode()).decode(),
    "base64-inside": lambda text: b64encode(f'{{"a": 1, "text": "{text}", "b": 2}}'.encode()).decode(),
    "base64-lines": lambda text: encodebytes(f"{'x' * 40}{text}{'y' * 40}".encode()).decode(),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_hidden_in_every_form_and_nothing_else_is(secret: str, form: str) -> None:
    said = redact(f"it said <{FORMS[form](secret)}> at 12:30", [secret])
    assert HIDDEN in said
    assert said.startswith("it said <")
    assert said.endswith("> at 12:30")
    if form not in {"base64-lines", "base64-inside"}:  # beside what is the secret's, other words are left
        assert said == f"it said <{HIDDEN}> at 12:30"


def test_a_long_mail_line_is_folded_within_a_secret() -> None:
    secret = "a-token-of-some-length=with-signs"
    folded = quopri.encodestring(("x" * 60 + secret).encode()).decode()
    assert "=\n" in folded
    assert redact(folded, [secret]).strip() == "x" * 60 + HIDDEN
    assert redact(" ".join(folded.split()), [secret]) == "x" * 60 + HIDDEN


def test_the_longest_secret_is_taken_whole() -> None:
    secrets = ["pass", "postgresql://me:pass@db/x"]
    assert redact("at postgresql://me:pass@db/x, pass", secrets) == f"at {HIDDEN}, {HIDDEN}"


@pytest.mark.parametrize("secret", ["e", "a1", "70", "ser", "server", "2025", "test"])
def test_a_secret_that_looks_like_a_word_is_hidden_only_where_it_stands_alone(secret: str) -> None:
    text = f"The observers answered 7012025 tests, port 65, q=70% (x{secret}x)"
    expected = text.replace("q=70", f"q={HIDDEN}") if secret == "70" else text
    assert redact(text, [secret]) == expected
    for said in (f"it is {secret}.", f"'{secret}'", f"p={secret}&q", f"u:{secret}@host", secret, f"({secret})"):
        assert redact(said, [secret]) == said.replace(secret, HIDDEN, 1)
    assert redact(f"x%3D{secret}%26 \\n{secret}\\n", [secret]) == f"x%3D{HIDDEN}%26 \\n{HIDDEN}\\n"
    assert secret not in redact(f"AUTH {b64encode(secret.encode()).decode()}", [secret])


def test_a_password_of_one_letter_is_hidden_in_a_login_as_smtp_sends_it() -> None:
    secrets = in_order(login_secrets("me@example.org", "e"))
    for login in ("\0me@example.org\0e", "me@example.org:e", "me@example.org\0me@example.org\0e"):
        assert redact(f"AUTH {b64encode(login.encode()).decode()} refused", secrets) == f"AUTH {HIDDEN} refused"
    assert redact("The server refused the sender", secrets) == "The server refused the sender"


def test_each_part_of_a_webhook_is_a_secret_and_the_name_of_the_service_is_none() -> None:
    secrets = in_order(webhook_secrets("https://me:pw%401@hooks.slack.com/services/T0AAA/B0BBB/xyz0?key=k%31ey"))
    for secret in ("T0AAA", "B0BBB", "xyz0", "pw@1", "k1ey", "me:pw@1", "/services/T0AAA/B0BBB/xyz0"):
        assert secret not in redact(f"no_service: {secret}!", secrets)
    text = "slack: the services of hooks.slack.com answered 404 to a webhook"
    assert redact(text, secrets) == text
    assert list(webhook_secrets("http://[secret")) == ["http://[secret"]


@pytest.mark.parametrize(
    ("address", "secret"),
    [
        ("https://hc-ping.com/5f2d3b1c-7a90-4e0f-9c1b-0d5a7e6f4b21", ["5f2d3b1c-7a90-4e0f-9c1b-0d5a7e6f4b21"]),
        ("https://hc-ping.com/fqOOd6-F4MMNuCEnzTU01w/wholesaler?create=1", ["fqOOd6-F4MMNuCEnzTU01w"]),
        ("https://kuma.example/api/push/Zx81kQ2p?status=up&msg=OK", ["Zx81kQ2p"]),
        ("https://kuma.example/api/push/Zx81kQ2?key=abcdefghijklmnopqrst", ["abcdefghijklmnopqrst"]),
        ("https://me:hunter2@[::1/ping", []),
    ],
)
def test_of_a_healthchecks_address_only_what_is_no_word_is_a_secret(address: str, secret: list[str]) -> None:
    assert set(ping_secrets(address)) == {address, *secret}


def test_an_address_of_a_database_is_hidden_however_its_password_is_written() -> None:
    secrets = in_order(database_secrets("postgresql://me:hun%2Fter%402@db/leads"))
    for said in ("hun%2Fter%402", "hun%2fter%402", "hun/ter@2", "hun/ter%402"):
        assert redact(f"password {said} refused", secrets) == f"password {HIDDEN} refused"


def test_blank_secrets_and_none_at_all_hide_nothing() -> None:
    assert redact("a b", ["", " "]) == redact("a b", []) == "a b"


def test_a_document_keeps_its_shape_and_its_numbers() -> None:
    document = {"rows": 12, "said": ["tok-12345", ("x", None)], "error": RuntimeError("tok-12345")}
    assert redact_document(document, ["tok-12345"]) == {"rows": 12, "said": [HIDDEN, ["x", None]], "error": HIDDEN}


def test_text_that_holds_no_secret_stays_as_it_is() -> None:
    secrets = in_order([*webhook_secrets("https://h.example/services/T0AAA/B0BBB/xyz0abc"), *login_secrets("me", "pw")])
    text = "1 W Smith St, Orlando 32804 (28.53, -81.37) + 50 %: /api/x=1&y=%20; ünï ½ " * 50
    assert redact(text, secrets) == text
