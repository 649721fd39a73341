"""E-mail over SMTP: text and HTML side by side, and every lead in an attached CSV file.

The connection is encrypted unless SMTP_USE_TLS=false: implicit TLS on port 465, STARTTLS elsewhere, and a server
that offers no STARTTLS gets nothing. Certificates are verified.
"""

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid, parseaddr
from typing import Literal

import structlog
from pydantic import SecretStr

from wholesaler.config import Settings
from wholesaler.errors import ConfigurationError
from wholesaler.notify import messages
from wholesaler.notify.interface import (
    PENDING_HINT,
    Channel,
    DeliveryError,
    Digest,
    FailureNotice,
    FindingsNotice,
    Message,
)

TOP_LEADS = 10
TIMEOUT = 30.0
IMPLICIT_TLS_PORT = 465
_TOO_LARGE = 552

Security = Literal["tls", "starttls", "plain"]

_ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")
_POLICY = SMTP.clone(cte_type="7bit")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Mail:
    """One e-mail without its envelope; ``table`` is the attached CSV file (name, content)."""

    text: str
    html: str
    market_key: str
    table: tuple[str, bytes] | None = None


@dataclass(frozen=True)
class SmtpServer:
    """Where e-mail is handed in, and how. ``password`` is only used together with ``user``."""

    host: str
    port: int
    security: Security
    user: str | None = None
    password: SecretStr | None = field(default=None, repr=False)

    @classmethod
    def from_settings(cls, settings: Settings) -> "SmtpServer":
        """The server of ``settings``."""
        security = security_of(settings.smtp_port, settings.smtp_use_tls)
        return cls(settings.smtp_host, settings.smtp_port, security, settings.smtp_user, settings.smtp_password)


def security_of(port: int, use_tls: bool) -> Security:
    """How the connection to ``port`` is encrypted: port 465 speaks TLS from the first byte (RFC 8314)."""
    if port == IMPLICIT_TLS_PORT:
        return "tls"
    return "starttls" if use_tls else "plain"


