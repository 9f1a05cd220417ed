"""E-mail against a real SMTP server on loopback."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from pydantic import SecretStr, ValidationError

from giants.delivery.batches import Delivery, DeliveryBatch, Outcome, Result
from giants.delivery.mail import MailSender
from giants.delivery.settings import DeliverySettings
from tests.delivery.samples import NOON, alert

PASSWORD = SecretStr("correct horse")


@dataclass(slots=True)
class Mailbox:
    """The handler of a server: keeps what it is sent, or refuses it."""

    recipient_answer: str = "250 OK"
    message_answer: str = "250 OK"
    kept: list[Envelope] = field(default_factory=list)

    async def take_recipient(
        self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]
    ) -> str:
        if self.recipient_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def take_message(self, _: SMTP, __: Session, envelope: Envelope) -> str:
        self.kept.append(envelope)
        return self.message_answer


@asynccontextmanager
async def serving(mailbox: Mailbox, **options: Any) -> AsyncIterator[int]:
    """Run a server on a free port of loopback; yields the port."""
    # The server finds what it calls by these names.
    handler = SimpleNamespace(handle_RCPT=mailbox.take_recipient, handle_DATA=mailbox.take_message)
    implicit_tls = options.pop("implicit_tls", None)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(handler, hostname="mail.example", loop=loop, **options), "127.0.0.1", 0, ssl=implicit_tls
    )
    async with server:
        yield server.sockets[0].getsockname()[1]


def batch(*numbers: int) -> DeliveryBatch:
    deliveries = [
        Delivery(number, alert(number).id, 1, 0, alert(number).model_dump_json().encode())
        for number in numbers
    ]
    return DeliveryBatch("email", "desk@mail.example", None, tuple(deliveries))


def send(mailbox: Mailbox, settings: dict[str, Any] | None = None, **options: Any) -> Outcome:
    async def attempt() -> Outcome:
        async with serving(mailbox, **options) as port:
            values = {
                "smtp_host": "localhost",
                "smtp_security": "none",
                "smtp_from": "giants@tracker.example",
            }
            sender = MailSender(DeliverySettings(smtp_port=port, **(values | (settings or {}))))
            return await sender.send(batch(1, 2), NOON)

    return asyncio.run(attempt())


def certificates(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's context for localhost, and the file of its authority."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(folder / "authority.pem")
    return context, folder / "authority.pem"


def test_a_digest_arrives_as_one_message_for_one_recipient() -> None:
    mailbox = Mailbox()
    assert send(mailbox) == Outcome(Result.DELIVERED)
    (envelope,) = mailbox.kept
    assert (envelope.mail_from, envelope.rcpt_tos) == ("giants@tracker.example", ["desk@mail.example"])
    assert isinstance(envelope.content, bytes)
    message = message_from_bytes(envelope.content, policy=default)
    assert message["Subject"] == "Little Giants: 2 changes"
    assert message["To"] == "desk@mail.example"


@pytest.mark.parametrize(
    ("mailbox", "result"),
    [
        (Mailbox(recipient_answer="550 no such user"), Result.REFUSED),
        (Mailbox(recipient_answer="451 try later"), Result.FAILED),
        (Mailbox(message_answer="554 looks like spam"), Result.REFUSED),
        (Mailbox(message_answer="452 disk full"), Result.FAILED),
    ],
)
def test_what_the_server_refuses_for_good_is_not_tried_again(mailbox: Mailbox, result: Result) -> None:
    outcome = send(mailbox)
    answer = mailbox.message_answer if mailbox.kept else mailbox.recipient_answer
    assert outcome == Outcome(result, f"the mail server answered {answer[:3]}: {answer[4:]}")


def test_a_message_travels_encrypted_where_the_server_offers_it(tmp_path: Path) -> None:
    context, authority = certificates(tmp_path)
    mailbox, settings = Mailbox(), {"smtp_security": "starttls", "smtp_ca_file": authority}
    assert send(mailbox, settings, tls_context=context, require_starttls=True).result is Result.DELIVERED
    assert len(mailbox.kept) == 1


def test_a_message_is_not_sent_in_the_clear_where_the_server_has_no_encryption() -> None:
    mailbox = Mailbox()
    outcome = send(mailbox, {"smtp_security": "starttls"})
    assert outcome.result is Result.FAILED
    assert "STARTTLS extension not supported" in outcome.reason
    assert mailbox.kept == []


def test_a_server_with_the_certificate_of_nobody_we_know_gets_nothing(tmp_path: Path) -> None:
    context, _ = certificates(tmp_path)
    mailbox = Mailbox()
    outcome = send(mailbox, {"smtp_security": "starttls"}, tls_context=context)
    assert outcome.result is Result.FAILED
    assert "CERTIFICATE_VERIFY_FAILED" in outcome.reason
    assert mailbox.kept == []


def test_a_connection_may_be_encrypted_from_the_start(tmp_path: Path) -> None:
    context, authority = certificates(tmp_path)
    mailbox, settings = Mailbox(), {"smtp_security": "tls", "smtp_ca_file": authority}
    assert send(mailbox, settings, implicit_tls=context).result is Result.DELIVERED


@pytest.mark.parametrize(
    ("password", "result"), [(PASSWORD, Result.DELIVERED), (SecretStr("wrong"), Result.FAILED)]
)
def test_a_user_logs_in_and_a_wrong_password_is_trouble_of_ours(
    tmp_path: Path, password: SecretStr, result: Result
) -> None:
    def authenticate(_: SMTP, __: Session, ___: Envelope, ____: str, login: LoginPassword) -> AuthResult:
        return AuthResult(success=login.password.decode() == PASSWORD.get_secret_value(), handled=False)

    context, authority = certificates(tmp_path)
    settings = {
        "smtp_security": "starttls",
        "smtp_ca_file": authority,
        "smtp_username": "giants",
        "smtp_password": password,
    }
    outcome = send(Mailbox(), settings, tls_context=context, authenticator=authenticate, auth_required=True)
    assert outcome.result is result
    assert password.get_secret_value() not in outcome.reason


def test_a_server_that_is_away_is_tried_again() -> None:
    async def attempt() -> Outcome:
        async with serving(Mailbox()) as port:
            pass
        settings = DeliverySettings(smtp_host="127.0.0.1", smtp_port=port, smtp_security="none")
        return await MailSender(settings).send(batch(1), NOON)

    outcome = asyncio.run(attempt())
    assert outcome.result is Result.FAILED
    assert outcome.reason.startswith("ConnectionRefusedError")


def test_without_a_mail_server_the_operator_is_told_what_to_set() -> None:
    outcome = asyncio.run(MailSender(DeliverySettings()).send(batch(1), NOON))
    assert outcome == Outcome(Result.REFUSED, "no mail server is set: give GIANTS_SMTP_HOST, then send again")


def test_a_recipient_with_an_odd_address_is_refused() -> None:
    odd = DeliveryBatch("email", "a,b@mail.example", None, batch(1).deliveries)
    outcome = asyncio.run(MailSender(DeliverySettings(smtp_host="localhost")).send(odd, NOON))
    assert outcome.result is Result.REFUSED


def test_a_password_is_not_sent_in_the_clear() -> None:
    with pytest.raises(ValidationError, match="none would send it in the clear"):
        DeliverySettings(smtp_host="mail.example", smtp_security="none", smtp_password=PASSWORD)
    assert DeliverySettings(smtp_host="localhost", smtp_security="none", smtp_password=PASSWORD)


def test_a_password_is_not_printed() -> None:
    assert PASSWORD.get_secret_value() not in repr(DeliverySettings(smtp_password=PASSWORD))
