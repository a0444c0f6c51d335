import httpx
from prometheus_client.parser import text_string_to_metric_families

from serving import serving, write_data


def test_metrics_count_requests_by_outcome_and_tell_the_state(tmp_path):
    data = write_data(tmp_path)
    with serving("--data", data, "--deadline-s", "0.3", "--warm-workers", "2") as server:
        start = read(server)
        for query in ("ASK {}", "ASK {}", "ASK { SERVICE <urn:x> {} }", "SELECT"):
            httpx.get(server.sparql, params={"query": query})
        found = read(server)

    def grew(name):
        return found.get(name, 0) - start.get(name, 0)

    assert grew(("entente_requests_total", "answered")) >= 1
    assert grew(("entente_requests_total", "kept")) == 1
    assert grew(("entente_requests_total", "query-refused")) == 1
    assert grew(("entente_requests_total", "query-error")) == 1
    assert found["entente_ready", ""] == 1
    assert found["entente_triples", ""] == 5
    assert found["entente_workers_idle", ""] >= 2
    assert found["entente_held_bytes", ""] == 0


def read(server):
    text = httpx.get(server.home + "/metrics").text
    return {
        (sample.name, sample.labels.get("outcome", "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
