"""Served under another host and a path prefix, all addresses are those that clients use."""

import re

import httpx
import pytest

from entente.config import Settings
from entente.errors import UsageError
from entente.pipeline.build import BuildOptions, build
from entente.web.wire import read_base
from serving import run_entente, serving
from small_graph import write_small_graph

BASE = "https://data.example.org/kg"


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = write_small_graph(tmp_path_factory.mktemp("graph"))
    build(folder, folder / "snapshot", lambda *_: None, BuildOptions(checked=False))
    with (
        serving("--snapshot", folder / "snapshot", "--files", folder, "--base", BASE) as server,
        httpx.Client(base_url=server.home, timeout=20) as client,
    ):
        yield client


@pytest.mark.parametrize("prefix", ["", "/kg"], ids=["a proxy strips it", "a proxy leaves it"])
def test_things_lead_to_documents_below_the_prefix(client, prefix):
    lead = client.get(f"{prefix}/id/japan", headers={"Accept": "text/turtle"})
    document = client.get(f"{prefix}/id/japan.ttl")

    assert (lead.status_code, lead.headers["location"]) == (303, "/kg/id/japan.ttl")
    assert document.status_code == 200
    assert "<https://w3id.org/entente/id/japan>" in document.headers["link"]
    assert "</kg/id/japan.html>" in document.headers["link"]


def test_documents_that_name_addresses_name_those_of_the_clients(client):
    robots = client.get("/robots.txt").text
    sitemap = re.findall("<loc>([^<]+)</loc>", client.get("/sitemap.xml").text)
    service = client.get("/sparql", headers={"Accept": "text/turtle"}).text
    openapi = client.get("/openapi.json").json()

    assert f"Sitemap: {BASE}/sitemap.xml" in robots
    assert "Disallow: /kg/sparql" in robots
    assert f"{BASE}/id/japan.html" in sitemap
    assert f"<{BASE}/sparql>" in service
    assert openapi["servers"] == [{"url": BASE}]


def test_every_link_of_a_page_stands_below_the_prefix(client):
    page = client.get("/kg/id/japan.html").text

    local = re.findall(r'(?:href|src|action)="(/[^"]*)"', page)
    assert [link for link in local if not link.startswith("/kg/")] == []
    styles = next(link for link in local if link.startswith("/kg/static/"))
    assert client.get(styles).status_code == 200
    assert client.get("/kg/healthz").text == "ok\n"


def test_a_base_that_is_no_address_is_said_in_one_line(tmp_path):
    done = run_entente("serve", "--base", "example.org/kg", "--port", "1", "--snapshot", tmp_path)

    assert done.returncode == 2
    assert "https://example.org/entente" in done.stderr


@pytest.mark.parametrize(
    ("path", "stripped"),
    [
        ("/kg", "/"),
        ("/kg/", "/"),
        ("/kg/id/x", "/id/x"),
        ("/kgb", "/kgb"),
        ("/id/kg/x", "/id/kg/x"),
    ],
)
def test_only_the_prefix_is_taken_away(path, stripped):
    assert read_base(Settings(base=BASE + "/")).strip(path) == stripped


def test_an_address_with_a_query_is_no_base():
    with pytest.raises(UsageError, match="--base"):
        read_base(Settings(base=BASE + "?x=1"))
