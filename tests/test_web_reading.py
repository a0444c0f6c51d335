"""Requests are read from pieces of any size."""

import pytest

from entente.config import Settings
from entente.web.reading import RequestReader

HOST = b"Host: localhost\r\n"
SETTINGS = Settings(max_target_bytes=1000, max_body_bytes=1000)


def reader():
    return RequestReader(SETTINGS, "127.0.0.1")


def test_a_request_is_read_from_one_piece_or_from_many():
    raw = (
        b"POST /a%20b?c=d HTTP/1.1\r\n" + HOST + b"X-A: 1\r\nx-a: 2\r\nContent-Length: 3\r\n\r\nabc"
    )
    in_bits = reader()

    (whole,) = reader().feed(raw)
    pieces = [in_bits.feed(raw[i : i + 1]) for i in range(len(raw))]

    assert (whole.method, whole.path, whole.query_string) == ("POST", "/a%20b", b"c=d")
    assert (whole.headers["x-a"], whole.body, whole.keep_alive) == ("1, 2", b"abc", True)
    assert [len(piece) for piece in pieces] == [0] * (len(raw) - 1) + [1]
    assert (pieces[-1][0].headers, pieces[-1][0].body) == (whole.headers, whole.body)


def test_requests_that_come_together_are_read_in_their_order():
    raw = b"".join(b"GET /%d HTTP/1.1\r\n%b\r\n" % (i, HOST) for i in range(3))

    assert [asked.path for asked in reader().feed(raw + b"GET /")] == ["/0", "/1", "/2"]


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + HOST + b"a b: c\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + HOST + b"a: c\r\n d\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01", 400),
        (b"BREW / HTTP/1.1\r\n" + HOST + b"\r\n", 501),
        (b"GET / HTTP/2.0\r\n" + HOST + b"\r\n", 505),
        (b"GET /" + b"a" * 1001, 414),
        (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 102, 431),
        (b"GET / HTTP/1.1\r\na: " + b"b" * 20_000, 431),
        (b"GET / HTTP/1.1\r\n" + HOST + b"a: " + b"b" * 17_000 + b"\r\n\r\n", 431),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1001\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: +1\r\n\r\na", 400),
        (
            b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
            b"3e9\r\n" + b"a" * 1001,
            413,
        ),
        (
            b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n"
            b"Content-Length: 5\r\n\r\n0\r\n\r\n",
            400,
        ),
        (
            b"POST / HTTP/1.1\r\n"
            + HOST
            + b"Transfer-Encoding: chunked\r\n\r\n0\r\nb: "
            + b"c" * 20_000,
            413,
        ),
        (b"GET http://[ HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ],
)
def test_what_is_no_request_has_its_status(raw, status):
    reading = reader()

    assert reading.feed(raw) == []
    assert reading.refusal.code == status


def test_requests_before_what_is_none_are_given():
    reading = reader()

    assert len(reading.feed(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n" + b"\0")) == 1
    assert reading.refusal.code == 400


def test_a_piece_of_too_many_requests_is_refused_behind_the_last_that_may_wait():
    reading = reader()

    assert len(reading.feed((b"GET / HTTP/1.1\r\n" + HOST + b"\r\n") * 200)) == 128
    assert reading.refusal.code == 400


def test_an_upgrade_is_left_alone():
    reading = reader()
    upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n"
    first = b"GET /1 HTTP/1.1\r\n" + HOST + upgrade + b"\r\n"

    assert [a.path for a in reading.feed(first + b"GET /2 HTTP/1.1\r\n" + HOST + b"\r\n")] == [
        "/1",
        "/2",
    ]


def test_a_whole_address_may_be_the_target():
    (asked,) = reader().feed(b"GET http://a/b?c HTTP/1.1\r\n" + HOST + b"\r\n")

    assert (asked.path, asked.query_string) == ("/b", b"c")


def test_a_name_with_an_underscore_passes_for_no_other():
    (asked,) = reader().feed(b"GET / HTTP/1.1\r\n" + HOST + b"Content_Type: x\r\n\r\n")

    assert asked.headers == {"host": "localhost"}
