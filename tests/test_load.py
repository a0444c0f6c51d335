"""What holds under load: shares, caps, limits of a request, a swap, a stop."""

import asyncio
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from entente.config import Settings
from entente.errors import (
    Busy,
    ClientBusy,
    DeadlineExceeded,
    InputError,
    MemoryExceeded,
    UsageError,
)
from entente.query.admission import Admission, Ledger
from entente.query.execute import Job
from entente.query.hangup import Allowance, Hangup
from entente.query.idle import IdleWorkers
from entente.query.pool import Pool
from entente.query.process import Worker
from entente.query.served import files_source
from entente.web.fairness import allow, name_client, read_tokens
from serving import MAIN, free_port, make_snapshot, serving, write_data

CROSS = " . ".join(f"?a{i} ?b{i} ?c{i}" for i in range(16))
ENDLESS = f"SELECT (COUNT(*) AS ?n) {{ {CROSS} FILTER(?a1 != ?c2) }}"
DIGEST = hashlib.sha256(b"secret").hexdigest()


@pytest.fixture
def data(tmp_path):
    return write_data(tmp_path)


def wait_until(condition):
    end = time.monotonic() + 90  # a warm parent reads much before it loads
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def run_coroutine(work):
    with ThreadPoolExecutor(1) as thread:  # this one may have a loop already, of a browser
        return thread.submit(asyncio.run, work).result()


def test_one_client_cannot_take_all_slots():
    async def check():
        settings = Settings(max_in_flight=3, max_client_in_flight=2, queue_wait_s=0)
        admission = Admission(settings)
        async with admission.admitted("one"), admission.admitted("one"):
            with pytest.raises(ClientBusy, match="you have 2 queries running, as many as one"):
                await admission.admitted("one").__aenter__()
            async with admission.admitted("other"):
                with pytest.raises(Busy, match="3 queries are running"):
                    await admission.admitted("third").__aenter__()
        none = admission.running
        async with admission.admitted("one"):
            return none, admission.running

    assert run_coroutine(check()) == (0, 1)


def test_one_client_never_gets_the_last_worker_that_is_ready():
    async def check():
        idle = IdleWorkers(2)
        first, last = Worker(1, None), Worker(2, None)
        idle.offer(first)
        idle.offer(last)
        taken = [await idle.take("one")]
        waiting = asyncio.ensure_future(idle.take("one"))
        await asyncio.sleep(0)
        taken.append(await idle.take("other"))
        idle.offer(first)
        idle.let_go("one")
        return taken == [last, first], await waiting is first

    assert run_coroutine(check()) == (True, True)


def test_of_the_clients_that_wait_who_holds_fewest_gets_the_next_worker():
    async def check():
        idle = IdleWorkers(4)
        for pid in (1, 2):
            idle.offer(Worker(pid, None))
        for _ in range(2):
            await idle.take("one")
        order = []
        waiting = [asyncio.ensure_future(idle.take(name)) for name in ("one", "other")]
        for name, future in zip(("one", "other"), waiting, strict=True):
            future.add_done_callback(lambda _, name=name: order.append(name))
        await asyncio.sleep(0)
        for pid in (3, 4):
            idle.offer(Worker(pid, None))
            await asyncio.sleep(0.01)
        return order

    assert run_coroutine(check()) == ["other", "one"]


def test_a_worker_that_came_too_late_is_ready_for_the_next():
    async def check():
        idle, worker = IdleWorkers(1), Worker(1, None)
        waiting = asyncio.ensure_future(idle.take("one"))
        await asyncio.sleep(0)
        idle.offer(worker)
        waiting.cancel()
        await asyncio.wait([waiting])
        return waiting.cancelled(), await idle.take("one") is worker

    assert run_coroutine(check()) == (True, True)


def test_who_waits_for_a_worker_learns_that_there_will_be_none():
    async def check():
        idle = IdleWorkers(1)
        waiting = asyncio.ensure_future(idle.take("one"))
        await asyncio.sleep(0)
        idle.close()
        return [
            type(found)
            for found in await asyncio.gather(waiting, idle.take("one"), return_exceptions=True)
        ]

    assert run_coroutine(check()) == [EOFError, EOFError]


def test_the_bytes_of_all_answers_have_one_cap():
    ledger = Ledger(100)
    ledger.hold(60)

    with pytest.raises(Busy, match="more than 100"):
        ledger.hold(41)
    ledger.release(60)
    ledger.hold(100)

    assert ledger.held_bytes == 100


def test_an_answer_beyond_the_cap_of_all_is_refused_and_the_next_is_given(data):
    pool = Pool(files_source([data]), Settings(warm_workers=1, max_in_flight_bytes=300))
    pool.open()
    try:
        everything = Job("SELECT * { ?s ?p ?o }", "json", None, 10_000)
        with pytest.raises(Busy, match="more than 300"):
            pool.evaluate(pool.current, everything, Hangup())
        hangup = Hangup()
        answer = pool.evaluate(pool.current, Job("ASK {}", "json", None, 1000), hangup)
        held = pool.ledger.held_bytes
        pool.settle(hangup)

        assert (len(answer), held, pool.ledger.held_bytes) == (26, 26, 0)
    finally:
        pool.close()


