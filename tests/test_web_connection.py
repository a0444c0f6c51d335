"""What a client does on its socket, and what the server makes of it."""

import json
import re
import socket
import threading
import time

import pytest

from serving import serving, write_data

ASK = b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: localhost\r\n\r\n"
LARGE = b"GET /sparql?query=SELECT%20*%20%7B%3Fs%20%3Fp%20%3Fo.%3Fa%20%3Fb%20%3Fc%7D&format=json"
MEDIUM = (
    b"GET /sparql?query=SELECT%20*%20%7B%3Fs%20%3Fp%20%3Fo.%3Fa%20%3Fb%20%3Fc%7DLIMIT%20150"
    b"&format=json HTTP/1.1\r\nHost: localhost\r\n\r\n"
)
ENDLESS = (
    b"GET /sparql?query=SELECT%20(COUNT(*)%20AS%20%3Fn)%20%7B"
    + b".".join(b"%%3Fa%d%%20%%3Fb%d%%20%%3Fc%d" % (i, i, i) for i in range(5))
    + b"%7D HTTP/1.1\r\nHost: localhost\r\n\r\n"
)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    text = "".join(f'<urn:s{i}> <urn:p{i}> "{i:050}" .\n' for i in range(300))
    data = write_data(tmp_path_factory.mktemp("data"), text, "data.nt")
    options = ("--header-timeout-s", "0.5", "--body-timeout-s", "0.5", "--send-timeout-s", "0.5")
    with serving("--data", data, *options, "--max-connections", "40") as server:
        yield server


def connect(served):
    return socket.create_connection(("127.0.0.1", served.port), 10)


def read_all(connection):
    connection.settimeout(10)
    return b"".join(iter(lambda: connection.recv(1 << 16), b""))


def statuses(answer):
    return [int(code) for code in re.findall(rb"HTTP/1\.1 (\d+)", answer)]


def ids(answer):
    return re.findall(rb"X-Request-Id: (\S+)", answer)


def exchange(served, *pieces):
    with connect(served) as connection:
        for piece in pieces:
            connection.sendall(piece)
        return read_all(connection)


CLOSE = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def test_requests_that_come_together_are_answered_in_their_order(served):
    answer = exchange(served, b"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n" + ASK * 3 + CLOSE)

    assert statuses(answer) == [404, 200, 200, 200, 200]
    assert answer.endswith(b"ok\n")


def test_a_request_that_is_known_by_its_bytes_gets_the_same_answer_by_another_name(served):
    answers = exchange(served, *[ASK] * 6, CLOSE).split(b"HTTP/1.1 ")[1:-1]

    assert len(set(ids(b"".join(answers)))) == 6
    without = {re.sub(rb"(X-Request-Id|Date): [^\r]*\r\n", b"", each) for each in answers}
    assert len(without) == 1


def test_what_the_client_has_already_is_known_by_its_bytes_too(served):
    etag = re.search(rb"ETag: (\S+)", exchange(served, ASK, CLOSE))[1]
    asked = ASK[:-2] + b"If-None-Match: " + etag + b"\r\n\r\n"

    assert statuses(exchange(served, *[asked] * 4, CLOSE)) == [304] * 4 + [200]


def test_every_request_is_counted_whichever_way_it_is_answered(served):
    def counted():
        text = exchange(served, CLOSE.replace(b"/healthz", b"/metrics")).decode()
        return int(float(re.search(r"entente_request_seconds_count (\S+)", text)[1]))

    before = counted()
    exchange(served, ASK * 10 + CLOSE)

    assert counted() == before + 12  # ten, the one that closes, and the first look itself


