"""A company as RDF, with shapes: core, queries and qualified counts. Some things are broken.

The same seed gives the same lines. About one thing in two hundred is wrong, in one of the ways
that real data are wrong: a value missing, doubled, ill-typed, out of range, of another class.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

NS = "http://example.org/company#"
XSD = "http://www.w3.org/2001/XMLSchema#"
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"

ONTOLOGY = f"""\
<{NS}Manager> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <{NS}Employee> .
<{NS}Engineer> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <{NS}Employee> .
<{NS}ProgrammingLanguage> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <{NS}Skill> .
"""

SHAPES = """\
@prefix : <http://example.org/company#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .

<http://example.org/company> a <http://www.w3.org/2002/07/owl#Ontology> ;
  sh:declare [ sh:prefix "" ; sh:namespace "http://example.org/company#"^^xsd:anyURI ] .

:EmployeeShape a sh:NodeShape ;
  sh:targetClass :Employee ;
  sh:nodeKind sh:IRI ;
  sh:property :employee-name , :employee-nick , :employee-mail , :employee-born ,
    :employee-hired , :employee-salary , :employee-unit , :employee-boss , :employee-status ,
    :employee-language , :employee-skills , :employee-address ;
  sh:not [ sh:property [ sh:path :status ; sh:hasValue :unknown ] ] ;
  sh:sparql :boss-of-the-same-unit , :mail-is-unique , :salary-below-the-boss .

:employee-name a sh:PropertyShape ; sh:path :name ;
  sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:string ; sh:minLength 3 ; sh:maxLength 60 .
:employee-nick a sh:PropertyShape ; sh:path :nick ;
  sh:uniqueLang true ; sh:languageIn ( "en" "de" "fr" ) .
:employee-mail a sh:PropertyShape ; sh:path :mail ;
  sh:minCount 1 ; sh:pattern "^[a-z0-9.]+@[a-z0-9.-]+[.][a-z]{2,}$" .
:employee-born a sh:PropertyShape ; sh:path :born ;
  sh:maxCount 1 ; sh:datatype xsd:date ; sh:lessThan :hired .
:employee-hired a sh:PropertyShape ; sh:path :hired ;
  sh:minCount 1 ; sh:datatype xsd:date ; sh:lessThanOrEquals :left .
:employee-salary a sh:PropertyShape ; sh:path :salary ;
  sh:maxCount 1 ; sh:datatype xsd:decimal ; sh:minExclusive 0.0 ; sh:maxInclusive 500000.0 .
:employee-unit a sh:PropertyShape ; sh:path :worksIn ;
  sh:minCount 1 ; sh:maxCount 1 ; sh:class :Unit ; sh:node :UnitShape .
:employee-boss a sh:PropertyShape ; sh:path :boss ;
  sh:maxCount 1 ; sh:nodeKind sh:IRI ; sh:or ( [ sh:class :Manager ] [ sh:class :Board ] ) .
:employee-status a sh:PropertyShape ; sh:path :status ;
  sh:maxCount 1 ; sh:in ( :active :onLeave :retired ) .
:employee-language a sh:PropertyShape ; sh:path :skill ; sh:name "a programming language" ;
  sh:qualifiedValueShape [ sh:class :ProgrammingLanguage ] ;
  sh:qualifiedMinCount 1 ; sh:qualifiedMaxCount 3 .
:employee-skills a sh:PropertyShape ; sh:path :skill ;
  sh:class :Skill ; sh:disjoint :wanted .
:employee-address a sh:PropertyShape ; sh:path :address ;
  sh:maxCount 1 ; sh:node :AddressShape .

:AddressShape a sh:NodeShape ; sh:targetObjectsOf :address ;
  sh:closed true ; sh:ignoredProperties ( rdf:type ) ;
  sh:property [ sh:path :street ; sh:minCount 1 ; sh:maxCount 1 ] ,
    [ sh:path :postcode ; sh:minCount 1 ; sh:pattern "^[0-9]{5}$" ] .

:UnitShape a sh:NodeShape ; sh:targetClass :Unit ;
  sh:xone ( [ sh:property [ sh:path :cost ; sh:minCount 1 ] ]
            [ sh:property [ sh:path :budget ; sh:minCount 1 ] ] ) ;
  sh:property [ sh:path [ sh:inversePath :worksIn ] ; sh:minCount 1 ; sh:class :Employee ] ,
    [ sh:path ( [ sh:inversePath :worksIn ] :boss ) ; sh:maxCount 3 ; sh:severity sh:Warning ] ,
    [ sh:path [ sh:oneOrMorePath :partOf ] ; sh:class :Unit ] .