def test_where_all_together_need_too_much_memory_the_hungriest_goes(data):
    hungry = "SELECT * { " + CROSS + " } ORDER BY ?a1"
    settings = Settings(warm_workers=1, max_total_memory_bytes=64 << 20, deadline_s=60)
    pool = Pool(files_source([data]), settings)
    pool.open()
    try:
        with pytest.raises(MemoryExceeded, match="the queries that run now need more"):
            pool.evaluate(pool.current, Job(hungry, "json", None, 10_000), Hangup())
    finally:
        pool.close()


def test_long_queries_leave_slots_for_short_ones(data):
    settings = Settings(
        warm_workers=1, max_long_in_flight=1, max_in_flight=2, deadline_s=5, patience_s=0.5
    )
    pool = Pool(files_source([data]), settings)
    pool.open()
    try:
        endless = Job(ENDLESS, "json", None, 1000)
        with ThreadPoolExecutor(1) as thread:
            first = thread.submit(pool.evaluate, pool.current, endless, Hangup())
            wait_until(lambda: pool.current.long == 1)
            with pytest.raises(Busy, match="1 long queries are running, as many as may"):
                pool.evaluate(pool.current, endless, Hangup())
            pool.evaluate(pool.current, Job("ASK {}", "json", None, 1000), Hangup())

            assert not first.done()
            assert isinstance(first.exception(20), DeadlineExceeded)
    finally:
        pool.close()


@pytest.mark.parametrize(
    ("headers", "address", "client"),
    [
        ({}, "192.0.2.7", "192.0.2.7"),
        ({}, "2001:db8::1:2", "2001:db8::/64"),
        ({"x-forwarded-for": "192.0.2.1, 192.0.2.2"}, "127.0.0.1", "192.0.2.2"),
        ({"x-forwarded-for": "no address"}, "127.0.0.1", "127.0.0.1"),
    ],
)
def test_a_client_is_its_address_or_the_one_that_our_proxy_names(headers, address, client):
    settings = Settings(client_header="X-Forwarded-For")

    assert name_client(headers, address, settings) == client


def test_without_a_proxy_nobody_names_himself():
    assert name_client({"x-forwarded-for": "192.0.2.1"}, "127.0.0.1", Settings()) == "127.0.0.1"


def test_a_client_may_ask_for_less_and_with_a_token_for_more(tmp_path):
    path = tmp_path / "tokens"
    path.write_text(f"# who\nann {DIGEST} deadline_s=60 max_answer_bytes=900 max_rows=90\n")
    settings = Settings(deadline_s=10, max_answer_bytes=500, max_rows=50, tokens_file=str(path))
    tokens = read_tokens(settings)
    bearer = {"authorization": "Bearer secret"}

    def limits(headers, target):
        return allow(headers, "192.0.2.1", target, b"", settings, tokens)

    assert limits({}, b"timeout=2&max-bytes=100&max-rows=5") == Allowance("192.0.2.1", 2.0, 100, 5)
    assert limits({}, b"timeout=60&max-bytes=800") == Allowance("192.0.2.1", 10.0, 500, 50)
    assert limits(bearer, b"timeout=60&max-bytes=800&max-rows=80") == Allowance(
        "token ann", 60.0, 800, 80
    )
    assert limits(bearer, b"") == Allowance("token ann", 10.0, 500, 50)
    assert limits({}, b"query=ASK{%26timeout=2}").deadline_s == 10.0
    assert limits({}, b"query=ASK{}&timeout=%32").deadline_s == 2.0
    with pytest.raises(UsageError, match="'timeout' is 'soon'; give a number"):
        limits({}, b"timeout=soon")


def test_a_malformed_file_of_tokens_is_named_with_its_line(tmp_path):
    path = tmp_path / "tokens"
    path.write_text("ann secret\n")

    with pytest.raises(InputError, match=r"tokens:1: this is no line of a token"):
        read_tokens(Settings(tokens_file=str(path)))


def test_a_shorter_deadline_and_an_unknown_token_over_http(data, tmp_path):
    path = tmp_path / "tokens"
    path.write_text(f"ann {DIGEST} deadline_s=60\n")
    with serving("--data", data, "--tokens-file", path) as server:
        short = httpx.post(server.sparql, data={"query": ENDLESS, "timeout": "0.2"}, timeout=20)
        unknown = httpx.get(
            server.sparql, params={"query": "ASK {}"}, headers={"Authorization": "Bearer x"}
        )

    assert (short.status_code, short.json()["detail"]) == (504, "The query ran longer than 0.2 s.")
    assert (unknown.status_code, unknown.headers["www-authenticate"]) == (401, "Bearer")


