"""Whom a watchlist or a portfolio tells: targets as they are sent, and what its owner should know of them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated

from fastapi import Query

from giants.delivery.settings import DeliverySettings
from giants.delivery.signing import new_secret
from giants.web.errors import InvalidError
from giants.web.parameters import WebhookBody
from schemas.codes import WebhookFormat
from schemas.facts import Email, Target, Webhook

Check = Annotated[
    bool,
    Query(description="Only say what would be saved, what it means, and warnings; save nothing"),
]


def chosen_targets(wanted: Iterable[WebhookBody | Email], known: Iterable[Target]) -> tuple[Target, ...]:
    """The targets to keep; a webhook without a secret keeps that of its URL. Raises `InvalidError`."""
    secrets = {target.url: target.secret for target in known if isinstance(target, Webhook)}
    return tuple(_target(target, secrets) for target in wanted)


def warnings_of(
    targets: Sequence[object], name: str | None, *, has_condition: bool = True
) -> tuple[str, ...]:
    """What the owner should know before it is saved."""
    return tuple(_warnings(targets, name, has_condition))


def _warnings(targets: Sequence[object], name: str | None, has_condition: bool) -> Iterator[str]:
    if not name:
        yield "it has no name: alerts can name it by its id alone"
    if not has_condition:
        yield "it has no condition: every change of every company matches"
    if not targets:
        yield "it delivers to nobody: alerts are on the dashboard and in the API alone"
    if any(isinstance(target, Email) for target in targets) and DeliverySettings().smtp_host is None:
        yield "it delivers by e-mail, and no mail server is set here (GIANTS_SMTP_HOST): none is sent"


def _target(target: WebhookBody | Email, known: dict[str, str]) -> Target:
    if isinstance(target, Email):
        return target
    secret = target.secret or known.get(target.url)
    if secret is None and target.format is not WebhookFormat.STANDARD:
        # Every message is signed, whoever checks it.
        secret = new_secret()
    if secret is None:
        raise InvalidError(f"the webhook {target.url} needs a secret, as in whsec_ and 24 or more characters")
    return Webhook(kind="webhook", url=target.url, secret=secret, format=target.format)
