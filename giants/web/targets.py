"""Whom a watchlist or a portfolio tells: targets as they are sent, and what its owner should know of them."""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Annotated, Final

from fastapi import Query

from giants.delivery.batches import shown_address
from giants.delivery.settings import DeliverySettings
from giants.delivery.signing import new_secret
from giants.masking import ELLIPSIS
from giants.web.answers import EmailItem, WebhookItem
from giants.web.errors import InvalidError
from giants.web.parameters import TargetBody
from schemas.codes import WebhookFormat
from schemas.facts import Email, Target, Webhook

ID_DIGITS: Final = 16
Check = Annotated[
    bool,
    Query(description="Only say what would be saved, what it means, and warnings; save nothing"),
]


def chosen_targets(wanted: Iterable[TargetBody], known: Sequence[Target]) -> tuple[Target, ...]:
    """The targets to keep; a webhook without a secret keeps that of its URL. Raises `InvalidError`.

    An address that is sent as it was shown is that of the known target.
    """
    secrets = {target.url: target.secret for target in known if isinstance(target, Webhook)}
    return tuple(_target(target, _address(target, known), secrets) for target in wanted)


def shown_targets(targets: Iterable[Target]) -> tuple[WebhookItem | EmailItem, ...]:
    """Targets as answers and pages show them: what was written is not shown again."""
    return tuple(map(_shown, targets))


def _shown(target: Target) -> WebhookItem | EmailItem:
    shown = shown_address(target.kind, _whole(target))
    if isinstance(target, Webhook):
        return WebhookItem(id=_id(target), url=shown, format=target.format)
    return EmailItem(id=_id(target), to=shown, digest=target.digest)


def _whole(target: Target | TargetBody) -> str:
    return target.to if isinstance(target, Email) else target.url


def _id(target: Target) -> str:
    """Names a target within its watchlist without telling its address."""
    return sha256(f"{target.kind} {_whole(target)}".encode()).hexdigest()[:ID_DIGITS]


def _address(wanted: TargetBody, known: Sequence[Target]) -> str:
    """The whole address of what is wanted. Raises `InvalidError` where a part of one does not tell it."""
    said = _whole(wanted)
    if ELLIPSIS not in said:
        return said
    found = {
        _whole(target)
        for target in known
        if target.kind == wanted.kind
        and shown_address(target.kind, _whole(target)) == said
        and wanted.id in {None, _id(target)}
    }
    if len(found) == 1:
        return found.pop()
    meant = (
        "several addresses, send the `id` of one too" if found else "none that is kept here, send it whole"
    )
    raise InvalidError(f"{said} is an address in part that stands for {meant}")


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


def _target(target: TargetBody, address: str, known: dict[str, str]) -> Target:
    if isinstance(target, Email):
        return Email(kind="email", to=address, digest=target.digest)
    secret = target.secret or known.get(address)
    if secret is None and target.format is not WebhookFormat.STANDARD:
        # Every message is signed, whoever checks it.
        secret = new_secret()
    if secret is None:
        shown = shown_address("webhook", address)
        raise InvalidError(f"the webhook {shown} needs a secret, as in whsec_ and 24 or more characters")
    return Webhook(kind="webhook", url=address, secret=secret, format=target.format)
