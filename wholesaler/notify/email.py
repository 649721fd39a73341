"""E-mail: text and HTML side by side; every new lead in an attached CSV file, and the days of leads as a calendar."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid, parseaddr

from wholesaler.errors import ConfigurationError
from wholesaler.notify import messages, morning
from wholesaler.notify.calendar import calendar
from wholesaler.notify.interface import (
    PENDING_HINT,
    Answer,
    Channel,
    DeliveryError,
    Digest,
    FailureNotice,
    FindingsNotice,
    Message,
    PartialDelivery,
    ProfileChange,
)
from wholesaler.notify.smtp import Handover, SmtpServer
from wholesaler.plural import counted
from wholesaler.settings import Settings

_ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")
_POLICY = SMTP.clone(cte_type="7bit")


@dataclass(frozen=True)
class Mail:
    """One e-mail without its envelope; ``table`` is the attached CSV file (name, content), ``dates`` the calendar."""

    text: str
    html: str
    market_key: str
    table: tuple[str, bytes] | None = None
    dates: tuple[str, bytes] | None = None


class EmailChannel(Channel[Mail]):
    """One e-mail a digest or notice, to all ``recipients``; ``others_have_it`` when these are the rest of them."""

    name = "email"

    def __init__(
        self,
        server: SmtpServer,
        *,
        sender: str,
        recipients: tuple[str, ...],
        show_names: bool,
        others_have_it: bool = False,
    ) -> None:
        self._server = server
        self._sender = sender
        self._recipients = recipients
        self._show_names = show_names
        self._others_have_it = others_have_it

    @classmethod
    def from_settings(cls, settings: Settings) -> "EmailChannel":
        """The channel of ``settings``. Raises ``ConfigurationError`` naming the variable that is missing or wrong."""
        return cls(
            SmtpServer.from_settings(settings),
            sender=_sender(settings),
            recipients=_recipients(settings),
            show_names=settings.alert_show_names,
        )

    def except_for(self, recipients: Collection[str]) -> "EmailChannel":
        return EmailChannel(
            self._server,
            sender=self._sender,
            recipients=tuple(recipient for recipient in self._recipients if recipient not in recipients),
            show_names=self._show_names,
            others_have_it=bool(recipients),
        )

    def render(self, digest: Digest) -> list[Message[Mail]]:
        context = morning.context(digest, self._show_names)
        name = f"{digest.market_key}-{digest.as_of.isoformat()}"
        table = dates = None
        attached = []
        if digest.leads:
            table = (f"{name}-new-leads.csv", messages.leads_csv(digest.leads, self._show_names))
            attached.append(f"{table[0]} ({counted(len(digest.leads), 'lead')})")
        if digest.dates:
            dates = (f"{name}-dates.ics", b"".join(calendar(digest.dates, f"Leads of {digest.market_name}")))
            attached.append(f"{dates[0]} ({counted(len(digest.dates), 'date')})")
        mail = Mail(
            text=messages.fill("morning.txt", context),
            html=messages.fill("morning.html", context),
            market_key=digest.market_key,
            table=table,
            dates=dates,
        )
        leads = tuple(lead.parcel_id for lead in digest.leads)
        return [self._message(context["title"], mail, ", ".join(attached), leads)]

    def render_failure(self, notice: FailureNotice) -> Message[Mail]:
        context = messages.failure_context(notice)
        return self._notice("failure", context["title"], context, notice.market_key)

    def render_findings(self, notice: FindingsNotice) -> Message[Mail]:
        context = messages.findings_context(notice)
        return self._notice("findings", context["title"], context, notice.market_key)

    def render_profile_change(self, change: ProfileChange) -> Message[Mail]:
        context = messages.profile_change_context(change)
        return self._notice("profile_change", context["title"], context, change.market_key)

    def send(self, message: Message[Mail]) -> PartialDelivery | None:
        if not self._recipients:
            return None  # who was still to get it is no recipient any more
        refused = self._hand_in(message).refused
        if not refused:
            return None
        left_out = {recipient.address for recipient in refused}
        answers = "; ".join(f"{recipient.address}: {recipient.words}" for recipient in refused)
        permanent = all(recipient.permanent for recipient in refused)
        then = (
            "Check ALERT_EMAIL." if permanent else "It is tried again for them alone. Check ALERT_EMAIL if this stays."
        )
        return PartialDelivery(
            tuple(recipient for recipient in self._recipients if recipient not in left_out),
            f"The mail server refused some recipients of '{message.title}' ({answers}); the others have it. {then}",
            permanent,
        )

    def answers(self, message: Message[Mail]) -> list[Answer]:
        try:
            handover = self._hand_in(message)
        except DeliveryError as error:
            return [Answer(None, False, error.message, None if error.hint == PENDING_HINT else error.hint)]
        refused = {recipient.address: recipient.words for recipient in handover.refused}
        return [
            Answer(recipient, recipient not in refused, refused.get(recipient, handover.words))
            for recipient in self._recipients
        ]

    def _hand_in(self, message: Message[Mail]) -> Handover:
        sender = parseaddr(self._sender)[1]
        mail = self._compose(message)
        return self._server.hand_in(mail, sender, self._recipients, others_have_it=self._others_have_it)

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
            # sent again without knowing whether it arrived, it is the same message: mail programs show it once
            "Message-ID": f"<{message.reference}@{domain}>" if message.reference else make_msgid(domain=domain),
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
        if mail.dates:
            name, content = mail.dates
            kind = {"charset": "utf-8", "method": "PUBLISH"}
            outgoing.add_attachment(content, "text", "calendar", filename=name, params=kind)
        return outgoing


def _recipients(settings: Settings) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(filter(None, map(str.strip, (settings.alert_email or "").split(",")))))
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
