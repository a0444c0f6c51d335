import dataclasses
import gc
import os
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from entente.config import Settings
from entente.errors import (
    AnswerTooLarge,
    Busy,
    DataError,
    DeadlineExceeded,
    InconsistentGraph,
    InputError,
    MemoryExceeded,
    QueryError,
    QueryRefused,
    SnapshotCorrupt,
    SnapshotMissing,
    WorkerLost,
)
from entente.query.execute import Job
from entente.query.hangup import Allowance, ClientGone, Hangup
from entente.query.pool import Pool
from entente.query.served import files_source, snapshot_source
from serving import DATA, children_of, make_snapshot, write_data

CROSS = " . ".join(f"?a{i} ?b{i} ?c{i}" for i in range(16))
ENDLESS = f"SELECT (COUNT(*) AS ?n) {{ {CROSS} FILTER(?a1 != ?c2) }}"
TRIVIAL = "ASK { <http://example.org/a> ?p ?o }"
YES = b'{"head":{},"boolean":true}'


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_data(tmp_path_factory.mktemp("data"))


@contextmanager
def opened(source, **settings):
    pool = Pool(source, Settings(**{"warm_workers": 1, "watch_s": 60} | settings))
    pool.open()
    try:
        yield pool
    finally:
        pool.close()


@pytest.fixture(scope="module")
def pool(data):
    with opened(files_source([data]), deadline_s=0.5) as pool:
        yield pool


def ask(pool, query, form="json", dataset=None, cap=10_000, hangup=None):
    job = Job(query, form, dataset, cap)
    return pool.evaluate(pool.current, job, hangup or Hangup())


def wait_until(condition):
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def workers_of(pool):
    return children_of(pool.current.parent_pid)


def is_gone(pid):
    return not Path(f"/proc/{pid}").exists() or fields_of(pid)[0] == "Z"


def fields_of(pid):
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()


def ticks_of(pid):
    return int(fields_of(pid)[11])


def is_at_work(pid):
    return ticks_of(pid) > 5


@contextmanager
def asking_endlessly(pool, hangup=None):
    """Ask what never ends, and go on as soon as the only worker is at it."""
    (worker,) = workers_of(pool)
    before = ticks_of(worker)
    with ThreadPoolExecutor(1) as thread:
        future = thread.submit(ask, pool, ENDLESS, hangup=hangup)
        wait_until(lambda: ticks_of(worker) > before + 1)
        yield worker, future


def test_a_query_is_answered_in_the_format_that_it_asks_for(pool):
    answer = ask(pool, "SELECT ?n { ?s <http://example.org/n> ?n } ORDER BY ?n", "csv")

    assert answer == b"n\r\n1\r\n2.5\r\n"


def test_the_graphs_are_counted(pool):
    assert dict(pool.current.graphs) == {"http://example.org/g": 1, "http://example.org/h": 2}
    assert pool.current.triples == 5


@pytest.mark.parametrize(
    ("default", "named", "expected"),
    [
        (("http://example.org/g",), (), b"s\r\nhttp://example.org/a\r\n"),
        ((), ("http://example.org/h",), b"s\r\n"),
    ],
)
def test_a_data_set_of_the_request_overrides_from(pool, default, named, expected):
    query = "SELECT ?s FROM <http://example.org/h> { ?s <http://example.org/q> ?o }"

    assert ask(pool, query, "csv", dataset=(default, named)) == expected


def test_an_endless_query_ends_at_the_deadline_and_the_next_is_answered(pool):
    started = time.monotonic()
    with pytest.raises(DeadlineExceeded, match=r"ran longer than 0.5 s"):
        ask(pool, ENDLESS)
    took = time.monotonic() - started

    assert took < 5
    assert ask(pool, TRIVIAL) == YES


def test_a_hungry_query_runs_out_of_memory_and_the_next_is_answered(data):
    doubled, binds = "'0123456789'", ""
    for i in range(26):
        binds += f"BIND(CONCAT({doubled}, {doubled}) AS ?x{i}) "
        doubled = f"?x{i}"

    with opened(files_source([data]), max_memory_bytes=96 << 20, deadline_s=30) as pool:
        with pytest.raises(MemoryExceeded, match="more than 100663296 bytes"):
            ask(pool, f"SELECT (STRLEN({doubled}) AS ?n) {{ {binds} }}")

        assert ask(pool, TRIVIAL) == YES


