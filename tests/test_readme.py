"""What the README shows is what the program gives."""

import csv
import io
import re
from pathlib import Path

import pyoxigraph as ox
import pytest

from entente.cli.main import COMMANDS
from entente.files import graph_files
from entente.pipeline.coverage import read_coverage

README = Path(__file__).resolve().parent.parent / "README.md"
TEXT = README.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def store(snapshot):
    store = ox.Store()
    store.bulk_load(path=snapshot.dataset, format=ox.RdfFormat.N_QUADS)
    return store


def test_the_first_query_gives_the_answer_that_is_shown(store):
    query = re.search(r"--data-urlencode 'query=\n(.*?)'\n```", TEXT, re.DOTALL)[1]
    shown = re.search(r"```csv\n(.*?)```", TEXT, re.DOTALL)[1]

    answer = store.query(query)

    names = [variable.value for variable in answer.variables]
    rows = [[row[name].value for name in names] for row in answer]
    assert [names, *rows] == list(csv.reader(io.StringIO(shown)))


def test_the_table_of_claims_holds_the_counts_of_the_graph(store):
    shown = re.findall(
        r"^\| (.+ text of \d{4}) \| ([\d,]+) \| (\d+) \| (\d+) \| (\d+) \|$", TEXT, re.M
    )

    query = (graph_files() / "queries/reports/claims-by-text-and-polarity.rq").read_text()
    counts = {}
    for row in store.query(query):
        text, polarity = row["text"].value, row["polarity"].value
        counts.setdefault(text, {})[polarity] = int(row["claims"].value)
    assert {name: (claims.replace(",", ""), denied) for name, claims, denied, _, _ in shown} == {
        name: (str(sum(by.values())), str(by["denied"])) for name, by in counts.items()
    }


def test_the_table_of_sentences_holds_the_coverage():
    shown = re.findall(r"\| (\d+) \| (\d+) \|$", TEXT, re.M)

    sources = sorted(path.stem for path in (graph_files() / "data/coverage").glob("*.csv"))
    rows = [read_coverage(graph_files(), source) for source in sources]
    assert shown == [
        (str(len(one)), str(sum(sentence.status == "claims" for sentence in one))) for one in rows
    ]


def test_every_command_that_is_shown_exists():
    shown = set(re.findall(r"\.venv/bin/entente ([a-z]+)", TEXT))

    assert shown <= set(COMMANDS)


def test_every_link_inside_the_project_leads_somewhere():
    links = re.findall(r"\]\(([^)#:]+)\)", TEXT)

    assert [link for link in links if not (README.parent / link).exists()] == []
