"""The world in which a triple holds: which graphs are given, which rules draw from them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import pyoxigraph as ox

from entente import vocab
from entente.errors import DataError, Place, UsageError
from entente.provenance.patterns import Graph, Pattern, parse_pattern, unify
from entente.provenance.proof import Claim, Ground, Term
from entente.reason.rules import Rule, lengthen_chain, load_rules

_BACKGROUND = (vocab.GRAPH_ONTOLOGY, vocab.GRAPH_ENTITIES)
_CHAIN = "prp-spo2"
_CHAIN_LENGTHS = f"""
PREFIX owl: <{vocab.OWL}>
PREFIX rdf: <{vocab.RDF}>
SELECT (COUNT(?cell) AS ?links)
WHERE {{ ?property owl:propertyChainAxiom ?chain . ?chain rdf:rest*/rdf:rest ?cell . }}
GROUP BY ?property ?chain
"""
_CORE = {
    vocab.ENT + name
    for name in ("subject", "predicate", "object", "value", "evidence", "holder", "statedIn")
}
_DEFAULTS = {vocab.VOC + name for name in ("affirmed", "asserted", "explicit", "normal")}
_FOR_ALL = re.compile(
    r"FILTER NOT EXISTS \{\s*\?(\w+) rdf:rest\*/rdf:first \?(\w+) \.\s*"
    r"FILTER NOT EXISTS \{ ([^{}]*) \}\s*\}"
)
_HEAD = re.compile(r"\nCONSTRUCT \{ *([^{}]*?) *\}\nWHERE \{\n(.*)\}\s*\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Head:
    """One conclusion of a rule, and what it needs.

    Attributes:
        rule: The rule.
        conclusion: The conclusion.
        premises: The premises, in the rule's order.
        each: For a rule over all members of a list: the variables of the list and of a
            member, and what must hold of each member; else None.
        query: The SELECT query for the premises' bindings.
    """

    rule: Rule
    conclusion: Pattern
    premises: tuple[Pattern, ...]
    each: tuple[str, str, tuple[Pattern, ...]] | None
    query: str


@dataclass(frozen=True, slots=True)
class Projection:
    """A rule that draws plain triples from claims.

    Attributes:
        name: The file's stem.
        summary: The question that it answers.
        conclusion: The triple that it draws.
        prologue: The PREFIX lines.
        body: What stands between the braces of WHERE.
    """

    name: str
    summary: str
    conclusion: Pattern
    prologue: str
    body: str


@dataclass(frozen=True, slots=True)
class Rules:
    """The rule files, read once: they serve every store.

    Attributes:
        inferring: The OWL 2 RL rules that infer.
        projections: The projection rules.
    """

    inferring: tuple[Rule, ...]
    projections: tuple[Projection, ...]


@dataclass(frozen=True, slots=True)
class World:
    """A closed graph, and where its triples come from.

    Attributes:
        store: The data set.
        viewpoint: The viewpoint's name, or an empty string for the whole graph.
        closed: The graph that holds what is given and what follows.
        given: The graphs that the reasoner read.
        sources: Those of them that hold claims.
        heads: The conclusions of all rules that can apply here.
        projections: The rules that drew plain triples here.
    """

    store: ox.Store
    viewpoint: str
    closed: Graph
    given: frozenset[str]
    sources: tuple[str, ...]
    heads: tuple[Head, ...]
    projections: tuple[Projection, ...]


def read_rules(queries: Path) -> Rules:
    """Read the rule files.

    Args:
        queries: The folder queries/.

    Raises:
        DataError: A rule is absent or not laid out as one.
    """
    inferring = (r for r in load_rules(queries / "rules/owl2rl") if r.runs and not r.message)
    paths = sorted((queries / "rules/project").glob("*.rq"))
    return Rules(tuple(inferring), tuple(_read_projection(path) for path in paths))


def _read_projection(path: Path) -> Projection:
    text = path.read_text(encoding="utf-8")
    found = _HEAD.search(text)
    if not found:
        raise DataError(
            "a projection has one CONSTRUCT line", fix="rewrite it", place=Place(str(path))
        )
    lines = re.findall(r"^PREFIX (\S*): <([^>]*)>$", text, flags=re.MULTILINE)
    summary = re.search(r"^#\+ summary: (.*)$", text, flags=re.MULTILINE)
    return Projection(
        path.stem,
        summary[1] if summary else "",
        parse_pattern(found[1].removesuffix(" ."), dict(lines)),
        "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in lines),
        found[2],
    )


def open_world(store: ox.Store, rules: Rules, viewpoint: str = "") -> World:
    """Open the whole graph of a store, or one viewpoint.

    Args:
        store: A snapshot's data set.
        rules: The rule files.
        viewpoint: A name such as `gmf-2023`; empty for the whole graph.

    Raises:
        UsageError: There is no such viewpoint.
    """
    closed: Graph = ox.NamedNode(vocab.GRAPH_VIEW + viewpoint) if viewpoint else ox.DefaultGraph()
    if viewpoint:
        _require_view(store, viewpoint)
    named = [s for s in viewpoint.split("~") if s in vocab.SOURCES] or list(vocab.SOURCES)
    sources = tuple(vocab.GRAPH + source for source in named)
    given = {*_BACKGROUND, *sources} | (set() if viewpoint else {vocab.GRAPH_ASSERTED})
    heads = tuple(_heads(store, closed, rules.inferring))
    projections = _choose_projections(rules.projections, viewpoint)
    return World(store, viewpoint, closed, frozenset(given), sources, heads, projections)


def _require_view(store: ox.Store, viewpoint: str) -> None:
    known = [
        graph.value.removeprefix(vocab.GRAPH_VIEW)
        for graph in store.named_graphs()
        if isinstance(graph, ox.NamedNode) and graph.value.startswith(vocab.GRAPH_VIEW)
    ]
    if viewpoint in known:
        return
    near = get_close_matches(viewpoint, known, n=2, cutoff=0.4)
    fix = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(sorted(known))}"
    raise UsageError(f"there is no viewpoint {viewpoint}", fix=fix)


def _choose_projections(every: Sequence[Projection], viewpoint: str) -> tuple[Projection, ...]:
    """Rules named after a viewpoint are its own; else views are wide, and the rest strict."""
    own = [p for p in every if viewpoint and p.name.startswith(f"{viewpoint}-")]
    kind = "wide-" if viewpoint else "strict-"
    return tuple(own or [p for p in every if p.name.startswith(kind)])


def _heads(store: ox.Store, closed: Graph, rules: Sequence[Rule]) -> Iterator[Head]:
    for rule in _fit_chains(store, closed, rules):
        premises = tuple(parse_pattern(p.text, rule.prefixes) for p in rule.premises)
        if all(p.lists or _occurs(store, closed, p) for p in premises):
            for conclusion in rule.conclusions:
                yield _make_head(rule, parse_pattern(conclusion, rule.prefixes), premises)


def _occurs(store: ox.Store, closed: Graph, pattern: Pattern) -> bool:
    subject, predicate, object_ = (
        None if isinstance(part, str) else part for part in pattern.parts
    )
    return next(store.quads_for_pattern(subject, predicate, object_, closed), None) is not None  # type: ignore[arg-type]


def _make_head(rule: Rule, conclusion: Pattern, premises: tuple[Pattern, ...]) -> Head:
    body = "\n".join(f"{premise.text} ." for premise in rule.premises)
    query = f"{rule.prologue}SELECT * WHERE {{\n{body}\n{rule.conditions}\n}}"
    found = _FOR_ALL.search(rule.conditions)
    each = None
    if found:
        said = tuple(parse_pattern(part, rule.prefixes) for part in found[3].split(" . "))
        each = (found[1], found[2], said)
    return Head(rule, conclusion, premises, each, query)


def _fit_chains(store: ox.Store, closed: Graph, rules: Sequence[Rule]) -> Iterator[Rule]:
    rows = store.query(_CHAIN_LENGTHS, default_graph=closed)
    lengths = sorted({int(row["links"].value) for row in rows})  # type: ignore[union-attr, index]
    for rule in rules:
        if rule.name == _CHAIN:
            yield from (lengthen_chain(rule, links) for links in lengths if links > 1)
        else:
            yield rule


def holds(world: World, triple: ox.Triple) -> bool:
    """Tell whether a triple is given or follows in a world."""
    return ox.Quad(*triple, world.closed) in world.store


def given_in(world: World, triple: ox.Triple) -> tuple[str, ...]:
    """Return the graphs that give a triple, sorted; no view and no conclusion counts."""
    names = {
        quad.graph_name.value
        for quad in world.store.quads_for_pattern(*triple, None)
        if isinstance(quad.graph_name, ox.NamedNode)
    }
    if world.viewpoint:
        return tuple(sorted(names & world.given))
    return tuple(
        sorted(
            name
            for name in names
            if name != vocab.GRAPH_INFERRED and not name.startswith(vocab.GRAPH_VIEW)
        )
    )


def is_reasoned(world: World, triple: ox.Triple) -> bool:
    """Tell whether the reasoner saw a triple: a view holds nothing else, the whole graph does."""
    if world.viewpoint:
        return holds(world, triple)
    names = world.given | {vocab.GRAPH_INFERRED}
    quads = world.store.quads_for_pattern(*triple, None)
    return any(getattr(quad.graph_name, "value", "") in names for quad in quads)


def find_grounds(world: World, triple: ox.Triple, graphs: Sequence[str]) -> tuple[Ground, ...]:
    """Find the claims behind a triple that no rule of OWL concludes.

    Args:
        world: The world.
        triple: The triple.
        graphs: The graphs that give it; none where a viewpoint may draw it.

    Returns:
        The projection rules and claims that draw it, and the claim that it is a part of.
    """
    grounds: list[Ground] = []
    if not graphs or vocab.GRAPH_ASSERTED in graphs:
        grounds += _find_projections(world, triple)
    if set(graphs) & set(world.sources) and triple.subject.value.startswith(vocab.CLAIM):
        grounds.append(Ground("", "", read_claim(world, triple.subject)))
    return tuple(grounds)


def _find_projections(world: World, triple: ox.Triple) -> Iterator[Ground]:
    for rule in world.projections:
        bound = unify(rule.conclusion, triple)
        if bound is None or any(isinstance(term, ox.BlankNode) for term in bound.values()):
            continue
        if world.viewpoint and not _is_claimed(world, triple):
            continue
        for claim in _ask_claims(world, rule, bound):
            yield Ground(rule.name, rule.summary, read_claim(world, claim))


def _is_claimed(world: World, triple: ox.Triple) -> bool:
    """A quick look whether any claim has the triple's subject."""
    about = ox.NamedNode(vocab.ENT + "subject")
    found = world.store.quads_for_pattern(None, about, triple.subject, world.closed)
    return next(found, None) is not None


