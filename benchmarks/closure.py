"""Compare closure times: the rules of Entente, owlrl and reasonable, on generated data.

    python benchmarks/closure.py            # about 5 000 and 50 000 triples
    python benchmarks/closure.py --all      # 500 000 too; owlrl takes some ten minutes for it

The data are departments like those of the LUBM generator: people with courses,
publications and advisers, under an ontology with hierarchies, domains and ranges,
inverse, symmetric and transitive properties, restrictions, an intersection and a
property chain. The same seed gives the same triples. Each engine is given the same list
of triples; the time covers its loading, closing and listing of the result.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyoxigraph
import reasonable
from rdflib import Graph

from entente.bridge import to_rdflib_graph
from entente.reason import close, close_with_owlrl

RULES = Path(__file__).parent.parent / "queries" / "rules" / "owl2rl"
SIZES = (5_000, 50_000, 500_000)
NS = "http://example.org/university#"
RDF_TYPE = pyoxigraph.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")

ONTOLOGY = """
PREFIX : <http://example.org/university#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

:Person a owl:Class . :Organisation a owl:Class . :Work a owl:Class .
:Employee a owl:Class ; rdfs:subClassOf :Person .
:Faculty a owl:Class ; rdfs:subClassOf :Employee .
:Professor a owl:Class ; rdfs:subClassOf :Faculty .
:FullProfessor a owl:Class ; rdfs:subClassOf :Professor .
:AssociateProfessor a owl:Class ; rdfs:subClassOf :Professor .
:Lecturer a owl:Class ; rdfs:subClassOf :Faculty .
:UndergraduateStudent a owl:Class ; rdfs:subClassOf :Student .
:GraduateStudent a owl:Class ; rdfs:subClassOf :Student .
:Course a owl:Class ; rdfs:subClassOf :Work .
:GraduateCourse a owl:Class ; rdfs:subClassOf :Course .
:Publication a owl:Class ; rdfs:subClassOf :Work .
:University a owl:Class ; rdfs:subClassOf :Organisation .
:Department a owl:Class ; rdfs:subClassOf :Organisation .
:ResearchGroup a owl:Class ; rdfs:subClassOf :Organisation .
:Student a owl:Class ; rdfs:subClassOf :Person ;
    owl:equivalentClass [ a owl:Restriction ; owl:onProperty :takesCourse ;
                          owl:someValuesFrom :Course ] .
:Chair a owl:Class ; owl:equivalentClass [ a owl:Class ; owl:intersectionOf (
    :Person [ a owl:Restriction ; owl:onProperty :headOf ; owl:someValuesFrom :Department ] ) ] .

:takesCourse a owl:ObjectProperty .
:teacherOf a owl:ObjectProperty ; rdfs:domain :Faculty ; rdfs:range :Course .
:taughtBy a owl:ObjectProperty ; owl:inverseOf :teacherOf .
:memberOf a owl:ObjectProperty ; rdfs:range :Organisation .
:member a owl:ObjectProperty ; owl:inverseOf :memberOf .
:worksFor a owl:ObjectProperty ; rdfs:subPropertyOf :memberOf .
:headOf a owl:ObjectProperty ; rdfs:subPropertyOf :worksFor .
:partOf a owl:ObjectProperty , owl:TransitiveProperty ;
    rdfs:domain :Organisation ; rdfs:range :Organisation .
