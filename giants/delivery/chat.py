"""An alert, or the alerts of one cause, as a message for an incoming webhook of Slack or Microsoft Teams.

Names and titles of documents come from elsewhere: they are shown as plain text, which neither service reads
as markup, mentions or links. Texts stay below the bounds of both services, so that no message is refused.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import orjson

from giants.delivery.news import FOOTER, NewsContext, NewsItem, headline, news_items
from giants.domain.watch.text import one_line
from schemas.changes import Alert
from schemas.codes import WebhookFormat

# Slack takes 3,000 characters in a section, 150 in a header and 50 blocks; Teams 28 KB in a message.
# All lines together stay below a block.
BLOCK_CHARACTERS_MAX: Final = 2_500
LINES_MAX: Final = 20
LINE_CHARACTERS_MAX: Final = 120
LINK_CHARACTERS_MAX: Final = 2_000
CARD_VERSION: Final = "1.4"
_CARD: Final = "application/vnd.microsoft.card.adaptive"
_OPEN: Final = "Open in the dashboard"


def chat_body(body_format: WebhookFormat, alerts: Sequence[Alert], context: NewsContext) -> bytes:
    """The message for some alerts of one piece of news, at least one; the same for the same alerts."""
    (item, *_) = news_items(alerts, context)
    make = _slack if body_format is WebhookFormat.SLACK else _teams
    watchlist = f"Watchlist {one_line(alerts[0].watchlist_id, LINE_CHARACTERS_MAX)}. {FOOTER}"
    shown = replace(item, text=one_line(item.text, BLOCK_CHARACTERS_MAX))
    return orjson.dumps(make(headline(alerts), shown, watchlist))


def _slack(title: str, item: NewsItem, footer: str) -> dict[str, Any]:
    """Block Kit: only the link is mrkdwn, everything else is plain text."""
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": _plain(title)},
        {"type": "section", "text": _plain(item.text)},
    ]
    if lines := _lines(item):
        blocks.append({"type": "section", "text": _plain("\n".join(f"• {line}" for line in lines))})
    if _can_open(item):
        link = {"type": "mrkdwn", "text": f"<{_escaped(item.link, in_link=True)}|{_OPEN}>", "verbatim": True}
        blocks.append({"type": "section", "text": link})
    blocks.append({"type": "context", "elements": [_plain(footer)]})
    # `text` is what notifications show, and is mrkdwn: escaped, it mentions nobody.
    return {"text": _escaped(title), "unfurl_links": False, "unfurl_media": False, "blocks": blocks}


def _teams(title: str, item: NewsItem, footer: str) -> dict[str, Any]:
    """An Adaptive Card in the envelope of a message; text runs are not read as Markdown."""
    body = [
        _runs(title, size="medium", weight="bolder"),
        _runs(item.text),
        *(_runs(f"• {line}") for line in _lines(item)),
        _runs(footer, size="small", isSubtle=True),
    ]
    actions = [{"type": "Action.OpenUrl", "title": _OPEN, "url": item.link}] if _can_open(item) else []
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": CARD_VERSION,
        "fallbackText": title,
        "body": body,
        "actions": actions,
    }
    return {"type": "message", "attachments": [{"contentType": _CARD, "contentUrl": None, "content": card}]}


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _runs(text: str, **style: Any) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **style}]}


def _lines(item: NewsItem) -> list[str]:
    lines = [one_line(line, LINE_CHARACTERS_MAX) for line in item.lines]
    return lines if len(lines) <= LINES_MAX else [*lines[: LINES_MAX - 1], lines[-1]]


def _can_open(item: NewsItem) -> bool:
    return item.has_web_link and len(item.link) <= LINK_CHARACTERS_MAX


def _escaped(text: str, *, in_link: bool = False) -> str:
    """The three characters that Slack reads as markup; within a link also what would end it."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("|", "%7C") if in_link else escaped