def test_one_client_that_asks_endlessly_leaves_room_for_another(data):
    options = ("--max-in-flight", "3", "--max-client-in-flight", "2", "--queue-wait-s", "0.05")
    with serving("--data", data, "--deadline-s", "2", *options) as server:  # noqa: SIM117
        with ThreadPoolExecutor(6) as threads:
            greedy = [
                threads.submit(httpx.get, server.sparql, params={"query": ENDLESS}, timeout=20)
                for _ in range(6)
            ]
            wait_until(lambda: sum(each.done() for each in greedy) >= 4)
            transport = httpx.HTTPTransport(local_address="127.0.0.2")
            with httpx.Client(transport=transport) as other:
                answer = other.get(server.sparql, params={"query": "ASK {}"})
            got = sorted(each.result().status_code for each in greedy)
            told = {each.result().headers.get("retry-after") for each in greedy}

    assert (answer.status_code, answer.json()["boolean"]) == (200, True)
    assert got == [429, 429, 429, 429, 504, 504]
    assert told == {"1"}


def test_a_reader_that_never_reads_is_cut_off_and_what_it_held_is_free(data):
    options = ("--send-timeout-s", "0.3", "--max-answer-bytes", "40000000")
    big = "SELECT (CONCAT(" + ",".join(["'" + "x" * 9000 + "'"] * 20) + ") AS ?x) "
    rows = "{ VALUES ?a {" + " 1" * 100 + "} }"
    with serving("--data", data, *options) as server:  # noqa: SIM117
        with socket.create_connection(("127.0.0.1", server.port)) as deaf:
            query = (big + rows).encode()
            head = f"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: {len(query)}\r\n"
            deaf.sendall(head.encode() + b"Content-Type: application/sparql-query\r\n\r\n" + query)
            wait_until(lambda: 'outcome="not-taken"' in metrics_of(server))

            assert "entente_held_bytes 0.0" in metrics_of(server)


def metrics_of(server):
    return httpx.get(server.home + "/metrics").text


def test_a_new_snapshot_under_load_drops_no_request(tmp_path):
    make_snapshot(tmp_path, '<a:a> <a:b> "0" .\n', "0")
    seen, stop = [], threading.Event()

    def ask_on():
        with httpx.Client() as client:
            while not stop.is_set():
                query = f"SELECT ?n {{ ?s ?p ?n }} # {time.time_ns()}"
                answer = client.get(server.sparql, params={"query": query, "format": "csv"})
                told = answer.headers.get("entente-version")
                seen.append((answer.status_code, told, answer.text))

    with serving("--snapshot", tmp_path, "--watch-s", "0.05") as server:
        threads = [threading.Thread(target=ask_on) for _ in range(4)]
        for thread in threads:
            thread.start()
        for number in ("1", "2"):
            make_snapshot(tmp_path, f'<a:a> <a:b> "{number}" .\n', number)
            wait_until(lambda number=number: any(told == number for _, told, _ in seen))
        stop.set()
        for thread in threads:
            thread.join()

    assert set(seen) == {(200, n, f"n\r\n{n}\r\n") for n in "012"}


def test_a_stopping_server_gives_the_answers_that_are_under_way(data):
    with serving("--data", data, "--warm-workers", "1") as server, ThreadPoolExecutor(1) as thread:
        future = thread.submit(
            httpx.post, server.sparql, data={"query": ENDLESS, "timeout": "1"}, timeout=20
        )
        wait_until(lambda: "entente_queries_running 1.0" in metrics_of(server))
        server.process.send_signal(signal.SIGTERM)
        answer = future.result(20)
        code = server.process.wait(20)

    assert (answer.status_code, code) == (504, 0)


def test_each_request_has_one_line_without_its_query_or_token(data, tmp_path):
    tokens = tmp_path / "tokens"
    tokens.write_text(f"ann {DIGEST}\n")
    port = free_port()
    options = ["--data", data, "--port", port, "--tokens-file", tokens]
    process = subprocess.Popen(
        [sys.executable, "-c", MAIN, "serve", *map(str, options)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={k: v for k, v in os.environ.items() if not k.startswith("ENTENTE_")},
    )
    for line in process.stdout:
        if line.startswith("Stop"):
            break
    answer = httpx.get(
        f"http://127.0.0.1:{port}/sparql",
        params={"query": "ASK { <urn:hidden> ?p ?o }"},
        headers={"X-Request-Id": "mine-1", "Authorization": "Bearer secret"},
    )
    process.send_signal(signal.SIGTERM)
    _, noted = process.communicate(timeout=20)
    line = json.loads(next(each for each in noted.splitlines() if "mine-1" in each))

    assert answer.headers["x-request-id"] == "mine-1"
    assert "hidden" not in noted
    assert "secret" not in noted
    assert line.pop("ms") > 0
    assert line.pop("time")
    assert line == {
        "id": "mine-1",
        "client": "token ann",
        "method": "GET",
        "path": "/sparql",
        "status": 200,
        "outcome": "answered",
        "bytes": len(answer.content),
        "query": answer.headers["entente-query"],
    }
