"""The mail server: where an e-mail is handed in, how the connection is secured, and what an answer means.

The connection is encrypted unless SMTP_USE_TLS=false: implicit TLS on port 465, STARTTLS elsewhere, and a server
that offers no STARTTLS gets nothing. Certificates are verified.
"""

import smtplib
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from io import BufferedReader
from threading import Timer
from typing import TYPE_CHECKING, Any, Literal

from pydantic import SecretStr

from wholesaler.notify import pace
from wholesaler.notify.interface import PENDING_HINT, UNANSWERED_HINT, DeliveryError
from wholesaler.notify.messages import clean
from wholesaler.redaction import in_order, login_secrets, redact
from wholesaler.settings import Settings

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

#: seconds for one answer, and for a whole conversation from the connection on
TIMEOUT = 30.0
LONGEST_CONVERSATION = 90.0
#: bytes that a server may answer in one conversation
_LARGEST_ANSWERS = 1 << 18
IMPLICIT_TLS_PORT = 465
_TOO_LARGE = 552

Security = Literal["tls", "starttls", "plain"]


@dataclass(frozen=True)
class RefusedRecipient:
    """A recipient to whom the server takes no mail, in its own ``words``; ``permanent`` unless it may change."""

    address: str
    words: str
    permanent: bool


@dataclass(frozen=True)
class Handover:
    """A mail that the server took: its last ``words``, which often name it, and whom it takes no mail for."""

    words: str
    refused: Sequence[RefusedRecipient] = ()