:boss-of-the-same-unit a sh:SPARQLConstraint ;
  sh:message "{?value} is the boss, but works elsewhere" ;
  sh:prefixes <http://example.org/company> ;
  sh:select \"\"\"SELECT $this ?value WHERE {
    $this :boss ?value ; :worksIn ?unit . ?value :worksIn ?other .
    FILTER (?unit != ?other) }\"\"\" .
:mail-is-unique a sh:SPARQLConstraint ;
  sh:message "{?value} is also the mail of another" ;
  sh:prefixes <http://example.org/company> ;
  sh:select \"\"\"SELECT DISTINCT $this ?value WHERE {
    $this :mail ?value . ?another :mail ?value . FILTER (?another != $this) }\"\"\" .
:salary-below-the-boss a sh:SPARQLConstraint ;
  sh:message "earns more than the boss" ;
  sh:prefixes <http://example.org/company> ;
  sh:select \"\"\"SELECT $this WHERE {
    $this :salary ?own ; :boss ?boss . ?boss :salary ?other . FILTER (?own > ?other) }\"\"\" .
"""

#: Triples of one unit, on average.
_PER_UNIT = 12 * 14.6


def write_data(size: int, seed: int = 1) -> Iterator[str]:
    """Write about `size` triples as N-Triples, unit by unit."""
    draw = random.Random(seed)
    yield ONTOLOGY
    for number in range(12):
        kind = "ProgrammingLanguage" if number < 6 else "Skill"
        yield f"<{NS}skill{number}> {TYPE} <{NS}{kind}> .\n"
    for number in range(max(1, round(size / _PER_UNIT))):
        yield from write_unit(number, draw)


def write_unit(number: int, draw: random.Random) -> Iterator[str]:
    unit = f"<{NS}unit{number}>"
    yield f"{unit} {TYPE} <{NS}Unit> .\n"
    if number:
        yield f"{unit} <{NS}partOf> <{NS}unit{number // 8}> .\n"
    yield f"{unit} <{NS}{'cost' if number % 2 else 'budget'}> {typed(number * 100, 'integer')} .\n"
    boss = f"<{NS}unit{number}-0>"
    for index in range(12):
        yield from write_employee(number, index, unit, boss, draw)


def write_employee(
    number: int, index: int, unit: str, boss: str, draw: random.Random
) -> Iterator[str]:
    name = f"unit{number}-{index}"
    says = {
        "name": [f'"Employee {index} of {number}"'],
        "mail": [f'"e{index}.{number}@example.org"'],
        "born": [typed(day(draw, 1960, 1999), "date")],
        "hired": [typed(day(draw, 2001, 2020), "date")],
        "salary": [typed(f"{draw.randint(30, 90)}000.50" if index else "99000.5", "decimal")],
        "worksIn": [unit],
        "status": [f"<{NS}{draw.choice(['active', 'onLeave', 'retired'])}>"],
        "skill": [
            f"<{NS}skill{draw.randrange(6)}>",
            f"<{NS}skill{draw.randrange(6, 9)}>",
        ],
        "wanted": [f"<{NS}skill{draw.randrange(9, 12)}>"],
    }
    if index:
        says["boss"] = [boss]
    if index % 3 == 0:
        says["nick"] = [f'"nick {index}"@en', f'"Nick {index}"@de']
    if index % 4 == 0:
        says["address"] = [f"<{NS}{name}-address>"]
        yield f'<{NS}{name}-address> <{NS}street> "Street {index}" .\n'
        yield f'<{NS}{name}-address> <{NS}postcode> "{10000 + number % 80000}" .\n'
    if draw.random() < 0.05:
        spoil(says, draw)
    yield f"<{NS}{name}> {TYPE} <{NS}{'Engineer' if index else 'Manager'}> .\n"
    for property_, values in says.items():
        for value in values:
            yield f"<{NS}{name}> <{NS}{property_}> {value} .\n"


def spoil(says: dict[str, list[str]], draw: random.Random) -> None:
    """Break one thing that an employee's description says; it is changed in place."""
    property_, values = draw.choice(
        [
            ("name", []),
            ("name", ['"First"', '"Second"']),
            ("mail", ['"no mail"']),
            ("mail", ['"shared@example.org"']),
            ("born", [typed("2021-01-01", "date")]),
            ("salary", [typed("-1.0", "decimal")]),
            ("salary", ['"much"']),
            ("worksIn", [f"<{NS}skill1>"]),
            ("boss", [f"<{NS}skill1>"]),
            ("status", [f"<{NS}unknown>"]),
            ("skill", [f"<{NS}skill7>"]),
            ("nick", ['"a"@en', '"b"@en']),
            ("address", [f"<{NS}skill1>"]),
        ]
    )
    says[property_] = values


def typed(value: object, datatype: str) -> str:
    return f'"{value}"^^<{XSD}{datatype}>'


def day(draw: random.Random, first: int, last: int) -> str:
    return f"{draw.randint(first, last)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}"