def test_an_answer_beyond_the_cap_is_an_error_and_not_a_short_answer(pool):
    with pytest.raises(AnswerTooLarge, match="larger than 100 bytes"):
        ask(pool, "SELECT * { ?s ?p ?o }", cap=100)


def test_a_stack_overflow_ends_its_worker_only(data):
    # The guard refuses such a query; here it goes to a worker past the guard.
    deep = "ASK { FILTER(" + "!" * 2_000_000 + "1) }"
    with opened(files_source([data]), deadline_s=60) as pool:
        with pytest.raises(WorkerLost):
            ask(pool, deep)

        assert ask(pool, TRIVIAL) == YES


def test_a_worker_can_open_no_socket_even_if_the_guard_were_passed(pool):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/"

        with pytest.raises(QueryRefused, match="Too many open files"):
            ask(pool, f"SELECT * {{ SERVICE <{address}> {{ ?s ?p ?o }} }}")

        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_a_malformed_query_comes_back_with_its_place(pool):
    with pytest.raises(QueryError, match=r"1:13: the prefix 'x:' is not declared") as caught:
        ask(pool, "ASK { ?s ?p x:y }")

    assert caught.value.token == "x:y"


def test_an_unknown_function_is_the_querys_fault(pool):
    with pytest.raises(QueryError, match="<http://e/f> is not supported"):
        ask(pool, "SELECT (<http://e/f>(1) AS ?x) {}")


def test_a_worker_that_is_killed_while_it_answers_is_replaced(data):
    with opened(files_source([data])) as pool:
        with asking_endlessly(pool) as (worker, future):
            wait_until(lambda: pool.current.long == 1)
            os.kill(worker, signal.SIGKILL)
            with pytest.raises(WorkerLost, match="ended before it answered; ask again"):
                future.result(10)

        assert ask(pool, TRIVIAL) == YES


@pytest.mark.parametrize(("kills", "error"), [(1, DeadlineExceeded), (2, WorkerLost)])
def test_a_short_query_whose_worker_is_killed_is_asked_once_more(data, kills, error):
    with opened(files_source([data]), patience_s=60, deadline_s=3) as pool:
        with ThreadPoolExecutor(1) as thread:
            future = thread.submit(ask, pool, ENDLESS)
            for lost in range(kills):
                wait_until(lambda: any(map(is_at_work, workers_of(pool))))
                os.kill(next(filter(is_at_work, workers_of(pool))), signal.SIGKILL)
                wait_until(lambda lost=lost: pool.current.lost == lost + 1)

            assert isinstance(future.exception(10), error)
        assert ask(pool, TRIVIAL) == YES


def test_what_a_query_waits_for_a_slot_is_a_part_of_its_time(data):
    endless = Hangup()
    with (
        opened(files_source([data]), max_in_flight=1, queue_wait_s=60, deadline_s=60) as pool,
        asking_endlessly(pool, endless),
    ):
        with pytest.raises(Busy, match="1 queries are running, as many as may"):
            ask(pool, TRIVIAL, hangup=Hangup(Allowance(deadline_s=0.1)))
        endless.tell()


def test_an_answered_query_leaves_no_cycle_that_would_hold_its_answer(pool):
    ask(pool, TRIVIAL)
    gc.collect()
    gc.disable()
    try:
        for _ in range(50):
            ask(pool, TRIVIAL)
        left = gc.collect()
    finally:
        gc.enable()

    assert left < 50


def test_a_query_whose_time_is_up_takes_no_worker(pool):
    workers, late = workers_of(pool), Hangup()
    late.began -= 60

    with pytest.raises(DeadlineExceeded):
        ask(pool, TRIVIAL, hangup=late)

    assert workers_of(pool) == workers


def test_a_worker_that_is_killed_while_it_waits_is_not_noticed(data):
    with opened(files_source([data])) as pool:
        (worker,) = workers_of(pool)
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: is_gone(worker))

        assert ask(pool, TRIVIAL) == YES
        wait_until(lambda: worker not in workers_of(pool))


