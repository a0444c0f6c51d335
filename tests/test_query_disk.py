"""Data that stay on disk: built once for each version, opened by each worker."""

import resource
import subprocess
import sys

import httpx
import pytest

from entente.errors import DataError
from entente.query.disk import ensure_store, open_store
from entente.query.served import files_source
from serving import DATA, run_entente, serving, write_data

COUNTS = ({"http://example.org/g": 1, "http://example.org/h": 2}, 5)
QUERY = {"query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "format": "csv"}


def test_a_store_is_built_and_counted(tmp_path):
    data, folder = write_data(tmp_path), tmp_path / "stores" / "v1"

    assert ensure_store(folder, [str(data)]) == COUNTS
    assert len(list(open_store(folder))) == 8
    assert [path.name for path in folder.parent.iterdir()] == ["v1"]


def test_a_store_that_is_there_is_not_built_again(tmp_path):
    folder = tmp_path / "v1"
    ensure_store(folder, [str(write_data(tmp_path))])

    assert ensure_store(folder, [str(tmp_path / "gone.ttl")]) == COUNTS


def test_a_malformed_file_leaves_no_store(tmp_path):
    data = write_data(tmp_path, "<a:a> <a:b> .", "bad.ttl")

    with pytest.raises(DataError, match=r"bad\.ttl") as raised:
        ensure_store(tmp_path / "stores" / "v1", [str(data)])

    assert raised.value.place.line == 1
    assert list((tmp_path / "stores").iterdir()) == []


def test_an_open_store_is_read_without_opening_files(tmp_path):
    folder = tmp_path / "v1"
    ensure_store(folder, [str(write_data(tmp_path))])
    script = (
        "import resource, sys; from pathlib import Path; from entente.query.disk import open_store;"
        "store = open_store(Path(sys.argv[1])); resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0));"
        "print(len(list(store)))"
    )

    done = subprocess.run([sys.executable, "-c", script, folder], capture_output=True, text=True)

    assert (done.stdout, done.stderr) == ("8\n", "")
    assert resource.getrlimit(resource.RLIMIT_NOFILE) != (0, 0)


def test_files_stay_on_disk_beyond_the_limit_alone(tmp_path):
    data = write_data(tmp_path)
    size = len(DATA.encode())

    served = [files_source([data], limit, tmp_path).open() for limit in (size, size - 1, None)]

    assert [each.on_disk for each in served] == [None, tmp_path / served[0].version, None]


def test_an_endpoint_over_data_on_disk_answers_as_one_in_memory(tmp_path):
    root = tmp_path / "root"
    options = ("--data", write_data(tmp_path), "--snapshot", root)
    with serving(*options, "--max-loaded-bytes", "0") as server:
        on_disk = httpx.get(server.sparql, params=QUERY)
        graph = httpx.get(server.home + "/store", params={"graph": "http://example.org/g"})
    with serving(*options) as server:
        in_memory = httpx.get(server.sparql, params=QUERY)

    assert on_disk.text == in_memory.text == "n\r\n5\r\n"
    assert on_disk.headers["etag"] == in_memory.headers["etag"]
    assert graph.status_code == 200
    version = on_disk.headers["entente-version"]
    assert [path.name for path in (root / "stores").iterdir()] == [version]


def test_malformed_data_are_told_on_one_line(tmp_path):
    data = write_data(tmp_path, "<a:a> <a:b> .", "bad.ttl")

    done = run_entente(
        "serve", "--data", data, "--snapshot", tmp_path / "root", "--max-loaded-bytes", "0"
    )

    assert done.returncode == 2
    assert "bad.ttl:1" in done.stderr
