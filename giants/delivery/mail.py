"""E-mail by SMTP."""

import asyncio
import smtplib
import ssl
from datetime import datetime
from email.message import EmailMessage

from giants.delivery.batches import DeliveryBatch, Outcome, Result
from giants.delivery.email_message import compose
from giants.delivery.errors import RefusedTargetError
from giants.delivery.news import NewsContext
from giants.delivery.settings import DeliverySettings
from giants.domain.watch.text import one_line
from schemas.changes import Alert

SMTP_SECONDS_MAX = 20.0
ANSWER_CHARACTERS_MAX = 200
_PERMANENT = range(500, 600)


class MailSender:
    """Sends alerts by the mail server of the settings; one connection a message."""

    def __init__(self, settings: DeliverySettings, link_base: str = "") -> None:
        """`link_base` is the address of the dashboard, where all alerts of a group are shown."""
        self._settings = settings
        self._link_base = link_base

    async def send(self, batch: DeliveryBatch, now: datetime) -> Outcome:
        """Send all alerts of a batch in one message, and return the outcome.

        What the mail server refuses for good (the recipient, the message) is refused; trouble with the server
        itself, its certificate or our password is tried again.
        """
        if self._settings.smtp_host is None:
            return Outcome(Result.REFUSED, "no mail server is set: give GIANTS_SMTP_HOST, then send again")
        alerts = [Alert.model_validate_json(delivery.body) for delivery in batch.deliveries]
        context = NewsContext(self._link_base, batch.earlier)
        try:
            message = compose(alerts, self._settings.smtp_from, batch.address, now, context)
        except RefusedTargetError as error:
            return Outcome(Result.REFUSED, str(error))
        return await asyncio.to_thread(self._hand_over, message, batch.address)

    def _hand_over(self, message: EmailMessage, to: str) -> Outcome:
        try:
            with self._connected() as server:
                server.send_message(message, self._settings.smtp_from, [to])
        except smtplib.SMTPRecipientsRefused as error:
            code, answer = error.recipients[to]
            return _answered(code, answer, may_be_final=True)
        except smtplib.SMTPDataError as error:
            return _answered(error.smtp_code, error.smtp_error, may_be_final=True)
        except smtplib.SMTPResponseException as error:
            return _answered(error.smtp_code, error.smtp_error, may_be_final=False)
        except (smtplib.SMTPException, OSError) as error:
            return Outcome(
                Result.FAILED, f"{type(error).__name__}: {one_line(str(error), ANSWER_CHARACTERS_MAX)}"
            )
        return Outcome(Result.DELIVERED)

    def _connected(self) -> smtplib.SMTP:
        """A connection, with TLS where the settings ask for it, logged in where they name a user."""
        settings = self._settings
        host, port = settings.smtp_host or "", settings.smtp_port
        tls = ssl.create_default_context(cafile=settings.smtp_ca_file)
        server: smtplib.SMTP
        if settings.smtp_security == "tls":
            server = smtplib.SMTP_SSL(host, port, timeout=SMTP_SECONDS_MAX, context=tls)
        else:
            server = smtplib.SMTP(host, port, timeout=SMTP_SECONDS_MAX)
        try:
            if settings.smtp_security == "starttls":
                server.starttls(context=tls)
            if settings.smtp_username is not None and settings.smtp_password is not None:
                server.login(settings.smtp_username, settings.smtp_password.get_secret_value())
        except (smtplib.SMTPException, OSError):
            server.close()
            raise
        return server


def _answered(code: int, answer: bytes | str, *, may_be_final: bool) -> Outcome:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    result = Result.REFUSED if may_be_final and code in _PERMANENT else Result.FAILED
    return Outcome(result, f"the mail server answered {code}: {one_line(text, ANSWER_CHARACTERS_MAX)}")