def test_a_parent_that_is_killed_is_restarted_and_its_workers_end(data):
    with opened(files_source([data])) as pool:
        parent, (worker,) = pool.current.parent_pid, workers_of(pool)
        os.kill(parent, signal.SIGKILL)
        wait_until(lambda: is_gone(worker))

        assert ask(pool, TRIVIAL) == YES
        assert pool.current.parent_pid != parent


def test_the_watcher_restarts_a_parent_before_anybody_asks(data):
    with opened(files_source([data]), watch_s=0.02) as pool:
        parent = pool.current.parent_pid
        os.kill(parent, signal.SIGKILL)

        wait_until(lambda: pool.current.parent_pid != parent and pool.current.alive)


def test_a_client_that_hangs_up_frees_its_worker(data):
    with opened(files_source([data]), deadline_s=60) as pool:
        hangup = Hangup()
        with asking_endlessly(pool, hangup) as (worker, future):
            hangup.tell()
            with pytest.raises(ClientGone):
                future.result(10)

        assert is_gone(worker)
        with pytest.raises(ClientGone):
            ask(pool, TRIVIAL, hangup=hangup)


def test_heavy_queries_do_not_delay_a_trivial_one(data):
    with opened(files_source([data]), deadline_s=3, max_in_flight=5) as pool:
        with ThreadPoolExecutor(4) as threads:
            heavy = [threads.submit(ask, pool, ENDLESS) for _ in range(4)]
            wait_until(lambda: len(workers_of(pool)) >= 4)
            answers = [ask(pool, TRIVIAL) for _ in range(10)]
            still_running = [not future.done() for future in heavy]

        assert answers == [YES] * 10
        assert still_running == [True] * 4


def test_more_queries_than_may_run_are_told_to_come_back(data):
    with (
        opened(files_source([data]), max_in_flight=1, queue_wait_s=0, deadline_s=1) as pool,
        asking_endlessly(pool) as (_, future),
    ):
        with pytest.raises(Busy, match="1 queries are running, as many as may"):
            ask(pool, TRIVIAL)
        assert isinstance(future.exception(10), DeadlineExceeded)


def test_random_numbers_differ_between_workers(data):
    with opened(files_source([data]), warm_workers=3) as pool:
        barrier = threading.Barrier(3)

        def draw(_):
            barrier.wait(10)
            return ask(pool, "SELECT (STRUUID() AS ?x) (RAND() AS ?y) {}", "csv")

        with ThreadPoolExecutor(3) as threads:
            drawn = [*threads.map(draw, range(3)), *threads.map(draw, range(3))]

        assert len(set(drawn)) == 6


def test_nothing_is_left_after_closing(data):
    with opened(files_source([data]), warm_workers=3) as pool:
        processes = [pool.current.parent_pid, *workers_of(pool)]

    assert len(processes) == 4
    wait_until(lambda: all(is_gone(pid) for pid in processes))


def test_a_new_snapshot_is_served_and_the_old_parent_ends(tmp_path):
    make_snapshot(tmp_path, "<http://e/1> <http://e/p> <http://e/o> .\n", "one")
    with opened(snapshot_source(tmp_path), watch_s=0.02) as pool:
        old = pool.current
        make_snapshot(tmp_path, "<http://e/2> <http://e/p> <http://e/o> .\n", "two")

        wait_until(lambda: pool.current.served.version == "two")
        assert ask(pool, "SELECT ?s { ?s ?p ?o }", "csv") == b"s\r\nhttp://e/2\r\n"
        wait_until(lambda: not old.alive)


def test_a_query_that_runs_keeps_its_parent_until_it_ends(tmp_path):
    numbers = "".join(f'<http://e/{i}> <http://e/p> "{i}" .\n' for i in range(60))
    make_snapshot(tmp_path, numbers, "one")
    with opened(snapshot_source(tmp_path), deadline_s=60) as pool:
        old, hangup = pool.current, Hangup()
        with asking_endlessly(pool, hangup) as (_, future):
            make_snapshot(tmp_path, "", "two")
            assert pool.reload()
            alive_meanwhile = old.alive
            hangup.tell()
            with pytest.raises(ClientGone):
                future.result(10)

        assert alive_meanwhile
        wait_until(lambda: not old.alive)