def test_half_a_head_and_half_a_body_are_timed_out(served):
    head = exchange(served, ASK[:-4])
    body = exchange(served, b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab")

    assert statuses(head) == statuses(body) == [408]
    assert b"head of the request" in head
    assert b"body did not arrive" in body


def test_who_says_nothing_is_let_go(served):
    assert exchange(served) == b""


def test_a_client_that_waits_for_leave_to_send_its_body_gets_it(served):
    head = b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Type: application/sparql-query\r\n"
    with connect(served) as connection:
        connection.sendall(head + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        leave = connection.recv(1000)
        connection.sendall(b"ASK{}")
        answer = connection.recv(1000)
        connection.sendall(head + b"Content-Length: 9999999\r\nExpect: 100-continue\r\n\r\n")
        refused = read_all(connection)

    assert leave == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert statuses(answer) == [200]
    assert statuses(refused) == [413]


def test_what_is_refused_before_it_is_read_whole_is_a_page_for_browsers(served):
    accept = b"Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n"
    long = b"Content-Length: 9999999\r\n\r\n"
    head = b"POST /validate HTTP/1.1\r\nHost: a\r\n"
    page, problem = exchange(served, head + accept + long), exchange(served, head + long)

    assert statuses(page) == statuses(problem) == [413]
    assert b"Content-Type: text/html; charset=utf-8" in page
    assert b"<h1>Request Entity Too Large</h1>" in page
    assert b"Content-Type: application/problem+json" in problem


def test_a_client_that_does_not_read_is_cut_off_and_frees_its_bytes(served):
    def held():
        text = exchange(served, CLOSE.replace(b"/healthz", b"/metrics")).decode()
        return float(re.search(r"\nentente_held_bytes (\S+)", text)[1])

    with connect(served) as deaf:
        deaf.sendall(LARGE + b" HTTP/1.1\r\nHost: a\r\n\r\n")
        until = time.monotonic() + 10
        while not held() and time.monotonic() < until:
            time.sleep(0.02)
        while held() and time.monotonic() < until:
            time.sleep(0.02)
        assert time.monotonic() < until
        deaf.settimeout(5)
        with pytest.raises(ConnectionResetError):
            while deaf.recv(1 << 20):
                pass


def test_a_client_that_asks_on_and_never_reads_is_cut_off(served):
    with connect(served) as deaf:
        deaf.settimeout(5)
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            for _ in range(1000):
                deaf.sendall(MEDIUM * 100)


def test_more_connections_than_may_are_told_so(served):
    held = [connect(served) for _ in range(40)]
    try:
        answer = exchange(served)
    finally:
        for each in held:
            each.close()

    assert statuses(answer) == [503]
    assert b"Retry-After: 1" in answer


def test_a_client_that_hangs_up_ends_its_query(served):
    with connect(served) as connection:
        connection.sendall(ENDLESS)
        time.sleep(0.2)
    until = time.monotonic() + 5
    while time.monotonic() < until:
        text = exchange(served, CLOSE.replace(b"/healthz", b"/metrics")).decode()
        if "entente_queries_running 0.0" in text:
            break

    assert time.monotonic() < until


def test_an_old_client_may_keep_its_connection(served):
    old = b"GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
    answer = exchange(served, old, b"GET /healthz HTTP/1.0\r\n\r\n")

    assert statuses(answer) == [200, 200]
    assert answer.count(b"Connection: keep-alive") == answer.count(b"Connection: close") == 1


def test_what_comes_during_an_answer_waits_for_it(served):
    with connect(served) as connection:
        threads = [threading.Timer(0.05 * i, connection.sendall, (ASK,)) for i in range(3)]
        connection.sendall(LARGE + b" HTTP/1.1\r\nHost: a\r\n\r\n")
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        connection.sendall(CLOSE)
        answer = read_all(connection)

    assert statuses(answer) == [200] * 5


def test_each_request_is_a_line_of_the_log(tmp_path, capfd):
    with serving("--data", write_data(tmp_path)) as served:
        names = ids(exchange(served, *[ASK] * 5, CLOSE))

    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines() if line[:1] == "{"]
    mine = [line for line in lines if line["id"].encode() in names]
    assert [line["outcome"] for line in mine] == ["answered", *["kept"] * 4, "answered"]
    assert {line["client"] for line in mine} == {"127.0.0.1"}
    assert len({(line["query"], line["bytes"], line["path"]) for line in mine[:5]}) == 1
