"""Mailing a text to one address, where the settings name a mail server.

Sent over TLS whenever the server offers it, and a password never without. A mail that
cannot be handed over is not an error: whoever asked for it is shown the link instead.
Waits for the mail server: not for the event loop.
"""

from __future__ import annotations

import logging
import smtplib
from email.message import EmailMessage
from ssl import create_default_context
from urllib.parse import SplitResult, unquote, urlsplit

from roledesk.settings import Settings

LOG = logging.getLogger(__name__)
TIMEOUT_S = 10.0
PORTS = {"smtp": 587, "smtps": 465}


def send_mail(settings: Settings, to: str, subject: str, text: str) -> bool:
    """Whether the mail server took it; false without one, or when it cannot be reached."""
    if settings.mail_url is None or settings.mail_from is None:
        return False
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings.mail_from, to, subject
    message.set_content(text)
    try:
        _hand_over(urlsplit(settings.mail_url.get_secret_value()), message)
    except (OSError, smtplib.SMTPException) as error:
        LOG.warning("a mail could not be sent: %s", type(error).__name__)
        return False
    return True


def _hand_over(server: SplitResult, message: EmailMessage) -> None:
    host, port = server.hostname or "localhost", server.port or PORTS[server.scheme]
    secure = create_default_context()
    if server.scheme == "smtps":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=secure)
    else:
        connection = smtplib.SMTP(host, port, timeout=TIMEOUT_S)
    with connection:
        connection.ehlo()
        if server.scheme == "smtp" and (connection.has_extn("starttls") or server.password):
            connection.starttls(context=secure)
        if server.username and server.password:
            connection.login(unquote(server.username), unquote(server.password))
        connection.send_message(message)
