"""Requests are sent as they were recorded."""

from __future__ import annotations

import pytest

from gateway.dev.parity.sending import UnboundError, body, bound


def test_saved_values_take_the_place_of_their_names() -> None:
    request = {"path": "/api/mocs/{{m1}}", "headers": {"If-None-Match": "{{tag}}"}}
    assert bound(request, {"m1": "1", "tag": 'W/"x"'}) == {
        "path": "/api/mocs/1",
        "headers": {"If-None-Match": 'W/"x"'},
    }
    with pytest.raises(UnboundError, match="m1"):
        bound(request, {})


def test_json_and_raw_bodies() -> None:
    assert body({"json": {"title": "Žižkov"}}) == ('{"title": "Žižkov"}'.encode(), "application/json")
    raw = {"content_type": "application/json", "prefix": '"', "byte": 97, "size": 3, "suffix": '"'}
    assert body({"raw": raw}) == (b'"aaa"', "application/json")
    assert body({}) == (None, None)


def test_multipart_bodies_are_written_as_browsers_do() -> None:
    parts = [
        {"field": "title", "value": "Größe"},
        {"field": "file", "filename": 'a "ß".pdf', "content_type": "application/pdf", "base64": "JVBE"},
        {
            "field": "image",
            "filename": "i.jpg",
            "content_type": "image/jpeg",
            "fill": {"prefix_base64": "/9j/", "byte": 65, "size": 2},
        },
    ]
    content, content_type = body({"multipart": parts})
    assert content_type == "multipart/form-data; boundary=----parity"
    assert content == (
        b'------parity\r\nContent-Disposition: form-data; name="title"\r\n\r\nGr\xc3\xb6\xc3\x9fe\r\n'
        b'------parity\r\nContent-Disposition: form-data; name="file"; filename="a %22\xc3\x9f%22.pdf"\r\n'
        b"Content-Type: application/pdf\r\n\r\n%PD\r\n"
        b'------parity\r\nContent-Disposition: form-data; name="image"; filename="i.jpg"\r\n'
        b"Content-Type: image/jpeg\r\n\r\n\xff\xd8\xffAA\r\n------parity--\r\n"
    )
