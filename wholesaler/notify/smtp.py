"""The mail server: where an e-mail is handed in, how the connection is secured, and what an answer means.

The connection is encrypted unless SMTP_USE_TLS=false: implicit TLS on port 465, STARTTLS elsewhere, and a server
that offers no STARTTLS gets nothing. Certificates are verified.
"""

import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Literal

from pydantic import SecretStr

from wholesaler.config import Settings
from wholesaler.notify.interface import PENDING_HINT, DeliveryError
from wholesaler.notify.messages import clean

TIMEOUT = 30.0
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
class SmtpServer:
    """Where e-mail is handed in, and how. ``password`` is only used together with ``user``."""

    host: str
    port: int
    security: Security
    user: str | None = None
    password: SecretStr | None = field(default=None, repr=False)
    timeout: float = TIMEOUT

    @classmethod
    def from_settings(cls, settings: Settings) -> "SmtpServer":
        """The server of ``settings``."""
        security = security_of(settings.smtp_port, settings.smtp_use_tls)
        return cls(settings.smtp_host, settings.smtp_port, security, settings.smtp_user, settings.smtp_password)

    def hand_in(
        self, mail: EmailMessage, sender: str, recipients: Sequence[str], *, others_have_it: bool = False
    ) -> list[RefusedRecipient]:
        """Hand in ``mail``; returns the recipients that the server refused.

        Raises :class:`DeliveryError` when it took the mail for nobody; that it refused all ``recipients`` is no error
        when ``others_have_it`` already.
        """
        with self._faults(str(mail["Subject"])):
            connection = self._connect()
            try:
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
                connection.close()
        return [
            RefusedRecipient(address, self._words(code, answer), code >= 500)
            for address, (code, answer) in sorted(refused.items())
        ]

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.security == "tls":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=context)
        connection = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        if self.security == "starttls":
            try:
                connection.starttls(context=context)
            except BaseException:
                connection.close()
                raise
        return connection

    @contextmanager
    def _faults(self, title: str) -> Iterator[None]:
        """Turn what smtplib raises into a :class:`DeliveryError` for a person, without the password."""
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
            f"The mail server {self.host}:{self.port} did not take the e-mail '{title}': "
            f"{self._words(error.smtp_code, error.smtp_error)}.",
            "Ask the mail server's administrator what it objects to." if permanent else PENDING_HINT,
            permanent=permanent,
            message_only=message_only,
        )

    def _words(self, code: int, answer: bytes | str) -> str:
        text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
        return f"{code} {self._redacted(clean(text))[:200]}"

    def _redacted(self, text: str) -> str:
        password = self.password.get_secret_value() if self.password else ""
        return text.replace(password, "…") if password else text


def security_of(port: int, use_tls: bool) -> Security:
    """How the connection to ``port`` is encrypted: port 465 speaks TLS from the first byte (RFC 8314)."""
    if port == IMPLICIT_TLS_PORT:
        return "tls"
    return "starttls" if use_tls else "plain"
