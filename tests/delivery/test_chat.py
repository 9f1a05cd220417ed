"""Messages for Slack and Teams: as their schemas want them, the news of a mail, no markup by others."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from giants.delivery.addresses import Guard
from giants.delivery.batches import Delivery, DeliveryBatch, Outcome, Result
from giants.delivery.chat import CARD_VERSION, chat_body
from giants.delivery.database import QUEUE_FILE
from giants.delivery.news import NO_CONTEXT, NewsContext
from giants.delivery.queue import DeliveryQueue
from giants.delivery.webhook import WebhookSender
from giants.domain.watch.text import one_line
from schemas.changes import Alert
from schemas.codes import WebhookFormat
from tests.delivery.receivers import receiving
from tests.delivery.samples import BASE, NOON, SECRET, alert, listed, webhook

SLACK, TEAMS = WebhookFormat.SLACK, WebhookFormat.TEAMS
CHATS = pytest.mark.parametrize("body_format", [SLACK, TEAMS])
HOSTILE = "<!channel> <https://evil.example|see> [see](https://evil.example) *_~`@all & \u202e甲"
TEAMS_BYTES_MAX = 28_000
SLACK_BLOCKS_MAX, SLACK_HEADER_MAX, SLACK_TEXT_MAX = 50, 150, 3_000
PLAIN = {
    "type": "object",
    "required": ["type", "text"],
    "additionalProperties": False,
    "properties": {
        "type": {"const": "plain_text"},
        "text": {"type": "string", "minLength": 1, "maxLength": SLACK_TEXT_MAX},
        "emoji": {"type": "boolean"},
    },
}
LINK = {
    "type": "object",
    "required": ["type", "text"],
    "additionalProperties": False,
    "properties": {
        "type": {"const": "mrkdwn"},
        "text": {"pattern": r"^<https?://[^<>|]+\|[A-Za-z ]+>$", "maxLength": SLACK_TEXT_MAX},
        "verbatim": {"type": "boolean"},
    },
}


def block(kind: str, **parts: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["type", *parts],
        "additionalProperties": False,
        "properties": {"type": {"const": kind}, **parts},
    }


# What an incoming webhook of Slack takes, as far as it is used here.
SLACK_SCHEMA = {
    "type": "object",
    "required": ["text", "blocks"],
    "additionalProperties": False,
    "properties": {
        "text": {"type": "string", "minLength": 1},
        "unfurl_links": {"type": "boolean"},
        "unfurl_media": {"type": "boolean"},
        "blocks": {
            "type": "array",
            "minItems": 1,
            "maxItems": SLACK_BLOCKS_MAX,
            "items": {
                "oneOf": [
                    block("header", text=PLAIN),
                    block("section", text={"oneOf": [PLAIN, LINK]}),
                    block("context", elements={"type": "array", "items": PLAIN, "maxItems": 10}),
                ]
            },
        },
    },
}
# The envelope in which a webhook of Teams takes an Adaptive Card.
TEAMS_SCHEMA = {
    "type": "object",
    "required": ["type", "attachments"],
    "additionalProperties": False,
    "properties": {
        "type": {"const": "message"},
        "attachments": {
            "type": "array",
            "minItems": 1,
            "maxItems": 1,
            "items": {
                "type": "object",
                "required": ["contentType", "content"],
                "additionalProperties": False,
                "properties": {
                    "contentType": {"const": "application/vnd.microsoft.card.adaptive"},
                    "contentUrl": {"type": ["string", "null"]},
                    "content": {"type": "object"},
                },
            },
        },
    },
}
CARD_SCHEMA = orjson.loads(
    files("adaptive_cards").joinpath(f"schemas/schema-{CARD_VERSION}.json").read_bytes()
)


def message(body_format: WebhookFormat, alerts: Sequence[Alert], context: NewsContext = NO_CONTEXT) -> Any:
    """The message, where it is as the service wants it."""
    raw = chat_body(body_format, alerts, context)
    assert len(raw) <= TEAMS_BYTES_MAX
    body = orjson.loads(raw)
    if body_format is SLACK:
        jsonschema.validate(body, SLACK_SCHEMA)
        for one in Block.parse_all(body["blocks"]):
            assert one is not None
            one.validate_json()
        assert len(body["blocks"][0]["text"]["text"]) <= SLACK_HEADER_MAX
        assert not {"<", ">"} & set(body["text"])
    else:
        jsonschema.validate(body, TEAMS_SCHEMA)
        jsonschema.Draft6Validator(CARD_SCHEMA).validate(body["attachments"][0]["content"])
    return body


def texts(body_format: WebhookFormat, body: Any) -> list[str]:
    """What a reader sees that is not a link."""
    if body_format is SLACK:
        shown = [one["text"] for one in body["blocks"] if "text" in one]
        shown += [part for one in body["blocks"] for part in one.get("elements", [])]
        return [text["text"] for text in shown if text["type"] == "plain_text"]
    content = body["attachments"][0]["content"]
    return [run["text"] for element in content["body"] for run in element["inlines"]]


def test_the_schemas_refuse_what_the_services_refuse() -> None:
    good = message(SLACK, [alert()])
    long = {"type": "header", "text": {"type": "plain_text", "text": "x" * 200}}
    with pytest.raises(Exception, match="150"):
        Block.parse_all([long])[0].validate_json()
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(good | {"blocks": []}, SLACK_SCHEMA)
    card = message(TEAMS, [alert()])["attachments"][0]["content"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft6Validator(CARD_SCHEMA).validate(card | {"body": [{"type": "TextBlock"}]})


@CHATS
def test_one_alert_is_its_sentence_and_a_link(body_format: WebhookFormat) -> None:
    one = alert()
    body = message(body_format, [one])
    assert one.text in texts(body_format, body)
    assert one.link in orjson.dumps(body).decode()
    assert any("w-1" in text and "not a verdict" in text for text in texts(body_format, body))


@CHATS
def test_alerts_of_one_cause_are_one_message_that_counts_them(body_format: WebhookFormat) -> None:
    alerts = [listed(number) for number in range(400)]
    context = NewsContext(BASE, {alerts[0].group_id: 12})
    shown = "\n".join(texts(body_format, message(body_format, alerts, context)))
    assert "400 companies" in shown
    assert "after 12 of the same cause" in shown
    assert "浙江星辰0000科技有限公司" in shown
    assert "more" in shown
    assert chat_body(body_format, alerts, context) == chat_body(body_format, alerts, context)


@CHATS
def test_names_of_others_stay_text(body_format: WebhookFormat) -> None:
    one = alert().model_copy(update={"name": HOSTILE, "text": HOSTILE, "link": "javascript:alert(1)"})
    body = message(body_format, [one])
    assert one_line(HOSTILE, 200) in texts(body_format, body)
    raw = orjson.dumps(body).decode()
    assert "javascript:" not in raw
    if body_format is SLACK:
        assert "<!channel>" not in body["text"]
        assert all(part["type"] == "plain_text" for one in body["blocks"] for part in one.get("elements", []))
    else:
        assert '"TextBlock"' not in raw  # it would be read as Markdown


@CHATS
@given(
    text=st.text(min_size=1, max_size=4_000),
    name=st.text(min_size=1, max_size=400),
    link=st.one_of(st.text(max_size=3_000), st.text(max_size=3_000).map("https://giants.example/".__add__)),
)
def test_every_text_and_link_makes_a_message(
    body_format: WebhookFormat, text: str, name: str, link: str
) -> None:
    one = alert()
    message(body_format, [one.model_copy(update={"text": f"- {text}", "name": name, "link": link})])


@CHATS
def test_the_message_is_sent_signed_and_with_one_id_whenever_it_is_sent(
    body_format: WebhookFormat, tmp_path: Path
) -> None:
    alerts = [listed(number) for number in range(3)]
    with receiving() as receiver, DeliveryQueue(tmp_path / QUEUE_FILE) as queue:
        target = webhook(receiver.url).model_copy(update={"format": body_format})
        queue.set_targets("w-1", [webhook(receiver.url)], NOON)
        queue.set_targets("w-1", [target], NOON)
        assert queue.targets("w-1") == [target], "the format of a target can be changed"
        for one in alerts:
            queue.enqueue(one, target, NOON)
        (batch,) = queue.due(NOON + timedelta(hours=1))
        assert send(batch) == send(batch) == Outcome(Result.DELIVERED)
    first, second = receiver.received
    assert first.body == second.body == chat_body(body_format, alerts, NewsContext(BASE))
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.is_signed
    assert first.headers["content-type"] == "application/json"


def test_without_a_format_the_body_is_the_alert_itself() -> None:
    with receiving() as receiver:
        assert send(DeliveryBatch("webhook", receiver.url, SECRET, (Delivery(1, "a-1", 1, 0, b"{}"),)))
    assert receiver.received[0].body == b"{}"


def send(batch: DeliveryBatch) -> Outcome:
    async def sent() -> Outcome:
        sender = WebhookSender(Guard(allow_private=True), None, 20, BASE)
        try:
            return await sender.send(batch, NOON)
        finally:
            await sender.close()

    return asyncio.run(sent())
