"""`entente serve` as a process: how it starts, what it survives, how it ends."""

import os
import re
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from entente.cli.serve import serve
from entente.config import settings_table
from serving import make_snapshot, run_entente, serving, write_data

CROSS = " . ".join(f"?a{i} ?b{i} ?c{i}" for i in range(16))
ENDLESS = f"SELECT (COUNT(*) AS ?n) {{ {CROSS} FILTER(?a1 != ?c2) }}"


def wait_until(condition):
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def is_gone(pid):
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] == "Z"


def busy(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11]) > 1


@pytest.fixture
def data(tmp_path):
    return write_data(tmp_path)


def test_a_ready_server_says_where_it_is_and_how_to_ask_it(data):
    with serving("--data", data) as server:
        said = server.said

    assert said.startswith(f"Endpoint {server.sparql}\n  5 triples, 2 named graphs, version ")
    assert re.search(r"first answer after \d+\.\d\d s", said)
    assert "curl -H 'Accept: text/csv' --data-urlencode 'query=SELECT" in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_is_graceful_and_leaves_no_process(data, number):
    with serving("--data", data) as server:
        processes = [*server.parents(), *server.workers()]
        server.process.send_signal(number)
        code = server.process.wait(10)

    assert code == 0
    assert len(processes) == 5
    wait_until(lambda: all(is_gone(pid) for pid in processes))


def test_a_server_that_is_killed_leaves_no_process(data):
    with serving("--data", data) as server:
        processes = [*server.parents(), *server.workers()]
        server.process.kill()
        server.process.wait(10)
        wait_until(lambda: all(is_gone(pid) for pid in processes))

    assert len(processes) == 5


def test_a_worker_that_is_killed_while_it_answers_is_a_problem_and_no_more(data):
    with serving("--data", data, "--warm-workers", "1") as server, ThreadPoolExecutor(1) as thread:
        (worker,) = server.workers()
        future = thread.submit(httpx.get, server.sparql, params={"query": ENDLESS}, timeout=20)
        wait_until(lambda: busy(worker))
        os.kill(worker, signal.SIGKILL)
        lost = future.result(10)
        again = httpx.get(server.sparql, params={"query": "ASK {}"})

    assert (lost.status_code, lost.json()["type"]) == (
        500,
        "https://w3id.org/entente/problem/worker-lost",
    )
    assert (again.status_code, again.json()["boolean"]) == (200, True)


def test_a_client_that_hangs_up_frees_its_worker(data):
    with serving("--data", data, "--warm-workers", "1", "--deadline-s", "60") as server:
        (worker,) = server.workers()
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            query = httpx.QueryParams({"query": ENDLESS})
            connection.sendall(f"GET /sparql?{query} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            wait_until(lambda: busy(worker))

        wait_until(lambda: is_gone(worker))
        assert httpx.get(server.sparql, params={"query": "ASK {}"}).status_code == 200


def test_slow_bodies_time_out_and_hold_up_nobody(data):
    with serving("--data", data, "--body-timeout-s", "0.5", "--max-in-flight", "1") as server:
        head = (
            b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n"
            b"Content-Type: application/sparql-query\r\n\r\nASK"
        )
        slow = [socket.create_connection(("127.0.0.1", server.port), 10) for _ in range(20)]
        for connection in slow:
            connection.sendall(head)
        meanwhile = httpx.get(server.sparql, params={"query": "ASK {}"})
        first_lines = [connection.recv(4000).split(b"\r\n")[0] for connection in slow]
        for connection in slow:
            connection.close()

    assert meanwhile.status_code == 200
    assert set(first_lines) == {b"HTTP/1.1 408 Request Timeout"}


def test_under_load_a_client_is_told_to_come_back(data):
    options = ("--max-in-flight", "1", "--queue-wait-s", "0", "--warm-workers", "1")
    with serving("--data", data, *options) as server, ThreadPoolExecutor(1) as thread:
        (worker,) = server.workers()
        future = thread.submit(httpx.get, server.sparql, params={"query": ENDLESS}, timeout=20)
        wait_until(lambda: busy(worker))
        refused = httpx.get(server.sparql, params={"query": "ASK {}"})
        os.kill(worker, signal.SIGKILL)
        future.result(10)

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert refused.json()["type"] == "https://w3id.org/entente/problem/busy"


def test_a_new_snapshot_is_served_without_a_dropped_request(tmp_path):
    make_snapshot(tmp_path, "<a:one> <a:b> <a:c> .\n", "one")
    query = {"query": "SELECT ?s { ?s ?p ?o }", "format": "csv"}
    with serving("--snapshot", tmp_path) as server, httpx.Client() as client:
        before = client.get(server.sparql, params=query)
        make_snapshot(tmp_path, "<a:two> <a:b> <a:c> .\n", "two")
        server.process.send_signal(signal.SIGHUP)
        seen = []
        while not seen or seen[-1].headers["entente-version"] != "two":
            seen.append(client.get(server.sparql, params=query))
        parents = server.parents()
        wait_until(lambda: len(server.parents()) == 1)

    assert before.text == "s\r\na:one\r\n"
    assert {response.status_code for response in seen} == {200}
    assert seen[-1].text == "s\r\na:two\r\n"
    assert seen[-1].headers["etag"] != before.headers["etag"]
    assert len(parents) in (1, 2)


def test_a_taken_port_is_said_in_one_line(data):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run_entente("serve", "--data", data, "--port", port)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"entente: 127.0.0.1:{port}: another program listens there; "
        f"stop it, or choose another port with --port {port + 1}\n"
    )


def test_no_snapshot_and_a_corrupt_one_are_said_in_one_line(tmp_path):
    missing = run_entente("serve", "--snapshot", tmp_path)
    make_snapshot(tmp_path, "<a:a> <a:b> <a:c> .\n", "one")
    (tmp_path / "one" / "dataset.nq").write_text("spoilt")
    corrupt = run_entente("serve", "--snapshot", tmp_path)

    assert (missing.returncode, missing.stderr) == (
        2,
        f"entente: no snapshot in {tmp_path}; run `entente build` first\n",
    )
    assert corrupt.returncode == 4
    assert corrupt.stderr.endswith("dataset.nq does not fit its hash; run `entente build` again\n")


def test_a_malformed_file_is_named_with_its_line(tmp_path):
    bad = write_data(tmp_path, "<a:a> <a:b> <a:c> .\n<a:a> <a:b .\n", "bad.ttl")
    done = run_entente("serve", "--data", bad)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"entente: {bad}:2:")


def test_a_setting_that_does_not_fit_is_said_in_one_line(data):
    done = run_entente("serve", "--data", data, ENTENTE_DEADLINE_S="-3")

    assert (done.returncode, done.stderr) == (
        2,
        "entente: --deadline-s: -3.0 is too small; give at least 0.01\n",
    )


def test_help_shows_each_setting_with_its_variable():
    text = CliRunner().invoke(serve, ["--help"]).output

    assert [row.flag for row in settings_table() if row.flag not in text] == []
    assert [row.variable for row in settings_table() if row.variable not in text] == []
    assert "entente serve --data mine.ttl" in text
