"""A mail server on 127.0.0.1: plain, STARTTLS or TLS from the first byte, with a login if wanted."""

import asyncio
import socket
import ssl
import subprocess
from collections.abc import Awaitable
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate for 127.0.0.1 and localhost; a client trusts it with ``SSL_CERT_FILE=<file>``."""

    file: Path
    key: Path


def make_certificate(directory: Path) -> Certificate:
    """Make one with the ``openssl`` program; a day is as long as it lasts."""
    made = Certificate(directory / "certificate.pem", directory / "key.pem")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost"
    names = "subjectAltName=IP:127.0.0.1,DNS:localhost"
    subprocess.run(
        [*command.split(), "-addext", names, "-keyout", str(made.key), "-out", str(made.file)],
        check=True,
        capture_output=True,
    )
    return made


class SmtpSink:
    """``with SmtpSink() as sink: ...`` listens on ``sink.host``:``sink.port``; ``sink.messages`` are the parsed
    e-mails it took, ``sink.recipients`` the envelope's recipients of each.

    ``login`` is the user and password it wants, after STARTTLS only where it has STARTTLS. ``refused`` maps a
    recipient to the answer it gets; ``answers`` scripts the answers to the next DATA commands. An e-mail of more than
    ``size_limit`` bytes is refused before it is sent.
    """

    host = "127.0.0.1"

    def __init__(
        self,
        security: Literal["plain", "starttls", "tls"] = "plain",
        certificate: Certificate | None = None,
        login: tuple[str, str] | None = None,
        size_limit: int | None = None,
    ) -> None:
        self.messages: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.encrypted: list[bool] = []
        self.logins: list[str] = []
        self.refused: dict[str, str] = {}
        self.answers: list[str] = []
        self._login = login
        context = None
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate.file, certificate.key)
        if (security != "plain") != (context is not None):
            raise ValueError("a certificate goes with starttls and tls, and only with them")
        self._socket = socket.create_server((self.host, 0))
        self.port: int = self._socket.getsockname()[1]
        options: dict[str, Any] = {"timeout": 10, "data_size_limit": size_limit}
        if security == "starttls":
            options |= {"tls_context": context, "require_starttls": True}
        if login is not None:
            options |= {"authenticator": self._authenticate, "auth_require_tls": security == "starttls"}
        implicit = context if security == "tls" else None
        self._controller = _Controller(self, self._socket, ssl_context=implicit, **options)

    def __enter__(self) -> "SmtpSink":
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._controller.stop()
        self._socket.close()

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        user, password = data.login.decode(), data.password.decode()
        self.logins.append(user)
        return AuthResult(success=(user, password) == self._login, handled=False)

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._login is not None and not session.authenticated:
            return "530 5.7.0 Authentication required"
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if not answer.startswith("250"):
            return answer
        parsed = message_from_bytes(cast(bytes, envelope.content), policy=default)
        self.messages.append(parsed)
        self.recipients.append(list(envelope.rcpt_tos))
        transport = server.transport
        self.encrypted.append(transport is not None and transport.get_extra_info("sslcontext") is not None)
        return answer


class _Controller(Controller):
    """A controller on a socket that is bound already: no other test can take the port in between."""

    def __init__(self, handler: SmtpSink, bound: socket.socket, **options: Any) -> None:
        super().__init__(handler, hostname=handler.host, port=bound.getsockname()[1], server_hostname="sink", **options)
        self._bound = bound

    def _create_server(self) -> Awaitable[asyncio.AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self._bound, ssl=self.ssl_context)
