"""What docs/federation.md shows is what the programs do."""

import re
import subprocess
from pathlib import Path

import httpx
import pytest
from rdflib import Graph

import federation_clients as clients
from serving import serving

FOLDER = Path(__file__).parent / "federation"
TEXT = (Path(__file__).parents[1] / "docs" / "federation.md").read_text(encoding="utf-8")


def blocks(kind):
    return re.findall(rf"^```{kind}\n(.*?)^```", TEXT, re.M | re.S)


@pytest.fixture(scope="module")
def served(snapshot):
    with (
        serving("--data", FOLDER / "dbpedia.ttl", "--log-format", "none") as dbpedia,
        serving(
            *("--snapshot", snapshot.folder.parent, "--log-format", "none"),
            *("--service-origins", f"https://dbpedia.org={dbpedia.sparql}"),
        ) as server,
    ):
        yield server


@pytest.fixture
def here(served):
    return lambda text: text.replace("http://127.0.0.1:7878", served.home)


def test_the_data_that_are_shown_are_those_of_the_tests():
    assert blocks("nt") == [(FOLDER / "capitals.nt").read_text()]


def test_a_query_that_calls_us_gives_rows(here):
    first, _ = blocks("sparql")

    rows = Graph().parse(FOLDER / "capitals.nt").query(here(first))

    assert sorted(str(row.label) for row in rows) == ["Japan", "South Korea"]


def test_a_query_by_which_we_call_others_gives_rows(served):
    _, second = blocks("sparql")

    response = httpx.post(served.sparql, data={"query": second}, headers={"Accept": "text/csv"})

    assert response.text.split() == ["name,article", "NATO,http://en.wikipedia.org/wiki/NATO"]


def test_the_command_for_fragments_gives_triples(here):
    (command,) = [block for block in blocks("sh") if block.startswith("curl")]

    done = subprocess.run(
        ["bash", "-c", here(command)], capture_output=True, text=True, check=False
    )

    assert "<https://w3id.org/entente/id/japan> <https://w3id.org/entente/ontology/memberOf>" in (
        done.stdout
    )


@pytest.mark.comunica
@pytest.mark.skipif(
    bool(clients.say_what_is_missing("comunica")), reason=clients.say_what_is_missing("comunica")
)
def test_the_command_of_comunica_gives_rows(here):
    (command,) = [block for block in blocks("sh") if block.startswith("comunica-sparql")]
    with serving("--data", FOLDER / "capitals.nt", "--log-format", "none") as capitals:
        text = here(command).replace("http://127.0.0.1:7879/sparql", capitals.sparql)
        done = subprocess.run(
            ["bash", "-c", text.replace("comunica-sparql", str(clients.COMUNICA), 1)],
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.stdout.count('"capital"') == 2, done.stderr