def _ask_claims(world: World, rule: Projection, bound: Mapping[str, Term]) -> list[ox.NamedNode]:
    names, terms = " ".join(f"?{name}" for name in bound), " ".join(map(str, bound.values()))
    rows = world.store.query(
        f"{rule.prologue}SELECT DISTINCT ?claim WHERE {{\n"
        f"VALUES ({names}) {{ ({terms}) }}\n{rule.body}\n}}",
        default_graph=[
            ox.NamedNode(graph) for graph in sorted(world.given - {vocab.GRAPH_ASSERTED})
        ],
    )
    return sorted((row["claim"] for row in rows), key=str)  # type: ignore[union-attr, index]


def claims_on(world: World, triple: ox.Triple) -> tuple[Claim, ...]:
    """Return the claims of a world whose triple this is, whether they affirm or deny it."""
    parts = ("subject", triple.subject), ("predicate", triple.predicate)
    objects = ("object", triple.object), ("value", triple.object)
    found = set.union(*(_claims_with(world, *part) for part in objects))
    for part in parts:
        found &= _claims_with(world, *part)
    return tuple(read_claim(world, claim) for claim in sorted(found, key=str))


def _claims_with(world: World, part: str, term: Term) -> set[ox.NamedNode]:
    predicate = ox.NamedNode(vocab.ENT + part)
    return {
        quad.subject  # type: ignore[misc]
        for quad in world.store.quads_for_pattern(None, predicate, term, world.closed)
        if isinstance(quad.subject, ox.NamedNode)
    }


def read_claim(world: World, claim: ox.NamedNode | ox.BlankNode | ox.Triple) -> Claim:
    """Read what a proof tells of a claim."""
    said: dict[str, list[Term]] = {}
    for source in world.sources:
        for quad in world.store.quads_for_pattern(claim, None, None, ox.NamedNode(source)):
            said.setdefault(quad.predicate.value, []).append(quad.object)  # type: ignore[arg-type]
    qualifiers = sorted(
        (
            (predicate, term)
            for predicate, terms in said.items()
            for term in terms
            if predicate.startswith(vocab.ENT)
            and predicate not in _CORE
            and term.value not in _DEFAULTS
        ),
        key=str,
    )

    def values(name: str) -> tuple[str, ...]:
        return tuple(sorted(term.value for term in said.get(vocab.ENT + name, ())))

    labels = said.get(vocab.SKOS + "prefLabel", ())
    return Claim(
        iri=claim.value,  # type: ignore[union-attr]
        label=next((term.value for term in labels), ""),
        source=next(iter(values("statedIn")), ""),
        holders=values("holder"),
        passages=values("evidence"),
        qualifiers=tuple(qualifiers),
    )