class EmailChannel(Channel[Mail]):
    """One e-mail a digest or notice, to all ``recipients``."""

    name = "email"

    def __init__(
        self,
        server: SmtpServer,
        *,
        sender: str,
        recipients: tuple[str, ...],
        show_names: bool,
        timeout: float = TIMEOUT,
    ) -> None:
        self._server = server
        self._sender = sender
        self._recipients = recipients
        self._show_names = show_names
        self._timeout = timeout

    @classmethod
    def from_settings(cls, settings: Settings) -> "EmailChannel":
        """The channel of ``settings``. Raises ``ConfigurationError`` naming the variable that is missing or wrong."""
        return cls(
            SmtpServer.from_settings(settings),
            sender=_sender(settings),
            recipients=_recipients(settings),
            show_names=settings.alert_show_names,
        )

    def render(self, digest: Digest) -> list[Message[Mail]]:
        context = messages.digest_context(digest, self._show_names, TOP_LEADS)
        name = f"{digest.market_key}-{digest.as_of.isoformat()}-new-leads.csv"
        mail = Mail(
            text=messages.fill("digest.txt", context),
            html=messages.fill("digest.html", context),
            market_key=digest.market_key,
            table=(name, messages.leads_csv(digest.leads, self._show_names)),
        )
        leads = tuple(lead.parcel_id for lead in digest.leads)
        return [self._message(context["title"], mail, f"{name} ({messages.count(len(leads), 'lead')})", leads)]

    def render_failure(self, notice: FailureNotice) -> Message[Mail]:
        context = messages.failure_context(notice)
        return self._notice("failure", context["title"], context, notice.market_key)

    def render_findings(self, notice: FindingsNotice) -> Message[Mail]:
        context = messages.findings_context(notice)
        return self._notice("findings", context["title"], context, notice.market_key)

    def send(self, message: Message[Mail]) -> None:
        outgoing = self._compose(message)
        with self._faults(message.title):
            connection = self._connect()
            try:
                if self._server.user and self._server.password:
                    connection.login(self._server.user, self._server.password.get_secret_value())
                refused = connection.send_message(outgoing, parseaddr(self._sender)[1], list(self._recipients))
                # The message is delivered: a server that hangs up rudely must not have it sent again.
                with suppress(smtplib.SMTPException, OSError):
                    connection.quit()
            finally:
                connection.close()
        if refused:
            _log.warning("some e-mail recipients were refused", variable="ALERT_EMAIL", recipients=sorted(refused))

    def _notice(self, template: str, title: str, context: dict[str, object], market_key: str) -> Message[Mail]:
        text, html = messages.fill(f"{template}.txt", context), messages.fill(f"{template}.html", context)
        return self._message(title, Mail(text, html, market_key))

    def _message(
        self, title: str, mail: Mail, attached: str | None = None, leads: tuple[str, ...] = ()
    ) -> Message[Mail]:
        head = [f"From: {self._sender}", f"To: {', '.join(self._recipients)}", f"Subject: {title}"]
        if attached:
            head.append(f"Attached: {attached}")
        return Message(self.name, title, "\n".join([*head, "", mail.text]), mail, leads)

    def _compose(self, message: Message[Mail]) -> EmailMessage:
        mail = message.payload
        outgoing = EmailMessage(policy=_POLICY)
        domain = parseaddr(self._sender)[1].rpartition("@")[2]
        headers = {
            "From": self._sender,
            "To": ", ".join(self._recipients),
            "Subject": message.title,
            "Date": format_datetime(datetime.now(UTC)),
            "Message-ID": make_msgid(domain=domain),
            "Auto-Submitted": "auto-generated",
            "List-Id": f"wholesaler alerts <{mail.market_key}.wholesaler.{domain}>",
        }
        for name, value in headers.items():
            if "\r" in value or "\n" in value:
                raise DeliveryError(f"E-mail header {name} contains a line break; nothing was sent.", permanent=True)
            outgoing[name] = value
        outgoing.set_content(mail.text)
        outgoing.add_alternative(mail.html, subtype="html")
        if mail.table:
            name, content = mail.table
            outgoing.add_attachment(content, "text", "csv", filename=name, params={"charset": "utf-8"})
        return outgoing

    def _connect(self) -> smtplib.SMTP:
        server, context = self._server, ssl.create_default_context()
        if server.security == "tls":
            return smtplib.SMTP_SSL(server.host, server.port, timeout=self._timeout, context=context)
        connection = smtplib.SMTP(server.host, server.port, timeout=self._timeout)
        if server.security == "starttls":
            try:
                connection.starttls(context=context)
            except BaseException:
                connection.close()
                raise
        return connection

    @contextmanager
    def _faults(self, title: str) -> Iterator[None]:
        """Turn what smtplib raises into a :class:`DeliveryError` for a person, without the password."""
        where = f"{self._server.host}:{self._server.port}"
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
                raise self._not_taken(title, error, message_only=True) from None
            raise DeliveryError(
                f"The mail server {where} refused the sender: {self._words(error.smtp_code, error.smtp_error)}.",
                "Check SMTP_FROM_EMAIL, and whether the server wants a login (SMTP_USER, SMTP_PASSWORD).",
                permanent=error.smtp_code >= 500,
            ) from None
        except smtplib.SMTPResponseException as error:
            raise self._not_taken(title, error, message_only=isinstance(error, smtplib.SMTPDataError)) from None
        except smtplib.SMTPNotSupportedError as error:
            raise DeliveryError(
                f"The mail server {where} lacks what is needed: {error}",
                "SMTP_USE_TLS=true needs STARTTLS, SMTP_USER and SMTP_PASSWORD need a login; nothing was sent.",
                permanent=True,
            ) from None
        except ssl.SSLError as error:
            raise DeliveryError(
                f"No secure connection to the mail server {where}: {self._redacted(str(error))}.",
                "Check that SMTP_HOST is the name in the server's certificate, and that SMTP_PORT speaks TLS "
                "(465) or STARTTLS (587); SSL_CERT_FILE can name a private certificate authority.",
                permanent=not isinstance(error, ssl.SSLEOFError),
            ) from None
        except UnicodeError:
            raise DeliveryError(
                f"The mail server {where} was not used: SMTP cannot carry some character of the settings.",
                "SMTP_HOST, SMTP_USER and SMTP_PASSWORD must be plain ASCII.",
                permanent=True,
            ) from None
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryError(
                f"The mail server {where} could not be used: {self._redacted(str(error))}.",
                f"Check SMTP_HOST and SMTP_PORT if this stays. {PENDING_HINT}",
                permanent=False,
            ) from None

    def _not_taken(self, title: str, error: smtplib.SMTPResponseException, *, message_only: bool) -> DeliveryError:
        permanent = error.smtp_code >= 500
        return DeliveryError(
            f"The mail server {self._server.host}:{self._server.port} did not take the e-mail '{title}': "
            f"{self._words(error.smtp_code, error.smtp_error)}.",
            "Ask the mail server's administrator what it objects to." if permanent else PENDING_HINT,
            permanent=permanent,
            message_only=message_only,
        )

    def _words(self, code: int, answer: bytes | str) -> str:
        text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
        return f"{code} {self._redacted(messages.clean(text))[:200]}"

    def _redacted(self, text: str) -> str:
        password = self._server.password.get_secret_value() if self._server.password else ""
        return text.replace(password, "…") if password else text


def _recipients(settings: Settings) -> tuple[str, ...]:
    found = tuple(filter(None, map(str.strip, (settings.alert_email or "").split(","))))
    if not found:
        raise ConfigurationError(
            "ALERT_EMAIL is not set, but e-mail alerts are on.",
            "Set it to one or more addresses separated by commas, or set ALERT_ENABLE_EMAIL=false.",
        )
    for address in found:
        if not _ADDRESS.fullmatch(address):
            raise ConfigurationError(
                f"ALERT_EMAIL: '{address}' is not an e-mail address.", "Separate several addresses by commas."
            )
    return found


def _sender(settings: Settings) -> str:
    if settings.smtp_from_email:
        if "\r" in settings.smtp_from_email or "\n" in settings.smtp_from_email:
            raise ConfigurationError("SMTP_FROM_EMAIL must be one line.")
        if not _ADDRESS.fullmatch(parseaddr(settings.smtp_from_email)[1]):
            raise ConfigurationError(f"SMTP_FROM_EMAIL: '{settings.smtp_from_email}' is not an e-mail address.")
        return settings.smtp_from_email
    if settings.smtp_user and _ADDRESS.fullmatch(settings.smtp_user):
        return settings.smtp_user
    raise ConfigurationError(
        "SMTP_FROM_EMAIL is not set, but e-mail alerts are on, and SMTP_USER is not an address either.",
        "Set SMTP_FROM_EMAIL to the address the alerts come from.",
    )