def test_a_corrupt_new_snapshot_leaves_the_old_one_in_service(tmp_path):
    make_snapshot(tmp_path, "<http://e/1> <http://e/p> <http://e/o> .\n", "one")
    with opened(snapshot_source(tmp_path)) as pool:
        make_snapshot(tmp_path, "<http://e/2> <http://e/p> <http://e/o> .\n", "two")
        (tmp_path / "two" / "dataset.nq").write_text("spoilt")

        with pytest.raises(SnapshotCorrupt):
            pool.reload()

        assert pool.current.served.version == "one"
        assert ask(pool, "ASK { <http://e/1> ?p ?o }") == YES


def test_without_a_snapshot_there_is_no_pool(tmp_path):
    with pytest.raises(SnapshotMissing, match="run `entente build` first"):
        Pool(snapshot_source(tmp_path), Settings()).open()


@pytest.mark.parametrize(
    ("name", "text", "error", "message"),
    [
        ("bad.ttl", "<a:b> <a:c> .\n", DataError, r"bad.ttl:1"),
        ("bad.rdf", "<?xml version='1.0'?><!DOCTYPE x>", DataError, "DOCTYPE"),
        ("bad.xyz", "", DataError, "no known RDF format"),
    ],
)
def test_a_bad_file_is_named(tmp_path, name, text, error, message):
    path = write_data(tmp_path, text, name)

    with pytest.raises(error, match=message):
        Pool(files_source([path]), Settings()).open()


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none.ttl: No such file"):
        Pool(files_source([tmp_path / "none.ttl"]), Settings()).open()


def test_equal_files_have_one_version(tmp_path, data):
    copy = write_data(tmp_path, DATA)

    assert files_source([copy]).open().version == files_source([data]).open().version


@pytest.fixture
def making(data, monkeypatch):
    """Files whose workers can make graphs."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    plain = files_source([data])
    served = dataclasses.replace(plain.open(), tasks="making_tasks")
    return dataclasses.replace(plain, open=lambda: served)


def ask_made(pool, *names):
    """Ask which process made the graphs that a query needs."""
    graphs = tuple(f"http://example.org/{name}" for name in names)
    query = "SELECT ?pid " + " ".join(f"FROM <{g}>" for g in graphs) + " { ?s ?p ?pid }"
    job = Job(query, "csv", None, 10_000, makes=graphs)
    return set(pool.evaluate(pool.current, job, Hangup()).split()[1:])


def test_a_graph_is_made_once_and_its_worker_is_kept(making):
    with opened(making) as pool:
        first, again = ask_made(pool, "v"), ask_made(pool, "v")
        plain = ask(pool, "SELECT ?g { GRAPH ?g { <http://example.org/made> ?p ?o } }", "csv")

    assert len(first) == 1
    assert first == again
    assert plain == b"g\r\n"  # another worker, whose data are as they were loaded


def test_of_the_workers_that_made_graphs_no_more_are_kept_than_may(making):
    with opened(making, making_workers=1) as pool:
        first = ask_made(pool, "v")
        ask_made(pool, "w")
        again = ask_made(pool, "v")
        wait_until(lambda: len(workers_of(pool)) == 2)

    assert first != again


def test_a_graph_that_cannot_be_made_is_an_error_with_its_reasons(making):
    with opened(making) as pool:
        with pytest.raises(InconsistentGraph) as raised:
            ask_made(pool, "bad")
        assert ask(pool, TRIVIAL) == YES

    assert raised.value.explanations == ("one", "two")


def test_a_graph_is_made_again_after_the_parent_died(making):
    with opened(making, watch_s=0.02) as pool:
        first, old = ask_made(pool, "v"), pool.current
        os.kill(old.parent_pid, signal.SIGKILL)
        wait_until(lambda: is_gone(int(*first)))
        again = ask_made(pool, "v")

    assert len(again) == 1
    assert first != again
