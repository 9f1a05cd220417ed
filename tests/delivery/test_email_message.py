"""The words of e-mail, and headers that nobody else can write."""

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giants.delivery.email_message import compose
from giants.delivery.errors import RefusedTargetError
from giants.delivery.news import headline
from giants.domain.watch import alert_for
from schemas.changes import Alert
from schemas.facts import Watchlist
from tests.delivery.samples import NOON, alert
from tests.domain.watchlists import company, rating_change, status_change

FROM, TO = "giants@tracker.example", "desk@mail.example"


def named(name: str, owner: str = "desk-a", watchlist_id: str = "w-1") -> Alert:
    watchlist = Watchlist(watchlist_id=watchlist_id, owner=owner)
    return alert_for(watchlist, status_change(name=name, name_en=name), company(), "https://giants.example")


def as_received(message: EmailMessage) -> EmailMessage:
    """The message after it was written out and read again."""
    parsed = message_from_bytes(message.as_bytes(), policy=default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_a_message_says_the_same_in_text_and_in_html() -> None:
    message = as_received(compose([alert(1), alert(2)], FROM, TO, NOON))
    text, html = body(message, "plain"), body(message, "html")
    assert message["Subject"] == "Little Giants: 2 changes"
    assert [text.count(f"* {alert(number).text}") for number in (1, 2)] == [1, 1]
    assert alert(1).text in unescape(re.sub("<[^>]+>", "", html))
    assert html.count('<a href="https://giants.example/companies/c-1#radar">') == 2


def test_alerts_stand_under_their_watchlists() -> None:
    text = body(compose([alert(1), alert(1, "w-2"), alert(2, "w-2")], FROM, TO, NOON), "plain")
    assert re.findall(r"Watchlist (\S+)|(\*)", text) == [
        ("w-1", ""),
        ("", "*"),
        ("w-2", ""),
        ("", "*"),
        ("", "*"),
    ]


def test_the_subject_of_a_single_alert_names_company_and_kind() -> None:
    assert headline([named("宁波佳尔灵")]) == "Little Giants: 宁波佳尔灵 designated"
    rated = alert_for(
        Watchlist(watchlist_id="w", owner="o"), rating_change(), company(), "https://giants.example"
    )
    assert headline([rated]) == "Little Giants: 甲公司 rating changed in radar"


def test_the_same_alerts_make_the_same_message_id() -> None:
    ids = [
        compose(alerts, FROM, TO, NOON)["Message-ID"]
        for alerts in ([alert(1)], [alert(1)], [alert(1), alert(2)])
    ]
    assert ids[0] == ids[1] != ids[2]
    assert re.fullmatch(r"<[0-9a-f]{40}@tracker\.example>", ids[0])


def test_chinese_names_travel_in_seven_bits() -> None:
    message = compose([named("宁波佳尔灵气动机械有限公司")], FROM, TO, NOON)
    assert message.as_bytes().isascii()
    assert "宁波佳尔灵气动机械有限公司" in str(as_received(message)["Subject"])


@given(name=st.text(min_size=1, max_size=100))
def test_no_name_writes_a_header_or_a_tag(name: str) -> None:
    message = as_received(
        compose([named(f"甲{name}\r\nBcc: thief@evil.example\r\n\r\n<script>")], FROM, TO, NOON)
    )
    assert sorted(message.keys()) == sorted(
        ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"]
    )
    assert "<script" not in body(message, "html")


def test_a_link_that_is_no_web_address_stays_text() -> None:
    suspicious = alert().model_copy(update={"link": "javascript:alert(1)", "text": "see javascript:alert(1)"})
    assert "<a " not in body(compose([suspicious], FROM, TO, NOON), "html")


@pytest.mark.parametrize(
    "to",
    [
        "a,b@mail.example",
        "a;b@mail.example",
        '"a b"@mail.example',
        "<a@mail.example>",
        "a@mail.example\r\nBcc: b@mail.example",
        "甲@mail.example",
        "a@例.example",
        "@mail.example",
        "a@",
        "a" * 65 + "@mail.example",
        "a@" + ".".join(["b" * 60] * 5),
    ],
)
def test_an_address_that_could_mean_more_than_one_thing_is_refused(to: str) -> None:
    with pytest.raises(RefusedTargetError, match="unusual characters"):
        compose([alert()], FROM, to, NOON)