@dataclass(frozen=True)
class SmtpServer:
    """Where e-mail is handed in, and how. ``password`` is only used together with ``user``."""

    host: str
    port: int
    security: Security
    user: str | None = None
    password: SecretStr | None = field(default=None, repr=False)
    timeout: float = TIMEOUT
    longest: float = LONGEST_CONVERSATION
    is_paced: bool = False
    secrets: Sequence[str] = field(default=(), repr=False)

    @classmethod
    def from_settings(cls, settings: Settings) -> "SmtpServer":
        """The server of ``settings``."""
        security = security_of(settings.smtp_port, settings.smtp_use_tls)
        return cls(
            settings.smtp_host,
            settings.smtp_port,
            security,
            settings.smtp_user,
            settings.smtp_password,
            is_paced=settings.http_retry_wait > 0,
            secrets=settings.secrets(),
        )

    def hand_in(
        self, mail: EmailMessage, sender: str, recipients: Sequence[str], *, others_have_it: bool = False
    ) -> Handover:
        """Hand in ``mail``; returns what the server answered.

        Raises :class:`DeliveryError` when it took the mail for nobody; that it refused all ``recipients`` is no error
        when ``others_have_it`` already.
        """
        if self.is_paced:
            pace.wait_turn(f"{self.host}:{self.port}")
        conversation = _Conversation(self.longest)
        with self._faults(str(mail["Subject"]), conversation):
            try:
                connection = self._connect(conversation)
                if self.user and self.password:
                    connection.login(self.user, self.password.get_secret_value())
                try:
                    refused = connection.send_message(mail, sender, list(recipients))
                except smtplib.SMTPRecipientsRefused as error:
                    # fewer than all: the server hung up before it was asked about the rest
                    if not others_have_it or len(error.recipients) < len(recipients):
                        raise
                    refused = error.recipients
                # The message is delivered: a server that hangs up rudely must not have it sent again.
                with suppress(smtplib.SMTPException, OSError):
                    connection.quit()
            finally:
                conversation.end()
        left_out = [
            RefusedRecipient(address, self._words(code, answer), code >= 500)
            for address, (code, answer) in sorted(refused.items())
        ]
        return Handover(self._words(*conversation.verdict), left_out)

    def greet(self) -> None:
        """Connect, secure the connection and log in as for a mail, and hand in none.

        Raises :class:`DeliveryError` for what would go wrong so far.
        """
        conversation = _Conversation(self.longest)
        with self._faults("none", conversation):
            try:
                connection = self._connect(conversation)
                connection.ehlo_or_helo_if_needed()
                if self.user and self.password:
                    connection.login(self.user, self.password.get_secret_value())
                with suppress(smtplib.SMTPException, OSError):
                    connection.quit()
            finally:
                conversation.end()

    def _connect(self, conversation: "_Conversation") -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.security == "tls":
            return _TlsConnection(
                self.host, self.port, timeout=self.timeout, context=context, conversation=conversation
            )
        connection = _Connection(self.host, self.port, timeout=self.timeout, conversation=conversation)
        if self.security == "starttls":
            connection.starttls(context=context)
        return connection

    @contextmanager
    def _faults(self, title: str, conversation: "_Conversation") -> Iterator[None]:
        """Turn what smtplib raises into a :class:`DeliveryError` for a person, without secrets."""
        where = f"{self.host}:{self.port}"
        try:
            yield
        except smtplib.SMTPAuthenticationError as error:
            raise DeliveryError(
                f"The mail server {where} refused the login: {self._words(error.smtp_code, error.smtp_error)}.",
                "Check SMTP_USER and SMTP_PASSWORD.",
                permanent=error.smtp_code >= 500,
            ) from None
        except smtplib.SMTPRecipientsRefused as error:
            answers = [f"{who}: {self._words(*answer)}" for who, answer in sorted(error.recipients.items())]
            raise DeliveryError(
                f"The mail server {where} refused every recipient ({'; '.join(answers)}).",
                "Check ALERT_EMAIL.",
                permanent=all(code >= 500 for code, _ in error.recipients.values()),
            ) from None
        except smtplib.SMTPSenderRefused as error:
            if error.smtp_code == _TOO_LARGE:  # the size is told together with the sender (RFC 1870)
                raise self._refusal_of_mail(title, error, message_only=True) from None
            raise DeliveryError(
                f"The mail server {where} refused the sender: {self._words(error.smtp_code, error.smtp_error)}.",
                "Check SMTP_FROM_EMAIL, and whether the server wants a login (SMTP_USER, SMTP_PASSWORD).",
                permanent=error.smtp_code >= 500,
            ) from None
        except smtplib.SMTPResponseException as error:
            if conversation.mail_sent and not 400 <= error.smtp_code < 600:  # no answer that SMTP has
                raise self._broken(title, error, conversation) from None
            raise self._refusal_of_mail(title, error, message_only=isinstance(error, smtplib.SMTPDataError)) from None
        except smtplib.SMTPNotSupportedError as error:
            raise DeliveryError(
                f"The mail server {where} lacks what is needed: {error}",
                "SMTP_USE_TLS=true needs STARTTLS, SMTP_USER and SMTP_PASSWORD need a login; nothing was sent.",
                permanent=True,
            ) from None
        except UnicodeError:
            raise DeliveryError(
                f"The mail server {where} was not used: SMTP cannot carry some character of the settings.",
                "SMTP_HOST, SMTP_USER and SMTP_PASSWORD must be plain ASCII.",
                permanent=True,
            ) from None
        except (smtplib.SMTPException, OSError) as error:
            raise self._broken(title, error, conversation) from None

    def _broken(self, title: str, error: Exception, conversation: "_Conversation") -> DeliveryError:
        """What a conversation that broke off means; the mail may be there when it was the last thing that was sent."""
        where = f"{self.host}:{self.port}"
        reason = self._redacted(clean(str(error))).rstrip(".")
        if conversation.expired:
            reason = f"it took longer than {self.longest:g} s"
        if conversation.mail_sent:
            return DeliveryError(
                f"The mail server {where} gave no answer to the e-mail '{title}': {reason}.",
                UNANSWERED_HINT,
                permanent=False,
                unanswered=True,
            )
        if isinstance(error, ssl.SSLError):
            return DeliveryError(
                f"No secure connection to the mail server {where}: {reason}.",
                "Check that SMTP_HOST is the name in the server's certificate, and that SMTP_PORT speaks TLS "
                "(465) or STARTTLS (587); SSL_CERT_FILE can name a private certificate authority.",
                permanent=not isinstance(error, ssl.SSLEOFError) and not conversation.expired,
            )
        return DeliveryError(
            f"The mail server {where} could not be used: {reason}.",
            f"Check SMTP_HOST and SMTP_PORT if this stays. {PENDING_HINT}",
            permanent=False,
        )

    def _refusal_of_mail(
        self, title: str, error: smtplib.SMTPResponseException, *, message_only: bool
    ) -> DeliveryError:
        permanent = error.smtp_code >= 500
        return DeliveryError(
            f"The mail server {self.host}:{self.port} did not take the e-mail '{title}': "
            f"{self._words(error.smtp_code, error.smtp_error)}.",
            "Ask the mail server's administrator what it objects to." if permanent else PENDING_HINT,
            permanent=permanent,
            message_only=message_only,
        )

    def _words(self, code: int, answer: bytes | str) -> str:
        text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
        return f"{code} {self._redacted(clean(text))[:200]}".rstrip()

    def _redacted(self, text: str) -> str:
        password = self.password.get_secret_value() if self.password else None
        return redact(text, in_order([*login_secrets(self.user, password), *self.secrets]))


