"""The rules for the registry of w3id.org lead each kind of IRI to an address that answers."""

import re
from pathlib import Path

import httpx
import pytest

from entente.pipeline.build import BuildOptions, build
from entente.vocab import BASE
from entente.web.linked_data import KINDS
from serving import serving
from small_graph import write_small_graph

FILE = Path(__file__).parents[1] / "deploy" / "w3id" / ".htaccess"
RULE = re.compile(r"^RewriteRule (?P<pattern>\S+) (?P<target>\S+) \[(?P<flags>\S+)\]$", re.M)
RULES = [match.groupdict() for match in RULE.finditer(FILE.read_text())]
SERVER = "https://entente.example.org"
NAMES = [
    *("ontology", "ontology/", "ontology/memberOf", "ontology/memberOf.ttl"),
    "vocabulary/affirmed",
    *("id/japan", "source/gmf-2023", "source/gmf-2023/char/0-45", "claim/gmf-2023-002"),
    *("query/members-of-the-ccdcoe", "shapes/", "shapes/begin-bounds", "problem/not-found"),
    *("proposition/japan_memberOf_ccdcoe", "dataset", "catalog", "version/latest", "graph/void"),
    *("nanopub/gmf-2023-002", "dumps/latest/entente.nq", "sparql", "queries/who-supports-what"),
    *("disagreement", ".well-known/void", ""),
]


def redirect(path):
    """Do what Apache's mod_rewrite does in a folder's file: the first rule that fits ends."""
    for rule in RULES:
        if match := re.search(rule["pattern"], path):
            assert {"L", "R=302"} <= set(rule["flags"].split(","))
            return match.expand(rule["target"].replace("$1", r"\1"))
    return None


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = write_small_graph(tmp_path_factory.mktemp("graph"))
    build(folder, folder / "snapshot", lambda *_: None, BuildOptions(checked=False))
    with (
        serving(
            "--snapshot", folder / "snapshot", "--files", folder, "--deadline-s", "60"
        ) as server,
        httpx.Client(base_url=server.home, timeout=60, follow_redirects=True) as client,
    ):
        yield client


def test_every_rule_of_the_file_is_one_that_the_test_reads():
    lines = [line for line in FILE.read_text().splitlines() if line.startswith("RewriteRule")]

    assert len(RULES) == len(lines) == 3


@pytest.mark.parametrize("name", [name for name in NAMES if name != "disagreement"])
def test_an_iri_is_led_to_what_answers_it(client, name):
    target = redirect(name)

    assert target.startswith(f"{SERVER}/")
    response = client.get(target.removeprefix(SERVER), headers={"Accept": "text/turtle, */*;q=0.1"})
    assert response.status_code == 200, f"{BASE}{name}"


def test_every_kind_of_name_is_among_those_that_are_tried():
    tried = {name.partition("/")[0] for name in NAMES}

    assert set(KINDS) <= tried
