"""A channel of e-mail to a server of the tests, and the sending of what is found."""

from pydantic import SecretStr

from wholesaler.notify.email import EmailChannel
from wholesaler.notify.smtp import SmtpServer


def channel(
    sink, *, security="plain", user=None, password=None, recipients=("ann@example.com",), show_names=False
) -> EmailChannel:
    server = SmtpServer(sink.host, sink.port, security, user, SecretStr(password) if password else None)
    return EmailChannel(server, sender="leads@example.com", recipients=recipients, show_names=show_names)


def deliver(to: EmailChannel, found) -> None:
    for message in to.render(found):
        to.send(message)