:adviser a owl:ObjectProperty ; rdfs:domain :Person ; rdfs:range :Professor .
:colleagueOf a owl:ObjectProperty , owl:SymmetricProperty .
:author a owl:ObjectProperty ; rdfs:domain :Publication ; rdfs:range :Person .
:degreeFrom a owl:ObjectProperty ; rdfs:domain :Person ; rdfs:range :University .
:doctorateFrom a owl:ObjectProperty ; rdfs:subPropertyOf :degreeFrom .
:learnsFrom a owl:ObjectProperty ; owl:propertyChainAxiom ( :takesCourse :taughtBy ) .
:name a owl:DatatypeProperty .
"""


def generate(size: int, seed: int = 1) -> list[pyoxigraph.Triple]:
    """Write the ontology and whole departments until there are `size` triples."""
    draw = random.Random(seed)
    triples = [quad.triple for quad in pyoxigraph.parse(ONTOLOGY, pyoxigraph.RdfFormat.TURTLE)]
    number = 0
    while len(triples) < size:
        triples += department(number, draw)
        number += 1
    return triples


def department(number: int, draw: random.Random) -> Iterator[pyoxigraph.Triple]:
    """Write one department, a fifteenth part of a university."""
    unit, university = f"department{number}", f"university{number // 15}"
    yield is_a(unit, "Department")
    yield is_a(university, "University")
    yield relate(unit, "partOf", university)
    for group in range(draw.randint(8, 12)):
        yield is_a(f"{unit}-group{group}", "ResearchGroup")
        yield relate(f"{unit}-group{group}", "partOf", unit)
    faculty = [f"{unit}-faculty{n}" for n in range(draw.randint(24, 30))]
    yield relate(faculty[0], "headOf", unit)
    courses = []
    for n, teacher in enumerate(faculty):
        yield is_a(teacher, ("FullProfessor", "AssociateProfessor", "Lecturer")[n % 3])
        yield name(teacher)
        yield relate(teacher, "worksFor", unit)
        yield relate(teacher, "doctorateFrom", f"university{draw.randrange(number // 15 + 1)}")
        yield relate(teacher, "colleagueOf", draw.choice(faculty))
        for kind in ("Course", "GraduateCourse"):
            courses.append(f"{teacher}-{kind}")
            yield is_a(courses[-1], kind)
            yield relate(teacher, "teacherOf", courses[-1])
        for paper in range(draw.randint(3, 9)):
            yield is_a(f"{teacher}-paper{paper}", "Publication")
            yield relate(f"{teacher}-paper{paper}", "author", teacher)
    for n in range(draw.randint(200, 300)):
        student = f"{unit}-student{n}"
        if n % 5:
            yield is_a(student, "UndergraduateStudent")
        else:
            yield is_a(student, "GraduateStudent")
            yield relate(student, "adviser", draw.choice(faculty))
        yield name(student)
        yield relate(student, "memberOf", unit)
        for course in draw.sample(courses, draw.randint(2, 4)):
            yield relate(student, "takesCourse", course)


def relate(subject: str, predicate: str, object_: str) -> pyoxigraph.Triple:
    node = pyoxigraph.NamedNode
    return pyoxigraph.Triple(node(NS + subject), node(NS + predicate), node(NS + object_))


def is_a(subject: str, class_: str) -> pyoxigraph.Triple:
    node = pyoxigraph.NamedNode
    return pyoxigraph.Triple(node(NS + subject), RDF_TYPE, node(NS + class_))


def name(subject: str) -> pyoxigraph.Triple:
    node = pyoxigraph.NamedNode
    return pyoxigraph.Triple(node(NS + subject), node(NS + "name"), pyoxigraph.Literal(subject))


def close_with_reasonable(triples: list[pyoxigraph.Triple]) -> int:
    """Close with reasonable and count what is new and has no literal as subject."""
    graph = to_rdflib_graph(triples)
    reasoner = reasonable.PyReasoner()
    reasoner.from_graph(graph)
    closed = Graph()
    for triple in reasoner.reason():
        closed.add(triple)
    return len(closed - graph)


def measure(
    run: Callable[[list[pyoxigraph.Triple]], int], triples: list[pyoxigraph.Triple]
) -> tuple[float, int]:
    started = time.perf_counter()
    inferred = run(triples)
    return time.perf_counter() - started, inferred


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--all", action="store_true", help="measure the largest size too")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other data")
    parser.add_argument("--only", choices=["entente", "reasonable", "owlrl"], help="one engine")
    options = parser.parse_args()
    engines: dict[str, Callable[[list[pyoxigraph.Triple]], int]] = {
        "entente": lambda triples: len(close(triples, RULES).inferred),
        "reasonable": close_with_reasonable,
        "owlrl": lambda triples: len(close_with_owlrl(triples).inferred),
    }
    print(f"{'triples':>9}  {'engine':<10}  {'seconds':>9}  {'ratio':>7}  {'inferred':>9}")
    for size in SIZES if options.all else SIZES[:2]:
        triples = generate(size, options.seed)
        ours = None
        for engine, run in engines.items():
            if options.only in (None, engine):
                seconds, inferred = measure(run, triples)
                ours = ours or seconds
                ratio = f"{seconds / ours:.1f}"
                print(
                    f"{len(triples):>9}  {engine:<10}  {seconds:>9.2f}  {ratio:>7}  {inferred:>9}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
