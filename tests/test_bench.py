"""The benchmark of the endpoint goes on where a server fails, and says so."""

import socket
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from endpoint import measure, report
from peers import Running

REFUSAL = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy"
ANSWER = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"


@contextmanager
def answering(*answers):
    """Listen, give each request of a connection the next answer, and hang up."""

    def talk(connection):
        with connection:
            for answer in answers:
                if not connection.recv(1 << 16):
                    return
                connection.sendall(answer)

    def listen():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=(connection,)).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=listen, daemon=True).start()
        yield Running("peer", listener.getsockname()[1], None)
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("answers", "failure"),
    [((), "hung up"), ((REFUSAL,) * 99, "503"), ((ANSWER[:-5],), "hung up")],
    ids=["hang-up", "refusal", "cut"],
)
def test_what_is_no_answer_is_counted_as_a_failure_only(answers, failure):
    with answering(*answers) as server:
        row = measure(server, "point", hot=False, clients=2, seconds=60)

    assert (row.latencies_ms, dict(row.failures)) == ((), {failure: 42})
    assert f"| point | cold | 2 | peer | none |  |  |  | 42 of 42: {failure} (42 times) |" in (
        report([row], {}, "one turn", {})
    )


def test_a_client_that_was_hung_up_on_connects_again():
    with answering(ANSWER, ANSWER) as server:
        row = measure(server, "point", hot=True, clients=1, seconds=60)

    assert len(row.latencies_ms) == 2 * 21
    assert row.size == len(b"2\r\n{}\r\n0\r\n\r\n")
    assert dict(row.failures) == {"hung up": 21}
