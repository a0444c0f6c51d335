"""The rules of OWL 2 RL once more, for the checker alone: written from the specification.

Source: https://www.w3.org/TR/owl2-profiles/#Reasoning_in_OWL_2_RL_and_RDF_Graphs_using_Rules
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

Triple = tuple[str, str, str]
Pattern = tuple[str, str, str]
Bindings = dict[str, str]

_NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "oa": "http://www.w3.org/ns/oa#",
    "ent": "https://w3id.org/entente/ontology/",
    "voc": "https://w3id.org/entente/vocabulary/",
}

#: Premises and conclusions; `:member` holds between a list and each of its members.
_TABLE = """
eq-sym    ?x owl:sameAs ?y => ?y owl:sameAs ?x
eq-trans  ?x owl:sameAs ?y . ?y owl:sameAs ?z => ?x owl:sameAs ?z
eq-rep-s  ?s owl:sameAs ?t . ?s ?p ?o => ?t ?p ?o
eq-rep-p  ?p owl:sameAs ?q . ?s ?p ?o => ?s ?q ?o
eq-rep-o  ?o owl:sameAs ?u . ?s ?p ?o => ?s ?p ?u
prp-dom   ?p rdfs:domain ?c . ?x ?p ?y => ?x a ?c
prp-rng   ?p rdfs:range ?c . ?x ?p ?y => ?y a ?c
prp-fp    ?p a owl:FunctionalProperty . ?x ?p ?y . ?x ?p ?z => ?y owl:sameAs ?z
prp-ifp   ?p a owl:InverseFunctionalProperty . ?x ?p ?y . ?z ?p ?y => ?x owl:sameAs ?z
prp-symp  ?p a owl:SymmetricProperty . ?x ?p ?y => ?y ?p ?x
prp-trp   ?p a owl:TransitiveProperty . ?x ?p ?y . ?y ?p ?z => ?x ?p ?z
prp-spo1  ?p rdfs:subPropertyOf ?q . ?x ?p ?y => ?x ?q ?y
prp-eqp1  ?p owl:equivalentProperty ?q . ?x ?p ?y => ?x ?q ?y
prp-eqp2  ?p owl:equivalentProperty ?q . ?x ?q ?y => ?x ?p ?y
prp-inv1  ?p owl:inverseOf ?q . ?x ?p ?y => ?y ?q ?x
prp-inv2  ?p owl:inverseOf ?q . ?x ?q ?y => ?y ?p ?x
cls-thing => owl:Thing a owl:Class
cls-nothing1 => owl:Nothing a owl:Class
cls-int2  ?c owl:intersectionOf ?l . ?l :member ?m . ?x a ?c => ?x a ?m
cls-uni   ?c owl:unionOf ?l . ?l :member ?m . ?x a ?m => ?x a ?c
cls-oo    ?c owl:oneOf ?l . ?l :member ?m => ?m a ?c
cls-svf1  ?r owl:someValuesFrom ?c . ?r owl:onProperty ?p . ?x ?p ?y . ?y a ?c => ?x a ?r
cls-svf2  ?r owl:someValuesFrom owl:Thing . ?r owl:onProperty ?p . ?x ?p ?y => ?x a ?r
cls-avf   ?r owl:allValuesFrom ?c . ?r owl:onProperty ?p . ?x a ?r . ?x ?p ?y => ?y a ?c
cls-hv1   ?r owl:hasValue ?v . ?r owl:onProperty ?p . ?x a ?r => ?x ?p ?v
cls-hv2   ?r owl:hasValue ?v . ?r owl:onProperty ?p . ?x ?p ?v => ?x a ?r
cls-maxc2 ?r owl:maxCardinality ONE . ?r owl:onProperty ?p . ?x a ?r . ?x ?p ?y . ?x ?p ?z \
=> ?y owl:sameAs ?z
cls-maxqc3 ?r owl:maxQualifiedCardinality ONE . ?r owl:onProperty ?p . ?r owl:onClass ?c . \
?x a ?r . ?x ?p ?y . ?y a ?c . ?x ?p ?z . ?z a ?c => ?y owl:sameAs ?z
cls-maxqc4 ?r owl:maxQualifiedCardinality ONE . ?r owl:onProperty ?p . \
?r owl:onClass owl:Thing . ?x a ?r . ?x ?p ?y . ?x ?p ?z => ?y owl:sameAs ?z
cax-sco   ?c rdfs:subClassOf ?d . ?x a ?c => ?x a ?d
cax-eqc1  ?c owl:equivalentClass ?d . ?x a ?c => ?x a ?d
cax-eqc2  ?c owl:equivalentClass ?d . ?x a ?d => ?x a ?c
scm-cls   ?c a owl:Class => ?c rdfs:subClassOf ?c | ?c owl:equivalentClass ?c \
| ?c rdfs:subClassOf owl:Thing | owl:Nothing rdfs:subClassOf ?c
scm-sco   ?c rdfs:subClassOf ?d . ?d rdfs:subClassOf ?e => ?c rdfs:subClassOf ?e
scm-eqc1  ?c owl:equivalentClass ?d => ?c rdfs:subClassOf ?d | ?d rdfs:subClassOf ?c
scm-eqc2  ?c rdfs:subClassOf ?d . ?d rdfs:subClassOf ?c => ?c owl:equivalentClass ?d
scm-op    ?p a owl:ObjectProperty => ?p rdfs:subPropertyOf ?p | ?p owl:equivalentProperty ?p
scm-dp    ?p a owl:DatatypeProperty => ?p rdfs:subPropertyOf ?p | ?p owl:equivalentProperty ?p
scm-spo   ?p rdfs:subPropertyOf ?q . ?q rdfs:subPropertyOf ?r => ?p rdfs:subPropertyOf ?r
scm-eqp1  ?p owl:equivalentProperty ?q => ?p rdfs:subPropertyOf ?q | ?q rdfs:subPropertyOf ?p
scm-eqp2  ?p rdfs:subPropertyOf ?q . ?q rdfs:subPropertyOf ?p => ?p owl:equivalentProperty ?q
scm-dom1  ?p rdfs:domain ?c . ?c rdfs:subClassOf ?d => ?p rdfs:domain ?d
scm-dom2  ?q rdfs:domain ?c . ?p rdfs:subPropertyOf ?q => ?p rdfs:domain ?c
scm-rng1  ?p rdfs:range ?c . ?c rdfs:subClassOf ?d => ?p rdfs:range ?d
scm-rng2  ?q rdfs:range ?c . ?p rdfs:subPropertyOf ?q => ?p rdfs:range ?c
scm-hv    ?c owl:hasValue ?v . ?c owl:onProperty ?p . ?d owl:hasValue ?v . \
?d owl:onProperty ?q . ?p rdfs:subPropertyOf ?q => ?c rdfs:subClassOf ?d
scm-svf1  ?c owl:someValuesFrom ?y . ?c owl:onProperty ?p . ?d owl:someValuesFrom ?z . \
?d owl:onProperty ?p . ?y rdfs:subClassOf ?z => ?c rdfs:subClassOf ?d
scm-svf2  ?c owl:someValuesFrom ?y . ?c owl:onProperty ?p . ?d owl:someValuesFrom ?y . \
?d owl:onProperty ?q . ?p rdfs:subPropertyOf ?q => ?c rdfs:subClassOf ?d
scm-avf1  ?c owl:allValuesFrom ?y . ?c owl:onProperty ?p . ?d owl:allValuesFrom ?z . \
?d owl:onProperty ?p . ?y rdfs:subClassOf ?z => ?c rdfs:subClassOf ?d
scm-avf2  ?c owl:allValuesFrom ?y . ?c owl:onProperty ?p . ?d owl:allValuesFrom ?y . \
?d owl:onProperty ?q . ?p rdfs:subPropertyOf ?q => ?d rdfs:subClassOf ?c
scm-int   ?c owl:intersectionOf ?l . ?l :member ?m => ?c rdfs:subClassOf ?m
scm-uni   ?c owl:unionOf ?l . ?l :member ?m => ?m rdfs:subClassOf ?c
"""

_ANNOTATIONS = """rdfs:label rdfs:comment rdfs:seeAlso rdfs:isDefinedBy owl:deprecated
    owl:versionInfo owl:priorVersion owl:backwardCompatibleWith owl:incompatibleWith"""
_DATATYPES = """rdf:PlainLiteral rdf:XMLLiteral rdfs:Literal xsd:decimal xsd:integer
    xsd:nonNegativeInteger xsd:nonPositiveInteger xsd:positiveInteger xsd:negativeInteger xsd:long
    xsd:int xsd:short xsd:byte xsd:unsignedLong xsd:unsignedInt xsd:unsignedShort xsd:unsignedByte
    xsd:float xsd:double xsd:string xsd:normalizedString xsd:token xsd:language xsd:Name
    xsd:NCName xsd:NMTOKEN xsd:boolean xsd:hexBinary xsd:base64Binary xsd:anyURI xsd:dateTime
    xsd:dateTimeStamp"""

_ONES = {f'"1"^^<{_NAMESPACES["xsd"]}{name}>' for name in ("nonNegativeInteger", "integer")}


def iri(name: str) -> str:
    """Write a prefixed name as an IRI in N-Triples form."""
    prefix, _, local = name.partition(":")
    return f"<{_NAMESPACES[prefix]}{local}>"


_TYPE, _FIRST, _REST, _NIL = map(iri, ("rdf:type", "rdf:first", "rdf:rest", "rdf:nil"))


def follows(rule: str, premises: Sequence[Triple], conclusion: Triple) -> bool:
    """Tell whether a conclusion follows from premises by one use of a rule of OWL 2 RL."""
    if rule in _OVER_LISTS:
        return _OVER_LISTS[rule](premises, conclusion)
    if rule in ("prp-ap", "dt-type1"):
        names, class_ = (
            (_ANNOTATIONS, "owl:AnnotationProperty")
            if rule == "prp-ap"
            else (_DATATYPES, "rdfs:Datatype")
        )
        return conclusion in {(iri(name), _TYPE, iri(class_)) for name in names.split()}
    facts = [*premises, *_memberships(premises)]
    for needed, concluded in _RULES.get(rule, []):
        bound = _unify(concluded, conclusion, {})
        if bound is not None and _match(needed, facts, bound):
            return True
    return False


def _read_table(text: str) -> dict[str, list[tuple[list[Pattern], Pattern]]]:
    rules: dict[str, list[tuple[list[Pattern], Pattern]]] = {}
    for line in text.strip().splitlines():
        left, _, right = line.partition("=>")
        name, *parts = left.split(None, 1)
        needed = [_read_pattern(part) for part in " ".join(parts).split(" . ") if part.strip()]
        rules[name] = [(needed, _read_pattern(part)) for part in right.split("|")]
    return rules


def _read_pattern(text: str) -> Pattern:
    subject, predicate, term = (_read_part(part) for part in text.split())
    return subject, predicate, term


def _read_part(part: str) -> str:
    if part == "a":
        return _TYPE
    return part if part[0] in "?:" or part == "ONE" else iri(part)


def _unify(pattern: Pattern, triple: Triple, bound: Bindings) -> Bindings | None:
    bound = dict(bound)
    for part, term in zip(pattern, triple, strict=True):
        if part.startswith("?"):
            if bound.setdefault(part, term) != term:
                return None
        elif part != term and not (part == "ONE" and term in _ONES):
            return None
    return bound


def _match(needed: Sequence[Pattern], facts: Sequence[Triple], bound: Bindings) -> bool:
    if not needed:
        return True
    found = (_unify(needed[0], fact, bound) for fact in facts)
    return any(b is not None and _match(needed[1:], facts, b) for b in found)


def _memberships(premises: Sequence[Triple]) -> Iterator[Triple]:
    for cell in {s for s, p, _ in premises if p in (_FIRST, _REST)}:
        members, _ = _read_list(premises, cell)
        yield from ((cell, ":member", member) for member in members)


def _read_list(premises: Sequence[Triple], cell: str) -> tuple[list[str], bool]:
    """Follow a list through the premises: its members, and whether its end was reached."""
    members: list[str] = []
    seen: set[str] = set()
    while cell != _NIL and cell not in seen:
        seen.add(cell)
        members += [o for s, p, o in premises if (s, p) == (cell, _FIRST)]
        onward = [o for s, p, o in premises if (s, p) == (cell, _REST)]
        if len(onward) != 1:
            return members, False
        cell = onward[0]
    return members, cell == _NIL


def _whole_lists(premises: Sequence[Triple], predicate: str) -> Iterator[tuple[str, list[str]]]:
    for subject, verb, head in premises:
        if verb == iri(predicate):
            members, ended = _read_list(premises, head)
            if ended and members:
                yield subject, members


def _check_intersection(premises: Sequence[Triple], conclusion: Triple) -> bool:
    thing, verb, class_ = conclusion
    return verb == _TYPE and any(
        subject == class_ and all((thing, _TYPE, part) in premises for part in members)
        for subject, members in _whole_lists(premises, "owl:intersectionOf")
    )


def _check_chain(premises: Sequence[Triple], conclusion: Triple) -> bool:
    start, property_, end = conclusion
    for subject, links in _whole_lists(premises, "owl:propertyChainAxiom"):
        reached = {start}
        for link in links:
            reached = {o for s, p, o in premises if p == link and s in reached}
        if subject == property_ and end in reached:
            return True
    return False


def _check_key(premises: Sequence[Triple], conclusion: Triple) -> bool:
    one, verb, other = conclusion

    def shared(key: str) -> bool:
        return any((one, key, o) in premises for s, p, o in premises if (s, p) == (other, key))

    return verb == iri("owl:sameAs") and any(
        {(one, _TYPE, class_), (other, _TYPE, class_)} <= set(premises) and all(map(shared, keys))
        for class_, keys in _whole_lists(premises, "owl:hasKey")
    )


_RULES = _read_table(_TABLE)
_OVER_LISTS = {
    "cls-int1": _check_intersection,
    "prp-spo2": _check_chain,
    "prp-key": _check_key,
}