class _Conversation:
    """One talk with a mail server, ended when it takes longer than ``longest`` seconds.

    A timeout of the socket is for each byte anew. Here the connection itself is shut down, wherever smtplib or OpenSSL
    waits for it then.
    """

    def __init__(self, longest: float) -> None:
        #: the whole mail went out: from then on the server may have it
        self.mail_sent = False
        #: code and words of the answer to it
        self.verdict: tuple[int, bytes] = (250, b"")
        self.is_over = False
        self.expired = False
        self.received = 0
        self._socket: socket.socket | None = None
        self._timer = Timer(longest, self._expire)
        self._timer.daemon = True
        self._connection: smtplib.SMTP | None = None

    def begin(self, connection: smtplib.SMTP, connected: socket.socket) -> None:
        """Watch a connection that has been made."""
        self._connection = connection
        # TLS puts another object in the place of the socket; the connection stays the same
        self._socket = connected.dup()
        self._timer.start()

    def end(self) -> None:
        """Close the connection, if there is one."""
        self._timer.cancel()
        if self._connection is not None:
            self._connection.close()
        if self._socket is not None:
            self._socket.close()

    def _expire(self) -> None:
        self.expired = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


class _Connection(smtplib.SMTP):
    """A connection of smtplib's that takes part in a :class:`_Conversation`."""

    def __init__(self, *arguments: Any, conversation: _Conversation | None = None, **options: Any) -> None:
        if conversation is not None:
            self._conversation = conversation
        super().__init__(*arguments, **options)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connected: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        self._conversation.begin(self, connected)
        return connected

    def send(self, s: "ReadableBuffer | str") -> None:
        super().send(s)
        if isinstance(s, bytes) and s.endswith(b"\r\n.\r\n"):
            self._conversation.mail_sent = True

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = _BoundedAnswers(self._conversation, self.sock.makefile("rb"))
        is_verdict = self._conversation.mail_sent and not self._conversation.is_over
        reply = super().getreply()
        if is_verdict:
            self._conversation.verdict, self._conversation.is_over = reply, True
        return reply


class _TlsConnection(smtplib.SMTP_SSL, _Connection):
    """The same with TLS from the first byte: its socket is made by the class above and wrapped then."""

    def __init__(self, *arguments: Any, conversation: _Conversation, **options: Any) -> None:
        self._conversation = conversation
        super().__init__(*arguments, **options)


class _BoundedAnswers:
    """The file that smtplib reads answers from.

    It has an end, since the lines of an answer could go on for ever; and what the connection broke off within is no
    line: smtplib would take the beginning ``250`` of ``250-AUTH PLAIN`` for a whole answer.
    """

    def __init__(self, conversation: _Conversation, file: BufferedReader) -> None:
        self._conversation = conversation
        self._file = file

    def readline(self, size: int = -1) -> bytes:
        line = self._file.readline(size)
        self._conversation.received += len(line)
        if self._conversation.received > _LARGEST_ANSWERS:
            raise OSError("it answered without end")
        return line if line.endswith(b"\n") or len(line) == size else b""

    def close(self) -> None:
        self._file.close()


def security_of(port: int, use_tls: bool) -> Security:
    """How the connection to ``port`` is encrypted: port 465 speaks TLS from the first byte (RFC 8314)."""
    if port == IMPLICIT_TLS_PORT:
        return "tls"
    return "starttls" if use_tls else "plain"
