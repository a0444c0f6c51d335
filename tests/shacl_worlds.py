"""Random small graphs and shapes, for comparing engines."""

from hypothesis import strategies as st

PREFIXES = """PREFIX : <urn:x:>
PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
IRIS = [":a", ":b", ":c", ":d"]
BLANK = ["_:m", "_:n"]
CLASSES = [":C", ":D", ":E"]
LITERALS = [
    '"x"',
    '"Xy"',
    '"x"@en',
    '"y"@en-GB',
    '"z"@de',
    "1",
    '"01"^^xsd:integer',
    "2.50",
    "2.5",
    "1.0e0",
    "true",
    '"abc"^^xsd:integer',
    '"300"^^xsd:byte',
    '"2020-02-03"^^xsd:date',
    '"2020-02-30"^^xsd:date',
    '"2020-02-03T01:00:00Z"^^xsd:dateTime',
    '"1"^^:own',
]
PROPERTIES = [":p", ":q", ":r"]
DATATYPES = ["xsd:integer", "xsd:decimal", "xsd:string", "xsd:date", "xsd:byte", "rdf:langString"]
KINDS = ["sh:IRI", "sh:BlankNode", "sh:Literal", "sh:BlankNodeOrIRI", "sh:IRIOrLiteral"]

pick = st.sampled_from
terms = pick([*IRIS, *BLANK, *LITERALS])
bounds = pick(["1", "2.5", '"x"', '"2020-02-03"^^xsd:date', "1.0e0"])


@st.composite
def graphs(draw):
    """Write a graph of up to 25 triples."""
    subjects = pick([*IRIS, *BLANK])
    # What SPARQL cannot compare pySHACL compares by its own rules, so these are comparable.
    bounded = st.tuples(subjects, pick([":low", ":high"]), pick(["1", "2.5", "02", "1.0e0", "3"]))
    plain = st.tuples(subjects, pick(PROPERTIES), terms)
    typed = st.tuples(subjects, st.just("rdf:type"), pick(CLASSES))
    below = st.tuples(pick(CLASSES), st.just("rdfs:subClassOf"), pick(CLASSES))
    chosen = draw(st.lists(st.one_of(plain, plain, typed, below, bounded), min_size=1, max_size=25))
    return PREFIXES + "".join(f"{s} {p} {o} .\n" for s, p, o in chosen)


simple_paths = pick(PROPERTIES)
paths = st.one_of(
    simple_paths,
    simple_paths,
    simple_paths.map(lambda p: f"[ sh:inversePath {p} ]"),
    st.tuples(simple_paths, simple_paths).map(lambda two: f"( {two[0]} {two[1]} )"),
    st.tuples(simple_paths, simple_paths).map(
        lambda two: f"[ sh:alternativePath ( {two[0]} [ sh:inversePath {two[1]} ] ) ]"
    ),
    simple_paths.map(lambda p: f"[ sh:zeroOrMorePath {p} ]"),
    simple_paths.map(lambda p: f"[ sh:oneOrMorePath [ sh:inversePath {p} ] ]"),
    simple_paths.map(lambda p: f"( [ sh:zeroOrOnePath {p} ] {p} )"),
    st.just("( rdf:type [ sh:zeroOrMorePath rdfs:subClassOf ] )"),
)

of_values = st.one_of(
    pick(CLASSES).map("sh:class {}".format),
    st.lists(pick(CLASSES), min_size=2, max_size=2).map(lambda c: "sh:class " + " , ".join(c)),
    pick(DATATYPES).map("sh:datatype {}".format),
    pick(KINDS).map("sh:nodeKind {}".format),
    st.tuples(pick(["minInclusive", "maxInclusive", "minExclusive", "maxExclusive"]), bounds).map(
        lambda two: f"sh:{two[0]} {two[1]}"
    ),
    st.integers(0, 3).map("sh:minLength {}".format),
    st.integers(0, 3).map("sh:maxLength {}".format),
    pick(['"^x"', '"X" ; sh:flags "i"', '"[0-9]" , "1"']).map("sh:pattern {}".format),
    pick(['( "en" )', '( "de" "en-GB" )']).map("sh:languageIn {}".format),
    st.lists(terms.filter(lambda t: not t.startswith("_")), max_size=3).map(
        lambda found: f"sh:in ( {' '.join(found)} )"
    ),
    terms.filter(lambda t: not t.startswith("_")).map("sh:hasValue {}".format),
    pick(PROPERTIES).map("sh:equals {}".format),
    pick(PROPERTIES).map("sh:disjoint {}".format),
)
of_properties = st.one_of(
    st.integers(0, 2).map("sh:minCount {}".format),
    st.integers(0, 2).map("sh:maxCount {}".format),
    st.just("sh:uniqueLang true"),
)
QUERIES = [
    "SELECT $this ?value WHERE { $this :p ?value FILTER (isLiteral(?value)) }",
    "SELECT $this WHERE { FILTER NOT EXISTS { $this :q ?any } }",
    "SELECT $this ?value ?other WHERE { $this ?path ?value . ?other :q ?value "
    "FILTER (?other != $this) }",
    "SELECT $this ?path ?value WHERE { $this :p ?value BIND (:p AS ?path) }",
    "SELECT $this ?value WHERE { { $this :p ?value } UNION { ?value :q $this } }",
    "SELECT $this (COUNT(?v) AS ?value) WHERE { $this :p ?v } GROUP BY $this "
    "HAVING (COUNT(?v) > 1)",
    "SELECT $this WHERE { { SELECT $this WHERE { $this :p ?v } GROUP BY $this } $this :q ?w }",
    "SELECT $this ?value WHERE { { FILTER (isIRI($this)) } ?value :p ?any }",
    "SELECT $this ?value WHERE { ?value :p ?x OPTIONAL { ?x :q ?y FILTER (?y = $this) } "
    "FILTER (!bound(?y)) }",
    "SELECT DISTINCT $this WHERE { $this :p ?v } LIMIT 1",
]
queries = pick(QUERIES).map(
    lambda query: (
        f'sh:sparql [ sh:message "{{?this}} has {{?value}}" ; sh:prefixes <urn:x:> ; '
        f'sh:select "{query}" ]'
    )
)


@st.composite
def bodies(draw, depth, path):
    """Write what a shape says."""
    options = [of_values, of_values]
    if path:
        options += [of_properties]
    if depth:
        options += [nested(depth - 1, path), st.tuples(property_shapes(depth - 1)).map("".join)]
    chosen = draw(st.lists(st.one_of(options), min_size=1, max_size=3, unique_by=first_word))
    if draw(st.integers(0, 9)) == 0:
        chosen.append("sh:deactivated true")
    if draw(st.integers(0, 4)) == 0:
        chosen.append("sh:severity sh:Warning")
    if draw(st.integers(0, 4)) == 0:
        chosen.append('sh:message "no"@de , "wrong"@en')
    return " ; ".join(chosen)


def first_word(text):
    return text.split()[0]


@st.composite
def property_shapes(draw, depth):
    """Write a constraint that leads to a property shape."""
    if draw(st.integers(0, 5)) == 0:
        order = draw(pick(["lessThan", "lessThanOrEquals"]))
        return f"sh:property [ sh:path :low ; sh:{order} :high ]"
    return f"sh:property [ sh:path {draw(paths)} ; {draw(bodies(depth, True))} ]"


@st.composite
def nested(draw, depth, path):
    """Write a constraint that refers to other shapes."""
    inner = [f"[ {draw(bodies(depth, False))} ]" for _ in range(draw(st.integers(1, 3)))]
    word = draw(pick(["node", "not", "and", "or", "xone", "qualified"]))
    if word in ("and", "or", "xone"):
        return f"sh:{word} ( {' '.join(inner)} )"
    if word == "qualified" and path:
        counts = draw(pick(["sh:qualifiedMinCount 1", "sh:qualifiedMaxCount 1"]))
        disjoint = draw(pick(["", " ; sh:qualifiedValueShapesDisjoint true"]))
        return f"sh:qualifiedValueShape {inner[0]} ; {counts}{disjoint}"
    return f"sh:{'not' if word == 'not' else 'node'} {inner[0]}"


@st.composite
def shapes(draw):
    """Write one to three shapes with targets."""
    texts = []
    for number in range(draw(st.integers(1, 3))):
        target = draw(
            st.one_of(
                pick(CLASSES).map("sh:targetClass {}".format),
                pick([*IRIS, ":absent", '"x"']).map("sh:targetNode {}".format),
                pick(PROPERTIES).map("sh:targetSubjectsOf {}".format),
                pick(PROPERTIES).map("sh:targetObjectsOf {}".format),
            )
        )
        path = draw(st.booleans())
        parts = [target, draw(bodies(2, path))]
        if path:
            parts.append(f"sh:path {draw(paths)}")
        elif draw(st.integers(0, 3)) == 0:
            parts.append("sh:closed true ; sh:ignoredProperties ( rdf:type :q )")
        if draw(st.integers(0, 3)) == 0:
            parts.append(draw(queries))
        kind = "PropertyShape" if path else "NodeShape"
        texts.append(f"<urn:shape{number}> a sh:{kind} ; {' ; '.join(parts)} .\n")
    declared = '<urn:x:> sh:declare [ sh:prefix "" ; sh:namespace "urn:x:"^^xsd:anyURI ] .\n'
    return PREFIXES + declared + "".join(texts)
