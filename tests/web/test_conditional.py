"""Answers that a caller has already are not sent again."""

import httpx


def test_an_answer_that_the_caller_has_is_not_sent_again(api: httpx.Client) -> None:
    first = api.get("companies/lg-gls")
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "private, no-cache"
    for header in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = api.get("companies/lg-gls", headers={"If-None-Match": header})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    other = api.get("companies/lg-cas", headers={"If-None-Match": tag})
    assert other.status_code == 200
    assert other.headers["etag"] != tag
    assert "etag" not in api.get("companies/nobody").headers


def test_head_has_the_headers_of_get_and_no_content(api: httpx.Client) -> None:
    wanted = api.get("companies/lg-gls")
    head = api.head("companies/lg-gls")
    assert (head.status_code, head.content) == (200, b"")
    for header in ("etag", "content-type", "content-length"):
        assert head.headers[header] == wanted.headers[header]
    assert api.head("companies/nobody").status_code == 404
    assert api.head("match").status_code == 405


def test_head_of_an_event_stream_ends(api: httpx.Client) -> None:
    head = api.head("changes/stream")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"].startswith("text/event-stream")
